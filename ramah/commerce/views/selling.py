"""Vouchers and the shop itself in the desk."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ramah.commerce import permissions
from ramah.commerce.commands import voucher_terms as writing
from ramah.commerce.commands.selling import change_shop, drop_tax, set_tax
from ramah.commerce.forms.selling import TaxForm, VoucherForm, countries_sold
from ramah.commerce.forms.shop import ShopForm
from ramah.commerce.models import TaxRate, Voucher
from ramah.commerce.queries import selling
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.views.pages import asked, is_old, next_page, rows_only
from ramah.commerce.voucher_states import standing_of
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page


@require_GET
@access(permissions.MANAGE_SELLING)
def vouchers(request: HttpRequest) -> HttpResponse:
    """All vouchers, newest first, or those whose code begins with `q`."""
    actor, text, now = actor_of(request), asked(request, "q", 40), clock.now()
    try:
        page = selling.vouchers_managed(actor, text=text, cursor=request.GET.get("cursor", ""))
    except BadCursor:
        return error_page(request, 400)
    rows = [(voucher, standing_of(voucher, at=now), selling.holder_of(actor, voucher)) for voucher in page.rows]
    context = {"rows": rows, "more": next_page("shop-vouchers", page, q=text), "text": text}
    template = "commerce/shop/vouchers.html"
    return render(request, f"{template}#rows" if rows_only(request) else template, context)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_SELLING)
def new_voucher(request: HttpRequest) -> HttpResponse:
    """Make a voucher."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_SELLING)
def voucher(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a voucher."""
    return _edit(request, selling.voucher_for(actor_of(request), public_id=public_id))


def _edit(request: HttpRequest, voucher: Voucher | None) -> HttpResponse:
    form = VoucherForm(request.POST or None, actor=actor_of(request), voucher=voucher)
    saved = _written(request, form, voucher) if form.is_valid() else None
    if saved:
        messages.success(request, _("The voucher %(code)s is saved.") % {"code": saved.code})
        return redirect("shop-vouchers")
    holder = selling.holder_of(actor_of(request), voucher) if voucher else ""
    context = {"form": form, "voucher": voucher, "holder": holder}
    return render(request, "commerce/shop/voucher.html", context, status=422 if form.errors else 200)


def _written(request: HttpRequest, form: VoucherForm, voucher: Voucher | None) -> Voucher | None:
    told: dict[str, Any] = {"actor": actor_of(request), "told": form.told(), "at": clock.now()}
    try:
        if voucher is None:
            return writing.create_voucher(**told)
        return writing.change_voucher(voucher=voucher, seen=form.cleaned_data["seen"], **told)
    except writing.CodeTaken:
        form.add_error("code", _("Another voucher has this code."))
    except writing.BadVoucher as error:
        form.add_error(error.field, _("This does not fit the rest."))
    except writing.WorthIsFixed:
        words = _("It was used meanwhile: code and worth stay as customers were told. Make a further voucher instead.")
        form.add_error(None, words)
    except writing.LimitBelowUses as error:
        form.add_error("use_limit", _("It was used %(count)d times already.") % {"count": error.uses})
    except ChangedMeanwhile:
        is_old(form)
    return None


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_SELLING)
def shop(request: HttpRequest) -> HttpResponse:
    """The terms of the shop, with the taxes below them."""
    actor = actor_of(request)
    profile = selling.shop_profile_for(actor)
    form = ShopForm(request.POST or None, profile=profile)
    if form.is_valid():
        try:
            change_shop(actor=actor, told=form.told(), seen=form.cleaned_data["seen"], at=clock.now())
        except ChangedMeanwhile:
            is_old(form)
        else:
            messages.success(request, _("The terms of the shop are saved."))
            return redirect("shop-profile")
    context = {"form": form, "profile": profile, "taxes": _tax_forms(request)}
    return render(request, "commerce/shop/shop.html", context, status=422 if form.errors else 200)


@require_POST
@access(permissions.MANAGE_SELLING)
def tax(request: HttpRequest) -> HttpResponse:
    """Set the tax of a `country`, or take it away (`do` is drop)."""
    actor, country = actor_of(request), request.POST.get("country", "")
    if country not in dict(countries_sold()) and country not in selling.taxes_set(actor):
        return error_page(request, 400)
    if request.POST.get("do") == "drop":
        drop_tax(actor=actor, country=country, at=clock.now())
        messages.success(request, _("There is no tax there from now on."))
        return redirect("shop-profile")
    form = TaxForm(request.POST, country=country)
    if form.is_valid():
        set_tax(actor=actor, told=form.told(), at=clock.now())
        messages.success(request, _("The tax is saved. Orders that were placed keep theirs."))
        return redirect("shop-profile")
    profile = selling.shop_profile_for(actor)
    context = {"form": ShopForm(profile=profile), "profile": profile, "taxes": _tax_forms(request, form)}
    return render(request, "commerce/shop/shop.html", context, status=422)


def _tax_forms(request: HttpRequest, wrong: TaxForm | None = None) -> list[tuple[str, TaxForm, TaxRate | None]]:
    """A form for each country into which the shop sells, and for those that have a tax from before."""
    known = selling.taxes_set(actor_of(request))
    names = {**{code: code for code in known}, **dict(countries_sold())}
    return [
        (
            name,
            wrong if wrong and wrong.country == code else TaxForm(country=code, initial=_tax_initial(known.get(code))),
            known.get(code),
        )
        for code, name in names.items()
    ]


def _tax_initial(tax: TaxRate | None) -> dict[str, Any]:
    if tax is None:
        return {"is_included": True}
    return {"name": tax.name, "percent": tax.percent.normalize(), "is_included": tax.is_included}
