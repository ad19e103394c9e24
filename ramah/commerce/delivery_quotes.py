"""What each way of delivery costs to a place, and by when it arrives. Pure: no rows, no clock.

The day of handing over is a working day of the option's calendar: that of the order where it came before the cut-off time, else
the next one; then `handling_days` working days more. From there the rate's days count, again in working days. All of it is on the
clock of the calendar, since that is where the parcel is packed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final, Protocol

from ramah.commerce.translations import Translated
from ramah.promises.queries import Schedule, working_day_after

HOME: Final = "home"
BRANCH: Final = "branch"
LOCKER: Final = "locker"
PICKUP: Final = "pickup"


class Rate(Protocol):
    """What a way costs into a zone, as `DeliveryRate` keeps it."""

    country: str
    regions: list[str]
    postal_prefixes: list[str]
    currency: str
    amount: Decimal
    free_from_amount: Decimal | None
    up_to_grams: int | None
    min_days: int
    max_days: int
    cash_on_delivery: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A way of delivery: what it is called, when it is handed over, its rates in the order in which they count."""

    key: int
    public_id: str
    name: Translated
    note: Translated
    kind: str
    carrier: str
    schedule: Schedule
    cut_off: time | None
    handling_days: int
    rates: Sequence[Rate]
    calendar: Any = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent, and where: an empty region or postal code is one that is not known (yet)."""

    country: str
    region: str
    postal_code: str
    currency: str
    items_amount: Decimal
    grams: int


@dataclass(frozen=True, slots=True)
class Quote:
    """One way of delivery to one place: its cost, and the days between which it arrives.

    `ready_at` is set where it is picked up at the shop. `zone` is where its days begin and end; `calendar` is that of the way, as
    the caller gave it.
    """

    option_key: int
    option_public_id: str
    name: Translated
    note: Translated
    kind: str
    carrier: str
    currency: str
    amount: Decimal
    promised_from: date
    promised_to: date
    ready_at: datetime | None
    cash_on_delivery: bool
    zone: tzinfo
    calendar: Any = field(default=None, compare=False, repr=False)

    @property
    def due_at(self) -> datetime:
        """The end of the promised day: what arrives before is in time."""
        return datetime.combine(self.promised_to + timedelta(days=1), time(), tzinfo=self.zone).astimezone(UTC)


def quotes(ways: Sequence[Way], parcel: Parcel, at: datetime) -> list[Quote]:
    """The ways that have a rate for the parcel, in the order given. Raises `NeverOpen` for a calendar without working days."""
    found = []
    for way in ways:
        rate = next((rate for rate in way.rates if fits(rate, parcel)), None)
        if rate is not None:
            found.append(_quote(way, rate, parcel, at))
    return found


def fits(rate: Rate, parcel: Parcel) -> bool:
    """Whether the rate is for this parcel and place. A rate for single regions fits no place whose region is not known."""
    if (rate.country, rate.currency) != (parcel.country, parcel.currency):
        return False
    if rate.up_to_grams is not None and parcel.grams > rate.up_to_grams:
        return False
    if rate.regions and parcel.region.casefold() not in (region.casefold() for region in rate.regions):
        return False
    code = parcel.postal_code.replace(" ", "")
    return not rate.postal_prefixes or bool(code and code.startswith(tuple(rate.postal_prefixes)))


def handed_over_on(way: Way, at: datetime) -> date:
    """The day on which something that is ordered at `at` leaves."""
    local = at.astimezone(way.schedule.tz)
    today = local.date()
    start = working_day_after(way.schedule, today, 0)
    if start == today and way.cut_off is not None and local.time() >= way.cut_off:
        start = working_day_after(way.schedule, today, 1)
    return working_day_after(way.schedule, start, way.handling_days)


def _quote(way: Way, rate: Rate, parcel: Parcel, at: datetime) -> Quote:
    leaves = handed_over_on(way, at)
    first = working_day_after(way.schedule, leaves, rate.min_days)
    last = working_day_after(way.schedule, leaves, rate.max_days)
    is_free = rate.free_from_amount is not None and parcel.items_amount >= rate.free_from_amount
    return Quote(
        option_key=way.key,
        option_public_id=way.public_id,
        name=way.name,
        note=way.note,
        kind=way.kind,
        carrier=way.carrier,
        currency=rate.currency,
        amount=Decimal(0) if is_free else rate.amount,
        promised_from=first,
        promised_to=last,
        ready_at=_ready_at(way, first, at) if way.kind == PICKUP else None,
        cash_on_delivery=rate.cash_on_delivery,
        zone=way.schedule.tz,
        calendar=way.calendar,
    )


def _ready_at(way: Way, day: date, at: datetime) -> datetime:
    """What is picked up on the day of the order is ready at the cut-off time, later from opening on."""
    opens = way.schedule.spans_on(day)[0][0]
    if day > at.astimezone(way.schedule.tz).date():
        return opens
    ready = at if way.cut_off is None else datetime.combine(day, way.cut_off, tzinfo=way.schedule.tz).astimezone(UTC)
    return max(ready, opens)
