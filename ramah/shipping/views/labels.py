"""Labels, from the page of an order: asked for, printed; and handing over what has one."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce.commands import OrderStateNotAllowed
from ramah.commerce.commands.fulfilling import NothingLeftToShip, NotPaid
from ramah.commerce.models import Order
from ramah.commerce.permissions import FULFIL
from ramah.commerce.queries import order_for
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.providers.contract import SendingError
from ramah.shipping import commands, queries
from ramah.shipping.carriers.contract import provider_of
from ramah.shipping.commands.tasks import NotOffered, ask_carrier, send_now
from ramah.shipping.label_forms import LabelForm, service_words
from ramah.shipping.models import CarrierAccount, CarrierTask, Shipment
from ramah.shipping.queries.carriers import accounts_with_labels, grams_of, rates_of

_REFUSED = {
    NothingLeftToShip: gettext_lazy("Some of these pieces have left already. Nothing was written; look again."),
    NotPaid: gettext_lazy("This order is not paid yet."),
    OrderStateNotAllowed: gettext_lazy("As the order stands now, nothing can be shipped."),
}


@require_http_methods(["GET", "POST"])
@access(FULFIL)
def new_label(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A parcel with a label, of what has not left yet."""
    order = order_for(actor_of(request), public_id=public_id)
    accounts = accounts_with_labels()
    wanted = request.POST.get("account") or request.GET.get("account") or ""
    chosen = next((one for one in accounts if one.public_id == wanted), None)
    if chosen is None and len(accounts) == 1:
        chosen = accounts[0]
    if request.method == "POST" and chosen is not None:
        return _announce(request, order, accounts, chosen)
    return _page(request, order, accounts, chosen)


@require_POST
@access(FULFIL)
def make(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A label for a parcel that is there already."""
    shipment = queries.shipment_for(actor_of(request), public_id=public_id)
    _ask(request, shipment, service=shipment.service, grams=0)
    return redirect("order", public_id=shipment.order.public_id)


@require_POST
@access(FULFIL)
def leave(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The carrier has taken a parcel that waited for it."""
    actor = actor_of(request)
    shipment = queries.shipment_for(actor, public_id=public_id)
    try:
        commands.hand_over_announced(actor=actor, shipment=shipment, at=clock.now())
    except tuple(_REFUSED) as error:
        messages.error(request, _REFUSED[type(error)])
    else:
        messages.success(request, _("The parcel is on its way. The customer is told."))
    return redirect("order", public_id=shipment.order.public_id)


@require_GET
@access(FULFIL)
def download(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The label, to be printed."""
    shipment = queries.shipment_for(actor_of(request), public_id=public_id)
    if not shipment.label:
        raise Http404
    try:
        content = shipment.label.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, content_type="application/pdf")
    name = f"{shipment.tracking_number or shipment.public_id}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _announce(
    request: HttpRequest, order: Order, accounts: Sequence[CarrierAccount], chosen: CarrierAccount
) -> HttpResponseBase:
    form = LabelForm(request.POST, order=order, grams=grams_of(order))
    if not form.is_valid():
        return _page(request, order, accounts, chosen, form=form, status=422)
    service, grams = form.cleaned_data["service"], form.cleaned_data["grams"]
    try:
        shipment = commands.announce_parcel(
            actor=actor_of(request),
            order=order,
            quantities=form.quantities,
            carrier=chosen.carrier.name if chosen.carrier else "",
            tracking_number="",
            service=service,
            account=chosen,
            at=clock.now(),
        )
    except NothingLeftToShip as error:
        messages.error(request, _REFUSED[type(error)])
    else:
        _ask(request, shipment, service=service, grams=grams)
    return redirect("order", public_id=order.public_id)


def _ask(request: HttpRequest, shipment: Shipment, *, service: str, grams: int) -> None:
    """Ask for the label, and say what became of it; where nobody has to be asked, it is made at once."""
    actor, at = actor_of(request), clock.now()
    detail = {"service": service, **({"grams": grams} if grams else {})}
    try:
        task = ask_carrier(actor=actor, shipment=shipment, kind=CarrierTask.Kind.LABEL, detail=detail, at=at)
    except NotOffered:
        messages.error(request, _("For this parcel no label can be made, or one may have been bought already."))
        return
    provider = provider_of(shipment.account.provider) if shipment.account else None
    if provider is None or not provider.is_local:
        messages.success(request, _("The label is asked for. It stands here in a moment."))
        return
    task = send_now(task, at=at)
    if task.state == CarrierTask.State.DONE:
        messages.success(request, _("The label is there to be printed."))
    else:
        messages.error(request, task.error)


def _page(
    request: HttpRequest,
    order: Order,
    accounts: Sequence[CarrierAccount],
    chosen: CarrierAccount | None,
    *,
    form: LabelForm | None = None,
    status: int = 200,
) -> HttpResponse:
    trouble, services = _services(order, chosen) if chosen else ("", [])
    shown = {
        "order": order,
        "accounts": accounts,
        "chosen": chosen,
        "trouble": trouble,
        "form": form or LabelForm(order=order, grams=grams_of(order), services=services),
    }
    return render(request, "shipping/carrier_label.html", shown, status=status)


def _services(order: Order, chosen: CarrierAccount) -> tuple[str, list[tuple[str, str]]]:
    """The services with what they cost, or words why nobody knows."""
    try:
        return "", [(one.service, service_words(one)) for one in rates_of(order, chosen, at=clock.now())]
    except SendingError as error:
        return str(error), []
