"""Taking work: rows are claimed by a conditional update, so any number of workers may ask for the same ones.

A claim is a lease. Whoever holds it writes the outcome with `settle`, which fails when the lease ran out and the row went to
another worker. The pattern is healthchecks' `update ... where` that checks the count of rows it changed.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from ramah.kernel.ids import new_public_id
from ramah.kernel.models import WorkRow

W = TypeVar("W", bound=WorkRow)

# Minutes after the n-th failed attempt: five tries in the first hour, then further and further apart, about three days.
BACKOFF_MINUTES = (0.5, 2, 8, 20, 30, 60, 120, 240, 480, 960, 1440)


def claim_due(rows: QuerySet[W], *, at: datetime, lease: timedelta, limit: int) -> list[W]:
    """Claim up to `limit` of `rows` that are due at `at`, oldest due first, and return them.

    `rows` must not be filtered over a join: the update would then hang on a subquery, and PostgreSQL would let two workers have
    one row. A row is due when `next_attempt_at` has come and no live claim is on it. Rows that another worker took in between are
    simply not among those returned.
    """
    free = Q(next_attempt_at__lte=at) & (Q(claimed_until=None) | Q(claimed_until__lt=at))
    keys = list(rows.filter(free).order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:limit])
    if not keys:
        return []
    token = new_public_id()
    rows.filter(free, pk__in=keys).update(claim=token, claimed_until=at + lease)
    return list(rows.filter(pk__in=keys, claim=token).order_by("next_attempt_at", "pk"))


def settle(row: WorkRow, **changes: Any) -> bool:
    """Write the outcome of claimed work and give the claim back. False when the lease was lost meanwhile: nothing written."""
    changes = {"claim": "", "claimed_until": None, "next_attempt_at": None, **changes}
    return bool(type(row)._default_manager.filter(pk=row.pk, claim=row.claim).update(**changes))


def next_attempt(attempts: int, *, at: datetime) -> datetime | None:
    """When to try again after `attempts` failed tries; None when enough is enough."""
    if attempts > len(BACKOFF_MINUTES):
        return None
    return at + timedelta(minutes=BACKOFF_MINUTES[attempts - 1])
