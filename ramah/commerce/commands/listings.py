"""Writing what lists and searches read. Nobody asks for it: it follows from what others have changed, so it takes no actor."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, IntegerField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from ramah.commerce.commands.listing_rows import Words, currencies_of, listing_of, terms_of, words_of
from ramah.commerce.commands.search_texts import write_words
from ramah.commerce.models import Listing, ListingClock, Product, SearchText, Variant
from ramah.commerce.queries.terms import CategoryTree, category_tree
from ramah.kernel.ids import new_public_id

_KEPT = {"id", "product", "currency"}
_WRITTEN = [field.name for field in Listing._meta.local_concrete_fields if field.name not in _KEPT]
_BATCH = 500


@transaction.atomic
def refresh_listings(*, product_ids: Iterable[int], at: datetime) -> None:
    """Write the listings and the words of these products anew, in a dozen queries for each 500 of them."""
    wanted = sorted(set(product_ids))
    if not wanted:
        return
    version = _next_version()
    tree = category_tree()
    # One writer at a time from here on, and all that is read now is what stands: a later change comes with a later refresh.
    is_reworded = False
    for start in range(0, len(wanted), _BATCH):
        is_reworded |= _refresh(wanted[start : start + _BATCH], tree, version=version, at=at)
    if is_reworded:
        ListingClock.objects.update(text_version=version)


def rebuild_listings(*, at: datetime) -> int:
    """Write all listings anew, a transaction for each 500 products. Returns how many products there are."""
    count = 0
    for batch in _batches():
        refresh_listings(product_ids=batch, at=at)
        count += len(batch)
    return count


def list_overdue(*, at: datetime) -> int:
    """List what no event has told of, up to 500 products: those that were here before there were listings, and those that are
    published by now. Returns how many."""
    never = Product.objects.filter(~Exists(SearchText.objects.filter(product=OuterRef("pk"))))
    published = Product.objects.filter(status=Product.Status.ACTIVE, published_at__lte=at)
    # A listing with choices has variants for sale: nothing but the day kept it away.
    waiting = published.filter(Exists(Listing.objects.filter(product=OuterRef("pk"), is_shown=False, choices__gt="")))
    due: list[int] = []
    for missed in (never, waiting):
        due += missed.order_by("pk").values_list("pk", flat=True)[: _BATCH - len(due)]
    refresh_listings(product_ids=due, at=at)
    return len(due)


@transaction.atomic
def recount_stock(*, product_ids: Iterable[int]) -> None:
    """Have lists tell how many pieces of these products are left, after a change that brought none in or out of stock."""
    # In one row with whoever writes listings, so that nobody waits for each other.
    ListingClock.objects.select_for_update().filter(key="shop").first()
    pieces = (
        Variant.objects.filter(product=OuterRef("product"), is_active=True)
        .order_by()
        .values("product")
        .annotate(left=Sum(Greatest(F("stock"), Value(0))))
    )
    left_now = Coalesce(Subquery(pieces.values("left"), output_field=IntegerField()), 0)
    Listing.objects.filter(product__in=list(product_ids)).update(stock_left=left_now)


def _next_version() -> int:
    """Wait for whoever writes listings now; the number of this writing."""
    clocks = ListingClock.objects.filter(key="shop")
    if not clocks.update(version=F("version") + 1):
        ListingClock.objects.get_or_create(key="shop", defaults={"epoch": new_public_id()})
        clocks.update(version=F("version") + 1)
    return clocks.values_list("version", flat=True).get()


def _refresh(product_ids: Sequence[int], tree: CategoryTree, *, version: int, at: datetime) -> bool:
    """Write a batch; whether words were written."""
    products = list(Product.objects.filter(pk__in=product_ids))
    variants: dict[int, list[Variant]] = {}
    for row in Variant.objects.filter(product__in=product_ids).order_by("position", "id"):
        variants.setdefault(row.product_id, []).append(row)
    listed: dict[int, set[str]] = {}
    for product_id, currency in Listing.objects.filter(product__in=product_ids).values_list("product_id", "currency"):
        listed.setdefault(product_id, set()).add(currency)
    listings: list[Listing] = []
    words: dict[int, Words] = {}
    terms: dict[str, str] = {}
    for product in products:
        own = variants.get(product.pk, [])
        currencies = sorted(currencies_of(own) | listed.get(product.pk, set()))
        listings += [listing_of(product, own, currency, version=version, at=at) for currency in currencies]
        words[product.pk] = words_of(product, own)
        terms |= terms_of(product, own, _category_names(tree, product.category_id))
    Listing.objects.bulk_create(
        listings, update_conflicts=True, unique_fields=["product", "currency"], update_fields=_WRITTEN
    )
    return write_words(words, terms)


def _category_names(tree: CategoryTree, category_id: int | None) -> list[str]:
    return [name for node in tree.lineage(category_id) for name in node.names.values()]


def _batches() -> Iterator[list[int]]:
    after = 0
    while batch := list(Product.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        yield batch
        after = batch[-1]
