"""What each channel can carry, and when it may be answered. The channel's folder registers it when the app starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise as LazyString

from ramah.conversations.models import Conversation
from ramah.customers.models import ContactPoint


class NotPossible(Exception):
    """The customer cannot be answered on this channel now; says why, for people, and what else there is."""

    def __init__(self, words: str | LazyString) -> None:
        super().__init__(str(words))
        self.words = words


def _always(conversation: Conversation, at: datetime) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Outlet:
    """A channel as answers see it.

    `kind` is that of the contact points it is answered at; `longest` the most characters of one message (0: no limit is known).
    `is_read_here`: the customer reads it from our own database (live chat), so that it is sent as soon as it is stored.
    `has_answers`: it shows the customer answers to choose from (`answers` in the headers of the delivery and the detail of the
    message). `check` raises `NotPossible` when a free answer may not go now, such as after WhatsApp's 24 hours.
    """

    channel: str
    kind: str
    longest: int = 0
    has_copies: bool = False
    is_read_here: bool = False
    has_answers: bool = False
    check: Callable[[Conversation, datetime], None] = field(default=_always)


_EMAIL = Outlet("email", ContactPoint.Kind.EMAIL, has_copies=True)
_outlets: dict[str, Outlet] = {"email": _EMAIL}


def register_outlet(outlet: Outlet) -> None:
    """Name what a channel can carry."""
    _outlets[outlet.channel] = outlet


def outlet_of(channel: str) -> Outlet:
    """The outlet of a channel; one that has none is answered by e-mail."""
    return _outlets.get(channel, _EMAIL)


def live_channels() -> list[str]:
    """The channels whose customers read here and now."""
    return [outlet.channel for outlet in _outlets.values() if outlet.is_read_here]
