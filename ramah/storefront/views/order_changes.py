"""What customers change about their orders by themselves."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ramah.commerce import permissions
from ramah.commerce.commands.changing import ChangeRefused, OtherTerms, cancel_order, change_address
from ramah.commerce.models import Order
from ramah.commerce.queries.changing import changes_open_to
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import Actor
from ramah.storefront.order_forms import AddressForm, CancelForm
from ramah.storefront.order_pages import other_terms, why_not
from ramah.storefront.pages import page
from ramah.storefront.views.order_doors import of_an_order


@public("cancelling an order that was proved; the rules stand in commerce")
@require_http_methods(["GET", "HEAD", "POST"])
@of_an_order
def cancel(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """Ask once more and why; then it is cancelled. A dialog that has asked already posts without a reason."""
    if not changes_open_to(actor, order).may_cancel:
        return _told(request, order, why_not(changes_open_to(actor, order).cancelling))
    form = CancelForm(request.POST if request.method == "POST" else None)
    is_paid = any(payment.is_received for payment in order.payments.all())
    if not form.is_valid():
        shown = {"order": order, "form": form, "is_paid": is_paid}
        return page(request, "storefront/order_cancel.html", shown, status=422 if form.is_bound else 200)
    try:
        cancel_order(actor=actor, order=order, reason=form.words(), at=clock.now())
    except ChangeRefused as refused:
        return _told(request, order, why_not(refused.why))
    goes_back = _("The order is cancelled. What you have paid goes back the way it came.")
    messages.success(request, goes_back if is_paid else _("The order is cancelled."))
    return _to_order(request, order)


@public("another address for an order that was proved; the rules stand in commerce")
@require_http_methods(["GET", "HEAD", "POST"])
@of_an_order
def address(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """Where else it should go, as long as it is not packed and costs and promise stay the same."""
    if not changes_open_to(actor, order).may_change_address:
        return _told(request, order, why_not(changes_open_to(actor, order).changing_address))
    form = AddressForm(order, _known_to(actor, order), request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _address_page(request, order, form, status=422 if form.is_bound else 200)
    try:
        change_address(actor=actor, order=order, address=form.address, at=clock.now())
    except ChangeRefused as refused:
        return _told(request, order, why_not(refused.why))
    except OtherTerms as other:
        return _address_page(request, order, form, why=other_terms(other.why), status=422)
    messages.success(request, _("The order goes to the new address."))
    return redirect("shop_order", public_id=order.public_id)


def _known_to(actor: Actor, order: Order) -> dict[str, str]:
    """The address to begin from: in full for who may see it so, else only what stands there unmasked."""
    if actor.may(permissions.VIEW_ADDRESSES):
        return dict(order.shipping_address)
    return {key: value for key, value in order.shipping_address.items() if key in ("name", "city", "region")}


def _address_page(
    request: HttpRequest, order: Order, form: AddressForm, *, why: str = "", status: int = 200
) -> HttpResponse:
    shown = {"order": order, "form": form, "why": why}
    return page(request, "storefront/order_address.html", shown, status=status)


def _told(request: HttpRequest, order: Order, why: str) -> HttpResponseBase:
    messages.warning(request, why or _("There is nothing left to change about this order."))
    return _to_order(request, order)


def _to_order(request: HttpRequest, order: Order) -> HttpResponseBase:
    url = reverse("shop_order", args=[order.public_id])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
