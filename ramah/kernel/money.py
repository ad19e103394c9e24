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


# These are written as at home whoever reads: Rp 389.000 and 1 249 ₴ are what stands on the invoice and in the bank.
_AT_HOME = {"IDR": ("id", "¤\xa0#,##0.00"), "UAH": ("uk", "#,##0.00\xa0¤")}


def format_money(money: Money, language: str | None = None) -> str:
    """`money` for people: rupiah and hryvnia as at home, others as `language` writes them (default: the active one).

    Whole amounts without decimals.
    """
    code = money.currency.code
    language, pattern = _AT_HOME.get(code, (language or get_language() or "en", ""))
    locale = Locale.parse(language, sep="-")
    pattern = pattern or str(locale.currency_formats["standard"].pattern)
    if money.amount == money.amount.to_integral_value():
        pattern = pattern.replace(".00", "")
    text: str = format_currency(money.amount, code, pattern, locale=locale, currency_digits=False)
    # Where a language has no sign for a currency its code stands there, which needs room.
    return text.replace(code, f"{code}\xa0").strip()
