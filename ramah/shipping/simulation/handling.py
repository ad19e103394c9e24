"""What the shop does with an order before it leaves: gets it, packs it when its turn comes, and waits for the pick-up."""

from typing import Final

import numpy as np

from ramah.shipping.simulation.almanac import HOUR, Almanac, WorkingDays
from ramah.shipping.simulation.chance import Floats, stream
from ramah.shipping.simulation.ordering import PLACE_COUNTRY, PLACE_ZONE, Orders
from ramah.shipping.simulation.rounds import Rounds
from ramah.shipping.simulation.world import CARRIERS, COUNTRIES

_OPENS, _CLOSES = 8, 18
_REST: Final = 6  # Sunday
_WEEK: Final = 6 / 7
# So many times the usual orders of a working day can be packed; what is more waits.
_CAPACITY: Final = 1.7


def packed_at(almanac: Almanac, orders: Orders, *, days: int, seed: int) -> Floats:
    """When an order is packed. A warehouse packs one after the other, as many a day as it can: after a peak it is behind."""
    is_rest = almanac.weekdays() == _REST
    closed = np.array([is_rest | almanac.holidays(country) for country in COUNTRIES])
    work = WorkingDays(~closed, opens=_OPENS, closes=_CLOSES)
    calendar, zone = PLACE_COUNTRY[orders.warehouse], PLACE_ZONE[orders.warehouse]
    takes = 0.08 * np.exp(stream(seed, "handling").normal(0, 0.6, len(orders.place)))
    asked = work.time(almanac.local(orders.purchased_at, zone), calendar) + takes + orders.unstocked
    done = np.empty_like(asked)
    for warehouse in np.unique(orders.warehouse):
        own = np.flatnonzero(orders.warehouse == warehouse)
        own = own[np.argsort(asked[own], kind="stable")]
        done[own] = _one_by_one(asked[own], days * _WEEK / (_CAPACITY * len(own)))
    return np.maximum(np.floor(almanac.moments(work.local(done, calendar), zone)), orders.purchased_at)


def handed_over_at(packed: Floats, orders: Orders, pickups: Rounds, *, seed: int) -> Floats:
    """When the carrier has it: at its next pick-up."""
    delay = np.floor(stream(seed, "pick-ups").uniform(0, 0.75 * HOUR, len(packed)))
    cut_off = np.array([one.cut_off for one in CARRIERS])[orders.carrier] * HOUR
    return pickups.next(packed, leaves=cut_off, delay=delay)


def _one_by_one(asked: Floats, takes: float) -> Floats:
    """When each is done, of those asked for in this order, if each takes so long (Lindley 1952, by a running maximum)."""
    work = takes * np.arange(len(asked))
    done: Floats = np.maximum.accumulate(asked - work) + work + takes
    return done
