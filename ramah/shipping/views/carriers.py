"""Settings of carriers: who carries, by which services; accounts, and how they do."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.providers.contract import Check
from ramah.shipping.carrier_forms import AccountForm, CarrierSettingsForm, services_form
from ramah.shipping.carriers.contract import CarrierProvider, provider_of, providers
from ramah.shipping.commands.carriers import pause_carrier_account, save_carrier, save_carrier_account
from ramah.shipping.models import Carrier, CarrierAccount
from ramah.shipping.permissions import MANAGE_CARRIERS
from ramah.shipping.queries.carriers import account_for, accounts_for, carrier_for, carriers_for
from ramah.shipping.trying import try_account


@require_GET
@access(MANAGE_CARRIERS)
def carriers(request: HttpRequest) -> HttpResponse:
    """All carriers, and all accounts with how they do."""
    actor = actor_of(request)
    accounts = [(row, _state(row), _name_of(row.provider)) for row in accounts_for(actor)]
    return render(request, "shipping/carriers.html", {"accounts": accounts, "carriers": carriers_for(actor)})


@require_http_methods(["GET", "POST"])
@access(MANAGE_CARRIERS)
def new_carrier(request: HttpRequest) -> HttpResponseBase:
    """Set up a carrier."""
    return _edit_carrier(request, None)


@require_http_methods(["GET", "POST"])
@access(MANAGE_CARRIERS)
def carrier(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Change a carrier and its services."""
    return _edit_carrier(request, carrier_for(actor_of(request), public_id=public_id))


@require_GET
@access(MANAGE_CARRIERS)
def new_account(request: HttpRequest) -> HttpResponse:
    """Whom the account shall be with."""
    return render(request, "shipping/carrier_account_new.html", {"providers": providers()})


@require_http_methods(["GET", "POST"])
@access(MANAGE_CARRIERS)
def new_account_with(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Set up an account with a provider."""
    return _edit_account(request, _known(provider), None)


@require_http_methods(["GET", "POST"])
@access(MANAGE_CARRIERS)
def account(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Change an account."""
    row = account_for(actor_of(request), public_id=public_id)
    return _edit_account(request, _known(row.provider), row)


@require_POST
@access(MANAGE_CARRIERS)
def try_it(request: HttpRequest, public_id: str) -> HttpResponse:
    """Test the saved account; what came of it stands beside the form."""
    actor = actor_of(request)
    row = account_for(actor, public_id=public_id)
    provider = _known(row.provider)
    checks = try_account(actor=actor, provider=provider, account=row, at=clock.now())
    row.refresh_from_db()
    return _page(request, provider, row, checks=checks)


@require_POST
@access(MANAGE_CARRIERS)
def pause(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Ask for nothing any more, or go on."""
    actor = actor_of(request)
    row = account_for(actor, public_id=public_id)
    paused = request.POST.get("paused") == "1"
    pause_carrier_account(actor=actor, account=row, paused=paused, at=clock.now())
    if paused:
        messages.success(request, _("Paused. What comes in is taken in; nothing is asked for."))
    else:
        messages.success(request, _("It goes on. What waited is asked for now."))
    return redirect("carrier-account", public_id=row.public_id)


def _edit_carrier(request: HttpRequest, row: Carrier | None) -> HttpResponseBase:
    told = request.POST if request.method == "POST" else None
    form, services = CarrierSettingsForm(told, carrier=row), services_form(told, carrier=row)
    if told is None or not all([form.is_valid(), services.is_valid()]):
        shown = {"carrier": row, "form": form, "services": services}
        return render(request, "shipping/carrier.html", shown, status=200 if told is None else 422)
    terms, offered = form.cleaned_data, services.told()
    saved = save_carrier(actor=actor_of(request), carrier=row, told=terms, services=offered, at=clock.now())
    messages.success(request, _("The carrier is saved."))
    return redirect("carrier", public_id=saved.public_id)


def _edit_account(request: HttpRequest, provider: CarrierProvider, row: CarrierAccount | None) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, provider, row)
    form = AccountForm(provider, request.POST, account=row)
    if not form.is_valid():
        return _page(request, provider, row, form=form, status=422)
    saved = save_carrier_account(
        actor=actor_of(request),
        account=row,
        provider=provider.key,
        told=form.terms(),
        credentials=form.credentials(),
        settings=form.settings(),
        at=clock.now(),
    )
    messages.success(request, _("The account is saved."))
    return redirect("carrier-account", public_id=saved.public_id)


def _page(
    request: HttpRequest,
    provider: CarrierProvider,
    row: CarrierAccount | None,
    *,
    form: AccountForm | None = None,
    checks: Sequence[Check] | None = None,
    status: int = 200,
) -> HttpResponse:
    shown: dict[str, Any] = {
        "provider": provider,
        "account": row,
        "form": form or AccountForm(provider, account=row),
        "checks": checks,
        "state": _state(row) if row else None,
        "takes_posts": provider.read_hook is not None,
    }
    if row is not None and provider.read_hook is not None:
        shown["hook"] = urljoin(settings.BASE_URL, reverse("carrier-hook", args=[row.key]))
    return render(request, "shipping/carrier_account.html", shown, status=status)


def _state(row: CarrierAccount) -> dict[str, str]:
    """How an account does: words, tone and sign."""
    if row.is_paused:
        return {"words": _("Paused"), "tone": "risk", "sign": "clock"}
    if row.state == CarrierAccount.State.FAILING:
        return {"words": _("Failing"), "tone": "broken", "sign": "alert"}
    if row.silent_since:
        return {"words": _("Silent"), "tone": "risk", "sign": "clock"}
    if row.state == CarrierAccount.State.OK:
        return {"words": _("Working"), "tone": "kept", "sign": "check"}
    return {"words": _("Not tried yet"), "tone": "", "sign": ""}


def _known(key: str) -> CarrierProvider:
    found = provider_of(key)
    if found is None:
        raise Http404
    return found


def _name_of(key: str) -> str:
    found = provider_of(key)
    return str(found.name) if found else key
