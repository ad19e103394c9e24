"""Postal addresses as orders keep them: a JSON object with these keys, empty ones left out.

    name, company, line1, line2, district, city, region, postal_code, country (ISO 3166, two letters), phone,
    branch (of the carrier, or its parcel locker: in its place nothing of a street)

An order keeps the address it was sent to, whatever the customer's address is later, and nothing is looked up by a part of it.
So it is a value of the order and no row of its own; erasing a person's data means emptying two columns.
"""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

Address = dict[str, str]
KEYS = (
    "name", "company", "line1", "line2", "branch", "district", "city", "region", "postal_code", "country", "phone",
)  # fmt: skip
# Enough to say whether a parcel goes to Bandung or Bali; not enough to find the door.
_SHOWN_MASKED = frozenset({"name", "city", "region", "country"})
MASK = "•••"


def make_address(parts: Mapping[str, str]) -> Address:
    """The parts that belong to an address, trimmed, without empty ones. Raises KeyError for a part that is not one of `KEYS`."""
    unknown = set(parts) - set(KEYS)
    if unknown:
        raise KeyError(sorted(unknown)[0])
    return {key: parts[key].strip() for key in KEYS if parts.get(key, "").strip()}


def masked(address: Address) -> Address:
    """The address as somebody sees it who may not see addresses: name and place, the last two digits of the phone."""
    shown = {key: value if key in _SHOWN_MASKED else MASK for key, value in address.items()}
    if "phone" in shown:
        shown["phone"] = MASK + address["phone"][-2:]
    return shown


def address_lines(address: Address) -> list[str]:
    """The address line by line, as on a parcel; the country in the language of the page, the phone number last."""
    city = address.get("city")
    town = " ".join(filter(None, (city, address.get("postal_code"))))
    region = "" if address.get("region") == city else address.get("region")  # Kyiv is both
    country = country_name(address.get("country", ""), get_language() or "en")
    place = ", ".join(filter(None, (town, region, country)))
    parts = [address.get(key, "") for key in ("name", "company", "line1", "line2", "branch", "district")]
    return [line for line in (*parts, place, address.get("phone", "")) if line]


@lru_cache(maxsize=512)
def country_name(code: str, language: str) -> str:
    """The name of a country (ISO 3166) in a language; the code where it has none."""
    return str(Locale.parse(language, sep="-").territories.get(code, code))
