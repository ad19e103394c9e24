"""A line of a thread as the visitor's page shows it. Pure: no database, no clock.

Notes never come here; of what an agent did only the few things that concern the visitor do.
"""

from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from ramah.conversations.commands.filing import PICTURES
from ramah.conversations.commands.replying import ANSWERS
from ramah.conversations.models import Attachment, Message

FILE_SALT = "ramah.chat.file"
FILE_SECONDS = 6 * 3600
SHOWN_ACTIVITIES = ("assigned", "taken", "chat_rated", "status_resolved")
_FROM = {Message.Author.CUSTOMER: "me", Message.Author.AGENT: "agent", Message.Author.SYSTEM: "shop"}
_CARD_FIELDS = ("kind", "title", "text", "url", "image", "price", "state", "button")


def line_of(message: Message, *, visitor_id: str, files: Sequence[Attachment] = ()) -> dict[str, Any]:
    """The line of a message or activity, for the visitor with this public id."""
    is_deleted = message.deleted_at is not None
    is_activity = message.kind == Message.Kind.ACTIVITY
    own = message.author == Message.Author.CUSTOMER
    return {
        "id": message.pk,
        "from": "act" if is_activity else _FROM[Message.Author(message.author)],
        "act": message.activity if is_activity else "",
        "name": "" if own else _first_name(message),
        "text": "" if is_deleted else _activity_words(message) if is_activity else message.text,
        "at": message.created_at.isoformat(timespec="milliseconds"),
        "files": [] if is_deleted else [_file(file, visitor_id) for file in files],
        "card": None if is_deleted else _card(message.detail.get("card")),
        "answers": [] if own or is_deleted else _answers(message.detail.get(ANSWERS)),
        "client_id": str(message.detail.get("client_id") or "") if own else "",
        "deleted": is_deleted,
    }


def file_url(attachment: Attachment, visitor_id: str) -> str:
    """Where the visitor may fetch a file for some hours."""
    told = signing.dumps([attachment.public_id, visitor_id], salt=FILE_SALT)
    return f"{reverse('chat_file', args=[attachment.public_id])}?t={told}"


def _file(file: Attachment, visitor_id: str) -> dict[str, Any]:
    return {
        "name": file.filename,
        "url": file_url(file, visitor_id),
        "type": file.content_type,
        "size": file.size,
        "picture": file.content_type in PICTURES,
    }


def _first_name(message: Message) -> str:
    name = message.agent.name if message.agent is not None else message.author_name
    return name.split()[0][:80] if name.split() else ""


def _card(card: object) -> dict[str, str] | None:
    if not isinstance(card, dict):
        return None
    told = {name: str(card[name])[:500] for name in _CARD_FIELDS if card.get(name)}
    for name in ("url", "image"):
        if name in told and not told[name].startswith(("https://", "http://", "/")):
            del told[name]
    return told or None


def _answers(answers: object) -> list[str]:
    return [str(answer)[:200] for answer in answers] if isinstance(answers, list) else []


def _activity_words(message: Message) -> str:
    match message.activity:
        case "assigned" | "taken":
            name = str(message.detail.get("agent") or message.author_name).split()
            return _("%(name)s is with you now.") % {"name": name[0][:80] if name else ""}
        case "chat_rated":
            return _("You have rated this chat.")
        case "status_resolved":
            return _("This chat was closed. Write again whenever you like.")
    return ""
