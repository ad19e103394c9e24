"""Products that come from elsewhere: a batch in a handful of queries."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from ramah.commerce import permissions
from ramah.commerce.imports.records import ImportedProduct, ImportedVariant, digest
from ramah.commerce.models import Product, Variant
from ramah.customers.commands import Saved
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require

PRODUCT_FIELDS = ("titles", "descriptions", "status", "brand", "category", "image_url", "illustration")


def save_imported_products(
    *, actor: Actor, products: Sequence[ImportedProduct], at: datetime, dry_run: bool = False
) -> list[Saved]:
    """Create or update products and variants as another shop has them; the answers stand in the order of `products`.

    Variants that are no longer named stay: orders may speak of them. With `dry_run` everything is tried and nothing stays.
    """
    require(actor, permissions.IMPORT)
    try:
        with transaction.atomic():
            saved = _save(products, at=at)
            counts = {result: sum(each.result == result for each in saved) for result in ("created", "updated")}
            if any(counts.values()):
                audit.record(actor, "product.import", "products", at=at, **counts)
            transaction.set_rollback(dry_run)
    except IntegrityError as error:
        # Two imports at once: smaller batches look again and find what the other one has made.
        if len(products) == 1:
            return [Saved("failed", f"the database refused it: {error}")]
        middle = len(products) // 2
        halves = (products[:middle], products[middle:])
        return [
            one for half in halves for one in save_imported_products(actor=actor, products=half, at=at, dry_run=dry_run)
        ]
    return saved


def _save(products: Sequence[ImportedProduct], *, at: datetime) -> list[Saved]:
    ids = [record.external_id for record in products]
    known = {row.external_id: row for row in Product.objects.select_for_update().filter(external_id__in=ids)}
    skus = {variant.sku for record in products for variant in record.variants}
    variants = {row.sku: row for row in Variant.objects.select_related("product").filter(sku__in=skus)}
    owner = {sku: row.product.external_id for sku, row in variants.items()}
    new: list[Product] = []
    changed: list[Product] = []
    saved: list[Saved] = []
    for record in products:
        taken = next((v.sku for v in record.variants if owner.get(v.sku, record.external_id) != record.external_id), "")
        if taken:
            saved.append(Saved("failed", f"{taken} belongs to product {owner[taken]}", "sku"))
            continue
        product, fingerprint = known.get(record.external_id), digest(record)
        if product and product.import_digest == fingerprint:
            saved.append(Saved("unchanged"))
            continue
        saved.append(Saved("updated" if product else "created"))
        (changed if product else new).append(
            _fill(product or Product(external_id=record.external_id, created_at=at), record, fingerprint)
        )
        owner.update((variant.sku, record.external_id) for variant in record.variants)
    Product.objects.bulk_create(new)
    Product.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=[*PRODUCT_FIELDS, "import_digest"]
    )
    touched = {product.external_id: product for product in (*new, *changed)}
    _save_variants([record for record in products if record.external_id in touched], touched, variants, at=at)
    return saved


def _fill(product: Product, record: ImportedProduct, fingerprint: str) -> Product:
    for field in PRODUCT_FIELDS:
        setattr(product, field, getattr(record, field))
    product.import_digest = fingerprint
    return product


def _save_variants(
    records: Iterable[ImportedProduct], products: dict[str, Product], known: dict[str, Variant], *, at: datetime
) -> None:
    new: list[Variant] = []
    changed: list[Variant] = []
    for record in records:
        for told in record.variants:
            variant = known.get(told.sku)
            (changed if variant else new).append(
                _fill_variant(variant or Variant(sku=told.sku, created_at=at), told, products[record.external_id])
            )
    Variant.objects.bulk_create(new)
    Variant.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["options", "price_amount", "currency", "stock", "barcode"],
    )


def _fill_variant(variant: Variant, told: ImportedVariant, product: Product) -> Variant:
    variant.product = product
    variant.options, variant.barcode = told.options, told.barcode
    variant.price_amount, variant.currency = told.price, told.currency
    if told.stock is not None:
        variant.stock = told.stock
    return variant
