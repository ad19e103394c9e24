"""Warning by a forecast in place of the clock: whoever knows how a promise stands says so as often as it is told anew."""

from datetime import datetime

from django.db import transaction

from ramah.kernel.actors import SYSTEM
from ramah.kernel.events import publish
from ramah.promises.commands.ledger import note, write
from ramah.promises.events import PromiseAtRisk, PromiseEased
from ramah.promises.models import Promise, PromiseChange

_Action = PromiseChange.Action


@transaction.atomic
def follow_forecast(*, promise_id: int, is_at_risk: bool, reason: str, at: datetime) -> bool:
    """Mark a running promise as at risk, or as eased, by what a forecast says at `at`. True where that changed something.

    From the first call on the clock no longer warns of the promise; it breaks it as any other. `reason` is a code of the
    forecast, kept in the history, never words of a person. What has ended, is past due or stands still is left alone: False.
    """
    running = Promise.objects.running().filter(pk=promise_id, due_at__gte=at)
    promise = running.select_for_update().first()
    if promise is None:
        return False
    if promise.warn_minutes is not None:
        write([promise], warn_minutes=None, warn_at=None)
    if is_at_risk == (promise.warned_at is not None):
        return False
    write([promise], warned_at=at if is_at_risk else None)
    note([promise], _Action.WARNED if is_at_risk else _Action.EASED, actor=SYSTEM, at=at, reason=reason[:200])
    fact = PromiseAtRisk if is_at_risk else PromiseEased
    publish(fact(promise.pk, promise.kind, promise.subject), subject=promise.subject)
    return True
