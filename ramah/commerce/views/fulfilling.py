"""Steps of orders in the desk: packing one or many, cancelling, notes, arrival, money that came in."""

from datetime import datetime, time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from ramah.commerce import commands, order_states, permissions, queries
from ramah.commerce.commands import fulfilling, transfers
from ramah.commerce.forms.fulfilling import CancelForm, NoteForm, TransferForm
from ramah.commerce.models import Refund
from ramah.commerce.order_steps import CANCEL, COMPLETE, DELIVER, steps_from
from ramah.commerce.queries import fulfilment
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import NotVisible
from ramah.kernel.money import Money
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page

MOST_AT_ONCE = 100
_STATES = {DELIVER: order_states.DELIVERED, COMPLETE: order_states.COMPLETED}
_DONE = {
    CANCEL: gettext_lazy("The order is cancelled. The pieces are back in stock, and the customer is told."),
    DELIVER: gettext_lazy("The order is delivered."),
    COMPLETE: gettext_lazy("The order is completed."),
}
_TOO_LATE = gettext_lazy("The order has gone on meanwhile; this step is no longer possible. Nothing was changed.")
_UNPAID = gettext_lazy("This order is not paid yet.")


@require_POST
@access(permissions.FULFIL)
def pack(request: HttpRequest) -> HttpResponseBase:
    """Pack the orders that are ticked (`order`, public ids), or the one whose button was pressed."""
    actor, now = actor_of(request), clock.now()
    packed = refused = 0
    for public_id in request.POST.getlist("order")[:MOST_AT_ONCE]:
        try:
            order = queries.order_for(actor, public_id=public_id)
            fulfilling.pack_order(actor=actor, order=order, at=now)
            packed += 1
        except (NotVisible, fulfilling.NotPaid, commands.OrderStateNotAllowed):
            refused += 1
    if packed:
        messages.success(
            request, ngettext("%(count)s order is packed.", "%(count)s orders are packed.", packed) % {"count": packed}
        )
    if refused or not packed:
        messages.warning(
            request,
            ngettext(
                "%(count)s order cannot be packed now: not paid, cancelled, or gone already.",
                "%(count)s orders cannot be packed now: not paid, cancelled, or gone already.",
                refused,
            )
            % {"count": refused}
            if refused
            else _("Tick the orders that are packed."),
        )
    single = request.POST.get("single", "")
    return redirect("order", public_id=single) if single.isalnum() else redirect(f"{reverse('orders')}?view=to_pack")


@require_POST
@access(permissions.FULFIL)
def step(request: HttpRequest, public_id: str, name: str) -> HttpResponseBase:
    """Cancel, deliver or complete an order."""
    actor = actor_of(request)
    order = queries.order_for(actor, public_id=public_id)
    form = CancelForm(request.POST)
    if name not in _DONE or not form.is_valid():
        return error_page(request, 400)
    try:
        if name not in steps_from(order.state, method=order.payment_method):
            raise commands.OrderStateNotAllowed
        if name == CANCEL:
            fulfilling.call_off(actor=actor, order=order, reason=form.cleaned_data["reason"], at=clock.now())
        else:
            commands.change_order_state(actor=actor, order=order, state=_STATES[name], at=clock.now())
    except commands.OrderStateNotAllowed:
        messages.error(request, _TOO_LATE)
    else:
        messages.success(request, _DONE[name])
    return redirect("order", public_id=order.public_id)


@require_POST
@access(permissions.FULFIL)
def note(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Keep a note for colleagues."""
    actor = actor_of(request)
    order = queries.order_for(actor, public_id=public_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        fulfilling.annotate_order(actor=actor, order=order, note=form.cleaned_data["note"], at=clock.now())
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("The note is too long; nothing was saved."))
    return redirect("order", public_id=order.public_id)


@require_GET
@access(permissions.RECORD_PAYMENTS)
def awaited(request: HttpRequest) -> HttpResponse:
    """Orders that wait for a bank transfer, the oldest first."""
    cursor = request.GET.get("cursor", "")
    try:
        page = fulfilment.transfers_awaited(actor_of(request), cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    more = f"{reverse('transfers')}?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else ""
    rows = [(order, TransferForm(order=order)) for order in page.rows]
    is_part = request.headers.get("HX-Request") and cursor
    template = "commerce/transfers.html#rows" if is_part else "commerce/transfers.html"
    return render(request, template, {"rows": rows, "more": more, "now": clock.now()})


@require_POST
@access(permissions.RECORD_PAYMENTS)
def receive(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Money has come in for an order."""
    actor, now = actor_of(request), clock.now()
    order = queries.order_for(actor, public_id=public_id)
    form = TransferForm(request.POST, order=order)
    if not form.is_valid():
        return render(request, "commerce/transfer.html", {"order": order, "form": form}, status=422)
    told = form.cleaned_data
    noon = timezone.make_aware(datetime.combine(told["on"], time(12)))
    transfers.receive_transfer(
        actor=actor,
        order=order,
        amount=Money(told["amount"], order.currency),
        reference=told["reference"],
        received_at=min(noon, now),
        at=now,
    )
    if order.state == order_states.CANCELLED:
        messages.warning(request, _("The order was cancelled. The money is written down, and a refund is asked for."))
    else:
        messages.success(request, _("The payment is written down."))
    came_from_list = request.POST.get("from") == "transfers"
    return redirect("transfers") if came_from_list else redirect("order", public_id=order.public_id)


@require_POST
@access(permissions.RECORD_PAYMENTS)
def refund(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The money of a refund is on its way to the customer (`sent`), or could not be sent (`failed`)."""
    actor, state = actor_of(request), request.POST.get("state", "")
    found = queries.refund_for(actor, public_id=public_id)
    if state not in (Refund.State.SENT, Refund.State.FAILED):
        return error_page(request, 400)
    try:
        commands.change_refund_state(actor=actor, refund=found, state=state, at=clock.now())
    except commands.RefundIsOver:
        messages.warning(request, _("Somebody has done that already; nothing was changed."))
    else:
        messages.success(request, _("It is written down."))
    return redirect("order", public_id=found.order.public_id)
