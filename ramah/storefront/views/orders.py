"""The page of an order, the history of a customer's orders, ordering again, the invoice."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from ramah.commerce.commands.invoices import InvoiceNotDue, invoice_file
from ramah.commerce.models import Order
from ramah.commerce.queries.following import orders_followed
from ramah.customers.queries import CustomerActor
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import Actor
from ramah.kernel.paging import BadCursor
from ramah.storefront.order_pages import lines_shown, order_page
from ramah.storefront.pages import page
from ramah.storefront.reordering import put_again, said_of
from ramah.storefront.signing_in import customers_only
from ramah.storefront.views.order_doors import of_an_order
from ramah.storefront.visiting import remember_cart, visitor_of
from ramah.ui.errors import error_page


@public("an order, to whoever is signed in as its customer or has proved it")
@require_safe
@of_an_order
def order(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """How the order stands, what comes next, what can be done about it."""
    shown = order_page(actor, order, language=visitor_of(request).language, at=clock.now())
    return page(request, "storefront/order.html", {"order": order, "shown": shown, "followed": shown.followed})


@public("a customer's own orders, by their log-in")
@require_GET
@customers_only
def history(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """All orders of the customer who is signed in, newest first."""
    cursor = request.GET.get("cursor", "")
    try:
        rows, following = orders_followed(actor, at=clock.now(), cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    more = f"{reverse('account_orders')}?{urlencode({'cursor': following})}" if following else ""
    is_part = request.headers.get("HX-Request") and cursor
    template = "storefront/account_orders.html#rows" if is_part else "storefront/account_orders.html"
    shown = [(row, lines_shown(row, visitor_of(request).language)) for row in rows]
    return page(request, template, {"rows": shown, "more": more})


@public("ordering again what is in an order that was proved")
@require_POST
@of_an_order
def reorder(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """Put what can still be bought into the cart, and say what was left out."""
    visitor = visitor_of(request)
    again = put_again(visitor, order, at=clock.now())
    for tone, text in said_of(again):
        messages.add_message(request, tone, text)
    response = redirect("cart") if again.put_in or again.cut else redirect("shop_order", public_id=order.public_id)
    if again.cart_id:
        remember_cart(response, again.cart_id, again.count)
    return response


@public("the invoice of an order that was proved")
@require_safe
@of_an_order
def invoice(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """The invoice as a PDF to keep. Its number is given with the first look at it, if nobody was faster."""
    try:
        paper = invoice_file(actor=actor, order=order, at=clock.now())
    except InvoiceNotDue:
        messages.info(request, _("The invoice comes with your payment."))
        return redirect("shop_order", public_id=order.public_id)
    response = HttpResponse(paper.content, content_type="application/pdf")
    response["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=paper.name))
    response["Cache-Control"] = "private, no-store"
    return response
