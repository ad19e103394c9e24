"""The answers to a visitor's page, the same over a socket and over HTTP: welcome, acknowledgement, lines. Asks the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation

from ramah.channels.chat import visiting
from ramah.channels.chat.frames import Refusal, key_of, text_of
from ramah.channels.chat.limits import neighborhood, seconds_to_wait
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.queries import Place, Thread, Widget, read_by_agent, thread_after
from ramah.channels.chat.saying import Said
from ramah.channels.chat.state import state_of
from ramah.channels.chat.visiting import Arrival, Page
from ramah.conversations.models import Conversation
from ramah.desk.queries import place_in_queue


@dataclass(frozen=True, slots=True)
class Met:
    """A visitor who has said hello, and what they are told first."""

    visitor: ChatVisitor
    conversation: Conversation | None
    language: str
    welcome: dict[str, Any]
    refusal: dict[str, Any] | None = None


def page_in(frame: dict[str, Any]) -> Page:
    """Where the visitor is, as a frame says it."""
    page = frame.get("page", frame) if isinstance(frame.get("page", frame), dict) else {}
    return Page(text_of(page, "url", 500), text_of(page, "title", 200))


def arrive(widget: Widget, frame: dict[str, Any], *, address: str, is_connected: bool, at: datetime) -> Arrival:
    """The visitor who says hello. Raises `Forgotten`, `Refusal` for an address with too many new ones."""
    token = text_of(frame, "token", 200)
    common: dict[str, Any] = {
        "widget": widget,
        "identity": text_of(frame, "identity", 8192),
        "language": widget.language(text_of(frame, "language", 20)),
        "page": page_in(frame),
        "is_connected": is_connected,
        "at": at,
    }
    if token:
        return visiting.come_back(token=token, **common)
    wait = seconds_to_wait("new_visitors", neighborhood(address), at=at)
    if wait:
        raise Refusal("too_many", wait=wait)
    return visiting.begin(address=address, **common)


def meet(widget: Widget, arrival: Arrival, *, after: int, at: datetime) -> Met:
    """What a visitor who has arrived is told."""
    visitor = arrival.visitor
    language = visitor.language or widget.language()
    rows = Conversation.objects.filter(pk=visitor.conversation_id or 0)
    conversation = rows.select_related("inbox").first() if visitor.conversation_id else None
    with translation.override(language):
        thread = thread_after(Place.of(visitor), after=after)
        refusal = Refusal("identity").frame() if arrival.is_refused else None
    welcome = {
        "type": "welcome",
        "token": arrival.token,
        "visitor": visitor.public_id,
        "known": bool(visitor.customer_ref),
        "name": visitor.name,
        "email": bool(visitor.email),
        "lines": thread.lines,
        "newest": thread.newest,
        "more": thread.more,
        "read_by_agent": read_by_agent(conversation),
        "state": state_of(widget, language=language, at=at),
        "place": place_in_queue(visitor.conversation_id) if visitor.conversation_id else None,
    }
    return Met(visitor, conversation, language, welcome, refusal)


def after_in(frame: dict[str, Any]) -> int:
    """The newest line that the page has."""
    return key_of(frame, "after")


def lines_frame(thread: Thread) -> dict[str, Any]:
    """Lines as they are told."""
    return {"type": "lines", "lines": thread.lines, "newest": thread.newest, "more": thread.more}


def said_frame(said: Said, client_id: str, language: str) -> dict[str, Any]:
    """The answer to a message: acknowledged, or refused with words."""
    if not said.why:
        return {"type": "ack", "id": client_id, "line": said.line}
    with translation.override(language):
        return Refusal(said.why, client_id, said.wait).frame()
