"""Announcing and handing over parcels, putting right what was written down of them, and what the shop itself says of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, Sum, Value
from django.db.models.functions import Cast, Concat

from ramah.commerce.commands.fulfilling import NothingLeftToShip, note_shipped
from ramah.commerce.models import Order
from ramah.commerce.permissions import FULFIL
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish
from ramah.shipping import position
from ramah.shipping.commands import flights, order_steps, unmatched
from ramah.shipping.commands.folding import BY_HAND, Folding
from ramah.shipping.commands.matching import plain_number
from ramah.shipping.commands.naming import account_of, carrier_of, tracking_url
from ramah.shipping.events import ShipmentHandedOver
from ramah.shipping.models import Carrier, CarrierAccount, Shipment, ShipmentLine, TrackingEvent


class ParcelArrived(Exception):
    """The parcel has arrived or come back; what is written down of it stays."""


class DeliveredBeforeHandOver(Exception):
    """A parcel cannot arrive before it left."""


class NumberInUse(Exception):
    """Another parcel that is under way has this number at the same account."""


@transaction.atomic
def announce_parcel(
    *,
    actor: Actor,
    order: Order,
    quantities: Mapping[int, int],
    carrier: str,
    tracking_number: str,
    at: datetime,
    service: str = "",
    account: CarrierAccount | None = None,
) -> Shipment:
    """A parcel has its label, and waits for the carrier: its first scan, or `hand_over_announced`, makes it leave.

    Raises `NothingLeftToShip`, `NumberInUse`, `PermissionDenied`; ValueError without any piece.
    """
    require(actor, FULFIL)
    if not quantities or min(quantities.values()) < 1:
        raise ValueError("a parcel holds at least one piece of a line")
    order = Order.objects.select_for_update().get(pk=order.pk)
    _check_left(order, quantities)
    shipment = _make(order, quantities, carrier, tracking_number, service=service, account=account, at=at)
    audit.record(actor, "shipment.announce", f"order:{order.pk}", at=at, shipment=shipment.pk)
    return _with_what_waits(shipment, at=at)


@transaction.atomic
def hand_over(
    *,
    actor: Actor,
    order: Order,
    quantities: Mapping[int, int],
    carrier: str,
    tracking_number: str,
    at: datetime,
    service: str = "",
    account: CarrierAccount | None = None,
) -> Shipment:
    """A parcel with so many pieces of each line (by key) goes to the carrier.

    Raises what `commerce.commands.fulfilling.note_shipped` raises, and `NumberInUse`; then nothing is written.
    """
    order = note_shipped(actor=actor, order=order, quantities=quantities, at=at)
    told = (order, quantities, carrier, tracking_number)
    shipment = _make(*told, service=service, account=account, handed_over_at=at, at=at)
    return _handed_over(shipment, order, at=at)


@transaction.atomic
def hand_over_announced(*, actor: Actor, shipment: Shipment, at: datetime) -> Shipment:
    """A parcel that was announced goes to the carrier. Twice is harmless. Raises what `note_shipped` raises."""
    require(actor, FULFIL)
    order = Order.objects.select_for_update().get(pk=shipment.order_id)
    shipment = Shipment.objects.select_for_update().get(pk=shipment.pk)
    is_doubted = order_steps.has_doubt(shipment, order_steps.NOT_READY)
    if shipment.handed_over_at is not None and not is_doubted:
        return shipment
    quantities = dict(shipment.lines.values_list("order_line_id", "quantity"))
    order = note_shipped(actor=actor, order=order, quantities=quantities, at=at)
    shipment.doubts = [doubt for doubt in shipment.doubts if doubt["word"] != order_steps.NOT_READY]
    shipment.handed_over_at = shipment.handed_over_at or at
    shipment.save(update_fields=["handed_over_at", "doubts"])
    folding = Folding([shipment.pk], at=at, actor=actor)
    folding.settle()
    return _handed_over(folding.shipments[shipment.pk], order, at=at)


def _handed_over(shipment: Shipment, order: Order, *, at: datetime) -> Shipment:
    is_last = order.state == Order.State.SHIPPED
    publish(ShipmentHandedOver(shipment.pk, order.pk, is_last), subject=f"order:{order.pk}")
    flights.note_order(order_id=order.pk, at=at)
    return _with_what_waits(shipment, at=at)


@transaction.atomic
def correct_parcel(*, actor: Actor, shipment: Shipment, carrier: str, tracking_number: str, at: datetime) -> Shipment:
    """Carrier and number as they should have been. What was told of another number is no part of the parcel any more.

    Raises `ParcelArrived`, `NumberInUse`, `PermissionDenied`.
    """
    require(actor, FULFIL)
    order = Order.objects.select_for_update().get(pk=shipment.order_id)
    shipment = Shipment.objects.select_for_update().get(pk=shipment.pk)
    if shipment.delivered_at is not None:
        raise ParcelArrived
    before = shipment.tracking_number
    for name, value in _carriage(order, carrier, tracking_number, account=None).items():
        setattr(shipment, name, value)
    _check_free(shipment)
    shipment.save(update_fields=["carrier", "carried_by", "account", "tracking_number", "tracking_url"])
    if plain_number(before) != shipment.tracking_number:
        disown_events(shipment)
    audit.record(actor, "shipment.correct", f"order:{shipment.order_id}", at=at, shipment=shipment.pk)
    folding = Folding([shipment.pk], at=at)
    folding.settle()
    flights.note_order(order_id=order.pk, at=at)
    return _with_what_waits(folding.shipments[shipment.pk], at=at)


def disown_events(shipment: Shipment) -> None:
    """What was told of a number that the parcel does not have any more is no part of its position.

    The digests change, so that the same events are new again where the number turns out to be right after all.
    """
    told = TrackingEvent.objects.filter(shipment=shipment).exclude(code=BY_HAND).exclude(adjusted=position.FOREIGN)
    key = Cast(F("pk"), CharField(max_length=20))
    told.update(adjusted=position.FOREIGN, digest=Concat(F("digest"), Value("~"), key, output_field=CharField()))


@transaction.atomic
def mark_delivered(*, actor: Actor, shipment: Shipment, delivered_at: datetime, at: datetime) -> Shipment:
    """The parcel arrived at `delivered_at`. With the last parcel the whole order is delivered. Twice is harmless.

    Raises `DeliveredBeforeHandOver`, `PermissionDenied`.
    """
    require(actor, FULFIL)
    folding = Folding([shipment.pk], at=at, actor=actor)
    shipment = folding.shipments[shipment.pk]
    if shipment.delivered_at is not None:
        return shipment
    if shipment.handed_over_at is None or delivered_at < shipment.handed_over_at:
        raise DeliveredBeforeHandOver
    folding.tell_by_hand(shipment.pk, position.DELIVERED, occurred_at=delivered_at)
    audit.record(actor, "shipment.deliver", f"order:{shipment.order_id}", at=at, shipment=shipment.pk)
    folding.settle()
    return shipment


@transaction.atomic
def mark_lost(*, actor: Actor, shipment: Shipment, at: datetime) -> Shipment:
    """Somebody of the shop gives the parcel up; once it moves again it is found. Twice is harmless.

    Raises `ParcelArrived`, `PermissionDenied`.
    """
    require(actor, FULFIL)
    folding = Folding([shipment.pk], at=at, actor=actor)
    shipment = folding.shipments[shipment.pk]
    if shipment.delivered_at is not None or shipment.returned_at is not None:
        raise ParcelArrived
    if shipment.lost_at is None:
        folding.tell_by_hand(shipment.pk, position.LOST, occurred_at=at)
        audit.record(actor, "shipment.lose", f"order:{shipment.order_id}", at=at, shipment=shipment.pk)
        folding.settle()
    return shipment


def _check_left(order: Order, quantities: Mapping[int, int]) -> None:
    """Raise `NothingLeftToShip` where less is left than is announced, other labels counted in."""
    announced = ShipmentLine.objects.filter(shipment__order=order, shipment__handed_over_at=None).order_by()
    taken = dict(announced.values_list("order_line_id").annotate(pieces=Sum("quantity")))
    left = {line.pk: line.quantity - line.shipped_quantity - taken.get(line.pk, 0) for line in order.lines.all()}
    for key, quantity in sorted(quantities.items()):
        if quantity > left.get(key, 0):
            raise NothingLeftToShip(key)


def _make(
    order: Order,
    quantities: Mapping[int, int],
    carrier: str,
    tracking_number: str,
    *,
    service: str,
    account: CarrierAccount | None,
    at: datetime,
    handed_over_at: datetime | None = None,
) -> Shipment:
    shipment = Shipment(
        order=order,
        service=service,
        state=Shipment.State.IN_TRANSIT if handed_over_at else Shipment.State.PRE_TRANSIT,
        handed_over_at=handed_over_at,
        last_moved_at=handed_over_at,
        created_at=at,
        **_carriage(order, carrier, tracking_number, account=account),
    )
    _check_free(shipment)
    shipment.save(force_insert=True)
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, order_line_id=key, quantity=quantity)
        for key, quantity in sorted(quantities.items())
    )
    return shipment


def _with_what_waits(shipment: Shipment, *, at: datetime) -> Shipment:
    """The parcel, after it has taken up what was told of its number before."""
    if shipment.tracking_number and unmatched.take_up([shipment], at=at):
        shipment.refresh_from_db()
    return shipment


def _carriage(order: Order, carrier: str, tracking_number: str, *, account: CarrierAccount | None) -> dict[str, Any]:
    """Who carries it under which number, where it is shown, and by which account it is heard of."""
    number = plain_number(tracking_number)
    carried_by = carrier_of(carrier, number, list(Carrier.objects.all()))
    if account is None:
        account = account_of(carried_by, CarrierAccount.objects.filter(carrier=carried_by)) if carried_by else None
    elif carried_by is None:
        carried_by = account.carrier
    return {
        "carrier": carrier.strip() or (carried_by.name if carried_by else ""),
        "carried_by": carried_by,
        "account": account,
        "tracking_number": number,
        "tracking_url": tracking_url(order, number, carried_by),
    }


def _check_free(shipment: Shipment) -> None:
    if shipment.account_id is None or not shipment.tracking_number:
        return
    others = Shipment.objects.filter(account=shipment.account_id, tracking_number=shipment.tracking_number)
    if others.exclude(pk=shipment.pk).exclude(state__in=Shipment.ENDED).exists():
        raise NumberInUse(shipment.tracking_number)
