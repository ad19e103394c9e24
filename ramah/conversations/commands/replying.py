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
from ramah.conversations.commands.receiving import PREVIEW
from ramah.conversations.events import AutomaticMessagePosted, NoteAdded, ReplyPosted
from ramah.conversations.models import Conversation, ExternalId, Mention, Message, MessageDelivery, Participant
from ramah.customers.models import ContactPoint
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish
from ramah.kernel.ids import new_public_id

MOST_REFERENCES = 20
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
        conversation = _lock(conversation)
        earlier = _sent_before(conversation, client_id)
        if earlier is not None:
            return earlier
        _check_seen(conversation, seen)
        message = _post(
            conversation,
            text=text,
            to=[_address(conversation)],
            cc=copies,
            client_id=client_id,
            agent_id=getattr(actor, "agent_id", None),
            author_name=actor.label,
            answers=_chain(conversation),
            headers={},
            language=conversation.language,
            at=at,
        )
        if files:
            store_files(message, files, at=at)
        if copies:
            Participant.objects.bulk_create(
                [Participant(conversation=conversation, address=address) for address in copies], ignore_conflicts=True
            )
        conversation.last_message_at, conversation.is_unread = at, False
        conversation.preview = " ".join(text.split())[:PREVIEW]
        conversation.save(update_fields=["last_message_at", "is_unread", "preview"])
        audit.record(actor, "conversation.reply", f"conversation:{conversation.pk}", at=at, message=message.pk)
        publish(ReplyPosted(conversation.pk, message.pk, message.agent_id), subject=f"conversation:{conversation.pk}")
        return message


def post_automatic(
    *, conversation: Conversation, answering: int, text: str, purpose: str, language: str, at: datetime
) -> Message | None:
    """Answer the customer's message with the id `answering` as Ramah itself, marked so that no other machine answers it.

    None when the customer has no address, or the address has bounced for good: then nothing is said. A conversation hears each
    `purpose` once; a second time raises IntegrityError, so callers look before (and hold the transaction).
    """
    known = (
        ExternalId.objects.select_related("message__contact_point")
        .filter(message=answering, is_expected=False)
        .order_by("id")
        .first()
    )
    if known is None:
        return None
    to = _answer_address(known.message, known.message.contact_point)
    if to is None:
        return None
    with transaction.atomic(savepoint=False):
        message = _post(
            conversation,
            text=text,
            to=[to],
            cc=[],
            client_id=purpose,
            agent_id=None,
            author_name="",
            answers=[known.value],
            headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
            language=language,
            at=at,
        )
        publish(AutomaticMessagePosted(conversation.pk, message.pk, purpose), subject=f"conversation:{conversation.pk}")
        return message


def add_note(
    *, actor: Actor, conversation: Conversation, text: str, client_id: str | None = None, at: datetime
) -> Message:
    """Write a private note. `@Name` of a colleague who may read the conversation leaves a mention. Raises `EmptyMessage`."""
    require(actor, permissions.NOTE)
    text = text.strip()
    if not text:
        raise EmptyMessage
    with transaction.atomic():
        conversation = _lock(conversation)
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


def _lock(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_for_update(of=("self",)).select_related("inbox").get(pk=conversation.pk)


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
        point = ContactPoint.objects.filter(customer=conversation.customer_id, kind="email").order_by("id").first()
    address = _answer_address(last, point)
    if address is None:
        raise NoAddress
    return address


def _answer_address(message: Message | None, point: ContactPoint | None) -> str | None:
    if message is not None and message.detail.get("reply_to"):
        return str(message.detail["reply_to"])
    if point is None or point.kind != ContactPoint.Kind.EMAIL or point.bounced_at is not None:
        return None
    return point.value


def _chain(conversation: Conversation) -> list[str]:
    """Ids of the thread's newest messages, oldest first. Ids kept under a name of their own are not sent."""
    known = ExternalId.objects.filter(message__conversation=conversation, is_expected=False).order_by("-id")
    return [value for value in known.values_list("value", flat=True)[:MOST_REFERENCES] if "#" not in value][::-1]


def _post(
    conversation: Conversation,
    *,
    text: str,
    to: list[str],
    cc: list[str],
    client_id: str | None,
    agent_id: int | None,
    author_name: str,
    answers: list[str],
    headers: dict[str, str],
    language: str,
    at: datetime,
) -> Message:
    is_automatic = "Auto-Submitted" in headers
    message = Message.objects.create(
        conversation=conversation,
        kind=Message.Kind.MESSAGE,
        author=Message.Author.SYSTEM if is_automatic else Message.Author.AGENT,
        agent_id=agent_id,
        author_name=author_name,
        text=text,
        subject=conversation.subject,
        language=language,
        to=to,
        cc=cc,
        client_id=client_id,
        created_at=at,
    )
    threading = {"In-Reply-To": answers[-1], "References": " ".join(answers)} if answers else {}
    external_id = f"<{new_public_id()}.r{conversation.pk}@{conversation.inbox.address.rpartition('@')[2]}>"
    MessageDelivery.objects.create(
        message=message,
        inbox=conversation.inbox,
        external_id=external_id,
        recipients=[*to, *cc],
        headers={**threading, **headers},
        next_attempt_at=at,
        created_at=at,
    )
    ExternalId.objects.create(message=message, value=external_id)
    return message
