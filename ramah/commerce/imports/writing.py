"""Products as rows of a file that `products` reads back without loss. Pure: no database.

What concerns the product stands on its first row only, so that there is one place to change it.
"""

import csv
import html
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

from ramah.commerce.imports import values
from ramah.commerce.imports.facts import LANGUAGES, attributes_cell, other_prices_cell, plain
from ramah.commerce.slugs import slug_of
from ramah.commerce.translations import in_language

MARK = "\ufeff"  # by which a spreadsheet knows UTF-8
_TEXTS = tuple(f"{column}_{language}" for column in ("title", "description") for language in LANGUAGES)
_FACTS = tuple(f"attributes_{language}" for language in LANGUAGES)
_NAMED = ("size", "color")
_FURTHER = 3
_OPTIONS = tuple(f"option{number}_{part}" for number in range(1, _FURTHER + 1) for part in ("name", "value"))
_TOLD = (*_TEXTS, "status", "brand", "category", "image_url", "return_days", *_FACTS)
HEADING = (
    "product_id", *_TOLD, "sku", "price", "compare_at", "currency", "other_prices", "stock", "weight_grams", "barcode",
    "is_active", "position", *_NAMED, *_OPTIONS,
)  # fmt: skip
_TEXT_COLUMNS = frozenset(HEADING) - {"price", "compare_at", "stock", "weight_grams", "position", "return_days"}


class ProductLike(Protocol):
    """What is read of a product."""

    external_id: str
    titles: dict[str, str]
    descriptions: dict[str, str]
    status: str
    brand: str
    image_url: str
    return_days: int | None
    attributes: list[dict[str, dict[str, str]]]


class VariantLike(Protocol):
    """What is read of a variant."""

    sku: str
    options: dict[str, str]
    price_amount: Decimal
    compare_at_amount: Decimal | None
    currency: str
    other_prices: dict[str, list[str | None]]
    stock: int
    weight_grams: int
    barcode: str
    is_active: bool
    position: int


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """The file, piece by piece: mark and heading, then a line a row."""
    writer = csv.DictWriter(_Echo(), HEADING, restval="")
    yield MARK + str(writer.writeheader())
    for row in rows:
        yield writer.writerow(row)


def product_rows(
    product: ProductLike, variants: Iterable[VariantLike], lineage: Iterable[tuple[str, Mapping[str, str]]]
) -> Iterator[dict[str, str]]:
    """A row for each variant; one row alone for a product without any. `lineage`: slug and names of each category above."""
    told = _told(product, lineage)
    rows = [_variant(variant) for variant in variants] or [{}]
    for number, row in enumerate(rows):
        cells = {"product_id": product.external_id, **(told if number == 0 else {}), **row}
        yield {name: values.guarded(cell) if name in _TEXT_COLUMNS else cell for name, cell in cells.items()}


def _told(product: ProductLike, lineage: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, str]:
    cells = {f"title_{language}": product.titles.get(language, "") for language in LANGUAGES}
    cells |= {f"description_{language}": _prose(product.descriptions.get(language, "")) for language in LANGUAGES}
    cells |= {f"attributes_{language}": attributes_cell(product.attributes, language) for language in LANGUAGES}
    return cells | {
        "status": product.status,
        "brand": product.brand,
        "category": " > ".join(_category(slug, names) for slug, names in lineage),
        "image_url": product.image_url,
        "return_days": "" if product.return_days is None else str(product.return_days),
    }


def _variant(variant: VariantLike) -> dict[str, str]:
    further = [(name, value) for name, value in variant.options.items() if name not in _NAMED][:_FURTHER]
    cells: dict[str, Any] = {
        "sku": variant.sku,
        "price": plain(variant.price_amount),
        "compare_at": "" if variant.compare_at_amount is None else plain(variant.compare_at_amount),
        "currency": variant.currency,
        "other_prices": other_prices_cell(variant.other_prices),
        "stock": str(variant.stock),
        "weight_grams": str(variant.weight_grams),
        "barcode": variant.barcode,
        "is_active": "yes" if variant.is_active else "no",
        "position": str(variant.position),
        **{name: variant.options.get(name, "") for name in _NAMED},
    }
    for number, (name, value) in enumerate(further, 1):
        cells |= {f"option{number}_name": name, f"option{number}_value": value}
    return cells


def _prose(text: str) -> str:
    """The text as it is, or with its signs written out where reading would take them for HTML."""
    is_plain = "<" not in text and "&" not in text
    return text if is_plain else html.escape(text, quote=False)


def _category(slug: str, names: Mapping[str, str]) -> str:
    """The name where reading makes the same address of it, else the address itself."""
    name = str(in_language(names, "en"))
    is_safe = not set("/>") & set(name) and slug_of(name, fallback="category") == slug
    return name if is_safe else slug
