"""The checkout on one page, and the confirmation. Works by plain forms; htmx only spares the button "Update delivery".

What was written is never lost: it is shown again after whatever went wrong, and a draft of it stands in the browser until the
order is placed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from ramah.accounts.models import User
from ramah.commerce.commands import carts
from ramah.commerce.commands import checkout as placing
from ramah.commerce.commands.gateways import OPEN
from ramah.commerce.commands.vouchers import VoucherRefused
from ramah.commerce.models import Cart, Order, Payment
from ramah.commerce.queries.address_book import saved_addresses
from ramah.commerce.queries.carts import LineSight, open_cart
from ramah.commerce.queries.checkout import offer_for, order_of_cart
from ramah.commerce.queries.gateways import attempt_for
from ramah.commerce.queries.proving import may_see
from ramah.kernel import audit, clock
from ramah.kernel.access import public
from ramah.kernel.actors import NOBODY, Actor
from ramah.kernel.money import Money, format_money
from ramah.storefront.checkout_form import PLACE, Checked, Written, amount_told, checked, choice_faults
from ramah.storefront.checkout_page import Said, checkout_context, short_lines
from ramah.storefront.drafts import draft_of, forget_draft, keep_draft
from ramah.storefront.order_links import note_proof, order_actor, proved_actor, proved_orders
from ramah.storefront.order_pages import order_page
from ramah.storefront.pages import page
from ramah.storefront.rate_limits import is_allowed
from ramah.storefront.views.order_doors import of_an_order
from ramah.storefront.views.payments import begun
from ramah.storefront.visiting import Place, Visitor, remember_cart, remember_place, visitor_of

_WHY = "a cart belongs to whoever has its signed cookie, or to the customer who is signed in"
_GATEWAY = (Payment.Method.CARD, Payment.Method.WALLET)
_HOUR = 3600
# So long after an order its cart still leads to it, should the answer to the customer have been lost.
_RECENT = timedelta(hours=1)


class _TokenCheck(CsrfViewMiddleware):
    """The check of the form's token, which here leads back to the form instead of to an error page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


@public(_WHY)
@csrf_exempt  # checked by hand below, so that nothing written is lost
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponseBase:
    """Fields, ways of delivery and paying, sums; sent off, the order."""
    visitor = visitor_of(request)
    actor = visitor.actor
    cart = open_cart(visitor.cart_id, customer_id=actor.customer_id if actor else None)
    if cart is None:
        return _ordered_before(request, visitor) or _empty(request)
    if request.method != "POST":
        return _shown(request, cart, _first_seen(request, visitor))
    written = _written(request.POST, visitor)
    if _TokenCheck(lambda _request: HttpResponse()).process_view(request, None, (), {}):  # type: ignore[arg-type]
        words = _("This page was open for long, so nothing was ordered yet. Look it over and press the button again.")
        return _shown(request, cart, written, Said(note=words), status=403)
    task = {"voucher": _voucher, "voucher_remove": _voucher_removed, "adjust": _adjusted, "": _sent}.get(
        request.POST.get("do", ""), _updated
    )
    return task(request, cart, written)


def _sent(request: HttpRequest, cart: Cart, written: Written) -> HttpResponseBase:
    """The button was pressed: place the order, or say what is in its way."""
    result = checked(written, email=_own_email(request))
    if result.errors:
        return _shown(request, cart, written, Said(errors=result.errors), status=422)
    told, actor = _told(request, written, result), visitor_of(request).actor or NOBODY
    try:
        order = placing.place_from_cart(actor=actor, cart=cart, told=told, at=clock.now())
    except VoucherRefused as refused:
        return _without_voucher(request, cart, written, refused)
    except placing.NotPlaced as refused:
        return _not_placed(request, cart, written, refused)
    return _placed(request, order)


def _not_placed(request: HttpRequest, cart: Cart, written: Written, refused: placing.NotPlaced) -> HttpResponseBase:
    if isinstance(refused, placing.CartEmpty):
        return _empty(request)
    if isinstance(refused, placing.LinesUnavailable):
        said = _short_said(refused.lines)
    elif isinstance(refused, placing.TotalChanged):
        said = Said(note=_total_words(request, refused))
    else:
        said = Said(note=_("Delivery or payment cannot be as it was chosen. Nothing was ordered yet; choose anew."))
    return _shown(request, cart, written, said, status=422)


def _updated(request: HttpRequest, cart: Cart, written: Written) -> HttpResponseBase:
    """Another place or way was chosen: cost, days and sums anew. Nothing is checked yet."""
    if request.POST.get("do") != "delivery" and written["delivery"] == request.POST.get("first_delivery"):
        # What stood first was taken as it was, so at another place what stands first there is.
        written = written.with_values(delivery="")
    visitor = visitor_of(request)
    response = _shown(request, cart, written)
    keep_draft(response, written.values)
    place = Place(written["country"], *(written[name].strip()[:80] for name in PLACE))
    if place != visitor.place:
        remember_place(response, place)
    return response


def _voucher(request: HttpRequest, cart: Cart, written: Written) -> HttpResponseBase:
    visitor, code = visitor_of(request), request.POST.get("voucher", "")[:80]
    if not code.strip():
        return _updated(request, cart, written)
    if not is_allowed("voucher", audit.origin.get(), limit=30, seconds=_HOUR):
        words = _("Too many codes were tried from here. Try again in an hour.")
        return _shown(request, cart, written, Said(voucher_fault=words, code=code), status=422)
    offer = offer_for(cart, written.choice, language=visitor.language, at=clock.now())
    try:
        change = carts.apply_voucher(
            actor=visitor.actor or NOBODY,
            cart_id=cart.public_id,
            code=code,
            currency=offer.currency,
            at=clock.now(),
        )
    except VoucherRefused as refused:
        return _shown(request, cart, written, Said(voucher_fault=str(refused.refusal), code=code), status=422)
    except carts.LineGone:
        return _empty(request)
    return _updated(request, change.cart, written)


def _voucher_removed(request: HttpRequest, cart: Cart, written: Written) -> HttpResponseBase:
    carts.remove_voucher(actor=visitor_of(request).actor or NOBODY, cart_id=cart.public_id, at=clock.now())
    cart.voucher = None
    return _updated(request, cart, written)


def _adjusted(request: HttpRequest, cart: Cart, written: Written) -> HttpResponseBase:
    """Go on with what there is: fewer pieces, and what is gone is kept for later."""
    visitor, at = visitor_of(request), clock.now()
    actor, count = visitor.actor or NOBODY, None
    for line in offer_for(cart, written.choice, language=visitor.language, at=at).missing:
        told: dict[str, Any] = {
            "actor": actor,
            "cart_id": cart.public_id,
            "variant_id": line.variant.public_id,
            "at": at,
        }
        try:
            if line.quantity:
                count = carts.set_quantity(**told, quantity=line.quantity).count
            else:
                count = carts.save_for_later(**told).count
        except (carts.LineGone, carts.NotSold, carts.SoldOut):
            continue  # it changed once more: the page says so
    response = _updated(request, cart, written)
    if count is not None:
        remember_cart(response, cart.public_id, count)
    return response


def _without_voucher(request: HttpRequest, cart: Cart, written: Written, refused: VoucherRefused) -> HttpResponseBase:
    """The voucher turned out not to count for this customer: it is taken off, and they are asked again."""
    carts.remove_voucher(actor=visitor_of(request).actor or NOBODY, cart_id=cart.public_id, at=clock.now())
    cart.voucher = None
    words = _("%(why)s It was taken off. Nothing was ordered yet; look over the total and press the button again.")
    return _shown(request, cart, written, Said(note=words % {"why": refused.refusal}), status=422)


def _placed(request: HttpRequest, order: Order) -> HttpResponseBase:
    actor = visitor_of(request).actor
    pays_now = order.payment_method in _GATEWAY and order.state == Order.State.PLACED
    response = (
        begun(request, actor or proved_actor(order), order) if pays_now else redirect("confirmation", order.public_id)
    )
    if actor is None:
        note_proof(request, response, order)
    forget_draft(response)
    remember_cart(response, "", 0)
    return response


def _shown(
    request: HttpRequest, cart: Cart, written: Written, said: Said | None = None, *, status: int = 200
) -> HttpResponse:
    visitor, at = visitor_of(request), clock.now()
    offer = offer_for(cart, written.choice, language=visitor.language, at=at)
    if not offer.sight.lines:
        return _empty(request)
    if offer.missing and not (said and said.short):
        said = _short_said(offer.missing)
    if status == 422 and said:
        said = replace(said, errors=said.errors | choice_faults(written, offer))
    saved = saved_addresses(visitor.actor) if visitor.actor else []
    email = _own_email(request)
    context = checkout_context(visitor, written, offer, said or Said(), at=at, email=email, saved=saved)
    context["cart"] = cart
    if request.headers.get("HX-Request") and status == 200:
        context["changed"] = {name for name, key in context["keys"].items() if request.POST.get(name) != key}
        return page(request, "storefront/_checkout_changed.html", context)
    response = page(request, "storefront/checkout.html", context, status=status)
    if status != 200:
        keep_draft(response, written.values)
    return response


def _empty(request: HttpRequest) -> HttpResponse:
    """Nothing to order: the way back to the shop, and to what was ordered last in this browser."""
    last = next(iter(proved_orders(request)), "")
    context = {"last_order": last, "was_sent": request.method == "POST"}
    return page(request, "storefront/checkout_empty.html", context, status=422 if request.method == "POST" else 200)


def _ordered_before(request: HttpRequest, visitor: Visitor) -> HttpResponseBase | None:
    """The cart became an order, in another tab or by the first click of two: there it is."""
    order = order_of_cart(visitor.cart_id)
    if order is not None and _is_theirs(visitor, order):
        return _placed(request, order)
    order = order_of_cart(request.POST.get("cart", "")[:26].replace("\0", ""))
    if order is not None and may_see(order_actor(request, order.public_id), order.public_id):
        return redirect("confirmation", order.public_id)
    return None


def _is_theirs(visitor: Visitor, order: Order) -> bool:
    # The signed cookie of the cart proves a guest; on a shared computer somebody else may be signed in by now.
    is_recent = clock.now() - order.placed_at < _RECENT
    return visitor.actor.customer_id == order.customer_id if visitor.actor else is_recent


def _first_seen(request: HttpRequest, visitor: Visitor) -> Written:
    """What is known already: the draft, else the usual saved address, else the place that the visitor told us."""
    if draft := draft_of(request):
        return _written(draft, visitor)
    place = visitor.place
    told: dict[str, Any] = {"country": place.country, "region": place.region, "city": place.city}
    told["postal_code"] = place.postal_code
    if visitor.actor:
        told["name"] = visitor.actor.name
        usual = next(iter(saved_addresses(visitor.actor)), None)
        if usual is not None:
            told |= {**usual.address, "filled_from": usual.public_id}
    return _written(told, visitor)


def _written(told: Any, visitor: Visitor) -> Written:
    """The form as it was sent. A saved address that was picked since fills the fields, once."""
    written = Written.of(told, countries=visitor.shop.countries, country=visitor.place.country)
    picked = str(told.get("saved", ""))
    if not picked or picked == written["filled_from"] or visitor.actor is None:
        return written
    saved = next((one for one in saved_addresses(visitor.actor) if one.public_id == picked), None)
    if saved is None:
        return written
    blank = dict.fromkeys(("region", "city", "postal_code", "line1", "line2", "district", "branch"), "")
    known = {name: value for name, value in saved.address.items() if name in blank or not written[name]}
    return written.with_values(
        **{**blank, **known, "country": saved.address.get("country", written["country"])}, filled_from=picked
    )


def _told(request: HttpRequest, written: Written, result: Checked) -> placing.CheckoutTold:
    return placing.CheckoutTold(
        email=result.email,
        address=result.address,
        delivery=written["delivery"],
        payment=written["payment"],
        expected_total=amount_told(request.POST.get("expected_total", "")),
        language=visitor_of(request).language,
        note=written["note"].strip(),
        wants_news=bool(written["news"]),
    )


def _own_email(request: HttpRequest) -> str:
    """The verified address of whoever is signed in as a customer; empty for guests."""
    user = request.user
    return user.email.lower() if visitor_of(request).actor is not None and isinstance(user, User) else ""


def _short_said(lines: Sequence[LineSight]) -> Said:
    return Said(
        note=_("Nothing was ordered yet: of some things there is less than you asked for."), short=short_lines(lines)
    )


def _total_words(request: HttpRequest, changed: placing.TotalChanged) -> str:
    offer, before = changed.offer, amount_told(request.POST.get("expected_total", ""))
    now = {"now": format_money(Money(offer.totals.total_amount, offer.currency))}
    if before < 0:
        return _("The total is %(now)s. Nothing was ordered yet; look it over and press the button again.") % now
    told = {**now, "before": format_money(Money(before, offer.currency))}
    return (
        _("The total was %(before)s and is %(now)s now. Nothing was ordered yet; press the button again if you agree.")
        % told
    )


@public("shown to whoever placed the order: by the proof in their browser, or their log-in")
@never_cache
@require_safe
@of_an_order
def confirmation(request: HttpRequest, actor: Actor, order: Order) -> HttpResponse:
    """The order stands: its number, when it arrives, what to pay and where."""
    at = clock.now()
    shown = order_page(actor, order, language=visitor_of(request).language, at=at)
    attempt = attempt_for(order)
    waits = attempt is not None and attempt.status in OPEN and "paid" in request.GET
    context = {"order": order, "shown": shown, "followed": shown.followed, "waits": waits}
    template = (
        "storefront/_confirmation_state.html" if request.headers.get("HX-Request") else "storefront/confirmation.html"
    )
    return page(request, template, context)
