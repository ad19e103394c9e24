"""What Biteship tells: a flat post on an order, or a tracking with its history where it was asked for.

It signs nothing: a header of the account's own naming carries a secret, as it is. https://biteship.com/id/docs
"""

import hmac
from collections.abc import Mapping

from ramah.kernel.providers.contract import NotSigned, Unreadable
from ramah.kernel.providers.json import Object, objects_in, text_in
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.facts import Told

# https://biteship.com/id/docs/api/trackings/status; it has no words for an attempt, a pick-up point or a loss.
STATUSES: Mapping[str, tuple[str, str]] = {
    "confirmed": (position.PRE_TRANSIT, ""),
    "scheduled": (position.PRE_TRANSIT, ""),
    "allocated": (position.PRE_TRANSIT, ""),
    "picking_up": (position.PRE_TRANSIT, ""),
    "picked": (position.IN_TRANSIT, ""),
    "in_transit": (position.IN_TRANSIT, ""),
    "dropping_off": (position.IN_TRANSIT, ""),  # also said long before the last mile
    "delivered": (position.DELIVERED, ""),
    "on_hold": (position.EXCEPTION, facts.HELD),
    "rejected": (position.EXCEPTION, facts.REJECTED),
    "disposed": (position.EXCEPTION, facts.DISPOSED),
    "return_in_transit": (position.RETURNED, ""),  # it begins
    "returned": (position.RETURNED, ""),
    "cancelled": (position.EXCEPTION, facts.CANCELED),
    "courier_not_found": (position.EXCEPTION, facts.CANCELED),
}


def check_secret(headers: Mapping[str, str], *, header: str, secret: str) -> None:
    """Raise `NotSigned` unless the header of the account holds its secret; header names in lower case."""
    given = headers.get(header.strip().lower(), "") if header.strip() else ""
    if not secret or not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
        raise NotSigned


def parse(body: bytes) -> list[Told]:
    """What a post or an answer tells, oldest first; nothing where it is about something else. Raises `Unreadable`."""
    found = facts.read_object(body)
    event = text_in(found, "event")
    if event:
        return _of_post(found) if event == "order.status" else []
    if text_in(found, "object") != "tracking":
        raise Unreadable("no event")
    number = facts.checked_number(text_in(found, "waybill_id"))
    history = [_entry(one, number) for one in objects_in(found, "history")[-facts.MOST_ENTRIES :]]
    return facts.with_word(history, _entry({"status": found.get("status")}, number))


def _of_post(found: Object) -> list[Told]:
    if not text_in(found, "courier_waybill_id"):
        return []  # the courier has none yet
    return [_entry(found, facts.checked_number(text_in(found, "courier_waybill_id")))]


def _entry(entry: Object, number: str) -> Told:
    status = text_in(entry, "status", most=40)
    return facts.told(
        number=number,
        meaning=_meaning(status.lower()),
        code=status,
        told_at=text_in(entry, "updated_at"),
        country="ID",
        message=text_in(entry, "note"),
        raw={name: entry.get(name) for name in ("event", "order_id", "status", "note", "service_type", "updated_at")},
    )


def _meaning(status: str) -> tuple[str, str]:
    if not status:
        return facts.UNKNOWN, ""
    return STATUSES.get(status, (position.IN_TRANSIT, facts.UNMAPPED))
