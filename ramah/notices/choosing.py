"""What a customer may choose about a delivery, and what each choice is worth. Pure: a standing in, offers out.

An offer says how it would be carried out (`how`): by the shop (`order`), by asking the carrier (`carrier`), or as a refund.
Days are ISO dates on the calendar of the address, amounts are decimals as text: an offer is kept as JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from ramah.notices.kinds import (
    ADDRESS,
    CANCEL,
    CREDIT,
    DATE,
    LEAVE,
    NEIGHBOR,
    PAY,
    PICKUP_POINT,
    TALK,
    WAIT,
)

ORDER: Final = "order"
CARRIER: Final = "carrier"
REFUND: Final = "refund"
RETURN: Final = "return"  # kind of a carrier's task: back to the shop
# What leads to a page of its own: it is followed, not taken, and leaves the other choices open.
LINKS: Final = (PAY, TALK)
# What is asked of a carrier once it has the parcel.
REROUTES: Final = (ADDRESS, DATE, PICKUP_POINT, NEIGHBOR, LEAVE)
DAYS_AHEAD: Final = 7

# Parts of an address, as `commerce.addresses` names them; the country stays.
ADDRESS_PARTS: Final = (
    "name", "company", "line1", "line2", "branch", "district", "city", "region", "postal_code", "phone",
)  # fmt: skip
# What is filled in beside the choice, and at most how many signs of it.
SAID: Final[Mapping[str, Mapping[str, int]]] = {
    ADDRESS: dict.fromkeys(ADDRESS_PARTS, 120),
    DATE: {"day": 10},
    PICKUP_POINT: {"place": 120},
    NEIGHBOR: {"who": 120},
    LEAVE: {"where": 120},
}

Offer = Mapping[str, str]


class BadWish(ValueError):
    """What was filled in does not fit the choice. Carries the field."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Offered:
    """One choice that is open, and what it is worth."""

    kind: str
    offer: Offer = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides on choices.

    `is_under_way`: paid or not, the order has neither ended nor arrived. `is_held`: the carrier has the parcel in question; `can`
    are the kinds of `CarrierTask` that it takes for it. `promised_on` is the day that is promised now, None where none runs;
    `expected_on` the last day of what is expected. `credit` is what waiting is worth, None where it is worth nothing or the
    customer's credits are used up; `paid` what would go back, empty where nothing was paid.
    """

    today: date
    is_under_way: bool = True
    is_held: bool = False
    is_lost: bool = False
    can: frozenset[str] = frozenset()
    may_cancel: bool = False
    may_change_address: bool = False
    may_change_delivery: bool = False
    paid: Offer = field(default_factory=dict)
    may_pay: bool = False
    promised_on: date | None = None
    expected_on: date | None = None
    credit: Offer | None = None


def choices_open(kinds: Sequence[str], standing: Standing) -> list[Offered]:
    """Of `kinds`, those that could be carried out as things stand, in their order, each once."""
    offers = ((kind, _offer(kind, standing)) for kind in dict.fromkeys(kinds))
    return [Offered(kind, offer) for kind, offer in offers if offer is not None]


def read_said(kind: str, offer: Offer, said: Mapping[str, str]) -> dict[str, str]:
    """What the customer filled in, trimmed, each on one line, and nothing else. Raises `BadWish`."""
    told = {name: " ".join(str(said.get(name, "")).replace("\0", " ").split()) for name in SAID.get(kind, ())}
    told = {name: text for name, text in told.items() if text}
    for name, text in told.items():
        if len(text) > SAID[kind][name]:
            raise BadWish(name)
    if kind == ADDRESS and "line1" not in told and "branch" not in told:
        raise BadWish("line1")
    if kind in (DATE, PICKUP_POINT, NEIGHBOR, LEAVE) and not told:
        raise BadWish(next(iter(SAID[kind])))
    if kind == DATE:
        told["day"] = _day_between(told["day"], offer).isoformat()
    return told


def _day_between(text: str, offer: Offer) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadWish("day") from None
    if not date.fromisoformat(offer["from"]) <= day <= date.fromisoformat(offer["to"]):
        raise BadWish("day")
    return day


def open_days(standing: Standing) -> list[date]:
    """The days from which a customer may choose another one: a week, from tomorrow or from after the promised day."""
    first = standing.today + timedelta(days=1)
    if not standing.is_held and standing.promised_on is not None:
        first = max(first, standing.promised_on + timedelta(days=1))
    return [first + timedelta(days=further) for further in range(DAYS_AHEAD)]


def _offer(kind: str, standing: Standing) -> Offer | None:
    """What the choice is worth; None where it is not open."""
    if kind == TALK:
        return {}
    if not standing.is_under_way:
        return None
    if kind == PAY:
        return {} if standing.may_pay else None
    if kind == CANCEL:
        return _cancelling(standing)
    if standing.is_lost:
        return None
    return _waiting(kind, standing) if kind in (WAIT, CREDIT) else _moving(kind, standing)


def _cancelling(standing: Standing) -> Offer | None:
    if standing.is_lost:
        return {"how": REFUND, **standing.paid} if standing.paid and standing.may_change_delivery else None
    if standing.may_cancel:
        return {"how": ORDER, **standing.paid}
    return {"how": CARRIER, **standing.paid} if _carrier_takes(RETURN, standing) else None


def _waiting(kind: str, standing: Standing) -> Offer | None:
    """Wait for the new day: it is later than what was promised, and lies ahead."""
    new, promised = standing.expected_on, standing.promised_on
    if new is None or promised is None or new <= promised or new < standing.today or not standing.may_change_delivery:
        return None
    if kind == WAIT:
        return {"until": new.isoformat()}
    return {"until": new.isoformat(), **standing.credit} if standing.credit else None


def _moving(kind: str, standing: Standing) -> Offer | None:
    days = [open_days(standing)[0], open_days(standing)[-1]] if kind == DATE else []
    told = dict(zip(("from", "to"), (day.isoformat() for day in days), strict=False))
    if kind not in REROUTES:
        return None
    if standing.is_held:
        return {"how": CARRIER, **told} if _carrier_takes(kind, standing) else None
    if kind == ADDRESS:
        return {"how": ORDER} if standing.may_change_address else None
    is_promised = standing.promised_on is not None and standing.may_change_delivery
    return {"how": ORDER, **told} if kind == DATE and is_promised else None


def _carrier_takes(kind: str, standing: Standing) -> bool:
    return standing.is_held and kind in standing.can and standing.may_change_delivery
