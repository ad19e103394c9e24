"""Calendars of the demo shop."""

from datetime import datetime

from ramah.kernel.actors import SYSTEM
from ramah.promises.commands import save_calendar
from ramah.promises.models import Calendar

JAKARTA, KYIV, AROUND_THE_CLOCK = "Jakarta office hours", "Kyiv", "Around the clock"
_WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


def seed(at: datetime) -> dict[str, Calendar]:
    """Make the demo's calendars where they are missing, and return them by name. Repeatable; changed ones stay as they are."""
    calendars = {calendar.name: calendar for calendar in Calendar.objects.filter(name__in=_HOURS)}
    for name, (time_zone, hours, country) in _HOURS.items():
        if name not in calendars:
            calendars[name] = save_calendar(
                actor=SYSTEM, name=name, time_zone=time_zone, hours=hours, holiday_country=country, at=at
            )
    return calendars


_HOURS = {
    JAKARTA: ("Asia/Jakarta", {day: [["08:00", "17:00"]] for day in _WORKDAYS}, "ID"),
    KYIV: ("Europe/Kyiv", {day: [["09:00", "13:00"], ["14:00", "18:00"]] for day in (*_WORKDAYS, "sat")}, "UA"),
    AROUND_THE_CLOCK: ("UTC", {day: [["00:00", "24:00"]] for day in (*_WORKDAYS, "sat", "sun")}, ""),
}
