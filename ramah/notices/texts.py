"""The words of a rule, and of one notice: variables in braces, filled in from facts in the customer's language. Pure.

What is filled in is plain text in one line; whoever puts it into HTML escapes it. A value is never read as a text with variables
again, and there is no variable for an address.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings
from django.utils.translation import gettext as _
from moneyed import CURRENCIES

from ramah.kernel.money import Money, format_money
from ramah.notices import kinds, phrases
from ramah.notices.addressing import called
from ramah.notices.zones import is_zone
from ramah.promises.queries import by_words

Facts = Mapping[str, Any]
LANGUAGES: Final = tuple(code for code, _name in settings.LANGUAGES)
MOST_SUBJECT, MOST_TEXT, MOST_VALUE = 150, 4000, 120

_BRACES = re.compile(r"\{([^{}]*)\}")
_ORDER = ("name", "order", "parcel", "carrier")
_DAYS = ("old_date", "new_date", "range")
# By kind, which variables are known when it is told.
VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    kinds.AT_RISK: (*_ORDER, *_DAYS, "reason", "credit", "until"),
    kinds.LATE: (*_ORDER, *_DAYS, "reason", "credit", "until"),
    kinds.STALLED: (*_ORDER, *_DAYS, "until"),
    kinds.LOST: (*_ORDER, "until"),
    kinds.DELIVERY_FAILED: (*_ORDER, "reason", "pickup_place", "until"),
    kinds.CUSTOMS: (*_ORDER, *_DAYS, "reason", "until"),
    kinds.OUT_FOR_DELIVERY: (*_ORDER, "until"),
    kinds.DELIVERED: _ORDER,
    kinds.ORDER_CHANGED: ("name", "order", *_DAYS, "until"),
    kinds.PAYMENT_MISSING: ("name", "order", "amount", "until"),
    kinds.REFUND_SENT: ("name", "order", "amount"),
    kinds.BACK_IN_STOCK: ("name", "product", "price"),
    kinds.PRICE_DROP: ("name", "product", "price", "old_price"),
    kinds.PROMOTION: ("name",),
}


class BadTexts(ValueError):
    """The texts of a rule cannot be used; says where and why, for people."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What one customer reads: plain text, nothing escaped."""

    subject: str
    text: str


def check_texts(texts: Any, kind: str) -> None:
    """Raise `BadTexts` unless there is a subject and a text in every language, with no variable but those of the kind."""
    if not isinstance(texts, Mapping):
        raise BadTexts(_("A subject and a text are needed in each language."))
    for language in LANGUAGES:
        told = texts.get(language)
        if not isinstance(told, Mapping):
            raise BadTexts(_("The texts in %(language)s are missing.") % {"language": language})
        _check(told.get("subject"), kind, language, most=MOST_SUBJECT, is_line=True)
        _check(told.get("text"), kind, language, most=MOST_TEXT)


def _check(text: Any, kind: str, language: str, *, most: int, is_line: bool = False) -> None:
    if not isinstance(text, str) or not text.strip():
        raise BadTexts(_("The texts in %(language)s are missing.") % {"language": language})
    if len(text) > most or (is_line and "\n" in text.strip()) or _hidden(text):
        raise BadTexts(
            _("In %(language)s: at most %(most)s characters, the subject in one line, and no control characters.")
            % {"language": language, "most": most}
        )
    if unknown := [name for name in _BRACES.findall(text) if name not in VARIABLES[kind]]:
        facts = {"name": "{" + unknown[0][:40] + "}", "known": ", ".join(f"{{{name}}}" for name in VARIABLES[kind])}
        raise BadTexts(_("%(name)s is not known here. These are: %(known)s.") % facts)
    if {"{", "}"} & set(_BRACES.sub("", text)):
        raise BadTexts(_("In %(language)s a brace stands alone.") % {"language": language})


def filled(texts: Mapping[str, Mapping[str, str]], language: str, facts: Facts, *, at: datetime) -> Filled:
    """The words in `language` with their variables filled in; a variable that no fact fills says so in words."""
    told, values = texts[language], worded(facts, language, at=at)

    def fill(text: str) -> str:
        return _BRACES.sub(lambda found: values.get(found[1], found[0]), text).strip()

    return Filled(" ".join(fill(told["subject"]).split()), fill(told["text"]))


def worded(facts: Facts, language: str, *, at: datetime) -> dict[str, str]:
    """The value of every variable in `language`, for a sentence that is read at `at`; none is empty."""
    order = _line(facts.get("order"))
    values = {
        "name": called(_line(facts.get("name")), language),
        "order": order,
        "parcel": _line(facts.get("parcel")) or order,
        **{name: _line(facts.get(name)) for name in ("carrier", "pickup_place", "product")},
        **{name: _money(facts.get(name), language) for name in ("credit", "price", "old_price", "amount")},
        **{name: _day(facts.get(name), language, phrases.DAY) for name in ("old_date", "new_date")},
        "range": _range(facts.get("range"), language),
        "reason": phrases.REASONS.get(str(facts.get("reason")), {}).get(language, ""),
        "until": _until(facts, language, at),
    }
    return {name: value or phrases.UNKNOWN.get(name, {}).get(language, "–") for name, value in values.items()}


def preview(texts: Mapping[str, Mapping[str, str]], kind: str, language: str, *, at: datetime) -> list[Filled]:
    """The words as three customers would read them: one of whom all is known, one with odd facts, one of whom nothing is."""
    return [filled(texts, language, facts, at=at) for facts in samples(kind, language, at=at)]


def samples(kind: str, language: str, *, at: datetime) -> Sequence[Facts]:
    """Facts to show a rule with."""
    today = at.date()
    name = {"uk": "Олена Коваль", "id": "Sari Wulandari"}.get(language, "Dana Smith")
    amount = {"uk": {"amount": "1249", "currency": "UAH"}}.get(language, {"amount": "389000", "currency": "IDR"})
    known: dict[str, Any] = {
        "name": name,
        "order": "TL-10042",
        "parcel": "JN0123456789",
        "carrier": "Нова пошта" if language == "uk" else "JNE",
        "old_date": today.isoformat(),
        "new_date": (today + timedelta(days=2)).isoformat(),
        "range": [today.isoformat(), (today + timedelta(days=3)).isoformat()],
        "reason": "weather",
        "credit": amount,
        "amount": amount,
        "price": amount,
        "old_price": amount,
        "product": "Sanur",
        "pickup_place": "Depok 2",
        "until": at.isoformat(),
    }
    odd = {**known, "name": "<b>{order}</b>", "range": [known["old_date"]] * 2, "reason": "customs", "carrier": ""}
    return known, odd, {"order": "TL-10043"}


def _line(value: Any) -> str:
    """A value in one line, without what hides or turns around other signs."""
    text = value if isinstance(value, str) else ""
    kept = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or not _hidden(sign))
    return " ".join(kept.split())[:MOST_VALUE]


def _hidden(text: str) -> bool:
    return any(
        unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co") and sign not in "\n\r\t\u200d\u200c" for sign in text
    )


def _read_day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _day(value: Any, language: str, patterns: Mapping[str, str]) -> str:
    day = _read_day(value)
    return str(format_date(day, patterns[language], locale=language)) if day else ""


def _range(value: Any, language: str) -> str:
    days = [_read_day(day) for day in value] if isinstance(value, list | tuple) else []
    if len(days) != 2 or days[0] is None or days[1] is None:
        return ""
    first, last = sorted(day for day in days if day)
    if first == last:
        return phrases.ONE_DAY[language].format(_day(first.isoformat(), language, phrases.DAY))
    words = [_day(day.isoformat(), language, phrases.SHORT_DAY) for day in (first, last)]
    return phrases.RANGE[language].format(*words)


def _money(value: Any, language: str) -> str:
    told = value if isinstance(value, Mapping) else {}
    try:
        amount, currency = Decimal(str(told["amount"])), str(told["currency"])
    except (KeyError, InvalidOperation):
        return ""
    return format_money(Money(amount, currency), language) if amount.is_finite() and currency in CURRENCIES else ""


def _until(facts: Facts, language: str, at: datetime) -> str:
    zone = str(facts.get("zone") or "")
    try:
        until = datetime.fromisoformat(str(facts["until"]))
    except (KeyError, ValueError):
        return ""
    zone = zone if is_zone(zone) else settings.SHOP_TIME_ZONE
    return by_words(until, ZoneInfo(zone), language, now=at) if until.tzinfo else ""
