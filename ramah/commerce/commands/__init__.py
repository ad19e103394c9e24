"""Writes of commerce: orders on their way, money recorded, imports."""

from ramah.commerce.commands.catalog_import import save_imported_products
from ramah.commerce.commands.imports import ImportOptions, ImportReport, columns_of, import_file
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
from ramah.commerce.imports.values import Reading

__all__ = [
    "ImportOptions",
    "ImportReport",
    "OrderStateNotAllowed",
    "Reading",
    "RefundExceedsPaid",
    "RefundIsOver",
    "WrongCurrency",
    "change_order_state",
    "change_refund_state",
    "columns_of",
    "erase_personal_data",
    "import_file",
    "record_payment",
    "record_refund",
    "save_imported_orders",
    "save_imported_products",
]
