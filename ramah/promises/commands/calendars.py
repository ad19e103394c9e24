"""Setting opening hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.promises import permissions
from ramah.promises.business_time import BadSchedule, Schedule
from ramah.promises.models import Calendar
from ramah.promises.public_holidays import known_countries


class NameTaken(ValueError):
    """Another calendar has this name."""


class CalendarInUse(Exception):
    """Inboxes, policies or promises run on the calendar; it stays."""


@transaction.atomic
def save_calendar(
    *,
    actor: Actor,
    calendar: Calendar | None = None,
    name: str,
    time_zone: str,
    hours: Mapping[str, Any],
    holiday_country: str = "",
    holidays: Sequence[str] = (),
    exceptions: Mapping[str, Any] | None = None,
    at: datetime,
) -> Calendar:
    """Make a calendar, or change this one. Promises that were made keep their due times: they were told to customers.

    The fields are those of `Schedule.from_json`. Raises `PermissionDenied`, `BadSchedule` and `NameTaken`.
    """
    require(actor, permissions.CALENDARS)
    fields = {
        "time_zone": time_zone,
        "hours": {day: list(intervals) for day, intervals in hours.items() if intervals},
        "holiday_country": holiday_country,
        "holidays": sorted(set(holidays)),
        "exceptions": dict(exceptions or {}),
    }
    _check(name, fields)
    taken = Calendar.objects.filter(name=name)
    if (taken.exclude(pk=calendar.pk) if calendar else taken).exists():
        raise NameTaken(name)
    calendar = calendar or Calendar(created_at=at)
    calendar.name = name
    for field, value in fields.items():
        setattr(calendar, field, value)
    made = calendar.pk is None
    calendar.save()
    audit.record(actor, "calendar.make" if made else "calendar.change", f"calendar:{calendar.pk}", at=at, **fields)
    return calendar


@transaction.atomic
def delete_calendar(*, actor: Actor, calendar: Calendar, at: datetime) -> None:
    """Remove a calendar that nothing runs on. Raises `PermissionDenied` and `CalendarInUse`."""
    require(actor, permissions.CALENDARS)
    key = calendar.pk
    try:
        calendar.delete()
    except ProtectedError as error:
        raise CalendarInUse from error
    audit.record(actor, "calendar.delete", f"calendar:{key}", at=at, name=calendar.name)


def _check(name: str, fields: Mapping[str, Any]) -> None:
    if not name.strip() or len(name) > 80:
        raise BadSchedule("name: 1 to 80 characters are accepted")
    if not fields["hours"]:
        raise BadSchedule("hours: opening hours on one weekday at least are needed")
    if fields["holiday_country"] and fields["holiday_country"] not in known_countries():
        raise BadSchedule("holiday_country: an ISO 3166 code with known holidays is accepted, such as ID or UA")
    Schedule.from_json(
        {
            "timezone": fields["time_zone"],
            "hours": fields["hours"],
            "holidays": fields["holidays"],
            "exceptions": fields["exceptions"],
        }
    )
