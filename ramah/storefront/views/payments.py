"""Paying an order by card or wallet: the way to the gateway and back, another way of paying, what the gateway says by webhook."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from ramah.commerce.commands import gateways
from ramah.commerce.commands.unpaid import MethodNotOpen, choose_payment
from ramah.commerce.models import GatewayPayment, Order, Payment
from ramah.commerce.queries import order_for
from ramah.commerce.queries.checkout import payment_ways
from ramah.commerce.queries.gateways import DEMO, attempt_for, attempt_with, gateway_in_use
from ramah.commerce.queries.terms import shop_profile
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.kernel.actors import Actor
from ramah.kernel.money import Money
from ramah.storefront.order_links import order_actor
from ramah.storefront.pages import page
from ramah.storefront.views.order_doors import of_an_order
from ramah.ui.elements import long_time

_WHY = "shown to whoever placed the order: by the proof in their browser, or their log-in"
_ONLINE = (Payment.Method.CARD, Payment.Method.WALLET)
_LARGEST_NOTICE = 256 * 1024


@public(_WHY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_an_order
def pay(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """The way to the gateway. POST opens its page; the redirect back here, and not to the gateway, is what our policy on forms
    allows: browsers follow no redirect of a form to another site. From here a link leads on, and a refresh without a click."""
    if order.state != Order.State.PLACED or order.payment_due_at is None:
        return redirect("confirmation", order.public_id)
    if request.method == "POST":
        return begun(request, actor, order)
    if request.GET.get("go") and (attempt := attempt_for(order)) and gateways.page_of(attempt):
        return page(request, "storefront/payment_go.html", {"order": order, "address": gateways.page_of(attempt)})
    return _choice(request, order)


@public(_WHY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def demo(request: HttpRequest, token: UUID) -> HttpResponseBase:
    """The demo's stand-in for the page of a gateway: says so, and pays or declines by a click."""
    attempt = attempt_with(str(token))
    order = order_for(order_actor(request, attempt.order.public_id), public_id=attempt.order.public_id)
    if attempt.variant != DEMO or gateway_in_use() != DEMO or attempt.status not in gateways.OPEN:
        return redirect("pay", order.public_id)
    if request.method != "POST":
        return page(request, "storefront/payment_demo.html", {"order": order, "amount": _amount(attempt)})
    try:
        attempt = gateways.decide_demo(token=attempt.token, outcome=request.POST.get("status", ""), at=clock.now())
    except gateways.BadNotice:
        return page(request, "storefront/payment_demo.html", {"order": order, "amount": _amount(attempt)}, status=422)
    is_paid = attempt.payment_id is not None
    return redirect(attempt.get_success_url() if is_paid else attempt.get_failure_url())


@public("the gateway's own signature is checked")
@csrf_exempt
@require_POST
def notice(request: HttpRequest, variant: str) -> HttpResponse:
    """What the gateway tells us. Anything but 2xx and it tells us again later."""
    if len(request.body) > _LARGEST_NOTICE:
        return HttpResponse(status=413)
    told = gateways.Notice(request.body, request.headers)
    try:
        is_ours = gateways.take_notice(variant=variant, notice=told, at=clock.now())
    except gateways.BadNotice as refused:
        return HttpResponse(str(refused), status=refused.status, content_type="text/plain")
    return HttpResponse("taken" if is_ours else "not for us", content_type="text/plain")


@public(_WHY)
@require_POST
@of_an_order
def method(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """Pay in another way than was chosen first."""
    chosen = request.POST.get("method", "")
    try:
        order = choose_payment(actor=actor, order=order, method=chosen, at=clock.now())
    except MethodNotOpen:
        messages.warning(request, _("The order can no longer be paid in this way."))
        return redirect("confirmation", order.public_id)
    return begun(request, actor, order) if chosen in _ONLINE else redirect("confirmation", order.public_id)


def begun(request: HttpRequest, actor: Actor, order: Order) -> HttpResponseBase:
    """Open the page of the gateway for an order that was let through to `actor`, and lead there in a step that forms may take."""
    at = clock.now()
    done, back = reverse("confirmation", args=[order.public_id]), reverse("pay", args=[order.public_id])
    # On the host of this request: the proof of the order is in its cookie.
    home = request.build_absolute_uri
    ways_back = gateways.WaysBack(home(f"{done}?paid=1"), home(f"{back}?failed=1"))
    try:
        if order.payment_method not in _ONLINE:
            order = choose_payment(actor=actor, order=order, method=Payment.Method.CARD, at=at)
        attempt = gateways.begin_payment(order=order, ways_back=ways_back, at=at)
    except (gateways.NothingToPay, MethodNotOpen):
        return redirect("confirmation", order.public_id)
    except gateways.GatewayUnavailable:
        return redirect(f"{back}?unavailable=1")
    if attempt.variant == DEMO:
        return redirect("payment_demo", attempt.token)
    return redirect(f"{back}?go=1")


def _choice(request: HttpRequest, order: Order) -> HttpResponse:
    """How to go on: to the gateway, again after a failure, or in another way."""
    attempt, fault = attempt_for(order), ""
    if request.GET.get("unavailable"):
        fault = _("The page for cards does not answer just now. Try again, or pay in another way.")
    elif request.GET.get("failed") or (attempt and attempt.status not in gateways.OPEN):
        fault = _("The payment did not go through, and nothing was charged. Try again, or pay in another way.")
    ways = payment_ways(shop_profile(), order.currency, None, order.total_amount)
    context = {
        "order": order,
        "fault": fault,
        "until": long_time(order.payment_due_at) if order.payment_due_at else "",
        "is_online": any(way.method in _ONLINE for way in ways),
        "others": [way for way in ways if way.method not in _ONLINE],
        "is_demo": gateway_in_use() == DEMO,
    }
    return page(request, "storefront/payment.html", context)


def _amount(attempt: GatewayPayment) -> Money:
    return Money(attempt.total, attempt.currency)
