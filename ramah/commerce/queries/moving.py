"""On which terms an order could go to another place than it was placed for."""

from datetime import datetime

from ramah.commerce.addresses import Address
from ramah.commerce.models import Order
from ramah.commerce.order_changes import NewPlace, Offer, new_place
from ramah.commerce.queries.delivery import quotes_for

# With the same of these nothing about a delivery can be another.
_PLACE = ("country", "region", "city", "postal_code", "branch")


def terms_at(order: Order, address: Address, *, at: datetime) -> NewPlace:
    """Whether the delivery would be on the same terms at `address`; both places are asked about at the same moment."""
    now = order.shipping_address
    if all(now.get(part, "") == address.get(part, "") for part in _PLACE):
        return NewPlace.SAME_TERMS
    same_country = now.get("country", "") == address.get("country", "")
    if not same_country or order.delivery_option_id is None:
        return new_place(same_country=same_country, before=None, after=None)
    lines = order.lines.select_related("variant")
    grams = sum(line.variant.weight_grams * line.quantity for line in lines if line.variant)
    before, after = (_offer(order, place, grams, at) for place in (now, address))
    return new_place(same_country=True, before=before, after=after)


def _offer(order: Order, place: Address, grams: int, at: datetime) -> Offer | None:
    quotes = quotes_for(
        country=place.get("country", ""),
        region=place.get("region", ""),
        postal_code=place.get("postal_code", ""),
        currency=order.currency,
        items_amount=order.items_amount,
        grams=grams,
        at=at,
    )
    quote = next((quote for quote in quotes if quote.option_key == order.delivery_option_id), None)
    return Offer(quote.amount, quote.promised_to) if quote else None
