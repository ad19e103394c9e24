"""What the trees see of a shipment: its terms, and how its groups stood at the moment. Nothing that was not known then.

An estimate of a thin group borrows from the wider one: p = (S + k p_wider) / (N + k), with `k` the number of outcomes that the
wider group is worth, by the method of moments (Morris 1983, "Parametric empirical Bayes inference").
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ramah.shipping.forecast import priors
from ramah.shipping.forecast.groups import Level, level_keys
from ramah.shipping.forecast.outcomes import COLUMN, log_hours
from ramah.shipping.forecast.table import DAY, HOUR, PURCHASE, Floats, Keys, Table
from ramah.shipping.forecast.terms import wall_of, weekday_of, working_days

# Asked for a level and the keys of its groups: the sums (n, columns) as they stood at each row's moment.
Sums = Callable[[Level, Keys], Floats]

LATE_BEFORE: Final = 0.06  # before anything is known
_FLIGHT_WEIGHT: Final = 5.0
_WEIGHTS: Final = (30.0, 10.0)
# The month tells a wave of the past by its date. Only the vote that does without the newest outcomes may learn from it.
SEASON: Final = "season"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rows become features; fixed at training.

    `week` is the working week of the deliveries (see `terms.working_week`); `weights` are for each level the k of its late share
    and the k of its durations.
    """

    stage: str
    chain: Sequence[Level]
    alone: Sequence[Level]
    widenings: Mapping[str, str]
    numbers: Sequence[str]
    times: Sequence[str]
    week: Floats
    weights: Mapping[Level, tuple[float, float]] = field(default_factory=dict)

    @property
    def levels(self) -> list[Level]:
        return [*self.chain, *self.alone]


@dataclass(frozen=True, slots=True)
class Seen:
    """Features (n, names), and what the models start from: mean and variance of the log hours by the history of the lane."""

    values: Floats
    names: tuple[str, ...]
    expected: Floats
    spread: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """How a group stands at each row's moment; `_now` is of the last weeks, the others of the last months."""

    late: Floats
    late_now: Floats
    ratio: Floats
    ratio_now: Floats
    span: Floats
    span_now: Floats
    spread: Floats
    overdue: Floats
    handling: Floats
    handling_now: Floats


def features(table: Table, recipe: Recipe, sums: Sums, age: Floats) -> Seen:
    """The features of each row. `age` (n,) is by how many days what is known is older than the row's own moment."""
    start = table.start(recipe.stage)
    lead = log_hours(table.promised - start)
    columns = _terms(table, recipe) | {"age": age}
    chained = whole = _before(table, recipe.stage)
    for number, level in enumerate(recipe.levels):
        known = sums(level, level_keys(table, level, recipe.widenings))
        is_chained = number < len(recipe.chain)
        estimate = estimated(known, chained if is_chained else whole, recipe.weights.get(level, _WEIGHTS))
        whole = estimate if number == 0 else whole
        chained = estimate if is_chained else chained
        seen = _of_level(estimate, known, lead)
        if number == 0 or not is_chained:
            seen |= _of_handling(estimate, table, recipe.stage)
        columns |= {f"{name} of {'+'.join(level) or 'all'}": values for name, values in seen.items()}
    nothing = np.full(len(table), np.nan)
    columns |= {name: table.numbers.get(name, nothing) for name in recipe.numbers}
    columns |= {name: (start - table.times.get(name, nothing)) / HOUR for name in recipe.times}
    return Seen(np.stack(list(columns.values()), axis=1), tuple(columns), chained.span_now, chained.spread)


def is_lasting(name: str) -> bool:
    """Whether a feature stays true for long: of the terms or of what a group is like, not of how it does these weeks."""
    return " of " not in name or " ever of " in name


def _terms(table: Table, recipe: Recipe) -> dict[str, Floats]:
    """What was promised, how much of it is used up, and what time it is where the clock hangs."""
    zone = ZoneInfo(table.zone)
    start = table.start(recipe.stage)
    wall, promised = wall_of(start, zone), wall_of(table.promised, zone)
    lead = (table.promised - start) / HOUR
    columns = {
        "lead": lead,
        "working days": working_days(wall, promised, recipe.week, table.days_off),
        "hour": wall / HOUR % 24,
        "weekday": weekday_of(wall),
        "weekday promised": weekday_of(promised),
        SEASON: wall / DAY % 365.25 / 30.44,
    }
    if len(table.days_off):
        columns["days off"] = columns["working days"] - working_days(wall, promised, recipe.week, table.days_off[:0])
    if recipe.stage != PURCHASE:
        used = (start - table.purchased) / HOUR
        columns |= {
            "used": used,
            "share used": used / np.maximum(lead + used, 1.0),
            "hour purchased": wall_of(table.purchased, zone) / HOUR % 24,
            "weekday purchased": weekday_of(wall_of(table.purchased, zone)),
        }
    return columns


def _before(table: Table, stage: str) -> Estimate:
    """What is held of a group of which nothing is known."""

    def of(value: float) -> Floats:
        return np.full(len(table), value)

    span, spread = priors.expected(table, stage)
    late, ratio, handling = of(LATE_BEFORE), of(priors.RATIO), of(np.log(24.0))
    return Estimate(late, late, ratio, ratio, span, span, spread, late, handling, handling)


def estimated(known: Floats, wider: Estimate, weights: tuple[float, float]) -> Estimate:
    """How groups with these sums stand, borrowing from the wider ones."""

    def shrunk(total: str, count: str, half_life: float, prior: Floats, weight: float) -> Floats:
        found = known[:, COLUMN[total, half_life]] + weight * prior
        return found / (known[:, COLUMN[count, half_life]] + weight)

    of_late, of_spans = weights
    late = shrunk("lates", "ends", 90, wider.late, of_late)
    ratio = shrunk("ratio", "spans", 90, wider.ratio, of_spans)
    span = shrunk("span", "spans", 90, wider.span, of_spans)
    squares = shrunk("span2", "spans", 90, wider.spread + wider.span**2, of_spans)
    handling = shrunk("handling", "handlings", 90, wider.handling, of_spans)
    return Estimate(
        late=late,
        late_now=shrunk("lates", "ends", 14, (late + wider.late_now) / 2, of_late),
        ratio=ratio,
        ratio_now=shrunk("ratio", "spans", 14, ratio + wider.ratio_now - wider.ratio, of_spans),
        span=span,
        span_now=shrunk("span", "spans", 14, span + wider.span_now - wider.span, of_spans),
        spread=np.maximum(squares - span**2, 0.01),
        overdue=shrunk("overdue", "flying", np.inf, wider.overdue, _FLIGHT_WEIGHT),
        handling=handling,
        handling_now=shrunk("handling", "handlings", 14, handling, of_spans),
    )


def _of_level(estimate: Estimate, known: Floats, lead: Floats) -> dict[str, Floats]:
    recent, usual = known[:, COLUMN["starts", 3]] / 3, known[:, COLUMN["starts", 56]] / 56
    return {
        "late ever": _ever(known, "lates", "ends", LATE_BEFORE),
        "ratio ever": _ever(known, "ratio", "ratios", priors.RATIO),
        "late": estimate.late,
        "late now": estimate.late_now,
        "ratio": estimate.ratio,
        "ratio now": estimate.ratio_now,
        "slack": (lead - estimate.span_now) / np.sqrt(estimate.spread),
        "overdue": estimate.overdue,
        "load": np.log((recent + 0.2) / (usual + 0.2)),
    }


def _ever(known: Floats, total: str, count: str, prior: float) -> Floats:
    """The mean over all that was known, whatever its age: what a group is like, not how it does."""
    return (known[:, COLUMN[total, np.inf]] + 10 * prior) / (known[:, COLUMN[count, np.inf]] + 10)


def _of_handling(estimate: Estimate, table: Table, stage: str) -> dict[str, Floats]:
    if stage == PURCHASE:
        return {"handling": estimate.handling, "handling now": estimate.handling_now}
    return {"handling over usual": log_hours(table.handed - table.purchased) - estimate.handling}
