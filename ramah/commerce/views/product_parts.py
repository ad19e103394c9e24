"""Parts of a product in the desk: attributes, pictures, what is shown beside it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ramah.commerce import permissions
from ramah.commerce.commands import links, pictures
from ramah.commerce.commands.products import set_facts
from ramah.commerce.forms.products import FactsForm, LinkForm, PictureForm, PictureWordsForm
from ramah.commerce.models import Product
from ramah.commerce.pictures import NotAPicture
from ramah.commerce.queries import catalog
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.views.pages import STEPS, is_old
from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.actors import NotVisible


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def facts(request: HttpRequest, public_id: str) -> HttpResponse:
    """The attributes of a product."""
    product = catalog.managed_product_for(actor_of(request), public_id=public_id)
    form = FactsForm(request.POST or None, product=product)
    if form.is_valid():
        try:
            seen = form.cleaned_data["seen"]
            set_facts(actor=actor_of(request), product=product, facts=form.facts(), seen=seen, at=clock.now())
        except ChangedMeanwhile:
            is_old(form)
        else:
            messages.success(request, _("The attributes are saved."))
            return redirect("shop-facts", public_id=public_id)
    context = {"form": form, "product": product}
    return render(request, "commerce/shop/facts.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def product_pictures(request: HttpRequest, public_id: str) -> HttpResponse:
    """The pictures of a product, and a form for more."""
    product = catalog.managed_product_for(actor_of(request), public_id=public_id)
    form = PictureForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        count = _add(request, product, form)
        if not form.errors:
            told = ngettext("%(count)s picture is added.", "%(count)s pictures are added.", count)
            messages.success(request, told % {"count": count})
            return redirect("shop-pictures", public_id=public_id)
    return _pictures_page(request, product, form)


def _add(request: HttpRequest, product: Product, form: PictureForm) -> int:
    """Take in each of the files; what is wrong with one is said by its name, the others stay."""
    count = 0
    for file in form.cleaned_data["pictures"][: pictures.MOST_PICTURES]:
        try:
            pictures.add_picture(actor=actor_of(request), product=product, content=file.read(), at=clock.now())
            count += 1
        except NotAPicture as error:
            form.add_error("pictures", f"{file.name[:80]}: {error.says}")
        except pictures.TooManyPictures:
            told = _("A product has %(count)d pictures at most.") % {"count": pictures.MOST_PICTURES}
            form.add_error("pictures", told)
            break
    return count


@require_POST
@access(permissions.MANAGE_CATALOG)
def change_picture(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what a picture shows, move it, or take it away: `do` and `key` say which."""
    product = catalog.managed_product_for(actor_of(request), public_id=public_id)
    key, doing = request.POST.get("key", ""), request.POST.get("do", "")
    keys = [picture["key"] for picture in product.pictures]
    if key not in keys:
        messages.error(request, _("This picture is no longer there."))
        return redirect("shop-pictures", public_id=public_id)
    told: dict[str, Any] = {"actor": actor_of(request), "product": product, "key": key, "at": clock.now()}
    if doing == "describe":
        form = PictureWordsForm(request.POST, picture=product.pictures[keys.index(key)], colors=_colors(product))
        if not form.is_valid():
            return _pictures_page(request, product, PictureForm(), wrong=(key, form))
        pictures.describe_picture(alt=form.alt(), option=form.cleaned_data["option"], **told)
        messages.success(request, _("The words of the picture are saved."))
    elif doing == "remove":
        pictures.remove_picture(**told)
        messages.success(request, _("The picture is removed."))
    elif doing in STEPS:
        pictures.move_picture(to=keys.index(key) + STEPS[doing], **told)
    return redirect("shop-pictures", public_id=public_id)


def _pictures_page(
    request: HttpRequest, product: Product, form: PictureForm, wrong: tuple[str, PictureWordsForm] | None = None
) -> HttpResponse:
    colors = _colors(product)
    rows = [
        (
            picture,
            wrong[1] if wrong and wrong[0] == picture["key"] else PictureWordsForm(picture=picture, colors=colors),
        )
        for picture in product.pictures
    ]
    context = {"product": product, "form": form, "rows": rows, "most": pictures.MOST_PICTURES}
    is_wrong = bool(wrong or (form.is_bound and form.errors))
    return render(request, "commerce/shop/pictures.html", context, status=422 if is_wrong else 200)


def _colors(product: Product) -> list[str]:
    told = [picture.get("option", "") for picture in product.pictures]
    told += [variant.options.get("color", "") for variant in product.variants.all()]
    return [color for color in dict.fromkeys(told) if color]


@require_http_methods(["GET", "POST"])
@access(permissions.MANAGE_CATALOG)
def product_links(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the merchant shows beside a product, and a search for more."""
    actor = actor_of(request)
    product = catalog.managed_product_for(actor, public_id=public_id)
    if request.method == "POST":
        _change_links(request, product)
        return redirect("shop-links", public_id=public_id)
    form = LinkForm(request.GET if "q" in request.GET else None)
    found = catalog.products_named(actor, form.cleaned_data["q"]) if form.is_valid() else None
    context = {
        "product": product,
        "form": form,
        "found": found and [one for one in found if one.pk != product.pk],
        "is_searched": found is not None,
        "links": catalog.chosen_links(product),
    }
    return render(request, "commerce/shop/links.html", context, status=422 if form.errors else 200)


def _change_links(request: HttpRequest, product: Product) -> None:
    """Choose, drop or move a link: `do` says which."""
    told: dict[str, Any] = {"actor": actor_of(request), "product": product, "at": clock.now()}
    doing, key = request.POST.get("do", ""), request.POST.get("link", "")
    if doing == "choose":
        _choose(request, told)
    elif doing == "drop" and key.isdecimal():
        links.drop_link(key=int(key[:18]), **told)
    elif doing in STEPS and key.isdecimal():
        links.place_link(key=int(key[:18]), step=STEPS[doing], **told)


def _choose(request: HttpRequest, told: dict[str, Any]) -> None:
    form = LinkForm({**request.POST.dict(), "q": "-"})
    try:
        other = catalog.managed_product_for(told["actor"], public_id=request.POST.get("other", ""))
    except NotVisible:
        messages.error(request, _("This product is no longer there."))
        return
    if not form.is_valid():
        return
    try:
        links.choose_link(other=other, kind=form.cleaned_data["kind"], **told)
    except links.LinkToItself:
        messages.error(request, _("A product is not shown beside itself."))
    except links.TooManyLinks:
        messages.error(request, _("At most %(count)d products are shown beside one.") % {"count": links.MOST_LINKS})
    else:
        messages.success(request, _("It is shown beside the product now."))
