"""The shop's own past as a table to learn from: every parcel with its terms and what came of it.

Read past the ORM and in chunks, so that a year of orders costs columns of numbers and not objects. A parcel's terms are those
that were promised with the order: what was agreed on later does not tell how well it could be foreseen.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection

from ramah.commerce.queries.terms import shop_profile
from ramah.shipping.forecast.survival import STATES, Gaps
from ramah.shipping.forecast.table import DAY, Floats, Table, Text, make_table
from ramah.shipping.forecast.terms import utc_of
from ramah.shipping.lanes import lane_key, lane_of_address
from ramah.shipping.position import DELIVERED, MOVEMENTS, PRE_TRANSIT
from ramah.shipping.sql import epoch, epoch_day, json_text

MONTHS: Final = 18
MOST: Final = 300_000  # of the newest parcels: more teach hardly more
CHUNK: Final = 20_000
_ADDRESS: Final = ("country", "region", "city", "postal_code")
_NUMBERS: Final = 6  # purchased, handed, delivered, lost, promised, and the day promised
_WORDS: Final = ("destination", "carrier", "service")

Row = tuple[object, ...]
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows in SQL: two keys that order them, six numbers, carrier, service, and the parts of the address."""

    keys: str
    selected: str
    tables: str
    where: str


def history(*, at: datetime, months: int = MONTHS, most: int = MOST) -> Table:
    """The newest `most` parcels of orders of the last months, and what of orders has not left, as known at `at`."""
    since = at - timedelta(days=round(months * 30.44))
    columns = _Columns()
    columns.add(_chunks(_parcels(), "o.placed_at >= %s", [since], first=_first_order(since)), most=most)
    return columns.add(_chunks(_rests()), most=most).table()


def happened_since(since: datetime, *, at: datetime) -> Table:
    """The parcels and orders to which something happened after `since`: bought, handed over, delivered, lost, come due."""
    moments = ("o.placed_at", "s.handed_over_at", "s.delivered_at", "s.lost_at")
    came_due = "(o.promised_to >= %s AND o.promised_to <= %s)"
    where = " OR ".join([*(f"{moment} > %s" for moment in moments), came_due])
    days = [since.date() - timedelta(days=2), at.date() + timedelta(days=1)]  # of any calendar
    parcels = _chunks(_parcels(), f"({where})", [*[since] * len(moments), *days])
    rests = _chunks(_rests(), "(f.purchased > %s OR f.promised > %s)", [since.timestamp()] * 2)
    return _Columns().add(parcels, most=MOST).add(rests, most=MOST).table()


def _parcels() -> _Source:
    promise = "SELECT p.due_at FROM promises_promise p WHERE p.subject = 'order:' || CAST(o.id AS varchar(20))"
    promise = f"({promise} AND p.kind = 'delivery' ORDER BY p.id LIMIT 1)"
    moments = ("o.placed_at", "s.handed_over_at", "s.delivered_at", "s.lost_at", promise)
    numbers = ", ".join([*map(epoch, moments), epoch_day("o.promised_to")])
    return _Source(
        "s.order_id, s.id",
        f"{numbers}, c.key, s.service, {_place()}",
        "shipping_shipment s JOIN commerce_order o ON o.id = s.order_id LEFT JOIN shipping_carrier c ON c.id = s.carried_by_id",
        # What came back was neither delivered nor late.
        "s.handed_over_at IS NOT NULL AND s.returned_at IS NULL",
    )


def _rests() -> _Source:
    return _Source(
        "f.order_id, f.id",
        f"f.purchased, 0, 0, 0, f.promised, NULL, l.carrier, l.service, {_place()}",
        "shipping_flight f JOIN commerce_order o ON o.id = f.order_id JOIN shipping_lane l ON l.id = f.lane_id",
        "f.shipment_id IS NULL",
    )


def _place() -> str:
    return ", ".join(json_text("o.shipping_address", name) for name in _ADDRESS)


def _first_order(since: datetime) -> int:
    """The lowest key of an order of that time, so that the walk does not begin years before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MIN(id) FROM commerce_order WHERE placed_at >= %s", [since])
        return int(cursor.fetchone()[0] or 0)


def _chunks(
    source: _Source, where: str = "1 = 1", values: Sequence[datetime | date | float] = (), *, first: int = 0
) -> Iterator[Sequence[Row]]:
    sql = (
        f"SELECT {source.keys}, {source.selected} FROM {source.tables}"  # noqa: S608 - our own words
        f" WHERE ({source.keys}) > (%s, %s) AND {source.where} AND {where} ORDER BY {source.keys} LIMIT {CHUNK}"
    )
    after: Sequence[Any] = (first - 1, 2**62)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [*after, *values])
            rows = cursor.fetchall()
        if rows:
            yield rows
        if len(rows) < CHUNK:
            return
        after = rows[-1][:2]


class _Columns:
    """Rows as columns, put together a chunk at a time: numbers (n, 6), and codes (n, 3) of the words in them."""

    def __init__(self) -> None:
        self._words: list[dict[str, int]] = [{} for _ in _WORDS]
        self._parts: deque[tuple[Floats, Codes]] = deque()
        self._count = 0

    def add(self, chunks: Iterable[Sequence[Row]], *, most: int) -> "_Columns":
        """Take these rows; of all that are there the last `most` stay."""
        for rows in chunks:
            numbers = np.array([row[2 : 2 + _NUMBERS] for row in rows], np.float64)
            told = [(_destination(*row[-len(_ADDRESS) :]), row[-6], row[-5]) for row in rows]
            codes = [[self._code(column, word) for column, word in enumerate(words)] for words in told]
            self._parts.append((numbers, np.array(codes, np.int32)))
            self._count += len(rows)
            while self._count - len(self._parts[0][0]) >= most:
                self._count -= len(self._parts.popleft()[0])
        return self

    def _code(self, column: int, word: object) -> int:
        known = self._words[column]
        return known.setdefault(str(word).casefold(), len(known)) if word else -1

    def table(self) -> Table:
        """All of it as a table in the shop's zone."""
        nothing = (np.empty((0, _NUMBERS)), np.empty((0, len(_WORDS)), np.int32))
        parts = list(self._parts) or [nothing]
        numbers, codes = (np.concatenate([part[which] for part in parts]) for which in (0, 1))
        purchased, handed, delivered, lost, promised, day = numbers.T
        ends = utc_of((day + 1) * DAY, ZoneInfo(settings.SHOP_TIME_ZONE))
        texts = {name: Text(codes[:, place], tuple(self._words[place])) for place, name in enumerate(_WORDS)}
        texts["origin"] = Text(np.zeros(len(numbers), np.int32), (_origin().casefold(),))
        return make_table(
            purchased=purchased,
            handed=np.nan_to_num(handed),
            promised=np.where(np.nan_to_num(promised) > 0, promised, np.nan_to_num(ends)),
            delivered=np.nan_to_num(delivered),
            lost=np.nan_to_num(lost),
            texts=texts,
            zone=settings.SHOP_TIME_ZONE,
        )


def _origin() -> str:
    return lane_key(next(iter(shop_profile().countries), ""))


@lru_cache(maxsize=50_000)
def _destination(*address: object) -> str:
    return lane_of_address(dict(zip(_ADDRESS, address, strict=True)))


def gaps(*, most: int = 20_000) -> Gaps:
    """How long the newest parcels that arrived lay between movements, and which share of parcels is lost."""
    states = {state: number for number, state in enumerate(STATES)}
    told = ", ".join(f"'{state}'" for state in (*MOVEMENTS, PRE_TRANSIT, DELIVERED))
    sql = (
        f"SELECT e.state, {epoch('e.occurred_at')}, {epoch('LEAD(e.occurred_at) OVER parcel')} FROM shipping_trackingevent e"  # noqa: S608 - our own words
        " JOIN (SELECT id FROM shipping_shipment WHERE delivered_at IS NOT NULL ORDER BY id DESC LIMIT %s) s"
        " ON s.id = e.shipment_id"
        f" WHERE e.adjusted <> 'foreign' AND e.state IN ({told})"
        " WINDOW parcel AS (PARTITION BY e.shipment_id ORDER BY e.occurred_at, e.id)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [most])
        rows = [row for row in cursor.fetchall() if row[0] in states and row[2] is not None]
        cursor.execute(
            "SELECT COUNT(*), COUNT(lost_at) FROM (SELECT lost_at FROM shipping_shipment WHERE delivered_at IS NOT NULL"
            " OR lost_at IS NOT NULL ORDER BY id DESC LIMIT %s) ended",
            [most],
        )
        parcels, lost = cursor.fetchone()
    hours = np.array([(row[2] - row[1]) / 3600 for row in rows], np.float64)
    number = np.array([states[str(row[0])] for row in rows], np.int64)
    return Gaps.of(number, hours, np.ones(len(rows), np.bool_), lost=lost, parcels=parcels)
