"""Public holidays by country, from the `holidays` package.

It is imported only when a calendar that observes a country's holidays is first asked: that costs some 12 MB and 0.3 s.
A few countries have none at times by law, as Ukraine since March 2022: add own days off there.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel.core import Locale

# Letters that Unicode lists elsewhere than the Ukrainian alphabet does.
_ALPHABET = str.maketrans({"Ґ": "Г\uffff", "Є": "Е\uffff", "І": "И\uffff", "Ї": "И\uffff\uffff"})


@lru_cache(maxsize=256)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """Public holidays of a country (ISO 3166 code) in one year; none for a country that is not known."""
    from holidays import country_holidays  # too big to load where nobody asks

    try:
        return frozenset(country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


@lru_cache(maxsize=1)
def known_countries() -> frozenset[str]:
    """ISO 3166 codes of the countries whose holidays are known."""
    from holidays import list_supported_countries  # as above

    return frozenset(code for code in list_supported_countries(include_aliases=False) if len(code) == 2)


def country_choices(language: str) -> list[tuple[str, str]]:
    """Code and name, in `language`, of each country whose holidays are known, by name."""
    names = Locale.parse(language, sep="-").territories
    choices = [(code, str(names.get(code, code))) for code in known_countries()]
    return sorted(choices, key=lambda choice: choice[1].translate(_ALPHABET))


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Own days off and the public holidays of a country (none when empty), whatever the year."""

    country: str
    own: Container[date]

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return day in self.own or bool(self.country and day in holidays_of(self.country, day.year))
