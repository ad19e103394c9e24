"""What the options of variants are called, and how a listing holds them in one text. Pure."""

from functools import lru_cache
from typing import Final

# In `Listing.choices`: between combinations, between the parts of one. No text that people write holds them.
LINE, PART = "\x1e", "\x1f"
# Merchants name the common ones in three languages; to a filter they are one.
_KNOWN: Final = {
    "colour": "color",
    "warna": "color",
    "колір": "color",
    "ukuran": "size",
    "розмір": "size",
}


@lru_cache(maxsize=1024)
def known_option(name: str) -> str:
    """The name by which filters know an option: `Warna`, `Colour` and `color` are `color`."""
    folded = name.strip().casefold()
    return _KNOWN.get(folded, folded)


def combination_of(options: dict[str, str]) -> str:
    """The options of a variant as one text."""
    return PART.join(_clean(part) for pair in options.items() for part in pair)


def options_of(combination: str) -> dict[str, str]:
    """The options of a variant from that text."""
    parts = combination.split(PART)
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _clean(text: object) -> str:
    return str(text).translate({ord(LINE): " ", ord(PART): " ", 0: None}).strip()
