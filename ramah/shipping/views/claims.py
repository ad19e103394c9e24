"""Claims on carriers: which there are, what they rest on, how far each got."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce.permissions import VIEW_ADDRESSES
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.masking import shown_address
from ramah.kernel.paging import BadCursor
from ramah.shipping.board_forms import ClaimForm
from ramah.shipping.board_rows import carrier_words
from ramah.shipping.commands import claims as commands
from ramah.shipping.models import Claim
from ramah.shipping.permissions import MANAGE_CLAIMS
from ramah.shipping.queries import claims as queries
from ramah.shipping.queries.tracking import parcels_tracked
from ramah.ui.errors import error_page

_TONES = {"draft": "warm", "sent": "accent", "accepted": "accent", "paid": "kept", "refused": ""}


@require_GET
@access(MANAGE_CLAIMS)
def claims(request: HttpRequest) -> HttpResponse:
    """Claims, newest first, all or those in a state."""
    state, cursor = request.GET.get("state", ""), request.GET.get("cursor", "")
    state = state if state in Claim.State.values else ""
    try:
        page = queries.claims_page(actor_of(request), state=state, cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    asked = {name: value for name, value in (("state", state), ("cursor", page.next_cursor)) if value}
    shown = {
        "rows": [(claim, carrier_words(claim.shipment), _TONES[claim.state], _is_due(claim)) for claim in page.rows],
        "state": state,
        "states": Claim.State.choices,
        "more": f"{reverse('carrier-claims')}?{urlencode(asked)}" if page.next_cursor else "",
        "may_claim": True,
    }
    part = "shipping/claims.html#rows" if request.headers.get("HX-Request") and cursor else "shipping/claims.html"
    return render(request, part, shown)


@require_http_methods(["GET", "POST"])
@access(MANAGE_CLAIMS)
def claim(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One claim: what it rests on, and what became of it."""
    actor = actor_of(request)
    found = queries.claim_for(actor, public_id=public_id)
    steps = sorted(commands.STEPS[found.state], key=Claim.State.values.index)
    form = ClaimForm(request.POST if request.method == "POST" else None, claim=found, steps=steps)
    if request.method == "POST" and form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if name != "state"}
        try:
            commands.change_claim(actor=actor, claim=found, state=form.cleaned_data["state"], at=clock.now(), **told)
        except (commands.ClaimStateNotAllowed, commands.BadAmount):
            messages.warning(request, _("The claim has gone on meanwhile. Nothing was changed."))
        else:
            messages.success(request, _("Saved."))
        return redirect("carrier-claim", public_id=found.public_id)
    sees = actor.may(VIEW_ADDRESSES)
    events = {one.shipment.pk: one.events for one in parcels_tracked(found.shipment.order)}
    shown = {
        "claim": found,
        "tone": _TONES[found.state],
        "carrier": carrier_words(found.shipment),
        "number": shown_address(found.shipment.tracking_number, whole=sees),
        "is_due": _is_due(found),
        "evidence": [one for one in found.evidence if isinstance(one, dict) and one.get("kind") == "event"],
        "photos": sum(isinstance(one, dict) and one.get("kind") == "photo" for one in found.evidence),
        "events": events.get(found.shipment_id, ()),
        "sees": sees,
        "form": form if steps else None,
        "may_claim": True,
    }
    return render(request, "shipping/claim.html", shown, status=422 if form.is_bound else 200)


@require_POST
@access(MANAGE_CLAIMS)
def drop(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Take back what was opened by mistake and not sent."""
    actor = actor_of(request)
    try:
        commands.drop_claim(actor=actor, claim=queries.claim_for(actor, public_id=public_id), at=clock.now())
    except commands.ClaimStateNotAllowed:
        messages.warning(request, _("The claim was sent already."))
        return redirect("carrier-claim", public_id=public_id)
    messages.success(request, _("The claim is gone."))
    return redirect("carrier-claims")


def _is_due(claim: Claim) -> bool:
    """Whether it has to leave within a week, or should have left."""
    if claim.state != Claim.State.DRAFT or claim.due_on is None:
        return False
    return (claim.due_on - timezone.localdate(clock.now())).days <= 7
