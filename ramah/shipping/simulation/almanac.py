"""Clocks and working days of the time in which a story takes place, for whole arrays at once."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from ramah.shipping.simulation.chance import Flags, Floats, Whole

HOUR: Final = 3600.0
DAY: Final = 86400.0
_BEFORE: Final = 5  # days of the almanac before the first order
_AFTER: Final = 200  # and after the last one: the slowest parcels, and the longest promises


class Almanac:
    """The days from shortly before `start` until long after `days` of orders, in several time zones."""

    def __init__(self, start: date, days: int, zones: Sequence[str]) -> None:
        self.first = start - timedelta(days=_BEFORE)
        self.length = _BEFORE + days + _AFTER
        self.base = datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC).timestamp()
        self.start = _BEFORE
        self._years = range(self.first.year, self.first.year + self.length // 365 + 2)
        hours = [datetime.fromtimestamp(self.base + HOUR * (hour - 24), UTC) for hour in range((self.length + 2) * 24)]
        self._offsets = np.array([[_offset(ZoneInfo(zone), hour) for hour in hours] for zone in zones])

    def local(self, moments: Floats, zone: Whole) -> Floats:
        """Local seconds of moments; `zone` is an index of the zones, one for each moment."""
        return moments - self.base + self._offset_at(moments, zone)

    def moments(self, local: Floats, zone: Whole) -> Floats:
        """Moments of local seconds. In the hour that a clock skips or repeats one that is an hour off at most."""
        guess = local + self.base
        return guess - self._offset_at(guess - self._offset_at(guess, zone), zone)

    def weekdays(self) -> Whole:
        """0 Monday to 6 Sunday, for each day."""
        return (np.arange(self.length) + self.first.weekday()) % 7

    def holidays(self, country: str) -> Flags:
        """Public holidays of a country, by day."""
        found = holidays.country_holidays(country, years=self._years)
        return np.array([self.first + timedelta(days=day) in found for day in range(self.length)])

    def lebarans(self) -> list[int]:
        """The days (those before and after the almanac too) on which Ramadan has ended, as Indonesia keeps them."""
        named = holidays.country_holidays("ID", years=self._years, language="en_US").items()
        return [
            (day - self.first).days for day, name in named if name.startswith("Eid al-Fitr") and "Second" not in name
        ]

    def day_of(self, local: Floats) -> Whole:
        """The day of local seconds, within the almanac."""
        return np.clip(np.nan_to_num(local) // DAY, 0, self.length - 1).astype(np.int64)

    def _offset_at(self, moments: Floats, zone: Whole) -> Floats:
        hour = np.clip((moments - self.base) // HOUR + 24, 0, self._offsets.shape[1] - 1)
        found: Floats = self._offsets[zone, np.nan_to_num(hour).astype(np.int64)]
        return found


class WorkingDays:
    """Several calendars of one almanac: `is_open` by calendar and day. `which` is an index of the calendars, one for each moment.

    `opens` and `closes` are local hours. Working time counts in working days: 2.5 is the middle of the third.
    """

    def __init__(self, is_open: Flags, *, opens: float = 0, closes: float = 24) -> None:
        self.is_open = is_open
        self.opens, self._long = opens * HOUR, (closes - opens) * HOUR
        self._before: Whole = np.cumsum(is_open, axis=1) - is_open
        count = int(is_open.sum(axis=1).min())
        self._days = np.array([np.flatnonzero(row)[:count] for row in is_open])

    def next(self, day: Whole, which: Whole) -> Whole:
        """The first working day from `day` on, that day included."""
        return self._day(self._before[which, np.clip(day, 0, self.is_open.shape[1] - 1)], which)

    def later(self, day: Whole, count: Whole, which: Whole) -> Whole:
        """The working day that is `count` working days after the first one from `day` on."""
        return self._day(self._before[which, np.clip(day, 0, self.is_open.shape[1] - 1)] + count, which)

    def time(self, local: Floats, which: Whole) -> Floats:
        """Working time passed until these local seconds."""
        day = np.clip(local // DAY, 0, self.is_open.shape[1] - 1).astype(np.int64)
        part = np.clip((local - day * DAY - self.opens) / self._long, 0, 1)
        return self._before[which, day] + part * self.is_open[which, day]

    def local(self, time: Floats, which: Whole) -> Floats:
        """Local seconds at which so much working time has passed."""
        whole = np.floor(time)
        return self._day(whole.astype(np.int64), which) * DAY + self.opens + (time - whole) * self._long

    def _day(self, number: Whole, which: Whole) -> Whole:
        found: Whole = self._days[which, np.clip(number, 0, self._days.shape[1] - 1)]
        return found


def _offset(zone: ZoneInfo, moment: datetime) -> float:
    offset = moment.astimezone(zone).utcoffset()
    return offset.total_seconds() if offset else 0.0
