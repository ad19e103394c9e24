"""Handing parcels over, putting right what was written down of them, and their arrival."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from django.db import transaction

from ramah.commerce.commands import change_order_state
from ramah.commerce.commands.fulfilling import note_shipped
from ramah.commerce.models import Order
from ramah.commerce.permissions import FULFIL
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish
from ramah.shipping.events import ShipmentDelivered, ShipmentHandedOver
from ramah.shipping.models import Shipment, ShipmentLine


class ParcelArrived(Exception):
    """The parcel has arrived; what is written down of it stays."""


class DeliveredBeforeHandOver(Exception):
    """A parcel cannot arrive before it left."""


@transaction.atomic
def hand_over(
    *, actor: Actor, order: Order, quantities: Mapping[int, int], carrier: str, tracking_number: str, at: datetime
) -> Shipment:
    """A parcel with so many pieces of each line (by key) goes to the carrier.

    Raises what `commerce.commands.fulfilling.note_shipped` raises; then nothing is written.
    """
    order = note_shipped(actor=actor, order=order, quantities=quantities, at=at)
    shipment = Shipment.objects.create(
        order=order,
        carrier=carrier.strip(),
        tracking_number=_number(tracking_number),
        tracking_url=_tracking_url(order, tracking_number),
        state=Shipment.State.IN_TRANSIT,
        handed_over_at=at,
        last_moved_at=at,
        created_at=at,
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, order_line_id=key, quantity=quantity)
        for key, quantity in sorted(quantities.items())
    )
    is_last = order.state == Order.State.SHIPPED
    publish(ShipmentHandedOver(shipment.pk, order.pk, is_last), subject=f"order:{order.pk}")
    return shipment


@transaction.atomic
def correct_parcel(*, actor: Actor, shipment: Shipment, carrier: str, tracking_number: str, at: datetime) -> Shipment:
    """Carrier and number as they should have been. Raises `ParcelArrived`, `PermissionDenied`."""
    require(actor, FULFIL)
    shipment = Shipment.objects.select_for_update().select_related("order").get(pk=shipment.pk)
    if shipment.delivered_at is not None:
        raise ParcelArrived
    shipment.carrier, shipment.tracking_number = carrier.strip(), _number(tracking_number)
    shipment.tracking_url = _tracking_url(shipment.order, tracking_number)
    shipment.save(update_fields=["carrier", "tracking_number", "tracking_url"])
    audit.record(actor, "shipment.correct", f"order:{shipment.order_id}", at=at, shipment=shipment.pk)
    return shipment


@transaction.atomic
def mark_delivered(*, actor: Actor, shipment: Shipment, delivered_at: datetime, at: datetime) -> Shipment:
    """The parcel arrived at `delivered_at`. With the last parcel the whole order is delivered. Twice is harmless.

    Raises `DeliveredBeforeHandOver`, `PermissionDenied`.
    """
    require(actor, FULFIL)
    # The order is locked first, as everywhere, so that two last parcels do not both think the other is still on its way.
    order = Order.objects.select_for_update().get(pk=shipment.order_id)
    shipment = Shipment.objects.get(pk=shipment.pk)
    if shipment.delivered_at is not None:
        return shipment
    if shipment.handed_over_at is None or delivered_at < shipment.handed_over_at:
        raise DeliveredBeforeHandOver
    shipment.delivered_at, shipment.state = delivered_at, Shipment.State.DELIVERED
    shipment.save(update_fields=["delivered_at", "state"])
    audit.record(actor, "shipment.deliver", f"order:{order.pk}", at=at, shipment=shipment.pk)
    publish(ShipmentDelivered(shipment.pk, order.pk), subject=f"order:{order.pk}")
    under_way = Shipment.objects.filter(order=order, delivered_at=None).exists()
    if order.state == Order.State.SHIPPED and not under_way:
        change_order_state(actor=actor, order=order, state=Order.State.DELIVERED, at=delivered_at)
    return shipment


@transaction.atomic
def erase_tracking(customer_id: int) -> None:
    """Take numbers that lead to an address off a customer's parcels. Repeatable."""
    Shipment.objects.filter(order__customer=customer_id).update(tracking_number="", tracking_url="")


def _number(text: str) -> str:
    return "".join(text.split())


def _tracking_url(order: Order, number: str) -> str:
    pattern = order.delivery_option.tracking_url if order.delivery_option else ""
    return pattern.replace("{number}", quote(_number(number), safe="")) if pattern and number.strip() else ""
