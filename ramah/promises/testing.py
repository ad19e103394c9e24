"""Factories for tests of other apps."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from ramah.customers.models import Customer
from ramah.promises.models import Calendar, Promise

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFICE_HOURS = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
_numbers = count(1)


def make_calendar(name: str = "", *, time_zone: str = "Asia/Jakarta", **fields: Any) -> Calendar:
    """A calendar, Monday to Friday 08:00-17:00 in Jakarta unless said otherwise, without public holidays."""
    return Calendar.objects.create(
        name=name or f"Calendar {next(_numbers)}",
        time_zone=time_zone,
        created_at=AT,
        **{"hours": OFFICE_HOURS, **fields},
    )


def make_promise(
    customer: Customer, *, subject: str = "", kind: str = Promise.Kind.FIRST_REPLY, at: datetime = AT, **fields: Any
) -> Promise:
    """An open promise made at `at` and due an hour later, at risk twelve minutes before that."""
    return Promise.objects.create(
        customer=customer,
        subject=subject or f"conversation:{next(_numbers)}",
        kind=kind,
        created_at=at,
        started_at=at,
        **{
            "minutes": 60,
            "warn_minutes": 12,
            "due_at": at + timedelta(minutes=60),
            "warn_at": at + timedelta(minutes=48),
            **fields,
        },
    )
