"""A trained forecast: what it predicts with, stage by stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from ramah.shipping.forecast.arrival import NORMAL, Arrival
from ramah.shipping.forecast.calibrating import beta_inputs, expit, fit_knots, lasting_shift, logit, recency
from ramah.shipping.forecast.features import Recipe, Seen
from ramah.shipping.forecast.outcomes import Standing
from ramah.shipping.forecast.survival import Gaps
from ramah.shipping.forecast.table import DAY, Floats, Table
from ramah.shipping.forecast.trees import Forest

VERSION: Final = 1
NEVER_DAYS: Final = 28.0  # so long after its promise a parcel without an outcome is not late but without one
_FOLLOWED_DAYS: Final = 365.0
_LEAST_SCALE: Final = 0.05  # nothing arrives to the minute
_HELD_UP: Final = 0.01  # that many may be held up by something that no forecast has seen yet
_KNOTS_WEIGHT: Final = 100.0
_KNOTS_DAYS: Final = 14.0  # half-lives of what corrections follow: ranges have to keep up with waves,
_SHIFT_DAYS: Final = 90.0  # levels would run after those that are gone


@dataclass(frozen=True, slots=True)
class Judged:
    """What the trees of a stage say of n shipments: two votes (n, 2) as logits of being late, and when they arrive."""

    votes: Floats
    arrival: Arrival
    promised: Floats

    def take(self, rows: np.ndarray) -> "Judged":
        return Judged(self.votes[rows], self.arrival.take(rows), self.promised[rows])

    def joined(self, other: "Judged") -> "Judged":
        return Judged(
            np.concatenate([self.votes, other.votes]),
            self.arrival.joined(other.arrival),
            np.concatenate([self.promised, other.promised]),
        )

    def inputs(self, knots: Floats) -> Floats:
        """What the late probability is stacked of (n, 4): logits of arriving late by these knots, the votes, and 1."""
        later = replace(self.arrival, knots=knots).later(self.promised)
        return np.column_stack([logit(later), self.votes, np.ones_like(later)])


@dataclass(frozen=True, slots=True)
class StageModel:
    """One stage. The forest gives two logits of being late, the correction of the location, and the log scale.

    Without a forest (too little history) the group estimates speak alone. `stack` weighs the two ways to the late probability,
    `beta` calibrates it; `knots` are the quantiles of the residuals at training. `followed` are the same and `shift` a correction
    of the logit, as the outcomes that became known since want them.
    """

    recipe: Recipe
    names: tuple[str, ...]
    forest: Forest | None = None
    stack: Floats = field(default_factory=lambda: np.array([1.0, 0.0, 0.0, 0.0]))
    beta: Floats = field(default_factory=lambda: np.array([1.0, 1.0, 0.0]))
    knots: Floats = field(default_factory=lambda: NORMAL)
    followed: Floats = field(default_factory=lambda: NORMAL)
    shift: float = 0.0
    report: Mapping[str, Any] = field(default_factory=dict)

    def judge(self, table: Table, seen: Seen) -> Judged:
        """Judge rows by their features."""
        start = table.start(self.recipe.stage)
        if self.forest is None:
            arrival = Arrival(start, seen.expected, np.sqrt(seen.spread), self.knots)
            return Judged(np.zeros((len(table), 2)), arrival, table.promised)
        sums = self.forest.sums(seen.values)
        arrival = Arrival(start, seen.expected + sums[:, 2], np.maximum(np.exp(sums[:, 3]), _LEAST_SCALE), self.knots)
        return Judged(sums[:, :2], arrival, table.promised)

    def score(self, judged: Judged) -> Floats:
        """The logit of the late probability."""
        return beta_inputs(expit(judged.inputs(self.knots) @ self.stack)) @ self.beta + self.shift

    def following(self, table: Table, judged: Judged, now: float) -> "StageModel":
        """The same model, its knots and shift corrected by past judgements (n) and what is known of their rows now.

        `judged` must come from this model. Rows that started in the last year count, the newest most.
        """
        arrival = judged.arrival
        start, is_seen = arrival.start, table.delivered <= now
        is_recent = (start > now - _FOLLOWED_DAYS * DAY) & (start < now)
        residual = arrival.residual(np.where(is_seen, table.delivered, now))
        used = is_recent & np.isfinite(residual)
        coming = np.where(is_seen, 1.0, still_coming(table, arrival, now, _HELD_UP)) * recency(start, now, _KNOTS_DAYS)
        knots = fit_knots(residual[used], is_seen[used], coming[used], self.knots, _KNOTS_WEIGHT)
        weights = np.where(is_seen, 1.0, still_coming(table, arrival, now)) * recency(start, now, _SHIFT_DAYS)
        late = late_by(table, now)
        told = is_recent & np.isfinite(late)
        shift = lasting_shift(self.score(judged)[told], late[told], weights[told], start[told])
        return replace(self, followed=knots, shift=self.shift + shift)


def never_share(table: Table, now: float) -> float:
    """The share of parcels that no delivery is told of, ever: of those whose promise passed four weeks ago or more."""
    is_old = table.promised < now - NEVER_DAYS * DAY
    return float((~(table.delivered[is_old] <= now)).mean()) if is_old.any() else 0.0


def still_coming(table: Table, arrival: Arrival, now: float, held_up: float = 0.0) -> Floats:
    """For parcels that are not there, the probability that they are merely not there yet.

    A mixture with those that never come (a cure model, Boag 1949): (1 - c) S / ((1 - c) S + c), with S at least `held_up`.
    """
    never = never_share(table, now)
    yet = (1 - never) * np.maximum(arrival.later(np.full(len(table), now)), held_up)
    return np.where(table.promised < now - NEVER_DAYS * DAY, 0.0, yet / np.maximum(yet + never, 1e-9))


def late_by(table: Table, now: float) -> Floats:
    """1.0 for late, 0.0 for in time, NaN for not known at `now`.

    In time counts from the promise on, not from the delivery: of the parcels of the last days, those that are there already
    are the quick ones, and to learn from them alone would be to learn that all is well.
    """
    late = np.where(table.delivered <= table.promised, 0.0, 1.0)
    is_there = (table.delivered <= now) | (table.lost <= now)
    is_known = (table.promised <= now) & (is_there | (table.promised >= now - NEVER_DAYS * DAY))
    return np.where(is_known, late, np.nan)


@dataclass(frozen=True, slots=True)
class Model:
    """All stages, how every group stood at a moment, how long parcels lie between movements. `trained_at` is epoch seconds."""

    stages: Mapping[str, StageModel]
    standings: Mapping[str, Standing]
    trained_at: float
    rows: int
    gaps: Gaps = field(default_factory=Gaps)

    def forward(self, table: Table, now: float) -> "Model":
        """The same model, its groups moved on to `now` by every shipment to which something happened since."""
        moved = {
            stage: standing.forward(table, stage, self.stages[stage].recipe.widenings, now)
            for stage, standing in self.standings.items()
        }
        return replace(self, standings=moved)
