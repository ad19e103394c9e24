"""Placing orders and taking them from state to state."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from ramah.commerce.commands import (
    NewLine,
    OrderStateNotAllowed,
    OutOfStock,
    change_order_state,
    erase_personal_data,
    place_order,
)
from ramah.commerce.events import OrderPlaced, OrderStateChanged
from ramah.commerce.models import Order, OrderLine, Payment, Variant
from ramah.commerce.queries import orders_exported
from ramah.commerce.testing import ADDRESS, AT, make_order, make_product
from ramah.customers.testing import make_customer
from ramah.kernel import events
from ramah.kernel.actors import NOBODY, SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry, OutboxEvent

pytestmark = pytest.mark.django_db
ONE = Decimal(1)


@pytest.fixture
def heard(monkeypatch):
    """Somebody listens, so events stand in the outbox."""
    listeners = {
        name: {"test": print} for name in ("order.placed", "order.state_changed", "order.imported", "refund.recorded")
    }
    monkeypatch.setattr(events, "_handlers", listeners)
    return lambda: list(OutboxEvent.objects.order_by("id").values_list("name", "subject", "payload"))


def place(variant, quantity=2, **options):
    options = {"actor": SYSTEM, "customer": make_customer(language="id"), "number": "TL-1", "at": AT} | options
    return place_order(lines=[NewLine(variant, quantity)], **options)


def test_an_order_takes_stock_and_keeps_what_was_sold(heard):
    variant = make_product(price=389000, stock=3).variants.get()

    order = place(variant, shipping=Decimal(18000), discount=Decimal(8000), shipping_address=ADDRESS)

    assert (order.items_amount, order.total_amount, order.currency) == (Decimal(778000), Decimal(788000), "IDR")
    line = order.lines.get()
    assert (line.title, line.options, line.quantity) == ("Sanur linen shirt", {"size": "M", "color": "Indigo"}, 2)
    assert Variant.objects.get().stock == 1
    assert list(order.history.values_list("from_state", "to_state", "actor")) == [("", "placed", "system")]
    assert AuditEntry.objects.get().action == "order.place"
    assert heard() == [("order.placed", f"order:{order.pk}", {"order_id": order.pk, "customer_id": order.customer_id})]
    assert OrderPlaced(**heard()[0][2])


def test_more_than_there_is_cannot_be_ordered(heard):
    variant = make_product(stock=1).variants.get()

    with pytest.raises(OutOfStock):
        place(variant, 2)

    assert Variant.objects.get().stock == 1
    assert not Order.objects.exists()
    assert heard() == []


def test_lines_share_a_currency():
    rupiah, hryvnia = make_product().variants.get(), make_product(currency="UAH").variants.get()

    with pytest.raises(ValueError, match="one currency"):
        place_order(
            actor=SYSTEM,
            customer=make_customer(),
            number="TL-1",
            lines=[NewLine(rupiah, 1), NewLine(hryvnia, 1)],
            at=AT,
        )
    assert not Order.objects.exists()


def test_a_step_is_written_down_and_announced(heard):
    order = make_order(state="paid")

    change_order_state(actor=SYSTEM, order=order, state="packed", at=AT + timedelta(hours=3), reason="early shift")

    step = order.history.last()
    assert (step.from_state, step.to_state, step.reason, step.at) == (
        "paid",
        "packed",
        "early shift",
        AT + timedelta(hours=3),
    )
    fact = OrderStateChanged(order.pk, order.customer_id, "paid", "packed")
    assert [OrderStateChanged(**payload) for _, _, payload in heard()] == [fact]


def test_a_step_that_the_table_lacks_changes_nothing(heard):
    order = make_order(state="delivered")

    with pytest.raises(OrderStateNotAllowed):
        change_order_state(actor=SYSTEM, order=order, state="packed", at=AT)

    order.refresh_from_db()
    assert order.state == "delivered"
    assert order.history.count() == 1
    assert heard() == []


def test_a_cancelled_order_gives_its_pieces_back():
    order = place(make_product(stock=3).variants.get(), 2)

    change_order_state(actor=SYSTEM, order=order, state="cancelled", at=AT)

    assert Variant.objects.get().stock == 3


def test_who_may_not_change_orders_does_not():
    order = make_order(state="paid")

    with pytest.raises(PermissionDenied):
        change_order_state(actor=NOBODY, order=order, state="packed", at=AT)
    with pytest.raises(PermissionDenied):
        place(make_product().variants.get(), actor=NOBODY)

    order.refresh_from_db()
    assert order.state == "paid"
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "broken",
    [
        lambda order: OrderLine(order=order, title="x", quantity=0, unit_amount=ONE, total_amount=ONE),
        lambda order: OrderLine(order=order, title="x", quantity=1, unit_amount=-ONE, total_amount=ONE),
        lambda order: Payment(order=order, method="card", state="paid", amount=ONE, paid_at=None, created_at=AT),
        lambda order: Payment(order=order, method="card", state="pending", amount=ONE - ONE, created_at=AT),
    ],
)
def test_the_database_holds_the_invariants_too(broken):
    row = broken(make_order())

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_the_sum_of_an_order_always_closes():
    order = make_order(total=100)
    order.shipping_amount, order.discount_amount, order.tax_amount = Decimal(10), Decimal(5), Decimal(9)
    order.total_amount = Decimal(106)
    assert order.other_amount == 1

    order.tax_included, order.total_amount = False, Decimal(114)
    assert order.other_amount == 0


def test_erasing_takes_the_person_off_the_order_and_leaves_the_figures():
    order = make_order()
    other = make_order()

    erase_personal_data(customer_id=order.customer_id)
    erase_personal_data(customer_id=order.customer_id)

    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.shipping_address, order.note, order.total_amount) == ({}, "", Decimal(389000))
    assert other.shipping_address == ADDRESS


def test_the_export_holds_all_orders_of_the_customer_only():
    order = make_order()
    make_order()

    (told,) = orders_exported(order.customer_id)

    assert (told["number"], told["total"], told["shipping_address"]) == (order.number, "389000.00 IDR", ADDRESS)
    assert told["lines"] == [{"title": "Sanur linen shirt", "sku": "SHIRT-M", "quantity": 1, "total": "389000.00"}]
