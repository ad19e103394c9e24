"""Stopping the clock of promises while the customer is to answer, and letting it run on."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from ramah.kernel.actors import SYSTEM, Actor
from ramah.kernel.events import publish
from ramah.promises.business_time import due, elapsed_minutes
from ramah.promises.commands.ledger import note
from ramah.promises.events import PromisesPaused, PromisesResumed
from ramah.promises.models import Promise, PromiseChange, PromiseQuerySet
from ramah.promises.queries import schedule_of

_CLOCK_FIELDS = ("due_at", "warn_at", "paused_at", "remaining_minutes")


@transaction.atomic
def pause_promises(
    *, actor: Actor = SYSTEM, subject: str, kinds: Collection[str] | None = None, at: datetime
) -> list[Promise]:
    """Stop the clock of the open promises about `subject`; the business minutes that are left are kept.

    A promise whose due time has passed is broken and not to be saved by pausing it.
    """
    rows = _with_calendars(Promise.objects.about(subject, kinds).running().filter(paused_at=None, due_at__gte=at))
    promises = list(rows)
    for promise in promises:
        if promise.due_at is not None:
            promise.remaining_minutes = elapsed_minutes(schedule_of(promise.calendar), at, promise.due_at)
        promise.due_at, promise.warn_at, promise.paused_at = None, None, at
    if promises:
        Promise.objects.bulk_update(promises, _CLOCK_FIELDS)
        note(promises, PromiseChange.Action.PAUSED, actor=actor, at=at)
        publish(PromisesPaused([promise.pk for promise in promises], subject), subject=subject)
    return promises


@transaction.atomic
def resume_promises(
    *, actor: Actor = SYSTEM, subject: str, kinds: Collection[str] | None = None, at: datetime
) -> list[Promise]:
    """Let the paused promises about `subject` run on: due when the minutes that were left have passed from `at`."""
    promises = list(_with_calendars(Promise.objects.about(subject, kinds).running().exclude(paused_at=None)))
    for promise in promises:
        schedule, left = schedule_of(promise.calendar), promise.remaining_minutes or 0.0
        promise.due_at = due(schedule, at, left)
        if promise.warn_minutes is not None:
            promise.warn_at = due(schedule, at, max(0.0, left - promise.warn_minutes))
        promise.paused_at = promise.remaining_minutes = None
    if promises:
        Promise.objects.bulk_update(promises, _CLOCK_FIELDS)
        note(promises, PromiseChange.Action.RESUMED, actor=actor, at=at)
        publish(PromisesResumed([promise.pk for promise in promises], subject), subject=subject)
    return promises


def _with_calendars(rows: PromiseQuerySet) -> PromiseQuerySet:
    return rows.select_related("calendar").order_by("id").select_for_update(of=("self",))
