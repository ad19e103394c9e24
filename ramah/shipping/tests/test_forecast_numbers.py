"""The arithmetic of the forecast: scores, calibration, ranges, calendars, trees, against what others compute."""

import ast
import sys
from pathlib import Path

import grimp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics import log_loss as their_log_loss

from ramah.shipping import forecast
from ramah.shipping.forecast import calibrating, scoring
from ramah.shipping.forecast.arrival import NORMAL, Arrival
from ramah.shipping.forecast.calibrating import KNOTS
from ramah.shipping.forecast.table import DAY, HOUR
from ramah.shipping.forecast.terms import working_days
from ramah.shipping.forecast.trees import forest_of

FOLDER = Path(forecast.__file__).parent


def test_the_forecast_knows_no_database_and_scikit_learn_only_in_training():
    graph = grimp.build_graph("ramah", include_external_packages=True, cache_dir=None)
    modules = {module for module in graph.modules if module.startswith("ramah.shipping.forecast")}
    imported = {name for module in modules for name in graph.find_modules_directly_imported_by(module)}
    others = {name for name in imported if not name.startswith("ramah.shipping.forecast")}
    assert {name.split(".")[0] for name in others} - sys.stdlib_module_names == {"numpy", "sklearn"}
    assert graph.find_modules_that_directly_import("sklearn") & modules == {"ramah.shipping.forecast.training"}


def test_scikit_learn_is_loaded_by_functions_only():
    for path in FOLDER.glob("*.py"):
        top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not any("sklearn" in ast.unparse(node) for node in top), path.name


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=60))
def test_scores_are_those_of_scikit_learn(pairs):
    late = np.array([float(is_late) for is_late, _ in pairs])
    p = np.array([number / 10 for _, number in pairs])
    if 0 < late.sum() < len(late):
        assert scoring.roc_auc(late, p) == pytest.approx(roc_auc_score(late, p))
        assert scoring.average_precision(late, p) == pytest.approx(average_precision_score(late, p))
        assert scoring.log_loss(late, p) == pytest.approx(their_log_loss(late, np.clip(p, 1e-6, 1 - 1e-6)))
    else:
        assert np.isnan(scoring.roc_auc(late, p))


def test_the_calibration_error_is_the_mean_gap_of_the_bins():
    late = np.array([0.0, 0, 0, 1, 1, 1, 1, 0])
    p = np.array([0.12, 0.12, 0.12, 0.12, 0.92, 0.92, 0.92, 0.92])
    assert scoring.calibration_error(late, p) == pytest.approx((0.13 + 0.17) / 2)
    assert scoring.reliability(late, p)[0] == {"count": 4, "said": 0.12, "came": 0.25}


def test_the_threshold_keeps_the_precision():
    p = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    late = np.array([1.0, 1, 0, 1, 0])
    assert scoring.threshold(late, p, 1.0) == 0.8
    assert scoring.threshold(late, p, 0.75) == 0.6
    assert scoring.threshold(np.zeros(5), p, 0.5) == np.inf


def test_beta_calibration_mends_what_is_too_sure_and_keeps_the_order():
    random = np.random.default_rng(0)
    truth = random.uniform(-3, 3, 20000)
    late = (random.random(20000) < calibrating.expit(truth)).astype(float)
    said = calibrating.expit(2.5 * truth + 1)
    fixed = calibrating.expit(calibrating.beta_inputs(said) @ calibrating.fit_beta(said, late, np.ones(20000)))
    assert scoring.calibration_error(late, said) > 0.07
    assert scoring.calibration_error(late, fixed) < 0.02
    order = np.argsort(said)
    assert (np.diff(fixed[order]) >= -1e-12).all()


def test_a_calibration_never_turns_the_order_round():
    p = np.linspace(0.1, 0.9, 400)
    late = (p < 0.5).astype(float)
    assert calibrating.fit_beta(p, late, np.ones(400))[:2].min() >= 0


def test_a_lasting_gap_is_corrected_and_a_wave_is_not():
    weeks = np.repeat(np.arange(24), 200)
    said = np.full(len(weeks), -2.0)
    always = np.tile(np.repeat([1.0, 0.0], [50, 150]), 24)
    waves = np.where(
        weeks % 12 < 3, np.tile(np.repeat([1.0, 0.0], [70, 130]), 24), np.tile(np.repeat([1.0, 0.0], [12, 188]), 24)
    )

    def shift(late):
        return calibrating.lasting_shift(said, late, np.ones(len(weeks)), weeks * 7 * DAY)

    assert shift(always) == pytest.approx(np.log(0.25 / 0.75) + 2, abs=0.15)
    assert abs(shift(waves)) < 0.1


def test_kaplan_meier_knows_that_what_is_still_missing_takes_longer():
    hours = np.array([1.0, 2, 3, 3, 5])
    is_seen = np.array([True, True, False, True, False])
    still = calibrating.kaplan_meier(hours, is_seen, np.array([0.5, 1, 2, 4, 9]))
    assert still.tolist() == pytest.approx([1, 0.8, 0.6, 0.4, 0.4])
    assert calibrating.kaplan_meier(hours[:0], is_seen[:0], np.array([1.0])).tolist() == [1.0]


def test_quantiles_of_censored_values_are_those_of_all():
    random = np.random.default_rng(0)
    values, limits = random.normal(0.3, 1.2, 20000), random.normal(1.0, 1.0, 20000)
    knots = calibrating.fit_knots(np.minimum(values, limits), values < limits, np.ones(20000), NORMAL, 10.0)
    naive = np.quantile(values[values < limits], 0.8)
    found = np.interp(0.8, KNOTS, knots)
    assert found == pytest.approx(np.quantile(values, 0.8), abs=0.06)
    assert abs(naive - np.quantile(values, 0.8)) > 0.3


@given(st.floats(-5, 9), st.floats(0.05, 2), st.floats(0.001, 0.999))
def test_moments_and_shares_of_an_arrival_are_inverse(location, scale, still):
    arrival = Arrival(np.array([0.0]), np.array([location]), np.array([scale]), NORMAL)
    moment = arrival.moment(still)
    if moment[0] > HOUR and location + 9 * scale < 11:
        # Before the first knot there is a tail for shares, and none for moments.
        assert arrival.later(moment)[0] == pytest.approx(min(still, 1 - KNOTS[0]), abs=1e-6)
    assert arrival.moment(1e-200)[0] >= moment[0]


def test_working_days_are_those_that_deliver():
    week = np.array([1.0, 1, 1, 1, 1, 1, 0])
    monday = 4 * DAY
    assert working_days(np.array([monday]), np.array([monday + 14 * DAY]), week, np.empty(0, np.int64)) == [12]
    assert working_days(np.array([monday + 5.5 * DAY]), np.array([monday + 7 * DAY]), week, np.empty(0, np.int64)) == [
        0.5
    ]
    assert working_days(np.array([monday]), np.array([monday + 2 * DAY]), week, np.array([5])) == [1]
    assert working_days(np.array([monday + DAY]), np.array([monday]), week, np.empty(0, np.int64)) == [-1]
    assert working_days(np.array([-monday]), np.array([1e13]), week, np.empty(0, np.int64)) < 4000


def test_stored_trees_say_what_scikit_learn_says_also_of_gaps_and_infinities():
    random = np.random.default_rng(0)
    values = random.normal(size=(3000, 12))
    values[random.random(values.shape) < 0.15] = np.nan
    values[:, 3] = np.round(values[:, 3])
    target = np.nan_to_num(values[:, :5]).sum(axis=1)
    fitted = [
        HistGradientBoostingClassifier(max_iter=30).fit(values, target > 0),
        HistGradientBoostingRegressor(max_iter=7, max_depth=5).fit(values, target),
    ]
    forest = forest_of(
        [([one[0].nodes for one in m._predictors], float(np.ravel(m._baseline_prediction)[0])) for m in fitted]
    )
    asked = np.concatenate([values, [[np.inf] * 12, [-np.inf] * 12, [np.nan] * 12, [0.0] * 12]])
    expected = np.stack([fitted[0].decision_function(asked), fitted[1].predict(asked)], axis=1)
    np.testing.assert_allclose(forest.sums(asked), expected, atol=1e-9)
    np.testing.assert_allclose(forest.sums(asked[:1]), expected[:1], atol=1e-9)
    assert forest.sums(asked[:0]).shape == (0, 2)


def test_a_tree_of_too_many_leaves_is_refused():
    values = np.random.default_rng(0).normal(size=(3000, 3))
    model = HistGradientBoostingRegressor(max_iter=1, max_leaf_nodes=40, min_samples_leaf=5).fit(
        values, values.sum(axis=1)
    )
    with pytest.raises(ValueError, match="at most 32"):
        forest_of([([model._predictors[0][0].nodes], 0.0)])
