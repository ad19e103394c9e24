"""What a channel knows of a customer who is there right now. It registers a source; the desk does not know the channel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ramah.conversations.models import Conversation


@dataclass(frozen=True, slots=True)
class LiveSight:
    """A customer at the other end: whether they are connected, on which page they are, and since when nothing was heard of them.

    `email`: answers reach them there when they have left; empty: they do not. `read_id` is the newest line they have seen.
    Without `is_told` the thread says nothing of it.
    """

    is_connected: bool
    page_url: str = ""
    page_title: str = ""
    seen_at: datetime | None = None
    email: str = ""
    read_id: int = 0
    is_told: bool = True


LiveSource = Callable[[int], LiveSight | None]
_sources: dict[str, LiveSource] = {}


def register_live_source(channel: str, source: LiveSource) -> None:
    """Let `source` say what is known of the customer of a conversation (by its key) of this channel; None: nothing."""
    _sources[channel] = source


def live_sight(conversation: Conversation) -> LiveSight | None:
    """The customer at the other end of the conversation; None where its channel does not know."""
    source = _sources.get(conversation.inbox.channel)
    return source(conversation.pk) if source else None
