"""Business time: what moment it is after so many minutes of opening hours, and how many lie between two moments.

Pure: no database, no clock, no Django. Every minute counted is a minute that really passed, also in the night in which clocks
change: an hour that is skipped is not counted, an hour that comes twice is counted twice. Moments go in aware and come out in
UTC. Opening hours are wall-clock times of the schedule's zone; one that the clock skips means the moment of the skip, one
that comes twice means its first coming.
"""

import math
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
HORIZON_YEARS = 100

# Minutes after midnight of the day on which the interval starts; over midnight its end lies past DAY_MINUTES.
Interval = tuple[int, int]
Hours = tuple[Interval, ...]
Span = tuple[datetime, datetime]

_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)
_DAYS_KEPT = 1000
_MOST_INTERVALS = 48
_LONGEST_BREAK = 366
_MOST_DATES = 5000
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
P = TypeVar("P")


class BusinessTimeError(ValueError):
    """What was asked of business time makes no sense; the message names the field and what is accepted."""


class BadSchedule(BusinessTimeError):
    """A schedule is not well formed."""


class NeverOpen(BusinessTimeError):
    """The schedule has no opening hours from the moment in question on."""


class BeyondHorizon(BusinessTimeError):
    """The moment in question lies more than HORIZON_YEARS ahead."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Opening hours in one time zone: per weekday (Monday first), days off, and other hours on single dates.

    An interval over midnight belongs to the day on which it starts: a day off takes it away whole and leaves what began the
    evening before. An exception goes before a day off. Hours of one day are sorted and do not overlap; `hours_of` makes them so.
    """

    tz: tzinfo
    week: tuple[Hours, ...]
    holidays: Container[date] = frozenset()
    exceptions: Mapping[date, Hours] = field(default_factory=dict)
    _spans: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def from_json(cls, fields: Any) -> "Schedule":
        """The schedule of `{"timezone", "hours": {"mon": [["08:00", "17:00"]]}, "holidays": [...], "exceptions": {...}}`.

        Raises `BadSchedule` with the name of the field that is wrong and what is accepted.
        """
        fields = _mapping(fields, "calendar", accepted=("timezone", "hours", "holidays", "exceptions", "name"))
        week = _mapping(fields.get("hours", {}), "hours", accepted=WEEKDAYS)
        days_off = fields.get("holidays") or []
        if not isinstance(days_off, list) or len(days_off) > _MOST_DATES:
            raise BadSchedule(f'holidays: a list of at most {_MOST_DATES} dates such as "2026-01-01" is accepted')
        exceptions = _mapping(fields.get("exceptions") or {}, "exceptions")
        return cls(
            tz=_zone(fields.get("timezone")),
            week=tuple(hours_of(week.get(day, []), f"hours.{day}") for day in WEEKDAYS),
            holidays=frozenset(_date(day, "holidays") for day in days_off),
            exceptions={
                _date(day, "exceptions"): hours_of(hours, f"exceptions.{day}") for day, hours in exceptions.items()
            },
        )

    def hours_on(self, day: date) -> Hours:
        """The intervals that start on `day`."""
        other = self.exceptions.get(day)
        if other is not None:
            return other
        hours = self.week[day.weekday()]
        return () if hours and day in self.holidays else hours

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The intervals that start on `day`, as moments in UTC."""
        spans = self._spans.get(day)
        if spans is None:
            if len(self._spans) >= _DAYS_KEPT:
                self._spans.clear()
            spans = self._spans[day] = tuple(
                (_moment(self.tz, day, opens), _moment(self.tz, day, closes)) for opens, closes in self.hours_on(day)
            )
        return spans


def hours_of(intervals: Any, name: str = "hours") -> Hours:
    """`[["08:00", "12:00"], ["22:00", "06:00"]]` as sorted intervals, overlapping ones made one. Raises `BadSchedule`."""
    if not isinstance(intervals, list | tuple) or len(intervals) > _MOST_INTERVALS:
        raise BadSchedule(f'{name}: a list of intervals such as ["08:00", "17:00"] is accepted')
    merged: list[Interval] = []
    for opens, closes in sorted(_interval(interval, name) for interval in intervals):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return tuple(merged)


def clock_time(minutes: int) -> str:
    """Minutes after midnight as `08:00`; midnight at the end of the day is `24:00`, the next morning `06:00` again."""
    if minutes > DAY_MINUTES:
        minutes -= DAY_MINUTES
    return f"{minutes // 60:02}:{minutes % 60:02}"


ALWAYS_OPEN = Schedule(tz=UTC, week=(((0, DAY_MINUTES),),) * 7)


def due(schedule: Schedule, start: datetime, minutes: float) -> datetime:
    """The earliest moment (UTC) by which `minutes` of opening hours have passed since `start`.

    So what fills a day exactly is due at closing time, not at the next opening, and 0 minutes are due at `start` itself.
    Raises `NeverOpen`, `BeyondHorizon`, and `BusinessTimeError` for minutes that are negative or no number.
    """
    start = _aware(start, "start")
    left = _length(minutes)
    if not left:
        return start
    closes = None
    for opens, closes in _openings(schedule, start, start.replace(year=start.year + HORIZON_YEARS, day=1)):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    if closes is None:
        raise NeverOpen(f"the calendar has no opening hours after {start.isoformat()}")
    raise BeyondHorizon(f"minutes: the due time lies more than {HORIZON_YEARS} years ahead")


def elapsed_minutes(schedule: Schedule, start: datetime, end: datetime) -> float:
    """Minutes of opening hours between two moments; negative when `end` lies before `start`."""
    start, end = _aware(start, "start"), _aware(end, "end")
    if end < start:
        return -elapsed_minutes(schedule, end, start)
    passed = timedelta()
    for opens, closes in _openings(schedule, start, end):
        passed += min(closes, end) - opens
    return passed / _ONE_MINUTE


def is_open(schedule: Schedule, at: datetime) -> bool:
    """Whether `at` lies within opening hours: the minute of opening does, the minute of closing does not."""
    at = _aware(at, "at")
    return any(opens == at for opens, _ in _openings(schedule, at, at + _ONE_MINUTE))


def next_opening(schedule: Schedule, at: datetime) -> datetime:
    """The first moment (UTC) from `at` on that lies within opening hours; `at` itself when open. Raises `NeverOpen`."""
    at = _aware(at, "at")
    for opens, _ in _openings(schedule, at, at.replace(year=at.year + HORIZON_YEARS, day=1)):
        return opens
    raise NeverOpen(f"the calendar has no opening hours after {at.isoformat()}")


def working_day_after(schedule: Schedule, day: date, days: int) -> date:
    """The day that is `days` working days after `day`; a working day is one on which opening hours start.

    0 means `day` itself where it is one, else the next. Raises `NeverOpen` where a year holds none.
    """
    left, idle = max(days, 0), 0
    if days > 0:
        day += _ONE_DAY
        left -= 1
    while idle < _LONGEST_BREAK:
        if not schedule.hours_on(day):
            idle += 1
        elif left == 0:
            return day
        else:
            left, idle = left - 1, 0
        day += _ONE_DAY
    raise NeverOpen(f"the calendar has no working day within a year before {day.isoformat()}")


def _openings(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Span]:
    """Opening hours after `start` and before `end`, in order, none counted twice, the first cut to begin at `start`."""
    day = start.astimezone(schedule.tz).date() - _ONE_DAY  # what began the evening before may still run
    last = end.astimezone(schedule.tz).date()
    counted = start
    while day <= last:
        for opens, closes in schedule.spans_on(day):
            begins = max(opens, counted)
            if begins < min(closes, end):
                yield begins, closes
                counted = closes
        day += _ONE_DAY


def local_moment(zone: tzinfo, wall: datetime) -> datetime:
    """The moment (UTC) at which the clocks of `zone` show the naive `wall` time.

    A time that comes twice means its first coming; one that is skipped means the moment of the skip.
    """
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # Skipped: the change of clocks lies between the two readings of the time. Look for the first minute after it.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    offset = before.astimezone(zone).utcoffset()
    while after - before > _ONE_MINUTE:
        middle = before + (after - before) // 2 // _ONE_MINUTE * _ONE_MINUTE
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def _moment(zone: tzinfo, day: date, minutes: int) -> datetime:
    return local_moment(zone, datetime.combine(day, time()) + timedelta(minutes=minutes))


def _aware(moment: datetime, name: str) -> datetime:
    if moment.tzinfo is None:
        raise BusinessTimeError(f"{name}: a time with its UTC offset is accepted, such as 2026-11-23T09:00:00+07:00")
    if not 1900 <= moment.year <= 9800:
        raise BusinessTimeError(f"{name}: a year from 1900 to 9800 is accepted")
    return moment.astimezone(UTC)


def _length(minutes: float) -> timedelta:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 <= minutes < math.inf:
        raise BusinessTimeError("minutes: a number from 0 on is accepted")
    try:
        return timedelta(minutes=minutes)
    except OverflowError as error:
        raise BeyondHorizon(f"minutes: the due time lies more than {HORIZON_YEARS} years ahead") from error


def _mapping(value: Any, name: str, accepted: Iterable[str] = ()) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > _MOST_DATES:
        raise BadSchedule(f"{name}: an object is accepted")
    unknown = sorted(str(key) for key in value if accepted and key not in accepted)
    if unknown:
        raise BadSchedule(f"{name}: {unknown[0][:40]!r} is not known; accepted: {', '.join(accepted)}")
    return value


def _parsed(read: Callable[[str], P], value: Any, name: str, accepted: str) -> P:
    try:
        if isinstance(value, str):
            return read(value)
    except (ValueError, KeyError, OSError):
        pass
    raise BadSchedule(f"{name}: {str(value)[:40]!r} is not accepted; {accepted}")


def _zone(value: Any) -> ZoneInfo:
    return _parsed(ZoneInfo, value, "timezone", "the name of a time zone is, such as Asia/Jakarta or Europe/Kyiv")


def _date(value: Any, name: str) -> date:
    return _parsed(date.fromisoformat, value, name, "a date such as 2026-01-01 is")


def _interval(value: Any, name: str) -> Interval:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise BadSchedule(f'{name}: an interval such as ["08:00", "17:00"] is accepted, not {str(value)[:40]}')
    opens, closes = (
        _parsed(_minutes, part, name, "times from 00:00 to 24:00 are, with two digits of minutes") for part in value
    )
    if opens in (closes, DAY_MINUTES):
        raise BadSchedule(f'{name}: {value[0]}-{value[1]} holds no time; a whole day is ["00:00", "24:00"]')
    return opens, closes if closes > opens else closes + DAY_MINUTES


def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(text)
    hours, minutes = int(match[1]), int(match[2])
    if minutes > 59 or hours * 60 + minutes > DAY_MINUTES:
        raise ValueError(text)
    return hours * 60 + minutes
