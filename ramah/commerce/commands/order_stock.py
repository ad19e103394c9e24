"""Pieces that leave the stock with an order and come back with its cancellation. Every move is a `StockChange` with its order.

Variants are always locked in the order of their keys, so that two orders of the same variants never wait for each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import Case, F, Q, Value, When

from ramah.commerce.events import VariantStockChanged
from ramah.commerce.models import Order, StockChange, Variant
from ramah.kernel.actors import Actor
from ramah.kernel.events import publish_all

Fact = tuple[object, str]


def lock_variants(keys: Iterable[int]) -> list[Variant]:
    """The variants, as they stand, held until the transaction ends; others may still put them into carts meanwhile."""
    rows = Variant.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    return list(rows.only("pk", "stock", "product_id"))


def take_pieces(quantities: Mapping[int, int]) -> bool:
    """Take so many pieces of each variant (by key), of all or of none: False where one has fewer than that."""
    enough = Q()
    for key, quantity in quantities.items():
        enough |= Q(pk=key, stock__gte=quantity)
    taken = Variant.objects.filter(enough).update(stock=F("stock") - _amounts(quantities))
    return taken == len(quantities)


def note_sold(order: Order, variants: Sequence[Variant], quantities: Mapping[int, int], *, actor: Actor) -> list[Fact]:
    """Write down what left with the order; `variants` are as they were before. Returns what there is to tell: what ran out."""
    _note(order, quantities, StockChange.Reason.SOLD, sign=-1, actor=actor, at=order.placed_at)
    return [
        _changed(variant, variant.stock - quantities[variant.pk])
        for variant in variants
        if variant.stock > 0 >= variant.stock - quantities[variant.pk]
    ]


def give_back(order: Order, *, actor: Actor, at: datetime) -> None:
    """Put back what has not been shipped of a cancelled order, and tell what is in stock again."""
    quantities: dict[int, int] = {}
    for line in order.lines.exclude(variant=None):
        left = line.quantity - line.shipped_quantity
        if left and line.variant_id:
            quantities[line.variant_id] = quantities.get(line.variant_id, 0) + left
    if not quantities:
        return
    variants = lock_variants(quantities)
    Variant.objects.filter(pk__in=quantities).update(stock=F("stock") + _amounts(quantities))
    _note(order, quantities, StockChange.Reason.CANCELLED, sign=1, actor=actor, at=at)
    publish_all(
        _changed(variant, variant.stock + quantities[variant.pk])
        for variant in variants
        if variant.stock <= 0 < variant.stock + quantities[variant.pk]
    )


def _amounts(quantities: Mapping[int, int]) -> Case | Value:
    different = set(quantities.values())
    if len(different) == 1:
        return Value(different.pop())
    return Case(*(When(pk=key, then=Value(quantity)) for key, quantity in quantities.items()), default=Value(0))


def _note(
    order: Order, quantities: Mapping[int, int], reason: StockChange.Reason, *, sign: int, actor: Actor, at: datetime
) -> None:
    StockChange.objects.bulk_create(
        StockChange(variant_id=key, at=at, change=sign * quantity, reason=reason, actor=actor.ref, order=order)
        for key, quantity in sorted(quantities.items())
    )


def _changed(variant: Variant, after: int) -> Fact:
    return VariantStockChanged(variant.pk, variant.product_id, after), f"product:{variant.product_id}"
