"""At which times a caller may be called back: all of them within opening hours. Pure."""

from datetime import datetime, time, timedelta

from ramah.promises.queries import BusinessTimeError, NeverOpen, Schedule, due

SOON_MINUTES = 60
LATER_MINUTES = 5 * 60
MOST = 3


def callback_slots(schedule: Schedule, at: datetime) -> list[datetime]:
    """By when one can be called back, soonest first: within an hour of opening hours, early on the next working day, later on it.

    None where the calendar is never open again.
    """
    try:
        soon = due(schedule, at, SOON_MINUTES)
        midnight = _midnight_after(soon, schedule)
        times = [soon, due(schedule, midnight, SOON_MINUTES), due(schedule, midnight, LATER_MINUTES)]
    except (NeverOpen, BusinessTimeError):
        return []
    return sorted({moment.replace(microsecond=0) for moment in times})[:MOST]


def _midnight_after(moment: datetime, schedule: Schedule) -> datetime:
    day = moment.astimezone(schedule.tz).date() + timedelta(days=1)
    return datetime.combine(day, time(0), tzinfo=schedule.tz)
