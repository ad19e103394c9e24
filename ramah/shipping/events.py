"""What happens to parcels. Every event's subject is `order:<id>`, so it stays in order with what happens to the order."""

from dataclasses import dataclass

from ramah.kernel.events import event


@event("shipment.handed_over")
@dataclass(frozen=True, slots=True)
class ShipmentHandedOver:
    """A carrier has a parcel of the order; `is_last`: nothing of the order is left behind."""

    shipment_id: int
    order_id: int
    is_last: bool


@event("shipment.delivered")
@dataclass(frozen=True, slots=True)
class ShipmentDelivered:
    """A parcel has arrived."""

    shipment_id: int
    order_id: int


@event("shipment.moved")
@dataclass(frozen=True, slots=True)
class ShipmentMoved:
    """A parcel has another state, reason or number of attempts than before. `occurred_at`: seconds since 1970."""

    shipment_id: int
    order_id: int
    state: str
    before: str
    reason: str
    attempts: int
    occurred_at: int


@event("shipment.lost")
@dataclass(frozen=True, slots=True)
class ShipmentLost:
    """A parcel is lost, by the carrier's word or an agent's."""

    shipment_id: int
    order_id: int


@event("shipment.found")
@dataclass(frozen=True, slots=True)
class ShipmentFound:
    """A parcel that was lost has moved again."""

    shipment_id: int
    order_id: int


@event("delivery.outlook_changed")
@dataclass(frozen=True, slots=True)
class OutlookChanged:
    """What is expected of a parcel, or (`shipment_id` None) of what of an order has not left, is on another level.

    `level` and `before` are values of `models.Flight.Level`; `at` is seconds since 1970.
    """

    order_id: int
    shipment_id: int | None
    level: int
    before: int
    at: int


@event("delivery.task_ended")
@dataclass(frozen=True, slots=True)
class CarrierTaskEnded:
    """The carrier has done, refused, or perhaps done (`uncertain`) what it was asked; `state` as in `models.CarrierTask`."""

    task_id: int
    shipment_id: int
    order_id: int
    kind: str
    state: str
