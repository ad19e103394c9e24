"""How an order stands, what comes next, what was promised and what is due, in plain words."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ramah.commerce.commands.changing import change_address
from ramah.commerce.models import DeliveryOption, Order, Payment
from ramah.commerce.queries.following import Followed, followed
from ramah.commerce.queries.orders import order_for
from ramah.commerce.testing import ADDRESS, AT, make_order
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.promises.commands import keep_promises, renegotiate_promise
from ramah.storefront.tests.order_browsers import order_of, page_of, proved
from ramah.storefront.tests.promised_orders import DUE, promised, shop, words_of

__all__ = ["shop"]
pytestmark = pytest.mark.django_db


def seen(order, at=AT + timedelta(days=1)) -> Followed:
    actor = CustomerActor(order.customer_id, SIGNED_IN)
    return followed(actor, order_for(actor, public_id=order.public_id), at=at)


def with_method(order, method, **fields):
    Order.objects.filter(pk=order.pk).update(payment_method=method, **fields)
    return Order.objects.get(pk=order.pk)


# How it stands


@pytest.mark.parametrize(
    ("state", "method", "words"),
    [
        ("placed", "bank_transfer", "We wait for your transfer."),
        ("placed", "card", "It is not paid yet."),
        ("placed", "", "It is not paid yet."),
        ("placed", "cod", "We pack it next."),
        ("paid", "card", "Paid. We pack it next."),
        ("packed", "", "Packed. It waits for the carrier."),
        ("shipped", "", "On its way to you."),
        ("delivered", "", "Delivered."),
        ("completed", "", "Delivered."),
        ("returned", "", "It came back to us."),
        ("cancelled", "", "Cancelled."),
        ("refunded", "", "Your money went back."),
    ],
)
def test_each_state_is_said_in_a_plain_sentence(state, method, words):
    assert seen(with_method(make_order(state=state), method)).words == words


def test_a_part_that_has_left_is_said():
    order = make_order(state="packed")
    order.lines.update(quantity=2, shipped_quantity=1)

    assert seen(order).words == "A part of it is on its way to you."


@pytest.mark.parametrize(
    ("state", "method", "kind", "ahead"),
    [
        (
            "placed",
            "bank_transfer",
            "home",
            ["Your payment arrives", "We pack it", "The carrier takes it", "At your door"],
        ),
        ("placed", "cod", "home", ["We pack it", "The carrier takes it", "At your door"]),
        ("paid", "", "branch", ["We pack it", "The carrier takes it", "At the branch, ready for you"]),
        ("packed", "", "pickup", ["Ready for you at the shop"]),
        ("shipped", "", "locker", ["In the parcel locker, ready for you"]),
        ("delivered", "", "home", []),
        ("cancelled", "", "home", []),
    ],
)
def test_what_comes_next_follows_from_state_payment_and_delivery(state, method, kind, ahead):
    option = DeliveryOption.objects.create(names={"en": "x"}, kind=kind, created_at=AT)
    order = with_method(make_order(state=state), method, delivery_option=option)

    steps = seen(order).steps

    assert [step.words for step in steps if step.state == "next"] == ahead
    assert [step.state for step in steps if step.state != "next"] == ["now"]


def test_another_address_is_a_line_of_the_way_and_an_agents_reason_is_not():
    order = make_order()
    order.history.update(reason="rush, VIP")
    actor = CustomerActor(order.customer_id, SIGNED_IN)
    change_address(actor=actor, order=order, address={**ADDRESS, "line1": "Jl. Baru 1"}, at=AT + timedelta(hours=1))

    past = [step for step in seen(order).steps if step.state != "next"]

    assert [(step.words, step.note) for step in past] == [("Paid", ""), ("Delivery address changed", "")]


# The promise


@pytest.mark.parametrize(
    ("at", "state", "text"),
    [
        (AT + timedelta(days=1), "open", "Arrives by 7 March"),
        (AT + timedelta(days=4, hours=12), "risk", "Promised by 7 March. Time is short, we watch it."),
        (DUE + timedelta(hours=1), "broken", "Was promised by 7 March. We are late."),
    ],
)
def test_a_running_promise_says_how_it_stands(at, state, text):
    order = make_order(state="shipped")
    promised(order)

    sight = seen(order, at=at).promise

    assert (sight.state, sight.text) == (state, text)


def test_a_promise_that_was_kept_or_came_late():
    kept, late = make_order(state="delivered"), make_order(state="delivered")
    for order, at in ((kept, AT + timedelta(days=4)), (late, DUE + timedelta(days=1))):
        promised(order)
        keep_promises(actor=SYSTEM, subject=f"order:{order.pk}", kinds=["delivery"], at=at)

    sights = [seen(order, at=AT + timedelta(days=9)).promise for order in (kept, late)]

    assert [(sight.state, sight.text) for sight in sights] == [
        ("kept", "In time, on 6 March"),
        ("broken", "Late, on 8 March"),
    ]


def test_a_promise_that_was_moved_says_both_days():
    order = make_order(state="shipped")
    made = promised(order)
    # Due at the end of 9 March on the clock of the shop: midnight belongs to the day before.
    moved = AT.replace(day=9, hour=17)
    renegotiate_promise(actor=SYSTEM, promise_id=made.pk, due_at=moved, reason="storm", at=AT + timedelta(days=1))

    sight = seen(order).promise

    assert (sight.state, sight.text) == ("renegotiated", "Was: 7 March. Now: 9 March")


def test_without_a_promise_the_date_of_the_order_stands_and_nothing_for_a_cancelled_one():
    order, cancelled = make_order(state="shipped"), make_order(state="cancelled")
    promised(cancelled)

    assert seen(order).promise.text == "Arrives by 7 March"
    assert seen(cancelled).promise is None


# What is due


def test_a_transfer_is_told_with_amount_account_and_limit():
    order = order_of(state="placed", paid=False)
    order = with_method(order, "bank_transfer", payment_due_at=clock.now() + timedelta(hours=20))

    text = words_of(proved(order).get(page_of(order)))

    assert "Rp 389.000 is left to pay" in text.replace("\xa0", " ").replace("&nbsp;", " ")
    assert "8012" in text
    assert "UA77" not in text
    assert order.number in text
    assert "The money must be there by" in text


def test_what_was_paid_in_part_is_taken_off():
    order = with_method(make_order(state="placed", paid=False, total=100000), "bank_transfer")
    Payment.objects.create(
        order=order, method="bank_transfer", state="paid", amount=Decimal(40000), paid_at=AT, created_at=AT
    )
    Payment.objects.create(order=order, method="card", state="pending", amount=Decimal(60000), created_at=AT)

    assert seen(order).due.amount == order.money(Decimal(60000))


@pytest.mark.parametrize(("state", "paid"), [("paid", True), ("cancelled", False), ("refunded", False)])
def test_nothing_is_due_where_it_was_paid_or_is_over(state, paid):
    assert seen(with_method(make_order(state=state, paid=paid), "bank_transfer")).due is None


def test_cash_on_delivery_asks_for_the_money_at_the_door_only():
    due = seen(with_method(make_order(state="shipped", paid=False), "cod")).due

    assert (due.at_the_door, due.accounts, due.online) == (True, (), False)


def test_another_shops_order_is_paid_there():
    order = make_order(state="placed", paid=False)
    Order.objects.filter(pk=order.pk).update(source="csv")

    assert seen(order).due is None
