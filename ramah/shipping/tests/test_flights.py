"""Flights: one for each parcel under way and one for what has not left, always what orders and parcels say."""

from datetime import UTC, datetime, timedelta

import pytest

from ramah.commerce.models import Order, OrderLine
from ramah.commerce.testing import AT, make_delivery, make_order, make_shop
from ramah.kernel.actors import SYSTEM
from ramah.promises.commands import Terms, make_promises
from ramah.promises.models import Promise
from ramah.shipping import commands
from ramah.shipping.lanes import lane_key, lane_of_address
from ramah.shipping.models import CarrierService, Flight, Lane, Shipment
from ramah.shipping.position import STATES
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment, make_tracking_event
from ramah.shipping.tests.telling import NOW, hear, told

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
EXPECTED = ("stage", "state", "handed", "promised", "last_event", "last_moved", "event_count", "attempt_count")


def seconds(moment):
    return int(moment.timestamp())


def flights():
    """Flights of parcels and of the rest, as tuples of what a forecast goes by."""
    rows = Flight.objects.order_by("order_id", "shipment_id")
    return [(row.order_id, row.shipment_id, *(getattr(row, name) for name in EXPECTED)) for row in rows]


@pytest.fixture
def account():
    return make_carrier_account(carrier=make_carrier(at=AT), at=AT)


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (("ID", "Jawa Barat", "16424"), "ID-jawa_barat-16"),
        (("id", " DKI  Jakarta", ""), "ID-dki_jakarta"),
        (("UA", "Київська", "01001"), "UA-київська-01"),
        (("US", "CA", "94105-1234"), "US-ca-941"),
        (("GB", "", "SW1A 1AA"), "GB-SW"),
        (("DE", "", "１０１１５"), "DE-10"),
        (("Indonesia", "Bali", "80361"), ""),
        (("", "", ""), ""),
        (("ID", "x" * 500, "9" * 500), "ID-" + "x" * 40 + "-999"),
    ],
)
def test_the_words_of_a_lane(place, key):
    assert lane_key(*place) == key


def test_an_address_without_a_region_is_known_by_its_city():
    assert lane_of_address({"country": "ID", "city": "Depok", "postal_code": 16424, "name": None}) == "ID-depok-16"
    assert lane_of_address({}) == ""


def test_an_order_that_was_promised_has_a_flight_until_all_has_left():
    make_shop()
    carrier, option = make_carrier("jne", at=AT), make_delivery(carrier="J N E")
    CarrierService.objects.create(carrier=carrier, key="reg", name="REG", delivery_option=option)
    order = make_order(state="paid")
    Order.objects.update(delivery_option=option)
    OrderLine.objects.create(order=order, title="Mug", quantity=1, unit_amount=1, total_amount=1)

    commands.note_order(order_id=order.pk, at=AT)

    end_of_day = datetime(2026, 3, 7, 17, tzinfo=UTC)  # midnight in Jakarta
    assert flights() == [(order.pk, None, 0, 0, 0, seconds(end_of_day), 0, 0, 0, 0)]
    lane = Lane.objects.get()
    assert (lane.origin, lane.destination, lane.carrier, lane.service) == ("ID", "ID-depok-16", "jne", "reg")

    first, second = order.lines.all()
    parcel = commands.hand_over(
        actor=SYSTEM, order=order, quantities={first.pk: 1}, carrier="JNE", tracking_number="A1", at=NOW
    )
    assert [(row[1], row[2]) for row in flights()] == [(parcel.pk, 1), (None, 0)] or [
        (row[1], row[2]) for row in flights()
    ] == [(None, 0), (parcel.pk, 1)]
    commands.hand_over(actor=SYSTEM, order=order, quantities={second.pk: 1}, carrier="", tracking_number="", at=NOW)

    assert Flight.objects.filter(shipment=None).count() == 0
    assert Flight.objects.count() == 2


def test_what_was_not_promised_has_no_flight_until_it_has_left(account):
    order = make_order(state="paid")
    Order.objects.update(promised_from=None, promised_to=None)

    commands.note_order(order_id=order.pk, at=AT)
    assert not Flight.objects.exists()

    make_shipment(order, account=account, at=AT)
    commands.note_order(order_id=order.pk, at=AT)
    assert Flight.objects.get().promised == 0


def test_the_promise_as_it_stands_goes_before_the_day_of_the_order():
    order = make_order(state="paid")
    terms = [Terms(Promise.Kind.DELIVERY, due_at=AT + 90 * HOUR)]
    make_promises(actor=SYSTEM, customer_id=order.customer_id, subject=f"order:{order.pk}", terms=terms, at=AT)

    commands.note_order(order_id=order.pk, at=AT)
    assert Flight.objects.get().promised == seconds(AT + 90 * HOUR)

    Flight.objects.update(forecast_at=7, p_late=0.5, level=1)
    Promise.objects.update(due_at=AT + 150 * HOUR)
    commands.note_order(order_id=order.pk, at=AT)
    flight = Flight.objects.get()
    assert (flight.promised, flight.forecast_at, flight.p_late, flight.level) == (seconds(AT + 150 * HOUR), 0, 0.5, 1)


@pytest.mark.parametrize("state", ["cancelled", "delivered", "refunded"])
def test_an_order_that_is_over_has_none(state):
    order = make_order(state="paid")
    commands.note_order(order_id=order.pk, at=AT)
    assert Flight.objects.count() == 1
    Order.objects.update(state=state)

    commands.note_order(order_id=order.pk, at=AT)
    commands.note_order(order_id=order.pk, at=AT)
    commands.note_order(order_id=404, at=AT)

    assert not Flight.objects.exists()


def test_events_touch_the_flight_and_the_end_takes_it_away(account):
    order = make_order(state="shipped")
    parcel = make_shipment(order, account=account, tracking_number="JN1", at=AT)
    commands.note_order(order_id=order.pk, at=AT)
    flight = Flight.objects.get()
    assert (flight.stage, flight.handed, flight.event_count) == (1, seconds(AT), 0)
    Flight.objects.update(forecast_at=7, p_late=0.25, level=1)

    hear(account, told("JN1", "delivery_attempted", 30))

    flight.refresh_from_db()
    moved = (flight.stage, STATES[flight.state], flight.event_count, flight.attempt_count, flight.last_moved)
    assert moved == (2, "delivery_attempted", 1, 1, seconds(AT + 30 * HOUR))
    assert (flight.forecast_at, flight.p_late, flight.level) == (0, 0.25, 1)

    Flight.objects.update(forecast_at=7)
    hear(account, told("JN1", "delivery_attempted", 30))
    flight.refresh_from_db()
    assert flight.forecast_at == 7

    hear(account, told("JN1", "lost", 60))
    flight.refresh_from_db()
    assert STATES[flight.state] == "lost"
    hear(account, told("JN1", "delivered", 70))
    assert not Flight.objects.exists()

    hear(account, told("JN1", "exception", 71, reason="misdelivered"))
    assert STATES[Flight.objects.get().state] == "exception"
    assert Flight.objects.get().shipment_id == parcel.pk


def test_a_parcel_that_leaves_and_arrives_in_one_post_leaves_no_flight_behind(account):
    order = make_order(state="paid")
    commands.note_order(order_id=order.pk, at=AT)
    pieces = {line.pk: line.quantity for line in order.lines.all()}
    told_of = {"carrier": "", "tracking_number": "JN1", "account": account, "at": AT}
    commands.announce_parcel(actor=SYSTEM, order=order, quantities=pieces, **told_of)
    assert [row[1] for row in flights()] == [None]

    hear(account, told("JN1", "in_transit", 5), told("JN1", "delivered", 50))

    order.refresh_from_db()
    assert (order.state, flights()) == ("delivered", [])


def test_rebuilding_makes_what_following_made(account):
    for number in range(7):
        order = make_order(state="shipped" if number % 2 else "paid")
        commands.note_order(order_id=order.pk, at=AT)
        if number % 2:
            make_shipment(order, account=account, tracking_number=f"P{number}", at=AT)
            hear(account, told(f"P{number}", "in_transit", number))
    expected = flights()
    assert len(expected) == 7
    stray = make_order(state="completed")
    Flight.objects.filter(order__state="paid").delete()
    Flight.objects.update(state=5, purchased=1, promised=9, event_count=77)
    kept = Flight.objects.first()
    Flight.objects.create(order=stray, lane=kept.lane, stage=0, purchased=1)

    assert commands.rebuild(at=NOW) == 8

    assert flights() == expected
    assert Flight.objects.filter(pk=kept.pk).exists()
    assert not Flight.objects.exclude(forecast_at=0).exists()


def test_rebuilding_goes_by_shares(account, monkeypatch):
    monkeypatch.setattr("ramah.shipping.commands.flights.CHUNK", 3)
    for _ in range(8):
        make_order(state="paid")

    assert commands.rebuild(at=NOW) == 8
    assert Flight.objects.count() == 8


def test_many_orders_take_as_many_queries_as_one(account, django_assert_max_num_queries):
    orders = [make_order(state="shipped") for _ in range(40)]
    for order in orders:
        make_tracking_event(make_shipment(order, account=account, at=AT), "in_transit", at=AT)

    with django_assert_max_num_queries(20):
        commands.note_orders([order.pk for order in orders], at=NOW)
    assert (Flight.objects.count(), Lane.objects.count()) == (40, 1)
    with django_assert_max_num_queries(20):
        commands.note_orders([order.pk for order in orders], at=NOW)
    assert Flight.objects.filter(event_count=1, stage=2).count() == 40


def test_parcels_of_a_carrier_that_posts_nothing_are_to_be_asked_for(account, monkeypatch):
    from ramah.shipping.carriers import contract

    asked = contract.CarrierProvider(key="asked", name="", parse=lambda raw, account: [], track=lambda *_: [])
    monkeypatch.setitem(contract._providers, "asked", asked)
    polled = make_carrier_account("asked", provider="asked", at=AT)
    order = make_order(state="shipped")
    for one in (account, polled):
        make_shipment(order, account=one, at=AT)

    commands.note_order(order_id=order.pk, at=NOW)

    rows = dict(Flight.objects.values_list("shipment__account__key", "poll_at"))
    assert rows == {"jne": 0, "asked": seconds(NOW)}
    Flight.objects.update(poll_at=7)
    commands.note_order(order_id=order.pk, at=NOW + HOUR)
    assert set(Flight.objects.values_list("poll_at", flat=True)) == {7}
    assert Shipment.objects.count() == 2
