"""Speaking in a thread: replies, what Ramah says by itself, and private notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from ramah.accounts.models import Agent
from ramah.conversations import permissions
from ramah.conversations.commands.filing import File, store_files
from ramah.conversations.commands.rows import locked, preview_of
from ramah.conversations.commands.writing import Written, save_written, thread_ids, written_message
from ramah.conversations.events import AutomaticMessagePosted, NoteAdded, ReplyPosted
from ramah.conversations.models import Conversation, ExternalId, Mention, Message, Participant
from ramah.customers.models import ContactPoint
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish, publish_all

MOST_COPIES = 20


class EmptyMessage(Exception):
    """There is neither text nor a file to send."""


class NoAddress(Exception):
    """The customer has no address on this channel that mail can go to."""


class BadCopyAddress(Exception):
    """A CC address is not an e-mail address, or there are too many."""


@dataclass(frozen=True, slots=True)
class ThreadChanged(Exception):
    """Something was said since the agent last saw the thread; nothing was sent. `since` is the id last seen."""

    since: int


def post_reply(
    *,
    actor: Actor,
    conversation: Conversation,
    text: str,
    cc: Sequence[str] = (),
    files: Sequence[File] = (),
    client_id: str | None = None,
    seen: int | None = None,
    at: datetime,
) -> Message:
    """Answer the customer. The message and its delivery are stored; a worker sends it.

    `client_id` makes a second try return the first message. `seen` is the newest line the agent had before his eyes: if the
    customer or a colleague has spoken since, nothing is sent. Raises `ThreadChanged`, `EmptyMessage`, `NoAddress`,
    `BadCopyAddress`, `AttachmentTooLarge`, `PermissionDenied`.
    """
    require(actor, permissions.REPLY)
    text = text.strip()
    if not text and not files:
        raise EmptyMessage
    copies = _clean_copies(cc)
    with transaction.atomic():
        conversation = locked(conversation)
        earlier = _sent_before(conversation, client_id)
        if earlier is not None:
            return earlier
        _check_seen(conversation, seen)
        written = written_message(
            conversation,
            text=text,
            to=[_address(conversation)],
            cc=copies,
            client_id=client_id,
            author=Message.Author.AGENT,
            agent_id=getattr(actor, "agent_id", None),
            author_name=actor.label,
            answers=thread_ids(conversation),
            headers={},
            language=conversation.language,
            at=at,
        )
        save_written([written])
        message = written.message
        if files:
            store_files(message, files, at=at)
        if copies:
            Participant.objects.bulk_create(
                [Participant(conversation=conversation, address=address) for address in copies], ignore_conflicts=True
            )
        conversation.last_message_at, conversation.is_unread = at, False
        conversation.preview = preview_of(text)
        conversation.save(update_fields=["last_message_at", "is_unread", "preview"])
        audit.record(actor, "conversation.reply", f"conversation:{conversation.pk}", at=at, message=message.pk)
        publish(ReplyPosted(conversation.pk, message.pk, message.agent_id), subject=f"conversation:{conversation.pk}")
        return message


@dataclass(frozen=True, slots=True)
class AutomaticAnswer:
    """What Ramah itself answers to the customer's message with the id `answering`; `purpose` is said once per conversation."""

    conversation: Conversation
    answering: int
    text: str
    purpose: str
    language: str


def post_automatic(answers: Sequence[AutomaticAnswer], *, at: datetime) -> list[Message | None]:
    """Answer as Ramah itself, marked so that no other machine answers it: a handful of queries for any number.

    None where the customer has no address, or the address has bounced for good: then nothing is said. The same purpose a second
    time raises IntegrityError, so callers look before, in the same transaction.
    """
    with transaction.atomic(savepoint=False):
        rows = ExternalId.objects.filter(message__in=[answer.answering for answer in answers], is_expected=False)
        known = {row.message_id: row for row in rows.select_related("message__contact_point").order_by("-id")}
        written = [_automatic(answer, known.get(answer.answering), at=at) for answer in answers]
        save_written([one for one in written if one is not None])
        publish_all(
            (
                AutomaticMessagePosted(answer.conversation.pk, one.message.pk, answer.purpose),
                f"conversation:{answer.conversation.pk}",
            )
            for answer, one in zip(answers, written, strict=True)
            if one is not None
        )
        return [one.message if one is not None else None for one in written]


def _automatic(answer: AutomaticAnswer, answered: ExternalId | None, *, at: datetime) -> Written | None:
    if answered is None:
        return None
    to = _answer_address(answered.message, answered.message.contact_point)
    if to is None:
        return None
    return written_message(
        answer.conversation,
        text=answer.text,
        to=[to],
        cc=[],
        client_id=answer.purpose,
        author=Message.Author.SYSTEM,
        answers=[answered.value],
        headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
        language=answer.language,
        at=at,
    )


def add_note(
    *, actor: Actor, conversation: Conversation, text: str, client_id: str | None = None, at: datetime
) -> Message:
    """Write a private note. `@Name` of a colleague who may read the conversation leaves a mention. Raises `EmptyMessage`."""
    require(actor, permissions.NOTE)
    text = text.strip()
    if not text:
        raise EmptyMessage
    with transaction.atomic():
        conversation = locked(conversation)
        earlier = _sent_before(conversation, client_id)
        if earlier is not None:
            return earlier
        note = Message.objects.create(
            conversation=conversation,
            kind=Message.Kind.NOTE,
            author=Message.Author.AGENT,
            agent_id=getattr(actor, "agent_id", None),
            author_name=actor.label,
            text=text,
            client_id=client_id,
            created_at=at,
        )
        named = [agent for agent in Agent.objects.filter(is_active=True) if f"@{agent.name}".lower() in text.lower()]
        Mention.objects.bulk_create([Mention(message=note, agent=agent) for agent in named])
        audit.record(actor, "conversation.note", f"conversation:{conversation.pk}", at=at, message=note.pk)
        publish(NoteAdded(conversation.pk, note.pk), subject=f"conversation:{conversation.pk}")
        return note


def see_thread(*, actor: Actor, conversation: Conversation, at: datetime) -> None:
    """The agent has the thread before his eyes: it is no longer unread, and his mentions in it are seen."""
    if conversation.is_unread:
        Conversation.objects.filter(pk=conversation.pk, is_unread=True).update(is_unread=False)
    agent_id = getattr(actor, "agent_id", None)
    Mention.objects.filter(message__conversation=conversation, agent=agent_id, seen_at=None).update(seen_at=at)


def _sent_before(conversation: Conversation, client_id: str | None) -> Message | None:
    if client_id is None:
        return None
    return Message.objects.filter(conversation=conversation, client_id=client_id).first()


def _check_seen(conversation: Conversation, seen: int | None) -> None:
    if seen is None:
        return
    spoken = (Message.Kind.MESSAGE, Message.Kind.NOTE)
    if Message.objects.filter(conversation=conversation, id__gt=seen, kind__in=spoken).exists():
        raise ThreadChanged(seen)


def _clean_copies(addresses: Sequence[str]) -> list[str]:
    copies = list(dict.fromkeys(address.strip().lower() for address in addresses if address.strip()))
    if len(copies) > MOST_COPIES:
        raise BadCopyAddress(str(len(copies)))
    for address in copies:
        try:
            validate_email(address)
        except ValidationError as error:
            raise BadCopyAddress(address) from error
    return copies


def _address(conversation: Conversation) -> str:
    """Where an answer goes: as the customer's last message asked, or the customer's own address. Raises `NoAddress`."""
    last = (
        Message.objects.filter(conversation=conversation, author=Message.Author.CUSTOMER)
        .select_related("contact_point")
        .order_by("-id")
        .first()
    )
    point = last.contact_point if last is not None else None
    if point is None:
        point = _first_written_to(conversation)
    address = _answer_address(last, point)
    if address is None:
        raise NoAddress
    return address


def _first_written_to(conversation: Conversation) -> ContactPoint | None:
    """Where the shop began the conversation, while its customer has said nothing; else the customer's first address."""
    taking_part = conversation.participants.filter(contact_point__kind="email").select_related("contact_point")
    known = taking_part.order_by("id").first()
    if known is not None:
        return known.contact_point
    return ContactPoint.objects.filter(customer=conversation.customer_id, kind="email").order_by("id").first()


def _answer_address(message: Message | None, point: ContactPoint | None) -> str | None:
    if message is not None and message.detail.get("reply_to"):
        return str(message.detail["reply_to"])
    if point is None or point.kind != ContactPoint.Kind.EMAIL or point.bounced_at is not None:
        return None
    return point.value
