"""Changing the tree of categories: make, rename, move, put in order, delete. The paths below follow in the same transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.query import QuerySet

from ramah.commerce import permissions
from ramah.commerce.events import ProductChanged
from ramah.commerce.models import Category, Product
from ramah.commerce.queries.terms import forget_terms
from ramah.commerce.seen import ChangedMeanwhile, mark_of, require_unchanged
from ramah.commerce.slugs import slug_of
from ramah.commerce.translations import in_language
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish_all

FIELDS = ("parent_id", "slug", "names", "descriptions", "is_listed")
LONGEST_PATH = 250
_BATCH = 1000


class PathTaken(Exception):
    """Another category of the same parent has this address."""


class PathTooLong(Exception):
    """The address of the category, or of one below it, would be longer than an address may be."""


class CategoryCycle(Exception):
    """A category cannot stand below itself."""


class CategoryNotEmpty(Exception):
    """Products or further categories stand in it; it stays."""


@dataclass(frozen=True, slots=True)
class CategoryTold:
    """What a merchant says of a category. Texts by language; an empty slug is made from the name."""

    names: Mapping[str, str]
    slug: str = ""
    parent: Category | None = None
    descriptions: Mapping[str, str] = field(default_factory=dict)
    is_listed: bool = True


def category_mark(category: Category) -> str:
    """The mark that a form of the category carries; see `seen`."""
    return mark_of(category, FIELDS)


@transaction.atomic
def create_category(*, actor: Actor, told: CategoryTold, at: datetime) -> Category:
    """A category, the last below its parent. Raises `PathTaken` and `PathTooLong`."""
    require(actor, permissions.MANAGE_CATALOG)
    tree = _locked_tree()
    parent = _parent_told(told, tree)
    category = Category(created_at=at)
    _fill(category, told, parent)
    if any(row.path == category.path for row in tree.values()):
        raise PathTaken(category.slug)
    category.position = 1 + max(
        (row.position for row in tree.values() if row.parent_id == category.parent_id), default=0
    )
    category.save()
    audit.record(actor, "category.create", f"category:{category.pk}", at=at, path=category.path)
    forget_terms()
    return category


@transaction.atomic
def change_category(*, actor: Actor, category: Category, told: CategoryTold, seen: str = "", at: datetime) -> Category:
    """Rename or move a category, with all that stands below it.

    Raises `PathTaken`, `PathTooLong`, `CategoryCycle` and `ChangedMeanwhile`.
    """
    require(actor, permissions.MANAGE_CATALOG)
    tree = _locked_tree()
    category = tree[category.pk]
    require_unchanged(category, FIELDS, seen)
    parent = _parent_told(told, tree)
    _refuse_cycle(category, parent, tree)
    before = {name: getattr(category, name) for name in (*FIELDS, "path")}
    _fill(category, told, parent)
    if category.path != before["path"]:
        _move_below(category, before["path"], tree)
    category.save(update_fields=[*FIELDS, "path"])
    changed = sorted(name for name, value in before.items() if getattr(category, name) != value)
    if changed:
        audit.record(actor, "category.change", f"category:{category.pk}", at=at, fields=changed, path=category.path)
        forget_terms()
    if set(changed) & {"path", "names", "parent_id"}:
        _tell_products(Q(category__path=category.path) | Q(category__path__startswith=f"{category.path}/"))
    return category


@transaction.atomic
def place_category(*, actor: Actor, category: Category, step: int, at: datetime) -> None:
    """Move a category up (-1) or down (1) among those of its parent; at the end of the row nothing happens."""
    require(actor, permissions.MANAGE_CATALOG)
    tree = _locked_tree()
    category = tree[category.pk]
    row = [one for one in tree.values() if one.parent_id == category.parent_id]
    row.sort(key=lambda one: (one.position, one.pk))
    place = row.index(category)
    if not 0 <= place + step < len(row):
        return
    row.insert(place + step, row.pop(place))
    for position, one in enumerate(row, 1):
        one.position = position
    Category.objects.bulk_update(row, ["position"])
    audit.record(actor, "category.place", f"category:{category.pk}", at=at, step=step)
    forget_terms()


@transaction.atomic
def delete_category(*, actor: Actor, category: Category, at: datetime) -> None:
    """Remove a category in which nothing stands. Raises `CategoryNotEmpty`."""
    require(actor, permissions.MANAGE_CATALOG)
    tree = _locked_tree()
    category = tree[category.pk]
    below = any(row.parent_id == category.pk for row in tree.values())
    if below or Product.objects.filter(category=category).exists():
        raise CategoryNotEmpty
    key = category.pk
    category.delete()
    audit.record(actor, "category.delete", f"category:{key}", at=at, path=category.path)
    forget_terms()


def _locked_tree() -> dict[int, Category]:
    """The whole tree, locked: two moves at once could otherwise make a ring that neither of them sees."""
    return {row.pk: row for row in Category.objects.select_for_update().order_by("pk")}


def _parent_told(told: CategoryTold, tree: Mapping[int, Category]) -> Category | None:
    if told.parent is None:
        return None
    if told.parent.pk not in tree:  # deleted after the form was opened
        raise ChangedMeanwhile
    return tree[told.parent.pk]


def _refuse_cycle(category: Category, parent: Category | None, tree: Mapping[int, Category]) -> None:
    above = parent
    while above is not None:
        if above.pk == category.pk:
            raise CategoryCycle
        above = tree[above.parent_id] if above.parent_id else None


def _fill(category: Category, told: CategoryTold, parent: Category | None) -> None:
    names = {language: text.strip() for language, text in told.names.items() if text.strip()}
    if not names:
        raise ValueError("a category needs a name in one language at least")
    category.names = names
    category.descriptions = {language: text.strip() for language, text in told.descriptions.items() if text.strip()}
    category.is_listed, category.parent = told.is_listed, parent
    category.slug = told.slug or category.slug or slug_of(str(in_language(names, "en"))[:80], fallback="category")[:80]
    category.path = f"{parent.path}/{category.slug}" if parent else category.slug
    if len(category.path) > LONGEST_PATH:
        raise PathTooLong(category.path)


def _move_below(category: Category, before: str, tree: Mapping[int, Category]) -> None:
    """Give all that stands below the category its new path."""
    below = [row for row in tree.values() if row.path.startswith(f"{before}/")]
    staying = {row.path for row in tree.values() if row.pk != category.pk} - {row.path for row in below}
    for row in below:
        row.path = category.path + row.path[len(before) :]
    if any(len(row.path) > LONGEST_PATH for row in below):
        raise PathTooLong(category.path)
    if staying & {category.path, *(row.path for row in below)}:
        raise PathTaken(category.slug)
    Category.objects.bulk_update(below, ["path"])


def _tell_products(which: Q) -> None:
    """One event for each product concerned, so many rows at a time."""
    keys: QuerySet[Product, int] = Product.objects.filter(which).order_by("pk").values_list("pk", flat=True)
    batch: list[tuple[object, str]] = []
    for key in keys.iterator(chunk_size=_BATCH):
        batch.append((ProductChanged(product_id=key), f"product:{key}"))
        if len(batch) == _BATCH:
            publish_all(batch)
            batch = []
    publish_all(batch)
