"""A parcel on its way: what it means that it is not there yet, and that it has not moved.

P(late | not there at age a) = S(promised) / S(a), by the arrival distribution of its hand-over. The gap since the last movement
is held against the gaps of parcels that did arrive: p_lost = pi / (pi + (1 - pi) S_gap), with pi the share that is lost at all.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ramah.shipping.forecast.calibrating import expit, kaplan_meier
from ramah.shipping.forecast.table import HOUR, Flags, Floats, Ints

STATES: Final = (
    "pre_transit",
    "in_transit",
    "out_for_delivery",
    "delivery_attempted",
    "available_for_pickup",
    "exception",
)
AGES: Final = np.geomspace(1.0, 60 * 24.0, 40)  # hours since the last movement
LOST_SHARE: Final = 0.003
_LOST_WEIGHT: Final = 200.0
_GAP_WEIGHT: Final = 50.0
STALLED_BELOW: Final = 0.05
STALLED_HOURS: Final = 24.0
_NORMAL: Final = 1.702  # so stretched, the logistic curve is within 0.01 of the normal one
# Median hours between movements by state, and from a state to the delivery, before anything is known; sigma of their logs.
_GAP_MEDIAN: Final = np.array([20.0, 14.0, 8.0, 20.0, 36.0, 36.0])
_GAP_SIGMA: Final = 1.1
_LEFT_MEDIAN: Final = np.array([np.nan, np.nan, 5.0, 26.0, 40.0, np.nan])
_LEFT_SIGMA: Final = np.array([1.0, 1.0, 0.9, 0.9, 1.0, 1.0])


@dataclass(frozen=True, slots=True)
class Movement:
    """How n parcels stand by their events: number of the state in STATES, last movement and event (epoch seconds, NaN none)."""

    state: Ints
    last_moved: Floats
    last_event: Floats

    def take(self, rows: Ints) -> "Movement":
        return Movement(self.state[rows], self.last_moved[rows], self.last_event[rows])


@dataclass(frozen=True, slots=True)
class Gaps:
    """S(age since the last movement | delivered in the end) at AGES for each state (states, 40), and the share that is lost."""

    still: Floats = field(default_factory=lambda: _prior_gaps())
    lost_share: float = LOST_SHARE

    @classmethod
    def of(cls, state: Ints, hours: Floats, is_ended: Flags, *, lost: int = 0, parcels: int = 0) -> "Gaps":
        """From gaps between movements of parcels that arrived: state at their begin, length, and whether the next one came."""
        prior = _prior_gaps()
        still = prior.copy()
        for number in range(len(STATES)):
            of_state = state == number
            count = float(of_state.sum())
            found = kaplan_meier(hours[of_state], is_ended[of_state], AGES)
            still[number] = (count * found + _GAP_WEIGHT * prior[number]) / (count + _GAP_WEIGHT)
        share = (lost + _LOST_WEIGHT * LOST_SHARE) / (parcels + _LOST_WEIGHT)
        return cls(still, share)

    def unmoved(self, movement: Movement, now: float) -> Floats:
        """The share of parcels that arrive in the end, and once lay as long as these lie now; 1 where nothing has moved."""
        hours = np.maximum((now - movement.last_moved) / HOUR, AGES[0])
        place = np.interp(np.log(hours), np.log(AGES), np.arange(len(AGES)))
        low = np.nan_to_num(place).astype(np.int64).clip(0, len(AGES) - 2)
        part = place - low
        found = self.still[movement.state, low] * (1 - part) + self.still[movement.state, low + 1] * part
        beyond = np.where(hours > AGES[-1], AGES[-1] / hours, 1.0)
        return np.where(np.isnan(movement.last_moved), 1.0, found * beyond)

    def p_lost(self, unmoved: Floats) -> Floats:
        """The probability that a parcel is lost, by how few of those that arrive lie as long."""
        return self.lost_share / (self.lost_share + (1 - self.lost_share) * np.maximum(unmoved, 1e-9))


def _prior_gaps() -> Floats:
    z = (np.log(AGES)[None, :] - np.log(_GAP_MEDIAN)[:, None]) / _GAP_SIGMA
    return expit(-_NORMAL * z)


def remaining(movement: Movement, now: float, then: Floats | float) -> Floats:
    """P(not there at `then` | not there now) by the state alone; NaN where the state says nothing of the time left."""
    since = np.where(np.isnan(movement.last_event), now, movement.last_event)
    median, sigma = _LEFT_MEDIAN[movement.state], _LEFT_SIGMA[movement.state]

    def still(moment: Floats | float) -> Floats:
        hours = np.maximum((moment - since) / HOUR, 0.05)
        return expit(-_NORMAL * (np.log(hours) - np.log(median)) / sigma)

    return np.where(np.asarray(then) <= now, 1.0, still(then) / np.maximum(still(now), 1e-9))


def is_stalled(unmoved: Floats, movement: Movement, now: float) -> Flags:
    """Whether a parcel has lain longer than 95 of a hundred that arrive, and a day at least."""
    return (unmoved < STALLED_BELOW) & (now - movement.last_moved >= STALLED_HOURS * HOUR)
