"""Orders whose money did not come: cancelled when their time is up, or paid in another way than was chosen first."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from ramah.commerce import order_states
from ramah.commerce.commands.checkout import GATEWAY_TIME
from ramah.commerce.commands.gateways import GatewayUnavailable, ask_gateway
from ramah.commerce.commands.orders import change_order_state
from ramah.commerce.models import Order, Payment
from ramah.commerce.queries.checkout import payment_ways
from ramah.commerce.queries.terms import shop_profile
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor

NOT_PAID = "Not paid in time"
_ROUND = 50
_LATER = timedelta(minutes=15)
_log = logging.getLogger(__name__)


class MethodNotOpen(Exception):
    """The order does not wait for money, or cannot be paid in this way."""


def cancel_unpaid(*, at: datetime) -> int:
    """Cancel orders whose money did not come in time. A job: any number of workers may run it at the same moment.

    Whoever moves the due time on by a conditional update has the order. So one that cannot be cancelled now (the gateway does not
    say whether it was paid) is looked at again later and holds up no other.
    """
    late = Order.objects.filter(state=order_states.PLACED, payment_due_at__lte=at)
    cancelled = 0
    for order in list(late.order_by("payment_due_at")[:_ROUND]):
        claimed = late.filter(pk=order.pk, payment_due_at=order.payment_due_at).update(payment_due_at=at + _LATER)
        if claimed:
            cancelled += _cancelled(order, at=at)
    return cancelled


def _cancelled(order: Order, *, at: datetime) -> bool:
    try:
        ask_gateway(order=order, at=at)
    except GatewayUnavailable:
        _log.warning("unpaid order kept: the gateway does not answer", extra={"order": order.pk})
        return False
    with transaction.atomic():
        locked = Order.objects.select_for_update().get(pk=order.pk)
        # Paid in between, or the bank holds the money for us: somebody has to take it or let it go.
        held = locked.payments.filter(state=Payment.State.AUTHORIZED).exists()
        if locked.state != order_states.PLACED or held:
            return False
        change_order_state(actor=SYSTEM, order=locked, state=order_states.CANCELLED, at=at, reason=NOT_PAID)
    return True


@transaction.atomic
def choose_payment(*, actor: Actor, order: Order, method: str, at: datetime) -> Order:
    """Pay an order that waits for its money in another way, with the time that this way takes from now.

    The caller was let through to the order. Cash on delivery, which has a fee, is no other way. Raises `MethodNotOpen`.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    shop = shop_profile()
    ways = {way.method for way in payment_ways(shop, order.currency, None, order.total_amount)}
    if order.state != order_states.PLACED or order.payment_due_at is None or method not in ways:
        raise MethodNotOpen(method)
    if method != order.payment_method:
        is_transfer = method == Payment.Method.BANK_TRANSFER
        order.payment_method = method
        order.payment_due_at = at + (timedelta(hours=shop.transfer_hours) if is_transfer else GATEWAY_TIME)
        order.save(update_fields=["payment_method", "payment_due_at"])
        order.payments.filter(state=Payment.State.PENDING).update(method=method)
        audit.record(actor, "order.choose_payment", f"order:{order.pk}", at=at, method=method)
    return order
