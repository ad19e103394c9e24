"""How well the forecast would have done: train on what was known at a moment, score what came after it."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from ramah.shipping.forecast import naive
from ramah.shipping.forecast.calibrating import expit
from ramah.shipping.forecast.history import History, startable
from ramah.shipping.forecast.model import VERSION, Judged, StageModel
from ramah.shipping.forecast.scoring import reliability, roc_auc, scores
from ramah.shipping.forecast.table import DAY, HANDOVER, Floats, ForecastError, Table, joined
from ramah.shipping.forecast.training import Fitted, fit_stage, plain_scores

WEEK: Final = 7 * DAY
MOST_ECE: Final = 0.05
_LEAST_ROWS: Final = 10
COVERAGES: Final = (50, 80, 90)
# How many are not there yet when each range begins and ends.
_STILL: Final = (0.75, 0.25, 0.9, 0.1, 0.95, 0.05)


@dataclass(frozen=True, slots=True)
class Scored:
    """Late probabilities (n,), and the moments (n, 6) between which half, 80 and 90 of a hundred should arrive."""

    p_late: Floats
    ranges: Floats

    @classmethod
    def of(cls, model: StageModel, judged: Judged) -> "Scored":
        arrival = replace(judged.arrival, knots=model.followed)
        return cls(expit(model.score(judged)), np.stack([arrival.moment(still) for still in _STILL], axis=1))

    def report(self, table: Table, late: Floats) -> dict[str, Any]:
        there = table.delivered[:, None]
        inside = ((there >= self.ranges[:, ::2]) & (there <= self.ranges[:, 1::2])).mean(axis=0)
        covered = {str(share): round(float(part), 4) for share, part in zip(COVERAGES, inside, strict=True)}
        return {**scores(late, self.p_late), "coverage": covered}


def evaluate(table: Table, *, at: str = HANDOVER, share: float = 0.3, seed: int = 0) -> dict[str, Any]:
    """Score the last `share` of the shipments by their start, with a model of what was known when they began.

    The figures on top are of the forecast as it works in production: groups and corrections follow the outcomes known at each
    row's own moment; the trees stay. `frozen` knows nothing of later than the split. Only delivered rows are scored. Raises
    `ForecastError` where no row is left to learn from or to score.
    """
    begun = time.perf_counter()
    rows = startable(table, at)
    if len(rows) < _LEAST_ROWS:
        needed = "handed_over_at, promised_at" if at == HANDOVER else "purchased_at, promised_at"
        raise ForecastError(f"{needed}: {len(rows)} rows have both; {_LEAST_ROWS} are needed to evaluate a forecast.")
    start = rows.start(at)
    split = float(np.quantile(start, 1 - share))
    known = startable(rows.known_by(split), at)
    later = rows.take(start > split)
    is_there = np.isfinite(later.delivered)
    if not is_there.any():
        raise ForecastError(f"delivered_at: no row after the split at {_iso(split)} has one, so nothing can be scored.")
    fitted = fit_stage(known, at, now=split, seed=seed)
    trained = time.perf_counter() - begun
    test = later.take(is_there)
    late = (test.delivered > test.promised).astype(np.float64)
    recipe = fitted.model.recipe
    full, old = History.of(rows, at), History.of(known, at)
    followed = _followed(fitted, later, full, split)
    frozen = Scored.of(fitted.model, fitted.model.judge(test, old.seen(test, recipe)))
    by_rule = naive.late_shares(test, recipe, full.sums(recipe, np.minimum(test.start(at), full.horizon)))
    plain = plain_scores(
        known, test, at, recipe.numbers, tuple(name for name in rows.texts if name not in fitted.dropped)
    )
    report = {
        "at": at,
        "rows": len(table),
        "left_out": len(table) - len(rows),
        "train": len(known),
        "test": len(test),
        "split_at": _iso(split),
        "late_share": round(float(late.mean()), 4),
        **followed.report(test, late),
        "naive": scores(late, by_rule),
        "plain": {"roc_auc": round(roc_auc(late, plain), 4)},
        "frozen": frozen.report(test, late),
        "mode": "outcomes known at each row's own moment, as in production; frozen: none after the split",
        "basis": "trees" if fitted.model.forest else "groups",
        "version": VERSION,
        "dropped_columns": dict(fitted.dropped),
        "reliability": reliability(late, followed.p_late),
        "trained": round(trained, 1),
        "seconds": round(time.perf_counter() - begun, 1),
    }
    return {name: _without_nan(value) for name, value in report.items()}


def fault_of(report: Mapping[str, Any]) -> str:
    """Why a forecast with this report may not go live, or nothing: it has to beat the naive rule, and to be calibrated."""
    rule = report["naive"]
    if report["roc_auc"] is None or rule["roc_auc"] is None:
        return "only one outcome occurs"
    if report["roc_auc"] < rule["roc_auc"]:
        return f"it orders worse than the naive rule: {report['roc_auc']} against {rule['roc_auc']}"
    if report["log_loss"] > rule["log_loss"]:
        return f"it is worse than the naive rule: log loss {report['log_loss']} against {rule['log_loss']}"
    if report["ece"] > MOST_ECE:
        return f"it is not calibrated: {report['ece']}"
    return ""


def _iso(seconds: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))).isoformat()


def _without_nan(value: Any) -> Any:
    """The same for JSON, which has no NaN."""
    if isinstance(value, dict):
        return {name: _without_nan(part) for name, part in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _followed(fitted: Fitted, later: Table, full: History, split: float) -> Scored:
    """Judge the deliveries among the later rows week by week, each with a model that follows what was known when it began."""
    judged = fitted.model.judge(later, full.seen(later, fitted.model.recipe))
    past, said = joined(fitted.held_out, later), fitted.judged.joined(judged)
    week = np.floor((judged.arrival.start - split) / WEEK)
    parts = []
    is_there = np.isfinite(later.delivered)
    order = []
    for number in np.unique(week):
        now = split + number * WEEK
        before = said.arrival.start < now
        model = fitted.model.following(past.take(before), said.take(before), now)
        rows = np.flatnonzero((week == number) & is_there)
        order.append(rows)
        parts.append(Scored.of(model, judged.take(rows)))
    back = np.argsort(np.concatenate(order))
    return Scored(
        np.concatenate([part.p_late for part in parts])[back], np.concatenate([part.ranges for part in parts])[back]
    )
