"""The parcels of an order, as its page and its mails name them."""

from dataclasses import dataclass

from ramah.commerce.models import Order
from ramah.shipping.queries import shipments_of


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel under way: who carries it, under which number, where it is tracked (may be empty)."""

    carrier: str
    number: str
    url: str = ""


def parcels_of(order: Order) -> list[Parcel]:
    """The parcels of an order that have left and have a number, the first first."""
    return [
        Parcel(parcel.carrier, parcel.tracking_number, web_address(parcel.tracking_url))
        for parcel in shipments_of(order)
        if parcel.tracking_number
    ]


def web_address(text: str) -> str:
    """An address as a link may have it: of the web, else empty. Carriers and files name what they like."""
    return text if text.startswith(("https://", "http://")) else ""
