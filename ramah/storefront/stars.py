"""Stars of a rating: five, and how many of them shine."""

from decimal import Decimal
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

_PATH = "M10 1.6l2.5 5.3 5.8.7-4.3 4 1.15 5.75L10 14.5l-5.15 2.85L6 11.6l-4.3-4 5.8-.7z"


def stars(rating: Decimal | int) -> SafeString:
    """The rating as stars, with the words for whoever does not see them."""
    return _stars(Decimal(rating), get_language() or "en")


def rating_words(rating: Decimal | int) -> str:
    """`4.7`, as the reader's language writes it; a whole one without decimals."""
    return str(number_format(rating, 1 if isinstance(rating, Decimal) else 0))


@lru_cache(maxsize=256)
def _stars(rating: Decimal, language: str) -> SafeString:
    shining = round(rating)
    paths = "".join(
        f'<path{"" if place < shining else " data-off"} transform="translate({place * 21})" d="{_PATH}"/>'
        for place in range(5)
    )
    whole = rating == rating.to_integral_value()
    return format_html(
        '<svg class="stars" viewBox="0 0 104 20" role="img" aria-label="{}">{}</svg>',
        _("%(rating)s of 5 stars") % {"rating": number_format(rating, 0 if whole else 1)},
        mark_safe(paths),  # noqa: S308 - constants
    )
