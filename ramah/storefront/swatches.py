"""Colors by their names, as merchants write them in three languages. Pure: a table, and what follows from it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString

# What the options of a variant call their color, whoever made them.
COLOR_OPTIONS: Final = frozenset({"color", "colour", "warna", "колір"})
DRAWING_COLOR: Final = "#6f7d86"
_COLORS: Final[dict[str, tuple[str, ...]]] = {
    "#2b2a29": ("black", "hitam", "чорний", "чорна", "чорне", "charcoal", "arang"),
    "#2f3550": ("night", "malam", "ніч", "navy", "темно-синій", "темно-синя"),
    "#33507a": ("indigo", "nila", "індиго", "blue", "biru", "синій", "синя", "синє", "denim"),
    "#7ba7c4": ("sky", "light blue", "biru muda", "блакитний", "блакитна", "блакитне"),
    "#2f7f86": ("teal", "toska", "бірюзовий", "бірюзова", "sea", "laut"),
    "#6b7d55": ("moss", "lumut", "мох", "olive", "zaitun", "оливковий", "оливкова", "sage"),
    "#3f7d4a": ("green", "hijau", "зелений", "зелена", "зелене"),
    "#c9b08a": ("sand", "pasir", "пісок", "пісочний", "пісочна", "beige", "krem", "бежевий", "бежева", "khaki"),
    "#efe8d8": ("cream", "gading", "кремовий", "кремова", "ivory", "natural", "alami", "natur"),
    "#f7f5f0": ("white", "putih", "білий", "біла", "біле"),
    "#8d8d8a": ("gray", "grey", "abu-abu", "сірий", "сіра", "сіре", "stone", "batu"),
    "#c3c5c7": ("silver", "perak", "срібний", "срібна"),
    "#7d5a3c": ("brown", "cokelat", "coklat", "коричневий", "коричнева", "chocolate", "teak", "jati"),
    "#b9694a": ("clay", "tanah liat", "глина", "terracotta", "terakota", "теракота", "rust"),
    "#e27d5f": ("coral", "koral", "кораловий", "коралова", "корал", "salmon", "peach"),
    "#b3352f": ("red", "merah", "червоний", "червона", "червоне", "brick"),
    "#7a2f3f": ("maroon", "marun", "бордовий", "бордова", "wine", "burgundy"),
    "#d98aa0": ("pink", "merah muda", "рожевий", "рожева", "рожеве", "rose"),
    "#7a5a8c": ("purple", "ungu", "фіолетовий", "фіолетова", "plum", "lavender", "lavendel"),
    "#d8772f": ("orange", "oranye", "jingga", "помаранчевий", "помаранчева", "papaya"),
    "#d9a92e": ("yellow", "kuning", "жовтий", "жовта", "жовте", "mustard", "гірчичний", "gold", "emas", "золотий"),
}  # fmt: skip
_BY_NAME: Final = {name: color for color, names in _COLORS.items() for name in names}


def color_named(name: str) -> str:
    """The color of a name as `#rrggbb`; empty for a name that nobody here knows."""
    words = name.strip().casefold()
    if found := _BY_NAME.get(words):
        return found
    # "Dark indigo", "Indigo 2": the color is one of the words.
    return next((_BY_NAME[word] for word in words.replace("/", " ").split() if word in _BY_NAME), "")


def is_color(option: str) -> bool:
    """Whether an option of this name is a color."""
    return option.casefold() in COLOR_OPTIONS


def color_in(options: Mapping[str, str]) -> str:
    """The name of the color among a variant's options; empty without one."""
    return next((value for option, value in options.items() if is_color(option)), "")


@lru_cache(maxsize=256)
def swatch(color: str) -> SafeString:
    """A disc of the color `#rrggbb`; the name stands beside it."""
    return format_html(
        '<svg class="swatch" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="9.5" fill="{}"'
        ' stroke="#888" stroke-opacity=".4"/></svg>',
        color,
    )
