"""Payments and refunds: never more goes back than came in, also when two agents refund at once."""

from decimal import Decimal

import pytest

from ramah.commerce.commands import (
    RefundExceedsPaid,
    RefundIsOver,
    WrongCurrency,
    change_refund_state,
    record_payment,
    record_refund,
)
from ramah.commerce.models import Payment, Refund
from ramah.commerce.testing import AT, make_order
from ramah.kernel.actors import NOBODY, SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.money import Money
from ramah.kernel.testing import at_once


def rupiah(amount):
    return Money(Decimal(amount), "IDR")


def refund(order, amount, **options):
    return record_refund(actor=SYSTEM, order=order, amount=rupiah(amount), at=AT, **options)


@pytest.mark.django_db
def test_an_order_is_paid_when_all_of_it_came_in():
    order = make_order(state="placed", total=300, paid=False)

    first = record_payment(actor=SYSTEM, order=order, method="wallet", amount=rupiah(100), at=AT)
    order.refresh_from_db()
    assert (first.state, first.paid_at, order.state) == ("paid", AT, "placed")

    record_payment(actor=SYSTEM, order=order, method="card", amount=rupiah(200), at=AT)
    order.refresh_from_db()
    assert order.state == "paid"
    assert order.history.last().from_state == "placed"


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["pending", "authorized", "failed"])
def test_money_that_did_not_come_in_pays_nothing(state):
    order = make_order(state="placed", total=300, paid=False)

    payment = record_payment(actor=SYSTEM, order=order, method="card", amount=rupiah(300), at=AT, state=state)

    order.refresh_from_db()
    assert (payment.paid_at, order.state) == (None, "placed")
    with pytest.raises(RefundExceedsPaid):
        refund(order, 1)


@pytest.mark.django_db
def test_no_more_goes_back_than_came_in():
    order = make_order(total=300)
    refund(order, 200)

    with pytest.raises(RefundExceedsPaid) as caught:
        refund(order, 101)

    assert caught.value.left == rupiah(100)
    assert [r.amount for r in order.refunds.all()] == [200]
    assert AuditEntry.objects.count() == 1
    refund(order, 100)


@pytest.mark.django_db
def test_a_refund_of_one_payment_is_bound_by_that_payment():
    order = make_order(total=300)
    other = record_payment(actor=SYSTEM, order=order, method="wallet", amount=rupiah(50), at=AT)

    with pytest.raises(RefundExceedsPaid) as caught:
        refund(order, 60, payment=other)

    assert caught.value.left == rupiah(50)
    assert not Refund.objects.exists()


@pytest.mark.django_db
def test_a_failed_refund_gives_its_amount_free_again():
    order = make_order(total=300)
    first = refund(order, 300)

    change_refund_state(actor=SYSTEM, refund=first, state="failed", at=AT)

    assert refund(order, 300).amount == 300


@pytest.mark.django_db
def test_when_all_money_is_back_payment_and_order_say_so():
    order = make_order(state="returned", total=300)
    whole = refund(order, 300)

    change_refund_state(actor=SYSTEM, refund=whole, state="approved", at=AT)
    change_refund_state(actor=SYSTEM, refund=whole, state="sent", at=AT)

    whole.refresh_from_db()
    order.refresh_from_db()
    assert (whole.sent_at, order.state, order.payments.get().state) == (AT, "refunded", Payment.State.REFUNDED)


@pytest.mark.django_db
def test_a_part_that_went_back_leaves_the_order_as_it_is():
    order = make_order(state="delivered", total=300)

    refund(order, 100, state="sent")

    order.refresh_from_db()
    assert (order.state, order.payments.get().state) == ("delivered", "paid")


@pytest.mark.django_db
def test_a_refund_that_was_sent_does_not_go_on():
    sent = refund(make_order(total=300), 100, state="sent")

    with pytest.raises(RefundIsOver):
        change_refund_state(actor=SYSTEM, refund=sent, state="failed", at=AT)

    sent.refresh_from_db()
    assert sent.state == "sent"


@pytest.mark.django_db
def test_amounts_are_in_the_currency_of_the_order():
    order = make_order()

    for command in (record_refund, lambda **given: record_payment(method="card", **given)):
        with pytest.raises(WrongCurrency):
            command(actor=SYSTEM, order=order, amount=Money(1, "UAH"), at=AT)

    assert (order.refunds.count(), order.payments.count()) == (0, 1)


@pytest.mark.django_db
def test_who_may_not_record_money_does_not():
    order = make_order()

    with pytest.raises(PermissionDenied):
        record_refund(actor=NOBODY, order=order, amount=rupiah(1), at=AT)

    assert not Refund.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_refunds_made_at_once_cannot_exceed_what_was_paid():
    order = make_order(total=300)

    outcomes = at_once(*[lambda: refund(order, 100)] * 6)

    given_back = [outcome.amount for outcome in outcomes if isinstance(outcome, Refund)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, RefundExceedsPaid)]
    assert (given_back, len(refused)) == ([Decimal(100)] * 3, 3)
    assert sum(r.amount for r in order.refunds.all()) == 300
