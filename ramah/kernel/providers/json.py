"""Reading what providers post, which is JSON of their making: nothing in it is taken to be there, or to be what it should be."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ramah.kernel.providers.contract import Unreadable

Object = dict[str, Any]
_NUL_AND_HALVES = {0: None, **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")}


def read_json(body: bytes) -> Any:
    """The JSON in `body`. Raises `Unreadable`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("no JSON") from error


def write_json(value: object) -> bytes:
    """A part of what was posted, by itself: as it came, with the same keys in the same order every time."""
    return json.dumps(value, sort_keys=True).encode()


def object_in(value: object, *path: str) -> Object:
    """The object under `path`; empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return dict(value) if isinstance(value, Mapping) else {}


def objects_in(value: object, name: str) -> list[Object]:
    """The objects of the list under `name`; whatever else stands in it is left out."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text_in(value: object, *path: str, most: int = 65_536) -> str:
    """The text or number under `path` as clean text: without what no database takes, at most `most` characters."""
    *above, name = path
    found = object_in(value, *above).get(name)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return clean(str(found))[:most]


def clean(text: str) -> str:
    """Without NUL and halves of characters, which JSON can spell and PostgreSQL refuses."""
    return text.translate(_NUL_AND_HALVES)


def digest_of(*parts: str) -> str:
    """A short digest over what stays the same when a thing is posted again; addresses of files, for one, do not."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def moment_in(value: object, name: str, *, at: datetime) -> datetime | None:
    """Seconds since 1970 under `name` as a time, never later than `at`; None where it is none."""
    try:
        found = datetime.fromtimestamp(int(text_in(value, name, most=20)), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return min(found, at)
