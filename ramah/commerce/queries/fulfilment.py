"""The orders that the shop works on, by what is to be done with them."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from ramah.commerce import order_states as states
from ramah.commerce.models import Order, OrderLine, Payment
from ramah.commerce.queries.orders import NEWEST_FIRST, orders_visible_to, search_key
from ramah.customers.models import ContactPoint
from ramah.kernel.actors import Actor
from ramah.kernel.paging import Page, keyset_page, merged_page

_CASH = Q(payment_method=Payment.Method.COD)
# What is to be done -> the parts of the list, each of one state, so that it walks the index on states.
VIEWS: dict[str, tuple[tuple[str, Q], ...]] = {
    "to_pay": ((states.PLACED, ~_CASH),),
    "to_pack": ((states.PLACED, _CASH), (states.PAID, Q())),
    "to_ship": ((states.PACKED, Q()),),
    "under_way": ((states.SHIPPED, Q()),),
    "done": ((states.DELIVERED, Q()), (states.COMPLETED, Q())),
    "returned": ((states.RETURNED, Q()), (states.REFUNDED, Q())),
    "cancelled": ((states.CANCELLED, Q()),),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders are asked for: a key of `VIEWS` (empty: all), a way of paying, a number or an e-mail address."""

    view: str = ""
    method: str = ""
    words: str = ""


def orders_to_work_on(actor: Actor, wanted: Wanted, *, cursor: str = "", size: int = 25) -> Page[Order]:
    """The orders as wanted with customer and `line_count`, newest first. Raises `BadCursor`."""
    # Counted per row that is shown; a join would count the lines of all orders first.
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order").annotate(count=Count("pk"))
    orders = _found(orders_visible_to(actor), wanted.words.strip()).select_related("customer")
    orders = orders.annotate(line_count=Subquery(lines.values("count")))
    if wanted.method:
        orders = orders.filter(payment_method=wanted.method)
    if wanted.view in VIEWS:
        parts = [orders.filter(condition, state=state) for state, condition in VIEWS[wanted.view]]
        return merged_page(parts, order=NEWEST_FIRST, cursor=cursor, size=size)
    return keyset_page(orders, order=NEWEST_FIRST, cursor=cursor, size=size)


def _found(orders: QuerySet[Order], words: str) -> QuerySet[Order]:
    if not words:
        return orders
    if "@" in words:
        points = ContactPoint.objects.filter(kind=ContactPoint.Kind.EMAIL, value=words.lower())
        return orders.filter(customer__in=points.values("customer_id"))
    key = search_key(words)
    return orders.filter(search_key__startswith=key) if key else orders.none()


def transfers_awaited(actor: Actor, *, cursor: str = "", size: int = 25) -> Page[Order]:
    """Orders that wait for a bank transfer, the oldest first, with customer and payments. Raises `BadCursor`."""
    orders = orders_visible_to(actor).filter(state=states.PLACED, payment_method=Payment.Method.BANK_TRANSFER)
    orders = orders.select_related("customer").prefetch_related("payments")
    return keyset_page(orders, order=("placed_at", "id"), cursor=cursor, size=size)
