"""Variants in the desk: the table with prices and stock, one variant as a whole."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce import permissions
from ramah.commerce.commands import variants as writing
from ramah.commerce.forms.variants import PriceForm, VariantForm
from ramah.commerce.models import Product, Variant
from ramah.commerce.queries import catalog
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.views.pages import is_old
from ramah.commerce.views.stock import changed, refused, variant_row
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of


@require_GET
@access(permissions.CHANGE_STOCK)
def product_variants(request: HttpRequest, public_id: str) -> HttpResponse:
    """The variants of a product, each with its price and stock to change in place; with htmx the table alone."""
    actor = actor_of(request)
    product = catalog.managed_product_for(actor, public_id=public_id)
    rows = []
    for variant in product.variants.all():
        variant.product = product
        rows.append(variant_row(actor, variant))
    template = "commerce/shop/variants.html"
    if request.headers.get("HX-Request"):
        template += "#table"
    return render(request, template, {"product": product, "rows": rows, "may_manage": _may_manage(request)})


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def new_variant(request: HttpRequest, public_id: str) -> HttpResponse:
    """One more variant of a product, its options named like those of the last."""
    product = catalog.managed_product_for(actor_of(request), public_id=public_id)
    known = list(product.variants.all())
    form = VariantForm(request.POST or None, like=known[-1] if known else None)
    if form.is_valid():
        told: dict[str, Any] = {"actor": actor_of(request), "told": form.told(), "at": clock.now()}
        if _written(form, lambda: writing.create_variant(product=product, **told)):
            messages.success(request, _("The variant is made. Say how many pieces there are."))
            return redirect("shop-variants", public_id=public_id)
    return _page(request, product, form)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def variant(request: HttpRequest, public_id: str) -> HttpResponse:
    """All of a variant but its stock."""
    found = catalog.managed_variant_for(actor_of(request), public_id=public_id)
    form = VariantForm(request.POST or None, variant=found)
    if form.is_valid():
        told: dict[str, Any] = {"actor": actor_of(request), "told": form.told(), "at": clock.now()}
        seen = form.cleaned_data["seen"]
        if _written(form, lambda: writing.change_variant(variant=found, seen=seen, **told)):
            messages.success(request, _("The variant is saved."))
            return redirect("shop-variants", public_id=found.product.public_id)
    return _page(request, found.product, form, found)


def _page(request: HttpRequest, product: Product, form: VariantForm, variant: Variant | None = None) -> HttpResponse:
    context = {"product": product, "form": form, "variant": variant}
    return render(request, "commerce/shop/variant.html", context, status=422 if form.errors else 200)


def _written(form: VariantForm, write: Any) -> bool:
    """Whether the command went through; what it refused stands beside its field."""
    try:
        write()
    except writing.SkuTaken:
        form.add_error("sku", _("Another variant has this SKU."))
    except writing.OptionsTaken as error:
        form.add_error("value_0", _("The variant %(sku)s has the same options.") % {"sku": error})
    except writing.WrongPrice as error:
        form.add_error(f"before_{error}", _("It must be above the price; leave it empty where nothing is reduced."))
    except ChangedMeanwhile:
        is_old(form)
    else:
        return True
    return False


@require_POST
@access(permissions.MANAGE_CATALOG)
def price(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change the price in the variant's own currency, in place."""
    actor = actor_of(request)
    found = catalog.managed_variant_for(actor, public_id=public_id)
    form = PriceForm(request.POST, variant=found)
    if form.is_valid():
        try:
            writing.set_prices(
                actor=actor,
                variant=found,
                prices={found.currency: form.price()},
                seen=form.cleaned_data["seen"],
                at=clock.now(),
            )
        except writing.WrongPrice:
            form.add_error("before", _("It must be above the price; leave it empty where nothing is reduced."))
        except ChangedMeanwhile:
            is_old(form)
        else:
            return changed(request, found, _("The price of %(sku)s is saved.") % {"sku": found.sku})
    return refused(request, found, price_form=form)


@require_POST
@access(permissions.MANAGE_CATALOG)
def offer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Offer a variant in the shop, or no longer (`active` is 1 or 0)."""
    actor = actor_of(request)
    found = catalog.managed_variant_for(actor, public_id=public_id)
    is_active = request.POST.get("active") == "1"
    writing.offer_variant(actor=actor, variant=found, is_active=is_active, at=clock.now())
    told = _("%(sku)s is offered.") if is_active else _("%(sku)s is no longer offered.")
    return changed(request, found, told % {"sku": found.sku})


def _may_manage(request: HttpRequest) -> bool:
    return actor_of(request).may(permissions.MANAGE_CATALOG)
