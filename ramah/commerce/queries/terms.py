"""The terms of selling, as every page of the shop needs them: small tables that hardly change, held by each process.

The cache holds only a version, by which a process sees whether what it holds still stands: unpickling the terms was a tenth of
the time of a list. Whoever writes one of them calls `forget_terms()`; another process without a shared cache sees the change
within a minute. What is returned is shared by all threads: it is read, never changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar, cast

from django.core.cache import cache
from django.db import transaction
from django.db.models import Prefetch

from ramah.commerce.models import Category, DeliveryOption, DeliveryRate, ShopProfile, TaxRate
from ramah.commerce.translations import Translated, in_language
from ramah.kernel.ids import new_public_id

T = TypeVar("T")
SECONDS = 60
_KEY = "commerce.terms"
_held: dict[str, tuple[str, object]] = {}  # by kind: the version, and what was read in it


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category in the tree; `ancestors` from the top down, without itself."""

    pk: int
    path: str
    names: dict[str, str]
    is_listed: bool
    ancestors: tuple[str, ...]
    children: tuple[str, ...]

    def name_in(self, language: str) -> Translated:
        """The name in `language`, or the nearest there is."""
        return in_language(self.names, language)


@dataclass(frozen=True, slots=True)
class CategoryTree:
    """All categories by path. Those of one parent stand in the merchant's order."""

    nodes: dict[str, CategoryNode]
    roots: tuple[str, ...]
    by_key: dict[int, str] = field(default_factory=dict)

    def listed(self, paths: tuple[str, ...] | None = None) -> Iterator[CategoryNode]:
        """The nodes of `paths` (default: the top level) that are shown in the navigation."""
        return (self.nodes[path] for path in (self.roots if paths is None else paths) if self.nodes[path].is_listed)

    def lineage(self, key: int | None) -> list[CategoryNode]:
        """The category with this key and those above it, from the top down; empty for None."""
        if key is None or key not in self.by_key:
            return []
        node = self.nodes[self.by_key[key]]
        return [self.nodes[path] for path in (*node.ancestors, node.path)]


def shop_profile() -> ShopProfile:
    """Who sells, and on which terms; the row is made with the first look at it."""
    return _kept("shop", lambda: ShopProfile.objects.get_or_create(key="shop")[0])


def category_tree() -> CategoryTree:
    """The tree of categories."""
    return _kept("categories", _read_tree)


def delivery_options() -> list[DeliveryOption]:
    """The active delivery options with calendar and rates loaded, in the merchant's order."""
    rates = Prefetch("rates", DeliveryRate.objects.order_by("position", "id"))
    return _kept(
        "delivery",
        lambda: list(DeliveryOption.objects.filter(is_active=True).select_related("calendar").prefetch_related(rates)),
    )


def tax_of(country: str) -> TaxRate:
    """The tax on what is sold into `country`; none where the merchant has entered none."""
    taxes = _kept("taxes", lambda: {row.country: row for row in TaxRate.objects.all()})
    return taxes.get(country) or TaxRate(country=country, percent=Decimal(0))


def forget_terms() -> None:
    """Have the terms read anew, once the transaction that changed them stands."""
    transaction.on_commit(lambda: cache.delete(_KEY))


def _read_tree() -> CategoryTree:
    rows = list(Category.objects.order_by("position", "id"))
    path_of = {row.pk: row.path for row in rows}
    children: dict[int | None, list[str]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row.path)
    parent_of = {row.path: path_of.get(row.parent_id) for row in rows if row.parent_id is not None}
    nodes = {
        row.path: CategoryNode(
            row.pk,
            row.path,
            row.names,
            row.is_listed,
            tuple(_above(row.path, parent_of)),
            tuple(children.get(row.pk, ())),
        )
        for row in rows
    }
    return CategoryTree(nodes, tuple(children.get(None, ())), path_of)


def _above(path: str, parent_of: dict[str, str | None]) -> list[str]:
    chain: list[str] = []
    parent = parent_of.get(path)
    while parent is not None:
        chain.insert(0, parent)
        parent = parent_of.get(parent)
    return chain


def _kept(key: str, load: Callable[[], T]) -> T:
    version = str(cache.get_or_set(_KEY, new_public_id, SECONDS))
    held, value = _held.get(key, ("", None))
    if held != version:
        value = load()
        _held[key] = (version, value)
    return cast(T, value)
