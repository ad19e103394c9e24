"""Wall clocks and calendars on columns: local hours, days between, working days as the deliveries themselves show them."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ramah.shipping.forecast.table import DAY, HOUR, Floats, Ints

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST: Final = 366.0 * 10
_THURSDAY: Final = 3  # 1970-01-01


def utc_of(wall: Floats, zone: ZoneInfo) -> Floats:
    """Epoch seconds of wall-clock times (seconds since 1970 as the wall clock counts them); NaN stays.

    The offset is that of the hour: a time that comes twice is its first coming.
    """
    as_before = wall - _offsets(wall - DAY, zone)
    return wall - _offsets(as_before, zone)


def wall_of(moments: Floats, zone: ZoneInfo) -> Floats:
    """Seconds since 1970 as a wall clock in `zone` counts them; NaN stays."""
    return moments + _offsets(moments, zone)


def _offsets(moments: Floats, zone: ZoneInfo) -> Floats:
    """Seconds that the zone is ahead of UTC at each moment, looked up once for each hour that occurs."""
    if zone.key == "UTC":
        return np.zeros_like(moments)
    hours = np.floor(np.nan_to_num(moments, nan=0.0, posinf=0.0, neginf=0.0) / HOUR)
    each, where = np.unique(hours, return_inverse=True)
    found = np.array([_offset(float(hour), zone) for hour in each])
    return found[where]


def _offset(hour: float, zone: ZoneInfo) -> float:
    try:
        moment = _EPOCH + timedelta(hours=hour)
        ahead = moment.astimezone(zone).utcoffset()
    except OverflowError:
        return 0.0
    return ahead.total_seconds() if ahead is not None else 0.0


def weekday_of(wall: Floats) -> Floats:
    """0 Monday to 6 Sunday, with NaN for none."""
    return (np.floor(wall / DAY) + _THURSDAY) % 7


def working_week(delivered_wall: Floats) -> Floats:
    """How much each weekday delivers, Monday first, 1 on average: seven shares learned from deliveries, evened by ten of each."""
    days = weekday_of(delivered_wall[np.isfinite(delivered_wall)]).astype(np.int64)
    counts = np.bincount(days, minlength=7) + 10.0
    return np.asarray(counts / counts.mean(), np.float64)


def working_days(from_wall: Floats, to_wall: Floats, week: Floats, days_off: Ints) -> Floats:
    """Days between two wall-clock times, each counted as much as its weekday delivers, and a day off not at all.

    Negative where the second is before the first; at most ten years; NaN where one is missing.
    """
    to_wall = np.clip(to_wall, from_wall - _LONGEST * DAY, from_wall + _LONGEST * DAY)
    return _passed(to_wall, week, days_off) - _passed(from_wall, week, days_off)


def _passed(wall: Floats, week: Floats, days_off: Ints) -> Floats:
    """Working days since 1970."""
    days = np.floor(wall / DAY)
    part = wall / DAY - days
    weekday = np.nan_to_num((days + _THURSDAY) % 7).astype(np.int64)
    until = np.concatenate([[0.0], np.cumsum(week)])
    passed = np.floor((days + _THURSDAY) / 7) * until[7] + until[weekday]
    today = week[weekday]
    if len(days_off):
        lost = np.concatenate([[0.0], np.cumsum(week[(days_off + _THURSDAY) % 7])])
        before = np.searchsorted(days_off, np.nan_to_num(days))
        passed = passed - lost[before]
        is_off = days_off[np.minimum(before, len(days_off) - 1)] == np.nan_to_num(days)
        today = np.where(is_off, 0.0, today)
    return np.asarray(passed + part * today, np.float64)
