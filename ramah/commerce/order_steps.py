"""Which steps of an order the merchant is offered. Pure: the states stand in `order_states`."""

from typing import Final

from ramah.commerce import order_states as states

PACK: Final = "pack"
SHIP: Final = "ship"
DELIVER: Final = "deliver"
COMPLETE: Final = "complete"
CANCEL: Final = "cancel"


def steps_from(state: str, *, method: str) -> frozenset[str]:
    """The steps that an order in `state`, to be paid by `method`, may take from here. What is not paid is not packed, but for
    cash on delivery."""
    steps = {
        states.PLACED: {CANCEL, PACK, SHIP} if method == "cod" else {CANCEL},
        states.PAID: {PACK, SHIP, CANCEL},
        states.PACKED: {SHIP, CANCEL},
        states.SHIPPED: {DELIVER},
        states.DELIVERED: {COMPLETE},
    }
    return frozenset(steps.get(state, ()))
