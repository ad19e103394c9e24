"""What rules show beside a product: found for all products each night, and for one when it comes into the catalog.

Links that the merchant chose are never touched. The rules are in `likeness`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, OuterRef, Subquery, Sum

from ramah.commerce import order_states
from ramah.commerce.events import ProductChanged
from ramah.commerce.likeness import MOST, Known, alike, going_with
from ramah.commerce.models import CatalogRound, OrderLine, Product, ProductLink, Variant
from ramah.commerce.queries.terms import CategoryTree, category_tree
from ramah.kernel.claims import claim_due, settle
from ramah.kernel.events import publish_all

ROUND = "relating"
BATCH = 200
# How many of a category's best sold products are looked at.
POOL = 60
SOLD_DAYS, TOGETHER_DAYS = 90, 365
# More pairs than that say nothing more about 200 products.
_MOST_PAIRS = 20_000
_NIGHT_HOUR = 2
_LEASE = timedelta(minutes=10)
_NOT_SOLD = (order_states.CANCELLED, order_states.REFUNDED, order_states.RETURNED)


def relate_due(*, at: datetime) -> int:
    """Recount and relate the next part of the catalog, once a night all of it; returns how many products that were.

    A part is claimed, so that of several workers one does it; one that dies leaves it to the next.
    """
    claimed = claim_due(CatalogRound.objects.filter(key=ROUND), at=at, lease=_LEASE, limit=1)
    if not claimed:
        if not CatalogRound.objects.filter(key=ROUND).exists():
            CatalogRound.objects.get_or_create(key=ROUND, defaults={"next_attempt_at": at})
        return 0
    row = claimed[0]
    keys = list(
        Product.objects.filter(pk__gt=row.after, status=Product.Status.ACTIVE)
        .order_by("pk")
        .values_list("pk", flat=True)[:BATCH]
    )
    recount_sold(keys, at=at)
    relate_products(keys, at=at)
    is_over = len(keys) < BATCH
    settle(row, after=0 if is_over else keys[-1], next_attempt_at=_next_night(at) if is_over else at)
    return len(keys)


@transaction.atomic
def recount_sold(keys: Sequence[int], *, at: datetime) -> int:
    """Count anew how many pieces of these products were sold in the past 90 days; returns how many numbers changed."""
    sold = dict(
        OrderLine.objects.filter(variant__product__in=keys, order__placed_at__gte=at - timedelta(days=SOLD_DAYS))
        .exclude(order__state__in=_NOT_SOLD)
        .order_by()
        .values_list("variant__product")
        .annotate(Sum("quantity"))
    )
    changed = [
        Product(pk=key, sold_count=sold.get(key, 0))
        for key, before in Product.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "sold_count")
        if sold.get(key, 0) != before
    ]
    Product.objects.bulk_update(changed, ["sold_count"], batch_size=BATCH)
    publish_all((ProductChanged(product_id=product.pk), f"product:{product.pk}") for product in changed)
    return len(changed)


def relate_products(keys: Sequence[int], *, at: datetime) -> None:
    """Find what to show beside these products, and write what is other than before."""
    ones = _known(Product.objects.filter(pk__in=keys, status=Product.Status.ACTIVE).order_by("pk"))
    if not ones:
        return
    together = _bought_together([one.key for one in ones], at=at)
    catalog = _Catalog(category_tree())
    wanted: dict[tuple[int, str], list[int]] = {}
    for one in ones:
        similar = catalog.like(one)
        wanted[one.key, ProductLink.Kind.SIMILAR] = similar
        beside = [catalog.best_of(key) for key in catalog.beside(one.category)]
        wanted[one.key, ProductLink.Kind.GOES_WITH] = going_with(
            one, together.get(one.key, {}), beside, not_these=similar
        )
    _write(wanted)


def relate_new(keys: Sequence[int], *, at: datetime) -> None:
    """Relate those of these products that have nothing alike yet, or nothing of the category that they are in now."""
    done = ProductLink.objects.filter(
        product__in=keys, kind=ProductLink.Kind.SIMILAR, is_chosen=False, other__category=F("product__category")
    )
    settled = set(done.values_list("product", flat=True))
    relate_products([key for key in keys if key not in settled], at=at)


class _Catalog:
    """The best sold products by category, each category read once."""

    def __init__(self, tree: CategoryTree) -> None:
        self._tree = tree
        self._best: dict[int | None, list[Known]] = {}

    def best_of(self, category: int | None) -> list[Known]:
        if category not in self._best:
            rows = Product.objects.filter(category=category, status=Product.Status.ACTIVE)
            self._best[category] = _known(rows.order_by("-sold_count", "id")[:POOL])
        return self._best[category]

    def like(self, one: Known) -> list[int]:
        """Products of its category, and of those beside it where these are too few."""
        found = alike(one, self.best_of(one.category))
        if len(found) < MOST:
            others = [other for key in self.beside(one.category) for other in self.best_of(key)]
            found += alike(one, others, most=MOST - len(found))
        return found

    def beside(self, category: int | None) -> list[int]:
        """The categories with the same parent, without this one."""
        lineage = self._tree.lineage(category)
        if not lineage:
            return []
        own = lineage[-1]
        paths = self._tree.nodes[own.ancestors[-1]].children if own.ancestors else self._tree.roots
        return [self._tree.nodes[path].pk for path in paths if path != own.path]


def _known(products: Iterable[Product]) -> list[Known]:
    cheapest = Variant.objects.filter(product=OuterRef("pk"), is_active=True).order_by("price_amount")
    rows = products.annotate(  # type: ignore[attr-defined]
        price=Subquery(cheapest.values("price_amount")[:1]), price_currency=Subquery(cheapest.values("currency")[:1])
    ).values_list("pk", "category_id", "price", "price_currency", "sold_count")
    return [Known(key, category, price, currency or "", sold) for key, category, price, currency, sold in rows]


def _bought_together(keys: Sequence[int], *, at: datetime) -> dict[int, dict[int, int]]:
    """In how many orders of the past year each of the products was bought with which others."""
    other = "order__lines__variant__product"
    # By annotation, so that one join serves all; a filter across lines would begin another, an exclusion a subquery.
    pairs = (
        OrderLine.objects.filter(variant__product__in=keys, order__placed_at__gte=at - timedelta(days=TOGETHER_DAYS))
        .exclude(order__state=order_states.CANCELLED)
        .annotate(other=F(other), other_status=F(f"{other}__status"))
        .filter(other_status=Product.Status.ACTIVE)
        .exclude(other=F("variant__product"))
        .order_by()
        .values_list("variant__product", "other")
        .annotate(orders=Count("order", distinct=True))
        .order_by("-orders")[:_MOST_PAIRS]
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for key, other, orders in pairs:
        found[key][other] = orders
    return found


@transaction.atomic
def _write(wanted: dict[tuple[int, str], list[int]]) -> None:
    """Have the found links be the wanted ones. What the merchant chooses meanwhile wins."""
    old = ProductLink.objects.filter(product__in={key for key, _kind in wanted})
    chosen: set[tuple[int, str, int]] = set()
    found: dict[tuple[int, str, int], tuple[int, int]] = {}
    for pk, key, kind, other, rank, is_chosen in old.values_list("pk", "product", "kind", "other", "rank", "is_chosen"):
        if is_chosen:
            chosen.add((key, kind, other))
        else:
            found[key, kind, other] = pk, rank
    new = {
        (key, kind, other): rank
        for (key, kind), others in wanted.items()
        for rank, other in enumerate(other for other in others if (key, kind, other) not in chosen)
    }
    gone = [pk for link, (pk, rank) in found.items() if new.get(link) != rank]
    ProductLink.objects.filter(pk__in=gone, is_chosen=False).delete()
    ProductLink.objects.bulk_create(
        [
            ProductLink(product_id=key, kind=kind, other_id=other, rank=rank)
            for (key, kind, other), rank in new.items()
            if found.get((key, kind, other), (0, None))[1] != rank
        ],
        ignore_conflicts=True,
    )


def _next_night(at: datetime) -> datetime:
    zone = ZoneInfo(settings.SHOP_TIME_ZONE)
    local = at.astimezone(zone)
    night = local.replace(hour=_NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return (night if night > local else night + timedelta(days=1)).astimezone(at.tzinfo)
