"""What is expected of a shipment before any is known: by the days that its carrier tells, or else by what was promised."""

from typing import Final

import numpy as np

from ramah.shipping.forecast.outcomes import log_hours
from ramah.shipping.forecast.table import PURCHASE, Floats, Table

MIN_DAYS: Final = "min_days"
MAX_DAYS: Final = "max_days"
RATIO: Final = -0.5  # log of the duration over the time promised
_SPREAD: Final = 0.25
_LATEST: Final = 1.6  # as many times the most days told, at the end of the triangle
_PER_WORKING_DAY: Final = 24 * 7 / 6
_HANDLING: Final = 24.0


def expected(table: Table, stage: str) -> tuple[Floats, Floats]:
    """Mean and variance of the log hours from a stage's start to the delivery.

    Where the numbers `min_days` and `max_days` are known (working days of the carrier's table), those of a triangle from the
    least to 1.6 times the most with its top in the middle of both; elsewhere 0.6 of the time promised.
    """
    lead = np.nan_to_num(log_hours(table.promised - table.start(stage)), nan=5.0)
    nothing = np.full(len(table), np.nan)
    least = np.maximum(table.numbers.get(MIN_DAYS, nothing), 0.5)
    most = np.maximum(table.numbers.get(MAX_DAYS, nothing), least)
    top, last = (least + most) / 2, most * _LATEST
    middle = (least + top + last) / 3
    variance = (least**2 + top**2 + last**2 - least * top - least * last - top * last) / 18
    hours = middle * _PER_WORKING_DAY + (_HANDLING if stage == PURCHASE else 0.0)
    is_told = np.isfinite(middle)
    # Of a logarithm, by the delta method.
    return np.where(is_told, np.log(hours), lead + RATIO), np.where(
        is_told, np.maximum(variance / middle**2, 0.01), _SPREAD
    )
