"""Making promises. This runs for every mail that comes in: a batch is two inserts and one event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from ramah.kernel.actors import Actor
from ramah.kernel.events import publish_all
from ramah.promises.business_time import Schedule, due, elapsed_minutes
from ramah.promises.commands.ledger import note
from ramah.promises.events import PromisesMade
from ramah.promises.models import Calendar, Promise, PromiseChange
from ramah.promises.queries import schedule_of

WARN_PERCENT = 80


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised: a kind, and either business minutes from now or a date.

    At risk when `warn_percent` of the time is gone; None: when a forecast says so, see `follow_forecast`.
    """

    kind: str
    minutes: int | None = None
    due_at: datetime | None = None
    warn_percent: int | None = WARN_PERCENT

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.due_at is None):
            raise ValueError("either minutes or due_at is promised")
        if self.warn_percent is not None and not 1 <= self.warn_percent <= 100:
            raise ValueError("warn_percent: 1 to 100 is accepted")


@dataclass(frozen=True, slots=True)
class Making:
    """Promises to make to one customer about one subject (`conversation:7`), on `calendar` (None: every minute counts)."""

    customer_id: int
    subject: str
    terms: Sequence[Terms]
    calendar: Calendar | None = None
    owner_id: int | None = None
    team_id: int | None = None


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
    making = Making(customer_id, subject, terms, calendar, owner_id, team_id)
    return make_many_promises(actor=actor, makings=[(making, at)])[0]


def make_many_promises(*, actor: Actor, makings: Sequence[tuple[Making, datetime]]) -> list[list[Promise]]:
    """As `make_promises` for many subjects, each counted from a moment of its own: two inserts however many there are."""
    wanted = [[_promise(one, making, at=at) for one in making.terms] for making, at in makings]
    every = [promise for promises in wanted for promise in promises]
    # A savepoint to fall back to is needed only where one may stand already.
    may_stand = any(promise.kind in Promise.ONCE_PER_SUBJECT for promise in every)
    try:
        with transaction.atomic(savepoint=may_stand):
            _insert(every, actor=actor)
    except IntegrityError:  # some of it stands already: rare, for who asks for promises mostly knows which are missing
        return [_insert_missing(promises, actor=actor) for promises in wanted]
    return wanted


def _promise(terms: Terms, making: Making, *, at: datetime) -> Promise:
    return promise_by_terms(
        terms,
        schedule_of(making.calendar),
        customer_id=making.customer_id,
        subject=making.subject,
        calendar=making.calendar,
        owner_id=making.owner_id,
        team_id=making.team_id,
        at=at,
    )


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
    warn_minutes = warn_at = None
    if terms.warn_percent is not None:
        gone = total * terms.warn_percent / 100
        warn_minutes, warn_at = total - gone, min(due(schedule, at, gone), due_at)
    return Promise(
        kind=terms.kind,
        customer_id=customer_id,
        subject=subject,
        calendar=calendar,
        owner_id=owner_id,
        team_id=team_id,
        minutes=terms.minutes,
        warn_minutes=warn_minutes,
        started_at=at,
        created_at=at,
        due_at=due_at,
        warn_at=warn_at,
    )


@transaction.atomic(savepoint=False)
def _insert(wanted: Sequence[Promise], *, actor: Actor) -> None:
    if not wanted:
        return
    Promise.objects.bulk_create(wanted)
    note(wanted, PromiseChange.Action.MADE, actor=actor)
    ids: dict[str, list[int]] = {}
    for promise in wanted:
        ids.setdefault(promise.subject, []).append(promise.pk)
    publish_all((PromisesMade(made, subject), subject) for subject, made in ids.items())


def _insert_missing(wanted: Sequence[Promise], *, actor: Actor) -> list[Promise]:
    promises: list[Promise] = []
    standing: dict[str, Promise] = {}
    if wanted:
        about = Promise.objects.about(wanted[0].subject, Promise.ONCE_PER_SUBJECT)
        standing = {row.kind: row for row in about.running()}
    for promise in wanted:
        promise.pk = None  # the insert that was undone may have given it a key
        if promise.kind in Promise.ONCE_PER_SUBJECT:
            promise = standing.setdefault(promise.kind, promise)
        promises.append(promise)
    _insert(list({id(promise): promise for promise in promises if promise.pk is None}.values()), actor=actor)
    return promises
