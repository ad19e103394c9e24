"""Who carries a parcel, by what was written down of it, and where it is shown."""

from collections.abc import Iterable
from urllib.parse import quote

from ramah.commerce.models import Order
from ramah.commerce.queries.terms import shop_profile
from ramah.shipping.models import Carrier, CarrierAccount
from ramah.shipping.tracking_numbers import recognize, tracking_page


def carrier_named(name: str, carriers: Iterable[Carrier]) -> Carrier | None:
    """The carrier of this key or name, whatever its case and signs; None where none is called so."""
    wanted = _plain(name)
    return next((one for one in carriers if wanted and wanted in (_plain(one.key), _plain(one.name))), None)


def carrier_of(name: str, number: str, carriers: Iterable[Carrier]) -> Carrier | None:
    """The carrier that was named, or where nobody was, the likeliest by the shape of the number of those the shop knows."""
    if name.strip():
        return carrier_named(name, carriers)
    known = {one.key: one for one in carriers if one.is_active}
    home = next(iter(shop_profile().countries), "")
    return next((known[guess.carrier] for guess in recognize(number, country=home) if guess.carrier in known), None)


def account_of(carrier: Carrier | None, accounts: Iterable[CarrierAccount]) -> CarrierAccount | None:
    """The shop's account with a carrier, where it has exactly one; aggregators are found by what they tell."""
    own = [one for one in accounts if carrier is not None and one.carrier_id == carrier.pk]
    return own[0] if len(own) == 1 else None


def tracking_url(order: Order, number: str, carrier: Carrier | None) -> str:
    """Where customers look the number up: as the carrier's row says, or the delivery option, or a public page that is known."""
    if not number:
        return ""
    option = order.delivery_option
    pattern = (carrier.tracking_url if carrier else "") or (option.tracking_url if option else "")
    if pattern:
        return pattern.replace("{number}", quote(number, safe=""))
    return tracking_page(carrier.key, number) if carrier else ""


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
