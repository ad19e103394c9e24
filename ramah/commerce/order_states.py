"""Which way an order may go. Pure: a table, and questions to it."""

from typing import Final

PLACED: Final = "placed"
PAID: Final = "paid"
PACKED: Final = "packed"
SHIPPED: Final = "shipped"
DELIVERED: Final = "delivered"
COMPLETED: Final = "completed"
RETURNED: Final = "returned"
CANCELLED: Final = "cancelled"
REFUNDED: Final = "refunded"

# Cash on delivery is packed unpaid; a carrier may bring back what nobody took; a completed order can still be returned.
ALLOWED: Final[dict[str, frozenset[str]]] = {
    PLACED: frozenset({PAID, PACKED, CANCELLED}),
    PAID: frozenset({PACKED, CANCELLED, REFUNDED}),
    PACKED: frozenset({SHIPPED, CANCELLED, REFUNDED}),
    SHIPPED: frozenset({DELIVERED, RETURNED}),
    DELIVERED: frozenset({COMPLETED, RETURNED, REFUNDED}),
    COMPLETED: frozenset({RETURNED, REFUNDED}),
    RETURNED: frozenset({COMPLETED, REFUNDED}),
    CANCELLED: frozenset({REFUNDED}),
    REFUNDED: frozenset(),
}
STATES: Final = tuple(ALLOWED)
UNDER_WAY: Final = frozenset({PLACED, PAID, PACKED, SHIPPED})


def may_change(from_state: str, to_state: str) -> bool:
    """Whether an order may go from one state to the other in one step."""
    return to_state in ALLOWED[from_state]


def is_before_packing(state: str) -> bool:
    """Whether the parcel is still open: address and lines may change."""
    return state in {PLACED, PAID}
