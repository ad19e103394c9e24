"""Quiet hours on the clocks of the customer: where they end, whatever the zone and the night."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.conversations.holding import BadHold, held_until

NIGHT = ("21:00", "08:00")
ZONES = (
    "Asia/Jakarta",
    "Europe/Kyiv",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
)


def hold(begins="21:00", ends="08:00", zone="Asia/Jakarta"):
    return {"from": begins, "to": ends, "zone": zone}


def end_of(wall, begins, ends, zone, *, fold=0):
    """The end as the zone's clocks show it, of the hold into which `wall` falls; None where it falls into none."""
    at = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold)
    end = held_until(hold(begins, ends, zone), at)
    assert end is None or end.tzinfo is UTC
    return end.astimezone(ZoneInfo(zone)).isoformat() if end else None


@pytest.mark.parametrize(
    ("wall", "end"),
    [
        ("2026-03-02T20:59:59.999999", None),
        ("2026-03-02T21:00", "2026-03-03T08:00:00+07:00"),
        ("2026-03-03T00:00", "2026-03-03T08:00:00+07:00"),
        ("2026-03-03T07:59:59", "2026-03-03T08:00:00+07:00"),
        ("2026-03-03T08:00", None),
        ("2026-12-31T23:30", "2027-01-01T08:00:00+07:00"),
    ],
)
def test_a_night_ends_in_the_morning_and_its_end_is_free(wall, end):
    assert end_of(wall, *NIGHT, "Asia/Jakarta") == end


@pytest.mark.parametrize(
    ("wall", "end"), [("11:59", None), ("12:00", "13:30"), ("13:29", "13:30"), ("13:30", None), ("00:10", None)]
)
def test_hours_within_one_day(wall, end):
    expected = f"2026-03-02T{end}:00+07:00" if end else None
    assert end_of(f"2026-03-02T{wall}", "12:00", "13:30", "Asia/Jakarta") == expected


@pytest.mark.parametrize(
    ("begins", "ends", "wall", "end"),
    [
        ("00:00", "08:00", "2026-03-02T00:00", "2026-03-02T08:00:00+07:00"),
        ("00:00", "08:00", "2026-03-01T23:59", None),
        ("21:00", "00:00", "2026-03-02T23:59", "2026-03-03T00:00:00+07:00"),
        ("21:00", "00:00", "2026-03-03T00:00", None),
        ("00:01", "00:00", "2026-03-02T12:00", "2026-03-03T00:00:00+07:00"),
        ("21:00", "21:00", "2026-03-02T21:00", None),
        ("00:00", "00:00", "2026-03-02T03:00", None),
    ],
)
def test_hours_that_touch_midnight_and_none_at_all(begins, ends, wall, end):
    assert end_of(wall, begins, ends, "Asia/Jakarta") == end


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "wall", "end"),
    [
        # Kyiv puts its clocks forward at 03:00 on 29 March and back at 04:00 on 25 October 2026.
        ("Europe/Kyiv", *NIGHT, "2026-03-28T22:00", "2026-03-29T08:00:00+03:00"),
        ("Europe/Kyiv", *NIGHT, "2026-10-24T22:00", "2026-10-25T08:00:00+02:00"),
        ("Europe/Kyiv", "22:00", "03:30", "2026-03-29T01:00", "2026-03-29T04:00:00+03:00"),  # 03:30 is skipped
        ("Europe/Kyiv", "22:00", "03:30", "2026-10-25T01:00", "2026-10-25T03:30:00+03:00"),  # it comes twice
        ("Europe/Kyiv", "03:15", "03:45", "2026-03-29T04:00", None),  # skipped whole
        # São Paulo put its clocks forward at midnight on 4 November 2018 and back at midnight on 18 February 2018.
        ("America/Sao_Paulo", "21:00", "00:00", "2018-11-03T22:00", "2018-11-04T01:00:00-02:00"),
        ("America/Sao_Paulo", "00:00", "06:00", "2018-11-04T01:00", "2018-11-04T06:00:00-02:00"),
        ("America/Sao_Paulo", *NIGHT, "2018-02-17T23:30", "2018-02-18T08:00:00-03:00"),
        ("America/Sao_Paulo", *NIGHT, "2026-11-01T23:30", "2026-11-02T08:00:00-03:00"),
        # Half an hour of summer time, and three quarters of an hour beside UTC.
        ("Australia/Lord_Howe", *NIGHT, "2026-04-04T23:00", "2026-04-05T08:00:00+10:30"),
        ("Asia/Kathmandu", *NIGHT, "2026-04-04T23:00", "2026-04-05T08:00:00+05:45"),
        # Samoa had no 30 December 2011: two nights in one.
        ("Pacific/Apia", *NIGHT, "2011-12-29T22:00", "2011-12-31T08:00:00+14:00"),
    ],
)
def test_nights_in_which_clocks_change(zone, begins, ends, wall, end):
    assert end_of(wall, begins, ends, zone) == end


def test_a_night_in_which_an_hour_comes_twice_is_held_in_both():
    for fold, offset in ((0, "+03:00"), (1, "+02:00")):
        at = datetime(2026, 10, 25, 3, 30, tzinfo=ZoneInfo("Europe/Kyiv"), fold=fold)
        assert at.isoformat().endswith(offset)
        assert held_until(hold(zone="Europe/Kyiv"), at) == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)


def test_without_a_hold_nothing_waits():
    assert held_until(None, datetime(2026, 3, 2, 23, 0, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"from": "24:00"}, "from"),
        ({"from": "9:00"}, "from"),
        ({"from": "21:00\n"}, "from"),
        ({"from": "٢١:٠٠"}, "from"),
        ({"to": None}, "to"),
        ({"to": 8}, "to"),
        ({"to": "08:00:00"}, "to"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "Europe"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"zone": "/etc/localtime"}, "zone"),
        ({"zone": "Asia/Jakarta\0"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"zone": None}, "zone"),
        ({"zone": "Z" * 5000}, "zone"),
    ],
)
def test_what_is_no_hold_is_refused_by_the_name_of_its_field(change, named):
    with pytest.raises(BadHold, match=f"^{named}: "):
        held_until({**hold(), **change}, datetime(2026, 3, 2, 23, 0, tzinfo=UTC))


def test_an_empty_hold_is_refused():
    with pytest.raises(BadHold):
        held_until({}, datetime(2026, 3, 2, 23, 0, tzinfo=UTC))


MOMENTS = st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - its zone is beside it
TIMES = st.times().map(lambda found: found.replace(second=0, microsecond=0))


@settings(max_examples=300, deadline=None)
@given(MOMENTS, TIMES, TIMES, st.sampled_from(ZONES))
def test_the_end_lies_ahead_is_free_itself_and_never_more_than_two_days_off(at, begins, ends, zone):
    told = hold(f"{begins:%H:%M}", f"{ends:%H:%M}", zone)
    end = held_until(told, at)

    shown = at.astimezone(ZoneInfo(zone)).time()
    if end is None:
        changes = {(at + timedelta(hours=h)).astimezone(ZoneInfo(zone)).utcoffset() for h in range(-26, 27)}
        assert len(changes) > 1 or not _within(shown, begins, ends)
        return
    assert at < end <= at + timedelta(hours=49)
    assert held_until(told, end) is None
    assert held_until(told, end - timedelta(microseconds=1)) == end


def _within(shown: time, begins: time, ends: time) -> bool:
    if begins == ends:
        return False
    return begins <= shown < ends if begins < ends else shown >= begins or shown < ends
