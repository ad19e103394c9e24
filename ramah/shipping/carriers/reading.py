"""Reading what carriers post: nothing in it is taken to be there, or to be what it should be; until the kernel's reader can."""

import json
from collections.abc import Mapping
from typing import Any

from ramah.shipping.carriers.facts import Unreadable, clean


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that `body` is. Raises `Unreadable`."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("no JSON") from error
    if not isinstance(found, dict):
        raise Unreadable("no JSON object")
    return found


def object_in(value: object, name: str) -> dict[str, Any]:
    """The object under `name`; empty where there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, dict) else {}


def objects_in(value: object, name: str) -> list[dict[str, Any]]:
    """The objects of the list under `name`; whatever else stands in it is left out."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text_in(value: object, name: str, *, most: int = 1000) -> str:
    """The text or number under `name`, clean, trimmed, at most `most` characters; empty where there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return clean(str(found)[: 4 * most]).strip()[:most]
