"""On whose clock a customer is told: their own, else that of where the order goes to, else the shop's. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import get_global

_WITA, _WIT = "Asia/Makassar", "Asia/Jayapura"
# Countries with several zones: where most people live, as far as the address does not say more.
_MOST_LIVE: Final = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/Chicago",
    "UZ": "Asia/Tashkent",
}
_IN_INDONESIA: Final = {
    **dict.fromkeys(
        (
            "bali",
            "gorontalo",
            "kalimantan selatan",
            "kalimantan timur",
            "kalimantan utara",
            "nusa tenggara barat",
            "nusa tenggara timur",
            "sulawesi barat",
            "sulawesi selatan",
            "sulawesi tengah",
            "sulawesi tenggara",
            "sulawesi utara",
        ),
        _WITA,
    ),
    **dict.fromkeys(
        (
            "maluku",
            "maluku utara",
            "papua",
            "papua barat",
            "papua barat daya",
            "papua pegunungan",
            "papua selatan",
            "papua tengah",
        ),
        _WIT,
    ),
}
# The first two digits of Indonesian postal codes: Bali, Nusa Tenggara, Sulawesi and the east of Kalimantan; Maluku and Papua.
_BY_POSTAL: Final = {
    **{str(prefix): _WITA for prefix in (70, 71, 72, 75, 76, 77, *range(80, 97))},
    **{str(prefix): _WIT for prefix in (97, 98, 99)},
}


def zone_of(own: str, address: Mapping[str, str], shop: str) -> str:
    """The name of the zone: `own` as the customer has it, else by the address, else `shop`. What names no zone is passed over."""
    return next((name for name in (own, _zone_of_address(address), shop) if is_zone(name)), "UTC")


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):
        return False


def _zone_of_address(address: Mapping[str, str]) -> str:
    country = str(address.get("country") or "").upper()
    if country == "ID":
        region, postal = str(address.get("region") or ""), str(address.get("postal_code") or "").strip()
        found = _IN_INDONESIA.get(region.strip().lower()) or ("" if region else _BY_POSTAL.get(postal[:2]))
        if found:
            return found
    zones = get_global("territory_zones").get(country) or []
    return _MOST_LIVE.get(country) or (str(zones[0]) if len(zones) == 1 else "")
