"""The delivery board: what is under way, by how far it is from what was promised. Every list walks an index of its own.

Whoever sees the board sees all orders; what of customers and numbers is shown, the page decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.cache import cache
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from ramah.commerce.models import Order
from ramah.commerce.queries import orders_visible_to
from ramah.customers.models import Customer
from ramah.kernel.actors import Actor, require
from ramah.kernel.paging import keyset_page
from ramah.shipping.models import Carrier, Flight, Lane, Shipment
from ramah.shipping.permissions import VIEW_BOARD
from ramah.shipping.queries.board_parts import REST, BoardItem

AT_RISK, LATE, STALLED, LOST, FAILED, CONTRADICTION, ALL = VIEWS = (
    "at_risk", "late", "stalled", "lost", "failed", "contradiction", "all",
)  # fmt: skip
LEVELS: Final[Mapping[str, int]] = {
    AT_RISK: Flight.Level.AT_RISK,
    LATE: Flight.Level.LATE,
    STALLED: Flight.Level.STALLED,
    LOST: Flight.Level.LOST,
    FAILED: Flight.Level.FAILED,
}
MOST_COUNTED: Final = 1000
PAGE: Final = 50
_MOST_PLACES: Final = 300
_KEPT_SECONDS: Final = 60
_BY_PROMISE, _NEWEST = ("promised", "id"), ("-id",)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries: one of `VIEWS`, the key of a carrier, the word of a place (`lanes.lane_key`); empty: any."""

    view: str = ALL
    carrier: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board may be narrowed to: carriers by key with their names, and words of places."""

    carriers: Mapping[str, str]
    places: list[str]


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Deliveries of one page, and the cursor of the next (empty: this is the last)."""

    rows: list[BoardItem]
    next_cursor: str


def board_page(actor: Actor, wanted: Wanted, *, cursor: str = "", size: int = PAGE) -> BoardPage:
    """Deliveries, soonest promised first (contradictions: newest first), with order, customer, carrier and lane, in one query
    or two. Raises `BadCursor`, `PermissionDenied`."""
    require(actor, VIEW_BOARD)
    if wanted.view == CONTRADICTION:
        doubted = keyset_page(_doubted(wanted).select_related(*_PARCEL), order=_NEWEST, cursor=cursor, size=size)
        return BoardPage(_with_flights(doubted.rows), doubted.next_cursor)
    found = keyset_page(_flights(wanted).select_related(*_FLIGHT), order=_BY_PROMISE, cursor=cursor, size=size)
    return BoardPage([BoardItem(row.order, row.shipment, row) for row in found.rows], found.next_cursor)


def view_counts(wanted: Wanted) -> dict[str, int]:
    """How many each view has for this carrier and place, counted up to 1,000, in one query."""
    parts: list[str] = []
    values: list[Any] = []
    for view in VIEWS:
        one = Wanted(view, wanted.carrier, wanted.place)
        rows = _doubted(one) if view == CONTRADICTION else _flights(one)
        sql, told = rows.order_by().values("pk")[:MOST_COUNTED].query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django's own words
        values.extend(told)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        row = cursor.fetchone()
    return dict(zip(VIEWS, row, strict=True))


def filters() -> Filters:
    """What parcels have been carried by and to; kept for a minute."""
    return cache.get_or_set("shipping.board.filters", _read_filters, _KEPT_SECONDS)  # type: ignore[return-value]


def items_for(actor: Actor, keys: Iterable[str]) -> dict[str, BoardItem]:
    """The deliveries of these boxes that are still on the board, by key, in three queries."""
    require(actor, VIEW_BOARD)
    wanted = list(dict.fromkeys(keys))
    parcels = [key for key in wanted if not key.startswith(REST)]
    orders = [key.removeprefix(REST) for key in wanted if key.startswith(REST)]
    seen = Shipment.objects.filter(public_id__in=parcels, order__in=orders_visible_to(actor))
    items = [item for item in _with_flights(list(seen.select_related(*_PARCEL))) if _is_on_board(item)]
    rest = Flight.objects.filter(shipment=None, order__public_id__in=orders).select_related(*_FLIGHT)
    items += [BoardItem(row.order, None, row) for row in rest]
    found = {item.key: item for item in items}
    return {key: found[key] for key in wanted if key in found}


def parcels_under_way(actor: Actor, customer: Customer, *, most: int) -> list[Order]:
    """The newest orders of a customer of which a parcel is under way or lost, or something waits to leave. Two queries."""
    visible = orders_visible_to(actor).filter(customer=customer)
    flying = Flight.objects.filter(order__in=visible).order_by("-order_id")
    keys = list(flying.values_list("order_id", flat=True).distinct()[:most])
    return list(visible.filter(pk__in=keys).select_related("customer").order_by("-placed_at", "-id"))


_FLIGHT: Final = ("order__customer", "shipment__carried_by", "shipment__account", "lane")
_PARCEL: Final = ("order__customer", "carried_by", "account")


def _flights(wanted: Wanted) -> QuerySet[Flight]:
    rows = Flight.objects.all()
    if wanted.view in LEVELS:
        rows = rows.filter(level=LEVELS[wanted.view])
    return rows.filter(lane__in=_lanes(wanted)) if wanted.carrier or wanted.place else rows


def _lanes(wanted: Wanted) -> QuerySet[Lane]:
    lanes = Lane.objects.all()
    if wanted.carrier:
        lanes = lanes.filter(carrier=wanted.carrier)
    return lanes.filter(destination=wanted.place) if wanted.place else lanes


def _doubted(wanted: Wanted) -> QuerySet[Shipment]:
    """Parcels of which something contradicts itself. Where they go to is known of those under way."""
    rows = Shipment.objects.exclude(doubts=[])
    if wanted.carrier:
        rows = rows.filter(carried_by__key=wanted.carrier)
    if wanted.place:
        rows = rows.filter(pk__in=Flight.objects.filter(lane__destination=wanted.place).values("shipment"))
    return rows


def _with_flights(parcels: list[Shipment]) -> list[BoardItem]:
    rows = Flight.objects.filter(shipment__in=[row.pk for row in parcels]).select_related("lane")
    flights = {row.shipment_id: row for row in rows}
    return [BoardItem(row.order, row, flights.get(row.pk)) for row in parcels]


def _is_on_board(item: BoardItem) -> bool:
    return item.flight is not None or bool(item.shipment and item.shipment.doubts)


def _read_filters() -> Filters:
    name = Carrier.objects.filter(key=OuterRef("carrier")).values("name")[:1]
    lanes = (
        Lane.objects.order_by().annotate(name=Subquery(name)).values_list("carrier", "name", "destination").distinct()
    )
    used = list(lanes[:MOST_COUNTED])
    carriers = {carrier: name or carrier for carrier, name, _place in used if carrier}
    carriers = dict(sorted(carriers.items(), key=lambda line: line[1].casefold()))
    return Filters(carriers, sorted({place for _carrier, _name, place in used if place})[:_MOST_PLACES])
