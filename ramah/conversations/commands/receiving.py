"""The one door by which customers' messages enter, whatever the channel.

A batch is decided in memory, message by message, and written at the end with a handful of queries: what a message needs of one
before it in the same batch is found there. A commit and a round trip cost more than the decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from ramah.conversations.commands.activities import activity_line
from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.filing import File, store_files
from ramah.conversations.commands.rows import is_long_over, locked_by_key, preview_of
from ramah.conversations.events import MessageReceived
from ramah.conversations.models import Conversation, ConversationInbox, ExternalId, Inbox, Message, Participant
from ramah.customers.models import ContactPoint
from ramah.kernel.events import publish_all

MOST_EXPECTED = 10
Status = Conversation.Status


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message as a channel understood it.

    `thread` is the conversation it says it belongs to, by a token that only its participants have seen. `references` are ids of
    earlier messages, the nearest last. `digest` is over what the sender wrote: it tells a redelivery from a stolen id. `about`
    names the thing that a new conversation is about (`order:12`), where the channel knows it. `continues`: the channel knows no
    threads, so it goes on in the customer's newest conversation of this inbox. `answers` is the id of the message it replies to,
    and `gist` what lists show where there is no text.
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
    about: str = ""
    continues: bool = False
    answers: str = ""
    gist: str = ""
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of it, and under which id it is known; `duplicate` when it stood in the conversation already."""

    conversation: Conversation
    message: Message
    external_id: str
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
    3. A resolved conversation is reopened, or after `Inbox.reopen_days` of silence followed by a new one.
    """
    return receive_messages([inbound], at=at)[0]


def receive_messages(inbounds: Sequence[InboundMessage], *, at: datetime) -> list[Received]:
    """As `receive_message` for many, in their order. One that fails undoes all: whoever calls tries them one by one then."""
    with transaction.atomic(savepoint=False):
        batch = _Batch(inbounds, at=at)
        received = [batch.receive(inbound) for inbound in inbounds]
        batch.write()
        return received


class _Batch:
    """The messages of a batch, the conversations they touch (locked), and what is to be written."""

    def __init__(self, inbounds: Sequence[InboundMessage], *, at: datetime) -> None:
        self.at = at
        wanted = {v for one in inbounds for v in (one.external_id, _own_name(one), one.answers, *one.references)}
        rows = ExternalId.objects.filter(value__in=wanted).select_related("message")
        self.known: dict[str, ExternalId] = {row.value: row for row in rows}
        self.conversations: dict[int, Conversation] = {}
        threads = {inbound.thread for inbound in inbounds if inbound.thread is not None}
        self.newest = _newest_conversations(inbounds)
        self._lock({row.message.conversation_id for row in self.known.values()} | threads | set(self.newest.values()))
        self.opened: list[Conversation] = []
        self.touched: dict[int, Conversation] = {}
        self.lines: list[Message] = []
        self.answering: list[tuple[Message, Message]] = []
        self.taken_over: list[ExternalId] = []
        self.new_ids: list[ExternalId] = []
        self.files: list[tuple[Message, Sequence[File]]] = []
        self.further: list[tuple[Conversation, Inbox]] = []
        self.facts: list[tuple[Conversation, Message, bool, bool, bool]] = []

    def _lock(self, ids: set[int]) -> None:
        """Load conversations for change, and those that they were merged into."""
        ids = ids - self.conversations.keys()
        if ids:
            found = locked_by_key(ids)
            self.conversations |= found
            self._lock({row.merged_into_id for row in found.values() if row.merged_into_id is not None})

    def receive(self, inbound: InboundMessage) -> Received:
        own = self._same_message(inbound)
        if own is not None:
            conversation = self._conversation_of(own)
            self._note_further_inbox(conversation, inbound.inbox)
            return Received(conversation, own.message, own.value, duplicate=True)
        place = self._place(inbound)
        # The first words in a conversation that the shop began open it for whoever answers: they are promised an answer.
        opened = place.conversation is None or place.conversation.last_customer_message_at is None
        reopened = False
        if place.conversation is None:
            conversation = self._open(inbound, place)
        else:
            conversation = place.conversation
            reopened = self._continue(inbound, conversation)
        message = self._message(inbound, conversation)
        self.lines.append(message)
        answered = self.known.get(inbound.answers)
        if answered is not None and not answered.is_expected and self._conversation_of(answered) is conversation:
            self.answering.append((message, answered.message))
        if place.quotes_stranger:
            self.lines.append(activity_line(conversation, "quotes_other_thread", at=self.at))
        external_id = self._learn_ids(inbound, message)
        if inbound.files:
            self.files.append((message, inbound.files))
        self.facts.append((conversation, message, opened, reopened, inbound.is_personal and not inbound.is_spam))
        return Received(conversation, message, external_id)

    def _same_message(self, inbound: InboundMessage) -> ExternalId | None:
        for value in (inbound.external_id, _own_name(inbound)):
            row = self.known.get(value)
            if row is not None and not row.is_expected and row.digest == inbound.digest:
                return row
        return None

    def _conversation_of(self, row: ExternalId) -> Conversation:
        """The conversation of a known id: one and the same object for all messages of the batch."""
        if row.message.conversation_id is None:
            return row.message.conversation  # opened in this batch
        return self.conversations[row.message.conversation_id]

    def _place(self, inbound: InboundMessage) -> _Place:
        if inbound.thread in self.conversations:
            return self._open_or_follow(self.conversations[inbound.thread])
        candidates = [self._conversation_of(self.known[i]) for i in reversed(inbound.references) if i in self.known]
        expected = self.known.get(inbound.external_id)
        if expected is not None and expected.is_expected:
            candidates.insert(0, self._conversation_of(expected))
        for conversation in candidates:
            if _takes_part(inbound, conversation):
                return self._open_or_follow(conversation)
        if inbound.continues:
            return self._newest_place(inbound)
        if not candidates and inbound.is_reply and inbound.subject:
            same = self._same_subject(inbound)
            if same is not None:
                return self._open_or_follow(same)
        return _Place(quotes_stranger=bool(candidates))

    def _open_or_follow(self, conversation: Conversation) -> _Place:
        if conversation.merged_into_id is not None:
            conversation = self.conversations[conversation.merged_into_id]
        if is_long_over(conversation, at=self.at):
            return _Place(follows=conversation)
        return _Place(conversation)

    def _newest_place(self, inbound: InboundMessage) -> _Place:
        here = (inbound.sender.customer_id, inbound.inbox.pk)
        for conversation in reversed(self.opened):
            if (conversation.customer_id, conversation.inbox_id) == here:
                return _Place(conversation)
        key = self.newest.get(here)
        return self._open_or_follow(self.conversations[key]) if key is not None else _Place()

    def _same_subject(self, inbound: InboundMessage) -> Conversation | None:
        """For a reply whose client dropped all ids: the customer's newest thread under that subject, unless it is spam."""
        for conversation in reversed(self.opened):
            here = (conversation.customer_id, conversation.inbox_id, conversation.subject)
            if here == (inbound.sender.customer_id, inbound.inbox.pk, inbound.subject):
                return conversation
        rows = Conversation.objects.filter(
            customer=inbound.sender.customer_id, inbox=inbound.inbox, subject=inbound.subject, merged_into=None
        ).exclude(status=Status.SPAM)
        key = rows.order_by("-last_message_at", "-id").values_list("pk", flat=True).first()
        if key is None:
            return None
        self._lock({key})
        return self.conversations[key]

    def _open(self, inbound: InboundMessage, place: _Place) -> Conversation:
        conversation = Conversation(
            inbox=inbound.inbox,
            customer_id=inbound.sender.customer_id,
            subject=inbound.subject,
            status=Status.SPAM if inbound.is_spam else Status.OPEN,
            language=inbound.language,
            last_message_at=self.at,
            last_customer_message_at=self.at,
            preview=preview_of(inbound.text or inbound.gist),
            follows=place.follows,
            about=inbound.about or _about_of(place.follows, inbound),
            created_at=self.at,
        )
        self.opened.append(conversation)
        if place.follows is not None:
            self.lines.append(activity_line(conversation, "follows", at=self.at, reference=place.follows.reference))
        return conversation

    def _continue(self, inbound: InboundMessage, conversation: Conversation) -> bool:
        """Note on the conversation that its customer has spoken. True if that reopened it."""
        reopened = inbound.is_personal and conversation.status in (Status.RESOLVED, Status.SNOOZED, Status.PENDING)
        if reopened:
            if conversation.status == Status.RESOLVED:
                self.lines.append(activity_line(conversation, "reopened_by_customer", at=self.at))
            conversation.status, conversation.resolved_at, conversation.snoozed_until = Status.OPEN, None, None
        conversation.last_message_at = conversation.last_customer_message_at = self.at
        conversation.preview, conversation.is_unread = preview_of(inbound.text or inbound.gist), True
        if conversation.pk is not None:
            self.touched[conversation.pk] = conversation
        self._note_further_inbox(conversation, inbound.inbox)
        return reopened

    def _note_further_inbox(self, conversation: Conversation, inbox: Inbox) -> None:
        if conversation.inbox_id != inbox.pk:
            self.further.append((conversation, inbox))

    def _message(self, inbound: InboundMessage, conversation: Conversation) -> Message:
        detail = dict(inbound.detail)
        if inbound.reply_to and inbound.reply_to != inbound.sender.value:
            detail["reply_to"] = inbound.reply_to
        return Message(
            conversation=conversation,
            kind=Message.Kind.MESSAGE,
            author=Message.Author.CUSTOMER,
            contact_point=inbound.sender,
            inbox=inbound.inbox if inbound.inbox.pk != conversation.inbox_id else None,
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
            created_at=self.at,
        )

    def _learn_ids(self, inbound: InboundMessage, message: Message) -> str:
        own = self.known.get(inbound.external_id)
        # Somebody else's id on another message: kept under a name of its own, so that the first keeps its replies.
        is_stolen = own is not None and not own.is_expected
        external_id = _own_name(inbound) if is_stolen else inbound.external_id
        if own is not None and own.is_expected:
            own.message, own.digest, own.is_expected = message, inbound.digest, False
            if own.pk is not None:
                self.taken_over.append(own)
        else:
            self._add_id(message, external_id, digest=inbound.digest)
        missing = [value for value in inbound.references if value not in self.known]
        for value in missing[-MOST_EXPECTED:]:
            self._add_id(message, value, is_expected=True)
        return external_id

    def _add_id(self, message: Message, value: str, *, digest: str = "", is_expected: bool = False) -> None:
        row = ExternalId(message=message, value=value, digest=digest, is_expected=is_expected)
        self.known[value] = row
        self.new_ids.append(row)

    def write(self) -> None:
        Conversation.objects.bulk_create(self.opened)
        for conversation in self.touched.values():
            conversation.save(update_fields=_CHANGED_BY_A_MESSAGE)
        for line in self.lines:
            line.conversation_id = line.conversation.pk
        Message.objects.bulk_create(self.lines)
        self._write_answers()
        for row in self.taken_over:
            row.save(update_fields=["message", "digest", "is_expected"])
        ExternalId.objects.bulk_create(self.new_ids)
        for message, files in self.files:
            store_files(message, files, at=self.at)
        if self.further:
            ConversationInbox.objects.bulk_create(
                [ConversationInbox(conversation=conversation, inbox=inbox) for conversation, inbox in self.further],
                ignore_conflicts=True,
            )
        for conversation, message, *_rest in self.facts:
            tell_pages(conversation, message.pk)
        publish_all(
            (MessageReceived(conversation.pk, message.pk, *told), f"conversation:{conversation.pk}")
            for conversation, message, *told in self.facts
        )

    def _write_answers(self) -> None:
        """Which message is answered: it may be of this batch, and has its key only now."""
        for message, answered in self.answering:
            message.answers = answered
        if self.answering:
            Message.objects.bulk_update([message for message, _answered in self.answering], ["answers"])


_CHANGED_BY_A_MESSAGE = [
    "status",
    "resolved_at",
    "snoozed_until",
    "last_message_at",
    "last_customer_message_at",
    "preview",
    "is_unread",
]


def _newest_conversations(inbounds: Sequence[InboundMessage]) -> dict[tuple[int, int], int]:
    """By customer and inbox, for channels without threads: the conversation in which was spoken last."""
    continuing = [inbound for inbound in inbounds if inbound.continues]
    if not continuing:
        return {}
    rows = Conversation.objects.filter(
        customer__in={inbound.sender.customer_id for inbound in continuing},
        inbox__in={inbound.inbox.pk for inbound in continuing},
        merged_into=None,
    )
    in_order = rows.order_by("last_message_at", "id").values_list("customer", "inbox", "pk")
    return {(customer, inbox): key for customer, inbox, key in in_order}


def _about_of(followed: Conversation | None, inbound: InboundMessage) -> str:
    """A late reply is about what the conversation was about, where the same customer writes it."""
    same = followed is not None and followed.customer_id == inbound.sender.customer_id
    return followed.about if followed is not None and same else ""


def _takes_part(inbound: InboundMessage, conversation: Conversation) -> bool:
    if conversation.customer_id == inbound.sender.customer_id:
        return True
    if conversation.pk is None:
        return False
    return Participant.objects.filter(conversation=conversation, address=inbound.sender.value).exists()


def _own_name(inbound: InboundMessage) -> str:
    """Under which id a message is kept when another one has its id already."""
    return f"{inbound.external_id[:230]}#{inbound.digest}"
