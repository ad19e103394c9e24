"""What a viewer has chosen for this browser: theme and time zone, each in a cookie of its own."""

import re
from functools import lru_cache
from zoneinfo import ZoneInfo

THEME_COOKIE = "ramah_theme"
THEMES = ("light", "dark")
TIME_ZONE_COOKIE = "ramah_tz"
COOKIE_SECONDS = 365 * 24 * 3600

_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name that a browser sent; None when there is none of that name."""
    if not _ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a zone; a directory of zones
        return None
