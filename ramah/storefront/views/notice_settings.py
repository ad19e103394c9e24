"""What customers want to be told, by their log-in or by the link in a notice; and the way out of promotions."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ramah.customers.commands import decide_consent
from ramah.customers.models import Consent, Customer
from ramah.customers.queries import CHANNEL_VERIFIED, CustomerActor, own_customer
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.notices.commands.suppressing import set_preference
from ramah.notices.queries.choices import choosing_for, unsubscribing
from ramah.notices.queries.wishes import preference_of
from ramah.storefront.notice_forms import NoticesForm
from ramah.storefront.order_forms import FindForm
from ramah.storefront.pages import page
from ramah.storefront.signing_in import customers_only
from ramah.storefront.views.tracking import kept_private

_PROMOTIONS = (Consent.Purpose.NEWS, Consent.Purpose.PERSONAL_OFFERS)


@public("a customer's own, by their log-in")
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def own(request: HttpRequest, actor: CustomerActor) -> HttpResponse:
    """Which notices they want, by which channel, and when not."""
    form = _form(request, actor.customer_id)
    if form.is_valid():
        _keep(form, actor, own_customer(actor))
        messages.success(request, _("Saved. It counts from now on."))
        return redirect("account_notices")
    return page(request, "storefront/account/notices.html", {"form": form}, status=422 if form.is_bound else 200)


@public("the signed link from a notice")
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The same without a log-in, for whoever reads the customer's mail."""
    customer = choosing_for(token)
    if customer is None:
        return _void(request)
    form = _form(request, customer.pk)
    is_done = form.is_valid()
    if is_done:
        _keep(form, CustomerActor(customer.pk, CHANNEL_VERIFIED, customer.name), customer)
    shown = {"form": form, "is_done": is_done}
    status = 422 if form.is_bound and not is_done else 200
    return kept_private(page(request, "storefront/notices.html", shown, status=status))


@public("the signed link from a promotion; one click of a mail program has no cookie (RFC 8058)")
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """End promotions. The link alone changes nothing: programs open links to look at them."""
    customer = unsubscribing(token)
    if customer is None:
        return _void(request)
    if request.method == "POST":
        actor = CustomerActor(customer.pk, CHANNEL_VERIFIED, customer.name)
        for purpose in _PROMOTIONS:
            decide_consent(
                actor=actor, customer=customer, purpose=purpose, granted=False, source="unsubscribe", at=clock.now()
            )
    return kept_private(page(request, "storefront/unsubscribe.html", {"is_done": request.method == "POST"}))


def _form(request: HttpRequest, customer_id: int) -> NoticesForm:
    return NoticesForm(preference_of(customer_id), request.POST if request.method == "POST" else None)


def _keep(form: NoticesForm, actor: CustomerActor, customer: Customer) -> None:
    set_preference(actor=actor, customer=customer, at=clock.now(), **form.told)


def _void(request: HttpRequest) -> HttpResponseBase:
    return kept_private(page(request, "storefront/order_link.html", {"form": FindForm()}, status=410))
