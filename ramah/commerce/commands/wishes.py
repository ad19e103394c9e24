"""Wish lists: customers keep products in mind, each of them once."""

from datetime import datetime

from django.db import transaction

from ramah.commerce.models import Product, Variant, Wish
from ramah.customers.models import Customer
from ramah.customers.permissions import KEEP_ACCOUNT
from ramah.customers.queries import CustomerActor
from ramah.kernel.actors import NotVisible, require

MOST = 300


class TooManyWishes(Exception):
    """The list holds three hundred things; one must go before another comes."""


def add_wish(*, actor: CustomerActor, product_public_id: str, variant_public_id: str = "", at: datetime) -> Wish:
    """Put a product, or one variant of it, on the list of the customer who acts. What is on it already stays, once.

    Raises `NotVisible` for what is not sold, `TooManyWishes`, `PermissionDenied`.
    """
    require(actor, KEEP_ACCOUNT)
    product, variant = _wished(product_public_id, variant_public_id)
    with transaction.atomic():
        # The lock makes it once, under double click as well.
        Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.customer_id)
        rows = Wish.objects.filter(customer_id=actor.customer_id)
        known = rows.filter(product=product, variant=variant).first()
        if known is not None:
            return known
        if rows.count() >= MOST:
            raise TooManyWishes
        return Wish.objects.create(customer_id=actor.customer_id, product=product, variant=variant, at=at)


def _wished(product_public_id: str, variant_public_id: str) -> tuple[Product, Variant | None]:
    variant = None
    if variant_public_id:
        found = Variant.objects.select_related("product").filter(public_id=variant_public_id, is_active=True)
        variant = found.first()
        product = variant.product if variant else None
        if product_public_id and product and product.public_id != product_public_id:
            raise NotVisible
    else:
        product = Product.objects.filter(public_id=product_public_id).first()
    if product is None or product.status != Product.Status.ACTIVE:
        raise NotVisible
    return product, variant


def remove_wish(*, actor: CustomerActor, wish: Wish) -> None:
    """Take a wish off the list, with those that say the same. Gone already is as well."""
    require(actor, KEEP_ACCOUNT)
    same = Wish.objects.filter(customer_id=actor.customer_id, product=wish.product_id, variant=wish.variant_id)
    same.delete()


def forget_wishes(*, customer_id: int) -> None:
    """Remove the wishes of a customer who is forgotten. Repeatable."""
    Wish.objects.filter(customer_id=customer_id).delete()
