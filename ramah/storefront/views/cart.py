"""The cart: the page, and every change of it. Plain forms lead back to the page; htmx gets the cart anew in its place."""

import functools
from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ramah.commerce.commands import carts
from ramah.commerce.commands.carts import CartChange, take_note
from ramah.commerce.commands.vouchers import VoucherRefused
from ramah.commerce.queries.carts import open_cart
from ramah.kernel import audit, clock
from ramah.kernel.access import public
from ramah.kernel.actors import NOBODY, Actor
from ramah.storefront import cart_forms as forms
from ramah.storefront.cart_page import Said, cart_context, seen_cart, taken_out, told_of
from ramah.storefront.pages import page
from ramah.storefront.rate_limits import is_allowed
from ramah.storefront.visiting import Visitor, remember_cart, visitor_of
from ramah.ui.toasts import with_toast

_HOUR = 3600
_WHY = "a cart belongs to whoever has its signed cookie, or to the customer who is signed in"
View = Callable[[HttpRequest], HttpResponse]


def _changing(view: View) -> View:
    """A change by POST. Any other way here (an address typed in, a reload after signing in) leads to the cart.

    What is gone, sold out or not sold is answered with the cart as it is, and nothing is changed.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return redirect("cart")
        try:
            return view(request)
        except carts.LineGone:
            words = _(
                "That is no longer in your cart: it was taken out or ordered in another tab. This is your cart now."
            )
        except carts.SoldOut:
            words = _("It is sold out. Have us tell you when it is back: its page offers that.")
        except carts.NotSold:
            words = _("It is not sold just now, or not to your place.")
        except carts.CartFull:
            words = _("Your cart is full. Order what is in it, or take something out.")
        except carts.WrongQuantity:
            words = _("How many? A whole number from 1 to 999.")
        return _shown(request, Said(note=words), status=422)

    return guarded


@public(_WHY)
@never_cache
@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart, what has changed since it was seen, and what it all costs."""
    return _shown(request)


@public(_WHY)
@_changing
def add(request: HttpRequest) -> HttpResponse:
    """Put a variant in, or back in after it was taken out."""
    form, visitor = forms.AddForm(request.POST), visitor_of(request)
    if not form.is_valid():
        return _shown(request, Said(note=_first_error(form)), status=422)
    change = carts.add_to_cart(
        actor=_actor(visitor),
        cart_id=visitor.cart_id,
        variant_id=form.cleaned_data["variant"],
        quantity=form.cleaned_data["quantity"] or 1,
        currency=visitor.currency,
        at=clock.now(),
        for_later=form.cleaned_data["later"],
    )
    words = _cut_words(change) or (_("It is kept for later.") if change.is_saved else _("It is in your cart."))
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") != "cart":
        # From another page: only the number of pieces in the header changes.
        answer = page(request, "storefront/_cart_count.html", {"count": change.count})
        return _remembered(with_toast(answer, words), change)
    return _done(request, change, words)


@public(_WHY)
@_changing
def set_quantity(request: HttpRequest) -> HttpResponse:
    """Have so many pieces of a line."""
    form, visitor = forms.QuantityForm(request.POST), visitor_of(request)
    if not form.is_valid():
        fault = {request.POST.get("variant", "")[:26]: _first_error(form)}
        return _shown(request, Said(faults=fault), status=422)
    change = carts.set_quantity(
        actor=_actor(visitor),
        cart_id=visitor.cart_id,
        variant_id=form.cleaned_data["variant"],
        quantity=form.cleaned_data["quantity"],
        at=clock.now(),
    )
    return _done(request, change, _cut_words(change)) if change.quantity else _gone(request, change)


@public(_WHY)
@_changing
def remove(request: HttpRequest) -> HttpResponse:
    """Take a line out; the answer has a form that puts it back."""
    return _gone(request, _on_line(request, carts.remove_line))


@public(_WHY)
@_changing
def save_for_later(request: HttpRequest) -> HttpResponse:
    """Keep a line out of the order but in sight."""
    return _done(request, _on_line(request, carts.save_for_later), _("It is kept for later, below your cart."))


@public(_WHY)
@_changing
def move_to_cart(request: HttpRequest) -> HttpResponse:
    """Bring a line back that was kept for later."""
    change = _on_line(request, carts.move_to_cart)
    return _done(request, change, _cut_words(change) or _("It is in your cart."))


@public(_WHY)
@_changing
def apply_voucher(request: HttpRequest) -> HttpResponse:
    """Put a voucher on the cart; one that does not count is refused beside the field."""
    form, visitor = forms.VoucherForm(request.POST), visitor_of(request)
    code = request.POST.get("code", "")[:80]
    if not form.is_valid():
        return _shown(request, Said(voucher_fault=_first_error(form), code=code), status=422)
    if not is_allowed("voucher", audit.origin.get(), limit=30, seconds=_HOUR):
        words = _("Too many codes were tried from here. Try again in an hour.")
        return _shown(request, Said(voucher_fault=words, code=code), status=422)
    try:
        change = carts.apply_voucher(
            actor=_actor(visitor),
            cart_id=visitor.cart_id,
            code=form.cleaned_data["code"],
            currency=visitor.currency,
            at=clock.now(),
        )
    except VoucherRefused as refused:
        return _shown(request, Said(voucher_fault=str(refused.refusal), code=code), status=422)
    return _done(request, change)


@public(_WHY)
@_changing
def remove_voucher(request: HttpRequest) -> HttpResponse:
    """Take the voucher off the cart."""
    visitor = visitor_of(request)
    return _done(request, carts.remove_voucher(actor=_actor(visitor), cart_id=visitor.cart_id, at=clock.now()))


def _on_line(request: HttpRequest, command: Callable[..., CartChange]) -> CartChange:
    form, visitor = forms.LineForm(request.POST), visitor_of(request)
    if not form.is_valid():
        raise carts.LineGone
    return command(
        actor=_actor(visitor),
        cart_id=visitor.cart_id,
        variant_id=form.cleaned_data["variant"],
        at=clock.now(),
    )


def _gone(request: HttpRequest, change: CartChange) -> HttpResponse:
    if change.variant is None:
        return redirect("cart")
    told = {"removed": change.variant.public_id, "quantity": change.before, **({"later": 1} if change.is_saved else {})}
    if not request.headers.get("HX-Request"):
        return _remembered(redirect(f"{reverse('cart')}?{urlencode(told)}"), change)
    out = told_of(change.variant, change.before, visitor_of(request), is_saved=change.is_saved)
    return _shown(request, Said(taken_out=out), change=change)


def _done(request: HttpRequest, change: CartChange, words: str = "") -> HttpResponse:
    """The page after a change that succeeded: by a redirect, or for htmx the cart in its place."""
    if not request.headers.get("HX-Request"):
        if words:
            messages.add_message(request, messages.WARNING if change.is_cut else messages.SUCCESS, words)
        return _remembered(redirect("cart"), change)
    faults = {change.variant.public_id: words} if change.variant and change.is_cut else {}
    response = _shown(request, Said(faults=faults), change=change)
    return _remembered(with_toast(response, words) if words and not faults else response, change)


def _shown(
    request: HttpRequest, said: Said | None = None, *, status: int = 200, change: CartChange | None = None
) -> HttpResponse:
    """The cart as it is now, whole or for htmx its inside. What has been told of changed prices and stock counts as told."""
    visitor, at, is_part = visitor_of(request), clock.now(), bool(request.headers.get("HX-Request"))
    customer_id = visitor.actor.customer_id if visitor.actor else None
    found = open_cart(change.cart.public_id if change else visitor.cart_id, customer_id=customer_id)
    sight = seen_cart(found, visitor, at=at)
    take_note(sight=sight)
    said = said or Said(taken_out=taken_out(request, sight, visitor))
    template = "storefront/_cart.html" if is_part else "storefront/cart.html"
    response = page(request, template, cart_context(sight, visitor, said, at=at, is_part=is_part), status=status)
    if (found.public_id if found else "", sight.count) != (visitor.cart_id, visitor.cart_count):
        remember_cart(response, found.public_id if found else "", sight.count)
    return response


def _remembered(response: HttpResponse, change: CartChange) -> HttpResponse:
    remember_cart(response, change.cart.public_id, change.count)
    return response


def _actor(visitor: Visitor) -> Actor:
    return visitor.actor or NOBODY


def _cut_words(change: CartChange) -> str:
    if not change.is_cut:
        return ""
    words = ngettext(
        "Only %(n)d is left, and it is in your cart.", "Only %(n)d are left; all are in your cart.", change.quantity
    )
    return words % {"n": change.quantity}


def _first_error(form: forms.LineForm | forms.VoucherForm) -> str:
    if "variant" in form.errors:
        return _("Choose what you want to buy.")
    return str(next(iter(form.errors.values()))[0])
