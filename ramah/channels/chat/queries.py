"""Reads of live chat. Whoever shows a visitor's token sees that visitor's thread and nothing else: `visitor_of` is the door."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.conf import settings as django_settings
from django.db.models import Q

from ramah.channels.chat.lines import SHOWN_ACTIVITIES, line_of
from ramah.channels.chat.models import ChatSettings, ChatVisitor
from ramah.channels.chat.tokens import digest_of
from ramah.conversations.models import Attachment, Conversation, Inbox, Message
from ramah.kernel.actors import NotVisible

CHANNEL = "chat"
PAGE = 200
LONGEST_PAGE = 100_000  # characters: a page that takes nothing holds that much of our memory
LANGUAGES = frozenset(code for code, _name in django_settings.LANGUAGES)
# A visitor is here while a page of theirs was heard of within so long: a process that was killed takes nobody along for ever.
HERE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Widget:
    """A chat inbox with its settings; without a row of its own, the defaults."""

    inbox: Inbox
    settings: ChatSettings

    def language(self, *wanted: str) -> str:
        """The first of the languages that Ramah speaks, else that of the inbox, else English."""
        for tag in (*wanted, self.inbox.language):
            base = str(tag).replace("_", "-").split("-")[0].lower()
            if base in LANGUAGES:
                return base
        return "en"

    def told(self, texts: dict[str, Any], language: str) -> Any:
        """The text in this language, in that of the inbox, or none."""
        return texts.get(language) or texts.get(self.inbox.language) or texts.get("en")


def widget_at(inbox_key: str) -> Widget:
    """The active chat inbox with this key. Raises `NotVisible`."""
    rows = Inbox.objects.filter(key=inbox_key, channel=CHANNEL, is_active=True).select_related("calendar")
    inbox = rows.first()
    if inbox is None:
        raise NotVisible
    return widget_of(inbox)


def widget_of(inbox: Inbox) -> Widget:
    """The settings of a chat inbox."""
    return Widget(inbox, ChatSettings.objects.filter(inbox=inbox).first() or ChatSettings(inbox=inbox))


def visitor_of(token: str, *, inbox_key: str) -> ChatVisitor:
    """Whoever keeps this token, in an active inbox. Raises `NotVisible`."""
    rows = ChatVisitor.objects.select_related("inbox", "contact_point", "conversation")
    row = rows.filter(token_digest=digest_of(token), inbox__key=inbox_key, inbox__is_active=True).first()
    if row is None or not token:
        raise NotVisible
    return row


def is_here(visitor: ChatVisitor, *, at: datetime) -> bool:
    """Whether a page of theirs is open now."""
    return visitor.is_connected and visitor.seen_at > at - HERE


@dataclass(frozen=True, slots=True)
class Thread:
    """Lines of a visitor's thread, oldest first; `more`: there are further ones. `newest` is the key of the last one read."""

    lines: list[dict[str, Any]]
    newest: int
    more: bool = False


def thread_after(place: "Place", *, after: int, without: Iterable[int] = (), most: int = PAGE) -> Thread:
    """What the visitor may see of their conversation after the line `after`, at most a page."""
    if not place.conversation_id:
        return Thread([], after)
    spoken = Q(kind=Message.Kind.MESSAGE) | Q(kind=Message.Kind.ACTIVITY, activity__in=SHOWN_ACTIVITIES)
    found = Message.objects.filter(spoken, conversation=place.conversation_id, pk__gt=after)
    rows = list(found.select_related("conversation", "agent", "contact_point").order_by("pk")[: most + 1])
    fitting = _fitting(rows[:most])
    more, rows, left_out = len(rows) > fitting, rows[:fitting], frozenset(without)
    shown = [row for row in rows if row.pk not in left_out and _is_theirs(row, place)]
    files = files_of(shown)
    lines = [line_of(row, visitor_id=place.visitor_key, files=files.get(row.pk, ())) for row in shown]
    return Thread(lines, rows[-1].pk if rows else after, more)


def _fitting(rows: Sequence[Message]) -> int:
    """How many of these go into one frame: one at least."""
    told = accumulate(len(row.text) for row in rows)
    return max(1, sum(length <= LONGEST_PAGE for length in told))


@dataclass(frozen=True, slots=True)
class Place:
    """A visitor's public id, the inbox they chat with, and the conversation that they are in (0: none yet)."""

    visitor_key: str
    inbox_id: int
    conversation_id: int

    @classmethod
    def of(cls, visitor: ChatVisitor) -> "Place":
        """That of a visitor as they stand."""
        return cls(visitor.public_id, visitor.inbox_id, visitor.conversation_id or 0)


def _is_theirs(message: Message, place: Place) -> bool:
    """All of a conversation of this chat; of one that it was merged into elsewhere, only what was said here."""
    if message.conversation.inbox_id == place.inbox_id:
        return True
    point = message.contact_point
    return (point is not None and point.value == place.visitor_key) or place.visitor_key in message.to


def files_of(messages: Sequence[Message]) -> dict[int, list[Attachment]]:
    """The files of these messages, by message."""
    found: dict[int, list[Attachment]] = {}
    if not messages:
        return found
    for row in Attachment.objects.filter(message__in=[message.pk for message in messages]).order_by("pk"):
        found.setdefault(row.message_id, []).append(row)
    return found


def file_of(public_id: str, *, visitor_key: str) -> Attachment:
    """A file that the visitor may have: of a message of their conversation. Raises `NotVisible`."""
    row = Attachment.objects.select_related("message__conversation", "message__contact_point").filter(
        public_id=public_id, message__kind=Message.Kind.MESSAGE, message__deleted_at=None
    )
    found = row.first()
    visitor = ChatVisitor.objects.filter(public_id=visitor_key).first()
    if found is None or visitor is None or found.message.conversation_id != visitor.conversation_id:
        raise NotVisible
    if not _is_theirs(found.message, Place.of(visitor)):
        raise NotVisible
    return found


def newest_of(conversation_id: int) -> int:
    """Key of the newest line of a conversation; 0 without any."""
    rows = Message.objects.filter(conversation=conversation_id)
    return rows.order_by("-pk").values_list("pk", flat=True).first() or 0


def read_by_agent(conversation: Conversation | None) -> int:
    """Up to which line agents have seen what the visitor wrote, as far as is known without asking their pages."""
    if conversation is None:
        return 0
    if not conversation.is_unread:
        return newest_of(conversation.pk)
    answered = Message.objects.filter(conversation=conversation, author=Message.Author.AGENT)
    return answered.order_by("-pk").values_list("pk", flat=True).first() or 0


def visitors_of_customer(customer_id: int) -> list[dict[str, Any]]:
    """What is kept of a customer's browsers, for a copy of their data."""
    rows = ChatVisitor.objects.filter(contact_point__customer=customer_id).select_related("inbox").order_by("pk")
    return [
        {
            "inbox": row.inbox.key,
            "name": row.name,
            "email": row.email,
            "language": row.language,
            "address": row.address or "",
            "page": row.page_url,
            "seen_at": row.seen_at.isoformat(),
        }
        for row in rows
    ]
