"""Waiting for a variant: asking to be told, and letting go of it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ramah.commerce.commands.alerts import NothingToWaitFor, TooManyAlerts, ask_alert, withdraw_alert
from ramah.commerce.models import Alert, Variant
from ramah.commerce.queries.alerts import alert_for, alerts_at, contact_point_written_to, variant_offered
from ramah.customers.commands import meet_customer
from ramah.customers.models import ContactPoint
from ramah.customers.queries import point_of
from ramah.kernel import audit, clock
from ramah.kernel.access import public
from ramah.kernel.actors import NOBODY, NotVisible
from ramah.storefront.alert_mails import address_of_token
from ramah.storefront.pages import page
from ramah.storefront.rate_limits import is_allowed
from ramah.storefront.visiting import visitor_of

_HOUR = 3600
_KINDS = (Alert.Kind.BACK_IN_STOCK, Alert.Kind.PRICE_DROP)


class _Refused(Exception):
    """What was asked for cannot be done; the text says why, for whoever asked."""

    def __init__(self, text: str, status: int = 422) -> None:
        super().__init__(text)
        self.text, self.status = text, status


@public("anyone may ask to be told of what the shop sells")
@require_http_methods(["GET", "HEAD", "POST"])
def alert(request: HttpRequest) -> HttpResponseBase:
    """Have an address told when a variant is back or costs less."""
    told = request.POST if request.method == "POST" else request.GET
    variant = variant_offered(told.get("variant", ""))
    if variant is None:
        if request.method == "POST":
            raise NotVisible
        return redirect("home")
    if request.method != "POST":
        return page(request, "storefront/alert.html", _shown(request, variant))
    try:
        said = _ask(request, variant)
    except _Refused as error:
        problem = {"alert_problem": error.text, "alert_email": request.POST.get("email", "")[:254]}
        return page(request, _template(request), _shown(request, variant) | problem, status=error.status)
    if request.headers.get("HX-Request"):
        return page(request, "storefront/_alert_form.html", _shown(request, variant) | {"alert_told": said})
    messages.success(request, said)
    return redirect("product", slug=variant.product.slug)


def _template(request: HttpRequest) -> str:
    return "storefront/_alert_form.html" if request.headers.get("HX-Request") else "storefront/alert.html"


def _shown(request: HttpRequest, variant: Variant) -> dict[str, object]:
    return {
        "variant": variant,
        "product": variant.product,
        "title": variant.product.title_in(visitor_of(request).language),
        "options": ", ".join(map(str, variant.options.values())),
    }


def _ask(request: HttpRequest, variant: Variant) -> str:
    """Note who waits; returns what is promised, in words."""
    kind, visitor, at = request.POST.get("kind", ""), visitor_of(request), clock.now()
    if kind not in _KINDS:
        raise _Refused(_("Choose what you want to be told."))
    said = (
        _("We tell you once, as soon as it costs less.")
        if kind == Alert.Kind.PRICE_DROP
        else _("We tell you once, within an hour of its return, in the order of asking while pieces last.")
    )
    if not is_allowed("alert", audit.origin.get(), limit=30, seconds=_HOUR):
        raise _Refused(_("A lot was asked for from here just now. Try again in an hour."), 429)
    if request.POST.get("website"):  # nobody sees this field but machines
        return said
    try:
        ask_alert(
            actor=visitor.actor or NOBODY,
            contact_point=_contact_point(request),
            variant=variant,
            kind=kind,
            language=visitor.language,
            currency=visitor.currency,
            at=at,
        )
    except NothingToWaitFor as error:
        raise _Refused(_("It is in stock: you can order it now.")) from error
    except TooManyAlerts as error:
        raise _Refused(_("You wait for fifty things already. Let go of one first.")) from error
    return said


def _contact_point(request: HttpRequest) -> ContactPoint:
    visitor = visitor_of(request)
    known = point_of(visitor.actor, kind=ContactPoint.Kind.EMAIL) if visitor.actor else None
    if known is not None:
        return known
    email = request.POST.get("email", "").strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise _Refused(_("Write a whole e-mail address, such as dewi@example.com.")) from None
    if len(email) > 254 or not is_allowed("alert to", email, limit=20, seconds=_HOUR):
        raise _Refused(_("A lot was asked for from here just now. Try again in an hour."), 429)
    return meet_customer(kind=ContactPoint.Kind.EMAIL, value=email, language=visitor.language, at=clock.now())


@public("the customer's own alert, by their log-in")
@require_POST
def alert_stop(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let go of one thing that the signed-in customer waits for."""
    found = alert_for(visitor_of(request).actor or NOBODY, public_id=public_id)
    withdraw_alert(actor=visitor_of(request).actor or NOBODY, alert=found, reason="asked for", at=clock.now())
    messages.success(request, _("You are not told of it any more."))
    return redirect("account")


@public("the signed link from a mail that was asked for")
@require_http_methods(["GET", "HEAD", "POST"])
def alerts_stop(request: HttpRequest, token: str) -> HttpResponseBase:
    """End all waiting at an address. The link alone changes nothing: mail programs open links to look at them."""
    key = address_of_token(token)
    point = contact_point_written_to(key) if key is not None else None
    if point is None:
        raise NotVisible
    waiting = alerts_at(point.pk)
    if request.method == "POST":
        for one in waiting:
            withdraw_alert(actor=NOBODY, alert=one, reason="asked for by mail", at=clock.now())
        waiting = []
    language = visitor_of(request).language
    titles = [(one.variant.product.title_in(language), one.variant.options.values()) for one in waiting]
    return page(request, "storefront/alerts_stop.html", {"titles": titles, "is_done": request.method == "POST"})
