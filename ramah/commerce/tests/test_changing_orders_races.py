"""A customer and the packers at the same moment: one is first, and the other is told so."""

from datetime import timedelta

import pytest

from ramah.commerce.commands.changing import ChangeRefused, cancel_order, change_address
from ramah.commerce.commands.fulfilling import pack_order
from ramah.commerce.commands.invoices import issue_invoice
from ramah.commerce.commands.orders import OrderStateNotAllowed
from ramah.commerce.models import Invoice, Order, Refund, ShopProfile
from ramah.commerce.testing import ADDRESS, AT, make_order
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import raised_at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = AT + timedelta(hours=1)


def owner_of(order):
    return CustomerActor(order.customer_id, SIGNED_IN)


def test_cancelling_and_packing_have_one_winner():
    for _ in range(6):
        order = make_order()

        cancelled, packed = raised_at_once(
            lambda order=order: cancel_order(actor=owner_of(order), order=order, at=LATER),
            lambda order=order: pack_order(actor=SYSTEM, order=order, at=LATER),
        )

        order.refresh_from_db()
        if cancelled is None:
            assert (order.state, packed) == ("cancelled", OrderStateNotAllowed)
            assert order.refunds.count() == 1
        else:
            assert (order.state, cancelled, packed) == ("packed", ChangeRefused, None)
            assert not order.refunds.exists()
        assert order.history.count() == 2


def test_the_address_on_a_packed_order_is_the_one_that_was_there_before():
    new = {**ADDRESS, "line1": "Jl. Baru 1"}
    for _ in range(6):
        order = make_order()

        moved, packed = raised_at_once(
            lambda order=order: change_address(actor=owner_of(order), order=order, address=new, at=LATER),
            lambda order=order: pack_order(actor=SYSTEM, order=order, at=LATER),
        )

        order.refresh_from_db()
        assert (order.state, packed) == ("packed", None)
        assert order.shipping_address == (new if moved is None else ADDRESS)
        assert moved in (None, ChangeRefused)


def test_a_double_click_cancels_once_and_pays_back_once():
    order = make_order()

    outcomes = raised_at_once(*[lambda: cancel_order(actor=owner_of(order), order=order, at=LATER)] * 5)

    assert sorted(outcomes, key=str) == sorted([None, *[ChangeRefused] * 4], key=str)
    assert Refund.objects.count() == 1


def test_invoices_asked_for_at_once_get_one_number_each_and_leave_none_out():
    orders = [make_order() for _ in range(4)]

    outcomes = raised_at_once(*[lambda order=order: issue_invoice(order=order, at=LATER) for order in orders * 3])

    assert outcomes == [None] * 12
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"INV-{number:05}" for number in range(1, 5)]
    assert ShopProfile.objects.get().next_invoice_number == 5
    assert Order.objects.filter(invoice=None).count() == 0
