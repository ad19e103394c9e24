"""An outage ends and everything comes at once: nothing is lost, no round is large, and what comes of it is few rows."""

import random
from collections import Counter

import pytest

from ramah.commerce.models import Order
from ramah.commerce.testing import AT, make_order
from ramah.kernel.models import OutboxEvent
from ramah.shipping.commands import taking_in
from ramah.shipping.models import CarrierPost, Flight, Shipment, TrackingEvent, UnmatchedEvent
from ramah.shipping.queries.events import carrier_sum
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment
from ramah.shipping.tests.telling import NOW, body, read, told

pytestmark = pytest.mark.django_db
PARCELS, STRANGERS = 40, 10
WAY = ("in_transit", "in_transit", "out_for_delivery", "delivery_attempted", "out_for_delivery", "delivered")


@pytest.fixture
def account():
    return make_carrier_account(carrier=make_carrier(at=AT), at=AT)


def everything():
    """The whole way of all parcels (three have not arrived), and of some that are nobody's; some of it twice; shuffled."""
    chance = random.Random(7)
    entries = [
        told(f"P{number}", state, 6 * (step + 1), place=f"hub {step}")
        for number in range(PARCELS + STRANGERS)
        for step, state in enumerate(WAY)
        if state != "delivered" or number not in range(PARCELS - 3, PARCELS)
    ]
    entries += chance.sample(entries, len(entries) // 4)
    chance.shuffle(entries)
    return entries


@pytest.mark.parametrize("size", [1, 50])
def test_all_of_an_outage_at_once(account, size, monkeypatch):
    monkeypatch.setattr(taking_in, "MOST_BYTES", 20_000)
    monkeypatch.setattr(taking_in, "TRANSACTION_BYTES", 5_000)
    published = []
    monkeypatch.setattr("ramah.shipping.commands.folding.publish_all", published.extend)
    for number in range(PARCELS):
        make_shipment(make_order(state="shipped"), account=account, tracking_number=f"P{number}", at=AT)
    entries = everything()
    distinct = {(entry["number"], entry["state"], entry["occurred_at"]) for entry in entries}
    bodies = [body(*entries[start : start + size]) for start in range(0, len(entries), size)]
    taking_in.take_in(account=account, bodies=bodies, at=NOW)

    read()

    total = carrier_sum()
    assert total.closes
    assert (total.received, total.waiting, total.quarantined) == (len(bodies), 0, 0)
    assert TrackingEvent.objects.count() + UnmatchedEvent.objects.count() == len(distinct)
    assert UnmatchedEvent.objects.count() == STRANGERS * len(WAY)
    assert sum(CarrierPost.objects.values_list("events_count", flat=True)) == TrackingEvent.objects.count()
    states = Counter(Shipment.objects.values_list("state", flat=True))
    assert states == {"delivered": PARCELS - 3, "out_for_delivery": 3}
    assert set(Shipment.objects.values_list("attempt_count", flat=True)) == {1}
    assert Counter(Order.objects.values_list("state", flat=True)) == {"delivered": PARCELS - 3, "shipped": 3}
    flights = Flight.objects.values_list("shipment__state", "event_count", "forecast_at")
    assert list(flights) == [("out_for_delivery", 5, 0)] * 3
    told_of = Counter(type(fact).__name__ for fact, _subject in published)
    assert told_of["ShipmentDelivered"] == PARCELS - 3
    assert told_of["ShipmentMoved"] < len(distinct)


def test_a_thousand_events_of_one_parcel_are_one_fold(account, monkeypatch):
    parcel = make_shipment(make_order(state="shipped"), account=account, tracking_number="P1", at=AT)
    entries = [told("P1", "in_transit", number / 20, place=f"hub {number}") for number in range(1000)]
    taking_in.take_in(account=account, bodies=[body(*entries)], at=NOW)

    read()

    parcel.refresh_from_db()
    assert (TrackingEvent.objects.count(), CarrierPost.objects.get().events_count) == (1000, 1000)
    assert Flight.objects.get().event_count == 1000
    assert not OutboxEvent.objects.filter(name="shipment.moved").exists()
