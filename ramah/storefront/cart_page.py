"""What the page of the cart shows: lines with pictures, what has changed, sums with the cheapest delivery, what was taken out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from ramah.commerce.models import Cart, TaxRate, Variant
from ramah.commerce.queries.carts import CartSight, LineSight, Totals, cart_sight, options_in_words, variant_named
from ramah.commerce.queries.delivery import PICKUP, Quote, quotes_for
from ramah.commerce.queries.products import Translated
from ramah.commerce.queries.terms import tax_of
from ramah.storefront.pictures import drawing, picture, shown_first
from ramah.storefront.promised import arrival_words, place_words
from ramah.storefront.swatches import color_in, color_named
from ramah.storefront.visiting import Visitor


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with its picture, and what was wrong with the quantity that was asked for."""

    sight: LineSight
    picture: SafeString
    fault: str = ""

    @property
    def key(self) -> str:
        """Names the line in the page and in its forms."""
        return self.sight.variant.public_id


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A line that was just taken out, for the form that puts it back."""

    variant: Variant
    title: Translated
    quantity: int
    is_saved: bool

    @property
    def options(self) -> str:
        return options_in_words(self.variant)


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says beside the cart: a `note` on top, faults by variant, what is wrong with the `code` of a voucher."""

    note: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    voucher_fault: str = ""
    code: str = ""
    taken_out: TakenOut | None = None


def cart_context(
    sight: CartSight, visitor: Visitor, said: Said, *, at: datetime, is_part: bool = False
) -> dict[str, Any]:
    """All that the templates of the cart need. No query."""
    tax = tax_of(visitor.place.country)
    quote = cheapest_delivery(sight, visitor, at=at) if sight.counting else None
    return {
        "sight": sight,
        "lines": [_shown(line, visitor, said) for line in sight.lines],
        "saved": [_shown(line, visitor, said) for line in sight.saved],
        "said": said,
        "tax": tax,
        "quote": quote,
        "arrival": arrival_words(quote, at=at) if quote else "",
        "place": place_words(visitor.place),
        "sums": _sums(sight, tax, quote),
        "is_part": is_part,
        "status_line": ngettext("%(n)d piece in your cart.", "%(n)d pieces in your cart.", sight.count)
        % {"n": sight.count},
    }


def seen_cart(cart: Cart | None, visitor: Visitor, *, at: datetime) -> CartSight:
    """The cart as the visitor sees it now."""
    return cart_sight(cart, currency=visitor.currency, language=visitor.language, at=at)


def cheapest_delivery(sight: CartSight, visitor: Visitor, *, at: datetime) -> Quote | None:
    """The cheapest way to the visitor's place, the sooner of two. Fetching it at the shop counts only where there is no other."""
    place = visitor.place
    quotes = quotes_for(
        country=place.country,
        region=place.region,
        postal_code=place.postal_code,
        currency=sight.currency,
        items_amount=sight.items_amount,
        grams=sight.grams,
        at=at,
        language=visitor.language,
    )
    return min(quotes, key=lambda quote: (quote.kind == PICKUP, quote.amount, quote.promised_to), default=None)


def taken_out(request: HttpRequest, sight: CartSight, visitor: Visitor) -> TakenOut | None:
    """What the address says was taken out (`?removed=...&quantity=...`); None where it is back, or nothing is said."""
    key, told = request.GET.get("removed", "")[:26], request.GET.get("quantity", "1")
    if not key or "\0" in key or any(line.variant.public_id == key for line in (*sight.lines, *sight.saved)):
        return None
    variant = variant_named(key)
    quantity = int(told) if told.isascii() and told.isdecimal() and len(told) < 4 else 1
    return told_of(variant, max(quantity, 1), visitor, is_saved="later" in request.GET) if variant else None


def told_of(variant: Variant, quantity: int, visitor: Visitor, *, is_saved: bool) -> TakenOut:
    """The variant as something that was taken out."""
    return TakenOut(variant, variant.product.title_in(visitor.language), quantity, is_saved)


def _sums(sight: CartSight, tax: TaxRate, quote: Quote | None) -> Totals:
    return sight.totals(tax, shipping_amount=quote.amount if quote else Decimal(0))


def _shown(line: LineSight, visitor: Visitor, said: Said) -> ShownLine:
    return ShownLine(line, _picture(line.variant, visitor.language), said.faults.get(line.variant.public_id, ""))


def _picture(variant: Variant, language: str) -> SafeString:
    """Silent for screen readers: the words beside it say what it is."""
    color = color_in(variant.options)
    if variant.product.pictures:
        return picture(shown_first(variant.product.pictures, color)[0], language=language, place="thumb")
    return drawing(variant.product.illustration, color=color_named(color))
