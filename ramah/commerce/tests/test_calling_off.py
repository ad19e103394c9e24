"""The shop cancels an order: what was paid is asked back, once, and nothing is where nothing came in or it is too late."""

from decimal import Decimal

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.commands.fulfilling import note_shipped
from ramah.commerce.commands.payments import record_refund
from ramah.commerce.models import Order, Refund
from ramah.commerce.testing import AT, make_order
from ramah.kernel.actors import SYSTEM
from ramah.kernel.money import Money

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


def call_off(client, order, reason="Out of cloth"):
    client.post(reverse("order-step", args=[order.public_id, "cancel"]), {"reason": reason})
    return Order.objects.get(pk=order.pk).state


def test_a_paid_order_asks_its_money_back_when_the_shop_cancels_it(ben):
    order = make_order(state="paid")
    paid = order.payments.get().amount

    assert call_off(ben, order) == "cancelled"

    refund = Refund.objects.get()
    assert (refund.order_id, refund.amount, refund.state, refund.reason) == (
        order.pk, paid, Refund.State.REQUESTED, "Out of cloth",
    )  # fmt: skip
    assert "Requested" in ben.get(reverse("order", args=[order.public_id])).content.decode()


def test_only_what_has_not_gone_back_yet_is_asked_back(ben):
    order = make_order(state="paid")
    paid = order.payments.get().amount
    record_refund(actor=SYSTEM, order=order, amount=Money(Decimal(1000), order.currency), at=AT)

    call_off(ben, order)

    assert list(Refund.objects.order_by("id").values_list("amount", flat=True)) == [Decimal(1000), paid - 1000]


def test_twice_asks_once(ben):
    order = make_order(state="paid")

    call_off(ben, order)
    call_off(ben, order)

    assert Refund.objects.count() == 1


def test_what_was_not_paid_or_has_left_asks_for_nothing(ben):
    unpaid = make_order(number="TL-1", paid=False)
    gone = make_order(number="TL-2", state="shipped")

    assert [call_off(ben, unpaid), call_off(ben, gone)] == ["cancelled", "shipped"]
    assert not Refund.objects.exists()


def test_a_contractor_cancels_nothing():
    order = make_order(state="paid")

    assert call_off(client_of(make_agent(name="Chris", role="contractor")), order) == "paid"
    assert not Refund.objects.exists()


def test_what_has_left_stays_paid_for(ben):
    order = make_order(state="paid")
    line = order.lines.get()
    line.quantity, line.total_amount = 3, Decimal(order.total_amount)
    line.save()
    note_shipped(actor=SYSTEM, order=order, quantities={line.pk: 1}, at=AT)

    assert call_off(ben, order) == "cancelled"

    third = (order.total_amount / 3).quantize(Decimal(1))
    assert Refund.objects.get().amount == order.total_amount - third


# What becomes of a refund


def refund_of(client, refund, state):
    return client.post(reverse("order-refund", args=[refund.public_id]), {"state": state}, follow=True)


@pytest.mark.parametrize(("state", "order_state"), [("sent", "refunded"), ("failed", "cancelled")])
def test_whoever_sends_the_money_says_so(ben, state, order_state):
    order = make_order(state="paid")
    call_off(ben, order)
    assert "The money is sent" in ben.get(reverse("order", args=[order.public_id])).content.decode()

    page = refund_of(ben, Refund.objects.get(), state).content.decode()

    assert Refund.objects.get().state == state
    assert Order.objects.get().state == order_state
    assert "The money is sent" not in page
    assert "Somebody has done that already" in refund_of(ben, Refund.objects.get(), "sent").content.decode()


def test_only_sent_or_failed_and_only_by_who_may(ben):
    call_off(ben, make_order(state="paid"))
    refund = Refund.objects.get()

    assert refund_of(ben, refund, "approved").status_code == 400
    assert ben.post(reverse("order-refund", args=["0" * 26]), {"state": "sent"}).status_code == 404
    chris = client_of(make_agent(name="Chris", role="contractor"))
    assert refund_of(chris, refund, "sent").status_code == 403
    assert Refund.objects.get().state == "requested"
