"""Reads for the merchant: products and variants whatever their status, stock and its history, categories, size guides."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db.models import Count, Prefetch, Q, QuerySet

from ramah.commerce import permissions
from ramah.commerce.models import Category, Product, ProductLink, SizeGuide, StockChange, Variant
from ramah.commerce.queries.terms import category_tree
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.paging import Page, keyset_page

LOW = 5
LANGUAGES = ("en", "id", "uk")
_VARIANTS = Prefetch("variants", Variant.objects.order_by("position", "id"))
_CHUNK = 500


def products_managed(
    actor: Actor, *, text: str = "", status: str = "", category: str = "", cursor: str = "", size: int = 25
) -> Page[Product]:
    """Products with their variants, newest first.

    `text` begins a title in any language, or an SKU; `category` is a path and means those below it too. Raises `BadCursor`.
    """
    products = _visible_products(actor)
    if status:
        products = products.filter(status=status)
    if category:
        products = products.filter(category_id__in=_keys_below(category))
    if text:
        products = products.filter(_called(text))
    return keyset_page(products.prefetch_related(_VARIANTS), order=("-id",), cursor=cursor, size=size)


def variants_running_low(actor: Actor, *, at_most: int = LOW, cursor: str = "", size: int = 25) -> Page[Variant]:
    """Offered variants of active products with so few pieces on hand, the fewest first. Raises `BadCursor`."""
    variants = _visible_variants(actor).filter(
        stock__lte=at_most, is_active=True, product__status=Product.Status.ACTIVE
    )
    return keyset_page(variants, order=("stock", "id"), cursor=cursor, size=size)


def managed_product_for(actor: Actor, *, public_id: str) -> Product:
    """The product with category, size guide and variants, whatever its status. Raises `NotVisible`."""
    products = _visible_products(actor).select_related("category", "size_guide").prefetch_related(_VARIANTS)
    product = products.filter(public_id=public_id).first()
    if product is None:
        raise NotVisible
    return product


def managed_variant_for(actor: Actor, *, public_id: str) -> Variant:
    """The variant with its product. Raises `NotVisible`."""
    variant = _visible_variants(actor).filter(public_id=public_id).first()
    if variant is None:
        raise NotVisible
    return variant


def stock_history(variant: Variant, *, cursor: str = "", size: int = 25) -> Page[StockChange]:
    """What changed on hand, newest first, with the orders concerned. Raises `BadCursor`."""
    changes = StockChange.objects.filter(variant=variant).select_related("order")
    return keyset_page(changes, order=("-id",), cursor=cursor, size=size)


def chosen_links(product: Product) -> list[ProductLink]:
    """What the merchant shows beside the product, by kind and rank."""
    links = ProductLink.objects.filter(product=product, is_chosen=True).select_related("other")
    return list(links.order_by("kind", "rank", "id"))


def products_named(actor: Actor, text: str, *, limit: int = 10) -> list[Product]:
    """Products whose title, address or SKU begins with `text`, those that are active before others."""
    if not text.strip():
        return []
    products = _visible_products(actor).filter(_called(text.strip()) | Q(slug=text.strip().lower()))
    return list(products.order_by("status", "-id")[:limit])


def categories_counted(actor: Actor) -> list[Category]:
    """All categories as the tree reads, with `product_count` and `depth`: those of one parent in the merchant's order."""
    if not actor.may(permissions.MANAGE_CATALOG):
        raise NotVisible
    below: dict[int | None, list[Category]] = {}
    for row in Category.objects.annotate(product_count=Count("products")).order_by("position", "id"):
        below.setdefault(row.parent_id, []).append(row)
    return list(_walk(below, None, 0))


def category_for(actor: Actor, *, public_id: str) -> Category:
    """The category. Raises `NotVisible`."""
    category = Category.objects.select_related("parent").filter(public_id=public_id).first()
    if category is None or not actor.may(permissions.MANAGE_CATALOG):
        raise NotVisible
    return category


def categories() -> QuerySet[Category]:
    """All categories by path."""
    return Category.objects.order_by("path")


def size_guides() -> QuerySet[SizeGuide]:
    """All size guides by name, with `product_count`."""
    return SizeGuide.objects.annotate(product_count=Count("products")).order_by("name")


def size_guide_for(actor: Actor, *, public_id: str) -> SizeGuide:
    """The size guide. Raises `NotVisible`."""
    guide = size_guides().filter(public_id=public_id).first()
    if guide is None or not actor.may(permissions.MANAGE_CATALOG):
        raise NotVisible
    return guide


def products_exported(actor: Actor) -> Iterator[tuple[Product, Sequence[Variant], list[tuple[str, dict[str, str]]]]]:
    """All products by key, each with its variants and the slugs and names of its categories, a few hundred at a time."""
    if not actor.may(permissions.MANAGE_CATALOG):
        raise NotVisible
    # Read anew: a kept tree may lack a category of a minute ago, and a product written out without its category would lose it.
    tree = {row.pk: row for row in Category.objects.all()}
    last = 0
    while chunk := list(Product.objects.filter(pk__gt=last).order_by("pk").prefetch_related(_VARIANTS)[:_CHUNK]):
        for product in chunk:
            lineage = [(row.slug, row.names) for row in _lineage(tree, product.category_id)]
            yield product, list(product.variants.all()), lineage
        last = chunk[-1].pk


def _visible_products(actor: Actor) -> QuerySet[Product]:
    return Product.objects.all() if actor.may(permissions.CHANGE_STOCK) else Product.objects.none()


def _visible_variants(actor: Actor) -> QuerySet[Variant]:
    variants = Variant.objects.select_related("product")
    return variants if actor.may(permissions.CHANGE_STOCK) else variants.none()


def _called(text: str) -> Q:
    # SQLite folds the case of Latin letters only, so Cyrillic is tried as a title begins.
    tries = {text, text[:1].upper() + text[1:]}
    found = Q(
        pk__in=Variant.objects.filter(Q(sku__startswith=text.upper()) | Q(sku__startswith=text)).values("product_id")
    )
    for language in LANGUAGES:
        for words in tries:
            found |= Q(**{f"titles__{language}__istartswith": words})
    return found


def _lineage(tree: Mapping[int, Category], key: int | None) -> list[Category]:
    chain: list[Category] = []
    while key is not None and key in tree:
        chain.insert(0, tree[key])
        key = tree[key].parent_id
    return chain


def _keys_below(path: str) -> list[int]:
    return [node.pk for node in category_tree().nodes.values() if node.path == path or node.path.startswith(f"{path}/")]


def _walk(below: dict[int | None, list[Category]], parent: int | None, depth: int) -> Iterator[Category]:
    rows: Iterable[Category] = below.get(parent, ())
    for row in rows:
        row.depth = depth  # type: ignore[attr-defined]  # for the page
        yield row
        yield from _walk(below, row.pk, depth + 1)
