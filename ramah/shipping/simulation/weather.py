"""What holds parcels up for days: storms over a region, strikes of a carrier, and speeds that drift over weeks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ramah.shipping.simulation.almanac import DAY, Almanac
from ramah.shipping.simulation.chance import Flags, Floats, Whole, stream

_WAVE_DAYS: Final = 14  # after so many days a drift has mostly passed
_WAVE_CARRIER: Final = 0.2  # standard deviation of the logarithm of the time on the way
_WAVE_REGION: Final = 0.3


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing moves from `since` until `until` (moments); what waits is worked off by `cleared`, oldest first.

    `where` is an index of the regions for a storm, of the carriers for a strike or an outage of the feed.
    """

    where: int
    since: float
    until: float
    cleared: float

    def moved(self, moments: Floats) -> Floats:
        """When what would have happened at these moments happens."""
        share = (self.cleared - self.until) / (self.cleared - self.since)
        is_held = (moments >= self.since) & (moments < self.cleared)
        return np.where(is_held, self.until + (moments - self.since) * share, moments)

    def covers(self, moments: Floats) -> Flags:
        return (moments >= self.since) & (moments < self.until)


def stops(
    almanac: Almanac,
    seed: int,
    matter: str,
    *,
    count: int,
    among: int,
    days: int,
    lasts: tuple[float, float],
    backlog: float,
) -> list[Stop]:
    """`count` stops of so many days at one of `among`, while orders come; oldest first.

    What waits is worked off in `backlog` times the days that the stop lasts.
    """
    chance = stream(seed, matter)
    begins = almanac.base + (almanac.start + chance.uniform(0.05, 0.95, count) * days) * DAY
    lengths = chance.uniform(*lasts, count) * DAY
    wheres = chance.integers(0, among, count)
    return sorted(
        (
            Stop(int(where), float(begin), float(begin + last), float(begin + (1 + backlog) * last))
            for where, begin, last in zip(wheres, np.floor(begins), np.floor(lengths), strict=True)
        ),
        key=lambda stop: stop.since,
    )


def held_up(moments: Floats, wheres: Whole, stops: Sequence[Stop]) -> Floats:
    """When what would have happened at these moments, at `wheres`, happens."""
    for stop in stops:
        moments = np.where(wheres == stop.where, stop.moved(moments), moments)
    return moments


def is_stopped(moments: Floats, wheres: Whole, stops: Sequence[Stop]) -> Flags:
    """Whether these moments lie in a stop."""
    found = np.zeros(len(moments), dtype=bool)
    for stop in stops:
        found |= (wheres == stop.where) & stop.covers(moments)
    return found


def waves(almanac: Almanac, seed: int, matter: str, *, among: int, strength: float) -> Floats:
    """The drift of the logarithm of times on the way, by one of `among` and day: a first-order autoregression."""
    spread = {"carriers": _WAVE_CARRIER, "regions": _WAVE_REGION}[matter] * strength
    keeps = np.exp(-1 / _WAVE_DAYS)
    pushes = stream(seed, f"waves of {matter}").normal(0, spread * np.sqrt(1 - keeps**2), (almanac.length, among))
    drift = np.empty_like(pushes)
    drift[0] = pushes[0] / np.sqrt(1 - keeps**2)
    for day in range(1, almanac.length):
        drift[day] = keeps * drift[day - 1] + pushes[day]
    return drift.T
