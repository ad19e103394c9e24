"""The one door by which a customer's message enters, whatever the channel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.filing import File, store_files
from ramah.conversations.events import MessageReceived
from ramah.conversations.models import Conversation, ConversationInbox, ExternalId, Inbox, Message, Participant
from ramah.customers.models import ContactPoint
from ramah.kernel.events import publish

PREVIEW = 160
MOST_EXPECTED = 10


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message as a channel understood it.

    `thread` is the conversation it says it belongs to, by a token that only its participants have seen. `references` are ids of
    earlier messages, the nearest last. `digest` is over what the sender wrote: it tells a redelivery from a stolen id.
    """

    inbox: Inbox
    sender: ContactPoint
    external_id: str
    digest: str
    subject: str = ""
    text: str = ""
    full_text: str = ""
    html: str = ""
    language: str = ""
    author_name: str = ""
    sent_at: datetime | None = None
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    reply_to: str = ""
    references: Sequence[str] = ()
    thread: int | None = None
    is_reply: bool = False
    is_personal: bool = True
    is_spam: bool = False
    files: Sequence[File] = ()
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of it: `duplicate` when the message stood in the conversation already."""

    conversation: Conversation
    message: Message
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a message goes: into `conversation` (None: a new one), which may follow or mention another."""

    conversation: Conversation | None = None
    follows: Conversation | None = None
    quotes_stranger: bool = False


def receive_message(inbound: InboundMessage, *, at: datetime) -> Received:
    """Store the message in the thread it belongs to, or open a new one.

    1. The same message again (same id and digest) changes nothing but the inboxes the conversation shows.
    2. A reply token decides; then references to known messages, but only for a participant: a stranger who quotes a known id
       gets a conversation of his own that says so. Then a reply of the same customer under the same subject.
    3. A resolved conversation is reopened, or after `Inbox.reopen_days` followed by a new one.
    """
    # Without a savepoint: a mail of a batch that fails undoes the batch, which is then read mail by mail.
    with transaction.atomic(savepoint=False):
        wanted = [inbound.external_id, *inbound.references]
        known = {row.value: row for row in _external_ids(wanted)}
        own = known.get(inbound.external_id)
        if own is not None and not own.is_expected and own.digest == inbound.digest:
            _note_further_inbox(own.message.conversation, inbound.inbox)
            return Received(own.message.conversation, own.message, duplicate=True)
        place = _place(inbound, known, at=at)
        conversation, opened, reopened = _enter(inbound, place, at=at)
        message = _store(inbound, conversation, known, at=at)
        if place.quotes_stranger:
            add_activity(conversation, "quotes_other_thread", at=at)
        publish(
            MessageReceived(
                conversation_id=conversation.pk,
                message_id=message.pk,
                opened=opened,
                reopened=reopened,
                is_personal=inbound.is_personal and not inbound.is_spam,
            ),
            subject=f"conversation:{conversation.pk}",
        )
        return Received(conversation, message)


def _external_ids(values: list[str]) -> list[ExternalId]:
    rows = ExternalId.objects.filter(value__in=values)
    return list(rows.select_related("message__conversation__inbox", "message__conversation__merged_into"))


def _place(inbound: InboundMessage, known: dict[str, ExternalId], *, at: datetime) -> _Place:
    candidates = [known[i].message.conversation for i in reversed(inbound.references) if i in known]
    expected = known.get(inbound.external_id)
    if expected is not None and expected.is_expected:
        candidates.insert(0, expected.message.conversation)
    if inbound.thread is not None:
        by_token = Conversation.objects.select_related("inbox", "merged_into").filter(pk=inbound.thread).first()
        if by_token is not None:
            return _open_or_follow(by_token, at=at)
    for conversation in candidates:
        if _takes_part(inbound, conversation):
            return _open_or_follow(conversation, at=at)
    if not candidates and inbound.is_reply:
        same = _same_subject(inbound)
        if same is not None:
            return _open_or_follow(same, at=at)
    return _Place(quotes_stranger=bool(candidates))


def _open_or_follow(conversation: Conversation, *, at: datetime) -> _Place:
    conversation = conversation.merged_into or conversation
    late = timedelta(days=conversation.inbox.reopen_days)
    if conversation.resolved_at is not None and at - conversation.resolved_at > late:
        return _Place(follows=conversation)
    return _Place(conversation)


def _takes_part(inbound: InboundMessage, conversation: Conversation) -> bool:
    if conversation.customer_id == inbound.sender.customer_id:
        return True
    return Participant.objects.filter(conversation=conversation, address=inbound.sender.value).exists()


def _same_subject(inbound: InboundMessage) -> Conversation | None:
    """A reply whose client dropped all ids: the customer's newest thread under that subject, if it is still going."""
    if not inbound.subject:
        return None
    rows = Conversation.objects.filter(
        customer=inbound.sender.customer_id, inbox=inbound.inbox, subject=inbound.subject, merged_into=None
    ).exclude(status=Conversation.Status.SPAM)
    return rows.select_related("inbox", "merged_into").order_by("-last_message_at", "-id").first()


def _enter(inbound: InboundMessage, place: _Place, *, at: datetime) -> tuple[Conversation, bool, bool]:
    preview = " ".join(inbound.text.split())[:PREVIEW]
    if place.conversation is None:
        return _open(inbound, place, preview, at=at), True, False
    conversation = Conversation.objects.select_for_update().select_related("inbox").get(pk=place.conversation.pk)
    S = Conversation.Status
    reopened = inbound.is_personal and conversation.status in (S.RESOLVED, S.SNOOZED, S.PENDING)
    was_resolved = conversation.status == S.RESOLVED
    if reopened:
        conversation.status, conversation.resolved_at, conversation.snoozed_until = S.OPEN, None, None
    conversation.last_message_at = conversation.last_customer_message_at = at
    conversation.preview, conversation.is_unread = preview, True
    conversation.save(
        update_fields=[
            "status",
            "resolved_at",
            "snoozed_until",
            "last_message_at",
            "last_customer_message_at",
            "preview",
            "is_unread",
        ]
    )
    if conversation.inbox_id != inbound.inbox.pk:
        _note_further_inbox(conversation, inbound.inbox)
    if was_resolved and reopened:
        add_activity(conversation, "reopened_by_customer", at=at)
    return conversation, False, reopened


def _open(inbound: InboundMessage, place: _Place, preview: str, *, at: datetime) -> Conversation:
    conversation = Conversation.objects.create(
        inbox=inbound.inbox,
        customer_id=inbound.sender.customer_id,
        subject=inbound.subject,
        status=Conversation.Status.SPAM if inbound.is_spam else Conversation.Status.OPEN,
        language=inbound.language,
        last_message_at=at,
        last_customer_message_at=at,
        preview=preview,
        follows=place.follows,
        created_at=at,
    )
    if place.follows is not None:
        add_activity(conversation, "follows", at=at, reference=place.follows.reference)
    return conversation


def _note_further_inbox(conversation: Conversation, inbox: Inbox) -> None:
    if conversation.inbox_id != inbox.pk:
        ConversationInbox.objects.get_or_create(conversation=conversation, inbox=inbox)


def _store(
    inbound: InboundMessage, conversation: Conversation, known: dict[str, ExternalId], *, at: datetime
) -> Message:
    detail = dict(inbound.detail)
    if inbound.reply_to and inbound.reply_to != inbound.sender.value:
        detail["reply_to"] = inbound.reply_to
    message = Message.objects.create(
        conversation=conversation,
        kind=Message.Kind.MESSAGE,
        author=Message.Author.CUSTOMER,
        contact_point=inbound.sender,
        author_name=inbound.author_name[:160],
        text=inbound.text,
        full_text=inbound.full_text if inbound.full_text != inbound.text else "",
        html=inbound.html,
        language=inbound.language,
        subject=inbound.subject,
        to=list(inbound.to),
        cc=list(inbound.cc),
        sent_at=inbound.sent_at,
        detail=detail,
        created_at=at,
    )
    if inbound.files:
        store_files(message, inbound.files, at=at)
    _learn_ids(inbound, message, known)
    return message


def _learn_ids(inbound: InboundMessage, message: Message, known: dict[str, ExternalId]) -> None:
    own = known.get(inbound.external_id)
    new = []
    if own is None:
        new.append(ExternalId(message=message, value=inbound.external_id, digest=inbound.digest))
    elif own.is_expected:
        ExternalId.objects.filter(pk=own.pk).update(message=message, digest=inbound.digest, is_expected=False)
    else:
        # Somebody else's id on another message: kept under a name of its own, so that the first keeps its replies.
        value = f"{inbound.external_id[:230]}#{inbound.digest}"
        new.append(ExternalId(message=message, value=value, digest=inbound.digest))
    missing = [i for i in inbound.references if i not in known and i != inbound.external_id][-MOST_EXPECTED:]
    new += [ExternalId(message=message, value=value, is_expected=True) for value in dict.fromkeys(missing)]
    ExternalId.objects.bulk_create(new)
