"""How often something may be asked for: counted in the cache (of this process, or in Redis where there are several)."""

import hashlib

from django.core.cache import cache


def is_allowed(what: str, who: str, *, limit: int, seconds: int) -> bool:
    """Whether `who` may do `what` once more; at most `limit` times in `seconds`. This time is counted too."""
    key = f"limit:{hashlib.sha256(f'{what}|{who}'.encode()).hexdigest()[:32]}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it ran out in between
        return cache.add(key, 1, seconds) or cache.incr(key) <= limit
