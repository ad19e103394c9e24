"""Making and changing products: texts, place in the catalog, facts, and what is shown beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from ramah.commerce import permissions
from ramah.commerce.events import ProductChanged
from ramah.commerce.models import Category, EarlierSlug, Product, SizeGuide
from ramah.commerce.seen import mark_of, require_unchanged
from ramah.commerce.slugs import slug_of
from ramah.commerce.translations import in_language
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish
from ramah.kernel.ids import new_public_id

FIELDS = (
    "slug", "titles", "descriptions", "status", "brand", "category_id", "size_guide_id", "return_days",
)  # fmt: skip


class SlugTaken(Exception):
    """Another product has this address."""


@dataclass(frozen=True, slots=True)
class ProductTold:
    """What a merchant says of a product. Texts by language; an empty slug is made from the title."""

    titles: Mapping[str, str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    slug: str = ""
    status: str = Product.Status.DRAFT
    brand: str = ""
    category: Category | None = None
    size_guide: SizeGuide | None = None
    return_days: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute of a product: Fabric, Linen. By language."""

    name: Mapping[str, str]
    value: Mapping[str, str]


def product_mark(product: Product) -> str:
    """The mark that a form of the product's texts carries; see `seen`."""
    return mark_of(product, FIELDS)


def facts_mark(product: Product) -> str:
    """The mark that a form of the product's attributes carries."""
    return mark_of(product, ("attributes",))


@transaction.atomic
def create_product(*, actor: Actor, told: ProductTold, at: datetime) -> Product:
    """A product without variants yet. Raises `SlugTaken` for an address that was asked for and is not free."""
    require(actor, permissions.MANAGE_CATALOG)
    product = Product(external_id=new_public_id(), created_at=at)
    _fill(product, told, at=at)
    _save(product)
    free_earlier_slugs([product.slug])
    audit.record(actor, "product.create", f"product:{product.pk}", at=at, slug=product.slug)
    publish(ProductChanged(product_id=product.pk), subject=f"product:{product.pk}")
    return product


@transaction.atomic
def change_product(*, actor: Actor, product: Product, told: ProductTold, seen: str = "", at: datetime) -> Product:
    """Change texts, address, status, place and return days. Raises `SlugTaken` and `ChangedMeanwhile`."""
    require(actor, permissions.MANAGE_CATALOG)
    product = Product.objects.select_for_update().get(pk=product.pk)
    require_unchanged(product, FIELDS, seen)
    before = {name: getattr(product, name) for name in FIELDS}
    _fill(product, told, at=at)
    changed = sorted(name for name, value in before.items() if getattr(product, name) != value)
    if changed:
        _save(product)
        if "slug" in changed:
            free_earlier_slugs([product.slug])
            EarlierSlug.objects.update_or_create(slug=before["slug"], defaults={"product": product})
        told_of_it(product, actor=actor, at=at, fields=changed)
    return product


@transaction.atomic
def set_facts(*, actor: Actor, product: Product, facts: Sequence[Fact], seen: str = "", at: datetime) -> Product:
    """Replace the attributes of a product, in this order; those without a name or value are left out.

    Raises `ChangedMeanwhile`.
    """
    require(actor, permissions.MANAGE_CATALOG)
    product = Product.objects.select_for_update().get(pk=product.pk)
    require_unchanged(product, ("attributes",), seen)
    kept = [{"name": _spoken(fact.name), "value": _spoken(fact.value)} for fact in facts]
    kept = [fact for fact in kept if fact["name"] and fact["value"]]
    if kept != product.attributes:
        product.attributes = kept
        product.import_digest = ""
        product.save(update_fields=["attributes", "import_digest"])
        told_of_it(product, actor=actor, at=at, fields=["attributes"])
    return product


def told_of_it(product: Product, *, actor: Actor, at: datetime, fields: Sequence[str], **detail: Any) -> None:
    """The audit line and the event of a change to a product, in the transaction of the change."""
    audit.record(actor, "product.change", f"product:{product.pk}", at=at, fields=list(fields), **detail)
    publish(ProductChanged(product_id=product.pk), subject=f"product:{product.pk}")


def free_earlier_slugs(slugs: Iterable[str]) -> None:
    """These addresses belong to other products from now on: those that had them before are no longer found by them.

    Call it after the products are stored: an address that was left at the same moment is freed, too.
    """
    EarlierSlug.objects.filter(slug__in=slugs).delete()


def _fill(product: Product, told: ProductTold, *, at: datetime) -> None:
    product.titles, product.descriptions = _spoken(told.titles), _spoken(told.descriptions)
    if not product.titles:
        raise ValueError("a product needs a title in one language at least")
    product.slug = told.slug or product.slug or _free_slug(product)
    product.status, product.brand = told.status, told.brand
    product.category, product.size_guide = told.category, told.size_guide
    product.return_days = told.return_days
    if product.status == Product.Status.ACTIVE and product.published_at is None:
        product.published_at = at
    # What the last import said is no longer what stands here: the same file again brings it back.
    product.import_digest = ""


def _spoken(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip() for language, text in texts.items() if text.strip()}


def _free_slug(product: Product) -> str:
    slug = slug_of(str(in_language(product.titles, "en")), fallback=product.external_id)
    taken = set(Product.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    return slug_of(slug, fallback=product.external_id, taken=taken)


def _save(product: Product) -> None:
    if Product.objects.filter(slug=product.slug).exclude(pk=product.pk).exists():
        raise SlugTaken(product.slug)
    try:
        with transaction.atomic():
            if product.pk is None:
                product.save()
            else:
                product.save(update_fields=[*FIELDS, "published_at", "import_digest"])
    except IntegrityError as error:  # the same address, written at the same moment
        raise SlugTaken(product.slug) from error
