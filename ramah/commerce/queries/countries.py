"""Countries and currencies by name, as the reader's language calls them. From babel's tables: no row is read."""

from functools import lru_cache

from babel import Locale
from moneyed import CURRENCIES

from ramah.commerce.addresses import country_name
from ramah.commerce.regions import regions_of

__all__ = ["country_choices", "country_name", "currency_choices"]

_ASKED = ("ID", "UA")
# In the tables, but no countries: regions, unions, and what stands for nothing.
_OTHERS = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@lru_cache(maxsize=8)
def country_choices(language: str) -> list[tuple[str, str]]:
    """All countries by name, those whose regions are known before the others."""
    names = {
        code: str(name)
        for code, name in _locale(language).territories.items()
        if len(code) == 2 and code not in _OTHERS
    }
    known = [(code, names[code]) for code in _ASKED if regions_of(code)]
    others = sorted((one for one in names.items() if one[0] not in _ASKED), key=lambda one: one[1])
    return [*known, *others]


@lru_cache(maxsize=8)
def currency_choices(language: str) -> list[tuple[str, str]]:
    """The currencies that money can be counted in, by code, with their names."""
    names = _locale(language).currencies
    return [(code, f"{code}, {names[code]}") for code in sorted(CURRENCIES) if code in names]
