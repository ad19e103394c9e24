"""The parcels that the panel beside a conversation shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ramah.commerce.models import Order
from ramah.customers.models import Customer
from ramah.kernel.actors import Actor
from ramah.shipping.models import CarrierTask, Claim, Flight, Shipment
from ramah.shipping.queries.board import parcels_under_way
from ramah.shipping.queries.board_parts import BoardItem
from ramah.shipping.queries.carriers import can
from ramah.shipping.queries.tracking import TrackedEvent, parcels_tracked

MOST_ORDERS: Final = 3
_ARRIVED: Final = (Shipment.State.DELIVERED, Shipment.State.RETURNED)


@dataclass(frozen=True, slots=True)
class PanelParcel:
    """A parcel, or (no shipment in `item`) what has not left: what was told of it, and what was and may be asked for it."""

    item: BoardItem
    events: Sequence[TrackedEvent] = ()
    tasks: Sequence[CarrierTask] = ()
    claims: Sequence[Claim] = ()
    can: frozenset[str] = frozenset()


def panel_parcels(actor: Actor, customer: Customer) -> list[PanelParcel]:
    """What is under way to the customer, or lost, of the three newest orders of which something is."""
    return [one for order in parcels_under_way(actor, customer, most=MOST_ORDERS) for one in _of_order(order)]


def panel_parcel(item: BoardItem) -> PanelParcel:
    """One parcel, whose caller has passed the door to it."""
    return next(one for one in _of_order(item.order) if one.item.shipment == item.shipment)


def _of_order(order: Order) -> list[PanelParcel]:
    rows = Flight.objects.filter(order=order).select_related("lane")
    flights: Mapping[int | None, Flight] = {row.shipment_id: row for row in rows}
    tracked = [one for one in parcels_tracked(order) if one.shipment.state not in _ARRIVED or one.shipment.doubts]
    keys = [one.shipment.pk for one in tracked]
    tasks = list(CarrierTask.objects.filter(shipment__in=keys).order_by("-id")[:20])
    claims = list(Claim.objects.filter(shipment__in=keys).order_by("-id"))
    found = []
    for one in tracked:
        parcel = one.shipment
        found.append(
            PanelParcel(
                BoardItem(order, parcel, flights.get(parcel.pk)),
                one.events,
                [task for task in tasks if task.shipment_id == parcel.pk],
                [claim for claim in claims if claim.shipment_id == parcel.pk],
                can(parcel),
            )
        )
    rest = flights.get(None)
    return [*found, *([PanelParcel(BoardItem(order, None, rest))] if rest else [])]
