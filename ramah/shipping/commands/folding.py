"""Where parcels stand, by all that was told of them: what is new is stored, the position folded anew, and the order follows.

1. The orders of the parcels are locked in the order of their keys, then the parcels: whoever writes a position does the same.
2. What was not told before becomes a `TrackingEvent`; its digest tells.
3. `position.fold` makes the position of all events of each parcel, so that nothing hangs on the sequence in which they came.
4. What has changed is written for all parcels together: rows, orders, flights, then the events for others.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from ramah.commerce.models import Order
from ramah.kernel.actors import SYSTEM, Actor
from ramah.kernel.events import publish_all
from ramah.promises.queries import local_moment
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.carriers.facts import Told
from ramah.shipping.clocks import clocks_of, told_moment
from ramah.shipping.commands import flights, order_steps
from ramah.shipping.commands.matching import is_free_for, plain_number
from ramah.shipping.events import ShipmentDelivered, ShipmentFound, ShipmentLost, ShipmentMoved
from ramah.shipping.models import Carrier, CarrierAccount, Shipment, TrackingEvent

BY_HAND = "manual"  # the code of what people and files of the shop say of a parcel
_OF_ORDERS = ("state", "placed_at", "customer", "delivery_option")
_POSITION = (
    "state", "reason", "attempt_count", "doubts", "handed_over_at", "last_event_at", "last_moved_at", "delivered_at",
    "returned_at", "lost_at", "account", "carried_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that an account told, and when it came. `post_id`: in which post."""

    told: Told
    account: CarrierAccount
    received_at: datetime
    post_id: int | None = None

    @property
    def digest(self) -> str:
        """What names it within its parcel, however often it is told."""
        told = self.told
        return position.digest_of(
            number=plain_number(told.number),
            code=told.code,
            told=told_moment(told),
            told_at=told.told_at,
            place=told.place,
            message=told.message,
            external_id=told.external_id,
        )


class Folding:
    """Parcels, locked with their orders, and all that was told of them. In a transaction; `tell`, then `settle` once."""

    def __init__(self, shipment_ids: Iterable[int], *, at: datetime, actor: Actor = SYSTEM) -> None:
        self._at, self._actor = at, actor
        keys = sorted(set(shipment_ids))
        order_ids = Shipment.objects.filter(pk__in=keys).values_list("order_id", flat=True)
        # Orders are locked by a list of keys: with a subquery PostgreSQL would lock what the subquery saw before it waited.
        orders = Order.objects.filter(pk__in=sorted(set(order_ids))).select_for_update(no_key=True).order_by("pk")
        self.orders = {order.pk: order for order in orders.only(*_OF_ORDERS)}
        rows = Shipment.objects.filter(pk__in=keys).select_for_update(no_key=True).order_by("pk")
        self.shipments = {row.pk: row for row in rows}
        self._before = {row.pk: _written(row) for row in self.shipments.values()}
        self._carriers = Carrier.objects.in_bulk()
        self._known: dict[int, dict[str, position.StoredEvent]] = {key: {} for key in self.shipments}
        self._since: dict[int, datetime | None] = {}
        self._new: list[TrackingEvent] = []
        self._read()

    def _read(self) -> None:
        fields = ("shipment_id", "digest", "state", "occurred_at", "reason", "adjusted")
        rows = TrackingEvent.objects.filter(shipment__in=list(self.shipments)).values_list(*fields)
        for key, *event in rows:
            stored = position.StoredEvent(*event)
            self._known[key][stored.digest] = stored

    def means(self, key: int, heard: Heard) -> bool:
        """Whether the locked parcel is (still) the one that the account means: its number may have been corrected meanwhile."""
        row = self.shipments.get(key)
        if row is None or plain_number(row.tracking_number) != plain_number(heard.told.number):
            return False
        return row.account_id == heard.account.pk or is_free_for(heard.account, row)

    def tell(self, key: int, heard: Heard) -> bool:
        """Store what an account told of a parcel; False where it was told before."""
        row, told, digest = self.shipments[key], heard.told, heard.digest
        if row.account_id is None:
            row.account_id = heard.account.pk
            row.carried_by_id = row.carried_by_id or heard.account.carrier_id
        if digest in self._known[key]:
            return False
        moment = position.read_moment(
            told_moment(told),
            received_at=heard.received_at,
            placed_at=self.orders[row.order_id].placed_at,
            zones=self._clocks(row, heard),
            local_moment=local_moment,
        )
        says_where = told.state in position.STATES
        self._keep(
            TrackingEvent(
                shipment_id=key,
                post_id=heard.post_id,
                occurred_at=moment.occurred_at,
                told_at=told.told_at,
                adjusted=moment.adjusted,
                received_at=heard.received_at,
                # What says nothing of where the parcel is has the state that was, for people, and is not folded.
                state=told.state if says_where else row.state,
                reason=told.reason if says_where else facts.UNKNOWN,
                code=told.code,
                place=told.place,
                country=told.country,
                message=told.message,
                digest=digest,
                raw=told.raw,
            )
        )
        return True

    def tell_by_hand(self, key: int, state: str, *, occurred_at: datetime) -> bool:
        """Store what somebody of the shop says of a parcel: it counts as if its carrier had said it."""
        digest = f"{BY_HAND}:{state}:{occurred_at.isoformat()}"
        if digest in self._known[key]:
            return False
        self._keep(
            TrackingEvent(
                shipment_id=key,
                occurred_at=occurred_at,
                told_at=occurred_at.isoformat()[: facts.MOST_TOLD_AT],
                received_at=self._at,
                state=state,
                code=BY_HAND,
                digest=digest,
                raw={"by": self._actor.ref},
            )
        )
        return True

    def settle(self, *, quiet: Container[int] = ()) -> None:
        """Write the new events and what comes of all: positions, orders, flights, events for others.

        Parcels of the orders `quiet` are history: they alone are written.
        """
        TrackingEvent.objects.bulk_create(self._new, ignore_conflicts=True)
        for row in self.shipments.values():
            self._fold(row)
        live = [row for row in self.shipments.values() if row.order_id not in quiet]
        steps = order_steps.OrderSteps(self.orders, actor=self._actor, at=self._at)
        leaving = [row for row in live if self._needs_hand_over(row)]
        steps.hand_over(leaving)
        for row in live:
            if self._before[row.pk]["delivered_at"] and not row.delivered_at:
                steps.take_back(row)
        changed = [row for row in self.shipments.values() if _written(row) != self._before[row.pk]]
        # An insert that meets the row and updates it: `bulk_update` takes ten times as long.
        Shipment.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=_POSITION)
        steps.follow([row for row in live if self._has_ended_anew(row)])
        flights.follow(
            [row for row in live if row.handed_over_at],
            counts={key: _count(known.values()) for key, known in self._known.items()},
            left=[row.order_id for row in leaving],
            carriers=self._carriers,
            at=self._at,
        )
        publish_all([*steps.facts, *(fact for row in live for fact in self._facts(row))])

    def _clocks(self, row: Shipment, heard: Heard) -> Sequence[Any]:
        carrier = self._carriers.get(heard.account.carrier_id or row.carried_by_id or 0)
        names = (str(heard.account.setting("time_zone")), carrier.time_zone if carrier else "")
        return clocks_of(heard.told.country, *names, settings.SHOP_TIME_ZONE)

    def _keep(self, event: TrackingEvent) -> None:
        self._new.append(event)
        stored = position.StoredEvent(event.digest, event.state, event.occurred_at, event.reason, event.adjusted)
        self._known[event.shipment_id][event.digest] = stored

    def _fold(self, row: Shipment) -> None:
        known = self._known[row.pk].values()
        told = [event for event in known if event.reason != facts.UNKNOWN]
        placed_at = self.orders[row.order_id].placed_at
        found = position.fold(told, handed_over_at=row.handed_over_at, placed_at=placed_at)
        self._since[row.pk] = found.occurred_at
        row.state, row.reason, row.attempt_count = found.state, found.reason, found.attempts
        row.handed_over_at, row.last_moved_at = found.handed_over_at, found.last_moved_at
        row.delivered_at, row.returned_at, row.lost_at = found.delivered_at, found.returned_at, found.lost_at
        own = [event.occurred_at for event in known if event.adjusted != position.FOREIGN]
        row.last_event_at = max(own, default=None)
        doubts = [{"word": doubt.word, "digest": doubt.digest} for doubt in found.doubts]
        row.doubts = doubts + [doubt for doubt in row.doubts if order_steps.still_holds(doubt, row)]

    def _needs_hand_over(self, row: Shipment) -> bool:
        is_new = self._before[row.pk]["handed_over_at"] is None and row.handed_over_at is not None
        return is_new or order_steps.has_doubt(row, order_steps.NOT_READY)

    def _has_ended_anew(self, row: Shipment) -> bool:
        before = self._before[row.pk]
        return any(getattr(row, name) and not before[name] for name in ("delivered_at", "returned_at"))

    def _facts(self, row: Shipment) -> Iterable[tuple[object, str]]:
        before, subject = self._before[row.pk], f"order:{row.order_id}"
        told = ("state", "reason", "attempt_count")
        if any(getattr(row, name) != before[name] for name in told):
            since = self._since[row.pk] or self._at
            moved = ShipmentMoved(
                shipment_id=row.pk,
                order_id=row.order_id,
                state=row.state,
                before=before["state"],
                reason=row.reason,
                attempts=row.attempt_count,
                occurred_at=int(since.timestamp()),
            )
            yield moved, subject
        for name, fact in (("delivered_at", ShipmentDelivered), ("lost_at", ShipmentLost)):
            if getattr(row, name) and not before[name]:
                yield fact(row.pk, row.order_id), subject
        if before["lost_at"] and not row.lost_at:
            yield ShipmentFound(row.pk, row.order_id), subject


def _written(row: Shipment) -> Mapping[str, Any]:
    return {name: getattr(row, f"{name}_id" if name in {"account", "carried_by"} else name) for name in _POSITION}


def _count(known: Iterable[position.StoredEvent]) -> int:
    return sum(event.adjusted != position.FOREIGN for event in known)
