"""Parcels that come from elsewhere: a batch in some thirty queries, whatever its size.

Of an order that is over, a parcel is history: it is written as it ended, and nobody hears of it. Of an order that is under way
it is news: what the file says counts as the carrier's word, and the order follows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from ramah.commerce import permissions
from ramah.commerce.commands import ImportOptions
from ramah.commerce.models import Order, OrderLine
from ramah.customers.commands import Saved
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, require
from ramah.shipping import position
from ramah.shipping.commands import flights, unmatched
from ramah.shipping.commands.folding import Folding
from ramah.shipping.commands.matching import plain_number
from ramah.shipping.commands.naming import account_of, carrier_of, tracking_url
from ramah.shipping.commands.parcels import disown_events
from ramah.shipping.models import Carrier, CarrierAccount, Shipment, ShipmentLine

_IN_THE_SHOP = (Order.State.PLACED, Order.State.PAID, Order.State.PACKED)
_UNDER_WAY = (*_IN_THE_SHOP, Order.State.SHIPPED)
_FIELDS = ("carrier", "carried_by", "account", "service", "tracking_number", "tracking_url", "external_id")


@dataclass(frozen=True, slots=True)
class ImportedParcel:
    """A parcel as a file tells of it. `ended_at`: when it arrived, came back or was given up; `pieces` by SKU; none: all left."""

    order_number: str
    tracking_number: str
    carrier: str
    service: str
    external_id: str
    handed_over_at: datetime | None
    ended_at: datetime | None
    state: str
    promised_on: date | None
    pieces: Mapping[str, int] = field(default_factory=dict)
    line: int = 0


def save_imported_parcels(
    *, actor: Actor, batch: Sequence[ImportedParcel], at: datetime, options: ImportOptions
) -> list[Saved]:
    """Create or update parcels as a file has them; the answers stand in the order of `batch`.

    With `options.dry_run` everything is tried and nothing stays.
    """
    require(actor, permissions.IMPORT)
    try:
        with transaction.atomic():
            saved = _Batch(batch, at=at).save()
            counts = {result: sum(one.result == result for one in saved) for result in ("created", "updated")}
            if any(counts.values()):
                audit.record(actor, "shipment.import", "shipments", at=at, **counts)
            transaction.set_rollback(options.dry_run)
    except IntegrityError as error:
        if len(batch) == 1:
            return [Saved("failed", f"the database refused it: {error}")]
        middle = len(batch) // 2
        return [
            one
            for half in (batch[:middle], batch[middle:])
            for one in save_imported_parcels(actor=actor, batch=half, at=at, options=options)
        ]
    return saved


class _Batch:
    def __init__(self, records: Sequence[ImportedParcel], *, at: datetime) -> None:
        self._records, self._at = records, at
        numbers = {record.order_number for record in records}
        rows = Order.objects.filter(number__in=numbers).select_for_update(of=("self",), no_key=True).order_by("pk")
        self._orders = {row.number: row for row in rows.select_related("delivery_option")}
        self._over = {row.pk for row in self._orders.values() if row.state not in _UNDER_WAY}
        self._made: set[int] = set()
        ids = {record.external_id for record in records} - {""}
        known = Shipment.objects.filter(Q(order__in=self._orders.values()) | Q(external_id__in=ids)).order_by("pk")
        self._by_id = {row.external_id: row for row in known if row.external_id}
        self._by_number = {(row.order_id, row.tracking_number): row for row in known}
        self._carriers = list(Carrier.objects.all())
        self._accounts = list(CarrierAccount.objects.exclude(carrier=None))
        self._lines: dict[int, list[OrderLine]] = defaultdict(list)
        for line in OrderLine.objects.filter(order__in=self._orders.values()):
            self._lines[line.order_id].append(line)
        self._left = {line.pk: line.quantity for lines in self._lines.values() for line in lines}
        for key, pieces in ShipmentLine.objects.filter(order_line__in=self._left).values_list(
            "order_line_id", "quantity"
        ):
            self._left[key] -= pieces
        self._taken = self._numbers_in_use()
        self._new: list[Shipment] = []
        self._contents: list[ShipmentLine] = []
        self._changed: list[Shipment] = []
        self._renamed: list[Shipment] = []
        self._said: list[tuple[Shipment, ImportedParcel]] = []

    def save(self) -> list[Saved]:
        """1. what becomes of each  2. rows and what is in them  3. what the file says of where they are  4. flights"""
        judged = [self._judge(record) for record in self._records]
        Shipment.objects.bulk_create(self._new)
        ShipmentLine.objects.bulk_create(self._contents)
        Shipment.objects.bulk_create(self._changed, update_conflicts=True, unique_fields=["id"], update_fields=_FIELDS)
        for row in self._renamed:
            disown_events(row)
        news = self._tell()
        self._promise()
        unmatched.take_up([*self._new, *self._renamed], at=self._at)
        touched = {row.order_id for row in (*self._new, *self._changed)}
        flights.note_orders(touched - self._over, at=self._at)
        return [
            Saved("updated") if saved.result == "unchanged" and row is not None and row.pk in news else saved
            for saved, row in judged
        ]

    def _judge(self, record: ImportedParcel) -> tuple[Saved, Shipment | None]:
        order = self._orders.get(record.order_number)
        if order is None:
            return Saved("failed", _("there is no such order"), "order_number"), None
        number = plain_number(record.tracking_number)
        row = self._by_id.get(record.external_id) or self._by_number.get((order.pk, number))
        if row is not None and row.order_id != order.pk:
            return Saved("failed", _("a parcel of another order has this id"), "external_id"), None
        if column := _before_order(record, order):
            return Saved("failed", _("it is before the order was placed"), column), None
        carriage = self._carriage(order, record, number)
        owner = self._taken.get((carriage["account_id"], number))
        if owner is not None and (row is None or owner != row.pk) and record.state not in Shipment.ENDED:
            return Saved("failed", _("another parcel under way has this number"), "tracking_number"), None
        if row is None:
            return self._create(order, record, carriage)
        return self._update(row, record, carriage), row

    def _create(
        self, order: Order, record: ImportedParcel, carriage: Mapping[str, Any]
    ) -> tuple[Saved, Shipment | None]:
        pieces = self._pieces(order, record)
        if pieces is None:
            return Saved("failed", _("these pieces are not left of the order"), "skus"), None
        row = Shipment(order=order, created_at=self._at, **carriage)
        is_in_the_shop = order.state in _IN_THE_SHOP
        if record.handed_over_at and not is_in_the_shop:  # else its hand-over is news for the order, which follows it
            row.handed_over_at = row.last_moved_at = record.handed_over_at
            row.state = Shipment.State.IN_TRANSIT
        for key, count in pieces.items():
            self._left[key] -= count
            self._contents.append(ShipmentLine(shipment=row, order_line_id=key, quantity=count))
        self._new.append(row)
        self._said.append((row, record))
        self._by_number[order.pk, row.tracking_number] = row
        if row.external_id:
            self._by_id[row.external_id] = row
        if row.account_id and row.tracking_number and record.state not in Shipment.ENDED:
            self._taken[row.account_id, row.tracking_number] = -1
        return Saved("created"), row

    def _update(self, row: Shipment, record: ImportedParcel, carriage: Mapping[str, Any]) -> Saved:
        if row.pk is None:
            return Saved("failed", _("the same parcel stands in the file already"), "external_id")
        self._said.append((row, record))
        if row.delivered_at is not None:
            return Saved("unchanged")
        told = {name: value for name, value in carriage.items() if value and getattr(row, name) != value}
        if not told:
            return Saved("unchanged")
        if "tracking_number" in told:
            self._renamed.append(row)
        for name, value in told.items():
            setattr(row, name, value)
        self._changed.append(row)
        return Saved("updated")

    def _carriage(self, order: Order, record: ImportedParcel, number: str) -> dict[str, Any]:
        carrier = carrier_of(record.carrier, number, self._carriers)
        account = account_of(carrier, self._accounts)
        return {
            "carrier": record.carrier or (carrier.name if carrier else ""),
            "carried_by_id": carrier.pk if carrier else None,
            "account_id": account.pk if account else None,
            "service": record.service,
            "tracking_number": number,
            "tracking_url": tracking_url(order, number, carrier),
            "external_id": record.external_id or None,
        }

    def _pieces(self, order: Order, record: ImportedParcel) -> dict[int, int] | None:
        """Pieces by line; None where so many are not left. Without SKUs all that is in no other parcel."""
        lines = self._lines[order.pk]
        if not record.pieces:
            return {line.pk: self._left[line.pk] for line in lines if self._left[line.pk] > 0}
        found: dict[int, int] = {}
        for sku, wanted in record.pieces.items():
            for line in lines:
                if line.sku == sku and wanted > 0 and self._left[line.pk] > 0:
                    found[line.pk] = min(wanted, self._left[line.pk])
                    wanted -= found[line.pk]
            if wanted > 0:
                return None
        return found

    def _numbers_in_use(self) -> dict[tuple[int | None, str], int]:
        numbers = {plain_number(record.tracking_number) for record in self._records} - {""}
        rows = Shipment.objects.filter(tracking_number__in=numbers, account__isnull=False)
        rows = rows.exclude(state__in=Shipment.ENDED)
        return {
            (account, number): key for key, account, number in rows.values_list("pk", "account_id", "tracking_number")
        }

    def _tell(self) -> set[int]:
        """What the file says of where parcels are counts as told by hand. Returns the keys of those of which that was news."""
        folding = Folding([row.pk for row, _record in self._said], at=self._at, actor=SYSTEM)
        self._made = {row.pk for row in self._new}
        news = set()
        for row, record in self._said:
            standing = folding.shipments[row.pk]
            if record.handed_over_at and standing.handed_over_at is None:
                folding.tell_by_hand(row.pk, position.IN_TRANSIT, occurred_at=record.handed_over_at)
                news.add(row.pk)
            if self._is_news(standing, record):
                folding.tell_by_hand(row.pk, record.state, occurred_at=record.ended_at or self._at)
                news.add(row.pk)
        folding.settle(quiet=self._over)
        return news

    def _is_news(self, standing: Shipment, record: ImportedParcel) -> bool:
        """What a file says of a parcel on its way is old by the second time that it is imported; how it ended stays true."""
        if record.state == standing.state or standing.delivered_at or standing.returned_at:
            return False
        is_new = standing.pk in self._made
        return record.state in Shipment.ENDED or (
            is_new and record.state not in (position.PRE_TRANSIT, position.IN_TRANSIT)
        )

    def _promise(self) -> None:
        for record in self._records:
            order = self._orders.get(record.order_number)
            if order and record.promised_on and order.promised_to is None and order.promised_from is None:
                order.promised_to = record.promised_on
                Order.objects.filter(pk=order.pk).update(promised_to=record.promised_on)


def _before_order(record: ImportedParcel, order: Order) -> str:
    """The column whose moment would be of an earlier parcel (see `position`); empty where none is."""
    earliest = order.placed_at - position.BEFORE_ORDER
    told = {"handed_over_at": record.handed_over_at, "delivered_at": record.ended_at}
    return next((column for column, moment in told.items() if moment and moment < earliest), "")
