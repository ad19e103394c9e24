"""Deliveries of the demo shop: three carriers, the parcels of its orders, and what the carriers tell of those under way."""

import json
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ramah.commerce.commands import ImportOptions
from ramah.commerce.models import Order
from ramah.kernel.actors import SYSTEM
from ramah.shipping import position
from ramah.shipping.commands import flights, taking_in
from ramah.shipping.commands.forecasting import forecast_touched
from ramah.shipping.commands.importing import ImportedParcel, save_imported_parcels
from ramah.shipping.models import Carrier, CarrierAccount

# Key, name, time zone, a number with the place of the order's key in it, hubs on the way.
_CARRIERS = (
    ("jne", "JNE", "Asia/Jakarta", "JKT{:011d}", ("Jakarta, Cengkareng", "Hub {city}")),
    ("sicepat", "SiCepat", "Asia/Jakarta", "00{:010d}", ("Jakarta, Cakung", "Gudang {city}")),
    ("nova_poshta", "Нова пошта", "Europe/Kyiv", "2045{:010d}", ("Київ, термінал", "{city}, сортування")),
)
_HOUR = timedelta(hours=1)


def seed(at: datetime) -> None:
    """Carriers with an account each, parcels for all orders that have left, and the news of those that have not arrived."""
    accounts = {key: _account(key, name, zone, at) for key, name, zone, _number, _hubs in _CARRIERS}
    orders = list(Order.objects.filter(placed_at__lt=at).prefetch_related("history").order_by("pk"))
    parcels = [parcel for order in orders if (parcel := _parcel(order)) is not None]
    options = ImportOptions()
    for start in range(0, len(parcels), 500):
        save_imported_parcels(actor=SYSTEM, batch=parcels[start : start + 500], at=at, options=options)
    for key, account in accounts.items():
        told = [entry for order in orders if _carrier(order)[0] == key for entry in _news(order, at)]
        if told:
            taking_in.take_in(account=account, bodies=[json.dumps({"events": told}).encode()], at=at)
    while taking_in.process_waiting(at=at):
        pass
    flights.rebuild(at=at)
    while forecast_touched(at=at):
        pass


def _account(key: str, name: str, zone: str, at: datetime) -> CarrierAccount:
    carrier = Carrier.objects.create(key=key, name=name, time_zone=zone, created_at=at)
    credentials: Any = {"secret": secrets.token_urlsafe(24)}
    return CarrierAccount.objects.create(
        key=key, name=name, provider="generic", carrier=carrier, credentials=credentials, created_at=at
    )


def _carrier(order: Order) -> Any:
    return _CARRIERS[2] if order.currency == "UAH" else _CARRIERS[order.pk % 2]


def _reached(order: Order) -> dict[str, datetime]:
    return {step.to_state: step.at for step in order.history.all()}


def _parcel(order: Order) -> ImportedParcel | None:
    """The parcel of an order that has left, with all that was in it."""
    reached = _reached(order)
    if "shipped" not in reached:
        return None
    key, _name, _zone, number, _hubs = _carrier(order)
    delivered_at = reached.get("delivered")
    return ImportedParcel(
        order_number=order.number,
        tracking_number=number.format(order.pk),
        carrier=key,
        service="",
        external_id=f"demo-p{order.pk}",
        handed_over_at=reached["shipped"],
        ended_at=delivered_at,
        state=position.DELIVERED if delivered_at else position.IN_TRANSIT,
        promised_on=order.promised_to,
    )


def _news(order: Order, at: datetime) -> Iterator[dict[str, str]]:
    """What was told of a parcel under way: as far as it can be by now; of every sixth, delivery has failed."""
    reached = _reached(order)
    left = reached.get("shipped")
    if left is None or "delivered" in reached:
        return
    _key, _name, _zone, number, hubs = _carrier(order)
    city = str(order.shipping_address.get("city", ""))
    steps = [
        (1, position.IN_TRANSIT, "", hubs[0]),
        (9, position.IN_TRANSIT, "", hubs[0]),
        (22, position.IN_TRANSIT, "", hubs[1].format(city=city)),
    ]
    if order.pk % 6 == 1:
        steps += [(26, position.OUT_FOR_DELIVERY, "", city), (31, position.DELIVERY_ATTEMPTED, "away", city)]
    for hours, state, reason, place in steps:
        moment = left + hours * _HOUR
        if moment <= at:
            entry = {
                "number": number.format(order.pk),
                "state": state,
                "occurred_at": moment.isoformat(),
                "place": place,
            }
            yield {**entry, "reason": reason} if reason else entry
