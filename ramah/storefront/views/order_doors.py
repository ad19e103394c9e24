"""Ways to an order for whoever is not signed in: number and e-mail with a one-time code, or the link from a mail."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ramah.commerce.commands.order_codes import ask_for_code, redeem_order_code
from ramah.commerce.models import Order
from ramah.commerce.queries import order_for
from ramah.kernel import audit, clock
from ramah.kernel.access import public
from ramah.kernel.actors import Actor, NotVisible
from ramah.storefront.order_forms import CodeForm, FindForm
from ramah.storefront.order_links import note_proof, order_actor, order_of_link
from ramah.storefront.pages import page
from ramah.storefront.rate_limits import is_allowed
from ramah.storefront.visiting import visitor_of

# In the session, between asking for a code and typing it in: number and e-mail as they were written.
ASKED = "order_asked"
_QUARTER = 15 * 60


@dataclass(frozen=True, slots=True)
class Then:
    """The page that a door leads to, and the steps of the door before it, as names of routes."""

    page: str
    find: str
    code: str


TO_ORDER = Then("shop_order", "order_find", "order_code")
TO_TRACKING = Then("track", "track_find", "track_code")
OrderView = Callable[Concatenate[HttpRequest, Actor, Order, ...], HttpResponseBase]


def of_an_order(view: OrderView) -> Callable[..., HttpResponseBase]:
    """Give a view the order and who asks for it; others get the page that leads to finding it, whether it exists or not."""

    @wraps(view)
    def opened(request: HttpRequest, public_id: str, **parts: Any) -> HttpResponseBase:
        actor = order_actor(request, public_id)
        try:
            order = order_for(actor, public_id=public_id)
        except NotVisible:
            return page(request, "storefront/order_unknown.html", {"form": FindForm()}, status=404)
        response = view(request, actor, order, **parts)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return opened


@public("finding an order; what is shown comes after the proof")
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, then: Then = TO_ORDER) -> HttpResponseBase:
    """Which order, and whose mailbox: the answer is the same whether there is one."""
    if request.method != "POST":
        shown = {"form": FindForm(), "history": visitor_of(request).actor is not None}
        return page(request, "storefront/order_find.html", shown | {"then": then})
    form = FindForm(request.POST)
    if not form.is_valid():
        return page(request, "storefront/order_find.html", {"form": form, "then": then}, status=422)
    number, email = form.cleaned_data["number"], form.cleaned_data["email"].lower()
    if not _may_ask(email):
        form.add_error(None, _("That was asked for often just now. Try again in fifteen minutes."))
        return page(request, "storefront/order_find.html", {"form": form, "then": then}, status=429)
    ask_for_code(number=number, email=email, language=visitor_of(request).language, at=clock.now())
    request.session[ASKED] = [number, email]
    return redirect(then.code)


@public("typing in the code from the mail")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, then: Then = TO_ORDER) -> HttpResponseBase:
    """The code that was mailed opens the order, and that one alone."""
    number, email = request.session.get(ASKED, ("", ""))
    if not email:
        return redirect(then.find)
    if request.method != "POST":
        return _code_page(request, CodeForm(), number, email, then)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form, number, email, then, status=422)
    if not is_allowed("order code", audit.origin.get(), limit=30, seconds=_QUARTER):
        form.add_error(None, _("That was tried often just now. Try again in fifteen minutes."))
        return _code_page(request, form, number, email, then, status=429)
    order = redeem_order_code(number=number, email=email, code=form.cleaned_data["code"], at=clock.now())
    if order is None:
        form.refuse()
        return _code_page(request, form, number, email, then, status=422)
    del request.session[ASKED]
    response = redirect(then.page, public_id=order.public_id)
    note_proof(request, response, order)
    return response


@public("the signed link from a mail to the order's address")
@require_safe
def open_link(request: HttpRequest, token: str, then: Then = TO_ORDER) -> HttpResponseBase:
    """Note the proof and go on to the clean address; a link that is altered or too old leads to the code."""
    order = order_of_link(token)
    if order is None:
        response: HttpResponseBase = page(request, "storefront/order_link.html", {"form": FindForm()}, status=410)
    else:
        response = redirect(then.page, public_id=order.public_id)
        note_proof(request, response, order)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def _may_ask(email: str) -> bool:
    by_place = is_allowed("find order", audit.origin.get(), limit=20, seconds=_QUARTER)
    by_address = is_allowed("find order", email, limit=5, seconds=_QUARTER)
    return by_place and by_address


def _code_page(
    request: HttpRequest, form: CodeForm, number: str, email: str, then: Then, *, status: int = 200
) -> HttpResponse:
    shown = {"form": form, "number": number, "email": email, "then": then}
    return page(request, "storefront/order_code.html", shown, status=status)
