"""On whose clock a carrier tells the time. Pure: no rows, no Django."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

from ramah.shipping.carriers.facts import Told


def told_moment(told: Told) -> datetime | None:
    """The moment as it was told, on the clock it was told on: without offset where none was told. None where it tells none."""
    try:
        return datetime.fromisoformat(told.told_at)
    except ValueError:
        return told.occurred_at  # seconds since 1970, or a form that only the provider knows


def clocks_of(country: str, *names: str) -> Sequence[tzinfo]:
    """The zones to read a time on, likeliest first: that of the country where it has only one, then those with these names."""
    zones = [only_zone_of(country), *(zone_named(name) for name in names)]
    return [zone for zone in dict.fromkeys(zones) if zone is not None]


@lru_cache(maxsize=300)
def only_zone_of(country: str) -> tzinfo | None:
    """The zone of a country (ISO 3166) that has only one; None for others."""
    aliases = get_global("zone_aliases")
    names = [name for name, land in get_global("zone_territories").items() if land == country and name not in aliases]
    return zone_named(str(names[0])) if len(names) == 1 else None


@lru_cache(maxsize=300)
def zone_named(name: str) -> tzinfo | None:
    """The zone of an IANA name; None where there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
