"""Reads of parcels. Who may see an order may see its parcels."""

from typing import Any

from django.db.models import Prefetch, Sum

from ramah.commerce.models import Order
from ramah.commerce.queries import orders_visible_to
from ramah.kernel.actors import Actor, NotVisible
from ramah.shipping.models import Shipment, ShipmentLine

_LINES = Prefetch("lines", ShipmentLine.objects.select_related("order_line"))


def shipments_of(order: Order) -> list[Shipment]:
    """The parcels of an order that the caller got through its door, the first first, in two queries."""
    return list(Shipment.objects.filter(order=order).prefetch_related(_LINES).order_by("id"))


def announced_pieces(order: Order) -> dict[int, int]:
    """Pieces, by the key of their line, in parcels that wait for their carrier; the lines do not count them as shipped."""
    waiting = ShipmentLine.objects.filter(shipment__order=order, shipment__handed_over_at=None).order_by()
    return dict(waiting.values_list("order_line_id").annotate(pieces=Sum("quantity")))


def shipment_for(actor: Actor, *, public_id: str) -> Shipment:
    """The parcel with its order. Raises `NotVisible`."""
    seen = Shipment.objects.select_related("order").filter(order__in=orders_visible_to(actor))
    shipment = seen.filter(public_id=public_id).first() if public_id.isalnum() else None
    if shipment is None:
        raise NotVisible
    return shipment


def shipments_told(customer_id: int) -> list[dict[str, Any]]:
    """All that is kept of a customer's parcels, as JSON: for the customer's own copy of their data."""
    rows = Shipment.objects.filter(order__customer=customer_id).select_related("order").order_by("id")
    return [
        {
            "order": row.order.number,
            "carrier": row.carrier,
            "tracking_number": row.tracking_number,
            "handed_over_at": row.handed_over_at.isoformat() if row.handed_over_at else "",
            "delivered_at": row.delivered_at.isoformat() if row.delivered_at else "",
        }
        for row in rows
    ]
