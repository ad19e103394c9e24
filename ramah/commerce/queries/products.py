"""The door of the shop to a product: by its address, with what of it is offered."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import QuerySet, Window
from django.db.models.functions import Mod, RowNumber

from ramah.commerce.choosing import Axis, Choice, Value, choice_of, chosen_first
from ramah.commerce.models import Product, Variant
from ramah.commerce.translations import Translated, in_language
from ramah.kernel.actors import NotVisible

__all__ = [
    "Axis",
    "Choice",
    "Offered",
    "Translated",
    "Value",
    "address_parts",
    "addresses_from",
    "choice_of",
    "chosen_first",
    "in_language",
    "product_in_shop",
    "product_known",
    "slug_now",
]

# By hand, as all that every page of a product asks: to have it put together anew would cost more than its answer.
_OFFERED = "SELECT * FROM commerce_variant WHERE product_id = %s AND is_active ORDER BY position, id"


@dataclass(frozen=True, slots=True)
class Offered:
    """A product with the variants that the shop offers, in the merchant's order."""

    product: Product
    variants: list[Variant]

    @property
    def is_gone(self) -> bool:
        """Whether it was sold once and is no more: its page says so, and what there is instead."""
        return self.product.status == Product.Status.ARCHIVED or not self.variants


def product_in_shop(slug: str, *, at: datetime) -> Offered:
    """The product at this address with size guide and variants, in two queries.

    What is on sale, or was and is archived; drafts, and what is not published yet, are invisible. Raises `NotVisible`.
    """
    found = next(iter(Product.objects.select_related("size_guide").filter(slug=slug)[:1]), None)
    if found is None or found.status == Product.Status.DRAFT or not _is_published(found, at):
        raise NotVisible
    if found.status == Product.Status.ARCHIVED:
        return Offered(found, [])
    return Offered(found, list(Variant.objects.raw(_OFFERED, [found.pk])))


def _is_published(product: Product, at: datetime) -> bool:
    return product.published_at is not None and product.published_at <= at


def product_known(slug: str, *, at: datetime) -> Product:
    """The product at this address while it is on sale, in one query: for what is written about it. Raises `NotVisible`."""
    found = Product.objects.filter(slug=slug, status=Product.Status.ACTIVE, published_at__lte=at).first()
    if found is None:
        raise NotVisible
    return found


def slug_now(earlier: str, *, at: datetime) -> str:
    """The address of the product that had this one before, in one query. Raises `NotVisible` as `product_in_shop` does."""
    shown = Product.objects.exclude(status=Product.Status.DRAFT).filter(published_at__lte=at)
    found = shown.filter(earlier_slugs__slug=earlier).values_list("slug", flat=True).first()
    if found is None:
        raise NotVisible
    return found


def addresses_from(first: str, *, at: datetime, size: int) -> list[tuple[str, str]]:
    """Public id and address of products on sale, from the one whose public id is `first` on (empty: from the beginning)."""
    rows = _on_sale(at).filter(public_id__gte=first).order_by("public_id")
    return list(rows.values_list("public_id", "slug")[:size])


def address_parts(*, at: datetime, size: int) -> list[str]:
    """With which public id each part of `size` addresses begins, in one query."""
    place = Window(RowNumber(), order_by="public_id")
    numbered = _on_sale(at).annotate(place=Mod(place, models.Value(size))).filter(place=1 % size)
    return list(numbered.order_by("public_id").values_list("public_id", flat=True))


def _on_sale(at: datetime) -> QuerySet[Product]:
    return Product.objects.filter(status=Product.Status.ACTIVE, published_at__lte=at)
