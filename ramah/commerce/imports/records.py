"""What an import knows: products, orders and people as a file (or another shop's API) tells of them."""

import hashlib
import json
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


class Refused(Exception):
    """A row, or all rows of a thing, cannot be taken: where, which column, and why."""

    def __init__(self, reason: str, *, column: str = "", line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.column, self.line = reason, column, line


class FileRefused(Refused):
    """Nothing of the file can be read."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of an import's report."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedPerson:
    """Whose order it is, or a customer: `email` lower case, `phone` E.164, `language` a BCP 47 tag."""

    external_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    time_zone: str = ""
    note: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ImportedVariant:
    """A variant. What is None the file does not say; `compare_at` 0: it is not reduced."""

    sku: str
    price: Decimal
    currency: str
    options: dict[str, str] = field(default_factory=dict)
    stock: int | None = None
    barcode: str | None = ""
    says_options: bool = True
    compare_at: Decimal | None = None
    other_prices: dict[str, list[str | None]] | None = None
    weight_grams: int | None = None
    is_active: bool | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class ImportedProduct:
    """A product with those of its variants that the file names.

    What is None, and a language that is not named, the file does not say; an empty text takes away what is there, as does
    `return_days` -1.
    """

    external_id: str
    titles: dict[str, str]
    variants: tuple[ImportedVariant, ...]
    descriptions: dict[str, str] = field(default_factory=dict)
    status: str | None = "active"
    brand: str | None = ""
    category: str | None = ""
    image_url: str | None = ""
    illustration: str = ""
    return_days: int | None = None
    attributes: list[dict[str, dict[str, str]]] | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """A line of an order; amounts in the order's currency."""

    title: str
    quantity: int
    unit_amount: Decimal
    total_amount: Decimal
    sku: str = ""
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedPayment:
    """A payment; `external_id` is unique within the order."""

    external_id: str
    method: str
    state: str
    amount: Decimal
    paid_at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ImportedRefund:
    """A refund; `external_id` is unique within the order."""

    external_id: str
    amount: Decimal
    state: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ImportedOrder:
    """An order as its shop has it. `history` holds states in order, the time None where nobody knows it."""

    number: str
    person: ImportedPerson
    state: str
    placed_at: datetime
    currency: str
    lines: tuple[ImportedLine, ...]
    items_amount: Decimal
    total_amount: Decimal
    shipping_amount: Decimal = Decimal(0)
    discount_amount: Decimal = Decimal(0)
    tax_amount: Decimal = Decimal(0)
    tax_included: bool = True
    external_id: str = ""
    language: str = ""
    shipping_address: dict[str, str] = field(default_factory=dict)
    billing_address: dict[str, str] = field(default_factory=dict)
    promised_from: date | None = None
    promised_to: date | None = None
    note: str = ""
    payments: tuple[ImportedPayment, ...] = ()
    refunds: tuple[ImportedRefund, ...] = ()
    history: tuple[tuple[str, datetime | None], ...] = ()
    line: int = 0


def digest(record: ImportedProduct | ImportedOrder) -> str:
    """Fingerprint of what the record says, wherever in the file it stands: the same again means nothing to do."""
    return hashlib.sha256(json.dumps(record, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value) if each.name != "line"}
    return str(value)
