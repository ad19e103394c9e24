"""Fitting the forecast to a history. Only here scikit-learn is used, and loaded when a model is trained."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from ramah.shipping.forecast.arrival import NORMAL
from ramah.shipping.forecast.calibrating import expit, fit_beta, fit_knots, fit_logistic, level_shift, recency
from ramah.shipping.forecast.extras import Extras, choose
from ramah.shipping.forecast.features import SEASON, Recipe, Seen, is_lasting
from ramah.shipping.forecast.groups import choose_levels, widening_of
from ramah.shipping.forecast.history import History, startable
from ramah.shipping.forecast.model import Judged, Model, StageModel, late_by
from ramah.shipping.forecast.outcomes import Standing, log_hours
from ramah.shipping.forecast.shrinking import weights_of
from ramah.shipping.forecast.table import DAY, HANDOVER, HOUR, PURCHASE, Flags, Floats, ForecastError, Table
from ramah.shipping.forecast.terms import wall_of, weekday_of, working_week
from ramah.shipping.forecast.trees import Forest, forest_of

LEAST: Final = 500  # outcomes that trees are worth growing from
_LEAST_OF_EACH: Final = 25
_STALE: Final = 0.2
_STALE_DAYS: Final = 120.0
_HELD_OUT: Final = 0.2
_AGREEMENT: Final = 1e-6
_TREES: Final = {"max_depth": 5, "max_iter": 150, "learning_rate": 0.07, "l2_regularization": 5.0, "max_features": 0.5}
_PATIENCE: Final = 15


@dataclass(frozen=True, slots=True)
class Fitted:
    """A stage's model, and its honest judgements of the newest fifth: by trees that had not seen it."""

    model: StageModel
    held_out: Table
    judged: Judged
    dropped: Mapping[str, str]


def train(
    history: Table, *, stages: Sequence[str] = (PURCHASE, HANDOVER), until: float | None = None, seed: int = 0
) -> Model:
    """Fit all stages to what was known at `until` (epoch seconds; default: everything). The same seed gives the same model."""
    known = history if until is None else history.known_by(until)
    now = until if until is not None else max(known.horizon(PURCHASE), 0.0)
    fitted = {stage: fit_stage(known, stage, now=now, seed=seed) for stage in stages}
    standings = {}
    for stage, one in fitted.items():
        recipe, table = one.model.recipe, startable(known, stage)
        empty = Standing.empty(recipe.levels)
        standings[stage] = empty.forward(table, stage, recipe.widenings, min(now, table.horizon(stage)))
    return Model({stage: one.model for stage, one in fitted.items()}, standings, now, len(known))


def fit_stage(known: Table, stage: str, *, now: float, seed: int = 0) -> Fitted:
    """Fit one stage to a table as it is known at `now`."""
    table = startable(known, stage)
    late = late_by(table, now)
    history = History.of(table, stage)
    extras = choose(table, stage, late)
    recipe = _recipe(table, stage, extras)
    told = np.isfinite(late)
    if told.sum() < LEAST or min(np.nansum(late), np.nansum(1 - late)) < _LEAST_OF_EACH:
        return _without_trees(history, recipe, now, extras.dropped)
    random = np.random.default_rng(seed)
    back = np.where(random.random(len(table)) < _STALE, random.uniform(1, _STALE_DAYS, len(table)) * DAY, 0.0)
    seen = history.seen(table, recipe, back=back)
    start = table.start(stage)
    split = np.quantile(start[told], 1 - _HELD_OUT)
    is_new = start > split
    # What has not come although its promise passed is late by an unknown while: it counts as long as it has lasted.
    span = log_hours(np.where(np.isfinite(table.delivered), table.delivered, now) - start)
    first = _grow(seen, span, late, told & ~is_new, told & is_new, seed)
    held_out = table.take(is_new)
    model = StageModel(recipe, seen.names, first.forest)
    judged = model.judge(table, seen)
    model = _calibrated(model, held_out, judged.take(is_new), late[is_new], now)
    # The newest fifth gives the shape. Its level may be that of one wave; that of the whole history is taken.
    shift = level_shift(model.score(judged)[told], late[told], np.ones(int(told.sum())))
    model = replace(model, shift=shift)
    final = _grow(seen, span, late, told, None, seed, first.counts)
    model = replace(model, forest=final.forest)
    return Fitted(model, held_out, judged.take(is_new), extras.dropped)


def _without_trees(history: History, recipe: Recipe, now: float, dropped: Mapping[str, str]) -> Fitted:
    """The group estimates alone, their ranges and level corrected by what came of them."""
    model, table = StageModel(recipe, ()), history.table
    judged = model.judge(table, history.seen(table, recipe))
    return Fitted(model.following(table, judged, now), table, judged, dropped)


def _recipe(table: Table, stage: str, extras: Extras) -> Recipe:
    widenings = {name: widening_of(text) for name, text in table.texts.items()}
    chain, alone = choose_levels(table, extras.texts, widenings)
    week = working_week(wall_of(table.delivered, ZoneInfo(table.zone)))
    recipe = Recipe(stage, chain, alone, widenings, extras.numbers, extras.times, week)
    return replace(recipe, weights=weights_of(table, recipe))


def _rows(seen: Seen, rows: np.ndarray) -> Seen:
    return Seen(seen.values[rows], seen.names, seen.expected[rows], seen.spread[rows])


def _boosting() -> tuple[Any, Any]:
    """scikit-learn's classifier and regressor. Its threads are told not to spin while they wait: others need the cores too."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )

    return HistGradientBoostingClassifier, HistGradientBoostingRegressor


@dataclass(frozen=True, slots=True)
class _Grown:
    forest: Forest
    counts: tuple[int, ...]


def _grow(
    seen: Seen,
    span: Floats,
    late: Floats,
    rows: np.ndarray,
    checked: np.ndarray | None,
    seed: int,
    counts: tuple[int, ...] = (),
) -> _Grown:
    """Trees for the late logit, the location and the log scale, grown on `rows`; how many of them, the rows `checked` tell."""
    classifier, regressor = _boosting()
    lasting = np.array([is_lasting(name) and name != "age" for name in seen.names])
    current = np.array([name != SEASON for name in seen.names])
    settings: dict[str, Any] = {
        **_TREES,
        "min_samples_leaf": max(20, int(rows.sum()) // 2000),
        "random_state": seed,
        "n_iter_no_change": _PATIENCE,
        "early_stopping": checked is not None,
    }

    def fit(kind: Any, target: Floats, number: int, columns: Flags) -> Any:
        more: dict[str, Any] = {"max_iter": counts[number]} if counts else {}
        model, values = kind(**{**settings, **more}), seen.values[:, columns]
        if checked is None:
            return model.fit(values[rows], target[rows])
        return model.fit(values[rows], target[rows], X_val=values[checked], y_val=target[checked])

    over = span - seen.expected
    voter = fit(classifier, late, 0, current)
    lasting_voter = fit(classifier, late, 1, lasting)
    location = fit(regressor, over, 2, current)
    settings["max_iter"] = 60
    miss = np.log(np.abs(over - location.predict(seen.values[:, current])) + 0.02)
    scale = fit(regressor, miss, 3, current)
    grown = ((voter, current), (lasting_voter, lasting), (location, current), (scale, current))
    forest = forest_of([_stored(model, columns) for model, columns in grown])
    _check(forest, grown, seen.values[rows][:1000])
    return _Grown(forest, tuple(len(model._predictors) for model, _columns in grown))


def _stored(model: Any, columns: Flags) -> tuple[list[np.ndarray], float]:
    """The trees of a scikit-learn model, their features numbered as in the whole table."""
    trees = [one[0].nodes.copy() for one in model._predictors]
    for records in trees:
        records["feature_idx"] = np.flatnonzero(columns)[records["feature_idx"]]
    return trees, float(np.ravel(model._baseline_prediction)[0])


def _check(forest: Forest, grown: Sequence[tuple[Any, Flags]], values: Floats) -> None:
    """What is stored is read from scikit-learn's inside, so it has to give what scikit-learn gives."""
    expected = [
        (model.decision_function if hasattr(model, "decision_function") else model.predict)(values[:, columns])
        for model, columns in grown
    ]
    if np.abs(forest.sums(values) - np.stack(expected, axis=1)).max() > _AGREEMENT:
        raise ForecastError("the stored trees disagree with those that were trained: this scikit-learn is not known.")


def _calibrated(model: StageModel, table: Table, raw: Judged, late: Floats, now: float) -> StageModel:
    """Knots, stack and beta from judgements of rows that the trees had not seen."""
    is_seen = np.isfinite(table.delivered)
    start = raw.arrival.start
    residual = raw.arrival.residual(np.where(is_seen, table.delivered, now))
    weights = recency(start, now, 60.0)
    told = np.isfinite(late)
    used = (is_seen | ~told) & np.isfinite(residual)
    knots = fit_knots(residual[used], is_seen[used], weights[used], NORMAL, 10.0)
    inputs = raw.inputs(knots)[told]
    stack = fit_logistic(
        inputs, late[told], weights[told], np.array([20.0, 20.0, 20.0, 0.1]), np.array([0.4, 0.4, 0.2, 0.0])
    )
    beta = fit_beta(expit(inputs @ stack), late[told], weights[told])
    return replace(model, knots=knots, followed=knots, stack=stack, beta=beta)


def plain_scores(
    known: Table, rows: Table, stage: str, numbers: Sequence[str] = (), texts: Sequence[str] = ()
) -> Floats:
    """Late probabilities by gradient boosting as it comes, on the columns as they stand; NaN where it cannot be trained."""
    known = known.take(np.isfinite(known.delivered))
    late = known.delivered > known.promised
    if late.all() or not late.any():
        return np.full(len(rows), np.nan)
    model = _boosting()[0](random_state=0).fit(_columns(known, stage, numbers, texts), late)
    return np.asarray(model.predict_proba(_columns(rows, stage, numbers, texts))[:, 1], np.float64)


def _columns(table: Table, stage: str, numbers: Sequence[str], texts: Sequence[str]) -> Floats:
    start, zone = table.start(stage), ZoneInfo(table.zone)
    wall = wall_of(start, zone)
    columns = [(table.promised - start) / HOUR, wall / HOUR % 24, weekday_of(wall), wall / DAY / 30.44 % 12]
    if stage != PURCHASE:
        columns += [(start - table.purchased) / HOUR, (table.promised - table.purchased) / HOUR]
    columns += [table.texts[name].codes.astype(np.float64) for name in texts if name in table.texts]
    columns += [table.numbers[name] for name in numbers]
    return np.stack(columns, axis=1)
