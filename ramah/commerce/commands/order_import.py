"""Orders that come from elsewhere: a batch in some twenty queries, whatever its size.

The shop that an order comes from says what is so: its state is taken as told, with a line of history. What was recorded here
(payments, refunds without `external_id`) is left alone.
"""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from ramah.commerce import order_states, permissions
from ramah.commerce.events import OrderImported, OrderStateChanged
from ramah.commerce.imports.records import ImportedOrder, digest
from ramah.commerce.models import RECEIVED, Order, OrderLine, OrderStateChange, Payment, Refund, Variant
from ramah.commerce.queries import search_key
from ramah.customers.commands import Saved, meet_people
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish_all

ORDER_FIELDS = (
    "number", "state", "placed_at", "currency", "language", "note", "items_amount", "shipping_amount", "discount_amount",
    "tax_amount", "tax_included", "total_amount", "shipping_address", "billing_address", "promised_from", "promised_to",
)  # fmt: skip
M = TypeVar("M", OrderLine, Payment, Refund)
Place = tuple[int, Hashable]  # an order, and what tells its rows apart
Wanted = dict[Place, dict[str, Any]]


def save_imported_orders(
    *, actor: Actor, orders: Sequence[ImportedOrder], at: datetime, source: str = "csv", dry_run: bool = False
) -> list[Saved]:
    """Create or update orders as another shop has them, with their customers; the answers stand in the order of `orders`.

    An order is known by its external id, or by its number. With `dry_run` everything is tried and nothing stays.
    """
    require(actor, permissions.IMPORT)
    try:
        with transaction.atomic():
            saved = _Batch(actor, orders, at=at, source=source).save()
            counts = {result: sum(each.result == result for each in saved) for result in ("created", "updated")}
            if any(counts.values()):
                audit.record(actor, "order.import", "orders", at=at, **counts)
            transaction.set_rollback(dry_run)
    except IntegrityError as error:
        # Another worker met one of the customers, or brought one of the orders: smaller batches look again and find it.
        if len(orders) == 1:
            return [Saved("failed", f"the database refused it: {error}")]
        middle = len(orders) // 2
        return [
            one
            for half in (orders[:middle], orders[middle:])
            for one in save_imported_orders(actor=actor, orders=half, at=at, source=source, dry_run=dry_run)
        ]
    return saved


class _Batch:
    def __init__(self, actor: Actor, records: Sequence[ImportedOrder], *, at: datetime, source: str) -> None:
        self.actor, self.records, self.at, self.source = actor, records, at, source
        ids, numbers = {r.external_id for r in records} - {""}, {r.number for r in records}
        rows = Order.objects.select_for_update().filter(Q(number__in=numbers) | Q(external_id__in=ids)).order_by("id")
        self.by_id = {row.external_id: row for row in rows if row.external_id}
        self.by_number = {row.number: row for row in rows}
        self.digests = {id(record): digest(record) for record in records}
        self.history: list[OrderStateChange] = []
        self.states_before: dict[int, str] = {}

    def save(self) -> list[Saved]:
        """1. what became of each  2. customers  3. orders  4. what hangs on them  5. events"""
        local = self._recorded_here()
        saved = [self._judge(record, local) for record in self.records]
        live = [r for r, one in zip(self.records, saved, strict=True) if one.result in {"created", "updated"}]
        customers = meet_people(people=[record.person for record in live], at=self.at)
        pairs: list[tuple[ImportedOrder, Order]] = []
        new: list[Order] = []
        changed: list[Order] = []
        for record, customer in zip(live, customers, strict=True):
            known = self._known(record)
            order = self._fill(known or Order(source=self.source, created_at=self.at), record)
            order.customer = customer
            (changed if known else new).append(order)
            pairs.append((record, order))
        Order.objects.bulk_create(new)
        # An insert that meets the row and updates it: bulk_update builds a CASE per row and field and takes ten times as long.
        Order.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*ORDER_FIELDS, "search_key", "external_id", "customer", "import_digest"],
        )
        self._save_parts(pairs, changed)
        OrderStateChange.objects.bulk_create(self.history)
        self._announce(new, changed)
        return saved

    def _known(self, record: ImportedOrder) -> Order | None:
        return self.by_id.get(record.external_id) or self.by_number.get(record.number)

    def _judge(self, record: ImportedOrder, local: dict[int, tuple[Decimal, Decimal]]) -> Saved:
        order, holder = self._known(record), self.by_number.get(record.number)
        if order is None:
            return Saved("created")
        if holder and (
            holder is not order or (order.external_id and record.external_id not in {"", order.external_id})
        ):
            return Saved("failed", f"number {record.number} is taken by another order", "number")
        if order.import_digest == self.digests[id(record)]:
            return Saved("unchanged")
        paid, refunded = local.get(order.pk, (Decimal(0), Decimal(0)))
        paid += sum(p.amount for p in record.payments if p.state in RECEIVED)
        refunded += sum(r.amount for r in record.refunds if r.state != Refund.State.FAILED)
        if refunded > paid:
            return Saved(
                "failed", "with the refunds recorded here, more would have gone back than was paid", "refunded"
            )
        return Saved("updated")

    def _recorded_here(self) -> dict[int, tuple[Decimal, Decimal]]:
        """Per order: what was paid and refunded by entries made here, which this import does not touch."""
        mine: dict[int, tuple[Decimal, Decimal]] = {}
        orders = list(self.by_number.values())
        for payment in Payment.objects.filter(order__in=orders, external_id="", state__in=RECEIVED):
            paid, refunded = mine.get(payment.order_id, (Decimal(0), Decimal(0)))
            mine[payment.order_id] = (paid + payment.amount, refunded)
        for refund in Refund.objects.filter(order__in=orders, external_id="").exclude(state=Refund.State.FAILED):
            paid, refunded = mine.get(refund.order_id, (Decimal(0), Decimal(0)))
            mine[refund.order_id] = (paid, refunded + refund.amount)
        return mine

    def _fill(self, order: Order, record: ImportedOrder) -> Order:
        before = order.state if order.pk else ""
        for field in ORDER_FIELDS:
            setattr(order, field, getattr(record, field))
        order.search_key = search_key(record.number)
        order.external_id = record.external_id or order.external_id
        order.import_digest = self.digests[id(record)]
        if before != order.state:
            if order.pk:
                self.states_before[order.pk] = before
            steps = record.history or ((order_states.PLACED, record.placed_at), (record.state, None))
            if before:
                steps = steps[-1:]
            self._note_steps(order, before, steps)
        return order

    def _note_steps(self, order: Order, before: str, steps: Iterable[tuple[str, datetime | None]]) -> None:
        for state, when in steps:
            if state == before:
                continue
            reason = "" if when else "import"
            self.history.append(
                OrderStateChange(
                    order=order,
                    at=when or self.at,
                    from_state=before,
                    to_state=state,
                    actor=self.actor.ref,
                    reason=reason,
                )
            )
            before = state

    def _save_parts(self, pairs: list[tuple[ImportedOrder, Order]], changed: list[Order]) -> None:
        skus = {line.sku for record, _ in pairs for line in record.lines if line.sku}
        variants = dict(Variant.objects.filter(sku__in=skus).values_list("sku", "id"))
        lines: Wanted = {}
        payments: Wanted = {}
        refunds: Wanted = {}
        for record, order in pairs:
            for position, line in enumerate(record.lines):
                fields = {
                    f: getattr(line, f) for f in ("sku", "title", "options", "quantity", "unit_amount", "total_amount")
                }
                lines[order.pk, position] = {**fields, "variant_id": variants.get(line.sku)}
            for payment in record.payments:
                fields = {f: getattr(payment, f) for f in ("method", "state", "amount", "paid_at", "reference")}
                payments[order.pk, payment.external_id] = fields
            for refund in record.refunds:
                sent_at = refund.at if refund.state == Refund.State.SENT else None
                fields = {f: getattr(refund, f) for f in ("amount", "state", "reason")}
                refunds[order.pk, refund.external_id] = {**fields, "sent_at": sent_at, "created_at": refund.at}
        _sync(OrderLine, lines, changed)
        _sync(Payment, payments, changed, created_at=self.at)
        _sync(Refund, refunds, changed)

    def _announce(self, new: Iterable[Order], changed: Iterable[Order]) -> None:
        facts: list[tuple[object, str]] = [
            (OrderImported(order_id=order.pk, customer_id=order.customer_id), f"order:{order.pk}") for order in new
        ]
        facts += [
            (
                OrderStateChanged(
                    order_id=order.pk,
                    customer_id=order.customer_id,
                    from_state=self.states_before[order.pk],
                    to_state=order.state,
                ),
                f"order:{order.pk}",
            )
            for order in changed
            if order.pk in self.states_before
        ]
        publish_all(facts)


def _sync(model: type[M], wanted: Wanted, changed: list[Order], **made: Any) -> None:
    """Make the rows of changed orders those that are wanted, and add those of new ones."""
    rows = _placed(model.objects.filter(order__in=changed).order_by("order_id", "id"))
    new, other = [], []
    for (order_id, key), fields in wanted.items():
        row = rows.pop((order_id, key), None)
        if row is None:
            own_id = {} if model is OrderLine else {"external_id": key}
            new.append(model(order_id=order_id, **own_id, **made, **fields))
        elif any(getattr(row, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(row, name, value)
            other.append(row)
    model.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
    model.objects.bulk_create(new)
    if other:
        names = list(next(iter(wanted.values())))
        model.objects.bulk_create(other, update_conflicts=True, unique_fields=["id"], update_fields=names)


def _placed(rows: QuerySet[M]) -> dict[Place, M]:
    """Rows by order and place in it, or by order and external id; those recorded here (without one) are not among them."""
    found: dict[Place, M] = {}
    places: dict[int, int] = {}
    for row in rows:
        if isinstance(row, OrderLine):
            place = places[row.order_id] = places.get(row.order_id, -1) + 1
            found[row.order_id, place] = row
        elif row.external_id:
            found[row.order_id, row.external_id] = row
    return found
