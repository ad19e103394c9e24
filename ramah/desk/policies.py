"""The SLA policy of an inbox, kept at hand in each process since every message asks for it."""

import time
from dataclasses import dataclass

from ramah.conversations.models import Inbox
from ramah.desk.models import SLAPolicy
from ramah.desk.sla import Targets
from ramah.promises.models import Calendar

# How long a changed policy may take to reach the other processes of a cluster.
FRESH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Policy:
    """An SLA policy with its calendar, or else that of the inbox (None: every minute counts)."""

    targets: Targets
    calendar: Calendar | None
    acknowledge: bool


_by_inbox: dict[int, Policy | None] = {}
_read_at = 0.0


def policy_of_inbox(inbox_id: int) -> Policy | None:
    """The active policy of the inbox, or the general one; None when there is neither."""
    global _read_at
    if time.monotonic() - _read_at > FRESH_SECONDS:
        forget_policies()
        _read_at = time.monotonic()
    if inbox_id not in _by_inbox:
        _by_inbox[inbox_id] = _read(inbox_id)
    return _by_inbox[inbox_id]


def forget_policies() -> None:
    """Read policies anew at the next question: after one was saved, and between tests."""
    _by_inbox.clear()


def _read(inbox_id: int) -> Policy | None:
    rows = SLAPolicy.objects.select_related("calendar").filter(is_active=True)
    row = rows.filter(inbox=inbox_id).first() or rows.filter(inbox=None).order_by("id").first()
    if row is None:
        return None
    return Policy(
        targets=Targets(row.first_reply_minutes, row.next_reply_minutes, row.resolution_minutes, row.warn_percent),
        calendar=row.calendar
        or Calendar.objects.filter(pk__in=Inbox.objects.filter(pk=inbox_id).values("calendar")).first(),
        acknowledge=row.acknowledge,
    )
