"""Who answers and by when, in words: said wherever a customer may ask. Nothing here costs a query while the cache is warm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ramah.desk.queries import WhoAnswers, who_answers
from ramah.promises.models import Calendar
from ramah.promises.queries import BusinessTimeError, by_words, due, schedule_of

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Where everybody has the same clock, naming it would only puzzle.
_HOME_ZONES = {"uk": ("Europe/Kyiv", "Europe/Kiev")}


@dataclass(frozen=True, slots=True)
class Answering:
    """`words` say who answers by when a question that is asked now; `hours` when somebody is there (may be empty)."""

    words: str
    hours: str


def answering_at(at: datetime, *, language: str = "") -> Answering:
    """Who answers a question that is asked at `at`, in the active language."""
    language = (language or get_language() or "en").split("-")[0]
    who = who_answers(language)
    if who is None:
        return Answering(_("We answer as soon as we can."), "")
    return Answering(_words(who, language, at=at), answering_hours(language, at=at))


def answering_hours(language: str, *, at: datetime) -> str:
    """When somebody is there who answers in `language`; empty where that is not said."""
    who = who_answers(language)
    return hours_words(who.calendar, language, at=at) if who is not None and who.calendar else ""


def _words(who: WhoAnswers, language: str, *, at: datetime) -> str:
    by_time = _by_time(who, language, at=at)
    if not by_time:
        return _("We answer as soon as we can.")
    if len(who.names) > 1:
        facts = {"one": who.names[0], "other": who.names[1], "by_time": by_time}
        # Translators: by_time is "by Monday 10:30 WIB".
        return _("%(one)s or %(other)s answers %(by_time)s.") % facts
    if who.names:
        # Translators: by_time is "by Monday 10:30 WIB".
        return _("%(name)s answers %(by_time)s.") % {"name": who.names[0], "by_time": by_time}
    # Translators: by_time is "by Monday 10:30 WIB".
    return _("We answer %(by_time)s.") % {"by_time": by_time}


def _by_time(who: WhoAnswers, language: str, *, at: datetime) -> str:
    if not who.minutes:
        return ""
    try:
        due_at = due(schedule_of(who.calendar), at, who.minutes)
    except BusinessTimeError:  # hours that never open promise nothing
        return ""
    zone = ZoneInfo(who.calendar.time_zone if who.calendar else settings.SHOP_TIME_ZONE)
    return by_words(due_at, zone, language, now=at)


def hours_words(calendar: Calendar, language: str, *, at: datetime) -> str:
    """The usual hours of a week: `every day 08:00–20:00 WIB`, `Monday–Friday 08:00–17:00, Saturday 09:00–13:00 WIB`."""
    runs = _runs(calendar.hours)
    if not runs:
        return ""
    names = get_day_names("wide", "stand-alone", locale=language)
    parts = []
    for first, last, intervals in runs:
        if last - first == len(_DAYS) - 1:
            days = _("every day")
        else:
            days = names[first] if first == last else f"{names[first]}–{names[last]}"
        parts.append(f"{days} {', '.join(_interval(one, language) for one in intervals)}")
    zone = "" if calendar.time_zone in _HOME_ZONES.get(language, ()) else _zone_name(calendar, at=at)
    return f"{', '.join(parts)} {zone}".rstrip()


def _runs(hours: Mapping[str, Sequence[Sequence[str]]]) -> list[tuple[int, int, Sequence[Sequence[str]]]]:
    """Days in a row with the same hours: first day, last day (Monday is 0), intervals."""
    runs: list[tuple[int, int, Sequence[Sequence[str]]]] = []
    for number, day in enumerate(_DAYS):
        intervals = hours.get(day) or []
        if not intervals:
            continue
        if runs and runs[-1][1] == number - 1 and runs[-1][2] == intervals:
            runs[-1] = (runs[-1][0], number, intervals)
        else:
            runs.append((number, number, intervals))
    return runs


def _interval(interval: Sequence[str], language: str) -> str:
    text = "–".join(interval)
    return text.replace(":", ".") if language == "id" else text


def _zone_name(calendar: Calendar, *, at: datetime) -> str:
    name = at.astimezone(ZoneInfo(calendar.time_zone)).tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name
