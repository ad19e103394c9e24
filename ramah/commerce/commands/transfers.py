"""Bank transfers that have come in, as the merchant reads them off the bank's statement."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from ramah.commerce import permissions
from ramah.commerce.commands.payments import ask_back_unwanted, record_payment
from ramah.commerce.models import Order, Payment
from ramah.kernel.actors import Actor, require
from ramah.kernel.money import Money


class NothingReceived(Exception):
    """The amount is not above zero."""


@transaction.atomic
def receive_transfer(
    *, actor: Actor, order: Order, amount: Money, reference: str, received_at: datetime, at: datetime
) -> Payment:
    """So much money has come in for an order. With all of it the order is paid; what is still to come stays pending.

    What comes in for an order that was cancelled meanwhile, or beyond its total, is asked back for the customer at once.
    Raises `NothingReceived`, `WrongCurrency`, `PermissionDenied`.
    """
    require(actor, permissions.RECORD_PAYMENTS)
    if amount.amount <= 0:
        raise NothingReceived
    order = Order.objects.select_for_update().get(pk=order.pk)
    _lower_pending(order, amount.amount)
    payment = record_payment(
        actor=actor,
        order=order,
        method=Payment.Method.BANK_TRANSFER,
        amount=amount,
        paid_at=received_at,
        reference=reference,
        at=at,
    )
    ask_back_unwanted(order, payment, at=at)
    return payment


def _lower_pending(order: Order, received: Decimal) -> None:
    """What was awaited is awaited no longer, as far as it has come."""
    pending = order.payments.filter(state=Payment.State.PENDING, method=Payment.Method.BANK_TRANSFER).first()
    if pending is None:
        return
    if pending.amount <= received:
        pending.delete()
    else:
        pending.amount -= received
        pending.save(update_fields=["amount"])
