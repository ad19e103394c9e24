"""Changing what is on hand: counted, received, damaged, came back. Every change is a row that says who and why."""

from datetime import datetime

from django.db import transaction

from ramah.commerce import permissions
from ramah.commerce.commands.listings import recount_stock
from ramah.commerce.commands.variant_changes import stock_crossing
from ramah.commerce.models import StockChange, Variant
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish_all

MOST = 1_000_000


class StockTooLow(Exception):
    """More would be taken off than is there. Nothing was written; carries what is on hand."""

    def __init__(self, on_hand: int) -> None:
        super().__init__(on_hand)
        self.on_hand = on_hand


class StockMoved(Exception):
    """Something was sold or came in after the form was opened, so a counted number may be wrong. Carries what is on hand."""

    def __init__(self, on_hand: int) -> None:
        super().__init__(on_hand)
        self.on_hand = on_hand


@transaction.atomic
def change_stock(
    *, actor: Actor, variant: Variant, change: int, reason: str, note: str = "", at: datetime
) -> StockChange | None:
    """Add pieces, or take some off with a `change` below zero; None when nothing changes. Raises `StockTooLow`."""
    require(actor, permissions.CHANGE_STOCK)
    row = Variant.objects.select_for_update().get(pk=variant.pk)
    if change < 0 and row.stock + change < 0:
        raise StockTooLow(row.stock)
    return _write(row, row.stock + change, actor=actor, reason=reason, note=note, at=at)


@transaction.atomic
def count_stock(
    *, actor: Actor, variant: Variant, counted: int, seen: int | None = None, reason: str, note: str = "", at: datetime
) -> StockChange | None:
    """Set the stock to what was counted; None when it was that already.

    `seen` is what the page showed: when the stock has moved since, nothing is written and `StockMoved` is raised, for nobody
    knows whether the pieces that left were still on the shelf while it was counted.
    """
    require(actor, permissions.CHANGE_STOCK)
    if counted < 0:
        raise StockTooLow(variant.stock)
    row = Variant.objects.select_for_update().get(pk=variant.pk)
    if seen is not None and row.stock != seen:
        raise StockMoved(row.stock)
    return _write(row, counted, actor=actor, reason=reason, note=note, at=at)


def _write(row: Variant, after: int, *, actor: Actor, reason: str, note: str, at: datetime) -> StockChange | None:
    before = row.stock
    if after == before:
        return None
    row.stock = after
    row.save(update_fields=["stock"])
    change = StockChange.objects.create(
        variant=row, at=at, change=after - before, reason=reason, note=note, actor=actor.ref
    )
    audit.record(actor, "variant.change_stock", f"variant:{row.pk}", at=at, change=after - before, reason=reason)
    publish_all(stock_crossing(row, before=before))
    recount_stock(product_ids=[row.product_id])
    return change
