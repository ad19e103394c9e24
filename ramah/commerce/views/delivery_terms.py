"""Delivery in the desk: options, what they cost where, and what a customer somewhere would be offered now."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce import permissions
from ramah.commerce.commands import delivery_terms as writing
from ramah.commerce.forms.selling import DeliveryOptionForm, PreviewForm, RateForm, countries_sold
from ramah.commerce.models import DeliveryOption, DeliveryRate
from ramah.commerce.queries import selling
from ramah.commerce.queries.countries import country_name
from ramah.commerce.queries.delivery import quotes_for
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.views.pages import STEPS, is_old
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import NotVisible


@require_GET
@access(permissions.MANAGE_SELLING)
def delivery(request: HttpRequest) -> HttpResponse:
    """All delivery options with their rates; and what checkout would offer somewhere now."""
    countries = countries_sold()
    country = request.GET.get("country", "")
    country = country if country in dict(countries) else countries[0][0]
    form = PreviewForm(request.GET if "goods" in request.GET else None, country=country)
    quotes = None
    if form.is_valid():
        kept = form.cleaned_data
        quotes = quotes_for(
            country=country,
            region=kept["region"],
            postal_code=kept["postal_code"],
            currency=form.currency,
            items_amount=kept["goods"],
            grams=kept["grams"] or 0,
            at=clock.now(),
        )
    options = selling.delivery_options_managed(actor_of(request))
    language = get_language() or "en"
    context = {
        "options": [(option, _rates(option, language)) for option in options],
        "countries": countries,
        "country": country,
        "form": form,
        "quotes": quotes,
    }
    return render(request, "commerce/shop/delivery.html", context, status=422 if form.errors else 200)


def _rates(option: DeliveryOption, language: str) -> list[tuple[DeliveryRate, str]]:
    return [(rate, country_name(rate.country, language)) for rate in option.rates.all()]


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_SELLING)
def new_option(request: HttpRequest) -> HttpResponse:
    """Make a delivery option; its rates come next."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_SELLING)
def option(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a delivery option."""
    return _edit(request, selling.delivery_option_for(actor_of(request), public_id=public_id))


def _edit(request: HttpRequest, option: DeliveryOption | None) -> HttpResponse:
    form = DeliveryOptionForm(request.POST or None, option=option)
    if form.is_valid():
        told: dict[str, Any] = {"actor": actor_of(request), "told": form.told(), "at": clock.now()}
        try:
            saved = writing.save_delivery_option(option=option, seen=form.cleaned_data["seen"], **told)
        except ChangedMeanwhile:
            is_old(form)
        else:
            messages.success(request, _("The delivery option is saved."))
            return redirect("shop-delivery-option", public_id=saved.public_id)
    context = {
        "form": form,
        "option": option,
        "rates": _rates(option, get_language() or "en") if option else [],
        "countries": countries_sold(),
    }
    return render(request, "commerce/shop/delivery_option.html", context, status=422 if form.errors else 200)


@require_POST
@access(permissions.MANAGE_SELLING)
def place_option(request: HttpRequest, public_id: str) -> HttpResponse:
    """Offer an option earlier or later."""
    found = selling.delivery_option_for(actor_of(request), public_id=public_id)
    step = STEPS.get(request.POST.get("do", ""))
    if step:
        writing.place_delivery_option(actor=actor_of(request), option=found, step=step, at=clock.now())
    return redirect("shop-delivery")


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_SELLING)
def new_rate(request: HttpRequest, public_id: str) -> HttpResponse:
    """What an option costs into one more zone of the `country` in the address."""
    found = selling.delivery_option_for(actor_of(request), public_id=public_id)
    country = request.GET.get("country", "")
    if country not in dict(countries_sold()):
        country = countries_sold()[0][0]
    return _edit_rate(request, found, None, country)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_SELLING)
def rate(request: HttpRequest, key: int) -> HttpResponse:
    """Change a rate."""
    found = selling.delivery_rate_for(actor_of(request), key=key)
    return _edit_rate(request, found.option, found, found.country)


def _edit_rate(request: HttpRequest, option: DeliveryOption, rate: DeliveryRate | None, country: str) -> HttpResponse:
    form = RateForm(request.POST or None, country=country, rate=rate)
    if form.is_valid():
        told: dict[str, Any] = {"actor": actor_of(request), "told": form.told(), "at": clock.now()}
        try:
            writing.save_rate(option=option, rate=rate, seen=form.cleaned_data["seen"], **told)
        except ChangedMeanwhile:
            is_old(form)
        except DeliveryRate.DoesNotExist as error:  # deleted after the page was opened
            raise NotVisible from error
        else:
            messages.success(request, _("The rate is saved."))
            return redirect("shop-delivery-option", public_id=option.public_id)
    name = country_name(country, get_language() or "en")
    context = {"form": form, "option": option, "rate": rate, "country_name": name}
    return render(request, "commerce/shop/rate.html", context, status=422 if form.errors else 200)


@require_POST
@access(permissions.MANAGE_SELLING)
def change_rate(request: HttpRequest, key: int) -> HttpResponse:
    """Move a rate up or down, or take it away: `do` says which."""
    actor, doing = actor_of(request), request.POST.get("do", "")
    found = selling.delivery_rate_for(actor, key=key)
    if doing == "delete":
        writing.delete_rate(actor=actor, rate=found, at=clock.now())
        messages.success(request, _("The rate is deleted."))
    elif doing in STEPS:
        writing.place_rate(actor=actor, rate=found, step=STEPS[doing], at=clock.now())
    return redirect("shop-delivery-option", public_id=found.option.public_id)
