"""Which order somebody means who has not proved anything yet. Nothing of it is shown before the proof: these are no doors."""

from django.db.models import Exists, OuterRef, Q

from ramah.commerce.models import Order
from ramah.commerce.queries.orders import orders_visible_to, search_key
from ramah.customers.models import ContactPoint
from ramah.kernel.actors import Actor


def order_named(public_id: str) -> Order | None:
    """The order that a link speaks of; the caller checks the link's signature against it."""
    return Order.objects.filter(public_id=public_id).first()


def order_matching(*, number: str, email: str) -> Order | None:
    """The order of this number that belongs to this e-mail address: its own, or one of its customer's. None: there is none.

    However the number is punctuated; where two are alike without their punctuation, the newer one.
    """
    key, address = search_key(number), email.strip().lower()
    if not key or not address:
        return None
    known = ContactPoint.objects.filter(customer=OuterRef("customer"), kind=ContactPoint.Kind.EMAIL, value=address)
    orders = Order.objects.filter(search_key=key).filter(Q(email__iexact=address) | Exists(known))
    return orders.order_by("-id").first()


def may_see(actor: Actor, public_id: str) -> bool:
    """Whether `actor` may see the order, in one query."""
    return orders_visible_to(actor).filter(public_id=public_id).exists()
