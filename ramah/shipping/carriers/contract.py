"""What a folder of this package brings: one `CarrierProvider`, registered when the app starts.

A provider is a carrier, or an aggregator that speaks for many. It knows no rows: it is given an `Account` and plain values, and
what it hears it gives back raw, to be stored before it is read; `parse` reads it later, whatever way it came.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from django.utils.functional import Promise as LazyString

from ramah.kernel.money import Money
from ramah.kernel.providers.contract import Check, Posted, Setting
from ramah.shipping.carriers.facts import Told

MOST_NUMBERS = 40  # asked for at a time, where the provider takes so many


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider may know of an account of the shop with it. `zone`: of times that are told without one; may be empty."""

    key: str
    credentials: Mapping[str, str]
    settings: Mapping[str, str]
    carrier: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel starts or goes to; `country` is ISO 3166-1 alpha-2, `phone` E.164. What is not known is empty."""

    name: str
    street: str
    city: str
    country: str
    region: str = ""
    postal_code: str = ""
    phone: str = ""
    email: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class ParcelAsked:
    """A parcel to be rated or labeled. `cash` is what the carrier takes at the door, `number` the one that it has already."""

    origin: Address
    destination: Address
    grams: int
    value: Money
    reference: str  # the order's number, for the label
    cash: Money | None = None
    size_mm: tuple[int, int, int] | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A parcel that is asked for; `carrier` is a key of `models.Carrier`, or empty where nobody knows."""

    number: str
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Rated:
    """What a service would cost, and when it would arrive at best and at the latest, where the provider says."""

    service: str
    name: str
    amount: Money
    arrives_from: date | None
    arrives_to: date | None
    rate_id: str = ""


@dataclass(frozen=True, slots=True)
class Labeled:
    """A label that was bought. `pdf` may be empty where the provider gives none; `note` says for people why."""

    tracking_number: str
    label_id: str
    pdf: bytes
    cost_amount: Decimal | None = None
    cost_currency: str = ""
    carrier: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rerouted:
    """What a carrier said to a wish of the customer: done, in its own words."""

    words: str = ""


class Label(Protocol):
    """Buys a label. `key` names the wish: asked again with the same one, the provider gives the label that it gave.

    Raises `TryLater`, `Refused`, and `Uncertain` where it may have been bought.
    """

    def __call__(self, account: Account, parcel: ParcelAsked, *, service: str, key: str) -> Labeled: ...


class Reroute(Protocol):
    """Asks for one of `CarrierProvider.reroutes` for a parcel under way. Raises as `Label` does."""

    def __call__(
        self, account: Account, *, number: str, kind: str, detail: Mapping[str, str], key: str
    ) -> Rerouted: ...


class Cancel(Protocol):
    """Gives an unused label back. Raises as `Label` does."""

    def __call__(self, account: Account, *, number: str, label_id: str, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CarrierProvider:
    """A carrier or aggregator. What it cannot do is None.

    `read_hook` checks the signature and gives the bodies to store; raises `NotSigned`, `Unreadable`; reads no row. `track` asks
    for at most `most_numbers` parcels and gives the answers as they came; raises `TryLater`, `Refused`. `parse` reads one stored
    body, pure; raises `Unreadable`. `reroutes` are kinds of `CarrierTask` that `reroute` takes. `steps` say what is to be done
    at the provider. A setting whose name begins with `is_` is a box to tick: "yes" or empty. `is_local`: it asks nobody, so that
    a label is made while the page waits.
    """

    key: str
    name: str | LazyString
    parse: Callable[[bytes, Account], Sequence[Told]]
    read_hook: Callable[[Posted, Account, datetime], Sequence[bytes]] | None = None
    track: Callable[[Account, Sequence[Tracked]], Sequence[bytes]] | None = None
    most_numbers: int = MOST_NUMBERS
    rate: Callable[[Account, ParcelAsked, datetime], Sequence[Rated]] | None = None
    label: Label | None = None
    cancel: Cancel | None = None
    reroute: Reroute | None = None
    reroutes: frozenset[str] = frozenset()
    check: Callable[[Account], Sequence[Check]] = field(default=lambda account: [])
    settings: Sequence[Setting] = ()
    steps: Sequence[str | LazyString] = ()
    is_aggregator: bool = False
    is_local: bool = False


_providers: dict[str, CarrierProvider] = {}


def register_provider(provider: CarrierProvider) -> None:
    """Add a provider (called by its folder when the app starts)."""
    _providers[provider.key] = provider


def provider_of(key: str) -> CarrierProvider | None:
    """The provider of this key; None where there is none, such as an extra that is not installed any more."""
    return _providers.get(key)


def providers() -> list[CarrierProvider]:
    """All of them, in the order in which they were registered."""
    return list(_providers.values())
