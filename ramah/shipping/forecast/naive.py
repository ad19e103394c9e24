"""The rule that a forecast has to beat: the late share so far of the narrowest group that has thirty outcomes."""

from typing import Final

import numpy as np

from ramah.shipping.forecast.features import LATE_BEFORE, Recipe, Sums
from ramah.shipping.forecast.groups import level_keys
from ramah.shipping.forecast.outcomes import COLUMN
from ramah.shipping.forecast.table import Floats, Table

ENOUGH: Final = 30.0


def late_shares(table: Table, recipe: Recipe, sums: Sums) -> Floats:
    """For each row the late share of its narrowest known group, as it was known at the moment of `sums`."""
    share = np.full(len(table), LATE_BEFORE)
    for level in recipe.chain:
        known = sums(level, level_keys(table, level, recipe.widenings))
        ends, lates = known[:, COLUMN["ends", np.inf]], known[:, COLUMN["lates", np.inf]]
        share = np.where(ends >= ENOUGH, lates / np.maximum(ends, 1.0), share)
    return share
