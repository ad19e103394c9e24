"""What there would have been to tell some customers in the past: signals with the moments at which each was known.

Made of what is kept: the points of the forecast, tracking events, promises, orders, refunds. A signal ends (`fresh_until`) where
it stopped to hold, as far as that is known. All that an order would need beyond these is left out, so figures are a little low.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ramah.commerce.models import Order, Payment, Refund
from ramah.notices import causes, kinds
from ramah.notices.kinds import KINDS
from ramah.notices.queries.choices import day_of, zone_of
from ramah.notices.queries.wishes import zone_for
from ramah.notices.quiet import beginning_of, day_at
from ramah.notices.rules import RuleTerms, Signal
from ramah.promises.models import Promise
from ramah.shipping.models import Flight, ForecastPoint, Shipment, TrackingEvent

_ATTEMPT: Final = timedelta(hours=4)  # scans of one attempt
_LATE_LASTS: Final = timedelta(hours=KINDS[kinds.LATE].fresh)
Level = Flight.Level


@dataclass(frozen=True)
class Past:
    """Orders of some customers, and the time that is looked at."""

    orders: Mapping[int, Order]
    since: datetime
    until: datetime
    terms: RuleTerms

    def is_in(self, at: datetime | None) -> bool:
        """Whether it falls into that time."""
        return at is not None and self.since <= at < self.until

    def signal(
        self, kind: str, key: str, order: Order, at: datetime, *, ends: datetime | None = None, **facts: Any
    ) -> Signal:
        """A signal that was known at `at`, and held until `ends` at most."""
        until = at + timedelta(hours=KINDS[kind].fresh)
        told = {
            "order": order.number,
            "country": order.shipping_address.get("country"),
            "language": order.language.split("-")[0] or None,
            **facts,
        }
        until = min(until, ends) if ends is not None else until
        return Signal(kind, key, order.customer_id, at, until, order_id=order.pk, facts=told)


def past_signals(kind: str, past: Past) -> list[Signal]:
    """The signals of a kind that the rule's terms fit, in the order of time."""
    found = (signal for signal in _LOOKS[kind](past) if past.is_in(signal.at) and past.terms.fit(signal.facts))
    return sorted((signal for signal in found if signal.fresh_until > signal.at), key=lambda signal: signal.at)


def _promises(past: Past) -> Iterator[tuple[Order, Promise]]:
    subjects = {f"order:{key}": order for key, order in past.orders.items()}
    rows = Promise.objects.filter(subject__in=subjects, kind=Promise.Kind.DELIVERY, due_at__isnull=False)
    for promise in rows.select_related("calendar", "replaces").order_by("id"):
        yield subjects[promise.subject], promise


def _at_risk(past: Past) -> Iterator[Signal]:
    points: dict[int, list[ForecastPoint]] = {}
    rows = ForecastPoint.objects.filter(order_id__in=past.orders, at__lt=int(past.until.timestamp()))
    for point in rows.order_by("order_id", "at", "id"):
        points.setdefault(point.order_id, []).append(point)
    for order, promise in _promises(past):
        due_at = promise.due_at
        if due_at is None:
            continue
        day = day_of(due_at, zone_of(promise))
        begins = beginning_of(day, zone_for(order.customer, order))
        for at, ends, p_late in _risky(points.get(order.pk, []), promise.started_at, min(begins, due_at)):
            days_left = (day - day_at(at, zone_for(order.customer, order))).days
            key = causes.delay(promise.pk)
            yield past.signal(kinds.AT_RISK, key, order, at, ends=ends, p_late=p_late, days_left=days_left)


def _risky(
    points: Sequence[ForecastPoint], since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, float]]:
    """From when to when it looked late, and how likely: each time anew that it did."""
    begun: tuple[datetime, float] | None = None
    for point in points:
        at = datetime.fromtimestamp(point.at, UTC)
        if not since <= at < until:
            continue
        if point.level == Level.FINE:
            if begun is not None:
                yield begun[0], at, begun[1]
            begun = None
        elif begun is None:
            begun = (at, point.p_late)
    if begun is not None:
        yield begun[0], until, begun[1]


def _late(past: Past) -> Iterator[Signal]:
    over = (Promise.State.WITHDRAWN, Promise.State.RENEGOTIATED)
    for order, promise in _promises(past):
        due_at, done_at = promise.due_at, promise.fulfilled_at
        if due_at is None or promise.state in over or (done_at is not None and done_at <= due_at):
            continue
        ends = min(due_at + _LATE_LASTS, done_at or due_at + _LATE_LASTS)
        yield past.signal(kinds.LATE, causes.delay(promise.pk), order, due_at, ends=ends)


def _stalled(past: Past) -> Iterator[Signal]:
    rows = ForecastPoint.objects.filter(order_id__in=past.orders, shipment_id__isnull=False)
    before: dict[int, int] = {}
    for point in rows.order_by("shipment_id", "at", "id"):
        parcel, was = int(point.shipment_id or 0), before.get(int(point.shipment_id or 0))
        before[parcel] = point.level
        if point.level == Level.STALLED and was != Level.STALLED:
            key = causes.stall(parcel, last_moved=point.at)
            at = datetime.fromtimestamp(point.at, UTC)
            yield past.signal(kinds.STALLED, key, past.orders[point.order_id], at)


def _of_parcels(kind: str, column: str, key_of: Callable[[int], str]) -> Callable[[Past], Iterator[Signal]]:
    def look(past: Past) -> Iterator[Signal]:
        rows = Shipment.objects.filter(order__in=past.orders, **{f"{column}__isnull": False}).order_by("id")
        for parcel in rows:
            yield past.signal(kind, key_of(parcel.pk), past.orders[parcel.order_id], getattr(parcel, column))

    return look


def _events(past: Past, **having: Any) -> Iterable[TrackingEvent]:
    rows = TrackingEvent.objects.filter(shipment__order__in=past.orders, **having).exclude(adjusted="foreign")
    return rows.select_related("shipment").order_by("shipment_id", "occurred_at", "id")


def _failed(past: Past) -> Iterator[Signal]:
    attempts: dict[int, tuple[int, datetime]] = {}
    for event in _events(past, state=Shipment.State.DELIVERY_ATTEMPTED):
        count, last = attempts.get(event.shipment_id, (0, event.occurred_at - _ATTEMPT))
        if event.occurred_at - last >= _ATTEMPT:
            count += 1
            key = causes.failed(event.shipment_id, attempt=count)
            yield past.signal(kinds.DELIVERY_FAILED, key, past.orders[event.shipment.order_id], event.received_at)
        attempts[event.shipment_id] = (count, event.occurred_at)


def _customs(past: Past) -> Iterator[Signal]:
    for event in _events(past, state=Shipment.State.EXCEPTION, reason="customs"):
        order = past.orders[event.shipment.order_id]
        yield past.signal(kinds.CUSTOMS, causes.customs(event.shipment_id), order, event.received_at)


def _out_for_delivery(past: Past) -> Iterator[Signal]:
    for event in _events(past, state=Shipment.State.OUT_FOR_DELIVERY):
        order = past.orders[event.shipment.order_id]
        day = day_at(event.occurred_at, zone_for(order.customer, order))
        key = causes.out_for_delivery(event.shipment_id, day=day)
        until = event.occurred_at + timedelta(hours=KINDS[kinds.OUT_FOR_DELIVERY].fresh)
        yield past.signal(kinds.OUT_FOR_DELIVERY, key, order, event.received_at, ends=until)


def _changed(past: Past) -> Iterator[Signal]:
    for order, promise in _promises(past):
        if promise.replaces_id is not None:
            key = causes.changed(order.pk, promise_id=promise.pk)
            yield past.signal(kinds.ORDER_CHANGED, key, order, promise.created_at)


def _unpaid(past: Past) -> Iterator[Signal]:
    paid = {}
    for payment in Payment.objects.filter(order__in=past.orders, paid_at__isnull=False).order_by("-paid_at"):
        paid[payment.order_id] = payment.paid_at
    for order in past.orders.values():
        if order.payment_due_at is not None:
            at = order.placed_at + timedelta(hours=past.terms.after_hours)
            ends = min(order.payment_due_at, paid.get(order.pk) or order.payment_due_at)
            yield past.signal(kinds.PAYMENT_MISSING, causes.unpaid(order.pk), order, at, ends=ends)


def _refunded(past: Past) -> Iterator[Signal]:
    for refund in Refund.objects.filter(order__in=past.orders, sent_at__isnull=False).order_by("id"):
        if refund.sent_at is not None:
            yield past.signal(kinds.REFUND_SENT, causes.refund(refund.pk), past.orders[refund.order_id], refund.sent_at)


_LOOKS: Final[Mapping[str, Callable[[Past], Iterator[Signal]]]] = {
    kinds.AT_RISK: _at_risk,
    kinds.LATE: _late,
    kinds.STALLED: _stalled,
    kinds.LOST: _of_parcels(kinds.LOST, "lost_at", causes.lost),
    kinds.DELIVERY_FAILED: _failed,
    kinds.CUSTOMS: _customs,
    kinds.OUT_FOR_DELIVERY: _out_for_delivery,
    kinds.DELIVERED: _of_parcels(kinds.DELIVERED, "delivered_at", causes.delivered),
    kinds.ORDER_CHANGED: _changed,
    kinds.PAYMENT_MISSING: _unpaid,
    kinds.REFUND_SENT: _refunded,
}
KNOWN: Final = frozenset(_LOOKS)
