"""Rows into products: rows with the same id are one product, each with an SKU one variant of it."""

from decimal import Decimal
from urllib.parse import urlsplit

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from ramah.commerce.imports import values
from ramah.commerce.imports.facts import LANGUAGES, attributes_of, other_prices_of
from ramah.commerce.imports.grouping import Group
from ramah.commerce.imports.reading import Row
from ramah.commerce.imports.records import ImportedProduct, ImportedVariant, Refused
from ramah.commerce.imports.values import Reading

_OPTION_COLUMNS = frozenset({"size", "color", "option1_value", "option2_value", "option3_value"})
AS_EVERYWHERE = -1  # in place of days to return it
# What shops call it -> what we call it; Shopify and WooCommerce publish with true/false, 1/0.
STATUSES = {
    "active": "active", "true": "active", "1": "active", "published": "active", "publish": "active",
    "draft": "draft", "false": "draft", "0": "draft", "-1": "draft",
    "archived": "archived",
}  # fmt: skip


def product_key(row: Row) -> str:
    """What makes two rows the same product."""
    return row.cells.get("product_id", "")


def product_of(group: Group, reading: Reading) -> ImportedProduct:
    """The product of a group of rows. What concerns the product stands on its first row, or on any. Raises `Refused`."""
    told: dict[str, str] = {}
    for row in group:
        told = {**row.cells, **{name: cell for name, cell in told.items() if cell}}
    titles = _texts(told, "title", limit=200, reading=reading)
    if not told.get("product_id"):
        raise Refused(_("it is empty"), column="product_id")
    if not any(titles.values()):
        raise Refused(_("it is empty"), column="title")
    return ImportedProduct(
        external_id=values.text(told["product_id"], limit=80, column="product_id"),
        titles=titles,
        descriptions=_texts(told, "description", limit=20_000, reading=reading),
        status=_status(told["status"]) if "status" in told else None,
        brand=_line(told, "brand", limit=80),
        category=_category(told),
        image_url=_address(told["image_url"]) if "image_url" in told else None,
        return_days=_return_days(told),
        attributes=attributes_of(told),
        variants=_variants(group, told, reading),
        line=group[0].line,
    )


def _texts(told: dict[str, str], column: str, *, limit: int, reading: Reading) -> dict[str, str]:
    """The texts by language; an empty one where the file has the column and nothing in it."""
    read = values.text if column == "title" else values.prose
    cells = {language: told.get(f"{column}_{language}") for language in LANGUAGES}
    cells[reading.language] = cells.get(reading.language) or told.get(column) or cells.get(reading.language)
    return {language: read(cell, limit=limit, column=column) for language, cell in cells.items() if cell is not None}


def _status(cell: str) -> str:
    status = STATUSES.get(cell.lower())
    if status is None:
        words = {"cell": cell[:20], "accepted": "active, draft, archived"}
        raise Refused(_("%(cell)r is none of %(accepted)s") % words, column="status")
    return status


def _line(told: dict[str, str], column: str, *, limit: int) -> str | None:
    return values.text(told[column], limit=limit, column=column) if column in told else None


def _category(told: dict[str, str]) -> str | None:
    path = _line(told, "category", limit=200)
    return None if path is None else path.replace(" > ", " / ")


def _return_days(told: dict[str, str]) -> int | None:
    if "return_days" not in told:
        return None
    if not told["return_days"]:
        return AS_EVERYWHERE
    days = values.whole_number(told["return_days"], column="return_days")
    if not 0 <= days <= 3650:
        raise _outside(days, most=3650, column="return_days")
    return days


def _address(cell: str) -> str:
    # WooCommerce lists all pictures in one cell.
    address = cell.split(",")[0].strip()
    if address and (urlsplit(address).scheme not in {"http", "https"} or len(address) > 500):
        raise Refused(_("it is no web address"), column="image_url")
    return address


def _variants(group: Group, told: dict[str, str], reading: Reading) -> tuple[ImportedVariant, ...]:
    found: dict[str, ImportedVariant] = {}
    for row in group:
        if "sku" not in row.cells and "price" not in row.cells:
            continue  # a further picture of the product, as in Shopify's export
        try:
            variant = _variant(row.cells, told, reading)
            if variant.sku in found:
                raise Refused(_("%(sku)s stands twice in the product") % {"sku": variant.sku}, column="sku")
        except Refused as error:
            error.line = row.line
            raise
        found[variant.sku] = variant
    return tuple(found.values())


def _variant(cells: dict[str, str], told: dict[str, str], reading: Reading) -> ImportedVariant:
    if "sku" not in cells:
        raise Refused(_("it is empty"), column="sku")
    if "price" not in cells:
        raise Refused(_("it is empty"), column="price")
    code = values.currency(cells.get("currency") or told.get("currency") or reading.currency)
    price = values.amount(cells["price"], code, column="price", reading=reading)
    return ImportedVariant(
        sku=values.text(cells["sku"], limit=80, column="sku"),
        price=price,
        currency=code,
        options=_options(cells, told),
        stock=_stock(cells["stock"]) if "stock" in cells else None,
        barcode=values.text(cells["barcode"].strip("'"), limit=40, column="barcode") if "barcode" in cells else None,
        says_options=not _OPTION_COLUMNS.isdisjoint(cells),
        compare_at=_compare_at(cells, price, code, reading),
        other_prices=other_prices_of(cells, code, reading),
        weight_grams=_count(cells, "weight_grams", most=10_000_000),
        is_active=_yes_or_no(cells["is_active"]) if "is_active" in cells else None,
        position=_count(cells, "position", most=32_000),
    )


def _compare_at(cells: dict[str, str], price: Decimal, code: str, reading: Reading) -> Decimal | None:
    if "compare_at" not in cells:
        return None
    before = values.amount(cells["compare_at"] or "0", code, column="compare_at", reading=reading)
    if before and before <= price:
        reason = _("it is not above the price; leave it empty where nothing is reduced")
        raise Refused(reason, column="compare_at")
    return before


def _count(cells: dict[str, str], column: str, *, most: int) -> int | None:
    if column not in cells:
        return None
    number = values.whole_number(cells[column] or "0", column=column)
    if not 0 <= number <= most:
        raise _outside(number, most=most, column=column)
    return number


def _outside(number: int, *, most: int, column: str) -> Refused:
    words = {"number": number, "most": number_format(most, force_grouping=True)}
    return Refused(_("it is %(number)s; from 0 to %(most)s are accepted") % words, column=column)


def _yes_or_no(cell: str) -> bool:
    if cell.lower() in {"yes", "true", "1"}:
        return True
    if cell.lower() in {"no", "false", "0"}:
        return False
    raise Refused(_("%(cell)r is neither yes nor no") % {"cell": cell[:20]}, column="is_active")


def _stock(cell: str) -> int:
    return values.whole_number(cell, column="stock")


def _options(cells: dict[str, str], told: dict[str, str]) -> dict[str, str]:
    pairs = [(name, cells.get(name, "")) for name in ("size", "color")]
    # Shopify names the option on the first row only, and calls the option of a product without options "Title".
    pairs += [(told.get(f"option{n}_name", ""), cells.get(f"option{n}_value", "")) for n in (1, 2, 3)]
    return {
        values.text(name, limit=40, column="options").lower(): values.text(value, limit=80, column="options")
        for name, value in pairs
        if name and value and (name, value) != ("Title", "Default Title")
    }
