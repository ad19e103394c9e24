"""Products in the desk: the list, and the texts of one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ramah.commerce import permissions
from ramah.commerce.commands.products import SlugTaken, change_product, create_product
from ramah.commerce.forms.parts import category_words
from ramah.commerce.forms.products import ProductForm
from ramah.commerce.models import Product
from ramah.commerce.queries import catalog
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.views.pages import asked, is_old, next_page, rows_only
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.paging import BadCursor
from ramah.ui.errors import error_page


@require_GET
@access(permissions.CHANGE_STOCK)
def products(request: HttpRequest) -> HttpResponse:
    """All products, newest first; by the beginning of a title or SKU, by status, by category."""
    actor, text, category = actor_of(request), asked(request, "q"), asked(request, "category", 250)
    status = asked(request, "status")
    status = status if status in Product.Status.values else ""
    try:
        page = catalog.products_managed(
            actor, text=text, status=status, category=category, cursor=request.GET.get("cursor", "")
        )
    except BadCursor:
        return error_page(request, 400)
    context = {
        "rows": page.rows,
        "more": next_page("shop-products", page, q=text, status=status, category=category),
        "text": text,
        "status": status,
        "category": category,
        "is_filtered": bool(text or status or category),
        "may_manage": actor.may(permissions.MANAGE_CATALOG),
    }
    if rows_only(request):
        return render(request, "commerce/shop/products.html#rows", context)
    categories = [(row.path, category_words(row)) for row in catalog.categories()]
    return render(
        request,
        "commerce/shop/products.html",
        {**context, "statuses": Product.Status.choices, "categories": categories},
    )


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def new_product(request: HttpRequest) -> HttpResponse:
    """Make a product; its variants come next."""
    form = ProductForm(request.POST or None)
    if form.is_valid():
        try:
            made = create_product(actor=actor_of(request), told=form.told(), at=clock.now())
        except SlugTaken:
            form.add_error("slug", _slug_taken())
        else:
            messages.success(request, _("The product is made. Add its first variant."))
            return redirect("shop-variant-new", public_id=made.public_id)
    return render(request, "commerce/shop/product.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def product(request: HttpRequest, public_id: str) -> HttpResponse:
    """The texts of a product, its place, status and terms."""
    found = catalog.managed_product_for(actor_of(request), public_id=public_id)
    form = ProductForm(request.POST or None, product=found)
    if form.is_valid():
        try:
            change_product(
                actor=actor_of(request),
                product=found,
                told=form.told(),
                seen=form.cleaned_data["seen"],
                at=clock.now(),
            )
        except SlugTaken:
            form.add_error("slug", _slug_taken())
        except ChangedMeanwhile:
            is_old(form)
        else:
            messages.success(request, _("The product is saved."))
            return redirect("shop-product", public_id=public_id)
    context = {"form": form, "product": found}
    return render(request, "commerce/shop/product.html", context, status=422 if form.errors else 200)


def _slug_taken() -> str:
    return _("Another product has this address.")
