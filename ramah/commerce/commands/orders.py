"""Placing orders and taking them from state to state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from ramah.commerce import order_states, permissions
from ramah.commerce.addresses import make_address
from ramah.commerce.events import OrderPlaced, OrderStateChanged
from ramah.commerce.models import Order, OrderLine, OrderStateChange, Variant
from ramah.commerce.queries import search_key
from ramah.customers.models import Customer
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish

OWN_SHOP = "shop"


class OutOfStock(Exception):
    """There are fewer pieces than were ordered. Carries the SKU."""


class OrderStateNotAllowed(Exception):
    """An order cannot go from its state to that one; see `order_states`."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to order: so many pieces of a variant at its present price."""

    variant: Variant
    quantity: int


@transaction.atomic
def place_order(
    *,
    actor: Actor,
    customer: Customer,
    number: str,
    lines: Sequence[NewLine],
    at: datetime,
    language: str = "",
    shipping: Decimal = Decimal(0),
    discount: Decimal = Decimal(0),
    shipping_address: Mapping[str, str] | None = None,
    billing_address: Mapping[str, str] | None = None,
    promised: tuple[date, date] | None = None,
    note: str = "",
) -> Order:
    """An order in this shop, at the variants' prices, which must share one currency; the pieces leave the stock.

    Raises `OutOfStock`; ValueError for lines that are empty or in different currencies.
    """
    require(actor, permissions.CHANGE_ORDERS)
    currencies = {line.variant.currency for line in lines}
    if len(currencies) != 1:
        raise ValueError("an order has lines, all in one currency")
    # Always in the same sequence, so that two orders of the same variants never wait for each other.
    for line in sorted(lines, key=lambda line: line.variant.pk):
        taken = Variant.objects.filter(pk=line.variant.pk, stock__gte=line.quantity)
        if not taken.update(stock=F("stock") - line.quantity):
            raise OutOfStock(line.variant.sku)
    items = sum((line.variant.price_amount * line.quantity for line in lines), Decimal(0))
    order = Order.objects.create(
        number=number,
        search_key=search_key(number),
        source=OWN_SHOP,
        customer=customer,
        placed_at=at,
        created_at=at,
        language=language or customer.language,
        currency=currencies.pop(),
        items_amount=items,
        shipping_amount=shipping,
        discount_amount=discount,
        total_amount=items + shipping - discount,
        shipping_address=make_address(shipping_address or {}),
        billing_address=make_address(billing_address or {}),
        promised_from=promised and promised[0],
        promised_to=promised and promised[1],
        note=note,
    )
    OrderLine.objects.bulk_create(_line_of(order, line) for line in lines)
    OrderStateChange.objects.create(order=order, at=at, to_state=order.state, actor=actor.ref)
    audit.record(actor, "order.place", f"order:{order.pk}", at=at)
    publish(OrderPlaced(order_id=order.pk, customer_id=customer.pk), subject=f"order:{order.pk}")
    return order


def _line_of(order: Order, line: NewLine) -> OrderLine:
    return OrderLine(
        order=order,
        variant=line.variant,
        sku=line.variant.sku,
        title=line.variant.product.title_in(order.language).text,
        options=line.variant.options,
        quantity=line.quantity,
        unit_amount=line.variant.price_amount,
        total_amount=line.variant.price_amount * line.quantity,
    )


@transaction.atomic
def change_order_state(*, actor: Actor, order: Order, state: str, at: datetime, reason: str = "") -> Order:
    """Take the order one step on. Pieces of an order of this shop that is cancelled go back into the stock.

    Raises `OrderStateNotAllowed`.
    """
    require(actor, permissions.CHANGE_ORDERS)
    order = Order.objects.select_for_update().get(pk=order.pk)
    if not order_states.may_change(order.state, state):
        raise OrderStateNotAllowed(f"{order.state} -> {state}")
    if state == order_states.CANCELLED and order.source == OWN_SHOP:
        for line in order.lines.exclude(variant=None).order_by("variant_id"):
            Variant.objects.filter(order_lines=line).update(stock=F("stock") + line.quantity)
    enter_state(order, state, actor=actor, at=at, reason=reason)
    audit.record(actor, "order.change_state", f"order:{order.pk}", at=at, state=state)
    return order


def enter_state(order: Order, state: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """Write the new state of a locked order, its line of history and the event; whoever calls has checked and audits."""
    before, order.state = order.state, state
    order.save(update_fields=["state"])
    OrderStateChange.objects.create(
        order=order, at=at, from_state=before, to_state=state, actor=actor.ref, reason=reason
    )
    publish(
        OrderStateChanged(order_id=order.pk, customer_id=order.customer_id, from_state=before, to_state=state),
        subject=f"order:{order.pk}",
    )


@transaction.atomic
def erase_personal_data(*, customer_id: int) -> None:
    """Take names, addresses and words of a customer off their orders; the figures stay for the books. Repeatable."""
    Order.objects.filter(customer_id=customer_id).update(shipping_address={}, billing_address={}, note="")
