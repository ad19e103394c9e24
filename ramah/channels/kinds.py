"""The kinds of channels that are reached through a provider's HTTP API: each is one folder, and registers one `Kind`.

What all of them need stands here once: the address that the provider posts to (`hooks`), storing before acknowledging (the
intake), sending what is due (`sending`), settings and health in the desk (`views/accounts`). A folder brings what is its own: how
a request is known to be the provider's, how an item is read, how a message is handed over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy

from ramah.channels.commands import BATCH, Reader, register_reader
from ramah.channels.models import AwaitedFile, ChannelAccount
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.outlets import Outlet, register_outlet
from ramah.conversations.models import MessageDelivery
from ramah.kernel.actors import Actor


class NotSigned(Exception):
    """Whoever posted this has not shown that it is the provider. Nothing was stored."""


class Unreadable(Exception):
    """The provider posted something that is not understood as a whole; nothing was stored."""


class SendingError(Exception):
    """A message was not handed over; the text says why, for people. `of_account`: others of this account fare no better now."""

    of_account = True

    def __init__(self, reason: str, *, of_account: bool | None = None) -> None:
        super().__init__(reason)
        if of_account is not None:
            self.of_account = of_account


class TryLater(SendingError):
    """The provider surely has not got it, and may take it later, after `pause` where it said so."""

    def __init__(self, reason: str, pause: timedelta | None = None, *, of_account: bool | None = None) -> None:
        super().__init__(reason, of_account=of_account)
        self.pause = pause


class Refused(SendingError):
    """The provider will not take it, however often it is asked."""

    of_account = False


class Uncertain(SendingError):
    """The connection broke after the message was handed over: it may have gone out. It is not sent again by itself."""

    of_account = False


@dataclass(frozen=True, slots=True)
class Posted:
    """A request of a provider: header names in lower case, query as it was, the body unread."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider is told, where 200 and "Taken in." is not it: a challenge given back, instructions for a call."""

    body: str = ""
    status: int = 200
    content_type: str = "text/plain"


Raw = tuple[bytes, dict[str, object]]


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the settings page. A secret goes in and is never shown again."""

    name: str
    label: str | LazyString
    help: str | LazyString = ""
    is_secret: bool = False
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried with an account: `reason` empty means that it works.

    `is_elsewhere`: the provider posts to somebody else, and `Kind.connect` would take it over.
    """

    part: str | LazyString
    reason: str = ""
    is_elsewhere: bool = False


def tried(part: str | LazyString, ask: Callable[[], str]) -> Check:
    """What came of asking the provider: the reason that `ask` gives, or that of its `SendingError`."""
    try:
        return Check(part, ask())
    except SendingError as error:
        return Check(part, str(error))


class Connect(Protocol):
    """Lets the provider post here, wherever it has posted before. Raises `SendingError`s, `PermissionDenied`; audits."""

    def __call__(self, *, actor: Actor, account: ChannelAccount, at: datetime) -> object: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A channel at a provider.

    `read_hook` checks the signature and gives the items to store, each with what stands beside it; raises `NotSigned`,
    `Unreadable`. `read` reads stored items, as every reader of the intake, at most `at_once` in one transaction. `greet`
    answers a GET, or says what to answer a POST. `send` hands one message over and returns the provider's id of it; `fetch`
    brings a file that a message came with, by what the provider calls it. Both raise `SendingError`s. `steps` say in short
    sentences what is to be done at the provider; none: as everywhere. `hooks` are the addresses that it is given, by what
    follows the inbox's own, each with its name. `connect` where the provider is told our address by its API.
    """

    channel: str
    name: str | LazyString
    outlet: Outlet
    read: Reader
    read_hook: Callable[[Posted, ChannelAccount, datetime], Sequence[Raw]]
    at_once: int = BATCH
    send: Callable[[MessageDelivery, ChannelAccount], str] | None = None
    fetch: Callable[[AwaitedFile, ChannelAccount], File] | None = None
    greet: Callable[[Posted, ChannelAccount], Answer | None] = field(default=lambda posted, account: None)
    check: Callable[[ChannelAccount], list[Check]] = field(default=lambda account: [])
    settings: Sequence[Setting] = ()
    steps: Sequence[str | LazyString] = ()
    hooks: Mapping[str, str | LazyString] = field(default_factory=lambda: {"": gettext_lazy("Webhook address")})
    connect: Connect | None = None
    icon: str = "chat"


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> None:
    """Add a channel (called by its folder when the app starts)."""
    _kinds[kind.channel] = kind
    register_reader(kind.channel, kind.read, at_once=kind.at_once)
    register_outlet(kind.outlet)


def kind_of(channel: str) -> Kind | None:
    """The kind of this channel; None where it is none of these."""
    return _kinds.get(channel)


def kinds() -> list[Kind]:
    """All kinds, in the order in which they were registered."""
    return list(_kinds.values())
