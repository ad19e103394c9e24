"""The kinds of channels that are reached through a provider's HTTP API: each is one folder, and registers one `Kind`.

What all of them need stands here once: the address that the provider posts to (`hooks`), storing before acknowledging (the
intake), sending what is due (`sending`), settings and health in the desk (`views/accounts`). A folder brings what is its own: how
a request is known to be the provider's, how an item is read, how a message is handed over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext_lazy

from ramah.channels.commands import BATCH, Reader, register_reader
from ramah.channels.models import AwaitedFile, ChannelAccount
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.outlets import Outlet, register_outlet
from ramah.conversations.models import MessageDelivery
from ramah.kernel.actors import Actor
from ramah.kernel.providers.contract import Answer, Check, Posted, Raw, Setting


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
