"""Who asks, about what: as far as the request proves it."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ramah.commerce.models import Order, Product
from ramah.commerce.queries import order_for, product_for
from ramah.commerce.queries.orders import orders_visible_to
from ramah.customers.models import ContactPoint
from ramah.customers.queries import CustomerActor, address_of, customer_acting
from ramah.kernel.actors import NOBODY, Actor, NotVisible
from ramah.storefront.order_links import order_actor
from ramah.storefront.visiting import visitor_of

MOST_ORDERS = 20


@dataclass(frozen=True, slots=True)
class Asking:
    """What a question is about, who asks it, and at which address they are known already (empty: to be typed)."""

    actor: Actor
    product: Product | None = None
    order: Order | None = None
    email: str = ""
    is_order_hidden: bool = False

    @property
    def about(self) -> str:
        """How a conversation names it."""
        if self.order is not None:
            return f"order:{self.order.pk}"
        return f"product:{self.product.pk}" if self.product is not None else ""

    @property
    def context(self) -> str:
        """The parameter that names it in an address."""
        if self.order is not None:
            return f"order={self.order.public_id}"
        return f"product={self.product.public_id}" if self.product is not None else ""

    def title(self, language: str) -> str:
        """What the thing is called."""
        if self.order is not None:
            return _("Order %(number)s") % {"number": self.order.number}
        return self.product.title_in(language).text if self.product is not None else ""

    @property
    def name(self) -> str:
        """What whoever asks is called, where that is known."""
        own = customer_acting(self.actor)
        return own.name if own else ""


def orders_to_pick(asking: Asking) -> list[tuple[str, str]]:
    """The latest orders of whoever is signed in and asks about nothing yet: public id, and what it is called."""
    if asking.about or asking.is_order_hidden or customer_acting(asking.actor) is None:
        return []
    rows = orders_visible_to(asking.actor).order_by("-placed_at", "-pk").only("public_id", "number", "placed_at")
    words = _("Order %(number)s, %(day)s")
    return [
        (order.public_id, words % {"number": order.number, "day": date_format(localtime(order.placed_at))})
        for order in rows[:MOST_ORDERS]
    ]


def asking_of(request: HttpRequest, *, product: str = "", order: str = "") -> Asking:
    """Who asks about the product or order with this public id. What they may not see is left out, and nothing is said of it."""
    signed_in = visitor_of(request).actor
    if order:
        return _about_order(request, order, signed_in)
    email = _email_of(signed_in)
    try:
        found = product_for(NOBODY, public_id=product) if product else None
    except NotVisible:
        found = None
    return Asking(signed_in or NOBODY, product=found, email=email)


def _about_order(request: HttpRequest, public_id: str, signed_in: CustomerActor | None) -> Asking:
    actor = order_actor(request, public_id)
    try:
        order = order_for(actor, public_id=public_id)
    except NotVisible:
        return Asking(signed_in or NOBODY, email=_email_of(signed_in), is_order_hidden=True)
    # A guest has proved the mailbox of the order, and only that.
    return Asking(actor, order=order, email=_email_of(signed_in) or order.email.strip().lower())


def _email_of(actor: CustomerActor | None) -> str:
    return address_of(actor, kind=ContactPoint.Kind.EMAIL) if actor else ""
