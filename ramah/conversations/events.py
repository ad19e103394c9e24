"""What happens to conversations. The subject of each is `conversation:<id>`, so they arrive in order per conversation."""

from dataclasses import dataclass

from ramah.kernel.events import event


@event("conversation.message_received")
@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A customer spoke. `is_personal` is false for list and bulk mail, which is never answered by a machine.

    `opened`: these are the customer's first words in the conversation, also where the shop began it.
    """

    conversation_id: int
    message_id: int
    opened: bool
    reopened: bool
    is_personal: bool


@event("conversation.reply_posted")
@dataclass(frozen=True, slots=True)
class ReplyPosted:
    """An agent answered; `agent_id` is null when the command line did."""

    conversation_id: int
    message_id: int
    agent_id: int | None


@event("conversation.automatic_message_posted")
@dataclass(frozen=True, slots=True)
class AutomaticMessagePosted:
    """Ramah itself said something to the customer, such as the acknowledgement."""

    conversation_id: int
    message_id: int
    purpose: str


@event("conversation.note_added")
@dataclass(frozen=True, slots=True)
class NoteAdded:
    """A private note was written."""

    conversation_id: int
    message_id: int


@event("conversation.changed")
@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """Status, assignee, team, tags or the like changed; `what` names the field."""

    conversation_id: int
    what: str


@event("conversation.resolved")
@dataclass(frozen=True, slots=True)
class ConversationResolved:
    """The conversation was resolved."""

    conversation_id: int


@event("conversation.delivery_changed")
@dataclass(frozen=True, slots=True)
class DeliveryChanged:
    """An outgoing message was sent, delivered or failed."""

    conversation_id: int
    message_id: int
    state: str
