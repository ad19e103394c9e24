"""Parcels from a file: history is written as it ended, what is under way goes on, bad rows are named, twice changes nothing."""

import io
from datetime import UTC, datetime, timedelta

import pytest

import ramah.shipping.imports  # noqa: F401 - registers itself
from ramah.commerce.commands import ImportOptions, Reading, import_file
from ramah.commerce.models import Order, OrderLine
from ramah.commerce.testing import AT, make_order
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry
from ramah.shipping.models import Flight, Shipment, ShipmentLine, TrackingEvent
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment
from ramah.shipping.tests.telling import NOW, hear, told

pytestmark = pytest.mark.django_db
HEADING = "order_number,tracking_number,carrier,handed_over_at,delivered_at,status,external_id,skus,promised_at"


def bring(*rows, heading=HEADING, at=NOW, dry_run=False):
    text = "\n".join([heading, *rows])
    options = ImportOptions(reading=Reading(time_zone="Asia/Jakarta"), dry_run=dry_run)
    return import_file(actor=SYSTEM, kind="shipments", source=io.BytesIO(text.encode()), at=at, options=options)


def counts(report):
    return report.created, report.updated, report.unchanged, report.failed


@pytest.fixture
def facts(monkeypatch):
    found = []
    monkeypatch.setattr("ramah.shipping.commands.folding.publish_all", found.extend)
    return found


def test_history_is_written_as_it_ended_and_nobody_hears_of_it(facts):
    make_carrier(at=AT)
    order = make_order(number="TL-1", state="completed")

    report = bring("TL-1,JN 1,jne,2026-03-03 10:00,2026-03-05 12:00,,s1,,")

    assert counts(report) == (1, 0, 0, 0)
    parcel = Shipment.objects.get()
    assert (parcel.state, parcel.tracking_number, parcel.external_id, parcel.carried_by.key) == (
        "delivered",
        "JN1",
        "s1",
        "jne",
    )
    assert parcel.handed_over_at == datetime(2026, 3, 3, 3, tzinfo=UTC)
    assert parcel.delivered_at == parcel.last_event_at == datetime(2026, 3, 5, 5, tzinfo=UTC)
    assert [(line.order_line_id, line.quantity) for line in parcel.lines.all()] == [(order.lines.get().pk, 1)]
    assert facts == []
    assert not Flight.objects.exists()
    order.refresh_from_db()
    assert (order.state, order.history.count()) == ("completed", 1)


def test_the_same_file_twice_changes_nothing_and_news_are_taken():
    make_order(number="TL-1", state="shipped")
    first = "TL-1,JN1,JNE,2026-03-03 10:00,,,s1,,"

    assert counts(bring(first)) == (1, 0, 0, 0)
    assert counts(bring(first)) == (0, 0, 1, 0)
    assert (Shipment.objects.get().state, Flight.objects.count()) == ("in_transit", 1)
    assert counts(bring("TL-1,JN2,JNE,2026-03-03 10:00,,,s1,,")) == (0, 1, 0, 0)
    assert Shipment.objects.get().tracking_number == "JN2"
    done = "TL-1,JN2,JNE,2026-03-03 10:00,2026-03-05 10:00,Delivered,s1,,"
    assert counts(bring(done)) == (0, 1, 0, 0)
    assert counts(bring(done)) == (0, 0, 1, 0)

    order = Order.objects.get()
    assert (Shipment.objects.get().state, order.state) == ("delivered", "delivered")
    assert (TrackingEvent.objects.count(), ShipmentLine.objects.count(), Flight.objects.count()) == (1, 1, 0)


def test_a_paid_order_leaves_with_its_parcel(facts):
    order = make_order(number="TL-1", state="paid")

    bring("TL-1,JN1,JNE,2026-03-03 10:00,,shipped,,,")

    order.refresh_from_db()
    assert (order.state, order.lines.get().shipped_quantity) == ("shipped", 1)
    assert [type(fact).__name__ for fact, _subject in facts] == ["ShipmentHandedOver", "ShipmentMoved"]


def test_without_an_id_order_and_number_tell_the_parcel():
    make_order(number="TL-1", state="shipped")
    row = "TL-1,JN1,JNE,2026-03-03 10:00,,,,,"

    assert [counts(bring(row)) for _ in range(2)] == [(1, 0, 0, 0), (0, 0, 1, 0)]


def test_pieces_are_shared_out_and_never_twice():
    order = make_order(number="TL-1", state="completed")
    OrderLine.objects.create(order=order, title="Mug", sku="MUG", quantity=3, unit_amount=1, total_amount=1)

    report = bring(
        "TL-1,JN1,,2026-03-03,,,a,MUG:2,",
        'TL-1,JN2,,2026-03-03,,,b,"SHIRT-M, MUG",',
        "TL-1,JN3,,2026-03-03,,,c,MUG,",
        "TL-1,JN4,,2026-03-03,,,d,NOPE,",
    )

    assert counts(report) == (2, 0, 0, 2)
    assert [(fault.line, fault.column) for fault in report.faults] == [(4, "skus"), (5, "skus")]
    assert sorted(ShipmentLine.objects.values_list("shipment__tracking_number", "quantity")) == [
        ("JN1", 2),
        ("JN2", 1),
        ("JN2", 1),
    ]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",JN1,,,,,,,", "order_number"),
        ("TL-404,JN1,,,,,,,", "order_number"),
        ("TL-1,JN1,,soon,,,,,", "handed_over_at"),
        ("TL-1,JN1,,2026-03-05,2026-03-03,,,,", "delivered_at"),
        ("TL-1,JN1,,2026-03-05,,delivered,,,", "delivered_at"),
        ("TL-1,JN1,,2026-02-03,2026-03-05,,,,", "handed_over_at"),
        ("TL-1,JN1,,,,beamed,,,", "status"),
        (f"TL-1,{'9' * 61},,,,,,,", "tracking_number"),
        ("TL-1,JN1,,,,,,SHIRT-M:0,", "skus"),
        ("TL-1,JN1,,,,,,SHIRT-M:2,", "skus"),
        ("TL-1,JN1,,,,,,,31/31/2026", "promised_at"),
        ("TL-2,JN1,,,,,taken,,", "external_id"),
        ("TL-2,USED,jne,,,,,,", "tracking_number"),
    ],
)
def test_a_bad_row_is_named_and_the_others_land(row, column):
    order = make_order(number="TL-1", state="completed")
    make_order(number="TL-2", state="completed")
    make_order(number="TL-3", state="completed")
    account = make_carrier_account(carrier=make_carrier(at=AT), at=AT)
    make_shipment(order, external_id="taken", account=account, tracking_number="USED", at=AT)
    ShipmentLine.objects.all().delete()

    report = bring(row, "TL-3,JN3,,,,,,,")

    assert counts(report) == (1, 0, 0, 1)
    assert [(fault.line, fault.column) for fault in report.faults] == [(2, column)]
    assert Shipment.objects.filter(order__number="TL-3").exists()
    assert Shipment.objects.count() == 2


def test_the_same_parcel_twice_in_a_file_is_one():
    make_order(number="TL-1", state="completed")

    report = bring("TL-1,JN1,,2026-03-03,,,s1,,", "TL-1,JN1,,2026-03-03,,,,,", "TL-1,JN1,,2026-03-03,,,s1,,")

    assert counts(report) == (1, 0, 0, 1)
    assert Shipment.objects.count() == 1


def test_a_dry_run_tries_all_and_leaves_nothing():
    make_order(number="TL-1", state="paid")

    assert counts(bring("TL-1,JN1,,2026-03-03,2026-03-04,,s1,,", dry_run=True)) == (1, 0, 0, 0)
    assert not Shipment.objects.exists()
    assert not AuditEntry.objects.filter(action="shipment.import").exists()
    assert Order.objects.get().state == "paid"


def test_what_was_told_before_the_file_came_is_taken_up():
    account = make_carrier_account(carrier=make_carrier(at=AT), at=AT)
    make_order(number="TL-1", state="shipped")
    hear(account, told("JN1", "out_for_delivery", 30))

    bring("TL-1,JN1,jne,2026-03-03 10:00,,,s1,,")

    assert Shipment.objects.get().state == "out_for_delivery"


@pytest.mark.parametrize("state", ["lost", "returned"])
def test_how_it_ended_counts_as_the_carriers_word(state):
    order = make_order(number="TL-1", state="shipped")
    row = f"TL-1,JN1,,2026-03-03 10:00,,{state},s1,,"

    assert [counts(bring(row)) for _ in range(2)] == [(1, 0, 0, 0), (0, 0, 1, 0)]

    order.refresh_from_db()
    assert Shipment.objects.get().state == state
    assert order.state == ("returned" if state == "returned" else "shipped")


def test_the_promised_day_is_taken_where_the_order_has_none():
    order = make_order(number="TL-1", state="shipped")
    Order.objects.update(promised_from=None, promised_to=None)

    bring("TL-1,JN1,,2026-03-03,,,s1,,2026-03-09")
    bring("TL-1,JN1,,2026-03-03,,,s1,,2026-03-19")

    order.refresh_from_db()
    assert str(order.promised_to) == "2026-03-09"


def test_thousands_of_rows_take_a_bounded_number_of_queries(django_assert_max_num_queries):
    orders = [make_order(number=f"TL-{n}", state="completed") for n in range(60)]
    rows = [f"{order.number},JN{n},JNE,2026-03-03,2026-03-05,,s{n},," for n, order in enumerate(orders)]

    with django_assert_max_num_queries(40):
        report = bring(*rows)

    assert counts(report) == (60, 0, 0, 0)
    assert set(Shipment.objects.values_list("state", flat=True)) == {"delivered"}
    assert Shipment.objects.filter(delivered_at__gt=AT + timedelta(days=2)).count() == 60
