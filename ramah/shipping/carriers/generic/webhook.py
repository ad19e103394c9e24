"""The JSON that anybody may post who knows the account's secret. The whole of it stands in docs/guides/carrier-webhook.md.

{"events": [{"number", "state", "reason", "code", "occurred_at", "place", "country", "message", "id"}, ...]}
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ramah.kernel.providers.contract import NotSigned, Unreadable
from ramah.kernel.providers.json import clean, read_json, text_in
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.facts import Told

MOST_EVENTS = 1000
SIGNATURE, TIMESTAMP = "x-ramah-signature", "x-ramah-timestamp"
FRESH = timedelta(minutes=5)
_REASONS = facts.REASONS | {position.MISDELIVERED}
_PREFIX = "sha256="


def signature(secret: str, body: bytes, timestamp: str = "") -> str:
    """The value of `X-Ramah-Signature`: over `<timestamp>.<body>` where `X-Ramah-Timestamp` is sent, else over the body."""
    signed = timestamp.encode() + b"." + body if timestamp else body
    return _PREFIX + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def check_signature(headers: Mapping[str, str], body: bytes, secret: str, at: datetime) -> None:
    """Raise `NotSigned` unless whoever posts knows the secret; with a timestamp, unless it is of these minutes too.

    Names of headers in lower case. Without a timestamp a post may be played again; it then tells what is known already.
    """
    given = headers.get(SIGNATURE, "").strip().lower().encode(errors="replace")
    timestamp = headers.get(TIMESTAMP, "")
    expected = signature(secret, body, timestamp if timestamp.isascii() else "").encode()
    if not secret or not hmac.compare_digest(given, expected):
        raise NotSigned
    if timestamp and not _is_fresh(timestamp, at):
        raise NotSigned


def parse(body: bytes) -> list[Told]:
    """What a body tells, in its own sequence. Raises `Unreadable`, and then nothing of it counts."""
    found = read_json(body)
    entries = found.get("events") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise Unreadable('an object with a list "events" is accepted')
    if len(entries) > MOST_EVENTS:
        raise Unreadable(f"events: at most {MOST_EVENTS} are taken at once")
    return [_told(entry, place) for place, entry in enumerate(entries, start=1)]


def _told(entry: Any, place: int) -> Told:
    if not isinstance(entry, dict):
        raise Unreadable(f"event {place}: an object is accepted")
    number = text_in(entry, "number", most=facts.MOST_NUMBER + 1).strip()
    if not 0 < len(number) <= facts.MOST_NUMBER:
        raise Unreadable(f"event {place}: number: from 1 to {facts.MOST_NUMBER} signs are accepted")
    return facts.told(
        number=number,
        meaning=_meaning(entry),
        code=text_in(entry, "code", most=facts.MOST_CODE) or text_in(entry, "state", most=facts.MOST_CODE),
        told_at=text_in(entry, "occurred_at", most=facts.MOST_TOLD_AT).strip(),
        place=text_in(entry, "place", most=facts.MOST_PLACE),
        country=facts.country_code(text_in(entry, "country", most=4)),
        message=text_in(entry, "message", most=facts.MOST_MESSAGE),
        external_id=text_in(entry, "id", most=facts.MOST_EXTERNAL_ID),
        raw={clean(str(name)): value for name, value in entry.items()},
    )


def _meaning(entry: Mapping[str, object]) -> tuple[str, str]:
    """State and reason. A state that is not ours says that the parcel is on its way, and is counted for the doctor."""
    state, reason = text_in(entry, "state", most=40).strip().lower(), text_in(entry, "reason", most=40).strip().lower()
    if not state:
        return facts.UNKNOWN, ""
    if state not in facts.STATES:
        return position.IN_TRANSIT, facts.UNMAPPED
    return state, reason if reason in _REASONS else ""


def _is_fresh(timestamp: str, at: datetime) -> bool:
    if not timestamp.isdecimal() or len(timestamp) > 11:
        return False
    return abs(at - datetime.fromtimestamp(int(timestamp), tz=UTC)) <= FRESH
