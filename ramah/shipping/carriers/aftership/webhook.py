"""What AfterShip tells: an envelope around a tracking, or the tracking alone where it was asked for; each brings all checkpoints.

Payload: https://www.aftership.com/docs/tracking/webhook/webhook-specifications
Signature: https://www.aftership.com/docs/tracking/webhook/webhook-signature
Statuses: https://www.aftership.com/docs/tracking/enum/delivery-statuses and .../delivery-sub-statuses
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from ramah.kernel.providers.contract import NotSigned, Unreadable
from ramah.kernel.providers.json import object_in, objects_in, text_in
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.facts import Told

# `tag` of a tracking and of a checkpoint.
TAGS: Mapping[str, tuple[str, str]] = {
    "Pending": (facts.UNKNOWN, ""),
    "InfoReceived": (position.PRE_TRANSIT, ""),
    "InTransit": (position.IN_TRANSIT, ""),
    "OutForDelivery": (position.OUT_FOR_DELIVERY, ""),
    "AttemptFail": (position.DELIVERY_ATTEMPTED, ""),
    "Delivered": (position.DELIVERED, ""),
    "AvailableForPickup": (position.AVAILABLE_FOR_PICKUP, ""),
    "Exception": (position.EXCEPTION, ""),
    "Expired": (position.EXCEPTION, facts.NO_NEWS),  # no end: for 30 days nothing was heard
}
# `subtag`, where it says more than its tag. New ones come with versions of the API.
SUBTAGS: Mapping[str, tuple[str, str]] = {
    "AttemptFail_002": (position.DELIVERY_ATTEMPTED, facts.AWAY),
    "AttemptFail_003": (position.DELIVERY_ATTEMPTED, facts.CLOSED),
    "Delivered_005": (position.DELIVERED, facts.NEIGHBOR),
    "Exception_002": (position.EXCEPTION, facts.ADDRESS),  # the customer has moved
    "Exception_003": (position.EXCEPTION, facts.REFUSED),
    "Exception_004": (position.EXCEPTION, facts.CUSTOMS),
    "Exception_005": (position.EXCEPTION, facts.DELAYED),
    "Exception_006": (position.EXCEPTION, facts.PAYMENT),
    "Exception_007": (position.EXCEPTION, facts.ADDRESS),
    "Exception_008": (position.EXCEPTION, facts.UNCLAIMED),
    "Exception_009": (position.EXCEPTION, facts.REJECTED),
    "Exception_010": (position.RETURNED, ""),  # it begins
    "Exception_011": (position.RETURNED, ""),
    "Exception_012": (position.EXCEPTION, facts.DAMAGED),
    "Exception_013": (position.LOST, ""),
    "Exception_016": (position.EXCEPTION, facts.DELAYED),
    "Exception_017": (position.EXCEPTION, facts.WEATHER),
    "Exception_018": (position.EXCEPTION, facts.DOCUMENTS),
    "Exception_019": (position.EXCEPTION, facts.DELAYED),
    "Exception_020": (position.EXCEPTION, facts.CANCELED),
    "Exception_021": (position.EXCEPTION, facts.DISPOSED),
}


def check_signature(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    """Raise `NotSigned` unless `aftership-hmac-sha256` (base64) is that of the raw body under the webhook's secret.

    Header names in lower case. No time is signed: a post that is played again tells what is known.
    """
    given = headers.get("aftership-hmac-sha256", "").strip().encode(errors="replace")
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    if not secret or not hmac.compare_digest(given, expected):
        raise NotSigned


def parse(body: bytes) -> list[Told]:
    """What a post, or a tracking that was asked for, tells, oldest first; nothing where it is about something else.

    Raises `Unreadable`.
    """
    posted = facts.read_object(body)
    event = text_in(posted, "event")
    if not event and not text_in(posted, "tracking_number"):
        raise Unreadable("no event")
    if event not in ("", "tracking_update"):
        return []
    tracking = object_in(posted, "msg") if event else posted
    number = facts.checked_number(text_in(tracking, "tracking_number"))
    checkpoints = objects_in(tracking, "checkpoints")[-facts.MOST_ENTRIES :]
    history = [_entry(checkpoint, number) for checkpoint in checkpoints]
    word = facts.told(
        number=number,
        meaning=_meaning(tracking),
        code=_code(tracking),
        told_at=text_in(posted, "ts") or text_in(tracking, "updated_at"),
        message=text_in(tracking, "subtag_message"),
        raw={
            name: tracking.get(name) for name in ("id", "slug", "tag", "subtag", "subtag_message", "return_to_sender")
        },
    )
    return facts.with_word(history, word)


def _entry(checkpoint: dict[str, Any], number: str) -> Told:
    told_country = text_in(checkpoint, "country_region") or text_in(checkpoint, "country_iso3")
    name = text_in(checkpoint, "country_region_name") or text_in(checkpoint, "country_name")
    country = facts.country_code(told_country)
    place = facts.place_of(text_in(checkpoint, "city"), text_in(checkpoint, "state"))
    return facts.told(
        number=number,
        meaning=_meaning(checkpoint),
        code=_code(checkpoint),
        told_at=text_in(checkpoint, "checkpoint_time"),
        place=place or text_in(checkpoint, "location") or ("" if country else name or told_country),
        country=country,
        message=text_in(checkpoint, "message") or text_in(checkpoint, "subtag_message"),
        external_id=text_in(checkpoint, "hash"),
        raw=checkpoint,
    )


def _meaning(of: dict[str, Any]) -> tuple[str, str]:
    """State and reason of a tracking or of a checkpoint; a subtag counts only under its own tag."""
    tag, subtag = text_in(of, "tag"), text_in(of, "subtag")
    if not tag:
        return facts.UNKNOWN, ""
    if tag not in TAGS:
        return position.IN_TRANSIT, facts.UNMAPPED
    return SUBTAGS.get(subtag, TAGS[tag]) if subtag.startswith(f"{tag}_") else TAGS[tag]


def _code(of: dict[str, Any]) -> str:
    tag, subtag = text_in(of, "tag"), text_in(of, "subtag")
    if not subtag or subtag.startswith(f"{tag}_"):
        return subtag or tag
    return f"{tag}/{subtag}" if tag else subtag
