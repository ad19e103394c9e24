"""How much a group believes the wider group above it, by the method of moments."""

from typing import Final

import numpy as np

from ramah.shipping.forecast.features import Recipe
from ramah.shipping.forecast.groups import Level, level_keys
from ramah.shipping.forecast.outcomes import log_hours
from ramah.shipping.forecast.table import Floats, Ints, Table

_BOUNDS: Final = (5.0, 200.0)
_UNKNOWN: Final = 30.0


def weights_of(table: Table, recipe: Recipe) -> dict[Level, tuple[float, float]]:
    """For each level, how many outcomes the wider group is worth: for late shares, and for log durations.

    k = sigma^2 / tau^2: the variance within groups over the variance of their means around those of the wider groups.
    """
    known = table.take(np.isfinite(table.delivered))
    late = (known.delivered > known.promised).astype(np.float64)
    ratio = log_hours(known.delivered - known.start(recipe.stage)) - log_hours(
        known.promised - known.start(recipe.stage)
    )
    above = np.zeros(len(known), np.int64)
    found = {}
    for number, level in enumerate(recipe.levels):
        groups = np.unique(level_keys(known, level, recipe.widenings), return_inverse=True)[1]
        if number >= len(recipe.chain):
            above = np.zeros(len(known), np.int64)
        found[level] = _weight(groups, above, late), _weight(groups, above, ratio)
        above = groups
    return found


def _weight(groups: Ints, above: Ints, values: Floats) -> float:
    if not len(values) or len(np.unique(groups)) == len(np.unique(above)):
        return _UNKNOWN
    counts, means = np.bincount(groups), _means(groups, values)
    wider = np.zeros(len(counts))
    wider[groups] = _means(above, values)[above]
    within = float(((values - means[groups]) ** 2).sum()) / max(len(values) - len(counts), 1)
    spread = counts * (means - wider) ** 2
    between = (float(spread.sum()) - (len(counts) - 1) * within) / max(
        len(values) - float((counts**2).sum()) / len(values), 1
    )
    return float(np.clip(within / between if between > 0 else np.inf, *_BOUNDS))


def _means(groups: Ints, values: Floats) -> Floats:
    return np.bincount(groups, weights=values) / np.maximum(np.bincount(groups), 1)
