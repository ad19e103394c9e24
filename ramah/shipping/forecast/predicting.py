"""What the model says of shipments now: how likely late, how likely lost, and by when they are there."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from ramah.shipping.forecast.arrival import Arrival
from ramah.shipping.forecast.calibrating import expit
from ramah.shipping.forecast.features import features
from ramah.shipping.forecast.model import Model
from ramah.shipping.forecast.survival import Gaps, Movement, is_stalled, remaining
from ramah.shipping.forecast.table import DAY, HANDOVER, PURCHASE, Flags, Floats, ForecastError, Ints, Table

QUANTILES: Final = (0.1, 0.5, 0.8, 0.9)
_ROWS: Final = 50_000
_LATEST_DAYS: Final = 400.0


@dataclass(frozen=True, slots=True)
class Outlooks:
    """Of n shipments: the probabilities of being late and lost, the moments (epoch seconds) by which 10, 50, 80 and 90 of a
    hundred such are there, and whether they lie unmoved for too long. NaN where nothing can be said (no start)."""

    p_late: Floats
    p_lost: Floats
    q10: Floats
    q50: Floats
    q80: Floats
    q90: Floats
    is_stalled: Flags

    def expected_range(self) -> tuple[Floats, Floats]:
        """The moments between which eight of ten such parcels arrive: the honest range for a page."""
        return self.q10, self.q90


def predict(model: Model, rows: Table, *, now: float, movement: Movement | None = None) -> Outlooks:
    """The outlooks of rows as of `now` (epoch seconds).

    A row with a hand-over is judged by that stage, any other by its purchase. What is under way at `now` is known not to be there
    yet; a row that starts after `now` is judged as it stands. `movement` has the states of the rows, as far as events tell them.
    Works in chunks: memory does not grow with the rows, but for the result.
    """
    if not model.stages:
        raise ForecastError("the model has no stage that it was trained for.")
    result = {column.name: np.full(len(rows), np.nan) for column in fields(Outlooks)}
    for stage, numbers in _chunks(model, rows):
        some = rows.take(numbers)
        part = _of_stage(model, stage, some, now)
        part = _on_the_way(part, model.gaps, movement.take(numbers), some.promised, now) if movement else part
        for column in fields(Outlooks):
            result[column.name][numbers] = getattr(part, column.name)
    is_stalled = result.pop("is_stalled") == 1
    return Outlooks(**result, is_stalled=is_stalled)


def _chunks(model: Model, rows: Table) -> Iterator[tuple[str, Ints]]:
    is_handed = np.isfinite(rows.handed) & (HANDOVER in model.stages)
    for stage, mask in ((HANDOVER, is_handed), (PURCHASE, ~is_handed)):
        numbers = (
            np.flatnonzero(mask & np.isfinite(rows.start(stage))) if stage in model.stages else np.empty(0, np.int64)
        )
        for at in range(0, len(numbers), _ROWS):
            yield stage, numbers[at : at + _ROWS]


def _of_stage(model: Model, stage: str, rows: Table, now: float) -> Outlooks:
    one, standing = model.stages[stage], model.standings[stage]
    start = rows.start(stage)
    age = np.maximum(start - standing.at, 0.0) / DAY
    seen = features(rows, one.recipe, lambda level, keys: standing.sums(level, keys, standing.at), age)
    judged = one.judge(rows, seen)
    p_late = np.where(np.isnan(rows.promised), np.nan, expit(one.score(judged)))
    arrival = replace(judged.arrival, knots=one.followed)
    p_late, quantiles = conditioned(arrival, p_late, rows.promised, now)
    lost = np.full(len(rows), model.gaps.lost_share)
    q10, q50, q80, q90 = quantiles
    return Outlooks(p_late, lost, q10, q50, q80, q90, np.zeros(len(rows), np.bool_))


def conditioned(arrival: Arrival, p_late: Floats, promised: Floats, now: float) -> tuple[Floats, list[Floats]]:
    """Late probabilities and quantiles of shipments that are not there at `now`; one that starts later is left as it is.

    The late probability is that of the hand-over over what is left: p / S(now), with S such that S(promised) = p.
    """
    is_under_way = arrival.start < now
    moment = np.where(is_under_way, now, arrival.start)
    still = np.where(is_under_way, arrival.later(moment), 1.0)
    # Both curves meet at the promise: S^g with g such that S(promised)^g = p.
    by_arrival = np.clip(arrival.later(promised), 1e-6, 1 - 1e-6)
    power = np.clip(np.log(np.clip(p_late, 1e-6, 1 - 1e-6)) / np.log(by_arrival), 0.1, 10.0)
    kept = np.maximum(still ** np.nan_to_num(power, nan=1.0), p_late)
    late = np.where(promised <= moment, 1.0, np.minimum(p_late / np.maximum(kept, 1e-9), 1.0))
    late = np.where(is_under_way, late, p_late)
    latest = moment + _LATEST_DAYS * DAY
    quantiles = [np.clip(arrival.moment((1 - share) * still), moment, latest) for share in QUANTILES]
    return np.where(np.isnan(promised), np.nan, late), quantiles


def _on_the_way(said: Outlooks, gaps: Gaps, movement: Movement, promised: Floats, now: float) -> Outlooks:
    """The same with what the events tell: the state's own time to the door, and how long nothing has moved."""
    unmoved = gaps.unmoved(movement, now)
    by_state = remaining(movement, now, promised)
    p_late = np.where(np.isnan(by_state) | np.isnan(promised), said.p_late, by_state)
    return replace(said, p_late=p_late, p_lost=gaps.p_lost(unmoved), is_stalled=is_stalled(unmoved, movement, now))
