"""Writing down what is expected of many deliveries at once: flights, the days that customers are told, points, events.

1. What changed goes into a temporary table, and from there by one statement each into the other tables: no model instance is
   made, and a million rows take seconds.
2. A flight is written only while its `forecast_at` is what was read: what was touched meanwhile is forecast anew anyway.
3. Rows that are locked are passed over, since whoever holds them touches them: nothing here waits for a lock, so nothing here
   can be half of a deadlock.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from ramah.kernel.events import publish_all
from ramah.shipping.events import OutlookChanged
from ramah.shipping.forecast.table import DAY, Flags, Floats, Ints
from ramah.shipping.levels import EASED_AFTER, NOTICED, Level
from ramah.shipping.models import ForecastPoint
from ramah.shipping.queries.flying import Flying
from ramah.shipping.queries.outlook import zone_of
from ramah.shipping.sql import is_postgres

BATCH: Final = 5_000  # rows in a transaction
_ORDERS: Final = 400
Line = tuple[Any, ...]  # of `_COLUMNS`
_EPOCH: Final = date(1970, 1, 1).toordinal()
_COLUMNS: Final = (
    "id", "seen", "level_before", "level", "p_late", "p_lost", "q10", "q50", "q80", "q90", "day_from", "day_to", "is_point",
)  # fmt: skip
_WRITTEN: Final = ("level", "p_late", "p_lost", "q10", "q50", "q80", "q90")
_TABLE: Final = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS outlook_news (id bigint PRIMARY KEY, seen bigint, level_before smallint,"
    " level smallint, p_late double precision, p_lost double precision, q10 bigint, q50 bigint, q80 bigint, q90 bigint,"
    " day_from date, day_to date, is_point smallint)"
)
# Of the flights just written. The bounds are for the planner, which would read a whole table for a few thousand of its rows.
_JUST_WRITTEN: Final = (
    "outlook_news c JOIN shipping_flight f"
    " ON f.id = c.id AND f.id BETWEEN %(first)s AND %(last)s AND f.forecast_at = %(now)s"
)
_POINT: Final = ("stage", "level", "promised", "p_late", "p_lost", "q10", "q50", "q90", "version")
_POINTS: Final = (
    f"INSERT INTO shipping_forecastpoint (order_id, shipment_id, at, {', '.join(_POINT)})"  # noqa: S608 - our own words
    f" SELECT f.order_id, f.shipment_id, f.forecast_at, {', '.join(f'f.{name}' for name in _POINT)}"
    f" FROM {_JUST_WRITTEN} WHERE c.is_point = 1"
)
_CHANGED: Final = (
    f"SELECT f.order_id, f.shipment_id, f.level, c.level_before FROM {_JUST_WRITTEN}"  # noqa: S608 - our own words
    " WHERE f.level <> c.level_before ORDER BY f.id"
)


@dataclass(frozen=True, slots=True)
class Outlooks:
    """What is expected of n flights: levels, probabilities, and the moments by which 10, 50, 80 and 90 of 100 arrive."""

    level: Ints
    p_late: Floats
    p_lost: Floats
    q10: Ints
    q50: Ints
    q80: Ints
    q90: Ints

    def take(self, rows: np.ndarray) -> "Outlooks":
        """Some of them."""
        return Outlooks(**{name: getattr(self, name)[rows] for name in _WRITTEN})


def write_outlooks(
    rows: Flying, found: Outlooks, *, offsets: Ints, version: int, at: datetime, anew: bool = False, pause: float = 0.0
) -> int:
    """Write what says something else than before, in one transaction for each batch. Returns how many flights were written.

    Of what says the same the numbers stay, so that a slow drift is news one day.

    `offsets` are the seconds that clocks where it goes are ahead of UTC. `anew`: everything is news. `pause`:
    seconds to rest after each batch.
    """
    news = _is_news(rows, found, offsets) | anew
    wanted = np.flatnonzero(news | (rows.forecast_at == 0))
    written = 0
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        lines = _lines(rows.take(part), found.take(part), offsets[part], news[part], at)
        with transaction.atomic():
            written += _write(lines, version=version, at=at)
        time.sleep(pause)
    return written


def keep_what_was_just_said(rows: Flying, level: Ints, *, at: datetime) -> Ints:
    """The levels, where those that would be fine again within six hours of being told at risk stay at risk."""
    eased = np.flatnonzero((rows.level == Level.AT_RISK) & (level == Level.FINE))
    if not len(eased):
        return level
    raised = _raised_since(rows.order_id[eased], int(at.timestamp()) - EASED_AFTER)
    kept = [row for row in eased if (int(rows.order_id[row]), int(rows.shipment_id[row])) in raised]
    level = level.copy()
    level[kept] = Level.AT_RISK
    return level


def clock_offsets(countries: np.ndarray, at: datetime) -> Ints:
    """For each country (ISO 3166, or empty) how many seconds its clocks are ahead of UTC."""
    each, place = np.unique(countries, return_inverse=True)
    return np.array([_offset(str(country), at) for country in each], np.int64)[place]


def _offset(country: str, at: datetime) -> int:
    ahead = at.astimezone(zone_of(country)).utcoffset()
    return int(ahead.total_seconds()) if ahead else 0


def _is_news(rows: Flying, found: Outlooks, offsets: Ints) -> Flags:
    """The first look, another level, a probability that moved, or another day."""
    is_news: Flags = (
        (rows.q50 == 0)
        | (found.level != rows.level)
        | (np.abs(found.p_late - rows.p_late) >= NOTICED)
        | (np.abs(found.p_lost - rows.p_lost) >= NOTICED)
        | (_day(found.q50, offsets) != _day(rows.q50, offsets))
    )
    return is_news


def _day(moments: Ints, offsets: Ints) -> Ints:
    return (moments + offsets) // int(DAY)


def _lines(rows: Flying, found: Outlooks, offsets: Ints, news: Flags, at: datetime) -> list[Line]:
    said = {name: np.where(news, getattr(found, name), getattr(rows, name)) for name in _WRITTEN}
    today = _day(np.array([int(at.timestamp())]), offsets)
    first = np.maximum(_day(said["q10"], offsets), today)
    last = np.maximum(_day(said["q90"], offsets), first)
    columns = (rows.id, rows.forecast_at, rows.level, *said.values())
    days = [[_date(int(day)) for day in column] for column in (first, last)]
    return list(zip(*(column.tolist() for column in columns), *days, news.astype(int).tolist(), strict=True))


@lru_cache(maxsize=4_000)
def _date(day: int) -> str:
    """The date so many days after 1970 began; what lies beyond the calendar is its end."""
    return date.fromordinal(min(day + _EPOCH, date.max.toordinal())).isoformat()


def _write(lines: Sequence[Line], *, version: int, at: datetime) -> int:
    now = int(at.timestamp())
    values: dict[str, Any] = {"now": now, "version": version, "first": lines[0][0], "last": lines[-1][0]}
    with connection.cursor() as cursor:
        _fill(cursor, lines)
        cursor.execute(_flights(), values)
        written = cursor.rowcount
        for statement in (_shipments(), _POINTS, _CHANGED):
            cursor.execute(statement, values)
        changed = cursor.fetchall()
    publish_all(
        (OutlookChanged(order_id, shipment_id, level, before, now), f"order:{order_id}")
        for order_id, shipment_id, level, before in changed
    )
    return int(written)


def _fill(cursor: CursorWrapper, lines: Sequence[Line]) -> None:
    cursor.execute(_TABLE + (" ON COMMIT DELETE ROWS" if is_postgres() else ""))
    cursor.execute("DELETE FROM outlook_news")
    if is_postgres():
        with cursor.copy(f"COPY outlook_news ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        return
    places = ", ".join(["%s"] * len(_COLUMNS))
    cursor.executemany(f"INSERT INTO outlook_news ({', '.join(_COLUMNS)}) VALUES ({places})", lines)  # noqa: S608 - our own words


def _unlocked(table: str) -> str:
    return f" FOR NO KEY UPDATE OF {table} SKIP LOCKED" if is_postgres() else ""


def _flights() -> str:
    changes = ", ".join(f"{name} = free.{name}" for name in _WRITTEN)
    seen = _JUST_WRITTEN.replace("%(now)s", "c.seen")
    return (
        f"UPDATE shipping_flight SET {changes}, forecast_at = %(now)s, version = %(version)s"  # noqa: S608 - our own words
        f" FROM (SELECT c.* FROM {seen}{_unlocked('f')}) AS free WHERE shipping_flight.id = free.id"
    )


def _shipments() -> str:
    free = (
        f"SELECT s.id, c.day_from, c.day_to FROM {_JUST_WRITTEN} JOIN shipping_shipment s ON s.id = f.shipment_id"  # noqa: S608 - our own words
        " WHERE s.expected_from IS NULL OR s.expected_from <> c.day_from OR s.expected_to <> c.day_to"
    )
    return (
        "UPDATE shipping_shipment SET expected_from = free.day_from, expected_to = free.day_to"  # noqa: S608 - our own words
        f" FROM ({free}{_unlocked('s')}) AS free WHERE shipping_shipment.id = free.id"
    )


def _raised_since(order_ids: Ints, since: int) -> set[tuple[int, int]]:
    """Orders and parcels (0: what has not left) of these orders that came at risk after `since`."""
    found: set[tuple[int, int]] = set()
    keys = sorted({int(key) for key in order_ids})
    for start in range(0, len(keys), _ORDERS):
        part = keys[start : start + _ORDERS]
        points = ForecastPoint.objects.filter(order_id__in=part).order_by("order_id", "at", "id")
        last: dict[tuple[int, int], int] = {}
        for order_id, shipment_id, moment, level in points.values_list("order_id", "shipment_id", "at", "level"):
            key = (order_id, shipment_id or 0)
            if moment > since and level == Level.AT_RISK and last.get(key) != Level.AT_RISK:
                found.add(key)
            last[key] = level
    return found
