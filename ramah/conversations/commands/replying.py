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
from ramah.conversations.events import NoteAdded, ReplyPosted
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
            conversation, text=text, to=[_address(conversation)], cc=copies, client_id=client_id, actor=actor, at=at
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
        return message


def post_automatic(
    *, conversation: Conversation, text: str, purpose: str, language: str, client_id: str, at: datetime
) -> Message | None:
    """Say something as Ramah itself, marked as automatic so that no other machine answers it; once per `client_id`.

    None when the customer has no address, or the address has bounced for good: then nothing is said.
    """
    with transaction.atomic():
        earlier = _sent_before(conversation, client_id)
        if earlier is not None:
            return earlier
        try:
            to = [_address(conversation)]
        except NoAddress:
            return None
        headers = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
        return _post(
            conversation,
            text=text,
            to=to,
            cc=[],
            client_id=client_id,
            actor=None,
            headers=headers,
            detail={"purpose": purpose},
            language=language,
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
    """Where an answer goes: as the customer's last message asked, or the customer's own address."""
    last = (
        Message.objects.filter(conversation=conversation, author=Message.Author.CUSTOMER)
        .select_related("contact_point")
        .order_by("-id")
        .first()
    )
    point = last.contact_point if last is not None else None
    if point is None:
        point = ContactPoint.objects.filter(customer=conversation.customer_id, kind="email").order_by("id").first()
    if last is not None and last.detail.get("reply_to"):
        return str(last.detail["reply_to"])
    if point is None or point.kind != ContactPoint.Kind.EMAIL or point.bounced_at is not None:
        raise NoAddress
    return point.value


def _post(
    conversation: Conversation,
    *,
    text: str,
    to: list[str],
    cc: list[str],
    client_id: str | None,
    actor: Actor | None,
    at: datetime,
    headers: dict[str, str] | None = None,
    detail: dict[str, object] | None = None,
    language: str = "",
) -> Message:
    message = Message.objects.create(
        conversation=conversation,
        kind=Message.Kind.MESSAGE,
        author=Message.Author.AGENT if actor else Message.Author.SYSTEM,
        agent_id=getattr(actor, "agent_id", None),
        author_name=actor.label if actor else "",
        text=text,
        subject=conversation.subject,
        language=language or conversation.language,
        to=to,
        cc=cc,
        client_id=client_id,
        detail=detail or {},
        created_at=at,
    )
    known = ExternalId.objects.filter(message__conversation=conversation, is_expected=False).order_by("-id")
    chain = [value for value in known.values_list("value", flat=True)[:MOST_REFERENCES] if "#" not in value][::-1]
    threading = {"In-Reply-To": chain[-1], "References": " ".join(chain)} if chain else {}
    external_id = f"<{new_public_id()}.r{conversation.pk}@{conversation.inbox.address.rpartition('@')[2]}>"
    MessageDelivery.objects.create(
        message=message,
        inbox=conversation.inbox,
        external_id=external_id,
        recipients=[*to, *cc],
        headers={**threading, **(headers or {})},
        next_attempt_at=at,
        created_at=at,
    )
    ExternalId.objects.create(message=message, value=external_id)
    publish(
        ReplyPosted(conversation.pk, message.pk, getattr(actor, "agent_id", None)),
        subject=f"conversation:{conversation.pk}",
    )
    return message
