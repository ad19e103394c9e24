"""Everything under way as columns: read past the ORM, since a sweep reads a million rows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.db import connection

from ramah.shipping.forecast.table import Floats, Ints, Table, Text, make_table
from ramah.shipping.models import Lane
from ramah.shipping.sql import is_postgres

CHUNK: Final = 100_000
_FEW: Final = 500


@dataclass(frozen=True, slots=True)
class Flying:
    """Rows of `models.Flight`, a column for each of its fields; 0 stands for an empty key."""

    id: Ints
    shipment_id: Ints
    order_id: Ints
    lane_id: Ints
    stage: Ints
    state: Ints
    purchased: Ints
    handed: Ints
    promised: Ints
    last_event: Ints
    last_moved: Ints
    event_count: Ints
    attempt_count: Ints
    level: Ints
    p_late: Floats
    p_lost: Floats
    q10: Ints
    q50: Ints
    q80: Ints
    q90: Ints
    forecast_at: Ints
    version: Ints

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: npt.NDArray[np.generic]) -> "Flying":
        """The rows with these numbers, or where this mask holds."""
        return Flying(**{name: getattr(self, name)[rows] for name in COLUMNS})


COLUMNS: Final = tuple(field.name for field in fields(Flying))
_FLOATS: Final = frozenset({"p_late", "p_lost"})


def flying(where: str, values: Sequence[int] = (), *, limit: int, lock: bool = False) -> Flying:
    """Up to `limit` rows that fulfil a condition in SQL, by key. `lock`: those that another worker holds are passed over."""
    sql = f"SELECT {_selected()} FROM shipping_flight WHERE {where} ORDER BY id LIMIT {limit:d}"  # noqa: S608 - our own words
    if lock and is_postgres():
        sql += " FOR UPDATE SKIP LOCKED"
    elif is_postgres():
        return _copied(sql, values)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    columns = np.array(rows, np.float64).reshape(len(rows), len(COLUMNS)).T
    return _made(dict(zip(COLUMNS, columns, strict=True)))


def everything(*, after: int = 0) -> Iterator[Flying]:
    """All that is forecast already, a chunk at a time, by key from the one after `after` on."""
    while len(rows := flying("id > %s AND forecast_at > 0", [after], limit=CHUNK)):
        yield rows
        after = int(rows.id[-1])


def of_accounts(rows: Flying, accounts: Collection[int]) -> dict[int, Ints]:
    """For each of these carrier accounts the places of its parcels among the rows."""
    if not (len(rows) and accounts):
        return {}
    places = ", ".join(["%s"] * len(accounts))
    sql = (
        "SELECT s.account_id, f.id FROM shipping_flight f JOIN shipping_shipment s ON s.id = f.shipment_id"  # noqa: S608 - our own words
        f" WHERE f.id BETWEEN %s AND %s AND s.account_id IN ({places})"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [int(rows.id[0]), int(rows.id[-1]), *accounts])
        found = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return {key: np.flatnonzero(np.isin(rows.id, found[found[:, 0] == key, 1])) for key in accounts}


def _selected() -> str:
    cast = "::int8" if is_postgres() else ""
    names = ["COALESCE(shipment_id, 0)" if name == "shipment_id" else name for name in COLUMNS]
    return ", ".join(name if name in _FLOATS else f"{name}{cast}" for name in names)


def _copied(sql: str, values: Sequence[int]) -> Flying:
    """By COPY in binary form: every row has the same length, so numpy reads them as they come."""
    row = [("columns", ">i2")]
    for name in COLUMNS:
        row += [(f"size of {name}", ">i4"), (name, ">f8" if name in _FLOATS else ">i8")]
    with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)", values) as copy:
        told = b"".join(copy)
    # In front: a signature, flags, and the length of an extension; behind: -1.
    body = told[19 + int.from_bytes(told[15:19], "big") : -2]
    found = np.frombuffer(body, np.dtype(row))
    return _made({name: found[name] for name in COLUMNS})


def _made(columns: Mapping[str, npt.NDArray[Any]]) -> Flying:
    told: dict[str, Any] = {name: columns[name].astype(np.float64 if name in _FLOATS else np.int64) for name in COLUMNS}
    return Flying(**told)


class LaneWords:
    """The words of lanes, read when they are first met: a lane never changes."""

    def __init__(self) -> None:
        self._words: dict[int, tuple[str, ...]] = {}

    def texts(self, lane_ids: Ints) -> dict[str, Text]:
        """Origin, destination, carrier and service of each row."""
        each, place = np.unique(lane_ids, return_inverse=True)
        words = self._read(each)
        columns = ([line[number] for line in words] for number in range(len(_WORDS)))
        return {name: _text(column).take(place) for name, column in zip(_WORDS, columns, strict=True)}

    def countries(self, lane_ids: Ints) -> npt.NDArray[np.str_]:
        """Where each row goes, ISO 3166; empty where that is not known."""
        each, place = np.unique(lane_ids, return_inverse=True)
        return np.array([line[1].split("-", 1)[0] for line in self._read(each)], np.str_)[place]

    def _read(self, lane_ids: Ints) -> list[tuple[str, ...]]:
        missing = [key for key in lane_ids.tolist() if key not in self._words]
        if missing:
            few = len(missing) <= _FEW
            lanes = (
                Lane.objects.filter(pk__in=missing) if few else Lane.objects.filter(pk__range=(missing[0], missing[-1]))
            )
            self._words |= {row[0]: row[1:] for row in lanes.values_list("pk", *_WORDS)}
        return [self._words[key] for key in lane_ids.tolist()]


_WORDS: Final = ("origin", "destination", "carrier", "service")


def _text(words: Sequence[str]) -> Text:
    labels: dict[str, int] = {}
    codes = [labels.setdefault(word.casefold(), len(labels)) if word else -1 for word in words]
    return Text(np.array(codes, np.int32), tuple(labels))


def table_of(rows: Flying, lanes: LaneWords, *, zone: str) -> Table:
    """What the forecast is asked about; `zone` is the shop's."""
    return make_table(
        purchased=rows.purchased,
        handed=rows.handed,
        promised=rows.promised,
        texts=lanes.texts(rows.lane_id),
        zone=zone,
    )
