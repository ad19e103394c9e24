"""What is shown beside a product, and what was looked at before: listings in the visitor's currency, all in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.core.cache import cache

from ramah.commerce.models import ProductLink
from ramah.commerce.models.listing import Listing

SHOWN = 4
# So many more than are shown are read, for some may be sold out or shown already.
_SPARE = 3
FRONT_SECONDS = 60
_BESIDE = """
    SELECT l.*, k.kind AS link_kind, k.rank AS link_rank, k.is_chosen AS link_chosen
    FROM commerce_productlink k JOIN commerce_listing l ON l.product_id = k.other_id
    WHERE k.product_id = %s AND (k.is_chosen OR k.rank < %s) AND l.currency = %s AND l.is_shown"""
_BEFORE = """
    UNION ALL SELECT l.*, '' AS link_kind, 0 AS link_rank, l.is_shown AS link_chosen
    FROM commerce_listing l WHERE l.currency = %s AND l.is_shown AND l.product_id IN ({})"""


@dataclass(frozen=True, slots=True)
class Related:
    """Listings beside a product: alike, going with it, looked at before."""

    similar: list[Listing]
    goes_with: list[Listing]
    recent: list[Listing]


def related(product_id: int, *, currency: str, recent: Sequence[int] = (), size: int = SHOWN) -> Related:
    """What goes beside a product, what the merchant chose first. `recent` are keys of products, the latest first.

    Of what rules have found, that which can be had stands before what is sold out. A product is shown once: what goes with this
    one is not shown as alike.
    """
    before = [key for key in recent if key != product_id]
    sql, keys = (
        (_BESIDE + _BEFORE.format(", ".join(["%s"] * len(before))), [currency, *before]) if before else (_BESIDE, [])
    )
    # By hand: every page of a product asks it, and to have it put together anew would cost more than its answer.
    rows = Listing.objects.raw(sql, [product_id, size + _SPARE, currency, *keys])
    links: dict[str, list[Any]] = {kind: [] for kind in (*ProductLink.Kind.values, "")}
    for row in rows:
        links[row.link_kind].append(row)  # type: ignore[attr-defined]
    goes_with = _ranked(links[ProductLink.Kind.GOES_WITH], size)
    shown = {row.product_id for row in goes_with}
    similar = _ranked([row for row in links[ProductLink.Kind.SIMILAR] if row.product_id not in shown], size)
    seen = {row.product_id: row for row in links[""]}
    return Related(similar, goes_with, [seen[key] for key in before if key in seen][:size])


def seen_before(recent: Sequence[int], *, currency: str, size: int = SHOWN) -> list[Listing]:
    """The listings of products that were looked at, the latest first; without a query where there are none."""
    if not recent:
        return []
    found = {
        row.product_id: row for row in Listing.objects.filter(currency=currency, is_shown=True, product__in=recent)
    }
    return [found[key] for key in recent if key in found][:size]


def _ranked(rows: list[Any], size: int) -> list[Listing]:
    rows.sort(key=lambda row: (not row.link_chosen, not row.link_chosen and not row.in_stock, row.link_rank, row.pk))
    return list(rows[:size])


def front_listings(*, currency: str, recent: Sequence[int] = (), size: int = SHOWN) -> dict[str, list[Listing]]:
    """What the first page shows: `new`, `liked`, `reduced` and `recent`; empty ones are left out.

    The same for everyone but `recent`, and kept for a minute: at most one query on most looks, four on the others.
    """
    key = f"commerce.front.{currency}.{size}"
    rows = cast("dict[str, list[Listing]]", cache.get_or_set(key, lambda: _front(currency, size), FRONT_SECONDS))
    told = {**rows, "recent": seen_before(recent, currency=currency, size=size)}
    return {key: found for key, found in told.items() if found}


def _front(currency: str, size: int) -> dict[str, list[Listing]]:
    shown = Listing.objects.filter(currency=currency, is_shown=True)
    in_stock = shown.filter(in_stock=True)
    return {
        "new": list(shown.order_by("-published_at", "-id")[:size]),
        "liked": list(in_stock.filter(sold_count__gt=0).order_by("-sold_count", "-id")[:size]),
        "reduced": list(in_stock.filter(compare_at_amount__isnull=False).order_by("-sold_count", "-id")[:size]),
    }
