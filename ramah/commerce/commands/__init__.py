"""Writes of commerce: orders on their way, money recorded, imports."""

from ramah.commerce.commands.catalog_import import save_imported_products
from ramah.commerce.commands.imports import (
    ImportKind,
    ImportOptions,
    ImportReport,
    UnknownImport,
    columns_of,
    import_file,
    import_kinds,
    register_import,
)
from ramah.commerce.commands.order_import import save_imported_orders
from ramah.commerce.commands.orders import OrderStateNotAllowed, change_order_state, erase_personal_data
from ramah.commerce.commands.payments import (
    RefundExceedsPaid,
    RefundIsOver,
    WrongCurrency,
    change_refund_state,
    record_payment,
    record_refund,
)
from ramah.commerce.imports import values
from ramah.commerce.imports.columns import Column
from ramah.commerce.imports.grouping import Group
from ramah.commerce.imports.reading import Row
from ramah.commerce.imports.records import Refused
from ramah.commerce.imports.values import Reading

__all__ = [
    "Column",
    "Group",
    "ImportKind",
    "ImportOptions",
    "ImportReport",
    "OrderStateNotAllowed",
    "Reading",
    "RefundExceedsPaid",
    "RefundIsOver",
    "Refused",
    "Row",
    "UnknownImport",
    "WrongCurrency",
    "change_order_state",
    "change_refund_state",
    "columns_of",
    "erase_personal_data",
    "import_file",
    "import_kinds",
    "record_payment",
    "record_refund",
    "register_import",
    "save_imported_orders",
    "save_imported_products",
    "values",
]
