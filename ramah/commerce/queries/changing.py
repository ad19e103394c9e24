"""What a customer may still change about an order by themselves."""

from dataclasses import dataclass

from ramah.commerce.models import Order
from ramah.commerce.order_changes import (
    CHANGE_ADDRESS,
    CHANGE_DELIVERY,
    Answer,
    NewPlace,
    Offer,
    Standing,
    cancelling,
    changing_address,
    new_place,
)
from ramah.commerce.queries.terms import shop_profile
from ramah.kernel.actors import Actor

__all__ = ["Answer", "Changes", "NewPlace", "Offer", "changes_open_to", "new_place"]


@dataclass(frozen=True, slots=True)
class Changes:
    """May it be cancelled, may the address be changed; and where not, why."""

    cancelling: Answer
    changing_address: Answer

    @property
    def may_cancel(self) -> bool:
        return self.cancelling is Answer.YES

    @property
    def may_change_address(self) -> bool:
        return self.changing_address is Answer.YES


def changes_open_to(actor: Actor, order: Order) -> Changes:
    """What `actor` may change about an order that was let through the door to them; no query where its lines are loaded."""
    shipped = sum(line.shipped_quantity for line in order.lines.all())

    def standing(action: str) -> Standing:
        return Standing(order.state, order.source, shipped, shop_profile().cancel_until, actor.may(action))

    return Changes(cancelling(standing(CHANGE_DELIVERY)), changing_address(standing(CHANGE_ADDRESS)))
