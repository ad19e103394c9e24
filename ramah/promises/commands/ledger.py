"""What every change of promises writes beside the promise: its history, and the audit log where a person acted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from ramah.kernel import audit
from ramah.kernel.actors import Actor, System
from ramah.kernel.events import publish
from ramah.promises.events import PromiseBroken
from ramah.promises.models import Promise, PromiseChange


def note(
    promises: Sequence[Promise],
    action: PromiseChange.Action,
    *,
    actor: Actor,
    at: datetime | None = None,
    **detail: Any,
) -> None:
    """Add a line to the history of each promise, and one to the audit log per promise when a person acted.

    `at` empty: when each was made.
    """
    PromiseChange.objects.bulk_create(
        [
            PromiseChange(promise=promise, at=at or promise.created_at, action=action, actor=actor.ref, detail=detail)
            for promise in promises
        ]
    )
    if not isinstance(actor, System):
        for promise in promises:
            moment = at or promise.created_at
            audit.record(actor, f"promise.{action.value}", f"promise:{promise.pk}", at=moment, kind=promise.kind)


def write(promises: Sequence[Promise], **changes: Any) -> None:
    """Write the same changes to locked promises, in the database and in hand."""
    Promise.objects.filter(pk__in=[promise.pk for promise in promises]).update(**changes)
    for promise in promises:
        for name, value in changes.items():
            setattr(promise, name, value)


def break_promises(promises: Sequence[Promise], *, actor: Actor, at: datetime) -> None:
    """Write open, locked promises whose due time has passed as broken at that time, and say so."""
    if not promises:
        return
    write(promises, state=Promise.State.BROKEN, ended_at=F("due_at"))
    for promise in promises:
        promise.ended_at = promise.due_at
    note(promises, PromiseChange.Action.BROKEN, actor=actor, at=at)
    for promise in promises:
        publish(PromiseBroken(promise.pk, promise.kind, promise.subject), subject=promise.subject)
