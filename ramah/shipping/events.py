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
