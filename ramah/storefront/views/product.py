"""The page of a product: everything about it at first sight, and the way into the cart."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from ramah.commerce.commands.carts import CartChange, CartFull, NotSold, SoldOut, WrongQuantity, add_to_cart
from ramah.commerce.queries.products import Offered, product_in_shop, slug_now
from ramah.commerce.queries.relating import related
from ramah.commerce.queries.voices import newest_questions, review_summary
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import NOBODY, NotVisible
from ramah.storefront.cards import cards_of
from ramah.storefront.offer import Offer, offer_of
from ramah.storefront.pages import page
from ramah.storefront.product_page import gone_context, page_context, part_context
from ramah.storefront.recent import recently_seen, remember_seen
from ramah.storefront.speaking import in_asked_language
from ramah.storefront.visiting import remember_cart, visitor_of

OFFER = "offer"


@public("what is sold")
@require_http_methods(["GET", "HEAD", "POST"])
@in_asked_language
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """The product as it is chosen; with htmx only what a choice changes. A POST puts the choice into the cart.

    An address that the product had before leads on to the one it has.
    """
    try:
        offered = product_in_shop(slug, at=clock.now())
    except NotVisible:
        return _moved(request, slug)
    if offered.is_gone:
        return _gone(request, offered)
    told = request.POST if request.method == "POST" else request.GET
    offer = offer_of(offered, told.dict(), visitor_of(request))
    if request.method == "POST":
        return _chosen(request, offer)
    if request.headers.get("HX-Target") == OFFER:
        part = _part(request, offer)
        part["HX-Replace-Url"] = _address(offer)
        return part
    return _whole(request, offer)


def _whole(request: HttpRequest, offer: Offer, *, problem: str = "", status: int = 200) -> HttpResponse:
    visitor, before = offer.visitor, recently_seen(request)
    beside = related(offer.product.pk, currency=visitor.currency, recent=before)
    context = page_context(
        request,
        offer,
        reviews=review_summary(offer.product),
        questions=newest_questions(offer.product),
        beside=beside,
        at=clock.now(),
    )
    response = page(request, "storefront/product.html", {**context, "problem": problem}, status=status)
    remember_seen(response, before, offer.product.pk)
    return response


def _part(request: HttpRequest, offer: Offer, **told: Any) -> HttpResponse:
    """What a choice changes, in its place: for htmx."""
    context = {**part_context(request, offer, at=clock.now()), **told}
    response = page(request, "storefront/_offer.html", context, status=422 if told.get("problem") else 200)
    response["HX-Retarget"], response["HX-Reswap"] = f"#{OFFER}", "outerHTML"
    return response


def _chosen(request: HttpRequest, offer: Offer) -> HttpResponse:
    """Show the choice (without JavaScript that is a button), or put it into the cart."""
    if "show" in request.POST and offer.variant is not None:
        return HttpResponseRedirect(f"{_address(offer)}#{OFFER}")
    try:
        change = _put_into_cart(request, offer)
    except (WrongQuantity, NotSold, SoldOut, CartFull) as error:
        problem = _refusal(offer, error)
        if request.headers.get("HX-Request"):
            return _part(request, offer, problem=problem)
        return _whole(request, offer, problem=problem, status=422)
    words = _cut_words(change.quantity) if change.is_cut else _("It is in your cart.")
    if request.headers.get("HX-Request"):
        response = _part(request, offer, added=words, count=change.count)
    else:
        messages.add_message(request, messages.WARNING if change.is_cut else messages.SUCCESS, words)
        response = HttpResponseRedirect(reverse("cart"))
    remember_cart(response, change.cart.public_id, change.count)
    return response


def _put_into_cart(request: HttpRequest, offer: Offer) -> CartChange:
    """Raises what `add_to_cart` raises; `NotSold` where the choice makes no variant."""
    visitor, told = offer.visitor, request.POST.get("quantity", "1").strip()
    if offer.variant is None:
        raise NotSold
    return add_to_cart(
        actor=visitor.actor or NOBODY,
        cart_id=visitor.cart_id,
        variant_id=offer.variant.public_id,
        quantity=int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0,
        currency=visitor.currency,
        at=clock.now(),
    )


def _refusal(offer: Offer, error: Exception) -> str:
    if offer.variant is None:
        return _("Choose a combination that there is.")
    if isinstance(error, WrongQuantity):
        return _("How many? A whole number from 1 to 999.")
    if isinstance(error, SoldOut):
        return _("It is sold out. Choose another one, or have us tell you when it is back.")
    if isinstance(error, CartFull):
        return _("Your cart is full. Order what is in it, or take something out.")
    return _("It is not sold just now, or not to your place.")


def _cut_words(left: int) -> str:
    words = ngettext("Only %(n)d is left, and it is in your cart.", "Only %(n)d are left; all are in your cart.", left)
    return words % {"n": left}


def _moved(request: HttpRequest, slug: str) -> HttpResponse:
    """On to where the product stands now, with all that was asked. Raises `NotVisible` where there was none."""
    path, asked = reverse("product", args=[slug_now(slug, at=clock.now())]), request.META.get("QUERY_STRING", "")
    # Who had the page open while its address changed still gets what they chose into the cart: a 308 keeps the POST.
    response = HttpResponsePermanentRedirect(
        f"{path}?{asked}" if asked else path, preserve_request=request.method == "POST"
    )
    # A browser must ask anew: it would go round in circles once the product has its earlier address back.
    response["Cache-Control"] = "no-cache"
    return response


def _gone(request: HttpRequest, offered: Offered) -> HttpResponse:
    """What is no longer sold: the page says so and what there is instead, and search engines forget it."""
    visitor = visitor_of(request)
    beside = related(offered.product.pk, currency=visitor.currency, recent=recently_seen(request), size=8)
    cards = cards_of(beside.similar or beside.goes_with, visitor, level=3)
    context = gone_context(offered.product, visitor) | {"cards": cards}
    return page(request, "storefront/product_gone.html", context, status=410)


def _address(offer: Offer) -> str:
    path = reverse("product", args=[offer.product.slug])
    return f"{path}?variant={offer.variant.public_id}" if offer.variant else path
