"""What the desk does when something happens in a conversation: promises, acknowledgement, nudges to open pages."""

from collections.abc import Sequence

from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.organizing import note_promise
from ramah.conversations.events import (
    ConversationChanged,
    DeliveryChanged,
    MessageReceived,
    NoteAdded,
    ReplyPosted,
)
from ramah.conversations.models import Conversation, Message
from ramah.desk.commands import acknowledging, promising, queueing
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.events import subscribe, subscribe_many

_FOLLOWED = ("status_open", "status_pending", "status_resolved", "status_spam", "woke")
_ENDS_A_WAIT = ("assigned", "status_pending", "status_resolved", "status_spam", "snoozed", "merged")


def _conversation(conversation_id: int) -> Conversation:
    return Conversation.objects.select_related("inbox", "customer").get(pk=conversation_id)


@subscribe_many(MessageReceived)
def promise_and_acknowledge(facts: Sequence[MessageReceived]) -> None:
    """Promise what the SLA policies say, and acknowledge new conversations. Machines' mail gets neither."""
    rows = Conversation.objects.select_related("inbox__calendar", "customer")
    conversations = rows.in_bulk([fact.conversation_id for fact in facts])
    spoken = []
    for fact in facts:
        conversation = conversations[fact.conversation_id]
        if fact.is_personal:
            at = conversation.last_customer_message_at or clock.now()
            spoken.append(promising.Spoken(conversation, fact.message_id, fact.opened, at))
    promising.promise_by_policy(spoken)
    acknowledged = acknowledging.acknowledge(spoken, at=clock.now())
    for one in spoken:
        due_at, acknowledged_at = promising.earliest_due(one.running), acknowledged.get(one.conversation.pk)
        # Pages were told of the message itself when it was stored.
        if one.policy is not None and (acknowledged_at or due_at != one.conversation.due_at):
            note_promise(one.conversation.pk, due_at=due_at, acknowledged_at=acknowledged_at)
            tell_pages(one.conversation)


@subscribe(ReplyPosted)
def keep_reply_promises(event: ReplyPosted) -> None:
    """An agent's answer keeps the replies that were promised."""
    said_at = Message.objects.values_list("created_at", flat=True).get(pk=event.message_id)
    promising.keep_replies(event.conversation_id, actor=SYSTEM, at=said_at)
    tell_pages(_conversation(event.conversation_id))


@subscribe(ConversationChanged)
def follow_changes(event: ConversationChanged) -> None:
    """Promises follow the status; open desks see the change."""
    conversation = _conversation(event.conversation_id)
    if event.what in _FOLLOWED:
        promising.follow_status(conversation, at=conversation.resolved_at or clock.now())
    if event.what in _ENDS_A_WAIT:
        queueing.follow_conversation(conversation=conversation, at=clock.now())
    tell_pages(conversation)


@subscribe(NoteAdded)
def show_note(event: NoteAdded) -> None:
    """Open desks see the note."""
    tell_pages(_conversation(event.conversation_id))


@subscribe(DeliveryChanged)
def show_delivery(event: DeliveryChanged) -> None:
    """Open desks see how the message fares."""
    tell_pages(_conversation(event.conversation_id))
