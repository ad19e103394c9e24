"""Order histories from CSV files.

Needed are `order_id`, `purchased_at` and `promised_at`; known are `handed_over_at`, `delivered_at`, `lost_at`, `origin`,
`destination`, `carrier` and `service`; any more are taken as they are. Headings may be in any case and order, several rows of one
order are its parcels. Moments are ISO 8601, with or without an offset. A promise that is a date, or a midnight, is kept until
that day ends.
"""

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from ramah.shipping.forecast.table import DAY, PLACES, Floats, ForecastError, Ints, Table, Text, text_of
from ramah.shipping.forecast.terms import utc_of

NEEDED: Final = ("order_id", "purchased_at", "promised_at")
MOMENTS: Final = ("purchased_at", "handed_over_at", "promised_at", "delivered_at", "lost_at")
_EMPTY: Final = frozenset({"", "nan", "nat", "null", "none", "na", "n/a", "-"})
_MOSTLY: Final = 0.95
_CODES: Final = ("zip", "postal", "postcode", "prefix", "code", "id")


def read_csv(path: Path | str, *, zone: str = "UTC", days_off: Ints | None = None) -> Table:
    """All rows of a file. Moments without an offset are wall-clock times of `zone`.

    Raises `ForecastError` with the column and the line of what cannot be read.
    """
    columns = _columns(path)
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ForecastError(
            f"{', '.join(missing)}: no such column. Needed are {', '.join(NEEDED)}; found are {', '.join(columns) or 'none'}."
        )
    count = len(columns["order_id"])
    moments = {name: _moments(name, columns.pop(name, ()), zone, count) for name in MOMENTS}
    ids = columns.pop("order_id")
    texts: dict[str, Text] = {name: text_of(_clean(columns.pop(name))) for name in PLACES if name in columns}
    numbers: dict[str, Floats] = {}
    times: dict[str, Floats] = {}
    for name, values in columns.items():
        cleaned = _clean(values)
        number = None if _is_code(name) else _numbers(cleaned)
        time = None if number is not None else _times(cleaned, zone)
        if number is not None:
            numbers[name] = number
        elif time is not None:
            times[name] = time
        else:
            texts[name] = text_of(cleaned)
    return Table(
        purchased=moments["purchased_at"],
        handed=moments["handed_over_at"],
        promised=moments["promised_at"],
        delivered=moments["delivered_at"],
        lost=moments["lost_at"],
        texts={name: text for name, text in texts.items() if _says_something(text)},
        numbers=numbers,
        times=times,
        ids=ids,
        zone=zone,
        days_off=np.empty(0, np.int64) if days_off is None else days_off,
    )


def _columns(path: Path | str) -> dict[str, Sequence[str]]:
    try:
        with open(path, encoding="utf-8-sig", newline="", errors="replace") as stream:
            heading = stream.readline()
            stream.seek(0)
            rows = csv.reader(stream, delimiter=max(",;\t|", key=heading.count))
            names = [name.strip().casefold().replace(" ", "_") for name in next(rows, [])]
            doubled = {name for name in names if names.count(name) > 1}
            if doubled:
                raise ForecastError(f"{', '.join(sorted(doubled))}: this heading stands there twice.")
            cells = []
            for row in rows:
                if row and len(row) != len(names):
                    raise ForecastError(f"line {rows.line_num}: {len(row)} cells, where the heading has {len(names)}.")
                if row:
                    cells.append(row)
    except csv.Error as error:
        raise ForecastError(f"line {rows.line_num}: {error}.") from error
    except OSError as error:
        raise ForecastError(f"{path}: {error.strerror or error}.") from error
    return dict(zip(names, zip(*cells, strict=True) if cells else [() for _ in names], strict=True))


def _clean(values: Sequence[str]) -> list[str]:
    return ["" if (word := value.strip()).casefold() in _EMPTY else word for value in values]


def _moments(name: str, values: Sequence[str], zone: str, count: int) -> Floats:
    if not values:
        return np.full(count, np.nan)
    cleaned = _clean(values)
    found = _parsed(cleaned, zone, is_promise=name == "promised_at")
    wrong = np.flatnonzero(np.isnan(found) & np.array([bool(value) for value in cleaned]))
    if len(wrong):
        raise ForecastError(
            f"{name}, row {wrong[0] + 1}: an ISO 8601 time is accepted, such as 2026-11-23T09:00:00+07:00 or 2026-11-23,"
            f" not {cleaned[wrong[0]][:40]!r}."
        )
    return found


def _times(values: list[str], zone: str) -> Floats | None:
    some = [value for value in values if value][:200]
    if not some or np.isnan(_parsed(some, zone)).mean() > 1 - _MOSTLY:
        return None
    return _parsed(values, zone)


def _parsed(values: list[str], zone: str, *, is_promise: bool = False) -> Floats:
    """Epoch seconds of each value, NaN where there is none or none that can be read."""
    told: dict[str, tuple[float, bool]] = {"": (np.nan, False)}
    wall = np.empty(len(values))
    is_local = np.empty(len(values), np.bool_)
    for row, value in enumerate(values):
        if value not in told:
            told[value] = _read(value, is_promise=is_promise)
        wall[row], is_local[row] = told[value]
    return np.where(is_local, utc_of(wall, ZoneInfo(zone)), wall)


def _read(value: str, *, is_promise: bool) -> tuple[float, bool]:
    """Seconds since 1970, and whether they are of a wall clock. A promise of a midnight lasts until that day ends."""
    try:
        moment = datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        return np.nan, False
    is_midnight = moment.hour == moment.minute == moment.second == 0
    wall = (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001
    wall += DAY - 1 if is_promise and is_midnight else 0
    offset = moment.utcoffset()
    return (wall, True) if offset is None else (wall - offset.total_seconds(), False)


def _numbers(values: list[str]) -> Floats | None:
    """The column as numbers where nearly all of it are numbers; what is not becomes NaN."""
    numbers = np.full(len(values), np.nan)
    filled = wrong = 0
    for row, value in enumerate(values):
        if not value:
            continue
        filled += 1
        try:
            numbers[row] = float(value)
        except ValueError:
            wrong += 1
            if wrong > 100 and wrong > filled * (1 - _MOSTLY):
                return None
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers if filled and wrong <= filled * (1 - _MOSTLY) else None


def _is_code(name: str) -> bool:
    """Whether the name says that digits in the column are names, not quantities."""
    return any(part in _CODES for part in name.split("_"))


def _says_something(text: Text) -> bool:
    return len(text.labels) > 0
