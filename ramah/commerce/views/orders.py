"""Order pages of the desk, and the orders panel beside the conversation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from ramah.commerce import permissions, queries
from ramah.commerce.forms.fulfilling import CancelForm, NoteForm, TransferForm
from ramah.commerce.models import Order, Payment
from ramah.commerce.order_steps import steps_from
from ramah.commerce.queries import fulfilment
from ramah.commerce.queries.sights import sight_of
from ramah.customers.queries import customer_for
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.paging import BadCursor, Page
from ramah.kernel.panels import order_panels
from ramah.ui.errors import error_page

VIEW_NAMES = {
    "to_pay": _("To be paid"),
    "to_pack": _("To pack"),
    "to_ship": _("To ship"),
    "under_way": _("On their way"),
    "done": _("Delivered"),
    "returned": _("Returned"),
    "cancelled": _("Cancelled"),
}


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
    """Orders, newest first: all or those of a `view`, by way of paying, by number or e-mail address."""
    actor, cursor = actor_of(request), request.GET.get("cursor", "")
    wanted = fulfilment.Wanted(
        *(request.GET.get(name, "").strip()[:longest] for name, longest in (("view", 12), ("method", 13), ("q", 100)))
    )
    try:
        page = fulfilment.orders_to_work_on(actor, wanted, cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    asked = {"view": wanted.view, "method": wanted.method, "q": wanted.words}
    shown = {
        "rows": [sight_of(order, at=clock.now()) for order in page.rows],
        "text": wanted.words,
        "wanted": wanted,
        "views": VIEW_NAMES.items(),
        "methods": Payment.Method.choices,
        "may_pack": actor.may(permissions.FULFIL) and wanted.view == "to_pack",
        "may_record": actor.may(permissions.RECORD_PAYMENTS),
        "more": _next(reverse("orders"), page, **{name: value for name, value in asked.items() if value}),
    }
    template = "commerce/orders.html#rows" if request.headers.get("HX-Request") and cursor else "commerce/orders.html"
    return render(request, template, shown)


@require_GET
@access(permissions.VIEW_ORDERS)
def order(request: HttpRequest, public_id: str) -> HttpResponse:
    """One order: lines, addresses, payments, refunds, history, and what can be done with it."""
    actor = actor_of(request)
    found = queries.order_for(actor, public_id=public_id)
    addresses = {
        "shipping": queries.address_shown(actor, found.shipping_address),
        "billing": queries.address_shown(actor, found.billing_address),
    }
    sight = sight_of(found, at=clock.now(), addresses=addresses)
    may_fulfil, may_record = actor.may(permissions.FULFIL), actor.may(permissions.RECORD_PAYMENTS)
    shown = {
        "sight": sight,
        "order": found,
        "panels": [panel for panel in order_panels() if actor.may(panel.permission)],
        "steps": steps_from(found.state, method=found.payment_method) if may_fulfil else {},
        "note_form": NoteForm({"note": found.merchant_note}) if may_fulfil else None,
        "cancel_form": CancelForm() if may_fulfil else None,
        "may_record": may_record,
        "transfer_form": TransferForm(order=found) if may_record and found.state == Order.State.PLACED else None,
    }
    return render(request, "commerce/order.html", shown)


def _next(url: str, page: Page[Order], **query: str) -> str:
    return f"{url}?{urlencode({**query, 'cursor': page.next_cursor})}" if page.next_cursor else ""
