"""A parcel's way from the hand-over to whoever ordered it, as it was: line-haul, customs, depot, and how it ends."""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from ramah.shipping.simulation.almanac import DAY, HOUR, Almanac
from ramah.shipping.simulation.chance import Flags, Floats, stream
from ramah.shipping.simulation.disturbances import Disturbances
from ramah.shipping.simulation.handling import handed_over_at, packed_at
from ramah.shipping.simulation.last_mile import Ends, Fates, bring, fates
from ramah.shipping.simulation.ordering import PLACE_MARKET, PLACE_REGION, SERVICES, Orders, demand
from ramah.shipping.simulation.promising import usual_hours
from ramah.shipping.simulation.rounds import Rounds, working_days
from ramah.shipping.simulation.weather import Stop, held_up, stops, waves
from ramah.shipping.simulation.world import CARRIERS, PLACES, REGIONS

_LANE: Final = 0.10  # standard deviation of the logarithm of a lane's own time, of which no table knows
_LOAD_DAYS: Final = 4
_LOAD: Final = 0.22  # how much longer it takes when twice as much is under way
_SLOW_START: Final = (0.06, 0.0, 0.0, 0.0, 0.05, 0.10, 0.04)  # by weekday on which it departs
_BACKLOG: Final = 3.0  # days that a parcel waits at a depot which is e times as slow as usual
CUSTOMS_AT: Final = 0.6  # of the way


@dataclass(frozen=True, slots=True)
class Stops:
    """Storms by region, strikes by carrier; oldest first."""

    storms: list[Stop]
    strikes: list[Stop]


@dataclass(frozen=True, slots=True)
class Journeys:
    """What happened to each parcel, NaN where it did not.

    `arrived_at`: before storms and strikes held it at the end of its way; `depot_at`: after. `vanished_at`: a lost one was not
    seen again; what would have happened later did not.
    """

    packed_at: Floats
    handed_over_at: Floats
    departed_at: Floats
    arrived_at: Floats
    customs_at: Floats
    cleared_at: Floats
    depot_at: Floats
    vanished_at: Floats
    is_held_by_customs: Flags
    is_stormed: Flags
    is_struck: Flags
    fates: Fates
    ends: Ends


def stops_of(almanac: Almanac, disturbances: Disturbances, *, days: int, seed: int) -> Stops:
    """Where nothing moves, and when."""
    return Stops(
        storms=stops(
            almanac,
            seed,
            "storms",
            count=disturbances.storms,
            among=len(REGIONS),
            days=days,
            lasts=(1.5, 5),
            backlog=1.2,
        ),
        strikes=stops(
            almanac,
            seed,
            "strikes",
            count=disturbances.strikes,
            among=len(CARRIERS),
            days=days,
            lasts=(2, 4),
            backlog=1.5,
        ),
    )


def travel(
    almanac: Almanac, orders: Orders, held: Stops, disturbances: Disturbances, *, days: int, seed: int
) -> Journeys:
    """The ways of all parcels."""
    working = working_days(almanac)
    pickups = Rounds(almanac, working, orders.carrier, orders.warehouse, held.strikes)
    rounds = Rounds(almanac, working, orders.carrier, orders.place, held.strikes)
    packed = packed_at(almanac, orders, days=days, seed=seed)
    handed = handed_over_at(packed, orders, pickups, seed=seed)
    departed, is_stormed, is_struck = _let_go(
        handed + np.floor(stream(seed, "loading").uniform(1, 5, len(handed)) * HOUR), orders, orders.warehouse, held
    )
    drift = _Drift(almanac, orders, disturbances.waves, seed)
    slowness = drift.at(departed) + _slowness(almanac, orders, departed, seed=seed)
    takes = usual_hours(orders) / 24 * np.exp(slowness)
    begun = working.time(almanac.local(departed, rounds.zones), rounds.calendars)
    arrived = almanac.moments(working.local(begun + takes, rounds.calendars), rounds.zones)
    arrived = np.maximum(np.floor(arrived), departed + HOUR)
    customs, cleared, is_held = _customs(orders, departed, arrived, disturbances, seed=seed)
    arrived = arrived + np.nan_to_num(cleared - customs)
    arrived = np.floor(arrived + _BACKLOG * DAY * np.clip(drift.at(arrived), 0, None))
    depot, is_stormed_there, is_struck_there = _let_go(arrived, orders, orders.place, held)
    fate = fates(orders, disturbances, seed=seed)
    vanished = handed + np.floor(stream(seed, "losses").random(len(handed)) * (depot - handed))
    journeys = Journeys(
        packed_at=packed,
        handed_over_at=handed,
        departed_at=departed,
        arrived_at=arrived,
        customs_at=customs,
        cleared_at=cleared,
        depot_at=depot,
        vanished_at=np.where(fate.is_lost, vanished, np.nan),
        is_held_by_customs=is_held,
        is_stormed=is_stormed | is_stormed_there,
        is_struck=is_struck | is_struck_there,
        fates=fate,
        ends=bring(depot, orders, fate, rounds, disturbances, seed=seed),
    )
    return _unless_lost(journeys)


def _let_go(ready: Floats, orders: Orders, places: np.ndarray, held: Stops) -> tuple[Floats, Flags, Flags]:
    """When what is `ready` at places moves on, and whether a storm or a strike had held it there.

    A storm can end in a strike, and that in another storm: what moves on does so when there is neither.
    """
    is_stormed, is_struck = np.zeros((2, len(ready)), dtype=bool)
    regions = PLACE_REGION[places]
    for stop, wheres, is_held in sorted(
        [(storm, regions, is_stormed) for storm in held.storms]
        + [(strike, orders.carrier, is_struck) for strike in held.strikes],
        key=lambda one: one[0].since,
    ):
        goes_on = held_up(ready, wheres, [stop])
        is_held |= goes_on > ready
        ready = goes_on
    return np.floor(ready), is_stormed, is_struck


class _Drift:
    """How slow the carrier and the region of each order are for some weeks: a logarithm, 0 as usual."""

    def __init__(self, almanac: Almanac, orders: Orders, strength: float, seed: int) -> None:
        self._almanac, self._orders = almanac, orders
        self._carriers = waves(almanac, seed, "carriers", among=len(CARRIERS), strength=strength)
        self._regions = waves(almanac, seed, "regions", among=len(REGIONS), strength=strength)

    def at(self, moments: Floats) -> Floats:
        day = self._almanac.day_of(moments - self._almanac.base)
        found: Floats = self._carriers[self._orders.carrier, day] + self._regions[PLACE_REGION[self._orders.place], day]
        return found


def _slowness(almanac: Almanac, orders: Orders, departed: Floats, *, seed: int) -> Floats:
    """The logarithm of the time on the way against the usual one, without the drift."""
    lanes = stream(seed, "lanes").normal(0, _LANE, (len(PLACES), len(PLACES), len(CARRIERS)))
    day = almanac.day_of(departed - almanac.base)
    passed = np.cumsum(demand(almanac), axis=1)
    load = (passed - np.pad(passed, ((0, 0), (_LOAD_DAYS, 0)))[:, :-_LOAD_DAYS]) / _LOAD_DAYS - 1
    spread = np.array([one.spread for _number, one in SERVICES])[orders.service]
    found: Floats = (
        lanes[orders.warehouse, orders.place, orders.carrier]
        + _LOAD * np.clip(load[PLACE_MARKET[orders.place], day], 0, 3)
        + np.array(_SLOW_START)[almanac.weekdays()[day]]
        + spread * np.clip(stream(seed, "transit").normal(0, 1, len(day)), -2.5, 2.8)
    )
    return found


def _customs(
    orders: Orders, departed: Floats, arrived: Floats, disturbances: Disturbances, *, seed: int
) -> tuple[Floats, Floats, Flags]:
    """When a parcel comes to the customs and leaves them, and whether it was held there."""
    chance = stream(seed, "customs")
    count = len(departed)
    is_held = (chance.random(count) < disturbances.customs) & orders.is_abroad
    comes = np.where(orders.is_abroad, np.floor(departed + CUSTOMS_AT * (arrived - departed)), np.nan)
    usual = chance.uniform(6, 30, count) * HOUR
    held = np.clip(np.exp(chance.normal(1.0, 0.6, count)), 1, 12) * DAY
    return comes, np.floor(comes + usual + is_held * held), is_held


def _unless_lost(journeys: Journeys) -> Journeys:
    """Nothing happens to a parcel after it has vanished."""
    last = np.where(np.isnan(journeys.vanished_at), np.inf, journeys.vanished_at)

    def kept(moments: Floats) -> Floats:
        limit = last if moments.ndim == 1 else last[:, None]
        return np.where(moments > limit, np.nan, moments)

    ends = Ends(**{one.name: kept(getattr(journeys.ends, one.name)) for one in fields(Ends)})
    return replace(
        journeys,
        departed_at=kept(journeys.departed_at),
        arrived_at=kept(journeys.arrived_at),
        customs_at=kept(journeys.customs_at),
        cleared_at=kept(journeys.cleared_at),
        depot_at=kept(journeys.depot_at),
        ends=ends,
    )
