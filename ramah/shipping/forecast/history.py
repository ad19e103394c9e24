"""A history that can be asked how every group of shipments stood at any moment of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ramah.shipping.forecast.features import Recipe, Seen, Sums, features
from ramah.shipping.forecast.groups import level_keys
from ramah.shipping.forecast.outcomes import Points, points_of, sums_asof
from ramah.shipping.forecast.table import DAY, Floats, Table


def startable(table: Table, stage: str) -> Table:
    """The rows that have a start and a promise."""
    return table.take(np.isfinite(table.start(stage)) & np.isfinite(table.promised))


@dataclass(frozen=True, slots=True)
class History:
    """A table as it was known at `until`, ready to be asked how groups stood at any moment before."""

    table: Table
    stage: str
    horizon: float
    points: Sequence[Points]

    @classmethod
    def of(cls, table: Table, stage: str) -> "History":
        return cls(table, stage, table.horizon(stage), points_of(table, stage))

    def seen(self, rows: Table, recipe: Recipe, *, back: Floats | float = 0.0) -> Seen:
        """Features of rows as of their own moment, or `back` seconds earlier, and never later than outcomes are known."""
        start = rows.start(self.stage)
        moments = np.minimum(start, self.horizon) - back
        return features(rows, recipe, self.sums(recipe, moments), (start - moments) / DAY)

    def sums(self, recipe: Recipe, moments: Floats) -> Sums:
        return lambda level, asked: sums_asof(
            self.points, level_keys(self.table, level, recipe.widenings), asked, moments
        )
