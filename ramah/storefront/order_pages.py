"""What the page of an order shows beside what `commerce.queries.following` knows: pictures, and what may be done now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ramah.commerce.models import Order, OrderLine, Product
from ramah.commerce.queries.changing import Answer, Changes, NewPlace, changes_open_to
from ramah.commerce.queries.following import Followed, followed
from ramah.commerce.queries.invoices import is_invoice_due
from ramah.kernel.actors import Actor
from ramah.storefront.pictures import drawing, picture, shown_first
from ramah.storefront.swatches import color_in, color_named
from ramah.storefront.tracking import Parcel, parcels_of

_DELIVERED = (Order.State.DELIVERED, Order.State.COMPLETED)


@dataclass(frozen=True, slots=True)
class LineSight:
    """A line with its picture; `slug` where the product is still sold, `review_slug` where it may be reviewed."""

    line: OrderLine
    options: str
    picture: SafeString
    slug: str
    review_slug: str


@dataclass(frozen=True, slots=True)
class OrderPage:
    """All that the page of one order shows."""

    followed: Followed
    lines: Sequence[LineSight]
    parcels: Sequence[Parcel]
    changes: Changes
    has_invoice: bool
    is_guest: bool

    @property
    def is_paid(self) -> bool:
        """Whether money came in that a cancellation would send back."""
        return any(payment.is_received for payment in self.followed.order.payments.all())

    @property
    def why_not(self) -> str:
        """Why nothing can be changed any more, in one sentence; empty where something can, or where nothing is to be said."""
        if self.changes.may_cancel or self.changes.may_change_address:
            return ""
        return why_not(self.changes.cancelling)


def order_page(actor: Actor, order: Order, *, language: str, at: datetime) -> OrderPage:
    """The page of an order that was let through the door to `actor`."""
    sight = followed(actor, order, at=at)
    return OrderPage(
        followed=sight,
        lines=lines_shown(sight, language),
        parcels=parcels_of(order),
        changes=changes_open_to(actor, order),
        has_invoice=is_invoice_due(order),
        is_guest=not actor.may("commerce.view_all_orders"),
    )


def lines_shown(sight: Followed, language: str) -> list[LineSight]:
    """The lines with their pictures, as the product has them now."""
    is_delivered = sight.order.state in _DELIVERED
    shown = []
    for line, options, _drawn in sight.sight.lines:
        product = line.variant.product if line.variant else None
        slug = product.slug if product and product.status == Product.Status.ACTIVE else ""
        shown.append(LineSight(line, options, line_picture(line, language), slug, slug if is_delivered else ""))
    return shown


def line_picture(line: OrderLine, language: str) -> SafeString:
    """The picture of a line: the words beside it say what it is, so it is silent."""
    product, color = line.variant.product if line.variant else None, color_in(line.options)
    pictures: list[dict[str, Any]] = product.pictures if product else []
    if pictures:
        return picture(shown_first(pictures, color)[0], language=language, place="thumb")
    return drawing(product.illustration if product else "", color=color_named(color))


def why_not(answer: Answer) -> str:
    """Why something cannot be changed, in one sentence; empty where it can, or where nobody would ask."""
    return {
        Answer.NOT_PROVED: _("Open the order with the link from its mail to change it."),
        Answer.TOO_LATE: _("It is being packed, so it can no longer be changed here. Ask us, we do what we can."),
        Answer.ON_ITS_WAY: _("It is on its way, so it can no longer be changed here. Ask us, we do what we can."),
        Answer.ELSEWHERE: _("It was placed in another shop of ours. Ask us, and we change it for you."),
    }.get(answer, "")


def other_terms(why: NewPlace) -> str:
    """Why the new address needs somebody to look at it."""
    return {
        NewPlace.OTHER_COUNTRY: _("It would go to another country."),
        NewPlace.NOT_DELIVERED: _("The delivery you chose does not go there, or cannot be checked here."),
        NewPlace.OTHER_COST: _("Delivery to this address costs another amount."),
        NewPlace.LATER: _("At this address it would arrive later than promised."),
    }[why]
