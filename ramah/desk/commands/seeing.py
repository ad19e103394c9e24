"""An agent looks at a thread, and a customer who is there right now sees that they did."""

from datetime import datetime

from ramah.accounts.queries import AgentActor
from ramah.conversations.commands.replying import see_thread
from ramah.conversations.models import Conversation
from ramah.conversations.queries import newest_message_id
from ramah.desk.queries import is_live
from ramah.kernel.nudges import nudge


def see_conversation(*, actor: AgentActor, conversation: Conversation, upto: int | None, at: datetime) -> None:
    """The agent has the thread before their eyes, up to the line `upto` (None: all of it)."""
    see_thread(actor=actor, conversation=conversation, at=at)
    if is_live(conversation):
        newest = newest_message_id(conversation)
        seen = newest if upto is None else min(upto, newest)
        nudge(f"chat:{conversation.pk}", {"kind": "read", "by": "agent", "upto": seen})
