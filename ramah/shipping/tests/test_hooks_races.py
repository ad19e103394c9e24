"""Many post and read at the same moment: nothing twice, nothing lost, nobody waits for another for ever."""

import random
from collections import Counter
from functools import partial

import pytest

from ramah.commerce.models import Order, OrderLine, OrderStateChange
from ramah.commerce.testing import AT, make_order
from ramah.kernel import claims, clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import at_once
from ramah.shipping import commands
from ramah.shipping.commands import taking_in
from ramah.shipping.models import CarrierPost, Flight, Shipment, TrackingEvent, UnmatchedEvent
from ramah.shipping.queries.events import carrier_sum
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment
from ramah.shipping.tests.telling import NOW, body, post, read, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def account():
    return make_carrier_account(carrier=make_carrier(at=AT), at=AT)


def claimed(count):
    """So many shares of one waiting post each, as if workers had claimed them."""
    waiting = CarrierPost.objects.filter(state="waiting")
    return [claims.claim_due(waiting, at=NOW, lease=taking_in.LEASE, limit=1) for _worker in range(count)]


def test_two_workers_at_one_parcel(account):
    for number in range(5):
        order = make_order(state="shipped")
        parcel = make_shipment(order, account=account, tracking_number=f"P{number}", at=AT)
        way = [told(f"P{number}", state, 6 * step) for step, state in enumerate(("in_transit", "delivered", "lost"), 1)]
        for some in (way[:2], way[1:], way[::2]):
            taking_in.take_in(account=account, bodies=[body(*some)], at=NOW)

        outcomes = at_once(*[partial(taking_in.process, share, at=NOW) for share in claimed(3)])

        assert outcomes == [None] * 3
        parcel.refresh_from_db()
        assert (parcel.state, [doubt["word"] for doubt in parcel.doubts]) == ("delivered", ["lost_after_delivered"])
        assert TrackingEvent.objects.filter(shipment=parcel).count() == 3
        assert OrderStateChange.objects.filter(order=order, to_state="delivered").count() == 1
    assert (carrier_sum().accepted + carrier_sum().duplicate, CarrierPost.objects.count()) == (15, 15)


def test_many_parcels_in_opposite_sequences_do_not_block_each_other(account):
    for number in range(20):
        make_shipment(make_order(state="shipped"), account=account, tracking_number=f"P{number}", at=AT)
    entries = [told(f"P{number}", "delivered", 20) for number in range(20)]
    strangers = [told(f"X{number}", "delivered", 20) for number in range(20)]
    bodies = [body(*entries, *strangers), body(*reversed(entries), *reversed(strangers))]
    taking_in.take_in(account=account, bodies=bodies, at=NOW)

    outcomes = at_once(*[partial(taking_in.process, share, at=NOW) for share in claimed(2)])

    assert outcomes == [None, None]
    read(NOW + (taking_in.LEASE * 2))
    assert Counter(CarrierPost.objects.values_list("state", flat=True)) == {"accepted": 1, "duplicate": 1}
    assert (TrackingEvent.objects.count(), UnmatchedEvent.objects.count()) == (20, 20)
    assert set(Order.objects.values_list("state", flat=True)) == {"delivered"}


def test_the_last_two_parcels_of_an_order_arrive_at_once(account):
    for _time in range(5):
        order = make_order(state="shipped")
        for half in "ab":
            make_shipment(order, account=account, tracking_number=f"P{order.pk}{half}", at=AT)
            taking_in.take_in(account=account, bodies=[body(told(f"P{order.pk}{half}", "delivered", 20))], at=NOW)

        at_once(*[partial(taking_in.process, share, at=NOW) for share in claimed(2)])

        order.refresh_from_db()
        assert order.state == "delivered"


def test_a_scan_and_an_agent_hand_the_same_parcel_over_once(account):
    for number in range(5):
        order = make_order(state="paid")
        pieces = {line.pk: line.quantity for line in order.lines.all()}
        told_of = {"carrier": "JNE", "tracking_number": f"P{number}", "at": AT}
        parcel = commands.announce_parcel(actor=SYSTEM, order=order, quantities=pieces, **told_of)
        taking_in.take_in(account=account, bodies=[body(told(f"P{number}", "in_transit", 5))], at=NOW)

        outcomes = at_once(
            partial(taking_in.process, claimed(1)[0], at=NOW),
            lambda parcel=parcel: commands.hand_over_announced(actor=SYSTEM, shipment=parcel, at=NOW) and None,
        )

        assert outcomes == [None, None]
        parcel.refresh_from_db()
        assert (parcel.state, parcel.doubts) == ("in_transit", [])
        assert OrderLine.objects.get(order=order).shipped_quantity == 1
        assert Flight.objects.filter(order=order).count() == 1
    assert CarrierPost.objects.exclude(state="accepted").count() == 0


def test_a_storm_of_posts_while_workers_read_and_people_say_things_too(account):
    parcels = [
        make_shipment(make_order(state="shipped"), account=account, tracking_number=f"P{number}", at=AT)
        for number in range(12)
    ]
    chance = random.Random(3)
    entries = [
        told(f"P{n}", state, 6 * (step + 1))
        for n in range(12)
        for step, state in enumerate(("in_transit", "delivered"))
    ]
    turns = [lambda one=one: post(body(one)).status_code for one in entries * 2]
    turns += [lambda one=one: post(body(one), secret="guessed").status_code for one in entries[:6]]
    chance.shuffle(turns)
    agents = [
        lambda one=one: commands.mark_delivered(actor=SYSTEM, shipment=one, delivered_at=NOW, at=NOW) and 0
        for one in parcels[:6]
    ]
    answers = at_once(
        *[lambda start=start: [turn() for turn in turns[start::4]] for start in range(4)],
        *[lambda: read(clock.now())] * 2,
        lambda: [agent() for agent in agents],
    )

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert Counter(status for some in answers[:4] for status in some) == {200: 48, 403: 6}
    for _round in range(3):
        read(clock.now() + taking_in.LEASE * 2)
    assert not CarrierPost.objects.exclude(state__in=["accepted", "duplicate"]).exists()
    assert carrier_sum().received == 48
    assert set(Shipment.objects.values_list("state", flat=True)) == {"delivered"}
    assert set(Order.objects.values_list("state", flat=True)) == {"delivered"}
    assert not Flight.objects.exists()
    own = TrackingEvent.objects.filter(code="manual").count()
    assert TrackingEvent.objects.count() == 24 + own
