"""Wish lists: what customers keep in mind. Each sees their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from ramah.commerce.models import Product, Variant, Wish
from ramah.commerce.translations import Translated
from ramah.customers.permissions import KEEP_ACCOUNT
from ramah.customers.queries import customer_acting
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.money import Money
from ramah.kernel.paging import Page, keyset_page

_OFFERED = Prefetch("variants", Variant.objects.filter(is_active=True).order_by("position", "id"), to_attr="offered")
_SIZE = 24


@dataclass(frozen=True, slots=True)
class WishSight:
    """A wish as it is shown: the variant that can go into the cart, where it is clear which, and whether it is there."""

    wish: Wish
    title: Translated
    variant: Variant | None
    price: Money | None
    before: Money | None
    has_choice: bool
    is_sold: bool
    in_stock: bool

    @property
    def product(self) -> Product:
        return self.wish.product

    @property
    def options(self) -> str:
        """Size and color in words; empty where the whole product is wished for."""
        return ", ".join(self.wish.variant.options.values()) if self.wish.variant else ""

    @property
    def can_go_to_cart(self) -> bool:
        return self.is_sold and self.variant is not None and self.variant.stock > 0


def wishes_page(actor: Actor, *, cursor: str = "", size: int = _SIZE) -> Page[Wish]:
    """The wishes of the customer who acts, newest first, with product and variants, in two queries. Raises `BadCursor`."""
    return keyset_page(_wishes_of(actor), order=("-id",), cursor=cursor, size=size)


def wish_for(actor: Actor, *, key: int) -> Wish:
    """The wish, for the customer whose it is. Raises `NotVisible`."""
    found = _wishes_of(actor).filter(pk=key).first()
    if found is None:
        raise NotVisible
    return found


def wish_count(actor: Actor) -> int:
    """How many wishes the customer who acts has."""
    return _wishes_of(actor).count()


def sights_of_wishes(wishes: Iterable[Wish], *, language: str, currency: str) -> list[WishSight]:
    """The wishes as they are shown; reads nothing that `wishes_page` has not loaded. The same twice is shown once."""
    shown: dict[tuple[int, int | None], WishSight] = {}
    for wish in wishes:
        shown.setdefault((wish.product_id, wish.variant_id), _sight(wish, language, currency))
    return list(shown.values())


def _sight(wish: Wish, language: str, currency: str) -> WishSight:
    offered: list[Variant] = wish.product.offered  # type: ignore[attr-defined]
    sold = [variant for variant in offered if variant.price_in(currency)]
    is_sold = wish.product.status == Product.Status.ACTIVE and bool(sold)
    if wish.variant_id is not None:
        chosen = next((variant for variant in sold if variant.pk == wish.variant_id), None)
    else:
        chosen = sold[0] if len(sold) == 1 else None
    priced = chosen or min(sold, key=lambda variant: _amount(variant, currency), default=None)
    in_stock = chosen.stock > 0 if chosen else any(variant.stock > 0 for variant in sold)
    return WishSight(
        wish,
        wish.product.title_in(language),
        chosen if is_sold else None,
        priced.price_in(currency) if priced else None,
        priced.compare_at_in(currency) if priced else None,
        has_choice=chosen is None and len(sold) > 1,
        is_sold=is_sold and (chosen is not None or wish.variant_id is None),
        in_stock=in_stock,
    )


def _amount(variant: Variant, currency: str) -> Any:
    price = variant.price_in(currency)
    return price.amount if price else 0


def _wishes_of(actor: Actor) -> QuerySet[Wish]:
    own = customer_acting(actor)
    if own is None or not own.may(KEEP_ACCOUNT):
        return Wish.objects.none()
    rows = Wish.objects.filter(customer_id=own.customer_id).exclude(product__status=Product.Status.DRAFT)
    offered = Prefetch("product", Product.objects.prefetch_related(_OFFERED))
    return rows.select_related("variant").prefetch_related(offered)


def wishes_exported(customer_id: int) -> list[dict[str, str]]:
    """All wishes of a customer, as JSON: for the customer's own copy of their data."""
    rows = Wish.objects.filter(customer_id=customer_id).select_related("product", "variant").order_by("id")
    return [
        {
            "product": row.product.external_id,
            "variant": row.variant.sku if row.variant else "",
            "at": row.at.isoformat(),
        }
        for row in rows
    ]
