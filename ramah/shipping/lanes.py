"""From where to where a parcel goes, as words that many parcels share: `ID-jawa_barat-16`. Pure: no rows, no Django.

Country (ISO 3166), region, and the first signs of the postal code. The forecast learns by these words and widens them at the
dash, so they say no more than it takes to tell a region from another; nobody's door is found by one.
"""

import unicodedata
from collections.abc import Mapping

MOST = 80
_MOST_REGION = 40
_SHORT_CODE = 5  # so many digits divide a country more finely than longer ones do by the same first signs


def lane_key(country: str, region: str = "", postal_code: str = "") -> str:
    """The word for a place, at most 80 characters; empty where not even the country is known."""
    parts = (_country(country), _region(region), _start_of(postal_code))
    return "-".join(part for part in parts if part)[:MOST] if parts[0] else ""


def lane_of_address(address: Mapping[str, object]) -> str:
    """The word for an address as orders keep it; the city stands in where it names no region."""
    told = {name: str(address.get(name) or "") for name in ("country", "region", "city", "postal_code")}
    return lane_key(told["country"], told["region"] or told["city"], told["postal_code"])


def _country(text: str) -> str:
    code = text.strip().upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""


def _region(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text[: 4 * _MOST_REGION]).casefold()
    return "_".join("".join(sign if sign.isalnum() else " " for sign in plain).split())[:_MOST_REGION]


def _start_of(postal_code: str) -> str:
    """Two or three digits, or the letters with which the code of a British town begins."""
    code = "".join(sign for sign in unicodedata.normalize("NFKC", postal_code[:40]).upper() if sign.isalnum())
    letters = next((place for place, sign in enumerate(code) if not sign.isalpha()), len(code))
    if letters:
        return code[: min(letters, 3)]
    return code[: 2 if len(code) <= _SHORT_CODE else 3]
