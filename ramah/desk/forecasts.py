"""What an SLA policy would promise, told by examples: a mail of the coming Friday afternoon, and one of Tuesday morning."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.functional import Promise as LazyString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.desk.models import SLAPolicy
from ramah.promises.queries import BusinessTimeError, Schedule, due, schedule_of
from ramah.ui.elements import clock_time

# Monday is 0. Friday shortly before closing shows what a weekend does, Tuesday what an ordinary day does.
_ARRIVALS = ((4, time(16, 50)), (1, time(10, 0)))
_TARGETS: dict[str, str | LazyString] = {
    "first_reply_minutes": gettext_lazy("A mail of %(start)s gets an answer by %(due)s."),
    "next_reply_minutes": gettext_lazy("A further question of %(start)s gets an answer by %(due)s."),
    "resolution_minutes": gettext_lazy("A case opened %(start)s is resolved by %(due)s."),
}


def examples(policy: SLAPolicy, *, now: datetime) -> list[str]:
    """Sentences that say what the policy promises for mails to come, on the clock of its calendar."""
    try:
        schedule = schedule_of(policy.calendar)
        zone = schedule.tz if policy.calendar else timezone.get_current_timezone()
        with timezone.override(zone):
            return [
                str(sentence) % _told(schedule, arrival, getattr(policy, target))
                for arrival in _arrivals(now, zone)
                for target, sentence in _TARGETS.items()
                if getattr(policy, target)
            ]
    except BusinessTimeError:
        return [_("These business hours never open, so nothing can be promised.")]


def _arrivals(now: datetime, zone: tzinfo) -> list[datetime]:
    local = now.astimezone(zone)
    days = [(local.date() + timedelta(days=(weekday - local.weekday()) % 7 or 7), at) for weekday, at in _ARRIVALS]
    return [datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for day, at in days]


def _told(schedule: Schedule, start: datetime, minutes: int) -> dict[str, str]:
    end = due(schedule, start, minutes)
    far = end - start > timedelta(days=6)
    return {"start": _moment(start), "due": _moment(end, with_date=far)}


def _moment(at: datetime, *, with_date: bool = False) -> str:
    local = timezone.localtime(at)
    return f"{format_date(local, 'l, j E' if with_date else 'l')} {clock_time(at)}"
