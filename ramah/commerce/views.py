"""Order pages of the desk, and the orders panel beside the conversation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from ramah.commerce import permissions, queries
from ramah.commerce.models import Order
from ramah.commerce.presentation import sight_of
from ramah.customers.queries import customer_for
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.paging import BadCursor, Page
from ramah.ui.errors import error_page


@require_GET
@access(permissions.VIEW_ORDERS)
def panel(request: HttpRequest, customer_public_id: str) -> HttpResponse:
    """The latest orders of a customer, as a fragment; with `cursor` those before."""
    customer = customer_for(actor_of(request), public_id=customer_public_id)
    cursor = request.GET.get("cursor", "")
    try:
        page = queries.orders_of_customer(actor_of(request), customer, cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    now = clock.now()
    more = _next(reverse("orders-panel", args=[customer.public_id]), page)
    sights = [sight_of(order, at=now) for order in page.rows]
    return render(request, "commerce/panel.html", {"sights": sights, "more": more, "is_first": not cursor})


@require_GET
@access(permissions.VIEW_ORDERS)
def orders(request: HttpRequest) -> HttpResponse:
    """All orders, newest first, or those whose number begins with `q`."""
    text, cursor = request.GET.get("q", "").strip()[:40], request.GET.get("cursor", "")
    try:
        page = queries.orders_by_number(actor_of(request), text, cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    rows = [sight_of(order, at=clock.now()) for order in page.rows]
    template = "commerce/orders.html#rows" if request.headers.get("HX-Request") and cursor else "commerce/orders.html"
    return render(
        request,
        template,
        {"rows": rows, "text": text, "more": _next(reverse("orders"), page, **({"q": text} if text else {}))},
    )


@require_GET
@access(permissions.VIEW_ORDERS)
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """One order: lines, addresses, payments, refunds, history."""
    actor = actor_of(request)
    found = queries.order_for(actor, public_id=public_id)
    addresses = {
        "shipping": queries.address_shown(actor, found.shipping_address),
        "billing": queries.address_shown(actor, found.billing_address),
    }
    sight = sight_of(found, at=clock.now(), addresses=addresses)
    return render(request, "commerce/order.html", {"sight": sight, "order": found})


def _next(url: str, page: Page[Order], **query: str) -> str:
    return f"{url}?{urlencode({**query, 'cursor': page.next_cursor})}" if page.next_cursor else ""
