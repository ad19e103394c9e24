"""Choices in notices: the signed link shows them, a post takes one. Opening changes nothing: programs look at mails too."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ramah.commerce.models import Order
from ramah.kernel import clock
from ramah.kernel.access import public
from ramah.notices.commands.answering import NobodyToTell
from ramah.notices.commands.carrying_out import AlreadyChosen, ChoiceGone, take_choice
from ramah.notices.models import Notice
from ramah.notices.queries.choices import (
    LINKS,
    open_choices,
    opened_by,
    order_proof,
    own_zone,
    taken_choice,
)
from ramah.storefront.choice_forms import Picks
from ramah.storefront.order_forms import FindForm
from ramah.storefront.order_links import note_proof
from ramah.storefront.pages import page
from ramah.storefront.views.tracking import kept_private


@public("the signed link from a notice to the order's address")
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, token: str) -> HttpResponseBase:
    """What may be chosen, the one whose link was followed picked; a post takes it, once."""
    opened = opened_by(token)
    if opened is None or opened.notice.order is None:
        return _void(request)
    notice, order = opened.notice, opened.notice.order
    if taken_choice(notice) is not None:
        return _proved(request, order, redirect("notice_chosen", token=token))
    links = _links(order)
    asked = (request.POST if request.method == "POST" else request.GET).get("choice", opened.kind)
    if asked in LINKS:
        return _proved(request, order, redirect(links[asked]))
    return _proved(request, order, _choose(request, token, notice, order, asked, links))


def _choose(
    request: HttpRequest, token: str, notice: Notice, order: Order, asked: str, links: dict[str, str]
) -> HttpResponseBase:
    at = clock.now()
    offered = open_choices(notice, at=at)
    picks = Picks(order, offered, request, asked=asked, links=links)
    if not offered:
        return page(request, "storefront/choose_over.html", {"order": order}, status=410)
    if request.method == "POST" and picks.is_valid():
        row = next(one for one in offered if one.kind == picks.kind)
        try:
            take_choice(actor=order_proof(order), choice=row, said=picks.said, at=at)
        except (ChoiceGone, NobodyToTell):
            return page(request, "storefront/choose_over.html", {"order": order}, status=410)
        except AlreadyChosen:
            pass  # in another tab: the page says which
        return redirect("notice_chosen", token=token)
    with timezone.override(own_zone(order)):
        shown = {"order": order, "picks": picks, "notice": notice}
        return page(request, "storefront/choose.html", shown, status=picks.status)


@public("the signed link from a notice to the order's address")
@require_safe
def chosen(request: HttpRequest, token: str) -> HttpResponseBase:
    """What was chosen, and what came of it."""
    opened = opened_by(token)
    if opened is None or opened.notice.order is None:
        return _void(request)
    choice, order = taken_choice(opened.notice), opened.notice.order
    if choice is None:
        return redirect("notice_choose", token=token)
    return _proved(request, order, page(request, "storefront/chosen.html", {"order": order, "choice": choice}))


def _links(order: Order) -> dict[str, str]:
    """Choices that lead to a page of their own."""
    ask = f"{reverse('contact')}?order={order.public_id}"
    return {"pay": reverse("pay", args=[order.public_id]), "talk": ask}


def _void(request: HttpRequest) -> HttpResponseBase:
    """Altered, too old, or of an order that has another customer or address now."""
    return kept_private(page(request, "storefront/order_link.html", {"form": FindForm()}, status=410))


def _proved(request: HttpRequest, order: Order, response: HttpResponseBase) -> HttpResponseBase:
    note_proof(request, response, order)
    return kept_private(response)
