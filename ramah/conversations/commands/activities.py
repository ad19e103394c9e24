"""System lines in a thread. They are stored as a name and its facts, and worded when shown, in the viewer's language."""

from datetime import datetime

from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.models import Conversation, Message
from ramah.kernel.actors import SYSTEM, Actor


def add_activity(
    conversation: Conversation, activity: str, *, at: datetime, actor: Actor = SYSTEM, **detail: object
) -> Message:
    """Add the line `activity` (`assigned`, `reopened_by_customer`, ...) with what its wording needs."""
    line = activity_line(conversation, activity, at=at, actor=actor, **detail)
    line.save()
    tell_pages(conversation, line.pk)
    return line


def activity_line(
    conversation: Conversation, activity: str, *, at: datetime, actor: Actor = SYSTEM, **detail: object
) -> Message:
    """The line, not saved."""
    return Message(
        conversation=conversation,
        kind=Message.Kind.ACTIVITY,
        author=Message.Author.SYSTEM,
        agent_id=getattr(actor, "agent_id", None),
        author_name=actor.label,
        activity=activity,
        detail=detail,
        created_at=at,
    )
