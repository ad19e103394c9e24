"""What a visitor's page may ask for besides saying something: details, rating, transcript. The same by socket and by request."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation

from ramah.channels.chat import transcripts, visiting
from ramah.channels.chat.frames import Refusal, checked_text, client_id_of, text_of
from ramah.channels.chat.limits import seconds_to_wait
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.queries import widget_of
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.rows import locked
from ramah.conversations.models import Conversation, Inbox
from ramah.customers.commands import NotAnAddress
from ramah.desk.queries import expected_wait_seconds, place_in_queue

LONGEST_RATING = 1000


def visitor_with(visitor_id: int) -> ChatVisitor:
    """The visitor with this key. Raises `Refusal` when they were forgotten."""
    row = ChatVisitor.objects.select_related("inbox", "contact_point").filter(pk=visitor_id).first()
    if row is None:
        raise Refusal("forgotten")
    return row


def public_id_of(conversation_id: int) -> str:
    """The public id of a conversation."""
    return str(Conversation.objects.values_list("public_id", flat=True).get(pk=conversation_id))


def place_frame(conversation_id: int, inbox_id: int) -> dict[str, Any]:
    """Where in the queue the visitor is."""
    place = place_in_queue(conversation_id) if conversation_id else None
    wait = expected_wait_seconds(Inbox.objects.get(pk=inbox_id)) if place else None
    return {"type": "place", "place": place, "wait_seconds": wait}


def act(*, visitor_id: int, frame: dict[str, Any], language: str, at: datetime) -> dict[str, Any] | None:
    """Do what the frame asks for; the frame that answers it. Raises `Refusal`."""
    visitor = visitor_with(visitor_id)
    with translation.override(language):
        match frame["type"]:
            case "details":
                return _details(visitor, frame, at=at)
            case "rate":
                return _rate(visitor, frame, at=at)
            case "transcript":
                return _transcript(visitor, language, frame, at=at)
    raise Refusal("unknown", client_id_of(frame))


def _details(visitor: ChatVisitor, frame: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    wait = seconds_to_wait("details", visitor.public_id, at=at)
    if wait:
        raise Refusal("too_fast", client_id_of(frame), wait)
    try:
        row = visiting.tell_details(
            visitor=visitor,
            name=text_of(frame, "name", 400),
            email=text_of(frame, "email", 400),
            keeps_email=not widget_of(visitor.inbox).settings.is_anonymous,
            at=at,
        )
    except NotAnAddress:
        raise Refusal("email", client_id_of(frame)) from None
    except visiting.NotKept:
        raise Refusal("not_kept", client_id_of(frame)) from None
    return {"type": "details", "name": row.name, "email": bool(row.email)}


def _rate(visitor: ChatVisitor, frame: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    score = frame.get("score")
    text = checked_text(frame.get("text") or "", client_id_of(frame), may_be_empty=True)[:LONGEST_RATING]
    if type(score) is not int or not 1 <= score <= 5 or visitor.conversation_id is None:
        raise Refusal("unknown", client_id_of(frame))
    with transaction.atomic():
        row = locked(Conversation(pk=visitor.conversation_id))
        add_rating(row, score=score, text=text, at=at)
    return {"type": "rated", "score": score}


def add_rating(conversation: Conversation, *, score: int, text: str, at: datetime) -> None:
    """How the visitor found this chat. Who rates again changes the earlier one, until somebody has said something since."""
    newest = conversation.messages.order_by("-pk").first()
    if newest is not None and newest.activity == "chat_rated":
        newest.detail = {"score": score, "text": text}
        newest.save(update_fields=["detail"])
    else:
        newest = add_activity(conversation, "chat_rated", at=at, score=score, text=text)
    tell_pages(conversation, newest.pk)


def _transcript(visitor: ChatVisitor, language: str, frame: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    if not visitor.email:
        raise Refusal("email", client_id_of(frame))
    if visitor.conversation_id is None:
        raise Refusal("empty", client_id_of(frame))
    wait = seconds_to_wait("transcripts", visitor.public_id, at=at)
    if wait:
        raise Refusal("too_fast", client_id_of(frame), wait)
    if not transcripts.mail_transcript(visitor=visitor, language=language, at=at):
        raise Refusal("paused", client_id_of(frame))
    return {"type": "transcript"}
