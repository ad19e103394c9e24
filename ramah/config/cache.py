"""The cache of a cluster: Redis, and while that is away the memory of each process, so that pages and log-ins go on.

Owns: which of the two is asked. Never: keeps anything that must not be lost; throttles then count in each process for itself.
"""

import logging
import time
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisIsAway
from redis.exceptions import TimeoutError as RedisIsSlow

SECONDS = 1.0
# After a failure Redis is left alone for so long: whoever opens a page does not wait for it each time.
AWAY_SECONDS = 5.0
_log = logging.getLogger(__name__)


class RedisOrMemory(BaseCache):
    """Django's Redis cache with a stand-in."""

    _away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        limits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
        self._redis = RedisCache(server, {**params, "OPTIONS": limits})
        self._memory = LocMemCache("redis-is-away", params)

    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", key, value, *args, **kwargs)

    def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", key, *args, **kwargs)

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", key, value, *args, **kwargs)

    def touch(self, key: str, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", key, *args, **kwargs)

    def delete(self, key: str, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", key, *args, **kwargs)

    def incr(self, key: str, *args: Any, **kwargs: Any) -> Any:
        return self._ask("incr", key, *args, **kwargs)

    def clear(self) -> None:
        self._ask("clear")

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= RedisOrMemory._away_until:
            try:
                return getattr(self._redis, name)(*args, **kwargs)
            except (RedisIsAway, RedisIsSlow) as error:
                RedisOrMemory._away_until = time.monotonic() + AWAY_SECONDS
                _log.warning(
                    "Redis is away; this process counts and remembers for itself", extra={"error": type(error).__name__}
                )
        return getattr(self._memory, name)(*args, **kwargs)
