"""What carriers tell and when: tables for moments, zones and digests; nights in which clocks change; Jakarta's local times."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.promises.business_time import local_moment
from ramah.shipping import position
from ramah.shipping.position import FOREIGN, FUTURE, UNTOLD, ZONE, PositionError, digest_of, read_moment, slipped_hours

JAKARTA, KYIV, NEW_YORK = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Kyiv"), ZoneInfo("America/New_York")
PLACED = datetime(2026, 3, 2, 8, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
COMMON = settings(max_examples=100, deadline=None)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(told, received, *zones, placed_at=None):
    moment = datetime.fromisoformat(told) if told else None
    return read_moment(moment, received_at=utc(received), placed_at=placed_at, zones=zones, local_moment=local_moment)


@pytest.mark.parametrize(
    ("told", "received", "zones", "moment", "adjusted"),
    [
        pytest.param("2026-03-05T10:00Z", "2026-03-05T10:01", [JAKARTA], "2026-03-05T10:00", "", id="UTC"),
        pytest.param("2026-03-05T17:00+07:00", "2026-03-05T10:01", [], "2026-03-05T10:00", "", id="with its offset"),
        pytest.param(
            "2026-03-05T10:10Z", "2026-03-05T10:00", [JAKARTA], "2026-03-05T10:10", "", id="ten minutes of skew"
        ),
        pytest.param("2026-03-05T10:11Z", "2026-03-05T10:00", [JAKARTA], "2026-03-05T10:00", FUTURE, id="a fast clock"),
        pytest.param("2026-03-05T11:00Z", "2026-03-05T10:00", [JAKARTA], "2026-03-05T10:00", FUTURE, id="an hour fast"),
        pytest.param("2026-03-05T17:00Z", "2026-03-05T10:05", [JAKARTA], "2026-03-05T10:00", ZONE, id="Jakarta as UTC"),
        pytest.param(
            "2026-03-05T17:00Z", "2026-03-05T10:05", [KYIV, JAKARTA], "2026-03-05T10:00", ZONE, id="second zone"
        ),
        pytest.param(
            "2026-03-05T17:00Z", "2026-03-05T10:05", [KYIV], "2026-03-05T10:05", FUTURE, id="no zone explains it"
        ),
        pytest.param("2030-01-01T00:00Z", "2026-03-05T10:05", [JAKARTA], "2026-03-05T10:05", FUTURE, id="years ahead"),
        pytest.param("2026-03-05T17:00", "2026-03-05T10:05", [JAKARTA], "2026-03-05T10:00", "", id="Jakarta, local"),
        pytest.param(
            "2026-03-05T00:30", "2026-03-04T17:31", [JAKARTA], "2026-03-04T17:30", "", id="Jakarta, past midnight"
        ),
        pytest.param("2026-03-05T12:00", "2026-03-05T10:01", [KYIV], "2026-03-05T10:00", "", id="Kyiv in winter"),
        pytest.param("2026-07-05T13:00", "2026-07-05T10:01", [KYIV], "2026-07-05T10:00", "", id="Kyiv in summer"),
        pytest.param("2026-03-05T10:00", "2026-03-05T10:01", [], "2026-03-05T10:00", "", id="no zone known"),
        pytest.param(
            "2026-03-05T17:00", "2026-03-05T10:05", [KYIV, JAKARTA], "2026-03-05T10:00", ZONE, id="of another zone"
        ),
        pytest.param(
            "2026-03-05T10:00", "2026-03-05T10:05", [NEW_YORK], "2026-03-05T10:00", ZONE, id="UTC without saying so"
        ),
        pytest.param(
            "2026-03-29T03:30", "2026-03-29T09:00", [KYIV], "2026-03-29T01:00", "", id="an hour that Kyiv skips"
        ),
        pytest.param(
            "2026-03-29T03:30:40", "2026-03-29T09:00", [KYIV], "2026-03-29T01:00", "", id="skipped, with seconds"
        ),
        pytest.param(
            "2026-03-29T02:59:59", "2026-03-29T09:00", [KYIV], "2026-03-29T00:59:59", "", id="before the skip"
        ),
        pytest.param("2026-03-29T04:00", "2026-03-29T09:00", [KYIV], "2026-03-29T01:00", "", id="after the skip"),
        pytest.param(
            "2026-10-25T03:30", "2026-10-25T09:00", [KYIV], "2026-10-25T00:30", "", id="an hour Kyiv has twice"
        ),
        pytest.param("2026-10-25T04:00", "2026-10-25T09:00", [KYIV], "2026-10-25T02:00", "", id="after the second one"),
        pytest.param(
            "2026-10-25T03:30+02:00", "2026-10-25T09:00", [KYIV], "2026-10-25T01:30", "", id="the second, told"
        ),
        pytest.param("", "2026-03-05T10:05", [JAKARTA], "2026-03-05T10:05", UNTOLD, id="none told"),
        pytest.param("0001-01-01T00:00", "2026-03-05T10:05", [KYIV], "2026-03-05T10:05", UNTOLD, id="year one"),
        pytest.param(
            "0001-01-01T00:00+14:00", "2026-03-05T10:05", [], "2026-03-05T10:05", UNTOLD, id="before year one"
        ),
        pytest.param("1970-01-01T00:00Z", "2026-03-05T10:05", [KYIV], "2026-03-05T10:05", UNTOLD, id="no date at all"),
        pytest.param(
            "9999-12-31T23:59-12:00", "2026-03-05T10:05", [], "2026-03-05T10:05", UNTOLD, id="beyond all years"
        ),
    ],
)
def test_the_moment_of_what_was_told(told, received, zones, moment, adjusted):
    found = read(told, received, *zones)

    assert (found.occurred_at, found.adjusted) == (utc(moment), adjusted)
    assert found.occurred_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("told", "adjusted"),
    [
        ("2026-03-01T08:00Z", ""),
        ("2026-03-01T07:59Z", FOREIGN),
        ("2026-03-01T15:00", ""),  # 08:00 UTC
        ("2026-03-01T14:59", FOREIGN),
        ("1970-01-01T00:00Z", UNTOLD),
    ],
)
def test_what_is_older_than_the_order_is_of_another_parcel(told, adjusted):
    assert read(told, "2026-03-05T10:00", JAKARTA, placed_at=PLACED).adjusted == adjusted


def test_the_order_may_be_placed_at_any_moment_where_that_is_not_known():
    assert read("2020-01-01T00:00Z", "2026-03-05T10:00").adjusted == ""


@pytest.mark.parametrize("name", ["received_at", "placed_at"])
def test_moments_without_offset_name_the_field(name):
    moments = {"received_at": PLACED, "placed_at": PLACED, name: PLACED.replace(tzinfo=None)}

    with pytest.raises(PositionError, match=name):
        read_moment(PLACED, **moments, zones=[], local_moment=local_moment)


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [
        pytest.param([415] * 200, 7, id="Jakarta as UTC"),
        pytest.param([420] * 200, 7, id="at once"),
        pytest.param([415] * 161 + [-30] * 39, 7, id="more than 80 percent"),
        pytest.param([415] * 160 + [-30] * 40, 0, id="80 percent"),
        pytest.param([-5] * 200, 0, id="as it should be"),
        pytest.param([9] * 200, 0, id="a little skew"),
        pytest.param([415] * 19, 0, id="too few to tell"),
        pytest.param([60 * (one % 9) for one in range(200)], 0, id="all sorts"),
        pytest.param([], 0, id="none"),
    ],
)
def test_a_zone_that_is_labeled_wrongly(minutes, hours):
    assert slipped_hours(minute * MINUTE for minute in minutes) == hours


TOLD = {
    "number": "JX 1234-5678", "code": "DL", "told": datetime(2026, 3, 5, 10, tzinfo=UTC), "told_at": "2026-03-05T10:00:00Z",
    "place": "Kota Depok", "message": "Delivered",
}  # fmt: skip


@pytest.mark.parametrize(
    "same",
    [
        {"number": "jx12345678"},
        {"place": "KOTA  DEPOK"},
        {"place": "Ｋota Depok"},
        {"message": "Terkirim"},
        {"told": datetime(2026, 3, 5, 10, 0, 0, 999_999, tzinfo=UTC), "told_at": "2026-03-05T10:00:00.999999Z"},
        {"told": datetime(2026, 3, 5, 17, tzinfo=timezone(7 * HOUR)), "told_at": "2026-03-05T17:00:00+07:00"},
    ],
)
def test_what_is_told_in_another_way_is_the_same_event(same):
    assert digest_of(**{**TOLD, **same}) == digest_of(**TOLD)


@pytest.mark.parametrize(
    "other",
    [
        {"number": "JX12345679"},
        {"code": "OFD"},
        {"place": "Kota Bogor"},
        {"told": datetime(2026, 3, 5, 10, 0, 1, tzinfo=UTC)},
        {"told": datetime(2026, 3, 5, 10)},  # noqa: DTZ001 - local time is not UTC
        {"told": None},
        {"code": ""},
        {"external_id": "4711"},
    ],
)
def test_what_differs_is_another_event(other):
    assert digest_of(**{**TOLD, **other}) != digest_of(**TOLD)


def test_without_a_code_the_message_tells_events_apart():
    bare = {**TOLD, "code": ""}

    assert digest_of(**bare) != digest_of(**{**bare, "message": "Signed"})
    assert digest_of(**bare) == digest_of(**{**bare, "message": " delivered "})


def test_the_carriers_own_key_stands_for_all_but_the_number():
    own = {**TOLD, "external_id": "4711"}

    assert digest_of(**own) == digest_of(**{**own, "code": "X", "told": None, "place": "", "message": "other"})
    assert digest_of(**own) != digest_of(**{**own, "external_id": "4712"})
    assert digest_of(**own) != digest_of(**{**own, "number": "JX9"})


def test_without_a_moment_its_text_counts():
    none = {**TOLD, "told": None}

    assert digest_of(**none) != digest_of(**{**none, "told_at": "yesterday"})
    year_one = datetime(1, 1, 1, tzinfo=timezone(14 * HOUR))
    assert digest_of(**{**none, "told": year_one}) == digest_of(**none)


def test_parts_do_not_run_into_each_other():
    assert digest_of(**{**TOLD, "code": "A", "place": "B C"}) != digest_of(**{**TOLD, "code": "A B", "place": "C"})
    assert digest_of(**{**TOLD, "code": 'A","B'}) != digest_of(**{**TOLD, "code": "A", "place": "B"})


@pytest.mark.parametrize("odd", ["\0", "\ud800", "🚚" * 10_000, "Ґ\u0301", "\u202e"])
def test_any_text_has_a_digest(odd):
    for field in ("number", "code", "told_at", "place", "message", "external_id"):
        found = digest_of(**{**TOLD, field: odd})
        assert len(found) == 32
        assert int(found, 16) >= 0


def test_the_digest_stays_what_it_is():
    """It is stored: another way to make it would make every event that is told again a second one."""
    assert digest_of(**TOLD) == "e937528b95d54c5f01b159d2438fed4f"


walls = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))  # noqa: DTZ001 - local times, that is the case
change_nights = st.one_of(
    st.integers(0, 6 * 3600).map(lambda seconds: datetime(2026, 3, 29) + timedelta(seconds=seconds)),  # noqa: DTZ001
    st.integers(0, 6 * 3600).map(lambda seconds: datetime(2026, 10, 25) + timedelta(seconds=seconds)),  # noqa: DTZ001
)


def local(wall, zone):
    later = utc("2027-01-01T00:00")
    return read_moment(wall, received_at=later, placed_at=None, zones=[zone], local_moment=local_moment).occurred_at


@COMMON
@given(st.one_of(walls, change_nights), st.sampled_from([KYIV, JAKARTA, NEW_YORK]))
def test_the_clocks_of_the_place_show_what_was_told(wall, zone):
    shown = local(wall, zone).astimezone(zone).replace(tzinfo=None)

    # A skipped time is the moment of the skip, when clocks show the next whole hour.
    assert shown == wall or (shown > wall and shown - wall <= HOUR and shown.minute == shown.second == 0)


@COMMON
@given(change_nights, change_nights)
def test_local_times_keep_their_order_in_nights_of_change(one, other):
    first, second = sorted([one, other])

    assert local(first, KYIV) <= local(second, KYIV)


@COMMON
@given(st.one_of(walls, change_nights), st.booleans(), st.integers(-40 * 60, 40 * 60), st.sampled_from([KYIV, JAKARTA]))
def test_no_moment_lies_ahead_and_reading_again_gives_the_same(wall, is_local, minutes, zone):
    told = wall if is_local else wall.replace(tzinfo=UTC)
    received_at = wall.replace(tzinfo=UTC) + minutes * MINUTE

    found, again = (
        read_moment(told, received_at=received_at, placed_at=None, zones=[zone], local_moment=local_moment)
        for _ in range(2)
    )

    assert found == again
    assert found.occurred_at <= received_at + position.SKEW
    assert found.adjusted in {"", FUTURE, ZONE}
    if found.adjusted == ZONE:  # read on another clock, it is still a time that was told
        assert found.occurred_at >= received_at - 27 * HOUR
