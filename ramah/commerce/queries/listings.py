"""Lists of products in one currency: all, of a category, filtered, sorted, page by page; and the few that other pages show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.signing import BadSignature, dumps, loads

from ramah.commerce.listing_choices import Choice, Counts, Filters
from ramah.commerce.listing_index import CHEAP, DEAR, NEWEST, POPULAR, RATED, RATINGS, ListingIndex
from ramah.commerce.models import Category, Listing, OrderLine
from ramah.commerce.option_names import known_option
from ramah.commerce.queries.shelves import Shelf, shelf_of
from ramah.commerce.queries.terms import CategoryTree
from ramah.commerce.translations import Translated, in_language
from ramah.kernel.paging import BadCursor

__all__ = [
    "CHEAP",
    "DEAR",
    "NEWEST",
    "POPULAR",
    "RATED",
    "RATINGS",
    "Filters",
    "Found",
    "Wanted",
    "category_description",
    "found_of",
    "known_option",
    "listings_of",
    "newest_listings",
    "picked_of",
    "popular_listings",
    "products_listed",
    "products_of_orders",
    "subtree",
]
PAGE = 24


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor asks of a list, beside where it begins: filters, order (empty: the list's own), page."""

    filters: Filters = field(default_factory=Filters)
    sort: str = ""
    cursor: str = ""
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Picked:
    """A page by the keys of its products; see `Found`."""

    keys: list[int]
    next_cursor: str
    total: int
    counts: Counts
    categories: Mapping[str, int]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list, how long the list is, and how many products each further choice would give. All figures are exact."""

    rows: list[Listing] = field(default_factory=list)
    next_cursor: str = ""
    total: int = 0
    counts: Counts | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)


def products_listed(
    *, currency: str, tree: CategoryTree, path: str = "", wanted: Wanted, counted: Sequence[str] = ()
) -> Found:
    """A page of all products, or of those in the category at `path` and below it.

    `counted` are paths of categories for which to tell how many of the list they hold. Two queries. Raises `BadCursor`.
    """
    shelf = shelf_of(currency)
    with shelf.held() as index:
        scope = index.of_categories(subtree(tree, path)) if path else index.shown
        picked = picked_of(index, [scope], tree=tree, wanted=wanted, counted=counted, currency=currency)
    return found_of(picked, shelf)


def picked_of(
    index: ListingIndex,
    tiers: Sequence[int],
    *,
    tree: CategoryTree,
    wanted: Wanted,
    counted: Sequence[str] = (),
    currency: str,
) -> Picked:
    """What the filters leave of `tiers`, sets of which the first are the better ones: for `queries`, while a shelf is held.

    In an order that the visitor has chosen no set is better. Raises `BadCursor`.
    """
    scope = 0
    for tier in tiers:
        scope |= tier
    choice = Choice(index, scope, wanted.filters)
    kept, salt = choice.bits, f"listings:{wanted.sort}:{currency}"
    sets = [kept] if wanted.sort else [part for tier in tiers for part in _stocked_first(index, tier & kept)]
    after = _thawed(wanted.cursor, salt)
    walked = list(index.walk(sets, wanted.sort or POPULAR, after=after, size=wanted.size + 1))
    shown = walked[: wanted.size]
    return Picked(
        keys=[key for key, _after in shown],
        next_cursor=dumps(shown[-1][1], salt=salt) if len(walked) > wanted.size else "",
        total=choice.total,
        counts=choice.counts,
        categories={path: choice.in_categories(subtree(tree, path)) for path in counted},
        labels=index.labels,
    )


def found_of(picked: Picked, shelf: Shelf) -> Found:
    """The page that was picked, with its rows. One query, none for an empty page."""
    keys = picked.keys
    rows = Listing.objects.filter(currency=shelf.currency, product__in=keys) if keys else []
    by_key = {row.product_id: row for row in rows}
    gone = [key for key in keys if key not in by_key]
    if gone:
        # Taken out of the database itself, which no listing tells.
        with shelf.held() as index:
            index.drop(gone)
    return Found(
        rows=[by_key[key] for key in keys if key in by_key],
        next_cursor=picked.next_cursor,
        total=picked.total - len(gone),
        counts=picked.counts,
        labels=picked.labels,
        categories=picked.categories,
    )


def subtree(tree: CategoryTree, path: str) -> frozenset[int]:
    """Keys of the category at `path` and of all below it; none for a path that is not in the tree."""
    found: set[int] = set()
    paths = [path] if path in tree.nodes else []
    while paths:
        node = tree.nodes[paths.pop()]
        found.add(node.pk)
        paths += node.children
    return frozenset(found)


def category_description(path: str, language: str) -> Translated:
    """What the merchant says of a category, in `language` or the nearest there is. One query."""
    descriptions = Category.objects.filter(path=path).order_by().values_list("descriptions", flat=True)
    return in_language(next(iter(descriptions), {}), language)


def listings_of(product_ids: Sequence[int], *, currency: str) -> list[Listing]:
    """The listings of these products, in this order; those that are not shown are left out. One query."""
    shown = Listing.objects.filter(currency=currency, product__in=product_ids, is_shown=True)
    found = {row.product_id: row for row in shown}
    return [found[key] for key in product_ids if key in found]


def popular_listings(*, currency: str, category_ids: Iterable[int] | None = None, size: int = 8) -> list[Listing]:
    """What is bought most and in stock, of these categories or of all. Two queries."""
    shelf = shelf_of(currency)
    with shelf.held() as index:
        scope = index.shown if category_ids is None else index.of_categories(category_ids)
        keys = [key for key, _after in index.walk([scope & index.in_stock], POPULAR, size=size)]
    return listings_of(keys, currency=currency)


def newest_listings(*, currency: str, size: int = 8) -> list[Listing]:
    """What came last. One query, along an index."""
    shown = Listing.objects.filter(currency=currency, is_shown=True)
    return list(shown.order_by("-published_at", "-id")[:size])


def products_of_orders(order_ids: Sequence[int]) -> list[int]:
    """Keys of the products that were ordered."""
    lines = OrderLine.objects.filter(order__in=order_ids, variant__isnull=False)
    return list(lines.values_list("variant__product_id", flat=True).distinct())


def _stocked_first(index: ListingIndex, bits: int) -> tuple[int, int]:
    in_stock = bits & index.in_stock
    return in_stock, bits & ~in_stock


def _thawed(cursor: str, salt: str) -> list[int]:
    if not cursor:
        return []
    try:
        values = loads(cursor, salt=salt)
    except BadSignature as error:
        raise BadCursor from error
    return [int(value) for value in values]
