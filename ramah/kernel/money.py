"""Money: an exact amount in one currency. Amounts are Decimal in whole units of the currency, never cents, never float."""

from decimal import ROUND_HALF_UP, Decimal

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language
from moneyed import Money

__all__ = ["Money", "format_money", "round_money"]


def round_money(money: Money) -> Money:
    """`money` rounded half up to what its currency counts in (IDR 0 by custom, others by ISO 4217)."""
    # ISO gives the rupiah two decimals that no shop has printed for decades.
    places = 0 if money.currency.code == "IDR" else get_currency_precision(money.currency.code)
    return Money(money.amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), money.currency)


def format_money(money: Money, language: str | None = None) -> str:
    """`money` as people of `language` write it (default: the active one); whole amounts without decimals."""
    locale = Locale.parse(language or get_language() or "en", sep="-")
    pattern: str = locale.currency_formats["standard"].pattern
    if money.amount == money.amount.to_integral_value():
        pattern = pattern.replace(".00", "")
    text: str = format_currency(money.amount, money.currency.code, pattern, locale=locale, currency_digits=False)
    # Where a language has no sign for a currency its code stands there, which needs room; rupiah are Rp everywhere.
    code = money.currency.code
    return text.replace(code, f"{'Rp' if code == 'IDR' else code}\xa0").strip()
