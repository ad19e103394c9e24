"""What Shippo tells: an envelope around a track, or the track alone where it was asked for; each brings the whole history.

Payload and statuses: https://docs.goshippo.com/docs/tracking/tracking, https://docs.goshippo.com/docs/tracking/webhooks
Signature: https://docs.goshippo.com/docs/Tracking/WebhookSecurity
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ramah.kernel.providers.contract import NotSigned, Unreadable
from ramah.kernel.providers.json import object_in, objects_in, text_in
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.facts import Told

TOLERANCE = timedelta(minutes=5)  # Shippo names none

# `status`; the list is complete by https://docs.goshippo.com/docs/tracking/tracking
STATUSES: Mapping[str, str] = {
    "PRE_TRANSIT": position.PRE_TRANSIT,
    "TRANSIT": position.IN_TRANSIT,
    "DELIVERED": position.DELIVERED,
    "RETURNED": position.RETURNED,
    "FAILURE": position.EXCEPTION,
    "UNKNOWN": facts.UNKNOWN,
}
# `substatus.code`, from the same page, where it says more than its status.
SUBSTATUSES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("TRANSIT", "address_issue"): (position.EXCEPTION, facts.ADDRESS),
    ("TRANSIT", "contact_carrier"): (position.EXCEPTION, facts.CONTACT),
    ("TRANSIT", "delayed"): (position.IN_TRANSIT, facts.DELAYED),
    ("TRANSIT", "delivery_attempted"): (position.DELIVERY_ATTEMPTED, ""),
    ("TRANSIT", "delivery_rescheduled"): (position.IN_TRANSIT, facts.RESCHEDULED),
    ("TRANSIT", "delivery_scheduled"): (position.IN_TRANSIT, facts.SCHEDULED),
    ("TRANSIT", "location_inaccessible"): (position.EXCEPTION, facts.NO_ACCESS),
    ("TRANSIT", "notice_left"): (position.DELIVERY_ATTEMPTED, ""),
    ("TRANSIT", "out_for_delivery"): (position.OUT_FOR_DELIVERY, ""),
    ("TRANSIT", "package_damaged"): (position.EXCEPTION, facts.DAMAGED),
    ("TRANSIT", "package_held"): (position.EXCEPTION, facts.HELD),
    ("TRANSIT", "pickup_available"): (position.AVAILABLE_FOR_PICKUP, ""),
    ("TRANSIT", "reschedule_delivery"): (position.DELIVERY_ATTEMPTED, facts.RESCHEDULED),
    ("RETURNED", "package_unclaimed"): (position.EXCEPTION, facts.UNCLAIMED),
    ("FAILURE", "package_undeliverable"): (position.EXCEPTION, facts.UNDELIVERABLE),
    ("FAILURE", "package_disposed"): (position.EXCEPTION, facts.DISPOSED),
    ("FAILURE", "package_lost"): (position.LOST, ""),
}


def check_signature(headers: Mapping[str, str], body: bytes, secret: str, *, now: datetime) -> None:
    """Raise `NotSigned` unless `Shippo-Auth-Signature` (t=<seconds>,v1=<hex>) is that of time and raw body, and of just now.

    Header names in lower case. Shippo signs only for accounts that have asked it to; the others use `check_token`.
    """
    given = headers.get("shippo-auth-signature", "")[:1000]
    parts = [
        (name.strip(), value.strip()) for name, _equals, value in (part.partition("=") for part in given.split(","))
    ]
    told_at = next((value for name, value in parts if name == "t"), "")
    signatures = [value.lower().encode(errors="replace") for name, value in parts if name == "v1"]
    if not secret or not (told_at.isascii() and told_at.isdecimal() and len(told_at) <= 12):
        raise NotSigned
    expected = hmac.new(secret.encode(), told_at.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    if not any(hmac.compare_digest(signature, expected) for signature in signatures):
        raise NotSigned
    if abs(now.timestamp() - int(told_at)) > TOLERANCE.total_seconds():
        raise NotSigned


def check_token(given: str, secret: str) -> None:
    """Raise `NotSigned` unless the token in the address is the account's; without one nobody is known."""
    if not secret or not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
        raise NotSigned


def parse(body: bytes, *, takes_tests: bool = True) -> list[Told]:
    """What a post, or a track that was asked for, tells, oldest first; nothing where it is about something else.

    Without `takes_tests` also nothing where it is of test mode. `object_id` of an entry is not promised to stay the same from
    post to post, so it names nothing here. Raises `Unreadable`.
    """
    posted = facts.read_object(body)
    event = text_in(posted, "event")
    if not event and not text_in(posted, "tracking_number"):
        raise Unreadable("no event")
    if event not in ("", "track_updated"):
        return []
    track = object_in(posted, "data") if event else posted
    if not takes_tests and True in (posted.get("test"), track.get("test")):
        return []
    number = facts.checked_number(text_in(track, "tracking_number"))
    entries = objects_in(track, "tracking_history")[-facts.MOST_ENTRIES :]
    history = [_entry(entry, number) for entry in entries]
    if newest := object_in(track, "tracking_status"):
        one = _entry(newest, number)
        if not any((one.code, one.told_at) == (other.code, other.told_at) for other in history):
            history.append(one)
    return history[-facts.MOST_ENTRIES :]


def _entry(entry: dict[str, Any], number: str) -> Told:
    location = object_in(entry, "location")
    country = facts.country_code(text_in(location, "country"))
    place = (text_in(location, "city"), text_in(location, "state"), "" if country else text_in(location, "country"))
    status, substatus = text_in(entry, "status"), text_in(object_in(entry, "substatus"), "code")
    return facts.told(
        number=number,
        meaning=_meaning(status.upper(), substatus.lower()),
        code=f"{status}/{substatus}" if substatus else status,
        told_at=text_in(entry, "status_date"),
        place=facts.place_of(*place),
        country=country,
        message=text_in(entry, "status_details"),
        raw=entry,
    )


def _meaning(status: str, substatus: str) -> tuple[str, str]:
    if not status:
        return facts.UNKNOWN, ""
    if status not in STATUSES:
        return position.IN_TRANSIT, facts.UNMAPPED
    return SUBSTATUSES.get((status, substatus), (STATUSES[status], ""))
