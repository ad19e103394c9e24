"""Carriers, accounts and parcels for tests, of this app and of those above it."""

from datetime import datetime, timedelta
from typing import Any

from ramah.commerce.models import Order
from ramah.shipping.models import Carrier, CarrierAccount, Flight, Lane, Shipment, TrackingEvent

_made = 0


def _next() -> int:
    global _made
    _made += 1
    return _made


def make_carrier(key: str = "jne", *, at: datetime, **told: Any) -> Carrier:
    """A carrier in Jakarta's time, unless said otherwise."""
    fields = {"name": key.upper(), "time_zone": "Asia/Jakarta", **told}
    return Carrier.objects.get_or_create(key=key, defaults={**fields, "created_at": at})[0]


def make_carrier_account(key: str = "jne", *, at: datetime, **told: Any) -> CarrierAccount:
    """An account that posts our own JSON, signed with `secret`."""
    fields = {"name": key, "provider": "generic", "credentials": {"secret": "secret"}, **told}
    return CarrierAccount.objects.create(key=key, created_at=at, **fields)


def make_shipment(order: Order, *, at: datetime, **told: Any) -> Shipment:
    """A parcel of the order, handed over at `at`; `commerce` is not told (see `commands.hand_over` for that)."""
    fields = {"carrier": "JNE", "tracking_number": f"JN{_next():08}", "state": "in_transit", **told}
    fields = {"handed_over_at": at, "last_moved_at": at, **fields}
    return Shipment.objects.create(order=order, created_at=at, **fields)


def make_tracking_event(shipment: Shipment, state: str, *, at: datetime, **told: Any) -> TrackingEvent:
    """An event as it is stored; the parcel's row is not changed by it."""
    fields = {"received_at": at, "digest": f"{_next():032x}", "told_at": at.isoformat(), **told}
    return TrackingEvent.objects.create(shipment=shipment, state=state, occurred_at=at, **fields)


def make_flight(order: Order, *, at: datetime, shipment: Shipment | None = None, **told: Any) -> Flight:
    """An order or parcel under way, promised for three days after `at`."""
    lane = Lane.objects.get_or_create(origin="ID", destination="ID-JK", carrier="jne", service="")[0]
    fields = {
        "lane": lane,
        "stage": Flight.Stage.PURCHASE if shipment is None else Flight.Stage.TRANSIT,
        "purchased": int(at.timestamp()),
        "handed": 0 if shipment is None else int(at.timestamp()),
        "promised": int((at + timedelta(days=3)).timestamp()),
        **told,
    }
    return Flight.objects.create(order=order, shipment=shipment, **fields)
