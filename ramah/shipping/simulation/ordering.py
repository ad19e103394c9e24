"""What is ordered, when, from where to where, and with whom it goes."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

import numpy as np

from ramah.shipping.simulation.almanac import DAY, HOUR, Almanac
from ramah.shipping.simulation.chance import Flags, Floats, Whole, stream
from ramah.shipping.simulation.world import (
    CARRIERS,
    CATEGORIES,
    COUNTRIES,
    MARKETS,
    PLACES,
    REGIONS,
    WAREHOUSES,
    ZONES,
    market_of,
)

_DOMESTIC: Final = 0.93  # of the orders, the rest cross a customs border
_NEAR_KM: Final = 500  # warehouses that are so much farther away are a third as likely
_BY_WEEKDAY: Final = (1.1, 1.05, 1.0, 1.0, 0.95, 0.85, 1.05)
# Local hours from midnight.
_BY_HOUR: Final = (4, 2, 1, 1, 1, 2, 4, 6, 9, 11, 13, 13, 13, 12, 11, 11, 12, 13, 14, 16, 18, 17, 13, 8)


@dataclass(frozen=True, slots=True)
class Orders:
    """Arrays of one row per order, oldest first. `place`, `warehouse` are places; `service` counts through all carriers.

    `unstocked`: working days until the shop has what was ordered. `price` in EUR.
    """

    purchased_at: Floats
    place: Whole
    warehouse: Whole
    carrier: Whole
    service: Whole
    category: Whole
    price: Floats
    grams: Floats
    is_cash: Flags
    unstocked: Floats

    @property
    def is_abroad(self) -> Flags:
        """Whether it crosses a customs border."""
        found: Flags = PLACE_MARKET[self.place] != PLACE_MARKET[self.warehouse]
        return found


_MARKETS: Final = tuple(MARKETS)
SERVICES: Final = tuple((number, service) for number, carrier in enumerate(CARRIERS) for service in carrier.services)
PLACE_MARKET: Final = np.array([_MARKETS.index(market_of(place.country)) for place in PLACES])
PLACE_COUNTRY: Final = np.array([COUNTRIES.index(place.country) for place in PLACES])
PLACE_REGION: Final = np.array([REGIONS.index(place.region) for place in PLACES])
PLACE_ZONE: Final = np.array([ZONES.index(place.zone) for place in PLACES])
_STORES: Final = np.array([[place.key for place in PLACES].index(key) for keys in WAREHOUSES.values() for key in keys])


@cache
def distances() -> Floats:
    """Kilometers between all places, on the great circle."""
    latitude, longitude = (np.radians([getattr(place, name) for place in PLACES]) for name in ("latitude", "longitude"))
    lift = np.sin((latitude[:, None] - latitude) / 2) ** 2
    turn = np.sin((longitude[:, None] - longitude) / 2) ** 2
    found: Floats = 12742 * np.arcsin(np.sqrt(lift + np.cos(latitude[:, None]) * np.cos(latitude) * turn))
    return found


def demand(almanac: Almanac) -> Floats:
    """How much is ordered by market and day, against an ordinary day: weekdays and the peaks of the year."""
    found = np.tile(np.array(_BY_WEEKDAY)[almanac.weekdays()], (len(_MARKETS), 1))
    for number in range(almanac.length):
        day = almanac.first + timedelta(days=number)
        for market, name in enumerate(_MARKETS):
            found[market, number] *= _season(name, day)
    for lebaran in almanac.lebarans():
        # People give each other presents on it, and are with their families until it is over.
        ahead = lebaran - np.arange(almanac.length)
        found[_MARKETS.index("ID")] *= np.where((ahead >= 4) & (ahead <= 21), 1.9, 1.0)
        found[_MARKETS.index("ID")] *= np.where((ahead >= -5) & (ahead < 2), 0.35, 1.0)
    return found


def place_orders(almanac: Almanac, *, orders: int, days: int, seed: int) -> Orders:
    """`orders` orders in `days` days from the almanac's start on."""
    chance = stream(seed, "orders")
    market = chance.choice(len(_MARKETS), orders, p=list(MARKETS.values()))
    weights = np.array([place.share for place in PLACES]) * (np.arange(len(_MARKETS))[:, None] == PLACE_MARKET)
    place = _drawn(chance, weights, market)
    day = almanac.start + _drawn(chance, demand(almanac)[:, almanac.start : almanac.start + days], market)
    hour = chance.choice(24, orders, p=np.array(_BY_HOUR) / sum(_BY_HOUR))
    local = day * DAY + hour * HOUR + np.floor(chance.uniform(0, HOUR, orders))
    purchased_at = almanac.moments(local, PLACE_ZONE[place])
    in_order = np.argsort(purchased_at, kind="stable")
    purchased_at, place = purchased_at[in_order], place[in_order]
    warehouse = _warehouses(chance, place)
    carrier = _carriers(chance, place, warehouse)
    by_service = np.array(
        [[one.share * (number == which) for number, one in SERVICES] for which in range(len(CARRIERS))]
    )
    category = chance.choice(len(CATEGORIES), orders, p=[one.share for one in CATEGORIES])
    price, grams, unstocked = (
        np.array([getattr(one, name) for one in CATEGORIES])[category] for name in ("price", "grams", "unstocked")
    )
    is_unstocked = chance.random(orders) < unstocked
    return Orders(
        purchased_at=purchased_at,
        place=place,
        warehouse=warehouse,
        carrier=carrier,
        service=_drawn(chance, by_service, carrier),
        category=category,
        price=np.round(price * np.exp(chance.normal(0, 0.5, orders)), 2),
        grams=np.ceil(grams * np.exp(chance.normal(0, 0.4, orders)) / 10) * 10,
        is_cash=chance.random(orders) < np.array([0.3, 0.45, 0.05])[PLACE_MARKET[place]],
        unstocked=is_unstocked * chance.uniform(1, 6, orders),
    )


def _season(market: str, day: date) -> float:
    months = {(11, 11): 3.2, (11, 12): 1.8, (12, 12): 3.0, (12, 13): 1.6, (10, 10): 1.8, (9, 9): 1.5}
    weight = months.get((day.month, day.day), 1.0) if market == "ID" else 1.0
    friday = _black_friday(day.year)
    if market != "ID" and 0 <= (day - friday).days <= 3:
        weight *= 3.0
    if market != "ID" and day.month == 12:
        weight *= 1.35 if day.day <= 20 else 0.5 if 24 <= day.day <= 27 else 1.0
    return weight


def _black_friday(year: int) -> date:
    """The day after November's fourth Thursday."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def _warehouses(chance: np.random.Generator, place: Whole) -> Whole:
    """Mostly a near one of the same market."""
    near = np.exp(-distances()[:, _STORES] / _NEAR_KM)
    is_own = PLACE_MARKET[:, None] == PLACE_MARKET[_STORES]
    weights = np.where(is_own, _DOMESTIC * _parts(near * is_own), (1 - _DOMESTIC) * _parts(~is_own))
    found: Whole = _STORES[_drawn(chance, weights, place)]
    return found


def _carriers(chance: np.random.Generator, place: Whole, warehouse: Whole) -> Whole:
    markets = [*_MARKETS, ""]
    shares = np.array([[one.share * (one.market == market) for one in CARRIERS] for market in markets])
    is_abroad = PLACE_MARKET[place] != PLACE_MARKET[warehouse]
    return _drawn(chance, shares, np.where(is_abroad, len(_MARKETS), PLACE_MARKET[place]))


def _parts(weights: Floats | Flags) -> Floats:
    found: Floats = weights / weights.sum(axis=1, keepdims=True)
    return found


def _drawn(chance: np.random.Generator, weights: Floats, which: Whole) -> Whole:
    """A column for each of `which`, which are rows of the weights."""
    steps = np.cumsum(_parts(weights), axis=1)
    aims = chance.random(len(which))
    found = np.empty(len(which), dtype=np.int64)
    for row in range(len(steps)):
        is_row = which == row
        found[is_row] = np.searchsorted(steps[row], aims[is_row], side="right")
    return found.clip(max=weights.shape[1] - 1)
