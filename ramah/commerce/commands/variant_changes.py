"""What follows from a change of a variant: events for those who wait for it, and the line in the history of its stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ramah.commerce.events import AlertsDue, VariantPriceChanged, VariantStockChanged
from ramah.commerce.models import StockChange, Variant
from ramah.kernel.actors import Actor
from ramah.kernel.events import publish_all

# A variant before (None: it is new) and after. What was before need not be a row.
Change = tuple[Variant | None, Variant]
Told = tuple[VariantPriceChanged | VariantStockChanged | AlertsDue, str]


@dataclass(frozen=True, slots=True)
class Price:
    """What a variant costs, and what it cost before a reduction (None: it is not reduced)."""

    amount: Decimal
    compare_at: Decimal | None = None


def prices_of(variant: Variant) -> dict[str, Price]:
    """The prices of a variant by currency, its own first."""
    own = {variant.currency: Price(variant.price_amount, variant.compare_at_amount)}
    others = {
        code: Price(Decimal(told[0]), Decimal(told[1]) if told[1] else None)
        for code, told in variant.other_prices.items()
    }
    return own | others


def price_changes(before: Variant, after: Variant) -> list[Told]:
    """The events of what costs more or less now, one for each currency it was and is sold for, with their subjects."""
    was, now = prices_of(before), prices_of(after)
    return [
        (
            VariantPriceChanged(
                variant_id=after.pk,
                product_id=after.product_id,
                currency=currency,
                before=str(was[currency].amount),
                after=str(now[currency].amount),
            ),
            f"product:{after.product_id}",
        )
        for currency in sorted(was.keys() & now.keys())
        if was[currency].amount != now[currency].amount
    ]


def offered_again(before: Variant, after: Variant) -> list[Told]:
    """The event of a variant that is offered once more: those who went on waiting are told what came about meanwhile."""
    if before.is_active or not after.is_active:
        return []
    return [(AlertsDue(variant_id=after.pk, product_id=after.product_id), f"product:{after.product_id}")]


def stock_crossing(variant: Variant, *, before: int) -> list[Told]:
    """The event of a variant that came into stock or went out of it; nothing for smaller changes."""
    if (before > 0) == (variant.stock > 0):
        return []
    told = VariantStockChanged(variant_id=variant.pk, product_id=variant.product_id, after=variant.stock)
    return [(told, f"product:{variant.product_id}")]


def tell_of_variants(changes: Sequence[Change], *, actor: Actor, at: datetime) -> None:
    """The stock history and the events of an import, in a handful of queries."""
    moved = [
        (before.stock if before else 0, row) for before, row in changes if row.stock != (before.stock if before else 0)
    ]
    StockChange.objects.bulk_create(
        StockChange(variant=row, at=at, change=row.stock - before, reason=StockChange.Reason.IMPORTED, actor=actor.ref)
        for before, row in moved
    )
    told: list[Told] = [fact for before, row in moved for fact in stock_crossing(row, before=before)]
    known = [(before, row) for before, row in changes if before is not None]
    told += [fact for before, row in known for fact in (*price_changes(before, row), *offered_again(before, row))]
    publish_all(told)
