"""What options are called on pages, in the reader's language; a name that nobody here knows stands as the merchant wrote it."""

from typing import Final

from django.utils.translation import pgettext, pgettext_lazy

_SIZE = pgettext_lazy("option of a product", "Size")
_COLOR = pgettext_lazy("option of a product", "Color")
_KNOWN: Final = {
    "size": _SIZE,
    "ukuran": _SIZE,
    "розмір": _SIZE,
    "color": _COLOR,
    "colour": _COLOR,
    "warna": _COLOR,
    "колір": _COLOR,
    "grind": pgettext_lazy("option of a product", "Grind"),
    "material": pgettext_lazy("option of a product", "Material"),
    "length": pgettext_lazy("option of a product", "Length"),
    "weight": pgettext_lazy("option of a product", "Weight"),
    "scent": pgettext_lazy("option of a product", "Scent"),
    "flavor": pgettext_lazy("option of a product", "Flavor"),
}


def option_title(name: str) -> str:
    """The name of an option as a heading."""
    known = _KNOWN.get(name.strip().casefold())
    return str(known) if known else name[:1].upper() + name[1:]


def value_title(value: str) -> str:
    """The value of an option; a variant that has none of an option that others have says so."""
    return value or pgettext("value of an option", "Without")
