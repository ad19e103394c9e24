"""Where an order is: for whoever is signed in as its customer or has proved it; and what its carrier may be asked for."""

import hashlib

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ramah.commerce.models import Order
from ramah.customers.queries import CustomerActor
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import Actor, NotVisible
from ramah.notices.commands.answering import NobodyToTell
from ramah.notices.commands.carrying_out import ChoiceGone, take_wish
from ramah.notices.queries.choices import own_zone, wishes_open
from ramah.shipping.models import Shipment
from ramah.shipping.queries import shipment_for
from ramah.storefront.choice_forms import Picks
from ramah.storefront.pages import page
from ramah.storefront.track_page import FOLLOW, TrackPage, track_page
from ramah.storefront.views.order_doors import of_an_order
from ramah.storefront.visiting import visitor_of


def kept_private(response: HttpResponseBase) -> HttpResponseBase:
    """In no cache, in no index, and its address in no Referer that goes elsewhere.

    Not `no-referrer`: browsers then send `Origin: null` with the page's own forms, which the CSRF check refuses.
    """
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


@public("where an order is, to whoever is signed in as its customer or has proved it")
@require_safe
@of_an_order
def track(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """The page; asked again by itself, what of it changes, and nothing (204) where nothing has changed since `seen`."""
    if not actor.may(FOLLOW):
        raise NotVisible
    with timezone.override(own_zone(order)):
        shown = track_page(actor, order, language=visitor_of(request).language, at=clock.now())
        context = {"order": order, "shown": shown, "seen": _digest(shown)}
        if request.headers.get("HX-Request"):
            is_same = request.GET.get("seen") == context["seen"]
            response = HttpResponse(status=204) if is_same else page(request, "storefront/track.html#live", context)
        else:
            response = page(request, "storefront/track.html", context)
    return kept_private(response)


@public("asking the carrier of an own parcel, by whoever has proved the order")
@require_http_methods(["GET", "HEAD", "POST"])
@of_an_order
def ask(request: HttpRequest, actor: Actor, order: Order, parcel: str) -> HttpResponseBase:
    """Ask for another day or place without having been told of anything."""
    shipment = _parcel_of(actor, order, parcel)
    at = clock.now()
    picks = Picks(order, wishes_open(order, shipment, actor=actor, at=at), request, asked=request.GET.get("choice", ""))
    back = redirect("track", public_id=order.public_id)
    if not picks.offered:
        messages.info(request, _("The carrier cannot be asked for anything else for this parcel."))
        return back
    if request.method == "POST" and picks.is_valid() and isinstance(actor, CustomerActor):
        try:
            done = take_wish(actor=actor, order=order, shipment=shipment, kind=picks.kind, said=picks.said, at=at)
            messages.success(request, done.words)
        except (ChoiceGone, NobodyToTell):
            messages.warning(request, _("That is not possible any more. Write to us, and we do what we can."))
        return back
    return kept_private(page(request, "storefront/choose.html", {"order": order, "picks": picks}, status=picks.status))


def _parcel_of(actor: Actor, order: Order, public_id: str) -> Shipment:
    shipment = shipment_for(actor, public_id=public_id)
    if shipment.order_id != order.pk:
        raise NotVisible
    return shipment


def _digest(shown: TrackPage) -> str:
    """Changes when what is shown does."""
    told = repr((shown.title, shown.lead, shown.promise, shown.steps, shown.picks))
    told += repr([(one.title, one.expected, one.steps) for one in shown.parcels])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
