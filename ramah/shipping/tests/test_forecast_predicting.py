"""What is said of parcels under way: as of now, by their events, from a stored model as from a fresh one."""

import io
import pickle
from dataclasses import fields, replace
from functools import lru_cache

import numpy as np
import pytest

from ramah.shipping.forecast import predicting, priors, storing
from ramah.shipping.forecast.model import Model
from ramah.shipping.forecast.predicting import predict
from ramah.shipping.forecast.survival import AGES, STATES, Gaps, Movement, is_stalled
from ramah.shipping.forecast.table import DAY, HANDOVER, HOUR, PURCHASE, ForecastError, make_table
from ramah.shipping.forecast.testing import BEGIN, make_history
from ramah.shipping.forecast.training import train

IN_TRANSIT, OUT, ATTEMPTED = (STATES.index(word) for word in ("in_transit", "out_for_delivery", "delivery_attempted"))


@lru_cache(maxsize=1)
def trained():
    """A history and its model, for all tests that read them; nothing changes them."""
    history = make_history(3000)
    return history, train(history)


def open_rows():
    history, model = trained()
    is_open = np.isnan(history.delivered) & (history.purchased > model.trained_at - 10 * DAY)
    return history.take(is_open), model


def same(first, second, tolerance=1e-9):
    for column in fields(first):
        np.testing.assert_allclose(
            getattr(first, column.name).astype(float), getattr(second, column.name).astype(float), atol=tolerance
        )


def test_a_stored_model_says_what_the_fresh_one_says():
    rows, model = open_rows()
    blob = storing.dump(model)
    stored = storing.load(blob)
    assert stored.rows == model.rows
    assert stored.trained_at == model.trained_at
    first, second = predict(model, rows, now=model.trained_at), predict(stored, rows, now=model.trained_at)
    np.testing.assert_allclose(first.p_late, second.p_late, atol=1e-3)
    np.testing.assert_allclose(first.q50, second.q50, atol=HOUR)
    assert storing.dump(stored) == storing.dump(storing.load(storing.dump(stored)))


def npz(**arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\x00" * 1000,
        pickle.dumps({"format": 1}),
        npz(head=np.array([{"format": 1}], object)),
        npz(head=np.frombuffer(b"{}", np.uint8)),
        npz(head=np.frombuffer(b"nonsense", np.uint8)),
        npz(other=np.zeros(3)),
    ],
)
def test_what_is_no_model_is_refused_and_nothing_in_it_runs(blob):
    with pytest.raises(ForecastError, match="no stored model"):
        storing.load(blob)


def test_half_a_model_and_one_of_another_version_are_refused():
    blob = storing.dump(trained()[1])
    with pytest.raises(ForecastError, match="no stored model"):
        storing.load(blob[: len(blob) // 2])
    with np.load(io.BytesIO(blob)) as found:
        arrays = {name: found[name] for name in found.files}
    arrays["head"] = np.frombuffer(arrays["head"].tobytes().replace(b'"format": 1', b'"format": 9'), np.uint8)
    with pytest.raises(ForecastError, match="another version"):
        storing.load(npz(**arrays))


def test_rows_are_judged_alike_alone_together_and_in_chunks(monkeypatch):
    rows, model = open_rows()
    together = predict(model, rows, now=model.trained_at)
    monkeypatch.setattr(predicting, "_ROWS", 7)
    same(together, predict(model, rows, now=model.trained_at))
    alone = predict(model, rows.take(np.array([3])), now=model.trained_at)
    assert alone.p_late[0] == pytest.approx(together.p_late[3])


def test_without_a_hand_over_the_purchase_speaks_and_without_either_nothing():
    history, model = trained()
    rows = history.take(np.arange(2))
    rows = replace(rows, handed=np.array([np.nan, np.nan]), purchased=np.array([model.trained_at, np.nan]))
    found = predict(model, rows, now=model.trained_at)
    assert np.isfinite(found.p_late).tolist() == [True, False]
    assert np.isfinite(found.q50).tolist() == [True, False]


def test_lanes_that_nobody_knows_and_promises_that_nobody_made_are_forecast_as_far_as_can_be():
    model = trained()[1]
    rows = make_table(
        purchased=[model.trained_at] * 2, handed=[model.trained_at] * 2, promised=[model.trained_at + 4 * DAY, 0]
    )
    found = predict(model, rows, now=model.trained_at)
    assert 0 < found.p_late[0] < 1
    assert np.isnan(found.p_late[1])
    assert np.isfinite(found.q50).all()


def test_the_longer_it_is_not_there_the_likelier_it_is_late():
    rows, model = open_rows()
    row = rows.take(np.flatnonzero(np.isfinite(rows.handed))[:1])
    days = (row.promised[0] - row.handed[0]) / DAY
    p = [
        predict(model, row, now=row.handed[0] + share * days * DAY).p_late[0]
        for share in (0, 0.3, 0.6, 0.9, 0.99, 1.01)
    ]
    assert p == sorted(p)
    assert p[0] < 0.9
    assert p[-1] == 1


def test_no_quantile_lies_in_the_past_and_what_is_long_overdue_has_a_range_still():
    rows, model = open_rows()
    for days in (0, 5, 40, 400):
        now = model.trained_at + days * DAY
        found = predict(model, rows, now=now)
        assert (found.q10 >= now).all()
        assert (found.q10 <= found.q50).all()
        assert (found.q50 <= found.q90).all()
        assert (found.q10 < found.q90).all()
        assert (found.q90 <= now + 400 * DAY).all()


def test_the_groups_move_on_without_training():
    history, model = trained()
    moved = model.forward(history, model.trained_at + 7 * DAY)
    assert isinstance(moved, Model)
    assert all(standing.at == model.trained_at + 7 * DAY for standing in moved.standings.values())
    assert moved.stages[HANDOVER] is model.stages[HANDOVER]


def movement(state, moved, now, count=1):
    return Movement(np.full(count, state), np.full(count, moved), np.full(count, now))


def test_out_for_delivery_makes_today_likely_and_an_attempt_makes_tomorrow():
    rows, model = open_rows()
    row = rows.take(np.flatnonzero(np.isfinite(rows.handed))[:1])
    now = float(row.promised[0]) - 8 * HOUR
    late = [
        predict(model, row, now=now, movement=movement(state, now, now)).p_late[0]
        for state in (IN_TRANSIT, ATTEMPTED, OUT)
    ]
    assert late[0] > 0.5
    assert late[1] > late[2]
    assert late[2] < 0.4


def test_what_does_not_move_is_stalled_then_lost_and_found_when_it_moves():
    gaps = Gaps()
    now = BEGIN
    days = np.array([0.0, 1, 5, 20, 60, 4000])
    still = Movement(np.full(6, IN_TRANSIT), now - days * DAY, now - days * DAY)
    unmoved = gaps.unmoved(still, now)
    lost = gaps.p_lost(unmoved)
    assert (np.diff(lost) > 0).all()
    assert lost[0] < 0.005
    assert lost[-1] > 0.9
    assert is_stalled(unmoved, still, now).tolist() == [False, False, True, True, True, True]


def test_what_never_moved_is_neither_stalled_nor_lost():
    never = Movement(np.array([0]), np.array([np.nan]), np.array([np.nan]))
    unmoved = Gaps().unmoved(never, BEGIN)
    assert unmoved.tolist() == [1.0]
    assert not is_stalled(unmoved, never, BEGIN).any()


def test_gaps_are_learned_and_thin_ones_stay_near_what_is_held_before():
    hours = np.random.default_rng(0).exponential(100.0, 5000)
    slow = Gaps.of(np.full(5000, IN_TRANSIT), hours, np.ones(5000, bool), lost=30, parcels=3000)
    few = Gaps.of(np.full(3, IN_TRANSIT), np.array([900.0] * 3), np.ones(3, bool))
    at = np.searchsorted(AGES, 100.0)
    assert slow.still[IN_TRANSIT][at] == pytest.approx(np.exp(-AGES[at] / 100), abs=0.03)
    np.testing.assert_allclose(slow.still[OUT], Gaps().still[OUT])
    assert abs(few.still[IN_TRANSIT] - Gaps().still[IN_TRANSIT]).max() < 0.06
    assert slow.lost_share == pytest.approx(0.0095, abs=0.001)


def test_before_any_history_the_table_of_the_carrier_speaks():
    count = 2
    rows = make_table(
        purchased=[BEGIN] * count,
        handed=[BEGIN + DAY] * count,
        promised=[BEGIN + 30 * DAY] * count,
        numbers={"min_days": np.array([2.0, np.nan]), "max_days": np.array([4.0, np.nan])},
    )
    hours, _spread = priors.expected(rows, HANDOVER)
    assert np.exp(hours[0]) / 24 == pytest.approx((2 + 3 + 6.4) / 3 * 7 / 6)
    assert np.exp(hours[1]) / 24 == pytest.approx(29 * np.exp(-0.5))
    found = predict(train(rows), rows, now=BEGIN + DAY)
    assert BEGIN + 3 * DAY < found.q10[0] < found.q50[0] < found.q90[0] < BEGIN + 11 * DAY
    assert found.p_late[0] < found.p_late[1]


def test_a_model_without_a_stage_says_so():
    with pytest.raises(ForecastError, match="no stage"):
        predict(Model({}, {}, 0.0, 0), make_history(1), now=BEGIN)


def test_a_model_of_the_purchase_alone_judges_handed_over_rows_too():
    history, _model = trained()
    model = train(history, stages=(PURCHASE,))
    assert np.isfinite(predict(model, history.take(np.arange(5)), now=BEGIN).p_late).all()
