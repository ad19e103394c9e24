"""Stock in the desk: what runs low, changes with their reason, the history of a variant."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ramah.commerce import permissions
from ramah.commerce.commands.stock import StockMoved, StockTooLow, change_stock, count_stock
from ramah.commerce.forms.variants import PriceForm, StockForm
from ramah.commerce.models import Variant
from ramah.commerce.queries import catalog
from ramah.commerce.views.pages import next_page, rows_only
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import Actor
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page
from ramah.ui.toasts import with_toast

Row = dict[str, Any]
LIMITS = (0, 5, 20)


def variant_row(
    actor: Actor,
    variant: Variant,
    *,
    price_form: PriceForm | None = None,
    stock_form: StockForm | None = None,
    back: str = "",
) -> Row:
    """A variant as a row of a table, with the forms to change it in place."""
    return {
        "variant": variant,
        "price_form": price_form or PriceForm(variant=variant),
        "stock_form": stock_form or StockForm(variant=variant),
        "may_manage": actor.may(permissions.MANAGE_CATALOG),
        "back": back,
    }


@require_GET
@access(permissions.CHANGE_STOCK)
def low_stock(request: HttpRequest) -> HttpResponse:
    """Variants that are offered and run low, the fewest first."""
    actor, told = actor_of(request), request.GET.get("at_most", "")
    at_most = int(told) if told.isdecimal() and int(told[:9]) in LIMITS else catalog.LOW
    try:
        page = catalog.variants_running_low(actor, at_most=at_most, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    context = {
        "rows": [variant_row(actor, variant, back="low") for variant in page.rows],
        "more": next_page("shop-low-stock", page, at_most=str(at_most)),
        "at_most": at_most,
        "limits": LIMITS,
    }
    template = "commerce/shop/low_stock.html"
    return render(request, f"{template}#rows" if rows_only(request) else template, context)


@require_http_methods(["GET", "POST"])
@access(permissions.CHANGE_STOCK)
def stock(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change what is on hand, with the reason; and all changes until now."""
    variant = catalog.managed_variant_for(actor_of(request), public_id=public_id)
    form = StockForm(request.POST if request.method == "POST" else None, variant=variant)
    if form.is_valid() and _write(request, variant, form):
        return changed(request, variant, _("The stock of %(sku)s is saved.") % {"sku": variant.sku})
    if request.method == "POST" and "inline" in request.POST:
        return refused(request, variant, stock_form=form)
    try:
        page = catalog.stock_history(variant, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    context = {
        "variant": variant,
        "product": variant.product,
        "form": form,
        "changes": page.rows,
        "more": next_page("shop-stock", page, (public_id,)),
    }
    template = "commerce/shop/stock.html"
    status = 422 if form.errors else 200
    return render(request, f"{template}#rows" if rows_only(request) else template, context, status=status)


def _write(request: HttpRequest, variant: Variant, form: StockForm) -> bool:
    """Whether the change went through; why not stands beside its field."""
    kept, change = form.cleaned_data, form.change()
    told: dict[str, Any] = {
        "actor": actor_of(request),
        "variant": variant,
        "reason": kept["reason"],
        "note": kept["note"],
        "at": clock.now(),
    }
    try:
        if change is None:
            count_stock(counted=kept["pieces"], seen=kept["seen"], **told)
        else:
            change_stock(change=change, **told)
    except StockTooLow as error:
        form.add_error("pieces", _("There are only %(count)d.") % {"count": error.on_hand})
    except StockMoved as error:
        words = _("The stock moved meanwhile: there are %(count)d now. Nothing was saved; check and save again.")
        form.add_error("pieces", words % {"count": error.on_hand})
        _show_anew(form, error.on_hand)
    else:
        return True
    return False


def _show_anew(form: StockForm, on_hand: int) -> None:
    """The form knows of the move now: saving once more is meant."""
    form.data = {**form.data.dict(), "seen": str(on_hand)}  # type: ignore[attr-defined]  # a QueryDict


def changed(request: HttpRequest, variant: Variant, words: str) -> HttpResponse:
    """The row as it is now for htmx; else back to the page it came from."""
    if request.headers.get("HX-Request"):
        row = catalog.managed_variant_for(actor_of(request), public_id=variant.public_id)
        return with_toast(_row_page(request, row), words)
    messages.success(request, words)
    return redirect(_came_from(request, variant))


def refused(request: HttpRequest, variant: Variant, **forms: Any) -> HttpResponse:
    """The row with what is wrong, alone for htmx; else on a page of its own."""
    return _row_page(request, variant, status=422, **forms)


def _row_page(request: HttpRequest, variant: Variant, status: int = 200, **forms: Any) -> HttpResponse:
    row = variant_row(actor_of(request), variant, back=request.POST.get("back", ""), **forms)
    template = "commerce/shop/_variant_row.html" if request.headers.get("HX-Request") else "commerce/shop/row.html"
    return render(request, template, {"row": row, "product": variant.product}, status=status)


def _came_from(request: HttpRequest, variant: Variant) -> str:
    if request.POST.get("back") == "low":
        return reverse("shop-low-stock")
    if "inline" in request.POST:
        return reverse("shop-variants", args=[variant.product.public_id])
    return reverse("shop-stock", args=[variant.public_id])
