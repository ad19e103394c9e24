"""Reads of commerce, by topic: `orders` (the door to an order), `terms` (on which terms the shop sells), ..."""

from ramah.commerce.queries.orders import (
    NEWEST_FIRST,
    address_shown,
    is_known,
    order_for,
    orders_exported,
    orders_of_customer,
    orders_visible_to,
    product_for,
    refund_for,
    search_key,
)

__all__ = [
    "NEWEST_FIRST",
    "address_shown",
    "is_known",
    "order_for",
    "orders_exported",
    "orders_of_customer",
    "orders_visible_to",
    "product_for",
    "refund_for",
    "search_key",
]
