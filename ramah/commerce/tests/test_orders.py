"""Taking orders from state to state, and what the database holds of them. How they are placed: test_placing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from ramah.commerce.commands import OrderStateNotAllowed, change_order_state, erase_personal_data
from ramah.commerce.events import OrderStateChanged
from ramah.commerce.models import OrderLine, Payment
from ramah.commerce.queries import orders_exported
from ramah.commerce.testing import ADDRESS, AT, make_order
from ramah.kernel import events
from ramah.kernel.actors import NOBODY, SYSTEM, PermissionDenied
from ramah.kernel.models import OutboxEvent

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


def test_who_may_not_change_orders_does_not():
    order = make_order(state="paid")

    with pytest.raises(PermissionDenied):
        change_order_state(actor=NOBODY, order=order, state="packed", at=AT)

    order.refresh_from_db()
    assert order.state == "paid"
    assert order.history.count() == 1


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
