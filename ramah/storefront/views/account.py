"""The account of a customer: an overview, and what they allow us."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ramah.commerce.models import Alert
from ramah.commerce.queries.address_book import place_of, saved_addresses
from ramah.commerce.queries.alerts import alerts_of
from ramah.commerce.queries.following import orders_followed
from ramah.commerce.queries.promised import outstanding_promises
from ramah.commerce.queries.wishes import wish_count
from ramah.conversations.queries import unseen_answers
from ramah.customers.commands import decide_consent
from ramah.customers.models import Consent
from ramah.customers.queries import CustomerActor, consents_of, own_customer
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.storefront.pages import page
from ramah.storefront.signing_in import customers_only, user_of
from ramah.storefront.visiting import visitor_of

_LATEST = 3
# What each consent means, in the words of the page.
_MEANINGS = {
    Consent.Purpose.NEWS: lambda: _("About new things and prices, a few times a month."),
    Consent.Purpose.PERSONAL_OFFERS: lambda: _(
        "We look at what you bought to show you what may fit. Off: the same for all."
    ),
    Consent.Purpose.SERVICE: lambda: _(
        "If our answer does not arrive, we may send it to another verified number or address of yours."
    ),
    Consent.Purpose.REVIEW_REQUESTS: lambda: _("Some days after a parcel has arrived, once per order."),
}


@public("a customer's own, by their log-in")
@require_GET
@customers_only
def account(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """The latest orders, what is promised, and the way to everything else."""
    at, customer = clock.now(), own_customer(actor)
    orders, _more = orders_followed(actor, at=at, size=_LATEST)
    addresses = saved_addresses(actor)
    context: dict[str, Any] = {
        "customer": customer,
        "email": user_of(request).email,
        "orders": orders,
        "promises": outstanding_promises(actor, customer),
        "now": at,
        "usual": place_of(addresses[0]) if addresses else "",
        "alerts": [_alert_line(alert, visitor_of(request).language) for alert in alerts_of(actor)],
        "wish_count": wish_count(actor),
        "unseen": unseen_answers(actor),
    }
    return page(request, "storefront/account/overview.html", context)


def _alert_line(alert: Alert, language: str) -> dict[str, Any]:
    return {
        "product": alert.variant.product,
        "title": alert.variant.product.title_in(language).text,
        "options": ", ".join(alert.variant.options.values()),
        "kind": alert.get_kind_display(),
    }


@public("a customer's own, by their log-in")
@require_GET
@customers_only
def consents(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """What the customer allows us, and when that was decided."""
    decided = consents_of(actor.customer_id)
    lines = [
        {
            "purpose": purpose,
            "meaning": _MEANINGS[purpose](),
            "history": decided[purpose],
            "is_on": bool(decided[purpose]) and decided[purpose][0].granted,
        }
        for purpose in Consent.Purpose
    ]
    return page(request, "storefront/account/consents.html", {"lines": lines})


@public("a customer's own, by their log-in")
@require_POST
@customers_only
def consent(request: HttpRequest, actor: CustomerActor, purpose: str) -> HttpResponse:
    """Allow a purpose, or do so no more; at once."""
    if purpose not in Consent.Purpose.values:
        raise Http404
    granted = request.POST.get("granted") == "1"
    decide_consent(
        actor=actor,
        customer=own_customer(actor),
        purpose=purpose,
        granted=granted,
        source="account",
        at=clock.now(),
    )
    messages.success(request, _("Switched on.") if granted else _("Switched off. It counts from now on."))
    return redirect("account_consents")
