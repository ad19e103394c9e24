"""What all who make labels need of the shop: the address that parcels start from, and how large they usually are."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.kernel.providers.contract import Refused, Setting
from ramah.shipping.carriers.contract import Address, ParcelAsked

_BOX = re.compile(r"\s*(\d{1,4})\s*[x×х*]\s*(\d{1,4})\s*[x×х*]\s*(\d{1,4})\s*", re.IGNORECASE)
DEFAULT_BOX_MM = (300, 200, 100)

SETTINGS = (
    Setting("sender_name", gettext_lazy("Sender"), gettext_lazy("Empty: the name of the shop."), is_required=False),
    Setting("sender_street", gettext_lazy("Street and house number"), is_required=False),
    Setting("sender_city", gettext_lazy("City"), is_required=False),
    Setting("sender_region", gettext_lazy("Region"), is_required=False),
    Setting("sender_postal_code", gettext_lazy("Postal code"), is_required=False),
    Setting("sender_country", gettext_lazy("Country"), gettext_lazy("Two letters: ID, UA."), is_required=False),
    Setting("sender_phone", gettext_lazy("Phone number"), is_required=False),
    Setting("sender_email", gettext_lazy("E-mail"), is_required=False),
    Setting(
        "box_cm",
        gettext_lazy("Usual box, cm"),
        gettext_lazy("Length x width x height: 30 x 20 x 10."),
        is_required=False,
    ),
)


def sender_of(settings: Mapping[str, str]) -> Address:
    """Where parcels start, as far as the settings say."""
    told = {name: settings.get(f"sender_{name}", "").strip() for name in Address.__slots__}
    return Address(**{**told, "country": told["country"].upper()})


def box_of(settings: Mapping[str, str]) -> tuple[int, int, int]:
    """Length, width and height of the usual box in millimeters."""
    found = _BOX.fullmatch(settings.get("box_cm", ""))
    sides = tuple(10 * int(side) for side in found.groups()) if found else ()
    return (sides[0], sides[1], sides[2]) if sides and all(sides) else DEFAULT_BOX_MM


def check_addresses(parcel: ParcelAsked) -> None:
    """Raise `Refused` where a label cannot be asked for, before anybody is."""
    origin, goal = parcel.origin, parcel.destination
    if not (origin.street and origin.city and origin.country):
        raise Refused(_("The address that parcels start from is missing in the settings of the carrier."))
    if not (goal.city and goal.country):
        raise Refused(_("The address of the order has no city or no country."))
    if parcel.cash is not None:
        raise Refused(_("Through this provider no money is taken at the door. Make the label with the carrier itself."))
    if parcel.grams <= 0:
        raise Refused(_("Nobody knows what the parcel weighs."))
