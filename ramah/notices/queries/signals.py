"""What there is to tell of an order now: one look at the rows, asked when something happens and again before it is told.

`signal_now` gives what holds at `at` as a `Signal`, or None. What was planned still holds where it gives the same cause again: a
parcel that has moved meanwhile, a promise that was moved, an order that was cancelled give another one, or none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ramah.commerce.models import Order, Payment, Refund
from ramah.notices import causes, kinds
from ramah.notices.kinds import KINDS
from ramah.notices.models import Choice, Notice
from ramah.notices.queries.choices import UNDER_WAY, day_of, running_promise, zone_of
from ramah.notices.queries.wishes import zone_for
from ramah.notices.quiet import beginning_of, day_at
from ramah.notices.rules import Signal
from ramah.promises.models import Promise
from ramah.shipping.models import CarrierAccount, Flight, Shipment

DELAYS: Final = (kinds.AT_RISK, kinds.LATE)
TOLD: Final = (Notice.State.SENT, Notice.State.MERGED)
# On the eve of the promised day it is said from this probability on, whatever the forecast calls it.
EVE_PROBABILITY: Final = 0.8
LIKELY: Final = 0.5
# Where a parcel is, or how it ended, without being late: what there is to say of that is said by other notices.
_ENDED_ELSEWHERE: Final = (Shipment.State.LOST, Shipment.State.RETURNED)
_AT_THE_CUSTOMER: Final = (Shipment.State.AVAILABLE_FOR_PICKUP, Shipment.State.DELIVERY_ATTEMPTED)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """An order and, where it is about one, its parcel, as they stand at `at`; `zone` is where it is told."""

    order: Order
    shipment: Shipment | None
    ref: str
    zone: str
    at: datetime

    def signal(
        self, kind: str, key: str, *, since: datetime | None = None, until: datetime | None = None, **facts: Any
    ) -> Signal | None:
        """The signal of a kind, with the facts that all have; None where it is no longer worth telling."""
        fresh_until = until or (since or self.at) + timedelta(hours=KINDS[kind].fresh)
        if fresh_until <= self.at:
            return None
        shipment = self.shipment
        told = {
            "name": self.order.customer.name or self.order.shipping_address.get("name", ""),
            "order": self.order.number,
            "parcel": shipment.tracking_number if shipment else "",
            "carrier": _carrier_name(shipment),
            "carrier_key": shipment.carried_by.key if shipment and shipment.carried_by else None,
            "country": self.order.shipping_address.get("country"),
            "language": self.order.language.split("-")[0] or None,
            "reason": shipment.reason if shipment else "",
            "zone": self.zone,
            "ref": self.ref,
            **facts,
        }
        facts = {name: value for name, value in told.items() if value not in (None, "")}
        key_of_parcel = shipment.pk if shipment else None
        order = self.order
        return Signal(kind, key, order.customer_id, self.at, fresh_until, order.pk, key_of_parcel, facts)


def signal_now(
    kind: str, *, order_id: int, shipment_id: int | None = None, ref: str = "", at: datetime
) -> Signal | None:
    """What of this kind holds for the order (and parcel) at `at`. `ref` is the key of the refund or promise that it is about."""
    order = Order.objects.select_related("customer", "delivery_option").filter(pk=order_id).first()
    if order is None:
        return None
    parcels = Shipment.objects.select_related("carried_by", "account").filter(order=order)
    shipment = parcels.filter(pk=shipment_id).first() if shipment_id else None
    return _LOOKS[kind](Scene(order, shipment, ref, zone_for(order.customer, order), at))


def is_feed_silent(kind: str, shipment_id: int | None, order_id: int | None) -> bool:
    """Whether nothing is heard of the parcels in question because their carrier's account is silent or fails."""
    if not KINDS[kind].by_silence or order_id is None:
        return False
    parcels = Shipment.objects.filter(order=order_id).exclude(state__in=Shipment.ENDED).select_related("account")
    found = [parcel.account for parcel in (parcels.filter(pk=shipment_id) if shipment_id else parcels)]
    return any(
        account is not None and (account.silent_since is not None or account.state == CarrierAccount.State.FAILING)
        for account in found
    )


def _at_risk(scene: Scene) -> Signal | None:
    promise = _waited_for(scene)
    if promise is None or promise.due_at is None or promise.due_at <= scene.at:
        return None
    flights = _flights(scene)
    p_late = max((flight.p_late for flight in flights), default=0.0)
    day = day_of(promise.due_at, zone_of(promise))
    days_left = (day - day_at(scene.at, scene.zone)).days
    is_likely = p_late >= EVE_PROBABILITY and days_left <= 1
    if not is_likely and not any(_looks_late(flight) for flight in flights):
        return None
    # On the promised day itself nobody is helped by a maybe.
    until = min(beginning_of(day, scene.zone), promise.due_at)
    days = _days(scene, promise, flights)
    return scene.signal(
        kinds.AT_RISK, causes.delay(promise.pk), until=until, p_late=p_late, days_left=days_left, **days
    )


def _looks_late(flight: Flight) -> bool:
    """By its level, or where that says something else (it stands still), by what is more likely than not."""
    if flight.level in (Flight.Level.AT_RISK, Flight.Level.LATE):
        return True
    return flight.level != Flight.Level.FINE and flight.p_late >= LIKELY


def _late(scene: Scene) -> Signal | None:
    promise = _waited_for(scene)
    if promise is None or promise.due_at is None or promise.due_at > scene.at:
        return None
    before = _told_before(promise)
    after = None
    if before is not None:
        told = str(before.facts.get("new_date") or "")
        is_chosen = Choice.objects.filter(notice=before).exclude(state__in=("offered", "expired")).exists()
        if is_chosen or not told or date.fromisoformat(told) >= day_at(scene.at, scene.zone):
            return None
        after = date.fromisoformat(told)
    return scene.signal(
        kinds.LATE,
        causes.delay(promise.pk, after=after),
        since=promise.due_at,
        **_days(scene, promise, _flights(scene)),
    )


def _stalled(scene: Scene) -> Signal | None:
    promise, shipment = _waited_for(scene), scene.shipment
    flights = [flight for flight in _flights(scene) if flight.shipment_id == (shipment.pk if shipment else 0)]
    if shipment is None or not flights or flights[0].level != Flight.Level.STALLED:
        return None
    before = _told_before(promise) if promise else None
    if before is not None and str(before.facts.get("new_date") or "") >= day_at(scene.at, scene.zone).isoformat():
        return None  # they know that it comes later, and until when
    moved = shipment.last_moved_at or shipment.handed_over_at or shipment.created_at
    return scene.signal(
        kinds.STALLED,
        causes.stall(shipment.pk, last_moved=int(moved.timestamp())),
        hours=(scene.at - moved) / timedelta(hours=1),
        **_days(scene, promise, flights),
    )


def _lost(scene: Scene) -> Signal | None:
    shipment = scene.shipment
    if shipment is None or shipment.state != Shipment.State.LOST or _is_over(scene):
        return None
    return scene.signal(kinds.LOST, causes.lost(shipment.pk), since=shipment.lost_at)


def _failed(scene: Scene) -> Signal | None:
    shipment = scene.shipment
    if shipment is None or shipment.state != Shipment.State.DELIVERY_ATTEMPTED or _is_over(scene):
        return None
    key = causes.failed(shipment.pk, attempt=shipment.attempt_count)
    return scene.signal(kinds.DELIVERY_FAILED, key, since=shipment.last_event_at)


def _customs(scene: Scene) -> Signal | None:
    shipment = scene.shipment
    is_held = shipment is not None and (shipment.state, shipment.reason) == (Shipment.State.EXCEPTION, "customs")
    if shipment is None or not is_held or _is_over(scene):
        return None
    days = _days(scene, _waited_for(scene), _flights(scene))
    return scene.signal(kinds.CUSTOMS, causes.customs(shipment.pk), since=shipment.last_event_at, **days)


def _out_for_delivery(scene: Scene) -> Signal | None:
    shipment = scene.shipment
    if shipment is None or shipment.state != Shipment.State.OUT_FOR_DELIVERY or _is_over(scene):
        return None
    since = shipment.last_event_at or scene.at
    day = day_at(since, scene.zone)
    until = min(since + timedelta(hours=KINDS[kinds.OUT_FOR_DELIVERY].fresh), beginning_of(day + _ONE_DAY, scene.zone))
    return scene.signal(kinds.OUT_FOR_DELIVERY, causes.out_for_delivery(shipment.pk, day=day), until=until)


def _delivered(scene: Scene) -> Signal | None:
    shipment = scene.shipment
    if shipment is None or shipment.delivered_at is None or shipment.state != Shipment.State.DELIVERED:
        return None
    return scene.signal(kinds.DELIVERED, causes.delivered(shipment.pk), since=shipment.delivered_at)


def _changed(scene: Scene) -> Signal | None:
    """`ref` is the key of the promise that an agent made in place of another."""
    promise = running_promise(scene.order)
    if promise is None or str(promise.pk) != scene.ref or promise.due_at is None or _is_over(scene):
        return None
    old = promise.replaces
    zone = zone_of(promise)
    days: dict[str, Any] = {"new_date": day_of(promise.due_at, zone).isoformat()}
    days["range"] = [days["new_date"]] * 2
    if old is not None and old.due_at is not None:
        days["old_date"] = day_of(old.due_at, zone).isoformat()
    key = causes.changed(scene.order.pk, promise_id=promise.pk)
    return scene.signal(kinds.ORDER_CHANGED, key, since=promise.created_at, **days)


def _unpaid(scene: Scene) -> Signal | None:
    order = scene.order
    if order.state != Order.State.PLACED or order.payment_due_at is None or order.payment_due_at <= scene.at:
        return None
    left = order.total_amount - order.received_amount
    if left <= 0 or order.payments.filter(state=Payment.State.AUTHORIZED).exists():
        return None
    amount = {"amount": str(left), "currency": order.currency}
    return scene.signal(
        kinds.PAYMENT_MISSING,
        causes.unpaid(order.pk),
        until=order.payment_due_at,
        hours=(scene.at - order.placed_at) / timedelta(hours=1),
        amount=amount,
        due_at=order.payment_due_at.isoformat(),
    )


def _refunded(scene: Scene) -> Signal | None:
    """`ref` is the key of the refund."""
    refund = Refund.objects.filter(order=scene.order, pk=int(scene.ref or 0), state=Refund.State.SENT).first()
    if refund is None:
        return None
    amount = {"amount": str(refund.amount), "currency": scene.order.currency}
    return scene.signal(kinds.REFUND_SENT, causes.refund(refund.pk), since=refund.sent_at, amount=amount)


def _is_over(scene: Scene) -> bool:
    return scene.order.state not in UNDER_WAY


def _waited_for(scene: Scene) -> Promise | None:
    """The delivery promise of an order that is on its way, or will be: one that waits for its money is late by itself."""
    by_door = scene.order.payment_method == Payment.Method.COD
    if _is_over(scene) or (scene.order.state == Order.State.PLACED and not by_door):
        return None
    return running_promise(scene.order) if _is_coming(scene.order) else None


def _is_coming(order: Order) -> bool:
    """Whether it is the shop's or the carrier's turn: nothing of it is lost or back, and it does not wait for the customer."""
    parcels = Shipment.objects.filter(order=order).exclude(state=Shipment.State.DELIVERED)
    states = set(parcels.values_list("state", flat=True))
    return not states & set(_ENDED_ELSEWHERE) and (not states or not states <= set(_AT_THE_CUSTOMER))


def _flights(scene: Scene) -> list[Flight]:
    return list(Flight.objects.filter(order=scene.order).select_related("shipment").order_by("id"))


def _told_before(promise: Promise) -> Notice | None:
    """The newest notice of a delay that the customer had about this promise."""
    rows = Notice.objects.filter(kind__in=DELAYS, state__in=TOLD, causes__key__startswith=causes.delay(promise.pk))
    mine = (row for row in rows.order_by("-sent_at").prefetch_related("causes") if _is_of(row, promise))
    return next(mine, None)


def _is_of(notice: Notice, promise: Promise) -> bool:
    # `delay:promise:1` is also the beginning of `delay:promise:12`.
    key = causes.delay(promise.pk)
    return any(cause.key == key or cause.key.startswith(f"{key}:") for cause in notice.causes.all())


def _days(scene: Scene, promise: Promise | None, flights: Sequence[Flight]) -> dict[str, Any]:
    """The promised day, and when it is expected now: dates where it goes to, never before today; empty where nobody knows."""
    zone, today = zone_of(promise), day_at(scene.at, scene.zone)
    spans = [span for flight in flights if (span := _expected(flight, zone)) is not None]
    told: dict[str, Any] = {}
    if promise is not None and promise.due_at is not None:
        told["old_date"] = day_of(promise.due_at, zone).isoformat()
    if spans:
        first, last = (max(today, *(span[end] for span in spans)) for end in (0, 1))
        told |= {"new_date": last.isoformat(), "range": [first.isoformat(), last.isoformat()]}
    return told


def _expected(flight: Flight, zone: ZoneInfo) -> tuple[date, date] | None:
    shipment = flight.shipment
    if shipment is not None and shipment.expected_from and shipment.expected_to:
        return shipment.expected_from, shipment.expected_to
    if not flight.q90:
        return None
    first, last = (datetime.fromtimestamp(value, UTC).astimezone(zone).date() for value in (flight.q10, flight.q90))
    return first, last


def _carrier_name(shipment: Shipment | None) -> str:
    if shipment is None:
        return ""
    return shipment.carried_by.name if shipment.carried_by else shipment.carrier


_LOOKS: Final[Mapping[str, Callable[[Scene], Signal | None]]] = {
    kinds.AT_RISK: _at_risk,
    kinds.LATE: _late,
    kinds.STALLED: _stalled,
    kinds.LOST: _lost,
    kinds.DELIVERY_FAILED: _failed,
    kinds.CUSTOMS: _customs,
    kinds.OUT_FOR_DELIVERY: _out_for_delivery,
    kinds.DELIVERED: _delivered,
    kinds.ORDER_CHANGED: _changed,
    kinds.PAYMENT_MISSING: _unpaid,
    kinds.REFUND_SENT: _refunded,
}
OF_ORDERS: Final = frozenset(_LOOKS)
