"""What delivery costs, and the day that is promised: rates that fit, cut-off times, working days, holidays, pick-up."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.commerce.delivery_quotes import Parcel, Way, fits, quotes
from ramah.commerce.models import DeliveryRate
from ramah.commerce.queries.delivery import quotes_for
from ramah.commerce.testing import make_delivery, make_shop
from ramah.commerce.translations import Translated
from ramah.promises.queries import NeverOpen, Schedule, working_day_after
from ramah.promises.testing import make_calendar

JAKARTA = ZoneInfo("Asia/Jakarta")
OPEN = ((8 * 60, 17 * 60),)
# 2 March 2026 is a Monday; Saturdays work, 19 March is a holiday.
SIX_DAYS = Schedule(tz=JAKARTA, week=(OPEN,) * 6 + ((),), holidays=frozenset({date(2026, 3, 19)}))
DEPOK = Parcel("ID", "Jawa Barat", "16424", "IDR", Decimal(389000), 400)


def rate(**fields):
    usual = {
        "country": "ID", "currency": "IDR", "amount": Decimal(12000), "regions": [], "postal_prefixes": [],
        "free_from_amount": None, "up_to_grams": None, "min_days": 1, "max_days": 2, "cash_on_delivery": False,
    }  # fmt: skip
    return SimpleNamespace(**{**usual, **fields})


def way(*rates, **fields):
    name, note = Translated("JNE", "en"), Translated("", "en")
    usual = Way(1, "jne", name, note, "home", "JNE", SIX_DAYS, time(15), 0, rates or (rate(),))
    return replace(usual, **fields)


def jakarta(text):
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


def quote(one, at="2026-03-02T10:00", parcel=DEPOK):
    found = quotes([one], parcel, jakarta(at))
    return found[0] if found else None


@pytest.mark.parametrize(
    ("at", "first", "last"),
    [
        ("2026-03-02T10:00", "2026-03-03", "2026-03-04"),  # Monday, before the cut-off
        ("2026-03-02T14:59", "2026-03-03", "2026-03-04"),
        ("2026-03-02T15:00", "2026-03-04", "2026-03-05"),  # at it: leaves on Tuesday
        ("2026-03-06T16:00", "2026-03-09", "2026-03-10"),  # Friday after it: Saturday, then over Sunday
        ("2026-03-07T16:00", "2026-03-10", "2026-03-11"),  # Saturday after it: Monday
        ("2026-03-08T03:00", "2026-03-10", "2026-03-11"),  # Sunday: as on Monday morning
        ("2026-03-18T10:00", "2026-03-20", "2026-03-21"),  # the holiday in between is no working day
        ("2026-03-19T10:00", "2026-03-21", "2026-03-23"),  # on the holiday itself
    ],
)
def test_the_promised_days(at, first, last):
    found = quote(way(), at)

    assert (found.promised_from.isoformat(), found.promised_to.isoformat()) == (first, last)


def test_the_cut_off_is_on_the_clock_of_the_calendar():
    moment = datetime(2026, 3, 2, 7, 59, tzinfo=UTC)  # 14:59 in Jakarta, 09:59 in Kyiv

    assert quotes([way()], DEPOK, moment)[0].promised_from == date(2026, 3, 3)
    assert quotes([way()], DEPOK, moment + timedelta(minutes=1))[0].promised_from == date(2026, 3, 4)


def test_the_promise_is_due_when_the_day_ends_there():
    assert quote(way()).due_at == datetime(2026, 3, 4, 17, tzinfo=UTC)


def test_handling_days_and_days_of_zero():
    assert quote(way(handling_days=2)).promised_from == date(2026, 3, 5)
    assert quote(way(rate(min_days=0, max_days=0))).promised_to == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("at", "ready"),
    [
        ("2026-03-02T10:00", "2026-03-02T15:00"),
        ("2026-03-02T06:00", "2026-03-02T15:00"),
        ("2026-03-02T16:00", "2026-03-03T08:00"),
        ("2026-03-07T16:00", "2026-03-09T08:00"),
    ],
)
def test_what_is_picked_up_is_ready_at_a_moment(at, ready):
    found = quote(way(rate(min_days=0, max_days=0, amount=Decimal(0)), kind="pickup"), at)

    assert found.ready_at == jakarta(ready)
    assert quote(way(), at).ready_at is None


@pytest.mark.parametrize(
    ("rate_fields", "parcel_fields", "fit"),
    [
        ({}, {}, True),
        ({"country": "UA"}, {}, False),
        ({"currency": "UAH"}, {}, False),
        ({"regions": ["jawa barat"]}, {}, True),
        ({"regions": ["Bali", "Banten"]}, {}, False),
        ({"regions": ["Bali"]}, {"region": ""}, False),
        ({"postal_prefixes": ["10", "16"]}, {}, True),
        ({"postal_prefixes": ["10"]}, {}, False),
        ({"postal_prefixes": ["16"]}, {"postal_code": ""}, False),
        ({"postal_prefixes": ["164"]}, {"postal_code": "16 424"}, True),
        ({"up_to_grams": 400}, {}, True),
        ({"up_to_grams": 399}, {}, False),
    ],
)
def test_which_rates_fit(rate_fields, parcel_fields, fit):
    assert fits(rate(**rate_fields), replace(DEPOK, **parcel_fields)) is fit


def test_the_first_rate_that_fits_counts():
    rates = (rate(postal_prefixes=["9"], amount=Decimal(1)), rate(amount=Decimal(2)), rate(amount=Decimal(3)))

    assert quote(way(*rates)).amount == 2
    assert quote(way(rates[0])) is None


@pytest.mark.parametrize(("limit", "cost"), [(389000, 0), (389001, 12000)])
def test_free_from_an_amount(limit, cost):
    assert quote(way(rate(free_from_amount=Decimal(limit)))).amount == cost


def test_a_calendar_without_working_days_promises_nothing():
    with pytest.raises(NeverOpen):
        quote(way(schedule=Schedule(tz=JAKARTA, week=((),) * 7)))


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - hypothesis asks for naive bounds
    week=st.lists(st.booleans(), min_size=7, max_size=7).filter(any),
    days_off=st.sets(st.dates(date(2025, 1, 1), date(2028, 3, 1)), max_size=40),
    handling=st.integers(0, 5),
    days=st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted),
    zone=st.sampled_from(["Asia/Jakarta", "Europe/Kyiv", "America/New_York"]),
)
def test_a_promise_is_on_working_days_in_order_and_never_earlier_for_a_later_order(
    at, week, days_off, handling, days, zone
):
    schedule = Schedule(
        tz=ZoneInfo(zone), week=tuple(OPEN if works else () for works in week), holidays=frozenset(days_off)
    )
    one = way(rate(min_days=days[0], max_days=days[1]), schedule=schedule, handling_days=handling)
    moment = at.replace(tzinfo=UTC)

    found, later = (quotes([one], DEPOK, when)[0] for when in (moment, moment + timedelta(hours=7)))

    today = moment.astimezone(schedule.tz).date()
    assert today <= found.promised_from <= found.promised_to
    assert schedule.hours_on(found.promised_from)
    assert schedule.hours_on(found.promised_to)
    assert moment < found.due_at
    assert (found.promised_from, found.promised_to) <= (later.promised_from, later.promised_to)


@given(day=st.dates(date(2025, 1, 1), date(2027, 1, 1)), days=st.integers(0, 30), more=st.integers(0, 30))
def test_working_days_add_up(day, days, more):
    both = working_day_after(SIX_DAYS, day, days + more)

    assert working_day_after(SIX_DAYS, working_day_after(SIX_DAYS, day, days), more) == (
        both if days or more == 0 or SIX_DAYS.hours_on(day) else working_day_after(SIX_DAYS, day, more + 1)
    )


@pytest.fixture
def terms(db):
    make_shop()


def ask(**fields):
    told = {"country": "ID", "currency": "IDR", "items_amount": Decimal(1), "grams": 1, "language": "id"}
    return quotes_for(**{**told, **fields}, at=datetime(2026, 3, 2, 9, tzinfo=UTC))


def test_the_kept_terms_give_the_quotes_without_a_query(terms, django_assert_num_queries):
    make_delivery("Closed", calendar=make_calendar(hours={}), position=0)
    make_delivery("Later", position=2)
    make_delivery("First", position=1, notes={"id": "Bisa dititipkan"}, calendar=make_calendar(), cut_off=time(15))
    make_delivery("Gone", is_active=False)
    ask()

    with django_assert_num_queries(0):
        found = ask()

    assert [(str(one.name), str(one.note), one.amount) for one in found] == [
        ("First", "Bisa dititipkan", 12000),
        ("Later", "", 12000),
    ]
    assert found[0].calendar.time_zone == "Asia/Jakarta"
    assert found[0].name.is_fallback
    assert ask(country="UA") == []


def test_a_rate_of_the_merchant_fits_by_region_and_weight(terms):
    option = make_delivery("Island", rate={"regions": ["Bali"], "up_to_grams": 1000})
    DeliveryRate.objects.create(option=option, country="ID", currency="IDR", amount=Decimal(45000), position=1)

    assert [one.amount for one in ask(region="Bali")] == [12000]
    assert [one.amount for one in ask(region="Bali", grams=1001)] == [45000]
    assert [one.amount for one in ask()] == [45000]
