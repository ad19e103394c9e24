"""Lines of a thread, ready to be shown: who said what when, how it fared, and what goes with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ramah.conversations.commands.elsewhere import ELSEWHERE
from ramah.conversations.commands.filing import PICTURES
from ramah.conversations.models import Attachment, Message, MessageDelivery
from ramah.desk.details import ShownDetail, details_of, text_without
from ramah.desk.wording import activity_words, delivery_words, size_words
from ramah.kernel.masking import shown_address, shown_name
from ramah.ui.elements import icon, when

# What is longer stands on a page of its own; a mail of a megabyte must not make the thread one.
LONGEST_SHOWN = 20_000
QUOTE = 120
UNFINISHED = frozenset({MessageDelivery.State.QUEUED, MessageDelivery.State.SENDING})


@dataclass(frozen=True, slots=True)
class ShownFile:
    """An attachment: `picture` where it may be shown in the page."""

    name: str
    url: str
    size: str
    is_picture: bool


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """How an outgoing message fares."""

    public_id: str
    words: str
    icon: SafeString
    state: str
    error: str
    may_retry: bool
    is_uncertain: bool


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """What a message answers: the line in the page, who said it, and how it begins."""

    id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a message, a note or an activity (then only icon, text and time are set)."""

    id: str
    url: str
    public_id: str
    kind: str
    source: str
    text: SafeString
    time: SafeString
    icon: SafeString
    name: str = ""
    language: str = ""
    is_cut: bool = False
    whole: SafeString | None = None
    has_html: bool = False
    copies: str = ""
    files: Sequence[ShownFile] = ()
    delivery: ShownDelivery | None = None
    is_fresh: bool = False
    quote: ShownQuote | None = None
    edited: SafeString | None = None
    earlier: Sequence[str] = ()
    is_taken_back: bool = False
    reactions: str = ""
    details: Sequence[ShownDetail] = ()


def lines_of(
    messages: Iterable[Message],
    *,
    sees_contact_data: bool,
    fresh_after: int | None = None,
    quoted: Mapping[int, Message] | None = None,
) -> list[Line]:
    """The lines of these messages; those after `fresh_after` are marked as new. `quoted` has what they answer, by key."""
    nothing = SafeString("")
    base = reverse("desk_html", args=["0"]).removesuffix("0/html/")
    lines = []
    for message in messages:
        is_fresh = fresh_after is not None and message.pk > fresh_after
        if message.kind == Message.Kind.ACTIVITY:
            icon_name, words = activity_words(message)
            lines.append(
                Line(
                    id=str(message.pk),
                    url=f"{base}{message.public_id}/",
                    public_id=message.public_id,
                    kind="activity",
                    source="",
                    text=escape(words),
                    time=when(message.created_at),
                    icon=icon(icon_name),
                    is_fresh=is_fresh,
                )
            )
            continue
        details = details_of(message.detail, sees_contact_data=sees_contact_data)
        text, is_cut = _shown(text_without(message.text, details))
        lines.append(
            Line(
                id=str(message.pk),
                url=f"{base}{message.public_id}/",
                public_id=message.public_id,
                kind=message.kind,
                source=_source(message),
                text=text,
                time=when(message.created_at),
                icon=_icon(message) or nothing,
                name=_name(message, sees_contact_data=sees_contact_data),
                language=message.language,
                is_cut=is_cut or len(message.full_text) > LONGEST_SHOWN,
                whole=_shown(message.full_text)[0] if 0 < len(message.full_text) <= LONGEST_SHOWN else None,
                has_html=bool(message.html),
                copies=", ".join(shown_address(address, whole=sees_contact_data) for address in message.cc),
                files=[_file(attachment) for attachment in message.attachments.all()],
                delivery=shown_delivery(message),
                is_fresh=is_fresh,
                quote=_quote(message, quoted or {}, sees_contact_data=sees_contact_data),
                edited=when(message.edited_at) if message.edited_at else None,
                earlier=[str(one.get("text", "")) for one in message.detail.get("earlier", ())],
                is_taken_back=message.deleted_at is not None,
                reactions=" ".join(str(one.get("emoji", "")) for one in message.detail.get("reactions", ())),
                details=details,
            )
        )
    return lines


def shown_delivery(message: Message) -> ShownDelivery | None:
    """How the message fares; None for what did not go out."""
    delivery = getattr(message, "delivery", None)
    if delivery is None:
        return None
    words, icon_name = delivery_words(delivery)
    return ShownDelivery(
        public_id=delivery.public_id,
        words=words,
        icon=icon(icon_name),
        state=delivery.state,
        error=delivery.error[:300],
        may_retry=delivery.state == MessageDelivery.State.FAILED,
        is_uncertain=delivery.is_uncertain,
    )


def _quote(message: Message, quoted: Mapping[int, Message], *, sees_contact_data: bool) -> ShownQuote | None:
    answered = quoted.get(message.answers_id or 0)
    if answered is None:
        return None
    words = Truncator(" ".join(answered.text.split())).chars(QUOTE)
    return ShownQuote(f"m{answered.pk}", _name(answered, sees_contact_data=sees_contact_data), words)


def _shown(text: str) -> tuple[SafeString, bool]:
    shown = text[:LONGEST_SHOWN]
    # Looking for links word by word is dear; most messages have none.
    safe = _with_links(shown) if "://" in shown else escape(shown)
    return safe, len(text) > LONGEST_SHOWN


def _with_links(text: str) -> SafeString:
    linked = urlize(text, nofollow=True, autoescape=True)
    # Quotes in the text itself are escaped, so this only meets the links that were just made.
    return mark_safe(linked.replace(' rel="nofollow">', ' target="_blank" rel="nofollow noopener noreferrer">'))  # noqa: S308


def _source(message: Message) -> str:
    if message.kind == Message.Kind.NOTE:
        return "note"
    return {"customer": "customer", "agent": "agent"}.get(message.author, "bot")


def _icon(message: Message) -> SafeString | None:
    if message.kind == Message.Kind.NOTE:
        return icon("note")
    return icon("bot") if message.author == Message.Author.SYSTEM else None


def _name(message: Message, *, sees_contact_data: bool) -> str:
    if message.author == Message.Author.SYSTEM:
        return _("Ramah")
    if message.agent is not None:
        return message.agent.name
    if message.detail.get(ELSEWHERE):
        return _("%(name)s (written outside Ramah)") % {"name": message.author_name}
    return shown_name(message.author_name or _("No name"), whole=sees_contact_data)


def _file(attachment: Attachment) -> ShownFile:
    return ShownFile(
        name=attachment.filename,
        url=reverse("desk_attachment", args=[attachment.public_id]),
        size=size_words(attachment.size),
        is_picture=attachment.content_type in PICTURES,
    )
