"""Parcels in the desk: what has left of an order, handing over the next, arrivals."""

from datetime import datetime, time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce.commands import OrderStateNotAllowed
from ramah.commerce.commands.fulfilling import NothingLeftToShip, NotPaid
from ramah.commerce.models import Order
from ramah.commerce.permissions import FULFIL, VIEW_ORDERS
from ramah.commerce.queries import order_for
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.shipping import commands, queries
from ramah.shipping.forms import ArrivalForm, CarrierForm, ParcelForm
from ramah.shipping.queries.carriers import accounts_with_labels, label_lines

_REFUSED = {
    NothingLeftToShip: gettext_lazy("Some of these pieces have left already. Nothing was written; look again."),
    NotPaid: gettext_lazy("This order is not paid yet."),
    OrderStateNotAllowed: gettext_lazy("As the order stands now, nothing can be shipped."),
    commands.NumberInUse: gettext_lazy(
        "Another parcel that is under way has this tracking number. Nothing was written."
    ),
}


@require_GET
@access(VIEW_ORDERS)
def parcels(request: HttpRequest, public_id: str) -> HttpResponse:
    """The parcels of an order: a fragment for its page, or a page of its own."""
    order = order_for(actor_of(request), public_id=public_id)
    return _show(request, order, form=ParcelForm(order=order))


@require_http_methods(["POST"])
@access(FULFIL)
def ship(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand a parcel over."""
    actor = actor_of(request)
    order = order_for(actor, public_id=public_id)
    form = ParcelForm(request.POST, order=order)
    if not form.is_valid():
        return _show(request, order, form=form, status=422)
    told = {name: form.cleaned_data[name] for name in ("carrier", "tracking_number")}
    try:
        commands.hand_over(actor=actor, order=order, quantities=form.quantities, at=clock.now(), **told)
    except tuple(_REFUSED) as error:
        messages.error(request, _REFUSED[type(error)])
    else:
        messages.success(request, _("The parcel is on its way. The customer is told."))
    return redirect("order", public_id=order.public_id)


@require_POST
@access(FULFIL)
def correct(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Put carrier and number right."""
    actor = actor_of(request)
    shipment = queries.shipment_for(actor, public_id=public_id)
    form = CarrierForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    else:
        try:
            commands.correct_parcel(actor=actor, shipment=shipment, at=clock.now(), **form.cleaned_data)
        except commands.ParcelArrived:
            messages.error(request, _("The parcel has arrived; nothing was changed."))
        except commands.NumberInUse as error:
            messages.error(request, _REFUSED[type(error)])
        else:
            messages.success(request, _("Saved."))
    return redirect("order", public_id=shipment.order.public_id)


@require_POST
@access(FULFIL)
def arrive(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A parcel has arrived: today, or on the day that is named."""
    actor, now = actor_of(request), clock.now()
    shipment = queries.shipment_for(actor, public_id=public_id)
    form = ArrivalForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This is no date. Write it as 2026-11-18."))
        return redirect("order", public_id=shipment.order.public_id)
    on = form.cleaned_data["on"]
    noon = timezone.make_aware(datetime.combine(on, time(12))) if on else now
    # A parcel that left this afternoon and arrived today did not arrive at noon.
    left = shipment.handed_over_at
    moment = min(max(noon, left) if on and left and on >= timezone.localdate(left) else noon, now)
    try:
        commands.mark_delivered(actor=actor, shipment=shipment, delivered_at=moment, at=now)
    except commands.DeliveredBeforeHandOver:
        messages.error(request, _("It cannot have arrived before it left."))
    else:
        messages.success(request, _("The parcel has arrived."))
    return redirect("order", public_id=shipment.order.public_id)


def _show(request: HttpRequest, order: Order, *, form: ParcelForm, status: int = 200) -> HttpResponse:
    is_part = request.headers.get("HX-Request") and status == 200
    shown = {
        "order": order,
        "parcels": label_lines(queries.shipments_of(order)),
        "form": form,
        "is_part": is_part,
        "is_left": any(form.left.values()),
        "may_ship": actor_of(request).may(FULFIL) and order.state in ("placed", "paid", "packed"),
        "may_fulfil": actor_of(request).may(FULFIL),
        "may_label": actor_of(request).may(FULFIL) and bool(accounts_with_labels()),
    }
    template = "shipping/parcels.html#panel" if is_part else "shipping/parcels.html"
    return render(request, template, shown, status=status)
