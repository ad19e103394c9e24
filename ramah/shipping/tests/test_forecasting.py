"""What is expected of what has just happened: levels, days that customers are told, points, events; each change said once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from ramah.commerce.testing import AT, make_order
from ramah.kernel.testing import at_once
from ramah.shipping import position
from ramah.shipping.commands.forecasting import forecast_touched
from ramah.shipping.models import CarrierAccount, Flight, ForecastPoint, Lane, Shipment
from ramah.shipping.testing import make_carrier_account, make_flight, make_shipment

pytestmark = pytest.mark.django_db
FINE, AT_RISK, LATE, STALLED, FAILED, LOST = range(6)
PROMISED = int((AT + timedelta(days=5)).timestamp())


def later(**span):
    return AT + timedelta(**span)


@pytest.fixture
def order():
    return make_order(state="shipped")


@pytest.fixture
def flight(order):
    return make_flight(order, at=AT, shipment=make_shipment(order, at=AT), promised=PROMISED)


def look(flight, *, at, **touched):
    """Something happened to the flight, and it is looked at."""
    Flight.objects.filter(pk=flight.pk).update(forecast_at=0, **touched)
    assert forecast_touched(at=at) == 1
    flight.refresh_from_db()
    return flight


def state(name):
    return position.STATES.index(name)


def test_the_first_look_is_written_down_everywhere(flight, told, outlooks):
    told.p = 0.25

    assert forecast_touched(at=later(hours=1)) == 1

    flight.refresh_from_db()
    moments = [datetime.fromtimestamp(value, tz=UTC) for value in (flight.q10, flight.q50, flight.q80, flight.q90)]
    assert moments == [later(days=2), later(days=3), later(days=3, hours=12), later(days=4)]
    assert (flight.p_late, flight.level, flight.version) == (0.25, FINE, 7)
    assert flight.forecast_at == int(later(hours=1).timestamp())
    point = ForecastPoint.objects.get()
    assert (point.order_id, point.shipment_id, point.at, point.p_late) == (
        flight.order_id,
        flight.shipment_id,
        flight.forecast_at,
        0.25,
    )
    assert (point.q50, point.promised, point.stage, point.version) == (flight.q50, PROMISED, Flight.Stage.TRANSIT, 7)
    shipment = Shipment.objects.get()
    assert (shipment.expected_from, shipment.expected_to) == (date(2026, 3, 4), date(2026, 3, 6))
    assert outlooks == []
    assert forecast_touched(at=later(hours=2)) == 0


def test_only_news_becomes_a_point(flight, told):
    said = []
    for hour, p, days in [(1, 0.10, 3), (2, 0.119, 3), (3, 0.13, 3), (4, 0.13, 3.1), (5, 0.13, 4)]:
        told.p, told.days = p, days
        look(flight, at=later(hours=hour))
        said.append(ForecastPoint.objects.count())

    assert said == [1, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("zone", "destination", "first"),
    [
        ("Asia/Jakarta", "ID-jawa", date(2026, 3, 4)),
        ("Asia/Jakarta", "JP-tokyo", date(2026, 3, 5)),
        ("Europe/Kyiv", "", date(2026, 3, 4)),
    ],
)
def test_customers_are_told_days_of_where_it_goes(flight, told, settings, zone, destination, first):
    settings.SHOP_TIME_ZONE = zone
    lane = Lane.objects.create(destination=destination, origin="XX")
    told.days = 3 + 7 / 24  # ten per cent are there at 16:00 UTC two days on: midnight was past in Tokyo

    look(flight, at=later(hours=1), lane=lane)

    assert Shipment.objects.get().expected_from == first


def test_no_day_that_is_over_is_told(flight, told):
    look(flight, at=later(days=10))

    shipment = Shipment.objects.get()
    assert (shipment.expected_from, shipment.expected_to) == (date(2026, 3, 12), date(2026, 3, 12))


def test_risk_is_told_once_eased_late_and_told_again(flight, told, outlooks):
    levels = []
    for hour, p in enumerate([0.49, 0.5, 0.6, 0.31, 0.29, 0.29, 0.1, 0.1, 0.1, 0.49, 0.51, 0.1]):
        told.p = p
        levels.append(look(flight, at=later(hours=hour)).level)

    # At risk from the second hour on; below three fifths of the threshold from the fifth on, but eased only after six hours.
    assert levels == [FINE, *[AT_RISK] * 6, FINE, FINE, FINE, AT_RISK, AT_RISK]
    both = (flight.order_id, flight.shipment_id)
    assert outlooks == [(*both, FINE, AT_RISK), (*both, AT_RISK, FINE), (*both, FINE, AT_RISK)]


@pytest.mark.parametrize(
    ("touched", "stalled", "lost", "level"),
    [
        ({}, False, 0.0, FINE),
        ({}, True, 0.0, STALLED),
        ({}, False, 0.5, STALLED),
        ({"promised": int(AT.timestamp())}, False, 0.0, LATE),
        ({"promised": int(AT.timestamp())}, True, 0.0, STALLED),
        ({"promised": 0}, False, 0.0, FINE),
        ({"state": state("delivery_attempted")}, False, 0.0, FAILED),
        ({"state": state("exception")}, True, 0.9, FAILED),
        ({"state": state("available_for_pickup")}, False, 0.0, FINE),
        ({"state": state("lost")}, True, 0.9, LOST),
    ],
)
def test_what_is_known_goes_before_what_is_feared(flight, told, touched, stalled, lost, level):
    told.stalled, told.lost = ({flight.order_id} if stalled else set()), {flight.order_id: lost}

    assert look(flight, at=later(hours=1), **touched).level == level
    assert flight.p_lost == lost


def test_without_a_promise_nothing_is_late(flight, told):
    told.p = 0.9

    assert look(flight, at=later(days=9), promised=0).p_late == 0.0
    assert flight.level == FINE


def test_what_is_past_its_promise_is_late_for_sure(flight, told):
    assert look(flight, at=later(days=5, seconds=1)).p_late == 1.0
    assert flight.level == LATE
    assert look(flight, at=later(days=5)).level == FINE  # the last second is in time


@pytest.mark.parametrize(
    "silence", [{"silent_since": later(days=1)}, {"state": "failing", "last_in_at": later(days=1)}]
)
def test_a_silent_feed_is_not_held_against_parcels(flight, told, silence):
    account = make_carrier_account(at=AT)
    CarrierAccount.objects.update(**silence)
    Shipment.objects.update(account=account)
    other = make_flight(make_order(), at=AT)

    assert forecast_touched(at=later(days=3)) == 2

    ((rows, heard_until),) = told.asked
    assert dict(zip(rows.id.tolist(), heard_until.tolist(), strict=True)) == {
        flight.pk: int(later(days=1).timestamp()),
        other.pk: int(later(days=3).timestamp()),
    }
    # What is past its promise is late all the same.
    assert look(flight, at=later(days=6)).level == LATE


def test_what_of_the_order_has_not_left_is_forecast_too(order, told, outlooks):
    told.p = 0.8
    make_flight(order, at=AT, promised=PROMISED)

    assert forecast_touched(at=later(hours=1)) == 1
    assert outlooks == [(order.pk, None, FINE, AT_RISK)]
    assert ForecastPoint.objects.get().shipment_id is None


def test_many_take_as_many_statements_as_one(told, django_assert_max_num_queries):
    orders = [make_order(state="shipped") for _order in range(40)]
    for order in orders:
        make_flight(order, at=AT, shipment=make_shipment(order, at=AT), promised=PROMISED)
    told.by_order = {order.pk: 0.9 for order in orders[::2]}

    with django_assert_max_num_queries(16):
        assert forecast_touched(at=later(hours=1), limit=30) == 30
    assert forecast_touched(at=later(hours=1), limit=30) == 10
    assert Flight.objects.filter(level=AT_RISK).count() == 20


def test_nothing_touched_is_one_query(told, django_assert_num_queries, order):
    make_flight(order, at=AT, forecast_at=1)

    with django_assert_num_queries(1):
        assert forecast_touched(at=later(hours=1)) == 0


def test_moments_beyond_the_calendar_are_its_end(flight, told):
    told.days = 10_000_000

    look(flight, at=later(hours=1))

    assert Shipment.objects.get().expected_to == date.max


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_say_it_once(told, outlooks):
    told.p = 0.9
    for _order in range(20):
        order = make_order(state="shipped")
        make_flight(order, at=AT, shipment=make_shipment(order, at=AT), promised=PROMISED)

    at_once(*[lambda: forecast_touched(at=later(hours=1))] * 4)
    forecast_touched(at=later(hours=1))

    assert len(outlooks) == 20 == ForecastPoint.objects.count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_parcel_that_is_being_changed_is_not_waited_for(flight, told):
    def work():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            return forecast_touched(at=later(hours=1))

    with transaction.atomic():
        Flight.objects.select_for_update().get()
        assert at_once(work) == [0]
    with transaction.atomic():
        Shipment.objects.select_for_update().get()
        assert at_once(work) == [1]

    assert Shipment.objects.get().expected_from is None  # whoever changes it touches the flight once more
