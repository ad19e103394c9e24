"""Which columns an import reads, and what other systems call them. `--columns` and docs/guides/import.md print these tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ramah.commerce.imports.records import FileRefused


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name here, what it holds, and its names elsewhere, compared without case, spaces and signs."""

    name: str
    says: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    clears: bool = False  # an empty cell takes away what is there; elsewhere it says nothing


def normalized(heading: str) -> str:
    """A heading as it is compared: `Lineitem Name`, `lineitem_name` and `LINEITEM-NAME` are the same."""
    return "".join(sign for sign in heading.casefold() if sign.isalnum())


def columns_found(heading: Iterable[str], columns: tuple[Column, ...]) -> dict[str, int]:
    """Where in the heading each known column stands. Raises `FileRefused` when a required one is missing."""
    places: dict[str, int] = {}
    for at, name in enumerate(heading):
        places.setdefault(normalized(name), at)
    found = {}
    for column in columns:
        names = _names(column, places)
        place = next((places[normalized(name)] for name in names if normalized(name) in places), None)
        if place is not None:
            found[column.name] = place
        elif column.required:
            known = ", ".join(repr(name) for name in (column.name, *column.aliases))
            reason = _("the column is missing; it may be called %(names)s") % {"names": known}
            raise FileRefused(reason, column=column.name, line=1)
    return found


def _names(column: Column, places: Mapping[str, int]) -> tuple[str, ...]:
    # In Shopify's order export "Name" is the number of the order; everywhere else it is somebody's name.
    if column.name in {"number", "name"} and "lineitemname" in places:
        return ("Name",) if column.name == "number" else ("Billing Name", "Shipping Name")
    return (column.name, *column.aliases)


PRODUCTS = (
    Column("product_id", "Id of the product; its rows are its variants", ("Handle", "Product ID", "ID"), required=True),
    Column("title", "Title in the language of --language", ("Name", "Product name", "Product title")),
    Column("title_en", "Title in English", clears=True),
    Column("title_id", "Title in Indonesian", clears=True),
    Column("title_uk", "Title in Ukrainian", clears=True),
    Column("description", "Description; HTML becomes plain text", ("Body (HTML)", "Short description")),
    Column("description_en", "Description in English", clears=True),
    Column("description_id", "Description in Indonesian", clears=True),
    Column("description_uk", "Description in Ukrainian", clears=True),
    Column("status", "active, draft or archived (also Shopify's Published: true or false)", ("Published",)),
    Column("brand", "Brand", ("Vendor", "Brands"), clears=True),
    Column("category", "A path such as Fashion > Shirts", ("Type", "Product Category", "Categories"), clears=True),
    Column("image_url", "Address of a picture, https", ("Image Src", "Image", "Images", "Variant Image"), clears=True),
    Column("sku", "SKU of the variant", ("Variant SKU",), required=True),
    Column("price", "Price of the variant", ("Variant Price", "Regular price")),
    Column("currency", "ISO code; else --currency", ("Price currency",)),
    Column("stock", "Pieces on hand", ("Variant Inventory Qty", "Quantity", "Stock quantity", "Qty")),
    Column("barcode", "Barcode", ("Variant Barcode", "GTIN", "EAN"), clears=True),
    Column("size", "Size of the variant", clears=True),
    Column("color", "Color of the variant", ("Colour", "Warna", "Колір"), clears=True),
    Column("option1_name", "Name of a further option", ("Option1 Name", "Attribute 1 name"), clears=True),
    Column("option1_value", "Its value", ("Option1 Value", "Attribute 1 value(s)"), clears=True),
    Column("option2_name", "Name of a further option", ("Option2 Name", "Attribute 2 name"), clears=True),
    Column("option2_value", "Its value", ("Option2 Value", "Attribute 2 value(s)"), clears=True),
    Column("option3_name", "Name of a further option", ("Option3 Name", "Attribute 3 name"), clears=True),
    Column("option3_value", "Its value", ("Option3 Value", "Attribute 3 value(s)"), clears=True),
    Column("compare_at", "Price before the reduction; empty: not reduced", ("Variant Compare At Price",), clears=True),
    Column("other_prices", "In further currencies: UAH=1249/1499; EUR=36.50 (the second: before)", clears=True),
    Column("weight_grams", "Weight of the variant in grams", ("Variant Grams", "Weight (g)"), clears=True),
    Column("is_active", "Whether the variant is offered: yes or no"),
    Column("position", "Place of the variant in the product: 0, 1, 2"),
    Column("return_days", "Days to return it; empty: as everywhere in the shop, 0: never", clears=True),
    Column("attributes_en", "Attributes in English, a line each: Fabric: Linen", clears=True),
    Column("attributes_id", "The same lines in Indonesian", clears=True),
    Column("attributes_uk", "The same lines in Ukrainian", clears=True),
)

PERSON = (
    Column(
        "email",
        "E-mail address",
        ("Email", "E-mail", "Customer email", "Email (Billing)", "Billing email", "user_email"),
    ),
    Column(
        "phone",
        "Phone number; without +, of the country of --region",
        ("Customer phone", "Billing Phone", "Phone (Billing)", "Shipping Phone", "Default Address Phone"),
    ),
    Column("name", "Name", ("Customer name", "Full name", "Billing Name", "Shipping Name", "display_name")),
    Column("first_name", "First name, where there is no `name`", ("First Name (Billing)", "Billing first name")),
    Column("last_name", "Last name", ("Last Name (Billing)", "Billing last name")),
    Column("language", "Language as a tag: id, uk, en", ("Customer locale", "Locale")),
)

CUSTOMERS = (
    Column("customer_id", "Id in the shop", ("Customer ID", "User ID", "ID")),
    *PERSON,
    Column("time_zone", "IANA time zone: Asia/Jakarta", ("Timezone",)),
    Column("note", "Note for agents", ("Notes", "Customer note")),
)


def _address(kind: str) -> tuple[Column, ...]:
    title = kind.capitalize()
    parts = (
        ("name", "name", ()),
        ("company", "company", ()),
        ("line1", "street and number", ("Address1", "Street", "Address 1", "Address 1&2", "Address")),
        ("line2", "further line", ("Address2", "Address 2")),
        ("city", "city", ()),
        ("region", "province", ("Province Name", "Province", "State", "State Code")),
        ("postal_code", "postal code", ("Zip", "Postcode")),
        ("country", "country, two letters", ("Country Code",)),
        ("phone", "phone", ()),
    )
    return tuple(
        Column(
            f"{kind}_{key}",
            f"{title} address: {says}",
            tuple(f"{title} {name}" for name in names) + tuple(f"{name} ({title})" for name in (key, *names)),
        )
        for key, says, names in parts
    )


ORDERS = (
    Column(
        "number", "Number of the order; its rows are its lines", ("Order number", "Order no", "Order"), required=True
    ),
    Column("order_id", "Id of the order in the shop", ("Id",)),
    Column("placed_at", "When it was placed", ("Created at", "Order date", "Date", "Date created"), required=True),
    Column("state", "State: see the table of states", ("Status", "Order status")),
    Column("currency", "ISO code; else --currency", ("Order currency",)),
    Column("customer_id", "Id of the customer in the shop", ("Customer ID", "Customer user ID", "User ID")),
    *PERSON,
    Column("sku", "SKU of the line", ("Lineitem sku", "Item SKU", "Product SKU")),
    Column("title", "What was bought", ("Lineitem name", "Item name", "Product name"), required=True),
    Column("options", "Options of the variant: size=M, color=Indigo", ("Product variation", "Variation")),
    Column("quantity", "Pieces", ("Lineitem quantity", "Qty", "Item quantity"), required=True),
    Column("unit_price", "Price of one piece", ("Lineitem price", "Item cost", "Price"), required=True),
    Column("line_discount", "Taken off the line", ("Lineitem discount", "Item discount amount")),
    Column("line_total", "Total of the line; else pieces x price - discount", ("Item total", "Order line total")),
    Column("shipping", "Shipping", ("Order shipping amount", "Shipping total", "Shipping cost")),
    Column("discount", "Discount on the order", ("Discount Amount", "Cart discount amount", "Discount total")),
    Column("tax", "Tax", ("Taxes", "Order total tax amount", "Total tax")),
    Column("total", "Total; else computed", ("Order total amount", "Order total", "Grand total")),
    Column("payment_method", "How it is paid", ("Payment Method Title", "Payment")),
    Column("payment_reference", "Bank, card, or number of the payment", ("Payment Reference", "Transaction ID")),
    Column("paid_at", "When it was paid", ("Paid Date", "Date paid")),
    Column("shipped_at", "When it was handed over", ("Fulfilled at",)),
    Column("delivered_at", "When it arrived"),
    Column("cancelled_at", "When it was cancelled", ("Canceled at",)),
    Column("refunded", "Amount that was given back", ("Refunded Amount", "Order refund amount")),
    Column("refunded_at", "When"),
    Column("financial_status", "Shopify's; makes the state with the next", ("Financial Status",)),
    Column("fulfillment_status", "Shopify's", ("Fulfillment Status",)),
    Column("promised_from", "Delivery promised from this day", ("Delivery from",)),
    Column("promised_to", "Delivery promised until this day", ("Delivery until", "Estimated delivery")),
    Column("note", "What the customer wrote", ("Notes", "Customer note")),
    *_address("shipping"),
    *_address("billing"),
)
