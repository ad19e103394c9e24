"""What a provider of telephony must bring: one folder, which registers one `Provider`: docs/guides/add-a-phone-provider.md."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise as LazyString

from ramah.channels.models import ChannelAccount
from ramah.channels.phone.flow import Heard
from ramah.channels.phone.turns import Step, Turn
from ramah.conversations.commands.filing import File
from ramah.kernel.providers.contract import Answer, Check, Posted, Refused, Setting

# How what was tried has gone; every provider's words are told in these.
RINGING, ANSWERED, COMPLETED, BUSY, NO_ANSWER, CANCELED, FAILED = (
    "ringing", "answered", "completed", "busy", "no-answer", "canceled", "failed",
)  # fmt: skip
OVER = (COMPLETED, BUSY, NO_ANSWER, CANCELED, FAILED)


@dataclass(frozen=True, slots=True)
class Told:
    """What a request of the provider says, in our words.

    `call_id`: the provider's id of the leg it is about; `status`: one of the above; `audio`: what the provider calls a recording.
    """

    heard: Heard
    call_id: str
    shop_number: str = ""
    status: str = ""
    audio: str = ""
    transcript: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Ring:
    """A phone to be rung: what happens when it is answered, and who hears how it went."""

    to: str
    caller_id: str
    answered_url: str
    status_url: str
    seconds: int


Address = Callable[[Step], str]


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of telephony.

    `check` raises `NotSigned`; `read` (step, query, body) raises `Unreadable` and changes nothing, since it is called again when
    the item is read; `write` spells a turn, with the address of each further step. What goes over the network raises
    `SendingError`s: `ring` returns the id of the leg, `hang_up` ends one, `redirect` lets one ask at another address what is next
    (whoever it was connected to is parted from it), `fetch` brings a recording, `forget` deletes it there.
    """

    key: str
    name: str
    check: Callable[[Posted, ChannelAccount], None]
    read: Callable[[str, Mapping[str, str], bytes], Told]
    write: Callable[[Turn, Address], Answer]
    ring: Callable[[ChannelAccount, Ring], str]
    hang_up: Callable[[ChannelAccount, str], None]
    redirect: Callable[[ChannelAccount, str, str], None]
    fetch: Callable[[ChannelAccount, str], File]
    forget: Callable[[ChannelAccount, str], None]
    try_out: Callable[[ChannelAccount], list[Check]]
    settings: Sequence[Setting] = ()
    label: str | LazyString = ""


_providers: dict[str, Provider] = {}


def register_provider(provider: Provider) -> None:
    """Add a provider (called by its folder when the app starts)."""
    _providers[provider.key] = provider


def providers() -> list[Provider]:
    """All providers."""
    return list(_providers.values())


def provider_of(account: ChannelAccount) -> Provider:
    """The provider of the account: the one it names, else the first. Raises `Refused`."""
    found = _providers.get(account.provider) if account.provider else next(iter(_providers.values()), None)
    if found is None:
        raise Refused(f"no provider {account.provider!r}", of_account=True)
    return found
