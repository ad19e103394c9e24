"""What the merchant shows beside a product. Links that rules have found are left to them."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from ramah.commerce import permissions
from ramah.commerce.models import Product, ProductLink
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require

MOST_LINKS = 24


class LinkToItself(ValueError):
    """A product is not shown beside itself."""


class TooManyLinks(Exception):
    """A product has `MOST_LINKS` chosen links of a kind at most."""


@transaction.atomic
def choose_link(*, actor: Actor, product: Product, other: Product, kind: str, at: datetime) -> ProductLink:
    """Show `other` beside the product, after those that were chosen before. Twice is as once.

    Raises `LinkToItself` and `TooManyLinks`.
    """
    require(actor, permissions.MANAGE_CATALOG)
    if product.pk == other.pk:
        raise LinkToItself
    chosen = _chosen(product, kind)
    known = chosen.filter(other=other).first()
    if known is not None:
        return known
    if chosen.count() >= MOST_LINKS:
        raise TooManyLinks
    last = chosen.aggregate(last=Max("rank"))["last"]
    link, _made = ProductLink.objects.update_or_create(
        product=product,
        other=other,
        kind=kind,
        defaults={"is_chosen": True, "rank": 0 if last is None else last + 1},
    )
    audit.record(actor, "product.choose_link", f"product:{product.pk}", at=at, other=other.pk, kind=kind)
    return link


@transaction.atomic
def drop_link(*, actor: Actor, product: Product, key: int, at: datetime) -> None:
    """No longer show a chosen product; unknown keys are dropped already."""
    require(actor, permissions.MANAGE_CATALOG)
    link = ProductLink.objects.filter(product=product, pk=key, is_chosen=True).first()
    if link is not None:
        link.delete()
        audit.record(actor, "product.drop_link", f"product:{product.pk}", at=at, other=link.other_id, kind=link.kind)


@transaction.atomic
def place_link(*, actor: Actor, product: Product, key: int, step: int, at: datetime) -> None:
    """Move a chosen link up (-1) or down (1) among those of its kind."""
    require(actor, permissions.MANAGE_CATALOG)
    link = ProductLink.objects.filter(product=product, pk=key, is_chosen=True).first()
    if link is None:
        return
    row = list(_chosen(product, link.kind).order_by("rank", "id"))
    place = row.index(link)
    if not 0 <= place + step < len(row):
        return
    row.insert(place + step, row.pop(place))
    for rank, one in enumerate(row):
        one.rank = rank
    ProductLink.objects.bulk_update(row, ["rank"])
    audit.record(actor, "product.place_link", f"product:{product.pk}", at=at, other=link.other_id, step=step)


def _chosen(product: Product, kind: str) -> QuerySet[ProductLink]:
    Product.objects.select_for_update().get(pk=product.pk)
    return ProductLink.objects.filter(product=product, kind=kind, is_chosen=True)
