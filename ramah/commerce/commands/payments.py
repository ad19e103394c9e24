"""Recording money: payments that came in, refunds that go back. Never more goes back than came in."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum

from ramah.commerce import order_states, permissions
from ramah.commerce.commands.orders import enter_state
from ramah.commerce.events import PaymentRecorded, RefundRecorded
from ramah.commerce.models import RECEIVED, Order, Payment, Refund
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, require
from ramah.kernel.events import publish
from ramah.kernel.money import Money

NEXT_REFUND_STATES = {
    Refund.State.REQUESTED: {Refund.State.APPROVED, Refund.State.SENT, Refund.State.FAILED},
    Refund.State.APPROVED: {Refund.State.SENT, Refund.State.FAILED},
}
_NOT_WANTED = "Paid after the order was cancelled"
_TOO_MUCH = "Paid more than the order costs"


class WrongCurrency(Exception):
    """The amount is in another currency than the order."""


class RefundExceedsPaid(Exception):
    """More would go back than came in. Carries what can still be refunded."""

    def __init__(self, left: Money) -> None:
        super().__init__(f"{left} can still be refunded")
        self.left = left


class RefundIsOver(Exception):
    """The refund was sent or has failed; it does not go on from there."""


@transaction.atomic
def record_payment(
    *,
    actor: Actor,
    order: Order,
    method: str,
    amount: Money,
    at: datetime,
    state: str = Payment.State.PAID,
    paid_at: datetime | None = None,
    reference: str = "",
) -> Payment:
    """Note a payment; an order that waited for its money and now has all of it becomes paid.

    Money that came in, came in at `paid_at` (default: `at`). Raises `WrongCurrency`.
    """
    require(actor, permissions.RECORD_PAYMENTS)
    order = _locked(order, amount)
    payment = Payment.objects.create(
        order=order,
        method=method,
        state=state,
        amount=amount.amount,
        paid_at=(paid_at or at) if state in RECEIVED else None,
        reference=reference,
        created_at=at,
    )
    audit.record(actor, "payment.record", f"order:{order.pk}", at=at, amount=str(amount.amount), state=state)
    publish(PaymentRecorded(order_id=order.pk, payment_id=payment.pk, state=payment.state), subject=f"order:{order.pk}")
    if order.state == order_states.PLACED and received_amount(order) >= order.total_amount:
        enter_state(order, order_states.PAID, actor=actor, at=at)
    return payment


@transaction.atomic
def record_refund(
    *,
    actor: Actor,
    order: Order,
    amount: Money,
    at: datetime,
    reason: str = "",
    payment: Payment | None = None,
    state: str = Refund.State.REQUESTED,
) -> Refund:
    """Note a refund, of one payment if given. The order is locked, so that refunds made at once cannot exceed what was paid.

    Raises `WrongCurrency`, `RefundExceedsPaid`.
    """
    require(actor, permissions.RECORD_PAYMENTS)
    order = _locked(order, amount)
    left = received_amount(order) - standing_amount(order)
    if payment is not None:
        left = min(left, _sum(_received(order).filter(pk=payment.pk)) - _sum(_standing(order).filter(payment=payment)))
    if amount.amount > left:
        raise RefundExceedsPaid(order.money(left))
    refund = Refund.objects.create(
        order=order,
        payment=payment,
        amount=amount.amount,
        reason=reason,
        state=state,
        sent_at=at if state == Refund.State.SENT else None,
        created_at=at,
    )
    audit.record(actor, "refund.record", f"order:{order.pk}", at=at, amount=str(amount.amount), state=state)
    _announce(order, refund, actor=actor, at=at)
    return refund


def ask_back_unwanted(order: Order, payment: Payment, *, at: datetime) -> Refund | None:
    """Ask back for the customer what a payment brought beyond what the order wants: all of it where that is over.

    `order` is locked and as it stands now. None where nothing is too much.
    """
    is_wanted = order.state not in (order_states.CANCELLED, order_states.REFUNDED)
    too_much = received_amount(order) - standing_amount(order) - (order.total_amount if is_wanted else Decimal(0))
    if too_much <= 0:
        return None
    return record_refund(
        actor=SYSTEM,
        order=order,
        amount=order.money(min(too_much, payment.amount)),
        payment=payment,
        reason=_TOO_MUCH if is_wanted else _NOT_WANTED,
        at=at,
    )


@transaction.atomic
def change_refund_state(*, actor: Actor, refund: Refund, state: str, at: datetime) -> Refund:
    """A refund is approved, sent, or has failed (its amount is free again). Raises `RefundIsOver`."""
    require(actor, permissions.RECORD_PAYMENTS)
    order = Order.objects.select_for_update().get(pk=refund.order_id)
    refund = Refund.objects.get(pk=refund.pk)
    if state not in NEXT_REFUND_STATES.get(Refund.State(refund.state), set()):
        raise RefundIsOver(f"{refund.state} -> {state}")
    refund.state = state
    refund.sent_at = at if state == Refund.State.SENT else None
    refund.save(update_fields=["state", "sent_at"])
    audit.record(actor, "refund.change_state", f"order:{order.pk}", at=at, state=state)
    _announce(order, refund, actor=actor, at=at)
    return refund


def _announce(order: Order, refund: Refund, *, actor: Actor, at: datetime) -> None:
    publish(RefundRecorded(order_id=order.pk, refund_id=refund.pk, state=refund.state), subject=f"order:{order.pk}")
    sent = _sum(order.refunds.filter(state=Refund.State.SENT))
    if refund.state == Refund.State.SENT and sent >= received_amount(order):
        order.payments.filter(state=Payment.State.PAID).update(state=Payment.State.REFUNDED)
        if order_states.may_change(order.state, order_states.REFUNDED):
            enter_state(order, order_states.REFUNDED, actor=actor, at=at)


def _locked(order: Order, amount: Money) -> Order:
    order = Order.objects.select_for_update().get(pk=order.pk)
    if amount.currency.code != order.currency:
        raise WrongCurrency(f"the order is in {order.currency}")
    return order


def received_amount(order: Order) -> Decimal:
    """What has come in for the order, whether or not it went back since."""
    return _sum(_received(order))


def standing_amount(order: Order) -> Decimal:
    """What has gone back for the order or is about to."""
    return _sum(_standing(order))


def _received(order: Order) -> QuerySet[Payment]:
    return order.payments.filter(state__in=RECEIVED)


def _standing(order: Order) -> QuerySet[Refund]:
    return order.refunds.exclude(state=Refund.State.FAILED)


def _sum(rows: QuerySet[Payment] | QuerySet[Refund]) -> Decimal:
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
