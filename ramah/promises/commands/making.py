"""Making promises. This runs for every mail that comes in: a batch is two inserts and one event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from ramah.kernel.actors import Actor
from ramah.kernel.events import publish
from ramah.promises.business_time import Schedule, due, elapsed_minutes
from ramah.promises.commands.ledger import note
from ramah.promises.events import PromisesMade
from ramah.promises.models import Calendar, Promise, PromiseChange
from ramah.promises.queries import schedule_of

WARN_PERCENT = 80


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised: a kind, and either business minutes from now or a date; at risk when `warn_percent` of it is gone."""

    kind: str
    minutes: int | None = None
    due_at: datetime | None = None
    warn_percent: int = WARN_PERCENT

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.due_at is None):
            raise ValueError("either minutes or due_at is promised")
        if not 1 <= self.warn_percent <= 100:
            raise ValueError("warn_percent: 1 to 100 is accepted")


def make_promises(
    *,
    actor: Actor,
    customer_id: int,
    subject: str,
    terms: Sequence[Terms],
    at: datetime,
    calendar: Calendar | None = None,
    owner_id: int | None = None,
    team_id: int | None = None,
) -> list[Promise]:
    """Promise `terms` to a customer about `subject` (`conversation:7`), counted from `at` on `calendar`.

    Repeatable: where the subject has an open promise of a kind that it may have once, that one stands and is returned in its
    place. Raises `NeverOpen` when the calendar has no opening hours.
    """
    schedule = schedule_of(calendar)
    wanted = [
        promise_by_terms(
            one,
            schedule,
            customer_id=customer_id,
            subject=subject,
            calendar=calendar,
            owner_id=owner_id,
            team_id=team_id,
            at=at,
        )
        for one in terms
    ]
    try:
        return _insert(wanted, subject=subject, actor=actor, at=at)
    except IntegrityError:  # some of it stands already: rare, for who asks for promises mostly knows which are missing
        return _insert_missing(wanted, subject=subject, actor=actor, at=at)


def promise_by_terms(
    terms: Terms,
    schedule: Schedule,
    *,
    customer_id: int,
    subject: str,
    calendar: Calendar | None,
    owner_id: int | None,
    team_id: int | None,
    at: datetime,
) -> Promise:
    """The promise that `terms` make at `at`, not saved."""
    if terms.due_at is None:
        total = float(terms.minutes or 0)
        due_at = due(schedule, at, total)
    else:
        total, due_at = max(0.0, elapsed_minutes(schedule, at, terms.due_at)), terms.due_at
    gone = total * terms.warn_percent / 100
    return Promise(
        kind=terms.kind,
        customer_id=customer_id,
        subject=subject,
        calendar=calendar,
        owner_id=owner_id,
        team_id=team_id,
        minutes=terms.minutes,
        warn_minutes=total - gone,
        started_at=at,
        created_at=at,
        due_at=due_at,
        warn_at=min(due(schedule, at, gone), due_at),
    )


@transaction.atomic
def _insert(wanted: list[Promise], *, subject: str, actor: Actor, at: datetime) -> list[Promise]:
    if wanted:
        Promise.objects.bulk_create(wanted)
        note(wanted, PromiseChange.Action.MADE, actor=actor, at=at)
        publish(PromisesMade([promise.pk for promise in wanted], subject), subject=subject)
    return wanted


def _insert_missing(wanted: list[Promise], *, subject: str, actor: Actor, at: datetime) -> list[Promise]:
    standing = {row.kind: row for row in Promise.objects.about(subject, Promise.ONCE_PER_SUBJECT).running()}
    promises: list[Promise] = []
    for promise in wanted:
        if promise.kind in Promise.ONCE_PER_SUBJECT:
            promise = standing.setdefault(promise.kind, promise)
        promises.append(promise)
    new = list({id(promise): promise for promise in promises if promise._state.adding}.values())
    _insert(new, subject=subject, actor=actor, at=at)
    return promises
