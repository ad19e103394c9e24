"""What karrio tells of a parcel, in our words: its details as JSON, with all events. Pure; needs no karrio."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from ramah.kernel.providers.json import Object, objects_in, text_in
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.facts import Told

# `karrio.core.units.TrackingStatus`
STATUSES: Mapping[str, tuple[str, str]] = {
    "pending": (position.PRE_TRANSIT, ""),
    "picked_up": (position.IN_TRANSIT, ""),
    "in_transit": (position.IN_TRANSIT, ""),
    "delivery_delayed": (position.IN_TRANSIT, facts.DELAYED),
    "out_for_delivery": (position.OUT_FOR_DELIVERY, ""),
    "ready_for_pickup": (position.AVAILABLE_FOR_PICKUP, ""),
    "delivered": (position.DELIVERED, ""),
    "delivery_failed": (position.DELIVERY_ATTEMPTED, ""),
    "on_hold": (position.EXCEPTION, facts.HELD),
    "cancelled": (position.EXCEPTION, facts.CANCELED),
    "return_to_sender": (position.RETURNED, ""),
    "unknown": (facts.UNKNOWN, ""),
}
_LOST, _DAMAGED = "carrier_parcel_lost", "carrier_damaged_parcel"


def parse(body: bytes) -> list[Told]:
    """The events of one parcel, oldest first. Raises `Unreadable`."""
    found = facts.read_object(body)
    number = facts.checked_number(text_in(found, "tracking_number"))
    events = [_entry(one, number) for one in objects_in(found, "events")[: facts.MOST_ENTRIES]]
    events.sort(key=lambda one: one.told_at)  # some of its connectors tell the newest first, others last
    word = facts.told(
        number=number,
        meaning=_meaning(text_in(found, "status"), ""),
        code=text_in(found, "status"),
        told_at="",
        raw={name: found.get(name) for name in ("carrier_name", "status", "delivered", "estimated_delivery")},
    )
    return facts.with_word(events, word)


def _entry(event: Object, number: str) -> Told:
    return facts.told(
        number=number,
        meaning=_meaning(text_in(event, "status"), text_in(event, "reason")),
        code=text_in(event, "code") or text_in(event, "status"),
        told_at=_told_at(event),
        place=text_in(event, "location"),
        message=text_in(event, "description"),
        raw=event,
    )


def _meaning(status: str, reason: str) -> tuple[str, str]:
    if reason == _LOST:
        return position.LOST, ""
    if reason == _DAMAGED:
        return position.EXCEPTION, facts.DAMAGED
    if not status:
        return facts.UNKNOWN, ""
    return STATUSES.get(status, (position.IN_TRANSIT, facts.UNMAPPED))


def _told_at(event: Object) -> str:
    if told := text_in(event, "timestamp", most=40):
        return told
    day, hour = text_in(event, "date", most=20), text_in(event, "time", most=20)
    for form in ("%Y-%m-%d %I:%M %p", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        with suppress(ValueError):
            return datetime.strptime(f"{day} {hour}", form).isoformat()  # noqa: DTZ007 - of a place that nobody names
    return " ".join(filter(None, (day, hour)))
