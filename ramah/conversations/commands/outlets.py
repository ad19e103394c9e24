"""What each channel can carry, when it may be answered, and what may be said there unasked. Its folder registers it at start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext as _

from ramah.conversations.models import Conversation, Inbox
from ramah.customers.models import ContactPoint

TEXT = "text"  # in what `Outlet.announce` gives: what the customer will read, where that is not the text of the announcement


class NotPossible(Exception):
    """The customer cannot be written to on this channel now; says why, for people, and what else there is."""

    def __init__(self, words: str | LazyString) -> None:
        super().__init__(str(words))
        self.words = words


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something the shop says to a customer who did not ask.

    `text` is all of it, as it goes where words may be free. Where only approved templates go, `kind` (at_risk, delivered) names
    the template, `values` what is filled in, by name; where a template numbers its places, `values` in their order. `link` among
    them is a whole address of the shop, which the button of a template opens.
    """

    kind: str
    language: str
    values: Mapping[str, str]
    is_promotion: bool
    text: str


def _always(conversation: Conversation, at: datetime) -> None:
    return None


def _freely(inbox: Inbox, contact_point: ContactPoint, announcement: Announcement, at: datetime) -> dict[str, object]:
    return {}


def _never(inbox: Inbox, contact_point: ContactPoint, announcement: Announcement, at: datetime) -> dict[str, object]:
    raise NotPossible(_("On this channel only the customer can begin."))


@dataclass(frozen=True, slots=True)
class Outlet:
    """A channel as answers see it.

    `kind` is that of the contact points it is answered at; `longest` the most characters of one message (0: no limit is known).
    `is_read_here`: the customer reads it from our own database (live chat), so that it is sent as soon as it is stored.
    `has_answers`: it shows the customer answers to choose from (`answers` in the headers of the delivery and the detail of the
    message). `has_threads`: what is said about different things stays apart, each under its subject; else all of it is one chat
    to the customer. `check` raises `NotPossible` when a free answer may not go now, such as after WhatsApp's 24 hours.
    `announce` says how something that the customer did not ask for goes (see `prepare_announcement`), or raises `NotPossible`.
    """

    channel: str
    kind: str
    longest: int = 0
    has_copies: bool = False
    is_read_here: bool = False
    has_answers: bool = False
    has_threads: bool = False
    check: Callable[[Conversation, datetime], None] = field(default=_always)
    announce: Callable[[Inbox, ContactPoint, Announcement, datetime], Mapping[str, object]] = field(default=_never)


_EMAIL = Outlet("email", ContactPoint.Kind.EMAIL, has_copies=True, has_threads=True, announce=_freely)
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


def prepare_announcement(
    *, inbox: Inbox, contact_point: ContactPoint, announcement: Announcement, at: datetime
) -> Mapping[str, object]:
    """How an announcement goes to this address by this inbox at `at`, to be given to `open_conversation` as `prepared`.

    Asks nobody outside and changes nothing. Raises `NotPossible`: the inbox does not write there, messages to the address came
    back, its holder wants nothing but answers, or the channel lets nothing through now.
    """
    outlet = outlet_of(inbox.channel)
    if not inbox.is_active or contact_point.kind != outlet.kind:
        raise NotPossible(_("This inbox does not write to that address."))
    if contact_point.bounced_at is not None:
        raise NotPossible(_("Messages to this address came back."))
    if contact_point.opted_out_at is not None:
        raise NotPossible(_("The customer wants nothing but answers here."))
    prepared = outlet.announce(inbox, contact_point, announcement, at)
    if outlet.longest and len(str(prepared.get(TEXT, announcement.text))) > outlet.longest:
        raise NotPossible(_("The message is longer than this channel takes."))
    return prepared
