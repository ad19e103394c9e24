"""What EasyPost tells: an event around a tracker, or the tracker alone where it was asked for; each brings the
whole history of its parcel.

Payload and statuses: https://docs.easypost.com/docs/trackers, https://docs.easypost.com/docs/events
Signature: https://docs.easypost.com/guides/webhooks-guide
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ramah.kernel.providers.contract import NotSigned, Unreadable
from ramah.kernel.providers.json import object_in, objects_in, text_in
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.facts import Told

_PREFIX = b"hmac-sha256-hex="

# `status` of a tracker and of a detail; the list is complete by https://docs.easypost.com/docs/trackers
STATUSES: Mapping[str, str] = {
    "unknown": facts.UNKNOWN,
    "pre_transit": position.PRE_TRANSIT,
    "in_transit": position.IN_TRANSIT,
    "out_for_delivery": position.OUT_FOR_DELIVERY,
    "delivered": position.DELIVERED,
    "available_for_pickup": position.AVAILABLE_FOR_PICKUP,
    "return_to_sender": position.RETURNED,  # it begins, or is done
    "failure": position.EXCEPTION,
    "cancelled": position.EXCEPTION,
    "error": position.EXCEPTION,
}
# `status_detail`, as far as it says why.
DETAILS: Mapping[str, str] = {
    "address_correction": facts.ADDRESS,
    "awaiting_information": facts.DOCUMENTS,
    "cancelled": facts.CANCELED,
    "damaged": facts.DAMAGED,
    "delayed": facts.DELAYED,
    "expired": facts.NO_NEWS,
    "held": facts.HELD,
    "missorted": facts.MISSORTED,
    "refused": facts.REFUSED,
    "weather_delay": facts.WEATHER,
}
# There is no status for an attempt: it is a detail that is on its way or has failed, and its text says so.
_ATTEMPT = re.compile(
    r"\b(?:attempted delivery|delivery (?:was )?attempted|delivery attempt (?:failed|unsuccessful|made)"
    r"|(?:failed|unsuccessful|missed) delivery(?: attempt)?|notice left"
    r"|(?:no one|nobody) (?:was )?(?:at )?home)\b",
    re.IGNORECASE,
)
_MAY_BE_ATTEMPT = {position.IN_TRANSIT, position.OUT_FOR_DELIVERY, position.EXCEPTION}


def check_signature(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    """Raise `NotSigned` unless `X-Hmac-Signature` is that of the raw body under the webhook's secret; header names in lower case.

    The secret is normalized (NFKD) before it becomes a key. `X-Hmac-Signature-V2`, which has a time, is not looked at: what it
    signs is described in more than one way. A post that is played again tells what is known.
    """
    given = headers.get("x-hmac-signature", "").strip().encode(errors="replace")
    if not secret:
        raise NotSigned
    key = unicodedata.normalize("NFKD", secret).encode()
    expected = _PREFIX + hmac.new(key, body, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(given.lower(), expected):
        raise NotSigned


def parse(body: bytes, *, takes_tests: bool = True) -> list[Told]:
    """What an event, or a tracker that was asked for, tells, oldest first; nothing where it is about something else.

    Without `takes_tests` also nothing where it is of test mode. Raises `Unreadable`.
    """
    event = facts.read_object(body)
    if text_in(event, "object") not in ("Event", "Tracker"):
        raise Unreadable("no event")
    tracker = object_in(event, "result") if text_in(event, "object") == "Event" else event
    if text_in(tracker, "object") != "Tracker":
        return []
    if not takes_tests and "test" in (text_in(event, "mode"), text_in(tracker, "mode")):
        return []
    number = facts.checked_number(text_in(tracker, "tracking_code"))
    details = objects_in(tracker, "tracking_details")[-facts.MOST_ENTRIES :]
    attempted_at = _attempted_at(tracker)
    history = [_entry(detail, number, attempted_at) for detail in details]
    if details and _meaning(details[-1])[0] == _meaning(tracker)[0]:
        return history
    # The tracker's own status is the one to go by: https://docs.easypost.com/docs/trackers
    beside = {name: one for name, one in tracker.items() if name != "tracking_details"}
    told_at = text_in(tracker, "updated_at") or text_in(event, "updated_at")
    word = facts.told(number=number, meaning=_meaning(tracker), code=_code(tracker), told_at=told_at, raw=beside)
    return facts.with_word(history, word)


def _entry(detail: dict[str, Any], number: str, attempted_at: datetime | None) -> Told:
    location = object_in(detail, "tracking_location")
    country = facts.country_code(text_in(location, "country"))
    place = (text_in(location, "city"), text_in(location, "state"), "" if country else text_in(location, "country"))
    message = text_in(detail, "message") or text_in(detail, "description")
    told_at = text_in(detail, "datetime")
    state, reason = _meaning(detail)
    is_first_attempt = attempted_at is not None and facts.moment_of(told_at)[0] == attempted_at
    if state in _MAY_BE_ATTEMPT and (is_first_attempt or _ATTEMPT.search(message)):
        state = position.DELIVERY_ATTEMPTED
    return facts.told(
        number=number,
        meaning=(state, reason),
        code=_code(detail),
        told_at=told_at,
        place=facts.place_of(*place),
        country=country,
        message=message,
        raw=detail,
    )


def _meaning(of: dict[str, Any]) -> tuple[str, str]:
    """State and reason of a tracker or of a detail."""
    status, detail = text_in(of, "status").lower(), text_in(of, "status_detail").lower()
    if not status:
        return facts.UNKNOWN, ""
    if status not in STATUSES:
        return position.IN_TRANSIT, facts.UNMAPPED
    state = STATUSES[status]
    if state == position.EXCEPTION and detail == "lost":
        return position.LOST, ""
    return state, facts.CANCELED if status == "cancelled" else DETAILS.get(detail, "")


def _code(of: dict[str, Any]) -> str:
    status, detail = text_in(of, "status"), text_in(of, "status_detail")
    return f"{status}/{detail}" if detail and detail != status else status


def _attempted_at(tracker: dict[str, Any]) -> datetime | None:
    return facts.moment_of(text_in(object_in(tracker, "carrier_detail"), "initial_delivery_attempt"))[0]
