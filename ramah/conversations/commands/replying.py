"""Speaking in a thread: replies, what Ramah says by itself, and private notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from ramah.accounts.models import Agent
from ramah.conversations import permissions
from ramah.conversations.commands.filing import File, store_files
from ramah.conversations.commands.outlets import NotPossible, outlet_of
from ramah.conversations.commands.rows import locked, preview_of
from ramah.conversations.commands.writing import Written, is_message_id, save_written, thread_ids, written_message
from ramah.conversations.events import AutomaticMessagePosted, NoteAdded, ReplyPosted
from ramah.conversations.models import Conversation, ExternalId, Inbox, Mention, Message, Participant
from ramah.customers.models import ContactPoint
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish, publish_all

MOST_COPIES = 20
ANSWERS = "answers"  # in `headers` and `detail`: what the customer may choose from
# What every channel that has them shows in full.
MOST_ANSWERS, LONGEST_ANSWER = 3, 20


class EmptyMessage(Exception):
    """There is neither text nor a file to send."""


class TextTooLong(Exception):
    """The channel takes no message of that length. Carries the most characters."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most


class NoAddress(Exception):
    """The customer has no address on this channel that mail can go to."""


class BadCopyAddress(Exception):
    """A CC address is not an e-mail address, or there are too many."""


class BadAnswers(Exception):
    """There are more than `MOST_ANSWERS` to choose from, two that are the same, or one longer than `LONGEST_ANSWER`."""


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
    prepared: Mapping[str, object] | None = None,
    answers: Sequence[str] = (),
    at: datetime,
) -> Message:
    """Answer the customer. The message and its delivery are stored; a worker sends it.

    `client_id` makes a second try return the first message. `seen` is the newest line the agent had before his eyes: if the
    customer or a colleague has spoken since, nothing is sent. It goes back the way the customer's last message came. `prepared`
    is what the channel sends in place of free text, such as an approved template, for which `text` stands in the thread: it goes
    where a free answer is not possible. `answers` go under the text for the customer to choose from, where the channel shows
    them; the choice comes in as a message. Raises `ThreadChanged`, `EmptyMessage`, `NoAddress`, `NotPossible`, `TextTooLong`,
    `BadCopyAddress`, `BadAnswers`, `AttachmentTooLarge`, `PermissionDenied`.
    """
    require(actor, permissions.REPLY)
    text, choices = text.strip(), _clean_answers(answers)
    if not text and (choices or not files):
        raise EmptyMessage
    copies = _clean_copies(cc)
    told: dict[str, object] = {**(prepared or {}), **({ANSWERS: choices} if choices else {})}
    with transaction.atomic():
        conversation = locked(conversation)
        earlier = _sent_before(conversation, client_id)
        if earlier is not None:
            return earlier
        _check_seen(conversation, seen)
        inbox, address = way_back(conversation)
        if prepared is None:
            outlet_of(inbox.channel).check(conversation, at)
        _check_fits(inbox, text, copies, choices)
        written = written_message(
            conversation,
            inbox=inbox,
            text=text,
            to=[address],
            cc=copies,
            client_id=client_id,
            author=Message.Author.AGENT,
            agent_id=getattr(actor, "agent_id", None),
            author_name=actor.label,
            answers=thread_ids(conversation),
            headers=told,
            language=conversation.language,
            at=at,
        )
        written.message.detail = dict(told)
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
    inbox = answered.message.inbox or answer.conversation.inbox
    to = _answer_address(answered.message, answered.message.contact_point, outlet_of(inbox.channel).kind)
    if to is None:
        return None
    return written_message(
        answer.conversation,
        inbox=inbox,
        text=answer.text,
        to=[to],
        cc=[],
        client_id=answer.purpose,
        author=Message.Author.SYSTEM,
        answers=[answered.value] if is_message_id(answered.value) else [],
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
    since = Message.objects.filter(conversation=conversation, id__gt=seen, kind__in=spoken)
    # What Ramah itself has said meanwhile changes nothing for whoever answers the customer.
    if since.exclude(author=Message.Author.SYSTEM).exists():
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


def _check_fits(inbox: Inbox, text: str, copies: Sequence[str], choices: Sequence[str]) -> None:
    outlet = outlet_of(inbox.channel)
    if outlet.longest and len(text) > outlet.longest:
        raise TextTooLong(outlet.longest)
    if copies and not outlet.has_copies:
        raise BadCopyAddress(copies[0])
    if choices and not shows_answers(inbox):
        raise NotPossible(_("This channel shows no answers to choose from."))


def _clean_answers(answers: Sequence[str]) -> list[str]:
    choices = [" ".join(answer.split()) for answer in answers if answer.strip()]
    if len(choices) > MOST_ANSWERS or len({choice.casefold() for choice in choices}) < len(choices):
        raise BadAnswers
    if any(len(choice) > LONGEST_ANSWER for choice in choices):
        raise BadAnswers
    return choices


def shows_answers(inbox: Inbox) -> bool:
    """Whether customers of this inbox can be given answers to choose from."""
    return outlet_of(inbox.channel).has_answers


def way_back(conversation: Conversation, *, last: Message | None = None) -> tuple[Inbox, str]:
    """By which inbox an answer goes, and to which address: as the customer's last message came, or asked for.

    `last` is that message, where the caller has it. Raises `NoAddress`.
    """
    last = last or (
        Message.objects.filter(conversation=conversation, author=Message.Author.CUSTOMER)
        .select_related("contact_point", "inbox")
        .order_by("-id")
        .first()
    )
    inbox = (last.inbox if last else None) or conversation.inbox
    kind = outlet_of(inbox.channel).kind
    point = last.contact_point if last is not None else None
    if point is None:
        point = _first_written_to(conversation, kind)
    address = _answer_address(last, point, kind)
    if address is None:
        raise NoAddress
    return inbox, address


def _first_written_to(conversation: Conversation, kind: str) -> ContactPoint | None:
    """Where the shop began the conversation, while its customer has said nothing; else the customer's first address."""
    taking_part = conversation.participants.filter(contact_point__kind=kind).select_related("contact_point")
    known = taking_part.order_by("id").first()
    if known is not None:
        return known.contact_point
    return ContactPoint.objects.filter(customer=conversation.customer_id, kind=kind).order_by("id").first()


def _answer_address(message: Message | None, point: ContactPoint | None, kind: str) -> str | None:
    if message is not None and message.detail.get("reply_to"):
        return str(message.detail["reply_to"])
    if point is None or point.kind != kind or point.bounced_at is not None:
        return None
    return point.value
