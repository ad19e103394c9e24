"""Cells into values: amounts, dates, currencies, addresses. Whatever may be read in two ways is refused, not guessed."""

import html
import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from babel.numbers import get_currency_precision
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.formats import number_format
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from moneyed import CURRENCIES

from ramah.commerce.imports.records import Refused

MAX_AMOUNT = Decimal(10) ** 12
MAX_PIECES = 1_000_000
_SIGNS = {"RP": "IDR", "₴": "UAH", "ГРН": "UAH", "€": "EUR", "£": "GBP"}
_DATE_FORMS = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y/%m/%d")
_TIME_FORMS = ("", " %H:%M", " %H:%M:%S")
_ZONE = re.compile(r"\s*(?:UTC|GMT|Z|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))$", re.IGNORECASE)
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_MONTH_FIRST = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d.%m.%Y": "%m.%d.%Y"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the file does not say: zone of its times, country of its phone numbers, its currency, language, date order."""

    time_zone: str = "Asia/Jakarta"
    region: str = "ID"
    currency: str = ""
    language: str = "en"
    month_first: bool = False
    decimal: str = ""  # "." or ","; empty: found out, and refused where it cannot be

    @classmethod
    def checked(cls, **told: Any) -> "Reading":
        """A reading whose zone, country, currency and language exist. Raises ValueError with a sentence for the person."""
        try:
            reading = cls(**told)
            time_zone(reading.time_zone)
            language(reading.language)
            if reading.currency:
                reading = replace(reading, currency=currency(reading.currency))
        except Refused as error:
            raise ValueError(f"{error.column}: {error.reason}") from None
        if reading.region not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(_("region: %(cell)r is no country; write ID or UA") % {"cell": reading.region})
        return reading


def guarded(cell: str) -> str:
    """The text so that a spreadsheet does not run it: what begins like a formula gets an apostrophe before it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The opposite of `guarded`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def text(cell: str, *, limit: int, column: str) -> str:
    """One line of text, runs of white space made one space. Formulas stay what they are: text."""
    line = unguarded(" ".join(cell.split()))
    if len(line) > limit:
        raise _too_long(limit, column)
    return line


def prose(cell: str, *, limit: int, column: str) -> str:
    """Text of several lines; HTML loses its tags."""
    cell = unguarded(cell)
    plain = html.unescape(strip_tags(re.sub(r"<(br|/p|/li|/h\d)\b[^>]*>", "\n", cell))).strip()
    if len(plain) > limit:
        raise _too_long(limit, column)
    return plain


def _too_long(limit: int, column: str) -> Refused:
    words = {"limit": number_format(limit, force_grouping=True)}
    return Refused(_("it is longer than %(limit)s characters") % words, column=column)


def currency(cell: str, *, column: str = "currency") -> str:
    """An ISO 4217 code; a few usual signs are understood. Raises `Refused`."""
    code = cell.strip().upper().rstrip(".")
    code = _SIGNS.get(code, code)
    if not code:
        raise Refused(_("it is not said; add a column or give --currency"), column=column)
    if code not in CURRENCIES:
        reason = _("%(cell)r is no currency (ISO 4217, such as IDR or UAH)") % {"cell": cell[:20]}
        raise Refused(reason, column=column)
    return code


def amount(cell: str, code: str, *, column: str, reading: Reading) -> Decimal:
    """An amount that is not negative: `389.000`, `Rp 389,000`, `1 249,00`, `1249.5`. Raises `Refused`."""
    bare = re.sub(r"[^\W\d_]+\.?|,[-–—]$", "¤", cell.strip())  # Rp. 389.000,-
    numbers = re.findall(r"[.,]?\d[\d.,'’\s]*", bare)
    if len(numbers) != 1:
        raise Refused(_("%(cell)r is no amount") % {"cell": cell[:20]}, column=column)
    if re.search(r"[-−]|\(.*\)", bare):
        raise Refused(_("it is negative"), column=column)
    digits = re.sub(r"[^\d.,]", "", numbers[0]).rstrip(".,")
    value = Decimal(_plain(digits, code, column=column, reading=reading)).quantize(Decimal("0.01"))
    if value >= MAX_AMOUNT:
        raise Refused(_("it is too large"), column=column)
    return value


def _plain(digits: str, code: str, *, column: str, reading: Reading) -> str:
    """The digits with a point before the decimals and nothing else."""
    mark = reading.decimal or _decimal_mark(digits, code, column=column)
    whole, _mark, rest = digits.rpartition(mark) if mark and mark in digits else (digits, "", "")
    groups = re.split(r"[.,]", whole)
    if (rest and not rest.isdigit()) or (len(groups) > 1 and any(len(group) != 3 for group in groups[1:])):
        raise Refused(_("%(cell)r is no amount") % {"cell": digits}, column=column)
    return f"{''.join(groups) or '0'}.{rest or '0'}"


def _decimal_mark(digits: str, code: str, *, column: str) -> str:
    marks = [sign for sign in digits if sign in ".,"]
    if not marks:
        return ""
    if len(set(marks)) == 2:
        return marks[-1]
    if len(marks) > 1:
        return ""
    if len(digits.rpartition(marks[0])[2]) != 3:
        return marks[0]
    if code == "IDR" or get_currency_precision(code) == 0:
        return ""  # 389.000 rupiah are never 389
    reason = _("%(cell)r can be read in two ways; write 12500 or 12.50, or give --decimal") % {"cell": digits}
    raise Refused(reason, column=column)


def pieces(cell: str, *, column: str = "quantity") -> int:
    """A count from 1 on; `2.0` is 2. Raises `Refused`."""
    number = whole_number(cell, column=column)
    if not 1 <= number <= MAX_PIECES:
        words = {"number": number, "most": number_format(MAX_PIECES, force_grouping=True)}
        raise Refused(_("it is %(number)s; from 1 to %(most)s pieces are accepted") % words, column=column)
    return number


def whole_number(cell: str, *, column: str) -> int:
    """A whole number, maybe negative (stock). Raises `Refused`."""
    if not re.fullmatch(r"[+-]?\d{1,9}([.,]0+)?", cell):
        raise Refused(_("%(cell)r is no whole number") % {"cell": cell[:20]}, column=column)
    return int(re.split(r"[.,]", cell)[0])


def moment(cell: str, *, column: str, reading: Reading) -> datetime:
    """An aware time, in UTC unless the cell names a zone. Without a zone it is in `reading.time_zone`. Raises `Refused`."""
    parsed = _iso(cell) or _other_forms(cell, month_first=reading.month_first)
    if parsed is None:
        raise Refused(
            _("%(cell)r is no date; write %(pattern)s") % {"cell": cell[:30], "pattern": "2026-03-31 14:05"},
            column=column,
        )
    if not 1990 <= parsed.year <= 2100:
        raise Refused(_("the year %(year)d cannot be right") % {"year": parsed.year}, column=column)
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(reading.time_zone))
    return aware.astimezone(ZoneInfo("UTC"))


def day(cell: str, *, column: str, reading: Reading) -> date:
    """A calendar day. Raises `Refused`."""
    parsed = _iso(cell) or _other_forms(cell, month_first=reading.month_first)
    if parsed is None or not 1990 <= parsed.year <= 2100:
        raise Refused(
            _("%(cell)r is no date; write %(pattern)s") % {"cell": cell[:30], "pattern": "2026-03-31"}, column=column
        )
    return parsed.date()


def _iso(cell: str) -> datetime | None:
    zone = _ZONE.search(cell) if ":" in cell else None
    bare = cell[: zone.start()] if zone else cell
    try:
        parsed = datetime.fromisoformat(bare)
        offset = (zone["sign"] + zone["hours"] + ":" + zone["minutes"] if zone["sign"] else "+00:00") if zone else ""
        return datetime.fromisoformat(parsed.isoformat() + offset)
    except ValueError:
        return None


def _other_forms(cell: str, *, month_first: bool) -> datetime | None:
    for form in _DATE_FORMS:
        form = _MONTH_FIRST.get(form, form) if month_first else form
        for clock in _TIME_FORMS:
            try:
                return datetime.strptime(cell, form + clock)  # noqa: DTZ007 - the zone comes from the reading
            except ValueError:
                continue
    return None


def email(cell: str, *, column: str = "email") -> str:
    """An address in lower case. Raises `Refused`."""
    address = cell.strip().strip("<>").lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refused(_("it is no e-mail address"), column=column) from None
    if len(address) > 254:
        raise Refused(_("it is no e-mail address"), column=column)
    return address


def phone(cell: str, *, reading: Reading, column: str = "phone") -> str:
    """A number in E.164 form. Raises `Refused`."""
    try:
        number = phonenumbers.parse(cell.strip("'\" "), reading.region)
    except phonenumbers.NumberParseException:
        raise Refused(_("it is no phone number"), column=column) from None
    if not phonenumbers.is_valid_number(number):
        reason = _("it is no phone number of %(region)s; write it with + and country code")
        raise Refused(reason % {"region": reading.region}, column=column)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def language(cell: str, *, column: str = "language") -> str:
    """A language tag in lower case. Raises `Refused`."""
    tag = cell.strip().replace("_", "-").lower()
    if tag and not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,4})?", tag):
        raise Refused(_("%(cell)r is no language; write id, uk or en") % {"cell": cell[:20]}, column=column)
    return tag


def time_zone(cell: str, *, column: str = "time_zone") -> str:
    """An IANA name. Raises `Refused`."""
    if cell and cell not in available_timezones():
        raise Refused(_("%(cell)r is no time zone; write Asia/Jakarta") % {"cell": cell[:40]}, column=column)
    return cell


def options(cell: str, *, column: str = "options") -> dict[str, str]:
    """`size=M, color=Indigo` (also with `:`, also between `|` or `;`). Raises `Refused`."""
    found = {}
    for part in re.split(r"[,;|]", cell):
        name, sign, value = part.partition("=") if "=" in part else part.partition(":")
        if sign and name.strip() and value.strip():
            found[text(name, limit=40, column=column).lower()] = text(value, limit=80, column=column)
        elif part.strip():
            reason = _("%(cell)r has no name; write size=M, color=Indigo") % {"cell": part.strip()[:20]}
            raise Refused(reason, column=column)
    return found
