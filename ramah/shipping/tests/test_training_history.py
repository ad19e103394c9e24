"""The shop's past as columns: what was promised and what came of it, of any database, in bounded memory."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from ramah.commerce.models import Order
from ramah.commerce.testing import AT, make_order, make_shop
from ramah.promises.models import Promise
from ramah.promises.testing import make_promise
from ramah.shipping import history as reading
from ramah.shipping.history import happened_since, history
from ramah.shipping.models import Lane
from ramah.shipping.testing import make_carrier, make_flight, make_shipment

pytestmark = pytest.mark.django_db
NOW = AT + timedelta(days=60)
KYIV = {"country": "UA", "city": "Kyiv", "postal_code": "01001", "line1": "vul. Khreshchatyk 1"}


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"
    return make_shop()


def seconds(moment):
    return moment.timestamp()


def words(table, name):
    text = table.texts[name]
    return [text.labels[code] if code >= 0 else "" for code in text.codes]


def parcel(*, at=AT, promised=None, carrier=None, **told):
    order = make_order(placed_at=at, state="shipped")
    if promised:
        make_promise(order.customer, subject=f"order:{order.pk}", kind="delivery", due_at=promised, warn_at=None, at=at)
    return make_shipment(order, at=at + timedelta(days=1), carried_by=carrier, **told)


def test_a_parcel_is_a_row_of_what_was_promised_and_what_came():
    arrived, due = AT + timedelta(days=4, microseconds=5), datetime(2026, 3, 6, 17, tzinfo=UTC)
    shipment = parcel(promised=due, carrier=make_carrier("jne", at=AT), service="REG", delivered_at=arrived)
    Order.objects.filter(pk=shipment.order_id).update(shipping_address=KYIV)

    table = history(at=NOW)

    assert len(table) == 1
    assert (table.purchased[0], table.handed[0]) == (seconds(AT), seconds(AT + timedelta(days=1)))
    assert (table.promised[0], int(table.delivered[0])) == (seconds(due), int(seconds(arrived)))
    assert np.isnan(table.lost[0])
    assert table.zone == "Asia/Jakarta"
    assert {name: words(table, name) for name in table.texts} == {
        "origin": ["id"], "destination": ["ua-kyiv-01"], "carrier": ["jne"], "service": ["reg"],
    }  # fmt: skip


def test_the_first_promise_counts_and_without_one_the_end_of_the_day_that_was_told():
    due = AT + timedelta(days=5)
    moved = parcel(promised=due)
    Promise.objects.update(state="renegotiated", ended_at=AT)
    make_promise(
        moved.order.customer, subject=f"order:{moved.order_id}", kind="delivery", due_at=due + timedelta(days=9)
    )
    make_promise(moved.order.customer, subject=f"order:{moved.order_id}", kind="refund", due_at=AT)
    told = parcel()
    Order.objects.filter(pk=told.order_id).update(promised_to=date(2026, 3, 7))
    parcel()
    Order.objects.filter(pk=told.order_id + 1).update(promised_from=None, promised_to=None)

    table = history(at=NOW)

    assert table.promised[:2].tolist() == [seconds(due), seconds(datetime(2026, 3, 7, 17, tzinfo=UTC))]
    assert np.isnan(table.promised[2])
    assert np.isnan(table.delivered).all()


def test_what_came_back_or_never_left_or_is_too_old_is_no_lesson():
    parcel(returned_at=NOW, state="returned")
    parcel(handed_over_at=None, last_moved_at=None, state="pre_transit")
    parcel(at=NOW - timedelta(days=600))
    parcel(lost_at=NOW, state="lost")

    table = history(at=NOW)

    assert table.lost.tolist() == [seconds(NOW)]


def test_what_has_not_left_stands_beside_the_parcels():
    order = make_order(state="paid")
    Order.objects.filter(pk=order.pk).update(shipping_address=KYIV)
    lane = Lane.objects.create(origin="ID", destination="UA-kyiv-01", carrier="dhl", service="express")
    make_flight(order, at=AT, lane=lane)
    shipped = parcel()
    make_flight(shipped.order, at=AT, shipment=shipped)

    table = history(at=NOW)

    assert len(table) == 2
    assert np.isnan(table.handed).tolist() == [False, True]
    assert (words(table, "carrier")[1], words(table, "destination")[1]) == ("dhl", "ua-kyiv-01")
    assert table.promised[1] == seconds(AT + timedelta(days=3))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_chunks_lose_nothing_and_the_newest_stay(monkeypatch, chunk):
    monkeypatch.setattr(reading, "CHUNK", chunk)
    first = parcel()
    for day in range(1, 7):
        make_shipment(first.order, at=AT + timedelta(days=day + 1)) if day % 2 else parcel(at=AT + timedelta(days=day))

    assert len(history(at=NOW)) == 7
    newest = history(at=NOW, most=3)
    assert 3 <= len(newest) < 3 + chunk
    assert newest.purchased.max() == seconds(AT + timedelta(days=6))


@pytest.mark.parametrize(
    "address",
    [{}, {"country": None}, {"country": 5, "city": {"a": 1}, "postal_code": []}, {"country": "ID", "city": "x" * 5000}],
)
def test_any_address_is_read(address):
    shipment = parcel()
    Order.objects.filter(pk=shipment.order_id).update(shipping_address=address)

    assert len(words(history(at=NOW), "destination")[0]) <= 80


def test_an_empty_shop_has_an_empty_table():
    assert len(history(at=NOW)) == 0


def test_what_happened_since_is_all_that_happened():
    since = AT + timedelta(days=20)
    parcel(delivered_at=AT + timedelta(days=19))
    arrived = parcel(delivered_at=since + timedelta(seconds=1))
    bought = parcel(at=since + timedelta(hours=1))
    lost = parcel(lost_at=since + timedelta(hours=1), state="lost")
    due = parcel()
    Order.objects.filter(pk=due.order_id).update(promised_to=since.date())
    waits = make_flight(make_order(state="paid"), at=AT, promised=int(seconds(since)) + 9)
    make_flight(make_order(state="paid"), at=AT)

    table = happened_since(since, at=NOW - timedelta(days=30))

    rows = {row.order_id for row in (arrived, bought, lost, due, waits)}
    assert len(table) == len(rows)
    assert sorted(table.purchased.tolist()) == [seconds(AT)] * 4 + [seconds(since + timedelta(hours=1))]
