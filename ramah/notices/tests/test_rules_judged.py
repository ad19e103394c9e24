"""The order in which a notice is judged, quiet hours on every clock, caps, and the part that is left out."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.conversations.holding import held_until
from ramah.notices.kinds import BACK_IN_STOCK, KINDS, LATE, LOST, PROMOTION
from ramah.notices.quiet import MOST_SPREAD, Quiet, beginning_of, spread
from ramah.notices.rules import BadTerms, Case, RuleTerms, is_held_out, judge
from ramah.notices.zones import zone_of

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
NIGHT = Quiet(time(21), time(8), "Asia/Jakarta")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def case(kind=LATE, **told):
    return Case(**{"kind": KINDS[kind], "fresh_until": NOON + 3 * DAY, "quiet": NIGHT, **told})


WORST = {
    "is_off": True,
    "is_spared": True,
    "muted": {LATE},
    "fresh_until": NOON,
    "is_feed_silent": True,
    "is_told": True,
    "sent": [NOON - DAY] * 3,
    "holdout_key": "1:1",
    "holdout_percent": 100,
}


def test_reasons_come_in_their_order_each_once_the_one_before_is_gone():
    at, facts, met = NOON + timedelta(hours=14), {**WORST, "fresh_until": NOON}, []
    cures = {
        "off": {"is_off": False, "rule_state": "braked"},
        "braked": {"rule_state": "live"},
        "spared": {"is_spared": False},
        "muted": {"muted": set()},
        "stale": {"fresh_until": at + DAY},
        "told": {"is_told": False},
        "feed": {"is_feed_silent": False},
        "cap": {"sent": []},
        "quiet": {"quiet": Quiet(time(8), time(8), "Asia/Jakarta")},
        "holdout": {"holdout_percent": 0},
    }

    for _step in cures:
        verdict = judge(case(**facts), at=at)
        met.append(verdict.reason)
        facts |= cures[verdict.reason]

    assert met == list(cures)
    assert judge(case(**facts), at=at).action == "send"


@pytest.mark.parametrize(
    ("facts", "action", "state"),
    [
        ({"is_off": True}, "wait", ""),
        ({"rule_state": "paused"}, "wait", ""),
        ({"is_spared": True}, "end", "suppressed"),
        ({"muted": {LATE}}, "end", "suppressed"),
        ({"fresh_until": NOON}, "end", "outdated"),
        ({"is_feed_silent": True}, "wait", ""),
        ({"holdout_key": "1:1", "holdout_percent": 100}, "end", "withheld"),
        ({"has_consent": False}, "send", ""),
        ({"kind": PROMOTION, "has_consent": False}, "end", "suppressed"),
        ({"kind": LOST, "holdout_key": "1:1", "holdout_percent": 100}, "send", ""),
        ({"kind": LOST, "is_feed_silent": True}, "send", ""),
        ({"kind": BACK_IN_STOCK, "sent": [NOON] * 9, "muted": {BACK_IN_STOCK}}, "send", ""),
    ],
)
def test_what_becomes_of_it(facts, action, state):
    verdict = judge(case(**{"kind": LATE, **facts}), at=NOON)

    assert (verdict.action, verdict.state) == (action, state)


@pytest.mark.parametrize(
    ("ago", "waits_for"),
    [
        ([1, 2, 6], 1),
        ([1, 2, 7], None),  # a week old to the minute: it no longer counts
        ([1, 1, 1, 5, 6], 6),  # after the cap was lowered: three must have gone
        ([], None),
    ],
)
def test_the_cap_waits_until_enough_are_a_week_old(ago, waits_for):
    verdict = judge(case(sent=[NOON - days * DAY for days in ago]), at=NOON)

    assert verdict.not_before == (NOON + waits_for * DAY if waits_for else None)


def test_a_cap_of_none_ends_it_and_what_is_sent_in_the_future_does_not_count():
    assert judge(case(per_week=0), at=NOON).state == "suppressed"
    assert judge(case(sent=[NOON + HOUR] * 5), at=NOON).action == "send"


def test_quiet_hours_end_with_a_spread_that_stays_the_same():
    at = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 22:00 in Jakarta
    morning = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)

    ends = {judge(case(spread_key=str(key)), at=at).not_before for key in range(200)}

    assert min(ends) >= morning
    assert max(ends) < morning + MOST_SPREAD
    assert len(ends) > 100
    assert spread("7") == spread("7")


@pytest.mark.parametrize(
    ("zone", "at", "end"),
    [
        # Kyiv springs forward at 3:00 on 29 March 2026, and falls back at 4:00 on 25 October.
        ("Europe/Kyiv", datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),
        ("Europe/Kyiv", datetime(2026, 3, 28, 18, 59, tzinfo=UTC), None),
        ("Europe/Kyiv", datetime(2026, 10, 25, 5, 59, tzinfo=UTC), datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),
        ("Europe/Kyiv", datetime(2026, 10, 25, 6, 0, tzinfo=UTC), None),
        ("Asia/Jakarta", datetime(2026, 3, 2, 14, 0, tzinfo=UTC), datetime(2026, 3, 3, 1, 0, tzinfo=UTC)),
        ("Asia/Jayapura", datetime(2026, 3, 2, 12, 0, tzinfo=UTC), datetime(2026, 3, 2, 23, 0, tzinfo=UTC)),
        # Samoa left out 30 December 2011.
        ("Pacific/Apia", datetime(2011, 12, 30, 8, 0, tzinfo=UTC), datetime(2011, 12, 30, 18, 0, tzinfo=UTC)),
    ],
)
def test_quiet_hours_where_clocks_change(zone, at, end):
    assert Quiet(time(21), time(8), zone).until(at) == end


@settings(max_examples=60)
@given(
    st.sampled_from(["Europe/Kyiv", "Asia/Jakarta", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
    st.times(),
    st.times(),
    st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - naive for hypothesis, aware below
)
def test_a_notice_and_its_message_agree_on_the_night(zone, begins, ends, moment):
    quiet = Quiet(begins.replace(second=0, microsecond=0), ends.replace(second=0, microsecond=0), zone)
    at = moment.replace(tzinfo=UTC)

    assert quiet.until(at) == held_until(quiet.hold, at)


def test_a_day_begins_where_it_is():
    day = datetime(2026, 3, 29, tzinfo=UTC).date()

    assert beginning_of(day, "Europe/Kyiv") == datetime(2026, 3, 28, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("own", "address", "zone"),
    [
        ("Asia/Tokyo", {"country": "ID"}, "Asia/Tokyo"),
        ("Mars/Base", {"country": "ID"}, "Asia/Jakarta"),
        ("", {"country": "ID", "region": "Bali", "postal_code": "16424"}, "Asia/Makassar"),
        ("", {"country": "id", "postal_code": "98112"}, "Asia/Jayapura"),
        ("", {"country": "ID", "region": "Jawa Barat", "postal_code": "80111"}, "Asia/Jakarta"),
        ("", {"country": "UA"}, "Europe/Kyiv"),
        ("", {"country": "SG"}, "Asia/Singapore"),
        ("", {"country": "US"}, "America/Chicago"),
        ("", {"country": "XX"}, "Asia/Jakarta"),
        ("../../etc/passwd", {}, "Asia/Jakarta"),
        ("", {}, "Asia/Jakarta"),
    ],
)
def test_on_whose_clock(own, address, zone):
    assert zone_of(own, address, "Asia/Jakarta") == zone
    assert ZoneInfo(zone)


def test_the_left_out_are_the_same_each_time_and_about_as_many_as_wanted():
    out = [is_held_out(f"7:{customer}", 10) for customer in range(5000)]

    assert out == [is_held_out(f"7:{customer}", 10) for customer in range(5000)]
    assert 400 < sum(out) < 600
    assert not any(is_held_out(f"7:{customer}", 0) for customer in range(100))
    assert [is_held_out(f"8:{customer}", 10) for customer in range(5000)] != out


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ([], "terms"),
        ({"probability": 1.5}, "probability"),
        ({"probability": True}, "probability"),
        ({"probability": float("nan")}, "probability"),
        ({"days": -1}, "days"),
        ({"days": 10**9}, "days"),
        ({"countries": "ID"}, "countries"),
        ({"countries": ["ID"] * 1000}, "countries"),
        ({"category": "x" * 1000}, "category"),
        ({"category": "a\nb"}, "category"),
        ({"evil": 1}, "evil"),
        ({1: 2}, "1"),
    ],
)
def test_bad_terms_name_the_field(told, says):
    with pytest.raises(BadTerms, match=f"^{says}"):
        RuleTerms.read(told)


@pytest.mark.parametrize(
    ("terms", "facts", "fits"),
    [
        ({}, {}, True),
        ({"probability": 0.5}, {"p_late": 0.49}, False),
        ({"probability": 0.5}, {}, True),
        ({"days": 2}, {"days_left": 3}, False),
        ({"countries": ["ID"]}, {"country": "UA"}, False),
        ({"countries": ["ID"]}, {}, True),
        ({"carriers": ["jne"]}, {"carrier_key": "jne"}, True),
        ({"after_hours": 6}, {"hours": 5.9}, False),
    ],
)
def test_terms_fit(terms, facts, fits):
    assert RuleTerms.read(terms).fit(facts) is fits
