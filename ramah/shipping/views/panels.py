"""Parcels under way beside a conversation, and what is done about one of them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ramah.commerce.permissions import FULFIL, VIEW_ADDRESSES
from ramah.customers.models import Customer
from ramah.customers.queries import customer_for
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import Actor
from ramah.shipping.board_actions import CLAIM, LOSE
from ramah.shipping.board_forms import WISH_ICONS, WISH_NAMES, WishForm
from ramah.shipping.board_rows import lost_words, row_of
from ramah.shipping.commands.tasks import NotOffered, NotUncertain, ask_carrier, decide_task
from ramah.shipping.models import CarrierTask
from ramah.shipping.permissions import MANAGE_CLAIMS, REROUTE, VIEW_BOARD
from ramah.shipping.queries import shipment_for
from ramah.shipping.queries.board import items_for
from ramah.shipping.queries.board_parts import BoardItem, NotDone, talks_of, told_of
from ramah.shipping.queries.panels import PanelParcel, panel_parcels

_TASK_TONES = {"queued": "accent", "sending": "accent", "done": "kept", "refused": "broken", "uncertain": "risk"}
_CALLS_BACK = (CarrierTask.Kind.RETURN, CarrierTask.Kind.CANCEL)


@require_GET
@access(VIEW_BOARD)
def panel(request: HttpRequest, customer_public_id: str) -> HttpResponse:
    """What is under way to a customer: a fragment for the panel, or a page of its own."""
    return _show(request, customer_for(actor_of(request), public_id=customer_public_id))


@require_POST
@access(REROUTE)
def ask(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Ask the carrier of a parcel for what was agreed with the customer."""
    actor = actor_of(request)
    shipment = shipment_for(actor, public_id=public_id)
    kind = request.POST.get("kind", "")
    form = WishForm(request.POST, kind=kind, auto_id=f"id_{shipment.pk}_{kind[:12]}_%s")
    if not form.is_valid():
        return _show(request, shipment.order.customer, bound=(shipment.pk, form))
    try:
        ask_carrier(actor=actor, shipment=shipment, kind=kind, detail=form.detail, at=clock.now())
    except NotOffered:
        messages.warning(request, _("The carrier cannot be asked for this any more. Nothing was sent."))
    else:
        messages.success(request, _("The carrier is asked. What it says stands here."))
    return _show_changed(request, shipment.order.customer)


@require_POST
@access(REROUTE)
def decide(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Somebody has looked at the carrier's whether what was asked is done."""
    actor = actor_of(request)
    task = CarrierTask.objects.filter(public_id=public_id).first()
    shipment = shipment_for(actor, public_id=task.shipment.public_id if task else "-")
    try:
        decide_task(actor=actor, task=task, is_done=request.POST.get("is_done") == "yes", at=clock.now())  # type: ignore[arg-type]
    except NotUncertain:
        messages.warning(request, _("What came of it is known already."))
    return _show_changed(request, shipment.order.customer)


@require_POST
@access(FULFIL)
def lose(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Give a parcel up."""
    return _do(request, public_id, LOSE.run, _("It is marked as lost."))


@require_POST
@access(MANAGE_CLAIMS)
def claim(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Claim a parcel from its carrier."""
    return _do(
        request, public_id, CLAIM.run, _("The claim is written. Send it to the carrier from the list of claims.")
    )


def _do(request: HttpRequest, public_id: str, run: Callable[..., bool], words: str) -> HttpResponseBase:
    actor = actor_of(request)
    shipment = shipment_for(actor, public_id=public_id)
    item = items_for(actor, [public_id]).get(public_id) or BoardItem(shipment.order, shipment)
    try:
        run(actor=actor, item=item, words="", at=clock.now())
    except NotDone as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, words)
    return _show_changed(request, shipment.order.customer)


def _show_changed(request: HttpRequest, customer: Customer) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return _show(request, customer)
    return redirect("delivery-panel", customer_public_id=customer.public_id)


def _show(request: HttpRequest, customer: Customer, *, bound: tuple[int, WishForm] | None = None) -> HttpResponse:
    actor, now = actor_of(request), clock.now()
    parcels = panel_parcels(actor, customer)
    orders = [one.item.order.pk for one in parcels]
    told, talks = told_of(actor, orders), talks_of(actor, orders)
    shown = {
        "customer": customer,
        "parcels": [
            {
                "row": row_of(one.item, actor, at=now, told=told.get(one.item.order.pk, ())),
                "events": one.events,
                "shows_words": actor.may(VIEW_ADDRESSES),
                "tasks": [(task, _TASK_TONES[task.state]) for task in one.tasks],
                "claims": one.claims,
                "lost_words": lost_words(one.item.flight),
                **_doable(actor, one, bound),
            }
            for one in parcels
        ],
        "has_talks": any(talks.values()),
        "may_reroute": actor.may(REROUTE),
        "may_lose": actor.may(FULFIL),
        "may_claim": actor.may(MANAGE_CLAIMS),
    }
    is_part = bool(request.headers.get("HX-Request"))
    template = "shipping/panel.html#panel" if is_part else "shipping/panel.html"
    return render(request, template, shown, status=422 if bound else 200)


def _doable(actor: Actor, one: PanelParcel, bound: tuple[int, WishForm] | None) -> dict[str, Any]:
    """The wishes that the carrier takes, each with its form; `open_wish` is the one that was filled in wrong."""
    parcel = one.item.shipment
    if parcel is None or not actor.may(REROUTE):
        return {"wishes": [], "open_wish": ""}
    is_wrong = bound is not None and bound[0] == parcel.pk
    wishes = []
    for kind, name in WISH_NAMES.items():
        wrong = bound[1] if bound and is_wrong and bound[1].initial["kind"] == kind else None
        if kind in one.can or wrong:
            form = wrong or WishForm(kind=kind, auto_id=f"id_{parcel.pk}_{kind}_%s")
            wishes.append(
                {"kind": kind, "name": name, "icon": WISH_ICONS[kind], "form": form, "is_back": kind in _CALLS_BACK}
            )
    return {"wishes": wishes, "open_wish": bound[1].initial["kind"] if bound and is_wrong else ""}
