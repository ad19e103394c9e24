"""Flights: the rows that forecasts read, one for each parcel under way and one for what of an order has not left.

They say nothing that orders, parcels and promises do not say: `note_orders` makes those of some orders what they should be,
`rebuild` those of all. After events, which come by the thousand, `follow` takes the short way. What a forecast goes by has
changed where `forecast_at` is 0. Never: says what is expected, which is the forecast's, its level too; a lost parcel keeps its
flight, in state lost, until it is found or its order ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from ramah.commerce.models import Order
from ramah.commerce.queries.terms import shop_profile
from ramah.promises.models import Promise
from ramah.shipping import position
from ramah.shipping.carriers.contract import provider_of
from ramah.shipping.commands.naming import carrier_named
from ramah.shipping.commands.order_steps import TAKEN_BACK, has_doubt
from ramah.shipping.lanes import lane_key, lane_of_address
from ramah.shipping.models import Carrier, CarrierAccount, CarrierService, Flight, Lane, Shipment, TrackingEvent

CHUNK = 500
_LANDED = (Shipment.State.DELIVERED, Shipment.State.RETURNED)
_IN_THE_SHOP = (Order.State.PLACED, Order.State.PAID, Order.State.PACKED)
_OVER = (Order.State.DELIVERED, Order.State.COMPLETED, Order.State.RETURNED, Order.State.REFUNDED)
_STATES = {state: place for place, state in enumerate(position.STATES)}
_MOVING = ("stage", "state", "handed", "last_event", "last_moved", "event_count", "attempt_count")
_STANDING = ("lane_id", "purchased", "promised")
LaneWords = tuple[str, str, str, str]  # origin, destination, carrier, service


def follow(
    parcels: Sequence[Shipment],
    *,
    counts: Mapping[int, int],
    left: Iterable[int],
    carriers: Mapping[int, Carrier],
    at: datetime,
) -> None:
    """These parcels, which their carriers have, may stand elsewhere than before. A few statements, however many they are.

    Their orders are locked. `counts`: events that count, by parcel; `left`: orders of which a parcel has left just now.
    """
    flying = {row.pk: row for row in parcels if row.state not in _LANDED}
    landed = [row for row in parcels if row.state in _LANDED]
    Flight.objects.filter(shipment__in=[row.pk for row in landed]).delete()
    known = {flight.shipment_id: flight for flight in Flight.objects.filter(shipment__in=list(flying))}
    moved = [flight for key, flight in known.items() if _move(flight, flying[key or 0], counts.get(key or 0, 0))]
    _write(moved, _MOVING)
    missing = {row.order_id for key, row in flying.items() if key not in known}.union(left)
    if missing:
        note_orders(missing, at=at, carriers=carriers)


def note_order(*, order_id: int, at: datetime) -> None:
    """An order was placed, has changed, was promised anew or has ended: its flights are what they should be then."""
    note_orders([order_id], at=at)


@transaction.atomic
def note_orders(order_ids: Iterable[int], *, at: datetime, carriers: Mapping[int, Carrier] | None = None) -> None:
    """As `note_order`, for many (some hundreds) in about a dozen statements."""
    rows = Order.objects.filter(pk__in=sorted(set(order_ids))).select_for_update(of=("self",), no_key=True)
    orders = {order.pk: order for order in rows.select_related("delivery_option").order_by("pk")}
    if not orders:
        return
    parcels = Shipment.objects.filter(order__in=list(orders), handed_over_at__isnull=False).exclude(state__in=_LANDED)
    flying = [row for row in parcels if _is_awaited(row, orders[row.order_id])]
    before = {(flight.order_id, flight.shipment_id): flight for flight in Flight.objects.filter(order__in=list(orders))}
    wanted = _wanted(orders, flying, carriers or Carrier.objects.in_bulk(), at)
    Flight.objects.filter(pk__in=[flight.pk for key, flight in before.items() if key not in wanted]).delete()
    changed = [flight for key, one in wanted.items() if (flight := before.get(key)) and _take_over(flight, one)]
    _write(changed, (*_MOVING, *_STANDING))
    Flight.objects.bulk_create([one for key, one in wanted.items() if key not in before])


def rebuild(*, at: datetime) -> int:
    """Make all flights anew, by orders and parcels, some hundred orders in a transaction: for upgrades. Returns how many orders.

    What was expected of those that stay is kept until the forecast looks again.
    """
    count = last = 0
    while keys := _next_orders(last):
        note_orders(keys, at=at)
        count, last = count + len(keys), keys[-1]
    Flight.objects.exclude(forecast_at=0).update(forecast_at=0)
    return count


def _next_orders(after: int) -> list[int]:
    under_way = Order.objects.filter(pk__gt=after, state__in=(*_IN_THE_SHOP, Order.State.SHIPPED))
    flying = Shipment.objects.filter(order__gt=after, handed_over_at__isnull=False).exclude(state__in=_LANDED)
    sources = (
        under_way.order_by("pk").values_list("pk", flat=True),
        flying.order_by("order_id").values_list("order_id", flat=True),
        Flight.objects.filter(order__gt=after).order_by("order_id").values_list("order_id", flat=True),
    )
    return sorted({key for source in sources for key in source[:CHUNK]})[:CHUNK]


def _is_awaited(row: Shipment, order: Order) -> bool:
    return order.state not in _OVER or has_doubt(row, TAKEN_BACK)


def _wanted(
    orders: Mapping[int, Order], flying: Sequence[Shipment], carriers: Mapping[int, Carrier], at: datetime
) -> dict[tuple[int, int | None], Flight]:
    """The flights of these orders as they should be, by order and parcel."""
    promised = _promised(orders)
    services = _services(orders)
    counts = _event_counts(flying)
    polled = _polled([row.account_id for row in flying])
    words: dict[tuple[int, int | None], LaneWords] = {}
    found: dict[tuple[int, int | None], Flight] = {}
    for row in flying:
        flight = Flight(shipment_id=row.pk)
        _move(flight, row, counts.get(row.pk, 0))
        flight.poll_at = int(at.timestamp()) if row.account_id in polled else 0
        found[row.order_id, row.pk] = flight
        carrier = carriers.get(row.carried_by_id or 0)
        words[row.order_id, row.pk] = _lane_words(orders[row.order_id], carrier.key if carrier else "", row.service)
    for order in orders.values():
        if order.state in _IN_THE_SHOP and promised[order.pk]:
            found[order.pk, None] = Flight(stage=Flight.Stage.PURCHASE)
            option = order.delivery_option
            carrier = carrier_named(option.carrier, carriers.values()) if option else None
            service = services.get(order.delivery_option_id or 0, "")
            words[order.pk, None] = _lane_words(order, carrier.key if carrier else "", service)
    lanes = lane_ids(words.values())
    for key, flight in found.items():
        order = orders[key[0]]
        flight.order_id, flight.lane_id, flight.promised = order.pk, lanes[words[key]], promised[order.pk]
        flight.purchased = _seconds(order.placed_at)
    return found


def lane_ids(wanted: Iterable[LaneWords]) -> dict[LaneWords, int]:
    """The key of each lane; those that are not there yet are made."""
    words = sorted(set(wanted))
    known = _lanes_known(words)
    if missing := [one for one in words if one not in known]:
        made = [Lane(origin=one[0], destination=one[1], carrier=one[2], service=one[3]) for one in missing]
        Lane.objects.bulk_create(made, ignore_conflicts=True)
        known |= _lanes_known(missing)
    return known


def _lanes_known(words: Sequence[LaneWords]) -> dict[LaneWords, int]:
    rows = Lane.objects.filter(destination__in={one[1] for one in words}, origin__in={one[0] for one in words})
    return {
        (origin, destination, carrier, service): key
        for key, origin, destination, carrier, service in rows.values_list(
            "pk", "origin", "destination", "carrier", "service"
        )
    }


def _lane_words(order: Order, carrier: str, service: str) -> LaneWords:
    home = next(iter(shop_profile().countries), "")
    return lane_key(home), lane_of_address(order.shipping_address), carrier, service


def _services(orders: Mapping[int, Order]) -> dict[int, str]:
    """The key of the service by the tables of a delivery option."""
    options = {order.delivery_option_id for order in orders.values()} - {None}
    return dict(CarrierService.objects.filter(delivery_option__in=options).values_list("delivery_option_id", "key"))


def _event_counts(flying: Sequence[Shipment]) -> dict[int, int]:
    rows = TrackingEvent.objects.filter(shipment__in=flying).exclude(adjusted=position.FOREIGN).order_by()
    return dict(rows.values_list("shipment_id").annotate(count=Count("pk")))


def _polled(account_ids: Iterable[int | None]) -> set[int]:
    """Those of the accounts that have to be asked, since their provider posts nothing by itself."""
    rows = CarrierAccount.objects.filter(pk__in={key for key in account_ids if key}).values_list("pk", "provider")
    providers = {key: provider_of(name) for key, name in rows}
    return {key for key, provider in providers.items() if provider and provider.track and not provider.read_hook}


def _promised(orders: Mapping[int, Order]) -> dict[int, int]:
    """Until when each order was promised, as it stands now: the promise itself, else the end of the promised day."""
    zone = ZoneInfo(settings.SHOP_TIME_ZONE)
    found = {}
    for order in orders.values():
        day = order.promised_to
        end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone) if day else None
        found[order.pk] = _seconds(end)
    subjects = {f"order:{key}": key for key in orders}
    rows = Promise.objects.filter(Q(due_at__isnull=False), subject__in=subjects, kind=Promise.Kind.DELIVERY)
    for subject, due_at in rows.outstanding().order_by("pk").values_list("subject", "due_at"):
        found[subjects[subject]] = _seconds(due_at)
    return found


def _move(flight: Flight, row: Shipment, count: int) -> bool:
    """Put the flight where its parcel stands. False where it was there already."""
    told = {
        "stage": Flight.Stage.TRANSIT if count else Flight.Stage.HANDOVER,
        "state": _STATES[row.state],
        "handed": _seconds(row.handed_over_at),
        "last_event": _seconds(row.last_event_at),
        "last_moved": _seconds(row.last_moved_at),
        "event_count": min(count, 32767),
        "attempt_count": row.attempt_count,
    }
    return _set(flight, told)


def _take_over(flight: Flight, wanted: Flight) -> bool:
    return _set(flight, {name: getattr(wanted, name) for name in (*_MOVING, *_STANDING)})


def _set(flight: Flight, told: Mapping[str, Any]) -> bool:
    if all(getattr(flight, name) == value for name, value in told.items()):
        return False
    for name, value in told.items():
        setattr(flight, name, value)
    flight.forecast_at = 0
    return True


def _write(changed: Sequence[Flight], names: Sequence[str]) -> None:
    fields = [*(name.removesuffix("_id") for name in names), "forecast_at"]
    Flight.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=fields)


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
