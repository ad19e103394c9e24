"""What customers do to what was said: write it anew, take it back, react. The thread shows it, and keeps what stood there."""

from datetime import datetime

from django.db import transaction

from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.rows import preview_of
from ramah.conversations.models import ExternalId, Message

MOST_VERSIONS = 20
MOST_REACTIONS = 20


def edit_message(known_as: str, *, text: str, by: int, at: datetime) -> bool:
    """The customer with the contact point `by` has written their message anew. False where there is none, or no change."""
    with transaction.atomic():
        message = _own(known_as, by)
        if message is None or message.text == text or message.deleted_at is not None:
            return False
        if message.edited_at is not None and message.edited_at > at:  # an older version that comes late
            return False
        earlier = [*message.detail.get("earlier", []), {"text": message.text, "until": at.isoformat()}]
        message.detail = {**message.detail, "earlier": earlier[-MOST_VERSIONS:]}
        message.text, message.full_text, message.edited_at = text, "", at
        message.save(update_fields=["detail", "text", "full_text", "edited_at"])
        _show(message)
        return True


def delete_message(known_as: str, *, by: int, at: datetime) -> bool:
    """They have taken it back. Agents still see what it said, marked so; the customer's own copy says no more than that."""
    with transaction.atomic():
        message = _own(known_as, by)
        if message is None or message.deleted_at is not None:
            return False
        message.deleted_at = at
        message.save(update_fields=["deleted_at"])
        _show(message)
        return True


def react(known_as: str, *, emoji: str, by: int, at: datetime) -> bool:
    """They react to a message of the thread with `emoji`, one at a time; empty: no more. False where there is no such message."""
    with transaction.atomic():
        row = (
            ExternalId.objects.select_related("message__conversation").filter(value=known_as, is_expected=False).first()
        )
        if row is None:
            return False
        message = Message.objects.select_for_update(of=("self",)).select_related("conversation").get(pk=row.message_id)
        if any(one.get("by") == by and one["at"] > at.isoformat() for one in message.detail.get("reactions", [])):
            return False  # an older one that comes late
        others = [one for one in message.detail.get("reactions", []) if one.get("by") != by]
        own = [{"by": by, "emoji": emoji[:16], "at": at.isoformat()}] if emoji else []
        message.detail = {**message.detail, "reactions": [*others, *own][-MOST_REACTIONS:]}
        message.save(update_fields=["detail"])
        _show(message)
        return True


def _own(known_as: str, by: int) -> Message | None:
    row = ExternalId.objects.filter(value=known_as, is_expected=False, message__contact_point=by).first()
    if row is None:
        return None
    return Message.objects.select_for_update(of=("self",)).select_related("conversation").get(pk=row.message_id)


def _show(message: Message) -> None:
    conversation = message.conversation
    newest = conversation.messages.filter(kind=Message.Kind.MESSAGE).order_by("-id").first()
    if newest is not None and newest.pk == message.pk and message.deleted_at is None:
        conversation.preview = preview_of(message.text)
        conversation.save(update_fields=["preview"])
    tell_pages(conversation, message.pk)
