"""How much one visitor, and one address, may ask of live chat. Counted in the cache: of this process, or in Redis for several.

Each number can be changed by the setting CHAT_LIMITS, a mapping by the names used here.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache

LONGEST_FRAME = 16 * 1024
LONGEST_TEXT = 4000
LONGEST_FILE = 10 * 1024 * 1024
MOST_FILES = 5
# In pairs of (so many, in so many seconds); all of them hold.
RATES: dict[str, Sequence[tuple[int, int]]] = {
    "say": ((5, 5), (60, 600)),
    "new_visitors": ((20, 3600),),
    "uploads": ((20, 600),),
    "transcripts": ((2, 86_400),),
    "details": ((10, 600),),
    "asked": ((120, 60),),  # reads over HTTP
}
AT_ONCE = {"sockets_of_visitor": 5, "sockets_of_address": 50}


def seconds_to_wait(what: str, who: str, *, at: datetime) -> int:
    """Count that `who` does `what` once more. 0: they may; else after how many seconds they may again."""
    now, longest = int(at.timestamp()), 0
    for most, seconds in _changed().get(what, RATES[what]):
        turn, gone = divmod(now, seconds)
        told = hashlib.sha256(f"{what}|{who}".encode()).hexdigest()[:32]
        key = f"chat:{told}:{seconds}:{turn}"
        cache.add(key, 0, seconds + 5)
        try:
            count = cache.incr(key)
        except ValueError:  # it was thrown out in between: the cache is full
            count = 1
        if count > most:
            longest = max(longest, seconds - gone)
    return longest


def most_at_once(what: str) -> int:
    """How many there may be at one time."""
    return int(_changed().get(what, AT_ONCE[what]))


def neighborhood(address: str) -> str:
    """What counts as one address: of IPv6 the network, since a household has as many addresses as it wants."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def _changed() -> dict[str, Any]:
    changed: dict[str, Any] = getattr(settings, "CHAT_LIMITS", {})
    return changed
