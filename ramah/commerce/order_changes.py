"""What customers may change about their order by themselves, and until when. Pure: a standing in, an answer out."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from ramah.commerce import order_states

# Actions of the identity ladder (`customers.proof`).
CHANGE_DELIVERY: Final = "commerce.change_delivery"
CHANGE_ADDRESS: Final = "commerce.change_address"

OWN_SHOP: Final = "shop"
DEFAULT_LIMIT: Final = order_states.PACKED
# The way that an order goes until it has left; it can be cancelled on it, and nowhere behind.
_WAY: Final = (order_states.PLACED, order_states.PAID, order_states.PACKED, order_states.SHIPPED)


class Answer(Enum):
    """Whether something may be changed, and if not, why."""

    YES = "yes"
    NOT_PROVED = "not_proved"  # the ladder wants a stronger proof
    OVER = "over"  # cancelled, refunded, returned or with the customer: there is nothing left to change
    TOO_LATE = "too_late"  # packed, or whatever the shop has set as the limit
    ON_ITS_WAY = "on_its_way"  # all or some of it has left
    ELSEWHERE = "elsewhere"  # placed in another shop, which knows nothing of what is changed here


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides: how far the order is, where it was placed, what the shop allows and what the customer has proved."""

    state: str
    source: str = OWN_SHOP
    shipped_pieces: int = 0
    cancel_until: str = DEFAULT_LIMIT
    has_proof: bool = True


def cancelling(standing: Standing) -> Answer:
    """Whether customers may cancel: until the state that the shop has set (`cancel_until`), and never once something has left."""
    limit = standing.cancel_until if standing.cancel_until in _WAY else DEFAULT_LIMIT
    return _first_obstacle(standing, before=limit)


def changing_address(standing: Standing) -> Answer:
    """Whether customers may have it sent elsewhere: until it is packed."""
    return _first_obstacle(standing, before=order_states.PACKED)


def _first_obstacle(standing: Standing, *, before: str) -> Answer:
    if not standing.has_proof:
        return Answer.NOT_PROVED
    if standing.state not in _WAY:
        return Answer.OVER
    if standing.source != OWN_SHOP:
        return Answer.ELSEWHERE
    if standing.shipped_pieces or standing.state == order_states.SHIPPED:
        return Answer.ON_ITS_WAY
    return Answer.YES if _WAY.index(standing.state) < _WAY.index(before) else Answer.TOO_LATE


class NewPlace(Enum):
    """Whether an order can go to another address on the same terms."""

    SAME_TERMS = "same_terms"
    OTHER_COUNTRY = "other_country"
    NOT_DELIVERED = "not_delivered"  # the chosen option does not go there
    OTHER_COST = "other_cost"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the order's delivery option would cost and promise to a place, asked at the same moment for both places."""

    amount: Decimal
    promised_to: date


def new_place(*, same_country: bool, before: Offer | None, after: Offer | None) -> NewPlace:
    """Whether the terms stay the same at the new place: the same country, option and cost, and no later promise."""
    if not same_country:
        return NewPlace.OTHER_COUNTRY
    if before is None or after is None:
        return NewPlace.NOT_DELIVERED
    if before.amount != after.amount:
        return NewPlace.OTHER_COST
    return NewPlace.LATER if after.promised_to > before.promised_to else NewPlace.SAME_TERMS
