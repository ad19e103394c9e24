"""What a customer's message says: each provider's folder reads into this what is posted. Pure: no database, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Media:
    """A file that the message came with; `reference` is what the provider calls it: an id of its own, or an address."""

    reference: str
    filename: str
    content_type: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says: `text` in the thread, `gist` in lists where there is no text, `detail` for pages that show more."""

    text: str = ""
    gist: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    media: Sequence[Media] = ()


def place_at(latitude: Any, longitude: Any, *, name: str = "", address: str = "") -> Content | None:
    """A place on the map, in degrees as the provider wrote them; None where that is no place on Earth."""
    try:
        north, east = float(latitude), float(longitude)
    except (TypeError, ValueError, OverflowError):
        return None
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    lines = [name, address, f"{north:.6f}, {east:.6f}"]
    detail = {"latitude": north, "longitude": east, "name": name, "address": address}
    return Content("\n".join(line for line in lines if line), f"📍 {name}".strip(), {"location": detail})
