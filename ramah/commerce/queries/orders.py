"""Reads of commerce. `order_for` is the door to an order; what of its addresses may be seen, `address_shown` says."""

import re
from typing import Any

from django.db.models import Prefetch, QuerySet

from ramah.commerce import permissions
from ramah.commerce.addresses import Address, masked
from ramah.commerce.models import Order, OrderLine, Product, Refund
from ramah.customers.models import Customer
from ramah.customers.queries import customer_acting
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.paging import Page, keyset_page

NEWEST_FIRST = ("-placed_at", "-id")
_LINES = Prefetch("lines", OrderLine.objects.select_related("variant__product"))
_DETAILS = (_LINES, "payments", "refunds", "history")


def search_key(number: str) -> str:
    """An order number as it is searched for: `#tl 40817` and `TL-40817` are the same."""
    return re.sub(r"[\W_]+", "", number).upper()[:40]


def orders_visible_to(actor: Actor) -> QuerySet[Order]:
    """The orders that `actor` may see: agents all, a customer what the ladder grants of their own, others none."""
    if not actor.may(permissions.VIEW_ORDERS):
        return Order.objects.none()
    own = customer_acting(actor)
    if own is None:
        return Order.objects.all()
    orders = Order.objects.filter(customer_id=own.customer_id)
    return orders if own.may("commerce.view_all_orders") else orders.filter(pk=own.order_id or 0)


def order_for(actor: Actor, *, public_id: str) -> Order:
    """The order with customer, lines, payments, refunds and history, in five queries. Raises `NotVisible`."""
    found = orders_visible_to(actor).filter(public_id=public_id)
    order = found.select_related("customer").prefetch_related(*_DETAILS).first()
    if order is None:
        raise NotVisible
    return order


def refund_for(actor: Actor, *, public_id: str) -> Refund:
    """The refund, its order loaded, of an order that the actor may see. Raises `NotVisible`."""
    found = (
        Refund.objects.filter(public_id=public_id, order__in=orders_visible_to(actor)).select_related("order").first()
    )
    if found is None:
        raise NotVisible
    return found


def orders_of_customer(actor: Actor, customer: Customer, *, cursor: str = "", size: int = 3) -> Page[Order]:
    """Orders of the customer, newest first, with lines, payments, refunds and history loaded. Raises `BadCursor`."""
    orders = orders_visible_to(actor).filter(customer=customer)
    orders = orders.prefetch_related(*_DETAILS)
    return keyset_page(orders, order=NEWEST_FIRST, cursor=cursor, size=size)


def address_shown(actor: Actor, address: Address) -> Address:
    """The address as `actor` may see it: in full, or masked."""
    return address if actor.may(permissions.VIEW_ADDRESSES) else masked(address)


def products_visible_to(actor: Actor) -> QuerySet[Product]:
    """Products on sale for everyone, all of them for agents."""
    if not actor.may(permissions.VIEW_ORDERS) or customer_acting(actor):
        return Product.objects.filter(status=Product.Status.ACTIVE)
    return Product.objects.all()


def product_for(actor: Actor, *, public_id: str) -> Product:
    """The product with its variants. Products on sale are seen by everyone, others by agents. Raises `NotVisible`."""
    product = products_visible_to(actor).prefetch_related("variants").filter(public_id=public_id).first()
    if product is None:
        raise NotVisible
    return product


def is_known(number: str) -> bool:
    """Whether an order of this number is here."""
    return Order.objects.filter(number=number).exists()


def orders_exported(customer_id: int) -> list[dict[str, Any]]:
    """All that is kept of a customer's orders, as JSON: for the customer's own copy of their data."""
    orders = Order.objects.filter(customer_id=customer_id).order_by("id").prefetch_related(*_DETAILS)
    return [
        {
            "number": order.number,
            "placed_at": order.placed_at.isoformat(),
            "state": order.state,
            "total": f"{order.total_amount} {order.currency}",
            "shipping_address": order.shipping_address,
            "billing_address": order.billing_address,
            "note": order.note,
            "lines": [
                {"title": line.title, "sku": line.sku, "quantity": line.quantity, "total": str(line.total_amount)}
                for line in order.lines.all()
            ],
            "payments": [
                {"method": payment.method, "state": payment.state, "amount": str(payment.amount)}
                for payment in order.payments.all()
            ],
            "refunds": [{"amount": str(refund.amount), "state": refund.state} for refund in order.refunds.all()],
        }
        for order in orders
    ]
