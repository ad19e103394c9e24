"""What happens to those who wait for an agent. The subject of each is `conversation:<id>`."""

from dataclasses import dataclass

from ramah.kernel.events import event


@event("desk.chat_taken")
@dataclass(frozen=True, slots=True)
class ChatTaken:
    """An agent has taken on a customer who waited."""

    conversation_id: int
    agent_id: int


@event("desk.wait_given_up")
@dataclass(frozen=True, slots=True)
class WaitGivenUp:
    """Nobody was free in time: the conversation goes on as a message, with its promise."""

    conversation_id: int
