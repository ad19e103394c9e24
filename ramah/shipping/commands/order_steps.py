"""What becomes of orders when their parcels leave, arrive or come back. Orders are locked and changed in place."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from ramah.commerce.commands import OrderStateNotAllowed
from ramah.commerce.commands.fulfilling import NothingLeftToShip, NotPaid, note_shipped
from ramah.commerce.commands.orders import enter_state
from ramah.commerce.models import Order
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor
from ramah.shipping.events import ShipmentHandedOver
from ramah.shipping.models import Shipment, ShipmentLine

# Doubts about a parcel that its order raises; those that its own events raise are words of `position`.
NOT_READY = "not_ready"  # the carrier has it, but the order is not paid, or cancelled, or nothing of it is left
TAKEN_BACK = "taken_back"  # it was not delivered after all, but its order counts as delivered and cannot go back
_ON_THE_WAY, _THERE = (Order.State.SHIPPED,), (Order.State.DELIVERED, Order.State.COMPLETED)


class OrderSteps:
    """The steps of one batch. `facts` are the events to be published, with their subjects."""

    def __init__(self, orders: dict[int, Order], *, actor: Actor, at: datetime) -> None:
        self._orders, self._actor, self._at = orders, actor, at
        self.facts: list[tuple[object, str]] = []

    def hand_over(self, rows: Sequence[Shipment]) -> None:
        """Scans show that the carrier has these parcels: what is in them has left. Where it must not, that is a doubt."""
        if not rows:
            return
        pieces: dict[int, dict[int, int]] = defaultdict(dict)
        for line in ShipmentLine.objects.filter(shipment__in=rows):
            pieces[line.shipment_id][line.order_line_id] = line.quantity
        for row in rows:
            if pieces[row.pk]:
                self._hand_over(row, pieces[row.pk])

    def _hand_over(self, row: Shipment, quantities: dict[int, int]) -> None:
        try:
            order = note_shipped(actor=SYSTEM, order=self._orders[row.order_id], quantities=quantities, at=self._at)
        except (NothingLeftToShip, NotPaid, OrderStateNotAllowed):
            _doubt(row, NOT_READY)
            return
        self._orders[order.pk] = order
        row.doubts = [doubt for doubt in row.doubts if doubt["word"] != NOT_READY]
        is_last = order.state == Order.State.SHIPPED
        self.facts.append((ShipmentHandedOver(row.pk, order.pk, is_last), f"order:{order.pk}"))

    def take_back(self, row: Shipment) -> None:
        """A delivery was none. An order that is on its way still waits for it; one that is there cannot go back."""
        if self._orders[row.order_id].state in _THERE:
            _doubt(row, TAKEN_BACK)

    def follow(self, rows: Iterable[Shipment]) -> None:
        """These parcels, which are written, have arrived or come back: so has the order, once none is under way any more."""
        waiting = [key for key in {row.order_id for row in rows} if self._may_end(self._orders[key])]
        if not waiting:
            return
        parcels: dict[int, list[tuple[datetime | None, datetime | None]]] = defaultdict(list)
        left = Shipment.objects.filter(order__in=waiting, handed_over_at__isnull=False)
        for key, delivered_at, returned_at in left.values_list("order_id", "delivered_at", "returned_at"):
            parcels[key].append((delivered_at, returned_at))
        for key in sorted(parcels):
            self._end(self._orders[key], parcels[key])

    def _may_end(self, order: Order) -> bool:
        return order.state in (*_ON_THE_WAY, Order.State.DELIVERED)

    def _end(self, order: Order, parcels: Sequence[tuple[datetime | None, datetime | None]]) -> None:
        came_back = [returned_at for _delivered_at, returned_at in parcels if returned_at]
        arrived = [delivered_at for delivered_at, returned_at in parcels if delivered_at and not returned_at]
        if len(came_back) + len(arrived) < len(parcels):
            return
        state = Order.State.DELIVERED if arrived else Order.State.RETURNED
        if order.state != state:
            enter_state(order, state, actor=self._actor, at=max(arrived or came_back))
            audit.record(self._actor, "order.change_state", f"order:{order.pk}", at=self._at, state=state)


def still_holds(doubt: dict[str, str], row: Shipment) -> bool:
    """Whether a doubt that the order raised outlives another fold of the parcel's events."""
    if doubt["word"] == TAKEN_BACK:
        return row.delivered_at is None and row.returned_at is None
    return doubt["word"] == NOT_READY


def has_doubt(row: Shipment, word: str) -> bool:
    """Whether it is on the parcel's row."""
    return any(doubt["word"] == word for doubt in row.doubts)


def _doubt(row: Shipment, word: str) -> None:
    if not has_doubt(row, word):
        row.doubts = [*row.doubts, {"word": word, "digest": ""}]
