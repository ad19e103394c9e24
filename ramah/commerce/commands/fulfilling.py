"""What the shop does with an order after it was placed: packing, shipping in one or several parcels, notes, calling it off."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from ramah.commerce import order_states, permissions
from ramah.commerce.commands.orders import OrderStateNotAllowed, change_order_state, enter_state
from ramah.commerce.commands.payments import received_amount, record_refund, standing_amount
from ramah.commerce.models import Order, OrderLine, Payment
from ramah.commerce.pricing import refundable
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, require

MOST_NOTED = 2000


class NothingLeftToShip(Exception):
    """Fewer pieces of a line are left than were to be shipped. Carries the line's key."""


class NotPaid(Exception):
    """The order waits for its money; only cash on delivery leaves unpaid."""


@transaction.atomic
def pack_order(*, actor: Actor, order: Order, at: datetime) -> Order:
    """The order is in its parcel and waits for the carrier. Packing it twice is harmless.

    Raises `NotPaid`, `OrderStateNotAllowed`, `PermissionDenied`.
    """
    require(actor, permissions.FULFIL)
    order = _locked(order)
    if order.state == order_states.PACKED:
        return order
    _pack(order, actor=actor, at=at)
    audit.record(actor, "order.pack", f"order:{order.pk}", at=at)
    return order


@transaction.atomic
def note_shipped(*, actor: Actor, order: Order, quantities: Mapping[int, int], at: datetime) -> Order:
    """So many pieces of each line (by key) have left. Once all have, the order is on its way; until then it stays packed.

    Raises `NothingLeftToShip`, `NotPaid`, `OrderStateNotAllowed`, `PermissionDenied`; ValueError without any piece.
    """
    require(actor, permissions.FULFIL)
    if not quantities or min(quantities.values()) < 1:
        raise ValueError("a parcel holds at least one piece of a line")
    order = _locked(order)
    if order.state != order_states.PACKED:
        _pack(order, actor=actor, at=at)
    for key, quantity in sorted(quantities.items()):
        line = OrderLine.objects.filter(pk=key, order=order, shipped_quantity__lte=F("quantity") - quantity)
        if not line.update(shipped_quantity=F("shipped_quantity") + quantity):
            raise NothingLeftToShip(key)
    if not order.lines.filter(shipped_quantity__lt=F("quantity")).exists():
        enter_state(order, order_states.SHIPPED, actor=actor, at=at)
    audit.record(actor, "order.ship", f"order:{order.pk}", at=at, pieces=sum(quantities.values()))
    return order


@transaction.atomic
def call_off(*, actor: Actor, order: Order, at: datetime, reason: str = "") -> Order:
    """The shop cancels the order. What was paid is asked back for the customer; of an order that has left in part, what was paid
    for the pieces that have not.

    Raises `OrderStateNotAllowed`, `PermissionDenied`.
    """
    order = change_order_state(actor=actor, order=order, state=order_states.CANCELLED, at=at, reason=reason)
    if (due := _to_ask_back(order)) > 0:
        # By the system: whoever may cancel need not be one who may pay back; somebody who may sends it.
        record_refund(actor=SYSTEM, order=order, amount=order.money(due), at=at, reason=reason)
    return order


@transaction.atomic
def annotate_order(*, actor: Actor, order: Order, note: str, at: datetime) -> Order:
    """Write down what colleagues should know of the order; the customer never sees it."""
    require(actor, permissions.FULFIL)
    order = _locked(order)
    order.merchant_note = note.strip()[:MOST_NOTED]
    order.save(update_fields=["merchant_note"])
    audit.record(actor, "order.annotate", f"order:{order.pk}", at=at)
    return order


def _to_ask_back(order: Order) -> Decimal:
    left = received_amount(order) - standing_amount(order)
    lines = list(order.lines.all())
    if not any(line.shipped_quantity for line in lines):
        return left
    # The parcel that has left stays paid for, and so does its delivery.
    return min(left, sum((_of_what_stayed(line, order.currency) for line in lines), Decimal(0)))


def _of_what_stayed(line: OrderLine, currency: str) -> Decimal:
    pieces = line.quantity - line.shipped_quantity
    return refundable(line.paid_amount, quantity=line.quantity, pieces=pieces, currency=currency)


def _pack(order: Order, *, actor: Actor, at: datetime) -> None:
    if order.state == order_states.PLACED and order.payment_method != Payment.Method.COD:
        raise NotPaid
    if not order_states.may_change(order.state, order_states.PACKED):
        raise OrderStateNotAllowed(f"{order.state} -> {order_states.PACKED}")
    enter_state(order, order_states.PACKED, actor=actor, at=at)


def _locked(order: Order) -> Order:
    return Order.objects.select_for_update().get(pk=order.pk)
