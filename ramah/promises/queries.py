"""Reads on promises and calendars: their doors, what stands with a subject or customer, and how many are kept."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import BigIntegerField, Case, Count, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Substr

from ramah.customers.queries import customer_for
from ramah.kernel.actors import Actor, NotVisible
from ramah.promises import permissions
from ramah.promises.business_time import (
    ALWAYS_OPEN,
    BusinessTimeError,
    NeverOpen,
    Schedule,
    clock_time,
    due,
    elapsed_minutes,
    local_moment,
    next_opening,
    working_day_after,
)
from ramah.promises.models import Calendar, Promise, PromiseChange
from ramah.promises.public_holidays import DaysOff
from ramah.promises.wording import absolute_words, by_words, promise_words

__all__ = [
    "ALWAYS_OPEN",
    "BusinessTimeError",
    "DayAhead",
    "KeptFigures",
    "NeverOpen",
    "Schedule",
    "absolute_words",
    "at_risk_of",
    "by_words",
    "calendar_for",
    "calendars",
    "changes_of",
    "days_ahead",
    "due",
    "elapsed_minutes",
    "kept_share",
    "local_moment",
    "opening_of",
    "promise_for",
    "promise_words",
    "promises_of_customer",
    "promises_of_subjects",
    "promises_replaced_by",
    "promises_told",
    "schedule_of",
    "spoken_due",
    "working_day_after",
]

# Calendar key -> what it said when its schedule was made, and the schedule. As many calendars as a shop has.
_schedules: dict[int, tuple[str, Schedule]] = {}

# Open ones first, the most urgent of them before all (paused ones wait behind), then what ended, newest first.
_OPEN_FIRST = (
    Case(When(state=Promise.State.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField()),
    Case(When(state=Promise.State.OPEN, paused_at=None, then="due_at")).asc(nulls_last=True),
    "-id",
)


def schedule_of(calendar: Calendar | None) -> Schedule:
    """The opening hours of a calendar, public holidays included; without one every minute counts.

    Kept per process until the calendar says something else. Raises `BadSchedule`.
    """
    if calendar is None:
        return ALWAYS_OPEN
    said = f"{calendar.time_zone}{calendar.hours}{calendar.holiday_country}{calendar.holidays}{calendar.exceptions}"
    known = _schedules.get(calendar.pk)
    if known is not None and known[0] == said:
        return known[1]
    own = Schedule.from_json(
        {
            "timezone": calendar.time_zone,
            "hours": calendar.hours,
            "holidays": calendar.holidays,
            "exceptions": calendar.exceptions,
        }
    )
    schedule = replace(own, holidays=DaysOff(calendar.holiday_country, own.holidays))
    if calendar.pk is not None:
        _schedules[calendar.pk] = (said, schedule)
    return schedule


def calendars() -> QuerySet[Calendar]:
    """All calendars by name."""
    return Calendar.objects.order_by("name")


def calendar_for(actor: Actor, *, public_id: str) -> Calendar:
    """The calendar, for those who may set calendars. Raises `NotVisible`."""
    calendar = Calendar.objects.filter(public_id=public_id).first()
    if calendar is None or not actor.may(permissions.CALENDARS):
        raise NotVisible
    return calendar


def promise_for(actor: Actor, *, public_id: str) -> Promise:
    """The promise, where `actor` may see its customer. Raises `NotVisible`."""
    promise = (
        Promise.objects.select_related("customer", "calendar", "owner", "team").filter(public_id=public_id).first()
    )
    if promise is None or not actor.may(permissions.VIEW):
        raise NotVisible
    customer_for(actor, public_id=promise.customer.public_id)
    return promise


def promises_of_subjects(subjects: Collection[str], *, outstanding: bool = False) -> dict[str, list[Promise]]:
    """Promises of each subject, in one query: open ones first, the most urgent before all, then ended ones, newest first.

    `outstanding`: only what the customer still waits on. Whoever shows a subject has passed the door to it. Every subject is
    a key, also one without promises.
    """
    found: dict[str, list[Promise]] = {subject: [] for subject in subjects}
    rows = Promise.objects.filter(subject__in=found).order_by(*_OPEN_FIRST)
    for promise in rows.outstanding() if outstanding else rows:
        found[promise.subject].append(promise)
    return found


def at_risk_of(kind: str, *, at: datetime) -> QuerySet[Promise, int]:
    """Keys of the subjects of a kind (`conversation` of `conversation:7`) with a promise that was warned of and is not yet due.

    Made to stand in another query: `filter(pk__in=at_risk_of("conversation", at=now))`.
    """
    prefix = f"{kind}:"
    rows = Promise.objects.running().filter(warned_at__isnull=False, due_at__gt=at, subject__startswith=prefix)
    key = Cast(Substr("subject", len(prefix) + 1), BigIntegerField())
    return rows.annotate(subject_key=key).values_list("subject_key", flat=True)


def promises_of_customer(actor: Actor, customer_public_id: str, *, limit: int = 30) -> list[Promise]:
    """Promises to a customer, in the order of `promises_of_subjects`. Raises `NotVisible`."""
    if not actor.may(permissions.VIEW):
        raise NotVisible
    customer = customer_for(actor, public_id=customer_public_id)
    return list(Promise.objects.filter(customer=customer).order_by(*_OPEN_FIRST)[:limit])


def promises_replaced_by(promise: Promise) -> list[Promise]:
    """What was promised before and renegotiated into `promise`, newest first."""
    earlier = {row.pk: row for row in Promise.objects.about(promise.subject, [promise.kind])}
    walk: list[Promise] = []
    key = promise.replaces_id
    while key is not None and key in earlier:
        walk.append(earlier.pop(key))
        key = walk[-1].replaces_id
    return walk


def changes_of(promise: Promise) -> QuerySet[PromiseChange]:
    """The history of one promise, oldest line first."""
    return promise.changes.order_by("id")


@dataclass(frozen=True, slots=True)
class KeptFigures:
    """How promises ended: in time, or not. Renegotiated and withdrawn ones did not come due and are in neither."""

    kept: int
    broken: int

    @property
    def share(self) -> float | None:
        """Share of promises kept, 0 to 1; None when none came due."""
        due = self.kept + self.broken
        return self.kept / due if due else None


def kept_share(since: datetime, *, until: datetime | None = None, kinds: Iterable[str] | None = None) -> KeptFigures:
    """How the promises ended that came due or were kept from `since` on (and before `until`)."""
    rows = Promise.objects.filter(state__in=[Promise.State.KEPT, Promise.State.BROKEN], ended_at__gte=since)
    if until is not None:
        rows = rows.filter(ended_at__lt=until)
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    counts = rows.aggregate(
        kept=Count("id", filter=Q(state=Promise.State.KEPT)), broken=Count("id", filter=Q(state=Promise.State.BROKEN))
    )
    return KeptFigures(**counts)


def spoken_due(promise: Promise, *, language: str, now: datetime) -> str:
    """By when a promise is due, as the end of a sentence in `language`: `by Monday 10:30 WIB`.

    On the clock of the promise's calendar, or of the shop where it has none. The promise must have a due time.
    """
    if promise.due_at is None:
        raise ValueError("a paused promise has no due time")
    zone = ZoneInfo(promise.calendar.time_zone if promise.calendar else settings.SHOP_TIME_ZONE)
    return by_words(promise.due_at, zone, language, now=now)


def promises_told(customer_id: int) -> list[dict[str, str]]:
    """Everything that was promised to a customer, oldest first, as text: for a copy of their own data."""
    fields = ("kind", "subject", "state", "started_at", "due_at", "ended_at", "fulfilled_at", "moved_to", "reason")
    rows = Promise.objects.filter(customer_id=customer_id).order_by("id").values(*fields)
    return [
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in row.items()
            if value not in (None, "")
        }
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class DayAhead:
    """Opening hours of one coming day, as `08:00–12:00`, and why they differ from the usual where they do."""

    date: date
    hours: list[str]
    is_exception: bool
    is_day_off: bool


def days_ahead(calendar: Calendar, *, at: datetime, days: int = 14) -> list[DayAhead]:
    """What the calendar holds for the day of `at` and those after it, in its own time zone."""
    schedule = schedule_of(calendar)
    today = at.astimezone(schedule.tz).date()
    ahead = []
    for day in (today + timedelta(days=offset) for offset in range(days)):
        is_exception = day in schedule.exceptions
        ahead.append(
            DayAhead(
                date=day,
                hours=[f"{clock_time(opens)}–{clock_time(closes)}" for opens, closes in schedule.hours_on(day)],
                is_exception=is_exception,
                is_day_off=not is_exception and day in schedule.holidays,
            )
        )
    return ahead


def opening_of(calendar: Calendar, *, at: datetime) -> datetime | None:
    """When the calendar is next open, in its own time zone: `at` itself when it is open then, None when it never is."""
    schedule = schedule_of(calendar)
    try:
        return next_opening(schedule, at).astimezone(schedule.tz)
    except NeverOpen:
        return None
