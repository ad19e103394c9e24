"""The parts a simulated story is made of, each against its plain definition: clocks, working days, stops, queue, rounds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.shipping.simulation.almanac import DAY, HOUR, Almanac, WorkingDays
from ramah.shipping.simulation.chance import stream
from ramah.shipping.simulation.handling import _one_by_one
from ramah.shipping.simulation.ordering import distances
from ramah.shipping.simulation.weather import Stop, waves
from ramah.shipping.simulation.world import CARRIERS, CATEGORIES, MARKETS, PLACES, WAREHOUSES, ZONES


@pytest.fixture(scope="module")
def almanac():
    return Almanac(date(2025, 10, 1), 60, ("Asia/Jakarta", "Europe/Kyiv"))


def at(*when, zone="UTC"):
    return datetime(*when, tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    "when",
    [(2025, 10, 1, 0, 0), (2025, 10, 26, 2, 30), (2025, 10, 26, 4, 0), (2025, 12, 31, 23, 59), (2026, 3, 29, 4, 0)],
)
def test_clocks_are_those_of_the_zones_over_the_nights_they_change(almanac, when):
    for index, zone in enumerate(("Asia/Jakarta", "Europe/Kyiv")):
        moment = np.array([at(*when, zone=zone)])
        wall = (datetime(*when, tzinfo=UTC).timestamp() - almanac.base) % DAY
        local = almanac.local(moment, np.array([index]))
        assert local[0] % DAY == wall
        assert abs(almanac.moments(local, np.array([index]))[0] - moment[0]) <= HOUR
    jakarta = np.array([at(*when, zone="Asia/Jakarta")])
    assert almanac.moments(almanac.local(jakarta, np.array([0])), np.array([0]))[0] == jakarta[0]


def test_what_never_happened_has_no_clock(almanac):
    nothing = np.array([np.nan])

    assert np.isnan(almanac.local(nothing, np.array([0]))[0])
    assert np.isnan(almanac.moments(nothing, np.array([1]))[0])
    assert almanac.day_of(nothing)[0] == 0


def test_holidays_are_those_of_the_country(almanac):
    day = (date(2025, 12, 25) - almanac.first).days

    assert almanac.holidays("ID")[day]
    assert almanac.holidays("PL")[day]
    assert not almanac.holidays("PL")[day - 15]
    assert almanac.weekdays()[day] == date(2025, 12, 25).weekday()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=40, max_size=40), st.integers(0, 19), st.integers(0, 5))
def test_working_days_are_counted_as_on_a_calendar(is_open, day, count):
    is_open = [*is_open, *([True] * 30)]
    days = WorkingDays(np.array([is_open]))
    row = np.array([0])

    following = [number for number, open_ in enumerate(is_open) if open_ and number >= day]
    assert days.next(np.array([day]), row)[0] == following[0]
    assert days.later(np.array([day]), np.array([count]), row)[0] == following[count]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=20, max_size=20), st.floats(0, 19.99), st.floats(0, 4))
def test_working_time_there_and_back_is_the_same_and_never_in_a_closed_hour(is_open, start, more):
    days = WorkingDays(np.array([[*is_open, *([True] * 10)]]), opens=8, closes=18)
    row = np.array([0])

    time = days.time(np.array([start * DAY]), row) + more
    local = days.local(time, row)
    assert days.time(local, row)[0] == pytest.approx(time[0], abs=1e-6)
    assert 8 * HOUR - 1 <= local[0] % DAY <= 18 * HOUR + 1
    assert local[0] >= start * DAY - 1e-6 or not is_open[int(start)] or start % 1 > 18 / 24


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=2, max_size=50))
def test_a_stop_lets_nothing_pass_and_nobody_overtake(moments):
    stop = Stop(0, 20.0, 40.0, 70.0)
    moments = np.sort(np.array(moments))
    moved = stop.moved(moments)

    assert not stop.covers(moved).any()
    assert (np.diff(moved) >= 0).all()
    assert (moved >= moments).all()
    untouched = (moments < 20) | (moments >= 70)
    assert (moved[untouched] == moments[untouched]).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 50), max_size=30), st.floats(0.01, 5))
def test_the_queue_is_the_one_that_serves_one_after_the_other(asked, takes):
    free, expected = 0.0, []
    for one in sorted(asked):
        free = max(one, free) + takes
        expected.append(free)

    assert _one_by_one(np.array(sorted(asked)), takes) == pytest.approx(expected)


def test_waves_last_for_weeks_and_are_as_strong_as_asked():
    long = Almanac(date(2020, 1, 1), 1500, ZONES)
    one, none = (waves(long, 3, "regions", among=12, strength=strength) for strength in (1, 0))

    assert not none.any()
    assert one.std() == pytest.approx(0.3, abs=0.05)
    after = [np.mean([np.corrcoef(row[:-days], row[days:])[0, 1] for row in one]) for days in (1, 14, 60)]
    assert after[0] > 0.85
    assert after[1] == pytest.approx(np.exp(-1), abs=0.12)
    assert abs(after[2]) < 0.15


def test_one_stream_does_not_move_another():
    assert stream(1, "a").random() == stream(1, "a").random() != stream(1, "b").random() != stream(2, "b").random()


def test_the_world_is_in_order():
    keys = [place.key for place in PLACES]
    assert len(set(keys)) == len(keys)
    assert all(key in keys for stores in WAREHOUSES.values() for key in stores)
    assert sum(MARKETS.values()) == pytest.approx(1)
    assert sum(one.share for one in CATEGORIES) == pytest.approx(1)
    assert 4 <= len(CARRIERS) <= 6
    for market in MARKETS:
        assert sum(one.share for one in CARRIERS if one.market == market) == pytest.approx(1)
    assert all(sum(one.share for one in carrier.services) == pytest.approx(1) for carrier in CARRIERS)
    assert len({one.prefix for one in CARRIERS}) == len(CARRIERS)


def test_distances_are_those_of_the_globe():
    at = {place.key: number for number, place in enumerate(PLACES)}
    km = distances()

    assert km[at["ID-10"], at["ID-60"]] == pytest.approx(665, abs=25)  # Jakarta, Surabaya
    assert km[at["UA-01"], at["DE-10"]] == pytest.approx(1205, abs=25)  # Kyiv, Berlin
    assert np.allclose(km, km.T)
    assert not km.diagonal().any()


def test_an_almanac_reaches_far_enough_for_the_slowest_parcel(almanac):
    assert almanac.first == date(2025, 10, 1) - timedelta(days=almanac.start)
    assert almanac.length >= almanac.start + 60 + 150
