"""What carriers tell of a parcel, in our words, whoever told it: states, reasons, and one `Told` for each thing told.

Pure: no rows, no clock. What a set of them means for a shipment is decided elsewhere.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from babel.core import get_global

from ramah.kernel.providers.contract import Unreadable
from ramah.kernel.providers.json import Object, clean, read_json
from ramah.shipping import position

# Told, but nothing of where the parcel is: its state stays what it was.
UNKNOWN = "unknown"
STATES = frozenset({*position.STATES, UNKNOWN})

# Why: mostly of an exception, an attempt or a delay; empty where nothing was said.
ADDRESS = "address"
AWAY = "away"  # nobody was there
CANCELED = "canceled"
CLOSED = "closed"  # the addressee's shop or office was
CONTACT = "contact"  # the carrier wants to be called
CUSTOMS = "customs"
DAMAGED = "damaged"
DELAYED = "delayed"
DISPOSED = "disposed"
DOCUMENTS = "documents"  # papers or facts are missing
HELD = "held"
MISSORTED = "missorted"
NEIGHBOR = "neighbor"  # who has it
NO_ACCESS = "no_access"
NO_NEWS = "no_news"  # for so long that the provider has stopped asking
PAYMENT = "payment"
REFUSED = "refused"  # by the addressee
REJECTED = "rejected"  # by the carrier
RESCHEDULED = "rescheduled"
SCHEDULED = "scheduled"
UNCLAIMED = "unclaimed"
UNDELIVERABLE = "undeliverable"
WEATHER = "weather"
# The provider's word is not in our table. For the doctor, who counts such codes; nothing for customers.
UNMAPPED = "unmapped"
REASONS = frozenset(
    {
        ADDRESS,
        AWAY,
        CANCELED,
        CLOSED,
        CONTACT,
        CUSTOMS,
        DAMAGED,
        DELAYED,
        DISPOSED,
        DOCUMENTS,
        HELD,
        MISSORTED,
        NEIGHBOR,
        NO_ACCESS,
        NO_NEWS,
        PAYMENT,
        REFUSED,
        REJECTED,
        RESCHEDULED,
        SCHEDULED,
        UNCLAIMED,
        UNDELIVERABLE,
        WEATHER,
        UNMAPPED,
    }
)

# What is taken of one post, and of each text in it.
MOST_ENTRIES = 500
MOST_NUMBER = 60
MOST_CODE = 40
MOST_TOLD_AT = 40
MOST_PLACE = 120
MOST_MESSAGE = 300
MOST_EXTERNAL_ID = 80
# Of an entry kept as it came.
_MOST_RAW_DEPTH = 6
_MOST_RAW_ITEMS = 60
_MOST_RAW_TEXT = 1000

_YEARS = range(1990, 2200)  # some write the first day of their calendar where they know no time


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a carrier told of a parcel.

    `occurred_at` is UTC, and None where `told_at`, the text as it came, names no moment: without an offset it is the wall clock
    of a place, with `zone` empty. `zone` is "UTC" or an offset such as "+07:00". `country` is ISO 3166-1 alpha-2 or empty.
    `external_id` names this one thing at the provider, the same each time it is told again, or is empty. `raw` is the entry as it
    came, cut to bounds and fit for a JSON column.
    """

    number: str
    state: str
    reason: str
    code: str
    occurred_at: datetime | None
    told_at: str
    zone: str
    place: str
    country: str
    message: str
    external_id: str
    raw: Mapping[str, object]


def told(
    *,
    number: str,
    meaning: tuple[str, str],
    code: str,
    told_at: str,
    place: str = "",
    country: str = "",
    message: str = "",
    external_id: str = "",
    raw: Mapping[str, object],
) -> Told:
    """A `Told` within its bounds; `meaning` is state and reason."""
    state, reason = meaning
    occurred_at, zone = moment_of(told_at)
    return Told(
        number=number,
        state=state,
        reason=reason,
        code=code[:MOST_CODE],
        occurred_at=occurred_at,
        told_at=told_at[:MOST_TOLD_AT],
        zone=zone,
        place=place[:MOST_PLACE],
        country=country,
        message=message[:MOST_MESSAGE],
        external_id=external_id[:MOST_EXTERNAL_ID],
        raw=_bounded_object(raw, 1),
    )


def read_object(body: bytes) -> Object:
    """The JSON object that `body` is. Raises `Unreadable`."""
    found = read_json(body)
    if not isinstance(found, dict):
        raise Unreadable("no JSON object")
    return found


def checked_number(number: str) -> str:
    """The tracking number. Raises `Unreadable` where there is none, or one that would have to be cut: that is another one."""
    number = number.strip()
    if not 0 < len(number) <= MOST_NUMBER:
        raise Unreadable("no tracking number")
    return number


def with_word(history: Sequence[Told], word: Told) -> list[Told]:
    """The history, and behind it the word on the whole parcel, where that says something else than the newest entry.

    The word then stands at the time and place of that entry: it came with it, and is told again with every post.
    """
    if word.state == UNKNOWN or (history and history[-1].state == word.state):
        return list(history)
    if history:
        newest = history[-1]
        word = replace(
            word,
            occurred_at=newest.occurred_at,
            told_at=newest.told_at,
            zone=newest.zone,
            place=newest.place,
            country=newest.country,
        )
    return [*history, word][-MOST_ENTRIES:]


def moment_of(told_at: str) -> tuple[datetime | None, str]:
    """A moment in UTC and the zone it was told in: ISO 8601 with an offset, or seconds since 1970. Else None, and no zone."""
    try:
        if told_at.isascii() and told_at.isdecimal() and 9 <= len(told_at) <= 11:
            found = datetime.fromtimestamp(int(told_at), tz=UTC)
        else:
            found = datetime.fromisoformat(told_at)
        if found.tzinfo is None:
            return None, ""
        zone = str(found.tzinfo).removeprefix("UTC") or "UTC"
        return (found.astimezone(UTC) if found.year in _YEARS else None), zone
    except (ValueError, OverflowError, OSError):
        return None, ""


def country_code(text: str) -> str:
    """The two letters of a country told by two or three; empty for whatever else, a name too."""
    code = text.upper()
    if not (code.isascii() and code.isalpha() and len(code) in (2, 3)):
        return ""
    found = get_global("territory_aliases").get(code, [code])  # CLDR's list has every alpha-3 code, and UK
    return str(found[0]) if len(found) == 1 and len(found[0]) == 2 else ""


def place_of(*parts: str) -> str:
    """A place for people, of its parts that are there."""
    return ", ".join(part for part in parts if part)


def _bounded_object(value: Mapping[Any, object], depth: int) -> dict[str, object]:
    items = list(value.items())[:_MOST_RAW_ITEMS]
    return {clean(str(name)[:80]): _bounded(one, depth + 1) for name, one in items}


def _bounded(value: object, depth: int) -> object:
    if isinstance(value, str):
        return clean(value[:_MOST_RAW_TEXT])
    if isinstance(value, Mapping):
        return _bounded_object(value, depth) if depth <= _MOST_RAW_DEPTH else {}
    if isinstance(value, list):
        return [_bounded(one, depth + 1) for one in value[:_MOST_RAW_ITEMS]] if depth <= _MOST_RAW_DEPTH else []
    return _bounded_number(value)


def _bounded_number(value: object) -> object:
    if isinstance(value, int) and value.bit_length() > 63:
        return str(value)[:MOST_TOLD_AT]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON can spell 1e999, and no database takes what it becomes
    return value if isinstance(value, int | float) else None
