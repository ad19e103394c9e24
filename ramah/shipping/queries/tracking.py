"""Parcels as their customers follow them: where each stands, what was told of it in plain words, what is expected.

Whoever asks was let through the door to the order (`commerce.queries.order_for`). The carrier's own words (`message`) may name
people and streets: they are for who may see addresses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from ramah.commerce.models import Order
from ramah.shipping import position, tracking_words
from ramah.shipping.models import Flight, Shipment, TrackingEvent
from ramah.shipping.queries.parcels import shipments_of
from ramah.shipping.tracking_words import headline

__all__ = ["TrackedEvent", "TrackedParcel", "headline", "parcels_tracked"]
MOST_EVENTS = 60
_ENDED = (Shipment.State.DELIVERED, Shipment.State.RETURNED, Shipment.State.LOST)
_TROUBLES = (position.EXCEPTION, position.DELIVERY_ATTEMPTED, position.LOST, position.RETURNED)


@dataclass(frozen=True, slots=True)
class TrackedEvent:
    """One thing that was told: in our words, where, and what the carrier said itself; what happens next where it went wrong."""

    state: str
    reason: str
    at: datetime
    words: str
    following: str = ""
    place: str = ""
    message: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether it stands out."""
        return self.state in _TROUBLES


@dataclass(frozen=True, slots=True)
class TrackedParcel:
    """A parcel, what was told of it, the first first, and how it is expected (`Flight.Level`; None: not looked at)."""

    shipment: Shipment
    events: Sequence[TrackedEvent]
    level: int | None = None

    @property
    def has_ended(self) -> bool:
        """Arrived, back at the shop, or lost."""
        return self.shipment.state in _ENDED

    def expected(self, today: date) -> tuple[date, date] | None:
        """Between which days it is expected, none of them past; None where nobody knows (any more)."""
        first, last = self.shipment.expected_from, self.shipment.expected_to
        if self.has_ended or last is None or last < today:
            return None
        return max(min(first or last, last), today), last


def parcels_tracked(order: Order) -> list[TrackedParcel]:
    """The parcels of an order, the first first, in four queries. In the active language."""
    shipments = shipments_of(order)
    told: dict[int, list[TrackingEvent]] = {row.pk: [] for row in shipments}
    rows = TrackingEvent.objects.filter(shipment__in=told).exclude(adjusted=position.FOREIGN).defer("raw")
    for row in rows.order_by("occurred_at", "id"):
        told[row.shipment_id].append(row)
    levels = dict(Flight.objects.filter(shipment__in=told).values_list("shipment_id", "level"))
    return [TrackedParcel(row, _in_words(row, told[row.pk]), levels.get(row.pk)) for row in shipments]


def _in_words(shipment: Shipment, rows: Sequence[TrackingEvent]) -> list[TrackedEvent]:
    events = [_event(row.state, row.reason, row.occurred_at, row.place, row.message) for row in rows]
    # What was written down by hand stands on the row alone.
    if shipment.handed_over_at and not any(one.state != position.PRE_TRANSIT for one in events):
        events.append(_event(position.IN_TRANSIT, "", shipment.handed_over_at))
    for state, at in (
        (position.DELIVERED, shipment.delivered_at),
        (position.RETURNED, shipment.returned_at),
        (position.LOST, shipment.lost_at),
    ):
        if at is not None and not any(one.state == state for one in events):
            events.append(_event(state, "", at))
    events.sort(key=lambda one: one.at)
    return _handed_over_first(_once_each(events))[-MOST_EVENTS:]


def _event(state: str, reason: str, at: datetime, place: str = "", message: str = "") -> TrackedEvent:
    words = tracking_words.event_words(state, reason)
    return TrackedEvent(state, reason, at, words, tracking_words.following_words(state, reason), place, message)


def _once_each(events: Sequence[TrackedEvent]) -> list[TrackedEvent]:
    """Without what is said again and again: scans of the same kind at one place, one after the other."""
    return [next(same) for _key, same in groupby(events, key=lambda one: (one.words, one.place.casefold()))]


def _handed_over_first(events: list[TrackedEvent]) -> list[TrackedEvent]:
    """The first movement is the hand-over, and says so."""
    first = next((n for n, one in enumerate(events) if one.state == position.IN_TRANSIT and not one.reason), None)
    if first is not None and all(one.state == position.PRE_TRANSIT for one in events[:first]):
        one = events[first]
        events[first] = TrackedEvent(
            one.state, one.reason, one.at, tracking_words.handed_over(), "", one.place, one.message
        )
    return events
