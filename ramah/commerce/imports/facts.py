"""Cells that hold several things: attributes of a product line by line, prices in further currencies. Reading and writing them.

attributes_en: "Fabric: Linen\\nCare: Wash cold"; the lines of the other languages say the same in the same order
other_prices:  "UAH=1249/1499; EUR=36.50"; what stands behind the stroke is the price before the reduction
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from ramah.commerce.imports import values
from ramah.commerce.imports.records import Refused
from ramah.commerce.imports.values import Reading

LANGUAGES = ("en", "id", "uk")
MOST_ATTRIBUTES = 40
_NOTHING = ":"


def attributes_of(told: Mapping[str, str]) -> list[dict[str, dict[str, str]]] | None:
    """The attributes that the columns of all languages tell together; None where there is no such column. Raises `Refused`."""
    columns = {language: f"attributes_{language}" for language in LANGUAGES}
    lines = {
        language: values.unguarded(told[column]).splitlines() for language, column in columns.items() if column in told
    }
    if not lines:
        return None
    filled = {language: rows for language, rows in lines.items() if rows}
    found: list[dict[str, dict[str, str]]] = []
    for number in range(max(map(len, filled.values()), default=0)):
        fact: dict[str, dict[str, str]] = {"name": {}, "value": {}}
        for language, rows in filled.items():
            if number >= len(rows):
                raise Refused(_("it has fewer lines than in another language"), column=columns[language])
            _read_line(rows[number], language, fact, column=columns[language])
        if fact["name"]:
            found.append(fact)
    if len(found) > MOST_ATTRIBUTES:
        told_counts = {"count": len(found), "most": MOST_ATTRIBUTES}
        raise Refused(_("there are %(count)d; at most %(most)d are taken") % told_counts, column="attributes_en")
    return found


def _read_line(line: str, language: str, fact: dict[str, dict[str, str]], *, column: str) -> None:
    bare = " ".join(line.split())
    if bare in {"", _NOTHING}:
        return
    name, colon, value = bare.partition(":")
    if not colon or not name.strip() or not value.strip():
        raise Refused(_("%(cell)r is no attribute; write Fabric: Linen") % {"cell": bare[:20]}, column=column)
    for part, text, limit, too_long in (
        ("name", name, 60, _("a name is longer than %(limit)s characters")),
        ("value", value, 300, _("a value is longer than %(limit)s characters")),
    ):
        if len(text.strip()) > limit:
            raise Refused(too_long % {"limit": limit}, column=column)
        fact[part][language] = text.strip()


def attributes_cell(attributes: Sequence[Mapping[str, Mapping[str, str]]], language: str) -> str:
    """The cell of a language. A line that it lacks is a colon, so that the lines of all languages stay side by side."""
    lines = [
        f"{fact['name'][language]}: {fact['value'][language]}"
        if fact["name"].get(language) and fact["value"].get(language)
        else _NOTHING
        for fact in attributes
    ]
    return "" if all(line == _NOTHING for line in lines) else "\n".join(lines)


def other_prices_of(cells: Mapping[str, str], own: str, reading: Reading) -> dict[str, list[str | None]] | None:
    """The prices in further currencies; None where there is no such column. Raises `Refused`."""
    told = cells.get("other_prices")
    if told is None:
        return None
    found: dict[str, list[str | None]] = {}
    for part in filter(None, (part.strip() for part in told.split(";"))):
        code, sign, amounts = part.partition("=")
        if not sign:
            raise Refused(_("%(cell)r is no price; write UAH=1249") % {"cell": part[:20]}, column="other_prices")
        code = values.currency(code, column="other_prices")
        price, _stroke, before = amounts.partition("/")
        pair = [
            values.amount(amount, code, column="other_prices", reading=reading) if amount.strip() else None
            for amount in (price, before)
        ]
        _check(code, pair, own, found)
        found[code] = [None if amount is None else str(amount) for amount in pair]
    return found


def _check(code: str, pair: list[Decimal | None], own: str, found: Mapping[str, object]) -> None:
    price, before = pair
    if price is None or code == own or code in found:
        reason = _("the price in %(currency)s is missing, or said twice") % {"currency": code}
        raise Refused(reason, column="other_prices")
    if before is not None and before <= price:
        reason = _("the price before in %(currency)s is not above the price") % {"currency": code}
        raise Refused(reason, column="other_prices")


def other_prices_cell(prices: Mapping[str, Sequence[str | None]]) -> str:
    """The opposite of `other_prices_of`."""
    return "; ".join(
        f"{code}={plain(amounts[0])}{f'/{plain(amounts[1])}' if len(amounts) > 1 and amounts[1] else ''}"
        for code, amounts in prices.items()
    )


def plain(amount: object) -> str:
    """An amount with a point before the decimals, and without those when they are nought: it reads in one way only."""
    number = Decimal(str(amount))
    return str(number.quantize(Decimal(1))) if number == number.to_integral_value() else f"{number:.2f}"
