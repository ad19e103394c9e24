"""Two customers found to be one, and taken apart again.

1. Everything registered in `kernel.ownership` moves by its foreign key; its keys are noted on the merge, so that undoing moves
   exactly those back. What came after the merge stays with the kept customer.
2. A customer that had others merged into it takes them along, so the way to whom a row belongs is never longer than one step.
3. The locks let others add rows of either customer meanwhile: they would else wait for each other. A row that somebody was
   just adding to the merged one is moved afterwards, by `gather_stragglers`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import QuerySet

from ramah.customers import permissions
from ramah.customers.events import CustomersMerged, CustomersUnmerged
from ramah.customers.key_runs import pack, unpack
from ramah.customers.models import Customer, CustomerMerge
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish
from ramah.kernel.ownership import Owned, owned_by_customers

FILLED = ("name", "language", "time_zone", "note")
_AT_ONCE = 500  # keys in one statement
_STRAGGLING = timedelta(hours=1)


class SameCustomer(Exception):
    """A customer cannot be merged with itself."""


class AlreadyMerged(Exception):
    """One of the two was merged into another customer before."""


class AlreadyUndone(Exception):
    """The merge was undone before."""


class MergedFurther(Exception):
    """The kept customer was merged into a third since; that merge must be undone first."""


def merge_customers(*, actor: Actor, kept: Customer, merged: Customer, at: datetime) -> CustomerMerge:
    """Make `merged` a part of `kept`: all that belongs to it moves, its name, language, time zone and note fill empty ones.

    Links to `merged` lead to `kept` from then on. Raises `SameCustomer`, `AlreadyMerged`.
    """
    require(actor, permissions.MERGE)
    if kept.pk == merged.pk:
        raise SameCustomer
    with transaction.atomic():
        kept, merged = _lock(kept.pk, merged.pk)
        if kept.merged_into_id or merged.merged_into_id:
            raise AlreadyMerged
        keys = {key: _keys_of(owned, merged.pk) for key, owned in owned_by_customers().items()}
        for key, rows in keys.items():
            _move(owned_by_customers()[key], rows, source=merged.pk, target=kept.pk)
        merge = CustomerMerge.objects.create(
            kept=kept,
            merged=merged,
            moved={key: pack(rows) for key, rows in keys.items() if rows},
            filled=_fill(kept, merged),
            actor=actor.ref,
            created_at=at,
        )
        counts = {key: len(rows) for key, rows in keys.items() if rows}
        audit.record(actor, "customer.merge", f"customer:{kept.pk}", at=at, merged=merged.pk, moved=counts)
        publish(CustomersMerged(merge.pk, kept.pk, merged.pk), subject=f"customer:{kept.pk}")
    return merge


def undo_merge(*, actor: Actor, merge: CustomerMerge, at: datetime) -> None:
    """Take two merged customers apart: what the merge moved goes back, what it filled in is empty again unless changed since.

    Raises `AlreadyUndone`, `MergedFurther`.
    """
    require(actor, permissions.MERGE)
    with transaction.atomic():
        kept, merged = _lock(merge.kept_id, merge.merged_id)
        merge = CustomerMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
        if merge.undone_at is not None:
            raise AlreadyUndone
        if kept.merged_into_id or merged.merged_into_id != kept.pk:
            raise MergedFurther
        moved = {key: list(unpack(runs)) for key, runs in merge.moved.items()}
        for key, rows in moved.items():
            _move(owned_by_customers()[key], rows, source=kept.pk, target=merged.pk)
        _empty(kept, merged, merge.filled)
        merge.undone_at = at
        merge.save(update_fields=["undone_at"])
        counts = {key: len(rows) for key, rows in moved.items()}
        audit.record(actor, "customer.unmerge", f"customer:{kept.pk}", at=at, merged=merged.pk, moved=counts)
        publish(CustomersUnmerged(merge.pk, kept.pk, merged.pk), subject=f"customer:{kept.pk}")


def gather_stragglers(*, at: datetime) -> int:
    """Move what was being added to a merged customer while it was merged. Returns how many rows were moved."""
    # In their order: what was on its way to a customer two merges back takes both steps.
    fresh = CustomerMerge.objects.filter(undone_at=None, created_at__gte=at - _STRAGGLING)
    return sum(_gather(merge) for merge in fresh.order_by("id"))


def _gather(merge: CustomerMerge) -> int:
    late = [line for line in owned_by_customers().items() if _rows_of(line[1], merge.merged_id).exists()]
    if not late:
        return 0
    with transaction.atomic():
        _lock(merge.kept_id, merge.merged_id)
        merge = CustomerMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
        if merge.undone_at is not None:
            return 0
        count = 0
        for key, owned in late:
            rows = _keys_of(owned, merge.merged_id)
            _move(owned, rows, source=merge.merged_id, target=merge.kept_id)
            merge.moved[key] = pack([*unpack(merge.moved.get(key, "")), *rows])
            count += len(rows)
        merge.save(update_fields=["moved"])
    return count


def _lock(kept: int, merged: int) -> tuple[Customer, Customer]:
    # In the order of their keys, so that two merges the other way round cannot wait for each other.
    rows = Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=(kept, merged)).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[kept], found[merged]


def _rows_of(owned: Owned, customer_id: int) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model(owned.model)._base_manager.filter(**{owned.field: customer_id})
    return rows


def _keys_of(owned: Owned, customer_id: int) -> list[int]:
    return list(_rows_of(owned, customer_id).order_by("pk").values_list("pk", flat=True))


def _move(owned: Owned, keys: Iterable[int], *, source: int, target: int) -> None:
    for some in _portions(keys):
        _rows_of(owned, source).filter(pk__in=some).update(**{owned.field: target})


def _portions(keys: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(keys)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _fill(kept: Customer, merged: Customer) -> list[str]:
    """Give `kept` what it lacks. The id in the shop is unique and moves; the rest is copied."""
    filled = [field for field in FILLED if getattr(merged, field) and not getattr(kept, field)]
    for field in filled:
        setattr(kept, field, getattr(merged, field))
    merged.merged_into = kept
    if merged.external_id and not kept.external_id:
        kept.external_id, merged.external_id = merged.external_id, None
        filled.append("external_id")
    merged.save(update_fields=["merged_into", "external_id"])
    kept.save(update_fields=[*FILLED, "external_id"])
    return filled


def _empty(kept: Customer, merged: Customer, filled: list[str]) -> None:
    for field in filled:
        if field in FILLED and getattr(kept, field) == getattr(merged, field):
            setattr(kept, field, "")
    merged.merged_into = None
    if "external_id" in filled:
        kept.external_id, merged.external_id = None, kept.external_id
    kept.save(update_fields=[*FILLED, "external_id"])
    merged.save(update_fields=["merged_into", "external_id"])
