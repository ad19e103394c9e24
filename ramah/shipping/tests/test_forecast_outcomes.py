"""What was known at a moment: held against counting by hand, and against a future that is torn up."""

from dataclasses import replace

import numpy as np
import pytest

from ramah.shipping.forecast.groups import level_keys, widening_of
from ramah.shipping.forecast.outcomes import COLUMN, COLUMNS, FLIGHT_DAYS, Standing, points_of, sums_asof
from ramah.shipping.forecast.table import DAY, HANDOVER, HOUR, PURCHASE, make_table, text_of
from ramah.shipping.forecast.testing import BEGIN, make_history

LEVEL = ("destination", "carrier")


def asof(table, moments, stage=HANDOVER, level=LEVEL):
    keys = level_keys(table, level, {})
    return sums_asof(points_of(table, stage), keys, keys, moments)


def of(sums, name, half_life):
    return sums[:, COLUMN[name, half_life]]


def by_hand(table, row, moment, half_life):
    """Late share sums of the row's group, one shipment at a time."""
    keys = level_keys(table, LEVEL, {})
    ends = lates = 0.0
    for other in np.flatnonzero(keys == keys[row]):
        if np.isnan(table.handed[other]):
            proved = np.fmin(table.delivered[other], table.promised[other])
        else:
            proved = np.fmin(table.delivered[other], max(table.promised[other], table.handed[other]))
        if proved < moment:
            weight = 2 ** ((proved - moment) / half_life / DAY)
            ends += weight
            lates += weight * (not table.delivered[other] <= table.promised[other])
    return ends, lates


@pytest.mark.parametrize("half_life", [14.0, 90.0, np.inf])
def test_sums_are_those_counted_by_hand(half_life):
    table = make_history(400, seed=2)
    moments = table.purchased + 40 * DAY
    sums = asof(table, moments)
    for row in range(0, 400, 37):
        expected = by_hand(table, row, moments[row], half_life)
        assert (of(sums, "ends", half_life)[row], of(sums, "lates", half_life)[row]) == pytest.approx(expected)


def test_what_is_under_way_is_counted_from_the_hand_over_to_the_delivery_and_overdue_from_the_promise():
    table = make_table(
        purchased=[BEGIN] * 3,
        handed=[BEGIN + DAY] * 3,
        promised=[BEGIN + 5 * DAY] * 3,
        delivered=[BEGIN + 3 * DAY, BEGIN + 8 * DAY, 0],
    )

    def at(days):
        found = asof(table, np.full(3, BEGIN + days * DAY), level=())[0]
        return found[COLUMN["flying", np.inf]], found[COLUMN["overdue", np.inf]]

    assert [at(0.5), at(2), at(4), at(6), at(9)] == [(0, 0), (3, 0), (2, 0), (2, 2), (1, 1)]
    assert at(2 + FLIGHT_DAYS) == (0, 0)


def test_a_late_parcel_counts_when_its_promise_passes_not_when_it_comes():
    table = make_table(purchased=[BEGIN], handed=[BEGIN], promised=[BEGIN + DAY], delivered=[BEGIN + 9 * DAY])
    late = [of(asof(table, np.array([BEGIN + days * DAY]), level=()), "lates", np.inf)[0] for days in (0.9, 1.1, 20)]
    assert late == [0, 1, 1]


@pytest.mark.parametrize("stage", [PURCHASE, HANDOVER])
def test_the_future_changes_nothing(stage):
    table = make_history(1500, seed=3)
    now = BEGIN + 200 * DAY
    random = np.random.default_rng(0)
    torn = replace(
        table,
        delivered=np.where(table.delivered > now, now + random.random(len(table)) * 90 * DAY, table.delivered),
        handed=np.where(table.handed > now, now + random.random(len(table)) * 9 * DAY, table.handed),
    )
    moments = np.minimum(table.purchased, now)
    assert (torn.delivered != table.delivered).sum() > 300
    np.testing.assert_array_equal(asof(table, moments, stage), asof(torn, moments, stage))


def test_sums_lose_no_digits_over_many_half_lives():
    count = 2000
    table = make_table(
        purchased=BEGIN + np.arange(count) * DAY,
        handed=BEGIN + np.arange(count) * DAY + 1,
        promised=BEGIN + np.arange(count) * DAY + 3 * DAY,
        delivered=BEGIN + np.arange(count) * DAY + 2 * DAY,
    )
    sums = asof(table, np.array([BEGIN + 100.5 * DAY] * count), level=())
    expected = sum(2 ** (-(100.5 - day - 2) / 14) for day in range(99))
    assert of(sums, "ends", 14.0)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("stage", [PURCHASE, HANDOVER])
def test_standing_is_what_the_sums_of_the_moment_are_and_may_be_moved_on(stage):
    table = make_history(1200, seed=4)
    now, before = BEGIN + 250 * DAY, BEGIN + 180.3 * DAY
    known = table.known_by(now)
    keys = level_keys(known, LEVEL, {})
    expected = sums_asof(points_of(known, stage), keys, keys, np.full(len(known), now))
    at_once = Standing.empty([LEVEL]).forward(known, stage, {}, now)
    in_steps = Standing.empty([LEVEL]).forward(table.known_by(before), stage, {}, before).forward(known, stage, {}, now)
    np.testing.assert_allclose(at_once.sums(LEVEL, keys, now), expected, atol=1e-9)
    np.testing.assert_allclose(in_steps.sums(LEVEL, keys, now), expected, atol=1e-9)


def test_a_group_that_nobody_knows_has_nothing():
    table = make_history(100)
    standing = Standing.empty([LEVEL]).forward(table, HANDOVER, {}, BEGIN + 100 * DAY)
    assert standing.sums(LEVEL, np.array([7], np.uint64), BEGIN + 100 * DAY).tolist() == [[0.0] * len(COLUMNS)]
    assert not Standing.empty([LEVEL]).sums(LEVEL, np.array([7], np.uint64), BEGIN).any()


def test_hours_before_1970_and_far_apart_are_moments_like_any():
    starts = np.array([-4e9, 4e9])
    table = make_table(purchased=starts, handed=starts, promised=starts + DAY, delivered=starts + HOUR)
    assert of(asof(table, starts + 2 * HOUR, level=()), "ends", np.inf).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("words", "widening"),
    [
        ([f"{number:05}" for number in range(0, 99999, 37)], "prefix2"),
        ([f"Town {number}, {number % 27}" for number in range(2000)], "last"),
        ([f"{number % 34}/{number}" for number in range(2000)], "first"),
        (["SP", "RJ"], "same"),
    ],
)
def test_places_are_widened_by_what_their_names_have_in_common(words, widening):
    assert widening_of(text_of(words)) == widening
