"""From the depot to whoever ordered it: rounds and attempts, points of pick-up, wrong doors, refusals, losses."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ramah.shipping.simulation.almanac import DAY, HOUR
from ramah.shipping.simulation.chance import Flags, Floats, stream
from ramah.shipping.simulation.disturbances import Disturbances
from ramah.shipping.simulation.ordering import SERVICES, Orders
from ramah.shipping.simulation.rounds import Rounds
from ramah.shipping.simulation.world import CARRIERS

ATTEMPTS: Final = 3
_ROUND: Final = 7.5 * HOUR  # local: when the parcels of a day go out
_FAILS_AGAIN: Final = 0.35
_TO_POINT: Final = {True: 0.85, False: 0.05}  # of those of a service to branches, and of the others
_KEPT: Final = 7 * DAY  # at a point of pick-up
_OPENS, _CLOSES = 9 * HOUR, 20 * HOUR  # of points of pick-up, local


@dataclass(frozen=True, slots=True)
class Fates:
    """What is in store for each parcel; lost, going back and going astray exclude each other."""

    is_to_point: Flags
    is_lost: Flags
    is_back: Flags
    is_astray: Flags
    is_asked: Flags  # for the address


@dataclass(frozen=True, slots=True)
class Ends:
    """When what happened, NaN where it did not. `out_at`, `failed_at`: a column per attempt."""

    address_at: Floats
    out_at: Floats
    failed_at: Floats
    available_at: Floats
    astray_at: Floats
    again_at: Floats  # out once more, to the right door
    delivered_at: Floats
    refused_at: Floats
    returned_at: Floats


def fates(orders: Orders, asked: Disturbances, *, seed: int) -> Fates:
    """What is drawn for each parcel. Carriers differ; over all parcels the shares are those asked for."""
    chance = stream(seed, "fates")
    count = len(orders.carrier)
    is_branch = np.array([one.key == "branch" for _number, one in SERVICES])[orders.service]
    is_to_point = chance.random(count) < np.where(is_branch, _TO_POINT[True], _TO_POINT[False])
    losses = np.array([one.losses for one in CARRIERS])[orders.carrier]
    is_lost = chance.random(count) < np.minimum(asked.lost * losses / losses.mean(), 1)
    is_back = ~is_lost & (chance.random(count) < asked.returned)
    is_astray = ~is_lost & ~is_back & ~is_to_point & (chance.random(count) < asked.misdelivered)
    return Fates(is_to_point, is_lost, is_back, is_astray, chance.random(count) < asked.address)


def bring(depot: Floats, orders: Orders, fate: Fates, rounds: Rounds, asked: Disturbances, *, seed: int) -> Ends:
    """What becomes of parcels that reach their depot at `depot`."""
    chance = stream(seed, "last mile")
    count = len(depot)
    address = np.where(fate.is_asked, depot + np.floor(chance.uniform(1, 4, count) * HOUR), np.nan)
    waits = np.where(fate.is_asked, np.floor(chance.uniform(1, 4, count) * DAY), 1.5 * HOUR)
    out, failed, at_door = _attempts(depot + waits, orders, fate, rounds, asked, chance)
    # Whom no attempt met collects it as those do who chose a point.
    is_missed = ~np.isnan(failed[:, -1])
    available = np.where(is_missed, failed[:, -1] + 20 * HOUR, np.where(fate.is_to_point, out[:, 0] + 3 * HOUR, np.nan))
    collected = _while_open(available + np.floor(np.minimum(chance.exponential(1.1, count), 6) * DAY), rounds)
    arrived = np.where(np.isnan(available), at_door, collected)
    again = np.where(fate.is_astray, _next(rounds, arrived + DAY / 2, chance), np.nan)
    delivered = np.where(fate.is_astray, again + np.floor(chance.uniform(2, 9, count) * HOUR), arrived)
    refused = np.where(fate.is_to_point, available + _KEPT, failed[:, 0])
    back = refused + np.floor(chance.uniform(3, 11, count) * DAY)
    return Ends(
        address_at=address,
        out_at=out,
        failed_at=failed,
        available_at=available,
        astray_at=np.where(fate.is_astray, arrived, np.nan),
        again_at=again,
        delivered_at=np.where(fate.is_back, np.nan, delivered),
        refused_at=np.where(fate.is_back, refused, np.nan),
        returned_at=np.where(fate.is_back, back, np.nan),
    )


def _attempts(
    ready: Floats, orders: Orders, fate: Fates, rounds: Rounds, asked: Disturbances, chance: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Rounds and failed attempts, with a column for each, and when somebody opened; those for a point have one round."""
    count = len(ready)
    out, failed = np.full((2, count, ATTEMPTS), np.nan)
    opened = np.full(count, np.nan)
    misses = np.array([one.misses for one in CARRIERS])[orders.carrier]
    is_door = ~fate.is_to_point
    fails = asked.attempts * misses / misses[is_door].mean() if is_door.any() else misses
    is_under_way = np.ones(count, dtype=bool)
    for attempt in range(ATTEMPTS):
        leaves = _next(rounds, ready, chance)
        at = leaves + np.floor(chance.triangular(1.5, 4, 12, count) * HOUR)
        is_away = chance.random(count) < (fails if attempt == 0 else _FAILS_AGAIN)
        fails_now = is_under_way & is_door & (is_away | fate.is_back)
        out[:, attempt] = np.where(is_under_way, leaves, np.nan)
        failed[:, attempt] = np.where(fails_now, at, np.nan)
        opened = np.where(is_under_way & is_door & ~fails_now, at, opened)
        is_under_way = fails_now & ~fate.is_back  # who refuses it is not asked again
        ready = at
    return out, failed, opened


def _next(rounds: Rounds, ready: Floats, chance: np.random.Generator) -> Floats:
    return rounds.next(ready, leaves=_ROUND, delay=np.floor(chance.uniform(0, HOUR, len(ready))))


def _while_open(moments: Floats, rounds: Rounds) -> Floats:
    """These moments; those of the night are put off into the next morning."""
    clock = rounds.almanac.local(moments, rounds.zones) % DAY
    waits = np.where(clock < _OPENS, _OPENS - clock, np.where(clock > _CLOSES, DAY + _OPENS - clock, 0.0))
    return moments + waits
