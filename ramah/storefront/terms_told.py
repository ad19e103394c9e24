"""The terms of the shop in words and figures, for the visitor's place and currency."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language

from ramah.commerce.models import Payment
from ramah.commerce.queries.countries import country_name
from ramah.commerce.queries.delivery import quotes_for
from ramah.commerce.queries.products import in_language
from ramah.kernel.money import Money
from ramah.storefront.promised import place_words, quote_lines
from ramah.storefront.visiting import Visitor

# What a light parcel costs: the page tells what is usual, the product and checkout tell what is true.
_USUAL_GRAMS = 500


def payment_names(visitor: Visitor) -> list[str]:
    """The ways of paying that the shop takes."""
    known = dict(Payment.Method.choices)
    return [str(known[method]) for method in visitor.shop.payment_methods if method in known]


def delivery_told(visitor: Visitor, *, at: datetime) -> dict[str, Any]:
    """How things come to the visitor's place, and where else the shop sends them."""
    place, language = visitor.place, get_language() or "en"
    quotes = quotes_for(
        country=place.country,
        region=place.region,
        postal_code=place.postal_code,
        currency=visitor.currency,
        items_amount=Decimal(0),
        grams=_USUAL_GRAMS,
        at=at,
    )
    return {
        "place": place_words(place),
        "lines": quote_lines(quotes, at=at),
        "countries": [country_name(code, language) for code in visitor.shop.countries],
    }


def returns_told(visitor: Visitor, *, at: datetime) -> dict[str, Any]:
    """How long something can be sent back, and what the shop says to it."""
    return {"days": visitor.shop.return_days, "said": in_language(visitor.shop.return_terms, visitor.language)}


def payment_told(visitor: Visitor, *, at: datetime) -> dict[str, Any]:
    """The ways of paying, and what each asks for in the visitor's currency."""
    shop, currency = visitor.shop, visitor.currency
    fee, limit = (told.get(currency) for told in (shop.cod_fees, shop.cod_limits))
    return {
        "methods": shop.payment_methods,
        "hours": shop.transfer_hours,
        "fee": Money(Decimal(fee), currency) if fee and Decimal(fee) else None,
        "limit": Money(Decimal(limit), currency) if limit else None,
    }


def imprint_told(visitor: Visitor, *, at: datetime) -> dict[str, Any]:
    """Who sells."""
    return {"about": in_language(visitor.shop.about, visitor.language)}
