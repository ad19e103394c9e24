"""How far a delivery is from what was promised, as one of the levels of the board. Pure: columns in, columns out.

A level comes of what is known first (lost, failed), then of silence, then of the clock, then of the forecast. One that is not
fine is eased only well below the threshold that raised it, so that a probability at the edge does not tell the same news daily.
"""

from enum import IntEnum
from typing import Final

import numpy as np

from ramah.shipping import position
from ramah.shipping.forecast.table import Flags, Floats, Ints


class Level(IntEnum):
    """As `models.Flight.Level`."""

    FINE = 0
    AT_RISK = 1
    LATE = 2
    STALLED = 3
    FAILED = 4
    LOST = 5


EASED_BELOW: Final = 0.6  # of the threshold
EASED_AFTER: Final = 6 * 3600  # seconds: so long what was said to be at risk stays so, whatever the forecast
LIKELY_LOST: Final = 0.5
NOTICED: Final = 0.02  # a probability that moved less says the same

_STATE: Final = {state: number for number, state in enumerate(position.STATES)}
_FAILED: Final = np.array([_STATE[position.DELIVERY_ATTEMPTED], _STATE[position.EXCEPTION]])


def levels_of(
    *,
    state: Ints,
    level: Ints,
    promised: Ints,
    p_late: Floats,
    p_lost: Floats,
    threshold: Floats,
    stalled: Flags,
    now: int,
) -> Ints:
    """The level of each delivery at `now`; `level` is the one before, `state` its place in `position.STATES`.

    `promised` is the last second that is in time (0: none promised). `stalled`: nothing has moved for much longer than usual,
    and the carrier's feed is known to work. What is likely lost by the forecast alone counts as stalled.
    """
    bar = np.where(level > Level.FINE, threshold * EASED_BELOW, threshold)
    is_promised = promised > 0
    found = np.where(is_promised & (p_late >= bar), Level.AT_RISK, Level.FINE).astype(np.int64)
    found[is_promised & (promised < now)] = Level.LATE
    found[stalled | (p_lost >= LIKELY_LOST)] = Level.STALLED
    found[np.isin(state, _FAILED)] = Level.FAILED
    found[state == _STATE[position.LOST]] = Level.LOST
    return found
