"""Quiet hours of one outgoing message: between which times, on its customer's clocks, it is not handed over. Pure.

A hold is JSON: `{"from": "21:00", "to": "08:00", "zone": "Asia/Jakarta"}`. It comes every day and may run over midnight; where
both times are the same there is none.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from ramah.promises.queries import local_moment

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_ONE_DAY = timedelta(days=1)
# Where a zone has left out a day, the end of one night is the beginning of the next.
_MOST_NIGHTS = 3


class BadHold(ValueError):
    """A hold is not well formed; the message names the field."""


def held_until(hold: Mapping[str, object] | None, at: datetime) -> datetime | None:
    """When the quiet hours end (UTC) into which `at` falls; None where it falls into none. Raises `BadHold`.

    Their first minute is held, that of their end is not. In the nights in which clocks change, a time that comes twice means its
    first coming, and one that is skipped the moment of the skip.
    """
    if hold is None:
        return None
    begins, ends, zone = _time(hold, "from"), _time(hold, "to"), _zone(hold)
    if begins == ends:
        return None
    end: datetime | None = None
    for _night in range(_MOST_NIGHTS):
        found = _end_of_night(begins, ends, zone, end or at)
        if found is None:
            break
        end = found
    return end


def _end_of_night(begins: time, ends: time, zone: tzinfo, at: datetime) -> datetime | None:
    today = at.astimezone(zone).date()
    for day in (today - _ONE_DAY, today):
        start = local_moment(zone, datetime.combine(day, begins))
        end = local_moment(zone, datetime.combine(day if ends > begins else day + _ONE_DAY, ends))
        if start <= at < end:
            return end
    return None


def _time(hold: Mapping[str, object], name: str) -> time:
    found = _TIME.fullmatch(str(hold.get(name)))
    if found is None:
        raise BadHold(f'{name}: a time such as "21:00" is accepted')
    return time(int(found[1]), int(found[2]))


def _zone(hold: Mapping[str, object]) -> ZoneInfo:
    try:
        return ZoneInfo(str(hold.get("zone") or "-"))
    except (KeyError, ValueError, OSError) as error:
        raise BadHold('zone: a time zone such as "Asia/Jakarta" is accepted') from error
