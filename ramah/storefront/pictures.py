"""Pictures of products as HTML: each width for the browser to choose from; where there is none, a drawing in its color."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ramah.commerce.queries.products import in_language
from ramah.storefront.swatches import DRAWING_COLOR

ILLUSTRATION = "p-tag"
# How wide a picture is on the screen: on the page of a product, in a list, in a line of cart or order.
SIZES = {
    "page": "(min-width: 60rem) 34rem, 100vw",
    "card": "(min-width: 60rem) 17rem, 45vw",
    "thumb": "4rem",
}


def picture_address(key: str, width: int) -> str:
    """The address of a picture in one width."""
    return reverse("picture", args=[key, width])


def picture(
    told: Mapping[str, Any], *, language: str, title: str = "", place: str = "card", eager: bool = False
) -> SafeString:
    """One picture of `Product.pictures`. `title` is said where no words came with it; `eager` is for the first one in sight.

    Pass an empty `title` where the words beside it say all: it is then silent for screen readers.
    """
    widths, key = told["widths"], told["key"]
    base = f"{_folder()}{key}-"
    alt = in_language(told.get("alt") or {}, language)
    return format_html(
        '<img src="{}{}.webp" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}"{} {}>',
        base,
        next((width for width in widths if width >= 640), widths[-1]),
        ", ".join(f"{base}{width}.webp {width}w" for width in widths),
        SIZES[place],
        told["width"],
        told["height"],
        alt.text if title and alt.text else title,
        format_html(' lang="{}"', alt.language) if title and alt.text and alt.is_fallback else "",
        SafeString('fetchpriority="high"' if eager else 'loading="lazy" decoding="async"'),
    )


def drawing(name: str, *, color: str = "", title: str = "") -> SafeString:
    """A drawing of the icon set in a color; with `title` it is a picture for screen readers, without it they pass it."""
    words = format_html('role="img" aria-label="{}"', title) if title else SafeString('aria-hidden="true"')
    return format_html(
        '<svg {} color="{}"><use href="{}"/></svg>', words, color or DRAWING_COLOR, _symbol(name or ILLUSTRATION)
    )


def shown_first(pictures: list[dict[str, Any]], color: str) -> list[dict[str, Any]]:
    """The pictures of a product, those that show `color` in front of the others; the order is the merchant's otherwise."""
    if not color:
        return pictures
    return sorted(pictures, key=lambda told: told.get("option") != color)


@lru_cache(maxsize=64)
def _symbol(name: str) -> str:
    return f"{static('ui/icons.svg')}#{name}"


@lru_cache(maxsize=1)
def _folder() -> str:
    # A list shows dozens of pictures; `reverse` for each would cost more than the rest of it.
    return reverse("picture", args=["0" * 32, 1]).partition("0" * 32)[0]
