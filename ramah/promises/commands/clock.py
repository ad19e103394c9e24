"""The clock: finds the promises that are at risk, and those that broke."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from ramah.kernel.actors import SYSTEM
from ramah.kernel.events import publish
from ramah.promises.commands.ledger import break_promises, note, write
from ramah.promises.events import PromiseAtRisk
from ramah.promises.models import Promise, PromiseChange


def tick(*, at: datetime, limit: int = 500) -> int:
    """Break the open promises whose due time is past at `at`, then warn of those that came at risk: up to `limit` of either.

    Returns how many there were. Any number of workers may do this at once: each promise is warned of once and broken once.
    """
    return _break_overdue(at=at, limit=limit) + _warn_of_risk(at=at, limit=limit)


def _break_overdue(*, at: datetime, limit: int) -> int:
    with _claimed(Promise.objects.running().filter(due_at__lt=at).order_by("due_at", "id"), limit=limit) as overdue:
        break_promises(overdue, actor=SYSTEM, at=at)
        return len(overdue)


def _warn_of_risk(*, at: datetime, limit: int) -> int:
    soon = Promise.objects.running().filter(warn_at__lte=at, warned_at=None, due_at__gte=at)
    with _claimed(soon.order_by("warn_at", "id"), limit=limit) as at_risk:
        if at_risk:
            write(at_risk, warned_at=at)
            note(at_risk, PromiseChange.Action.WARNED, actor=SYSTEM, at=at)
        for promise in at_risk:
            publish(PromiseAtRisk(promise.pk, promise.kind, promise.subject), subject=promise.subject)
        return len(at_risk)


@contextmanager
def _claimed(rows: QuerySet[Promise], *, limit: int) -> Iterator[list[Promise]]:
    """A transaction that holds up to `limit` of the rows for this worker alone; none is opened when there are no rows."""
    if not rows.exists():  # the clock comes round every few seconds, and a transaction on SQLite would hold up writers
        yield []
        return
    with transaction.atomic():
        # PostgreSQL passes over rows that another worker holds, and looks at the conditions again once it has the lock.
        # SQLite has no such locks and needs none: transactions that write stand in line from their start.
        yield list(rows.select_for_update(skip_locked=True)[:limit])
