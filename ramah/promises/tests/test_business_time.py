"""Business time: tables for what people can check on a calendar, properties for what must always hold."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.promises.business_time import (
    ALWAYS_OPEN,
    BadSchedule,
    BeyondHorizon,
    BusinessTimeError,
    NeverOpen,
    Schedule,
    due,
    elapsed_minutes,
    is_open,
    local_moment,
    next_opening,
)

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


def schedule(zone="Asia/Jakarta", hours=None, **more):
    office = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in WORKDAYS}
    return Schedule.from_json({"timezone": zone, "hours": office if hours is None else hours, **more})


def at(text, zone):
    return local_moment(ZoneInfo(zone), datetime.fromisoformat(text))


OFFICE = schedule()
NIGHTS = schedule(hours={"fri": [["22:00", "06:00"]]}, holidays=["2026-03-13"])
ALL_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KYIV_ALWAYS = schedule("Europe/Kyiv", {day: [["00:00", "24:00"]] for day in ALL_WEEK})
NEW_YORK_NIGHTS = schedule("America/New_York", {"sat": [["22:00", "06:00"]]})


# 2026-03-02 is a Monday. In Kyiv clocks skip 03:00-04:00 on 29 March 2026 and show 03:00-04:00 twice on 25 October; in New York
# they skip 02:00-03:00 on 8 March and show 01:00-02:00 twice on 1 November.
@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "expected"),
    [
        pytest.param(OFFICE, "2026-03-02 09:00", 60, "2026-03-02 10:00", id="within an interval"),
        pytest.param(OFFICE, "2026-03-02 11:30", 60, "2026-03-02 13:30", id="over the lunch break"),
        pytest.param(OFFICE, "2026-03-02 07:00", 30, "2026-03-02 08:30", id="start before opening"),
        pytest.param(OFFICE, "2026-03-02 20:00", 30, "2026-03-03 08:30", id="start after closing"),
        pytest.param(OFFICE, "2026-03-06 16:30", 60, "2026-03-09 08:30", id="over the weekend"),
        pytest.param(OFFICE, "2026-03-07 12:00", 480, "2026-03-09 17:00", id="a whole day ends at closing time"),
        pytest.param(OFFICE, "2026-03-02 11:00", 60, "2026-03-02 12:00", id="closing time, not the next opening"),
        pytest.param(OFFICE, "2026-03-02 11:00", 60.5, "2026-03-02 13:00:30", id="half a minute more"),
        pytest.param(OFFICE, "2026-03-07 12:00", 0, "2026-03-07 12:00", id="no minutes are due at once"),
        pytest.param(OFFICE, "2026-03-02 12:00", 1, "2026-03-02 13:01", id="closing time is no opening time"),
        pytest.param(OFFICE, "2026-03-02 08:00", 2400, "2026-03-06 17:00", id="a week"),
        pytest.param(NIGHTS, "2026-03-06 21:00", 300, "2026-03-07 03:00", id="over midnight"),
        pytest.param(NIGHTS, "2026-03-07 05:00", 90, "2026-03-20 22:30", id="a holiday takes its night away"),
        pytest.param(
            schedule(hours={"fri": [["22:00", "06:00"]]}, holidays=["2026-03-07"]),
            "2026-03-06 23:00",
            300,
            "2026-03-07 04:00",
            id="a holiday leaves the night before it",
        ),
        pytest.param(
            schedule(hours={"mon": [["22:00", "06:00"]], "tue": [["05:00", "08:00"]]}),
            "2026-03-02 22:00",
            600,
            "2026-03-03 08:00",
            id="a night that overlaps the morning counts once",
        ),
        pytest.param(
            schedule(hours={"mon": [["10:00", "12:00"], ["08:00", "11:00"], ["12:00", "13:00"]]}),
            "2026-03-02 08:00",
            300,
            "2026-03-02 13:00",
            id="overlapping and touching intervals are one",
        ),
        pytest.param(
            schedule(holidays=["2026-03-02"], exceptions={"2026-03-02": [["10:00", "11:00"]], "2026-03-03": []}),
            "2026-03-02 08:00",
            90,
            "2026-03-04 08:30",
            id="exceptions go before holidays and weekdays",
        ),
        pytest.param(
            schedule(hours={}, exceptions={"2026-03-02": [["10:00", "11:00"]]}),
            "2026-03-01 00:00",
            60,
            "2026-03-02 11:00",
            id="only exceptions",
        ),
        pytest.param(KYIV_ALWAYS, "2026-03-29 02:00", 120, "2026-03-29 05:00", id="Kyiv skips an hour"),
        pytest.param(KYIV_ALWAYS, "2026-10-25 02:00", 120, "2026-10-25 03:00", id="Kyiv has an hour twice"),
        pytest.param(NEW_YORK_NIGHTS, "2026-03-07 22:00", 420, "2026-03-08 06:00", id="New York, short night"),
        pytest.param(NEW_YORK_NIGHTS, "2026-10-31 22:00", 540, "2026-11-01 06:00", id="New York, long night"),
        pytest.param(
            schedule("Europe/Kyiv", {"sun": [["03:30", "05:00"]]}),
            "2026-03-29 00:00",
            60,
            "2026-03-29 05:00",
            id="an opening that clocks skip is the moment of the skip",
        ),
        pytest.param(
            schedule("Europe/Kyiv", {"sun": [["03:15", "03:45"], ["06:00", "07:00"]]}),
            "2026-03-29 00:00",
            30,
            "2026-03-29 06:30",
            id="an interval that clocks skip is none",
        ),
    ],
)
def test_due(calendar, start, minutes, expected):
    zone = str(calendar.tz)
    fold = 1 if (expected, zone) == ("2026-10-25 03:00", "Europe/Kyiv") else 0
    moment = datetime.fromisoformat(expected).replace(tzinfo=ZoneInfo(zone), fold=fold)

    found = due(calendar, at(start, zone), minutes)

    assert found == moment.astimezone(UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("calendar", "start", "end", "minutes"),
    [
        (OFFICE, "2026-03-02 09:00", "2026-03-02 10:00", 60),
        (OFFICE, "2026-03-02 11:00", "2026-03-02 14:00", 120),
        (OFFICE, "2026-03-06 16:00", "2026-03-09 09:00", 120),
        (OFFICE, "2026-03-07 00:00", "2026-03-08 23:00", 0),
        (OFFICE, "2026-03-02 10:00", "2026-03-02 09:00", -60),
        (OFFICE, "2026-03-02 09:00", "2026-03-02 09:00:30", 0.5),
        (KYIV_ALWAYS, "2026-03-29 00:00", "2026-03-30 00:00", 23 * 60),
        (KYIV_ALWAYS, "2026-10-25 00:00", "2026-10-26 00:00", 25 * 60),
        (NEW_YORK_NIGHTS, "2026-03-07 00:00", "2026-03-09 00:00", 7 * 60),
        (NEW_YORK_NIGHTS, "2026-10-31 00:00", "2026-11-02 00:00", 9 * 60),
        (schedule(hours={}), "2026-03-02 10:00", "2027-03-02 09:00", 0),
        (
            schedule(hours={"tue": [["03:02", "03:01"]], "wed": [["00:01", "00:00"]]}),
            "2026-03-04 02:59",
            "2026-03-04 03:00",
            1,
        ),
    ],
)
def test_elapsed_minutes(calendar, start, end, minutes):
    zone = str(calendar.tz)

    assert elapsed_minutes(calendar, at(start, zone), at(end, zone)) == minutes


def test_opening_belongs_to_the_interval_and_closing_does_not():
    times = ("07:59", "08:00", "11:59", "12:00", "13:00", "17:00")

    assert [is_open(OFFICE, at(f"2026-03-02 {time}", "Asia/Jakarta")) for time in times] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]
    assert is_open(NIGHTS, at("2026-03-07 05:59", "Asia/Jakarta"))
    assert not is_open(NIGHTS, at("2026-03-07 06:00", "Asia/Jakarta"))


def test_next_opening_is_now_when_open():
    open_now, closed_now = at("2026-03-02 09:00", "Asia/Jakarta"), at("2026-03-06 17:00", "Asia/Jakarta")

    assert next_opening(OFFICE, open_now) == open_now
    assert next_opening(OFFICE, closed_now) == at("2026-03-09 08:00", "Asia/Jakarta")


def test_a_calendar_that_never_opens_says_so():
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    past_only = schedule(hours={}, exceptions={"2026-03-01": [["10:00", "11:00"]]})
    every_monday_off = [(date(2026, 3, 2) + timedelta(weeks=week)).isoformat() for week in range(4000)]

    for calendar in (schedule(hours={}), past_only):
        with pytest.raises(NeverOpen, match="no opening hours"):
            due(calendar, monday, 1)
        with pytest.raises(NeverOpen):
            next_opening(calendar, monday)
    far = due(schedule(hours={"mon": [["08:00", "09:00"]]}, holidays=every_monday_off), monday, 1)
    assert far == at("2102-10-30 08:01", "Asia/Jakarta")
    with pytest.raises(BeyondHorizon):
        due(ALWAYS_OPEN, monday, 1e12)


@pytest.mark.parametrize("minutes", [-1, -0.001, float("nan"), float("inf"), True, "5", None])
def test_minutes_that_are_none_are_refused(minutes):
    with pytest.raises(BusinessTimeError, match="minutes"):
        due(OFFICE, datetime(2026, 3, 2, tzinfo=UTC), minutes)


def test_a_time_without_offset_is_refused():
    with pytest.raises(BusinessTimeError, match="start"):
        due(OFFICE, datetime(2026, 3, 2), 1)  # noqa: DTZ001 - that is the case


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ([], "calendar"),
        ({}, "timezone"),
        ({"timezone": "Asia/Jakarte"}, "timezone: 'Asia/Jakarte'"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": 7}, "timezone"),
        ({"timezone": "UTC", "hour": {}}, "'hour' is not known"),
        ({"timezone": "UTC", "hours": []}, "hours"),
        ({"timezone": "UTC", "hours": {"monday": []}}, "'monday' is not known"),
        ({"timezone": "UTC", "hours": {"mon": "08:00-17:00"}}, "hours.mon"),
        ({"timezone": "UTC", "hours": {"mon": [["08:00"]]}}, "hours.mon"),
        ({"timezone": "UTC", "hours": {"mon": [["8", "17"]]}}, "hours.mon: '8'"),
        ({"timezone": "UTC", "hours": {"mon": [["08:00", "24:01"]]}}, "'24:01'"),
        ({"timezone": "UTC", "hours": {"mon": [["08:60", "09:00"]]}}, "'08:60'"),
        ({"timezone": "UTC", "hours": {"mon": [["٠٨:٠٠", "09:00"]]}}, "hours.mon"),
        ({"timezone": "UTC", "hours": {"mon": [["08:00", "08:00"]]}}, "holds no time"),
        ({"timezone": "UTC", "hours": {"mon": [["24:00", "08:00"]]}}, "holds no time"),
        ({"timezone": "UTC", "hours": {"mon": [["08:00", "09:00"]] * 99}}, "hours.mon"),
        ({"timezone": "UTC", "hours": {}, "holidays": "2026-01-01"}, "holidays"),
        ({"timezone": "UTC", "hours": {}, "holidays": ["2026-02-30"]}, "holidays: '2026-02-30'"),
        ({"timezone": "UTC", "hours": {}, "exceptions": {"soon": []}}, "exceptions: 'soon'"),
        ({"timezone": "UTC", "hours": {}, "exceptions": {"2026-01-01": [["9", "10"]]}}, "exceptions.2026-01-01"),
    ],
)
def test_a_bad_schedule_names_the_field(fields, named):
    with pytest.raises(BadSchedule) as caught:
        Schedule.from_json(fields)

    assert named in str(caught.value)


times = st.integers(0, 24 * 60).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")
intervals = st.lists(
    st.tuples(times.filter(lambda t: t != "24:00"), times).filter(lambda pair: pair[0] != pair[1]), max_size=3
)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.isoformat)
schedules = st.builds(
    lambda zone, hours, holidays, exceptions: Schedule.from_json(
        {"timezone": zone, "hours": hours, "holidays": holidays, "exceptions": exceptions}
    ),
    st.sampled_from(["Europe/Kyiv", "America/New_York", "Asia/Jakarta", "Australia/Lord_Howe", "Africa/Cairo"]),
    st.dictionaries(st.sampled_from(ALL_WEEK), intervals, max_size=7),
    st.lists(days, max_size=20),
    st.dictionaries(days, intervals, max_size=5),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds, as asked for
lengths = st.one_of(st.integers(0, 20_000), st.integers(0, 10_000_000).map(lambda ms: ms / 60_000))


def due_or_none(calendar, start, minutes):
    try:
        return due(calendar, start, minutes)
    except BusinessTimeError:
        return None


@settings(max_examples=150, deadline=None)
@given(schedules, moments, lengths)
def test_what_has_elapsed_at_the_due_time_is_what_was_asked(calendar, start, minutes):
    found = due_or_none(calendar, start, minutes)
    if found is not None:
        assert elapsed_minutes(calendar, start, found) == pytest.approx(minutes, abs=1e-7)
        if minutes >= 1:  # and not a moment earlier
            assert elapsed_minutes(calendar, start, found - timedelta(seconds=1)) < minutes


@settings(max_examples=100, deadline=None)
@given(schedules, moments, lengths, lengths)
def test_more_minutes_are_never_due_earlier(calendar, start, one, other):
    less, more = due_or_none(calendar, start, min(one, other)), due_or_none(calendar, start, max(one, other))
    if more is not None:
        assert less is not None
        assert start <= less <= more


@settings(max_examples=100, deadline=None)
@given(schedules, moments, moments, moments)
def test_elapsed_minutes_add_up(calendar, first, second, third):
    whole = elapsed_minutes(calendar, first, third)
    parts = elapsed_minutes(calendar, first, second) + elapsed_minutes(calendar, second, third)
    assert whole == pytest.approx(parts, abs=1e-6)
    assert abs(whole) <= abs((third - first).total_seconds()) / 60 + 1e-6


@settings(max_examples=40, deadline=None)
@given(schedules, moments)
def test_elapsed_minutes_agree_with_looking_at_every_minute(calendar, start):
    start = start.replace(second=0, microsecond=0)
    every = [start + timedelta(minutes=minute) for minute in range(2 * 24 * 60)]

    looked = sum(is_open(calendar, minute) for minute in every)

    assert elapsed_minutes(calendar, start, every[-1] + timedelta(minutes=1)) == pytest.approx(looked, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(schedules, moments)
def test_a_schedule_is_open_at_its_next_opening(calendar, start):
    try:
        opening = next_opening(calendar, start)
    except NeverOpen:
        return
    assert opening >= start
    assert is_open(calendar, opening)
    assert elapsed_minutes(calendar, start, opening) == 0
