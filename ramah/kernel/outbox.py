"""The dispatcher: published events go to their handlers, at least once, in order per subject.

1. A worker leases the lanes in which events wait; nobody else works those lanes meanwhile.
2. Handlers of a batch run in one transaction, and the rows go away in it. Only as many rows as were read may go: if a lease
   ran out and another worker was faster, everything here rolls back. If a handler fails, all is undone and the batch runs
   again with each handler in a savepoint of its own: savepoints cost a fifth of the whole, and failing is rare. Handlers that
   take many events get those of one type together, as long as no subject has two in the batch.
3. A handler that fails leaves a `HandlerRun`: it is tried again with growing pauses, later events of the same subject queue
   behind it for that handler alone, and after the last try it stays in sight as failed. Other handlers never notice.
"""

import logging
import traceback
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from ramah.kernel import claims, clock, events
from ramah.kernel.ids import new_public_id
from ramah.kernel.models import HandlerRun, OutboxEvent, OutboxLane, lane_of

LEASE = timedelta(seconds=20)
BATCH = 64
SHARE = 4  # lanes that one worker takes at a time, where there may be others
_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has done this batch; what was done here is rolled back."""


def dispatch_batch(*, at: datetime) -> int:
    """Run the handlers of one batch of waiting events. Returns how many events were done."""
    lanes, claim = _lease_lanes(at=at)
    if not lanes:
        return 0
    try:
        try:
            return _dispatch(lanes, at=at, each_alone=False)
        except LeaseLost:
            raise
        except Exception:
            return _dispatch(lanes, at=at, each_alone=True)
    finally:
        OutboxLane.objects.filter(claim=claim).update(claimed_until=None, claim="")


@transaction.atomic
def _dispatch(lanes: list[int], *, at: datetime, each_alone: bool) -> int:
    rows = list(OutboxEvent.objects.filter(lane__in=lanes).order_by("id")[:BATCH])
    if each_alone:
        _run_each_alone(rows, at=at)
    else:
        _run_together(rows, at=at)
    gone, _ = OutboxEvent.objects.filter(id__in=[row.id for row in rows]).delete()
    if gone != len(rows):
        raise LeaseLost
    return len(rows)


def _run_each_alone(rows: list[OutboxEvent], *, at: datetime) -> None:
    behind = _runs_outstanding(rows)
    for row in rows:
        for key, handler in events.handlers_of(row.name).items():
            error = "" if (key, row.subject) in behind else _failure_of(handler, row, key)
            if error:
                behind.add((key, row.subject))
            if (key, row.subject) in behind:
                _put_behind(row, key, at=at, error=error)


def _run_together(rows: list[OutboxEvent], *, at: datetime) -> None:
    behind = _runs_outstanding(rows)
    per_subject = Counter(row.subject for row in rows)
    gathered: dict[str, list[object]] = defaultdict(list)
    for row in rows:
        for key, handler in events.handlers_of(row.name).items():
            if (key, row.subject) in behind:
                _put_behind(row, key, at=at)
            elif key in events.handlers_of_many and per_subject[row.subject] == 1:
                # Nothing else of its subject is in the batch, so it may wait for others of its kind.
                gathered[key].append(events.load(row.name, row.payload))
            else:
                handler(events.load(row.name, row.payload))
    for key, facts in gathered.items():
        events.handlers_of_many[key](facts)


def _lease_lanes(*, at: datetime) -> tuple[list[int], str]:
    busy = OutboxLane.objects.filter(claimed_until__gte=at).values("lane")
    oldest = OutboxEvent.objects.exclude(lane__in=busy).order_by("id").values_list("lane", flat=True)[:BATCH]
    wanted = list(dict.fromkeys(oldest))
    if connection.features.has_select_for_update:  # a database server: other workers want their share
        wanted = wanted[:SHARE]
    if not wanted:
        return [], ""
    known = set(OutboxLane.objects.filter(lane__in=wanted).values_list("lane", flat=True))
    if missing := set(wanted) - known:
        OutboxLane.objects.bulk_create([OutboxLane(lane=lane) for lane in missing], ignore_conflicts=True)
    claim = new_public_id()
    free = Q(claimed_until=None) | Q(claimed_until__lt=at)
    OutboxLane.objects.filter(free, lane__in=wanted).update(claim=claim, claimed_until=at + LEASE)
    return list(OutboxLane.objects.filter(claim=claim).values_list("lane", flat=True)), claim


def _runs_outstanding(rows: list[OutboxEvent]) -> set[tuple[str, str]]:
    subjects = {row.subject for row in rows}
    waiting = HandlerRun.objects.filter(state=HandlerRun.State.WAITING, subject__in=subjects)
    return set(waiting.values_list("handler", "subject"))


def _failure_of(handler: events.Handler, row: OutboxEvent, key: str) -> str:
    """Run the handler in a savepoint; the trace of its failure, empty when all went well."""
    try:
        with transaction.atomic():
            handler(events.load(row.name, row.payload))
    except Exception:  # a handler may fail in any way; it must not take the others with it
        _log.exception("handler failed", extra={"handler": key, "subject": row.subject})
        return traceback.format_exc()
    return ""


def _put_behind(row: OutboxEvent, key: str, *, at: datetime, error: str = "") -> None:
    HandlerRun.objects.create(
        handler=key,
        name=row.name,
        subject=row.subject,
        payload=row.payload,
        error=error,
        published_at=row.published_at,
        attempts=1 if error else 0,
        next_attempt_at=claims.next_attempt(1, at=at) if error else at,
    )


def retry_failed_handlers(*, at: datetime, limit: int = 20) -> int:
    """Try handlers again whose pause is over, the oldest of each subject first. Returns how many were tried."""
    earlier = HandlerRun.objects.filter(
        handler=OuterRef("handler"), subject=OuterRef("subject"), id__lt=OuterRef("id"), state=HandlerRun.State.WAITING
    )
    first = HandlerRun.objects.filter(~Exists(earlier), state=HandlerRun.State.WAITING)
    runs = claims.claim_due(first, at=at, lease=LEASE, limit=limit)
    for run in runs:
        _retry(run, at=at)
    return len(runs)


def _retry(run: HandlerRun, *, at: datetime) -> None:
    try:
        with transaction.atomic():
            events.handlers_of(run.name)[run.handler](events.load(run.name, run.payload))
            if HandlerRun.objects.filter(pk=run.pk, claim=run.claim).delete()[0] != 1:
                raise LeaseLost
    except Exception:
        again = claims.next_attempt(run.attempts + 1, at=at)
        claims.settle(
            run,
            attempts=run.attempts + 1,
            next_attempt_at=again,
            state=HandlerRun.State.WAITING if again else HandlerRun.State.FAILED,
            error=traceback.format_exc(),
        )


def drain(*, limit: int = 100_000) -> int:
    """Dispatch until nothing waits (tests, imports, `ramah worker --until-idle`). Returns the number of events done."""
    done = 0
    while done < limit:
        batch = dispatch_batch(at=clock.now())
        if not batch:
            break
        done += batch
    return done


__all__ = ["dispatch_batch", "drain", "lane_of", "retry_failed_handlers"]
