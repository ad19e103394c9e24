"""Wish lists: put something on from its page, look at it, take it off, put it into the cart."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ramah.commerce.commands.carts import CartFull, NotSold, SoldOut, add_to_cart
from ramah.commerce.commands.wishes import TooManyWishes, add_wish, remove_wish
from ramah.commerce.queries.wishes import WishSight, sights_of_wishes, wish_for, wishes_page
from ramah.customers.queries import CustomerActor
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.paging import BadCursor
from ramah.storefront import signing_in
from ramah.storefront.pages import page
from ramah.storefront.pictures import drawing, picture
from ramah.storefront.signing_in import customers_only
from ramah.storefront.views.signing_in import WISH
from ramah.storefront.visiting import Visitor, remember_cart, visitor_of


@public("a customer's own, by their log-in")
@require_GET
@customers_only
def wishes(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """The list, newest first; with htmx only the rows of the next page."""
    visitor = visitor_of(request)
    try:
        found = wishes_page(actor, cursor=request.GET.get("after", ""))
    except BadCursor as error:
        raise Http404 from error
    sights = sights_of_wishes(found.rows, language=visitor.language, currency=visitor.currency)
    more = f"{reverse('account_wishes')}?after={found.next_cursor}" if found.next_cursor else ""
    context = {"lines": [(sight, _thumb(sight, visitor)) for sight in sights], "more": more}
    template = (
        "storefront/account/_wish_lines.html" if request.headers.get("HX-Request") else "storefront/account/wishes.html"
    )
    return page(request, template, context)


def _thumb(sight: WishSight, visitor: Visitor) -> str:
    pictures = sight.product.pictures
    if pictures:
        return picture(pictures[0], language=visitor.language, place="thumb")
    return drawing(sight.product.illustration)


@public("guests are led to the sign-in first")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put a product, or a variant of it, on the list; whoever is not signed in does so first, and then it is there."""
    product, variant = request.POST.get("product", "")[:40], request.POST.get("variant", "")[:40]
    if not product and not variant:
        raise Http404
    next_page = signing_in.safe_next(request)
    actor = visitor_of(request).actor
    if actor is None:
        request.session[WISH] = [product, variant]
        return signing_in.to_sign_in(next_page or reverse("account_wishes"))
    try:
        add_wish(actor=actor, product_public_id=product, variant_public_id=variant, at=clock.now())
    except TooManyWishes:
        messages.error(request, _("Your wish list is full. Take something off it first."))
    else:
        messages.success(request, _("It is on your wish list."))
    return redirect(next_page or "account_wishes")


@public("a customer's own, by their log-in")
@require_POST
@customers_only
def remove(request: HttpRequest, actor: CustomerActor, key: int) -> HttpResponse:
    """Take something off the list."""
    remove_wish(actor=actor, wish=wish_for(actor, key=key))
    messages.success(request, _("It is off your wish list."))
    return redirect("account_wishes")


@public("a customer's own, by their log-in")
@require_POST
@customers_only
def to_cart(request: HttpRequest, actor: CustomerActor, key: int) -> HttpResponse:
    """Put one piece into the cart, and take it off the list."""
    visitor, wish = visitor_of(request), wish_for(actor, key=key)
    sight = sights_of_wishes([wish], language=visitor.language, currency=visitor.currency)[0]
    if not sight.can_go_to_cart or sight.variant is None:
        return _not_there(request)
    try:
        change = add_to_cart(
            actor=actor,
            cart_id=visitor.cart_id,
            variant_id=sight.variant.public_id,
            quantity=1,
            currency=visitor.currency,
            at=clock.now(),
        )
    except (NotSold, SoldOut):
        return _not_there(request)
    except CartFull:
        messages.error(request, _("Your cart is full. Order what is in it first."))
        return redirect("account_wishes")
    remove_wish(actor=actor, wish=wish)
    messages.success(request, _("It is in your cart."))
    response = redirect("account_wishes")
    remember_cart(response, change.cart.public_id, change.count)
    return response


def _not_there(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("It is sold out or not offered just now. It stays on your list."))
    return redirect("account_wishes")
