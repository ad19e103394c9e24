"""The day that the shop promises: its handling and the carrier's table, in working days that know no holidays."""

from typing import Final

import numpy as np

from ramah.shipping.simulation.almanac import DAY, HOUR, Almanac, WorkingDays
from ramah.shipping.simulation.chance import Floats, stream
from ramah.shipping.simulation.ordering import PLACE_ZONE, SERVICES, Orders, distances
from ramah.shipping.simulation.world import CARRIERS, PLACES

_CUT_OFF: Final = 14 * HOUR
_HANDLING: Final = 0.7  # days
_WRONG_LANES: Final = 0.06  # of the lanes: their table is too short
_WRONG_BY: Final = 0.72
_NEW_TABLE: Final = 0.55  # of the time: then one carrier's table gets shorter
_NEW_BY: Final = 0.85
_LONGEST: Final = 90.0  # days


def usual_hours(orders: Orders) -> Floats:
    """How long the service takes on this way, as it is meant to be."""
    hours, speed = (np.array([getattr(one, name) for _number, one in SERVICES]) for name in ("hours", "speed"))
    found: Floats = hours[orders.service] + 24 * distances()[orders.warehouse, orders.place] / speed[orders.service]
    return found


def promised_at(almanac: Almanac, orders: Orders, delivered_at: Floats, *, late: float, days: int, seed: int) -> Floats:
    """The end of the promised day where it goes, in whole days that leave `late` of what is delivered behind them."""
    zone = PLACE_ZONE[orders.place]
    local = almanac.local(orders.purchased_at, zone)
    day = almanac.day_of(local)
    # What is ordered late in the day takes a part of it more.
    passed = (local - day * DAY - _CUT_OFF) / DAY
    calendar = np.zeros_like(day)
    counted = WorkingDays((almanac.weekdays() < 6)[None, :])
    told = _told_days(almanac, orders, days=days, seed=seed)
    arrived = delivered_at[~np.isnan(delivered_at)]

    def ends(slack: float) -> Floats:
        whole = np.ceil(np.clip(told * slack + passed, 1, _LONGEST)).astype(np.int64)
        after = counted.later(day, whole, calendar).astype(np.float64) + 1
        return almanac.moments(after * DAY - 1, zone)

    least, most = 0.0, _LONGEST
    for _ in range(30 if len(arrived) else 0):
        slack = (least + most) / 2
        is_late = arrived > ends(slack)[~np.isnan(delivered_at)]
        least, most = (slack, most) if is_late.mean() > late else (least, slack)
    return ends(most if len(arrived) else 1.0)


def _told_days(almanac: Almanac, orders: Orders, *, days: int, seed: int) -> Floats:
    chance = stream(seed, "tables")
    wrong = np.where(chance.random((len(PLACES), len(PLACES), len(CARRIERS))) < _WRONG_LANES, _WRONG_BY, 1.0)
    changed = chance.integers(0, len(CARRIERS))
    tabled = np.array([one.tabled for _number, one in SERVICES])[orders.service]
    since = almanac.base + (almanac.start + _NEW_TABLE * days) * DAY
    is_new = (orders.carrier == changed) & (orders.purchased_at >= since)
    table = usual_hours(orders) / 24 * tabled * wrong[orders.warehouse, orders.place, orders.carrier]
    found: Floats = _HANDLING + table * np.where(is_new, _NEW_BY, 1.0)
    return found
