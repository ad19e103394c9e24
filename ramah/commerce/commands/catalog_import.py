"""Products that come from elsewhere: a batch in a handful of queries."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ramah.commerce import permissions
from ramah.commerce.commands.categories import categories_of
from ramah.commerce.commands.products import free_earlier_slugs
from ramah.commerce.commands.variant_changes import Change, tell_of_variants
from ramah.commerce.events import ProductChanged
from ramah.commerce.imports.products import AS_EVERYWHERE
from ramah.commerce.imports.records import ImportedProduct, ImportedVariant, digest
from ramah.commerce.models import Product, Variant
from ramah.commerce.slugs import slug_of
from ramah.commerce.translations import in_language
from ramah.customers.commands import Saved
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish_all

PRODUCT_FIELDS = (
    "titles", "descriptions", "status", "brand", "image_url", "illustration", "return_days", "attributes", "category",
)  # fmt: skip
VARIANT_FIELDS = (
    "options", "price_amount", "compare_at_amount", "currency", "other_prices", "stock", "weight_grams", "barcode", "is_active",
    "position",
)  # fmt: skip


def save_imported_products(
    *,
    actor: Actor,
    products: Sequence[ImportedProduct],
    at: datetime,
    keep_stock: bool = False,
    dry_run: bool = False,
) -> list[Saved]:
    """Create or update products and variants as another shop has them; the answers stand in the order of `products`.

    Variants that are no longer named stay: orders may speak of them. With `keep_stock` variants that are here keep what is on
    hand: a file that was written this morning does not know what was sold since. With `dry_run` everything is tried and
    nothing stays.
    """
    require(actor, permissions.IMPORT)
    try:
        with transaction.atomic():
            saved = _save(products, actor=actor, keep_stock=keep_stock, at=at)
            counts = {result: sum(each.result == result for each in saved) for result in ("created", "updated")}
            if any(counts.values()):
                audit.record(actor, "product.import", "products", at=at, **counts)
            transaction.set_rollback(dry_run)
    except IntegrityError as error:
        # Two imports at once: smaller batches look again and find what the other one has made.
        if len(products) == 1:
            return [Saved("failed", _("the database refused it: %(error)s") % {"error": error})]
        middle = len(products) // 2
        halves = (products[:middle], products[middle:])
        options: dict[str, bool] = {"keep_stock": keep_stock, "dry_run": dry_run}
        return [one for half in halves for one in save_imported_products(actor=actor, products=half, at=at, **options)]
    return saved


def _save(products: Sequence[ImportedProduct], *, actor: Actor, keep_stock: bool, at: datetime) -> list[Saved]:
    ids = [record.external_id for record in products]
    rows = Product.objects.select_for_update().filter(external_id__in=ids).order_by("pk")
    known = {row.external_id: row for row in rows}
    skus = {variant.sku for record in products for variant in record.variants}
    # Locked by key, as whoever orders takes them: nobody sells what is just being counted, and nobody waits for ever.
    locked = Variant.objects.select_for_update(of=("self",)).select_related("product").filter(sku__in=skus)
    variants = {row.sku: row for row in locked.order_by("pk")}
    owner = {sku: row.product.external_id for sku, row in variants.items()}
    categories = categories_of({record.category for record in products if record.category}, at=at)
    slugs = _slugs([record for record in products if record.external_id not in known])
    new: list[Product] = []
    changed: list[Product] = []
    saved: list[Saved] = []
    for record in products:
        taken = next((v.sku for v in record.variants if owner.get(v.sku, record.external_id) != record.external_id), "")
        if taken:
            reason = _("%(sku)s belongs to product %(product)s") % {"sku": taken, "product": owner[taken]}
            saved.append(Saved("failed", reason, "sku"))
            continue
        product, fingerprint = known.get(record.external_id), digest(record)
        if product and product.import_digest == fingerprint:
            saved.append(Saved("unchanged"))
            continue
        saved.append(Saved("updated" if product else "created"))
        product = product or Product(
            external_id=record.external_id, slug=slugs[record.external_id], published_at=at, created_at=at
        )
        if record.category is not None:
            product.category = categories.get(record.category)
        (new if product._state.adding else changed).append(_fill(product, record, fingerprint))
        owner.update((variant.sku, record.external_id) for variant in record.variants)
    Product.objects.bulk_create(new)
    free_earlier_slugs([product.slug for product in new])
    Product.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=[*PRODUCT_FIELDS, "import_digest"]
    )
    touched = {product.external_id: product for product in (*new, *changed)}
    records = [record for record in products if record.external_id in touched]
    before = _save_variants(records, touched, variants, keep_stock=keep_stock, at=at)
    publish_all((ProductChanged(product_id=row.pk), f"product:{row.pk}") for row in touched.values())
    tell_of_variants(before, actor=actor, at=at)
    return saved


def _slugs(products: Sequence[ImportedProduct]) -> dict[str, str]:
    """An address for each new product, by its id elsewhere."""
    wanted = {
        record.external_id: slug_of(str(in_language(record.titles, "en")), fallback=record.external_id)
        for record in products
    }
    taken = set(Product.objects.filter(slug__in=wanted.values()).values_list("slug", flat=True))
    found: dict[str, str] = {}
    for external_id, slug in wanted.items():
        # An address that is taken gets the id behind it: two imports at once then cannot choose the same number.
        free = slug if slug not in taken else slug_of(f"{slug}-{external_id}", fallback=external_id, taken=taken)
        taken.add(free)
        found[external_id] = free
    return found


def _fill(product: Product, record: ImportedProduct, fingerprint: str) -> Product:
    product.titles = _merged(product.titles, record.titles)
    product.descriptions = _merged(product.descriptions, record.descriptions)
    for field in ("status", "brand", "image_url", "attributes"):
        if getattr(record, field) is not None:
            setattr(product, field, getattr(record, field))
    if record.illustration:
        product.illustration = record.illustration
    if record.return_days is not None:
        product.return_days = None if record.return_days == AS_EVERYWHERE else record.return_days
    product.import_digest = fingerprint
    return product


def _merged(known: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    return {language: text for language, text in {**known, **told}.items() if text}


def _save_variants(
    records: Iterable[ImportedProduct],
    products: dict[str, Product],
    known: dict[str, Variant],
    *,
    keep_stock: bool,
    at: datetime,
) -> list[Change]:
    """Store the variants of these products; what each was before and is now, None before for a new one."""
    new: list[Variant] = []
    changes: list[Change] = []
    for record in records:
        for told in record.variants:
            variant = known.get(told.sku)
            before = copy(variant) if variant else None
            row = _fill_variant(
                variant or Variant(sku=told.sku, created_at=at),
                told,
                products[record.external_id],
                keep_stock=keep_stock and variant is not None,
            )
            changes.append((before, row))
            if before is None:
                new.append(row)
    Variant.objects.bulk_create(new)
    Variant.objects.bulk_create(
        [row for before, row in changes if before is not None],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(VARIANT_FIELDS),
    )
    return changes


def _fill_variant(variant: Variant, told: ImportedVariant, product: Product, *, keep_stock: bool) -> Variant:
    variant.product = product
    if told.says_options:
        variant.options = told.options
    variant.price_amount, variant.currency = told.price, told.currency
    if told.compare_at is not None:
        variant.compare_at_amount = told.compare_at or None
    elif variant.compare_at_amount is not None and variant.compare_at_amount <= told.price:
        variant.compare_at_amount = None  # a price that was raised to what it was before is no reduction
    if told.other_prices is not None:
        variant.other_prices = told.other_prices
    for field in ("barcode", "weight_grams", "is_active", "position"):
        if getattr(told, field) is not None:
            setattr(variant, field, getattr(told, field))
    if told.stock is not None and not keep_stock:
        variant.stock = told.stock
    return variant
