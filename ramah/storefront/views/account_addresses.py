"""The account of a customer: addresses for the next order."""

from babel import Locale
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce.commands import address_book as commands
from ramah.commerce.models import SavedAddress
from ramah.commerce.queries.address_book import lines_of, saved_address_for, saved_addresses
from ramah.customers.queries import CustomerActor
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.storefront.account_forms import SavedAddressForm
from ramah.storefront.pages import page
from ramah.storefront.signing_in import customers_only
from ramah.storefront.visiting import visitor_of


@public("a customer's own, by their log-in")
@require_GET
@customers_only
def addresses(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """All saved addresses, the usual one first."""
    saved = [(row, lines_of(row)) for row in saved_addresses(actor)]
    return page(
        request, "storefront/account/addresses.html", {"addresses": saved, "is_full": len(saved) >= commands.MOST}
    )


@public("a customer's own, by their log-in")
@require_http_methods(["GET", "POST"])
@customers_only
def add(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Keep a further address."""
    return _edit(request, actor, None)


@public("a customer's own, by their log-in")
@require_http_methods(["GET", "POST"])
@customers_only
def edit(request: HttpRequest, actor: CustomerActor, public_id: str) -> HttpResponse:
    """Change a saved address."""
    return _edit(request, actor, saved_address_for(actor, public_id=public_id))


def _edit(request: HttpRequest, actor: CustomerActor, saved: SavedAddress | None) -> HttpResponse:
    visitor = visitor_of(request)
    served = list(visitor.shop.countries) or [visitor.place.country]
    usual = saved.address.get("country", "") if saved else visitor.place.country
    told = request.POST.get("country") or request.GET.get("country") or usual
    country = told if told in {*served, usual} else usual
    form = SavedAddressForm(request.POST or None, country=country, saved=saved)
    if form.is_valid():
        try:
            commands.save_address(
                actor=actor,
                address=form.address,
                label=form.cleaned_data["label"],
                is_default=form.cleaned_data["is_default"],
                saved=saved,
                at=clock.now(),
            )
        except commands.TooManyAddresses:
            form.add_error(None, _("Twenty addresses are kept at most. Remove one first."))
        else:
            messages.success(request, _("The address is saved."))
            return redirect("account_addresses")
    names = Locale.parse(visitor.language).territories
    countries = [(code, names.get(code, code)) for code in dict.fromkeys([*served, country])]
    context = {"form": form, "saved": saved, "country": country, "countries": countries}
    return page(request, "storefront/account/address.html", context, status=422 if form.is_bound else 200)


@public("a customer's own, by their log-in")
@require_POST
@customers_only
def remove(request: HttpRequest, actor: CustomerActor, public_id: str) -> HttpResponse:
    """Forget an address."""
    commands.remove_address(actor=actor, saved=saved_address_for(actor, public_id=public_id), at=clock.now())
    messages.success(request, _("The address is removed. Orders that go there are not changed."))
    return redirect("account_addresses")


@public("a customer's own, by their log-in")
@require_POST
@customers_only
def make_usual(request: HttpRequest, actor: CustomerActor, public_id: str) -> HttpResponse:
    """Make an address the one that checkout starts with."""
    commands.choose_default_address(actor=actor, saved=saved_address_for(actor, public_id=public_id), at=clock.now())
    messages.success(request, _("This is your usual address now."))
    return redirect("account_addresses")
