"""What is planned when something happens to an order, its parcels, its promise or its money; and what customers say to it.

A handler looks at what holds now and plans that: an event that comes late, twice or out of order plans nothing that is not so.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from ramah.commerce.events import RefundRecorded
from ramah.commerce.models import Refund
from ramah.conversations.events import MessageReceived
from ramah.kernel import clock
from ramah.kernel.events import subscribe, subscribe_many
from ramah.notices import kinds
from ramah.notices.commands import measuring
from ramah.notices.commands.carrying_out import note_task_ended
from ramah.notices.commands.planning import plan_now
from ramah.notices.events import NoticeChosen
from ramah.notices.kinds import KINDS
from ramah.promises.events import PromiseBroken, PromiseRenegotiated
from ramah.promises.models import Promise
from ramah.shipping.events import CarrierTaskEnded, OutlookChanged, ShipmentLost, ShipmentMoved
from ramah.shipping.models import Flight, Shipment

_LEVELS: Final[Mapping[int, str]] = {
    Flight.Level.AT_RISK: kinds.AT_RISK,
    Flight.Level.LATE: kinds.LATE,
    Flight.Level.STALLED: kinds.STALLED,
}
_STATES: Final[Mapping[str, str]] = {
    Shipment.State.DELIVERY_ATTEMPTED: kinds.DELIVERY_FAILED,
    Shipment.State.OUT_FOR_DELIVERY: kinds.OUT_FOR_DELIVERY,
    Shipment.State.DELIVERED: kinds.DELIVERED,
    Shipment.State.LOST: kinds.LOST,
}


@subscribe(OutlookChanged)
def plan_delay(event: OutlookChanged) -> None:
    """A delivery will be late, is, or stands still. The eased ones are told nothing."""
    kind = _LEVELS.get(event.level)
    if kind is None or event.level <= event.before:
        return
    at = clock.now()
    plan_now(kind, order_id=event.order_id, shipment_id=event.shipment_id, at=at)
    if kind == kinds.STALLED:  # which says nothing of whether it can still come in time
        plan_now(kinds.AT_RISK, order_id=event.order_id, at=at)


@subscribe(ShipmentMoved)
def plan_movement(event: ShipmentMoved) -> None:
    """A parcel comes today, could not be handed over, is held by customs, or has arrived."""
    is_customs = event.state == Shipment.State.EXCEPTION and event.reason == "customs"
    kind = kinds.CUSTOMS if is_customs else _STATES.get(event.state)
    at = clock.now()
    if kind is None or not _is_fresh(kind, event.occurred_at, at):
        return
    plan_now(kind, order_id=event.order_id, shipment_id=event.shipment_id, at=at)


@subscribe(ShipmentLost)
def plan_loss(event: ShipmentLost) -> None:
    """A parcel is lost."""
    plan_now(kinds.LOST, order_id=event.order_id, shipment_id=event.shipment_id, at=clock.now())


@subscribe(PromiseBroken)
def plan_late(event: PromiseBroken) -> None:
    """The promised day of a delivery has passed."""
    order_id = _order_of(event.kind, event.subject)
    if order_id is not None:
        plan_now(kinds.LATE, order_id=order_id, at=clock.now())


@subscribe(PromiseRenegotiated)
def plan_new_day(event: PromiseRenegotiated) -> None:
    """Another day is promised: customers who chose it themselves know."""
    order_id = _order_of(event.kind, event.subject)
    if order_id is not None and event.actor.startswith("agent:"):
        plan_now(kinds.ORDER_CHANGED, order_id=order_id, ref=str(event.promise_id), at=clock.now())


@subscribe(RefundRecorded)
def plan_refund(event: RefundRecorded) -> None:
    """Money has gone back."""
    if event.state == Refund.State.SENT:
        plan_now(kinds.REFUND_SENT, order_id=event.order_id, ref=str(event.refund_id), at=clock.now())


@subscribe(CarrierTaskEnded)
def tell_what_the_carrier_did(event: CarrierTaskEnded) -> None:
    """What a customer chose and the carrier was asked for has an end."""
    note_task_ended(task_id=event.task_id, at=clock.now())


@subscribe_many(MessageReceived)
def count_contacts(facts: Sequence[MessageReceived]) -> None:
    """Who asks where a parcel is, although or because they were told."""
    measuring.note_messages([fact.message_id for fact in facts if fact.is_personal], at=clock.now())


@subscribe(NoticeChosen)
def note_choice(event: NoticeChosen) -> None:
    """A choice is what came of a notice."""
    measuring.note_chosen(event.notice_id, at=clock.now())


def _order_of(kind: str, subject: str) -> int | None:
    name, _colon, key = subject.partition(":")
    return int(key) if kind == Promise.Kind.DELIVERY and name == "order" and key.isdigit() else None


def _is_fresh(kind: str, occurred: int, at: datetime) -> bool:
    """Known before any row is read: after an outage there are very many that are not."""
    return datetime.fromtimestamp(occurred, UTC) + timedelta(hours=KINDS[kind].fresh) > at
