"""Keeping promises and taking them back."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from ramah.kernel.actors import SYSTEM, Actor
from ramah.kernel.events import publish
from ramah.promises.commands.ledger import break_promises, note, write
from ramah.promises.events import PromisesKept, PromisesWithdrawn
from ramah.promises.models import Promise, PromiseChange


@transaction.atomic
def keep_promises(*, actor: Actor, subject: str, kinds: Collection[str], at: datetime) -> list[Promise]:
    """What was promised about `subject` was done at `at`. Returns the promises that this fulfilled; none is harmless.

    In time (up to and including the due time) they are kept, also those that the clock broke before word of it came. What is late
    is broken and stays so, with the time of fulfillment.
    """
    rows = Promise.objects.about(subject, kinds).fulfilled_by(at).order_by("id").select_for_update()
    return _fulfill(list(rows), actor=actor, at=at)


@transaction.atomic
def keep_promise(*, actor: Actor, promise_id: int, at: datetime) -> Promise | None:
    """As `keep_promises`, for one promise; None when this does not fulfill it."""
    rows = Promise.objects.filter(pk=promise_id).fulfilled_by(at).select_for_update()
    return next(iter(_fulfill(list(rows), actor=actor, at=at)), None)


@transaction.atomic
def withdraw_promises(
    *, actor: Actor = SYSTEM, subject: str, kinds: Collection[str] | None = None, reason: str, at: datetime
) -> list[Promise]:
    """Take back the open promises about `subject` (default: of every kind), which no longer make sense; `reason` says why."""
    rows = list(Promise.objects.about(subject, kinds).running().order_by("id").select_for_update())
    if rows:
        write(rows, state=Promise.State.WITHDRAWN, ended_at=at, paused_at=None, reason=reason[:200])
        note(rows, PromiseChange.Action.WITHDRAWN, actor=actor, at=at)
        publish(PromisesWithdrawn([promise.pk for promise in rows], subject), subject=subject)
    return rows


def _fulfill(promises: Sequence[Promise], *, actor: Actor, at: datetime) -> list[Promise]:
    # The clock may not have come round yet: what is past due is broken all the same.
    late = [promise for promise in promises if promise.due_at and promise.due_at < at]
    kept = [promise for promise in promises if promise not in late]
    break_promises([promise for promise in late if promise.state == Promise.State.OPEN], actor=SYSTEM, at=at)
    # Or it came round before word of this did, as after an outage: what was done in time was never broken.
    corrected = [promise for promise in kept if promise.state == Promise.State.BROKEN]
    if late:
        write(late, fulfilled_at=at)
        note(late, PromiseChange.Action.FULFILLED, actor=actor, at=at)
    if kept:
        write(kept, state=Promise.State.KEPT, ended_at=at, fulfilled_at=at, paused_at=None, moved_to=None)
        note([promise for promise in kept if promise not in corrected], PromiseChange.Action.KEPT, actor=actor, at=at)
        note(corrected, PromiseChange.Action.KEPT, actor=actor, at=at, corrected=True)
        subject = kept[0].subject
        publish(PromisesKept([promise.pk for promise in kept], subject), subject=subject)
    return [*kept, *late]


@transaction.atomic
def erase_reasons(customer_id: int) -> None:
    """Remove the free text from the promises to a customer, for good. What was promised and kept goes on counting."""
    rows = Promise.objects.filter(customer_id=customer_id)
    rows.exclude(reason="").update(reason="")
