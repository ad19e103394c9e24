"""What the forecast is worth, on shipments whose delays come in waves; and what it does where there is nothing to learn."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from ramah.shipping.forecast import extras, training
from ramah.shipping.forecast.evaluating import MOST_ECE, evaluate, fault_of
from ramah.shipping.forecast.files import forecast_open
from ramah.shipping.forecast.model import late_by
from ramah.shipping.forecast.predicting import predict
from ramah.shipping.forecast.table import DAY, HANDOVER, HOUR, PURCHASE, ForecastError, make_table
from ramah.shipping.forecast.testing import BEGIN, make_history, words


@lru_cache(maxsize=2)
def report_of(stage):
    """One evaluation for all tests that read it; nothing changes it."""
    return evaluate(make_history(12000, days=400, wave=0.5, seed=2), at=stage)


@pytest.mark.parametrize("stage", [PURCHASE, HANDOVER])
def test_the_forecast_sees_waves_that_plain_boosting_and_the_naive_rule_do_not(stage):
    report = report_of(stage)
    assert report["basis"] == "trees"
    assert report["roc_auc"] > report["plain"]["roc_auc"] + 0.03
    assert report["roc_auc"] > report["naive"]["roc_auc"] + 0.03
    assert report["log_loss"] < report["naive"]["log_loss"]
    assert report["frozen"]["roc_auc"] > report["naive"]["roc_auc"]
    assert fault_of(report) == ""


@pytest.mark.parametrize("stage", [PURCHASE, HANDOVER])
def test_probabilities_and_ranges_come_true(stage):
    report = report_of(stage)
    assert report["ece"] <= MOST_ECE
    assert {share: abs(found - float(share) / 100) <= 0.03 for share, found in report["coverage"].items()} == {
        "50": True,
        "80": True,
        "90": True,
    }


def test_the_split_is_one_of_time_and_rows_without_a_delivery_are_not_scored():
    table = make_history(3000)
    report = evaluate(table)
    start = table.handed[np.isfinite(table.handed)]
    split = np.quantile(start, 0.7)
    assert report["test"] == int(((table.handed > split) & np.isfinite(table.delivered)).sum())
    assert report["train"] == int((start <= split).sum())
    assert report["left_out"] == int(np.isnan(table.handed).sum())


def test_the_same_seed_gives_the_same_report_and_the_order_of_rows_does_not_matter():
    table = make_history(2500)
    shuffled = table.take(np.random.default_rng(0).permutation(len(table)))
    first, again, other = evaluate(table), evaluate(table), evaluate(shuffled)
    for key in ("roc_auc", "log_loss", "coverage"):
        assert first[key] == again[key]
    assert other["naive"] == first["naive"]
    assert other["roc_auc"] == pytest.approx(first["roc_auc"], abs=0.05)


def test_what_comes_after_the_split_does_not_reach_the_training():
    table = make_history(2500)
    split = float(np.quantile(table.handed[np.isfinite(table.handed)], 0.7))
    torn = replace(table, delivered=np.where(table.delivered > split, table.delivered + 5 * DAY, table.delivered))
    known = [training.fit_stage(one.known_by(split), HANDOVER, now=split).model for one in (table, torn)]
    np.testing.assert_array_equal(known[0].forest.leaves, known[1].forest.leaves)
    np.testing.assert_array_equal(known[0].followed, known[1].followed)


def test_what_is_not_known_yet_is_not_taken_for_in_time():
    table = make_table(
        purchased=[BEGIN] * 5,
        handed=[BEGIN] * 5,
        promised=[BEGIN + 2 * DAY, BEGIN + 2 * DAY, BEGIN + 9 * DAY, BEGIN + 2 * DAY, BEGIN - 60 * DAY],
        delivered=[BEGIN + DAY, BEGIN + 3 * DAY, BEGIN + DAY, 0, 0],
    )
    np.testing.assert_array_equal(late_by(table, BEGIN + 5 * DAY), [0, 1, np.nan, 1, np.nan])


def test_on_noise_the_forecast_is_no_worse_than_the_rate():
    report = evaluate(make_history(6000, is_noise=True))
    rate = report["late_share"]
    entropy = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    assert report["log_loss"] < entropy + 0.02
    assert report["log_loss"] <= report["naive"]["log_loss"] + 0.01
    assert report["ece"] <= MOST_ECE


@pytest.mark.parametrize("betraying", ["order_status", "Actual Days", "late_delivery_risk", "review_score", "x"])
def test_columns_that_betray_the_outcome_are_left_out(betraying):
    table = make_history(3000)
    late = (table.delivered > table.promised).astype(float)
    told = replace(table, numbers={**table.numbers, betraying: late if betraying == "x" else table.numbers["price"]})
    found = extras.choose(told, HANDOVER, late_by(told, table.horizon(HANDOVER)))
    assert found.numbers == ("price",)
    assert list(found.dropped) == [betraying]


@pytest.mark.parametrize(
    ("name", "hours", "is_kept"), [("approved_at", -5, True), ("closed_at", 5, False), ("nothing_at", np.nan, False)]
)
def test_a_time_after_the_forecast_is_left_out(name, hours, is_kept):
    table = make_history(2000)
    told = replace(table, times={name: table.handed + hours * HOUR})
    found = extras.choose(told, HANDOVER, late_by(told, table.horizon(HANDOVER)))
    assert (name in found.times, name in found.dropped) == (is_kept, not is_kept)


def test_a_column_that_is_the_duration_or_the_word_for_it_is_left_out():
    table = make_history(3000)
    late = (table.delivered > table.promised).astype(int)
    told = replace(
        table,
        numbers={"days": np.round((table.delivered - table.handed) / DAY, 3)},
        texts={**table.texts, "note": words("note", late)},
    )
    found = extras.choose(told, HANDOVER, late_by(told, table.horizon(HANDOVER)))
    assert set(found.dropped) == {"days", "note"}


def bare(count):
    """Orders that have nothing but their moments."""
    bought = BEGIN + np.arange(count) * HOUR
    return make_table(purchased=bought, handed=bought + 5 * HOUR, promised=bought + 3 * DAY, delivered=bought + 2 * DAY)


def shifted(table, seconds):
    moments = {name: getattr(table, name) + seconds for name in ("purchased", "handed", "promised", "delivered")}
    return replace(table, **moments)


ONE_WORD = np.zeros(900, int)
CASES = {
    "ten rows": lambda: bare(10),
    "never late": lambda: bare(2000),
    "always late": lambda: replace(bare(2000), promised=bare(2000).purchased + HOUR),
    "promised before the purchase": lambda: replace(bare(900), promised=bare(900).purchased - DAY),
    "handed over before the purchase": lambda: replace(bare(900), handed=bare(900).purchased - DAY),
    "one moment for all": lambda: bare(900).take(ONE_WORD),
    "before 1970": lambda: shifted(bare(900), -4e9),
    "a carrier of one word": lambda: replace(bare(900), texts={"carrier": words("only", ONE_WORD)}),
    "every row twice": lambda: make_history(800).take(np.repeat(np.arange(800), 2)),
    "places of one word": lambda: replace(make_history(900), texts={"origin": words("x", ONE_WORD)}),
    "no numbers in a column": lambda: replace(make_history(900), numbers={"price": np.full(900, np.nan)}),
    "huge numbers": lambda: replace(make_history(900), numbers={"price": np.full(900, 1e308)}),
}


@pytest.mark.parametrize("case", CASES)
def test_odd_histories_are_learned_from_and_evaluated(case):
    table = CASES[case]()
    model = training.train(table)
    found = predict(model, table, now=model.trained_at)
    for values in (found.p_late, found.p_lost):
        told = values[np.isfinite(values)]
        assert ((told >= 0) & (told <= 1)).all()
    assert np.isfinite(found.p_late).any()
    assert (np.isnan(found.q10) | ((found.q10 <= found.q50) & (found.q50 <= found.q90))).all()
    if case != "one moment for all":
        assert 0 <= evaluate(table)["log_loss"] < 2


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (lambda: bare(5), "handed_over_at, promised_at: 5 rows"),
        (lambda: bare(100).take(np.zeros(100, np.int64)), "delivered_at: no row after the split"),
        (lambda: replace(bare(100), delivered=np.full(100, np.nan)), "delivered_at: no row"),
        (lambda: replace(bare(100), handed=np.full(100, np.nan)), "handed_over_at, promised_at: 0 rows"),
    ],
)
def test_what_cannot_be_evaluated_is_told(table, message):
    with pytest.raises(ForecastError, match=message):
        evaluate(table())


def test_open_rows_are_forecast_by_the_others():
    table = make_history(3000)
    opened = forecast_open(table)
    assert len(opened.rows) == int(np.isnan(table.delivered).sum())
    assert opened.basis == "trees"
    assert np.isfinite(opened.outlooks.p_late).all()


def test_a_file_that_does_not_tell_deliveries_of_half_its_rows_does_not_make_them_overdue():
    table = make_history(3000)
    hidden = np.arange(3000) % 2 == 0
    opened = forecast_open(replace(table, delivered=np.where(hidden, np.nan, table.delivered)))
    came = np.isfinite(table.delivered[np.isin(np.arange(3000), [int(name[2:]) for name in opened.rows.ids])])
    assert 0.05 < opened.outlooks.p_late[came].mean() < 0.5


def test_outcomes_that_end_with_an_order_date_are_not_taken_for_a_standstill():
    table = make_history(4000)
    split = np.quantile(table.purchased, 0.7)
    opened = forecast_open(replace(table, delivered=np.where(table.purchased > split, np.nan, table.delivered)))
    truth = table.take(np.isin(table.ids, opened.rows.ids))
    judged = np.isfinite(truth.delivered)
    late = (truth.delivered > truth.promised)[judged]
    assert abs(opened.outlooks.p_late[judged].mean() - late.mean()) < 0.1


@pytest.mark.parametrize(("mask", "message"), [(True, "no row has one"), (False, "every row has one")])
def test_nothing_to_learn_from_and_nothing_to_forecast_are_told(mask, message):
    table = bare(50)
    with pytest.raises(ForecastError, match=message):
        forecast_open(replace(table, delivered=np.full(50, np.nan)) if mask else table)
