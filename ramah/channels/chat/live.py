"""Who is at the other end of a chat, told to the desk: whether they are here, on which page, and where answers reach them."""

from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.queries import HERE
from ramah.desk.queries import LiveSight, register_live_source
from ramah.kernel import clock


def sight_of(conversation_id: int) -> LiveSight | None:
    """The visitor whose conversation it is, as it is now; None where a chat has none, such as one that was imported."""
    rows = ChatVisitor.objects.filter(conversation=conversation_id).order_by("-seen_at")
    visitor = rows.only("is_connected", "page_url", "page_title", "seen_at", "email", "read_id").first()
    if visitor is None:
        return None
    return LiveSight(
        is_connected=visitor.is_connected and visitor.seen_at > clock.now() - HERE,
        page_url=visitor.page_url,
        page_title=visitor.page_title,
        seen_at=visitor.seen_at,
        email=visitor.email,
        read_id=visitor.read_id,
    )


register_live_source("chat", sight_of)
