"""A product in a list: photo or drawing, name, price, rating, what is in stock. Built in Python, since a page shows dozens.

    cards_of(listings, visitor)                              a list of cards, for `<div class="tiles">`
    cards_of(listings, visitor, level=3, eager=4)            headings of level 3; the first four photos load at once

`listings` are `commerce.models.Listing` rows (see `commerce.queries.listings` for those of given products, the newest, the
popular). No query is made. In a template: `<div class="tiles">{% for card in cards %}{{ card }}{% endfor %}</div>`.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ramah.commerce.models import Listing
from ramah.storefront.pictures import drawing, picture
from ramah.storefront.stars import rating_words
from ramah.storefront.swatches import color_in, color_named
from ramah.storefront.visiting import Visitor
from ramah.ui.elements import money

# From here down a card tells how many pieces are left; above, only that there are some.
FEW = 5
_TONES = ("", ' data-tone="warm"', ' data-tone="accent"')
_STAR = SafeString(
    '<svg class="star" viewBox="0 0 20 20" aria-hidden="true">'
    '<path d="M10 1.6l2.5 5.3 5.8.7-4.3 4 1.15 5.75L10 14.5l-5.15 2.85L6 11.6l-4.3-4 5.8-.7z"/></svg>'
)


def cards_of(listings: Iterable[Listing], visitor: Visitor, *, level: int = 3, eager: int = 0) -> list[SafeString]:
    """The listings as cards, in the visitor's language. The first `eager` photos are loaded at once, the others when near."""
    language = visitor.language
    return [card_of(listing, language, level=level, eager=number < eager) for number, listing in enumerate(listings)]


def card_of(listing: Listing, language: str, *, level: int = 3, eager: bool = False) -> SafeString:
    """One listing as a card."""
    title = listing.title_in(language)
    lang = f' lang="{escape(title.language)}"' if title.is_fallback else ""
    # One text put together by hand, what people have written escaped: `format_html` in each other took three times as long.
    return mark_safe(  # noqa: S308 - every part is escaped or made here
        f'<article class="product"{"" if listing.in_stock else " data-out"}>{_photo(listing, language, eager=eager)}'
        f'<h{level} class="name"><a href="{product_address(listing.slug)}"{lang}>{escape(title.text)}</a></h{level}>'
        f"<div>{price_of(listing)}</div>{_rating(listing.rating, listing.rating_count, language)}"
        f'<span class="small muted">{escape(stock_words(listing))}</span></article>'
    )


def product_address(slug: str) -> str:
    """The address of a product's page."""
    before, after = _around_slug()
    return f"{before}{quote(slug, safe='')}{after}"


@lru_cache(maxsize=1)
def _around_slug() -> tuple[str, str]:
    # `reverse` for each of dozens of cards would cost more than all their words.
    before, _slug, after = reverse("product", args=["~"]).partition("~")
    return before, after


def price_of(listing: Listing) -> SafeString:
    """The price, with what it cost before struck through; "from" where variants cost differently."""
    language = get_language() or "en"
    before = listing.compare_at_amount
    is_from = listing.price_amount != listing.highest_amount
    return _price(listing.price_amount, before, is_from, listing.currency, language)


@lru_cache(maxsize=4096)
def _price(amount: Decimal, before: Decimal | None, is_from: bool, currency: str, language: str) -> SafeString:
    price = money(amount, currency)
    if is_from:
        # Translators: the lowest price of a product whose variants cost differently.
        price = format_html(_("from {price}"), price=price)
    if before is None:
        return format_html('<span class="price">{}</span>', price)
    return format_html(
        '<span class="price">{}<s><span class="vh">{} </span>{}</s></span>', price, _("was"), money(before, currency)
    )


def stock_words(listing: Listing) -> str:
    """What is in stock, in words: `M and L in stock`, `S to XL`, `4 left`, `In stock`, `Sold out`."""
    if not listing.in_stock:
        return _("Sold out")
    if len(listing.sizes) > 1:
        return _sizes_in_stock([str(size) for size, is_in in listing.sizes if is_in], of=len(listing.sizes))
    if listing.stock_left <= FEW:
        return ngettext("%(n)s left", "%(n)s left", listing.stock_left) % {"n": listing.stock_left}
    return _("In stock")


def _sizes_in_stock(sizes: list[str], *, of: int) -> str:
    if len(sizes) == of and of > 2:
        # Translators: all sizes from the smallest to the largest are in stock: S to XL.
        return _("%(first)s to %(last)s in stock") % {"first": sizes[0], "last": sizes[-1]}
    if len(sizes) > 1:
        # Translators: sizes: S, M and L.
        names = _("%(names)s and %(last)s") % {"names": ", ".join(sizes[:-1]), "last": sizes[-1]}
    else:
        names = "".join(sizes)
    return _("%(sizes)s in stock") % {"sizes": names}


@lru_cache(maxsize=4096)
def _rating(rating: Decimal, count: int, language: str) -> SafeString:
    if not count:
        return SafeString("")
    words = rating_words(rating)
    said = ngettext("%(rating)s of 5 stars, %(n)s review", "%(rating)s of 5 stars, %(n)s reviews", count) % {
        "rating": words,
        "n": count,
    }
    return format_html(
        '<span class="row small rated" data-gap="1">{}<span aria-hidden="true">{} ({})</span><span class="vh">{}</span></span>',
        _STAR,
        words,
        count,
        said,
    )


def drawn_photo(listing: Listing, language: str, *, place: str = "card", eager: bool = False) -> SafeString:
    """The photo of a listing, or its drawing; silent for screen readers, since the name stands beside it."""
    if listing.picture:
        return picture(listing.picture, language=language, place=place, eager=eager)
    if listing.image_url:
        return format_html(
            '<img src="{}" alt="" loading="{}" decoding="async">', listing.image_url, "eager" if eager else "lazy"
        )
    return _drawing(listing.illustration, color_named(color_in(listing.first_options)))


def _photo(listing: Listing, language: str, *, eager: bool) -> str:
    is_picture = listing.picture or listing.image_url
    kind = ' data-kind="picture"' if is_picture else _TONES[listing.product_id % len(_TONES)]
    return f'<div class="photo"{kind}>{drawn_photo(listing, language, eager=eager)}</div>'


@lru_cache(maxsize=512)
def _drawing(name: str, color: str) -> SafeString:
    return drawing(name, color=color)
