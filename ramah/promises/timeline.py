"""Promises on the time line of a customer, each where it was made, saying how it stands."""

from datetime import datetime

from ramah.kernel import clock
from ramah.kernel.actors import Actor
from ramah.kernel.timeline import TimelineEntry, register_timeline
from ramah.promises import permissions
from ramah.promises.models import Promise
from ramah.promises.wording import promise_words


def _fetch(actor: Actor, customer_id: int, before: datetime | None, limit: int) -> list[TimelineEntry]:
    if not actor.may(permissions.VIEW):
        return []
    rows = Promise.objects.filter(customer=customer_id, **({"started_at__lt": before} if before else {}))
    now = clock.now()
    return [
        TimelineEntry(at=row.started_at, icon="clock", title=promise_words(row, now), text=row.reason)
        for row in rows.order_by("-started_at", "-id")[:limit]
    ]


register_timeline("promises", _fetch)
