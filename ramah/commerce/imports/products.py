"""Rows into products: rows with the same id are one product, each with an SKU one variant of it."""

from urllib.parse import urlsplit

from ramah.commerce.imports import values
from ramah.commerce.imports.grouping import Group
from ramah.commerce.imports.reading import Row
from ramah.commerce.imports.records import ImportedProduct, ImportedVariant, Refused
from ramah.commerce.imports.values import Reading

LANGUAGES = ("en", "id", "uk")
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
        told = {**row.cells, **told}
    titles = _texts(told, "title", limit=200, reading=reading)
    if not told.get("product_id"):
        raise Refused("it is empty", column="product_id")
    if not titles:
        raise Refused("it is empty", column="title")
    return ImportedProduct(
        external_id=values.text(told["product_id"], limit=80, column="product_id"),
        titles=titles,
        descriptions=_texts(told, "description", limit=20_000, reading=reading),
        status=_status(told.get("status", "active")),
        brand=values.text(told.get("brand", ""), limit=80, column="brand"),
        category=values.text(told.get("category", "").replace(" > ", " / "), limit=160, column="category"),
        image_url=_address(told.get("image_url", "")),
        variants=_variants(group, told, reading),
        line=group[0].line,
    )


def _texts(told: dict[str, str], column: str, *, limit: int, reading: Reading) -> dict[str, str]:
    read = values.text if column == "title" else values.prose
    cells = {language: told.get(f"{column}_{language}", "") for language in LANGUAGES}
    cells[reading.language] = cells.get(reading.language) or told.get(column, "")
    return {language: read(cell, limit=limit, column=column) for language, cell in cells.items() if cell}


def _status(cell: str) -> str:
    status = STATUSES.get(cell.lower())
    if status is None:
        raise Refused(f"{cell[:20]!r} is none of active, draft, archived", column="status")
    return status


def _address(cell: str) -> str:
    # WooCommerce lists all pictures in one cell.
    address = cell.split(",")[0].strip()
    if address and (urlsplit(address).scheme not in {"http", "https"} or len(address) > 500):
        raise Refused("it is no web address", column="image_url")
    return address


def _variants(group: Group, told: dict[str, str], reading: Reading) -> tuple[ImportedVariant, ...]:
    found: dict[str, ImportedVariant] = {}
    for row in group:
        if "sku" not in row.cells and "price" not in row.cells:
            continue  # a further picture of the product, as in Shopify's export
        try:
            variant = _variant(row.cells, told, reading)
            if variant.sku in found:
                raise Refused(f"{variant.sku} stands twice in the product", column="sku")
        except Refused as error:
            error.line = row.line
            raise
        found[variant.sku] = variant
    return tuple(found.values())


def _variant(cells: dict[str, str], told: dict[str, str], reading: Reading) -> ImportedVariant:
    if "sku" not in cells:
        raise Refused("it is empty", column="sku")
    if "price" not in cells:
        raise Refused("it is empty", column="price")
    code = values.currency(cells.get("currency") or told.get("currency") or reading.currency)
    return ImportedVariant(
        sku=values.text(cells["sku"], limit=80, column="sku"),
        price=values.amount(cells["price"], code, column="price", reading=reading),
        currency=code,
        options=_options(cells, told),
        stock=_stock(cells["stock"]) if "stock" in cells else None,
        barcode=values.text(cells.get("barcode", "").strip("'"), limit=40, column="barcode"),
    )


def _stock(cell: str) -> int:
    return values.whole_number(cell, column="stock")


def _options(cells: dict[str, str], told: dict[str, str]) -> dict[str, str]:
    pairs = [(name, cells.get(name, "")) for name in ("size", "color")]
    # Shopify names the option on the first row only, and calls the option of a product without options "Title".
    pairs += [(told.get(f"option{n}_name", ""), cells.get(f"option{n}_value", "")) for n in (1, 2)]
    return {
        values.text(name, limit=40, column="options").lower(): values.text(value, limit=80, column="options")
        for name, value in pairs
        if name and value and (name, value) != ("Title", "Default Title")
    }
