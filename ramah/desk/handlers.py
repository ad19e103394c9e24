"""What the desk does when something happens in a conversation: promises, acknowledgement, nudges to open pages."""

from ramah.conversations.commands.organizing import note_promise
from ramah.conversations.events import (
    ConversationChanged,
    DeliveryChanged,
    MessageReceived,
    NoteAdded,
    ReplyPosted,
)
from ramah.conversations.models import Conversation, Message
from ramah.desk.commands import acknowledging, promising
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.events import subscribe
from ramah.kernel.nudges import nudge

_FOLLOWED = ("status_open", "status_pending", "status_resolved", "status_spam", "woke")


def _conversation(conversation_id: int) -> Conversation:
    return Conversation.objects.select_related("inbox", "customer").get(pk=conversation_id)


@subscribe(MessageReceived)
def promise_and_acknowledge(event: MessageReceived) -> None:
    """Promise what the SLA policy says, and acknowledge a new conversation. Machines' mail gets neither."""
    conversation = _conversation(event.conversation_id)
    if event.is_personal:
        at = conversation.last_customer_message_at or clock.now()
        policy, running = promising.promise_by_policy(conversation, opened=event.opened, at=at)
        acknowledged_at = None
        if event.opened and policy is not None and policy.acknowledge and conversation.acknowledged_at is None:
            acknowledged_at = acknowledging.acknowledge(conversation, event.message_id, running, at=clock.now())
        if policy is not None:
            due_at = promising.earliest_due(running)
            note_promise(conversation.pk, due_at=due_at, acknowledged_at=acknowledged_at)
    _nudge(conversation)


@subscribe(ReplyPosted)
def keep_reply_promises(event: ReplyPosted) -> None:
    """An agent's answer keeps the replies that were promised."""
    said_at = Message.objects.values_list("created_at", flat=True).get(pk=event.message_id)
    promising.keep_replies(event.conversation_id, actor=SYSTEM, at=said_at)
    _nudge(_conversation(event.conversation_id))


@subscribe(ConversationChanged)
def follow_changes(event: ConversationChanged) -> None:
    """Promises follow the status; open desks see the change."""
    conversation = _conversation(event.conversation_id)
    if event.what in _FOLLOWED:
        promising.follow_status(conversation, at=conversation.resolved_at or clock.now())
    _nudge(conversation)


@subscribe(NoteAdded)
def show_note(event: NoteAdded) -> None:
    """Open desks see the note."""
    _nudge(_conversation(event.conversation_id))


@subscribe(DeliveryChanged)
def show_delivery(event: DeliveryChanged) -> None:
    """Open desks see how the message fares."""
    _nudge(_conversation(event.conversation_id))


def _nudge(conversation: Conversation) -> None:
    """Tell open desks that the conversation changed; they fetch it through their own door. A lost nudge costs a moment."""
    nudge(f"inbox.{conversation.inbox_id}", {"conversation": conversation.public_id})
