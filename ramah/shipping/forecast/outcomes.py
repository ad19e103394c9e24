"""What was known of a group of shipments at a moment: sums over what had happened to them until then, the newest counting most.

Everything is a sum of points `(moment, value)`, halved every half-life, so that three things are one: the sums as of any moment
of the past (`sums_asof`, for training), the sums of now (`Standing`, for predicting), and moving those on by what happened
since (`Standing.forward`). A lateness counts from the moment it is proved: when the promise passes, not when the parcel comes.
What is under way is counted up and down again: at the hand-over, at the promise, and in the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ramah.shipping.forecast.groups import Level, level_keys
from ramah.shipping.forecast.table import DAY, HOUR, PURCHASE, Floats, Ints, Keys, Table

FLIGHT_DAYS: Final = 28.0  # later than that a parcel is no sign of how things go today
_RATIO_CLIP: Final = 3.0


@dataclass(frozen=True, slots=True)
class Series:
    """Sums that share their moments: the names of the values, and how many days it takes until one counts half."""

    names: tuple[str, ...]
    half_lives: tuple[float, ...]


# "lates" of "ends" were late; ratios are log(span / lead), spans log hours from the start to the delivery.
SERIES: Final = (
    Series(("ends", "lates"), (14.0, 90.0, np.inf)),
    Series(("spans", "ratio", "span", "span2"), (14.0, 90.0)),
    Series(("ratios", "ratio"), (np.inf,)),
    Series(("handlings", "handling"), (14.0, 90.0)),
    Series(("starts",), (3.0, 56.0)),
    Series(("flying", "overdue"), (np.inf,)),
)
COLUMNS: Final = tuple(
    (name, half_life) for series in SERIES for half_life in series.half_lives for name in series.names
)
COLUMN: Final[Mapping[tuple[str, float], int]] = {column: number for number, column in enumerate(COLUMNS)}
_HALF_LIVES: Final = np.array([half_life for _, half_life in COLUMNS])


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one series: moments (m,), the row each belongs to (m,), and values (m, names)."""

    moments: Floats
    rows: Ints
    values: Floats


def log_hours(seconds: Floats) -> Floats:
    """Natural logarithm of a duration in hours; less than one hour counts as one."""
    return np.log(np.maximum(seconds / HOUR, 1.0))


def points_of(table: Table, stage: str) -> list[Points]:
    """The points of each of `SERIES`, for shipments that start at the stage's moment."""
    start = table.start(stage)
    end = np.fmin(table.delivered, table.lost)
    span = log_hours(table.delivered - start)
    ratio = np.clip(span - log_hours(table.promised - start), -_RATIO_CLIP, _RATIO_CLIP)
    is_late = ~(table.delivered <= table.promised)
    handling = log_hours(table.handed - table.purchased)
    one = np.ones(len(table))
    proved = np.fmin(table.delivered, np.fmax(table.promised, start))
    gone = np.fmin(end if stage != PURCHASE else np.fmin(end, table.handed), start + FLIGHT_DAYS * DAY)
    gone = np.fmax(gone, start)
    passed = np.fmax(table.promised, start)
    was_overdue = (passed < gone).astype(np.float64)
    return [
        _points(proved, one, is_late.astype(np.float64)),
        _points(table.delivered, one, ratio, span, span**2),
        _points(table.delivered, one, ratio),
        _points(table.handed, one, handling),
        _points(start, one),
        _joined(
            _points(start, one, 0 * one),
            _points(np.where(was_overdue > 0, passed, np.nan), 0 * one, one),
            _points(gone, -one, -was_overdue),
        ),
    ]


def _points(moments: Floats, *values: Floats) -> Points:
    stacked = np.stack(values, axis=1)
    rows = np.flatnonzero(np.isfinite(moments) & np.isfinite(stacked).all(axis=1))
    return Points(moments[rows], rows, stacked[rows])


def _joined(*parts: Points) -> Points:
    return Points(
        np.concatenate([part.moments for part in parts]),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def sums_asof(points: Sequence[Points], keys: Keys, asked: Keys, moments: Floats) -> Floats:
    """The sums (n, columns) over the points of each asked group that lie before its moment, as they counted then.

    `keys` are the groups of the history's rows, `asked` those of the n rows asked for.
    """
    groups, members = np.unique(keys, return_inverse=True)
    place = np.minimum(np.searchsorted(groups, asked), max(len(groups) - 1, 0))
    is_known = (groups[place] == asked) & np.isfinite(moments) if len(groups) else np.zeros(len(asked), np.bool_)
    result = np.zeros((len(asked), len(COLUMNS)))
    column = 0
    for series, found in zip(SERIES, points, strict=True):
        order = np.lexsort((found.moments, members[found.rows]))
        ids, at, values = members[found.rows][order], found.moments[order], found.values[order]
        origin = at.min() if len(at) else 0.0
        last = _last_before(ids, at - origin, place, moments - origin)
        is_found = is_known & (last >= 0)
        is_found[is_found] = ids[last[is_found]] == place[is_found]
        hit = last[is_found]
        for half_life in series.half_lives:
            width = len(series.names)
            sums = _running(ids, at, values, half_life)[hit]
            fade = np.exp2((at[hit] - moments[is_found]) / (half_life * DAY))
            result[is_found, column : column + width] = sums * fade[:, None]
            column += width
    return result


def _last_before(ids: Ints, at: Floats, asked: Ints, moments: Floats) -> Ints:
    """For each asked (group, moment) the number of the last point before it, or -1. Its group is for the caller to check."""
    span = np.int64(1) << 36  # in quarters of a second: 540 years
    limit = float(span - 1)

    def tick(moment: Floats) -> Ints:
        return (np.clip(np.nan_to_num(moment), 0, limit / 4) * 4).astype(np.int64)

    return np.searchsorted(ids * span + tick(at), asked * span + tick(moments), side="left") - 1


def _running(ids: Ints, at: Floats, values: Floats, half_life: float) -> Floats:
    """For points sorted by (group, moment): the faded sum over each point and those before it in its group.

    s(i) = v(i) + 2^((t(i-1) - t(i)) / half-life) s(i-1), computed by doubling (Hillis & Steele 1986): unlike prefix sums of
    growing weights it loses no digits over years.
    """
    sums, step = values.copy(), 1
    longest = int(np.bincount(ids).max()) if len(ids) else 0
    while step < longest:
        fade = np.where(ids[step:] == ids[:-step], np.exp2((at[:-step] - at[step:]) / (half_life * DAY)), 0.0)
        sums[step:] += fade[:, None] * sums[:-step].copy()
        step *= 2
    return sums


@dataclass(frozen=True, slots=True)
class Standing:
    """The sums of every group at one moment: for each level its sorted keys (g,) and sums (g, columns)."""

    at: float
    levels: Mapping[Level, tuple[Keys, Floats]]

    @classmethod
    def empty(cls, levels: Sequence[Level]) -> "Standing":
        return cls(-np.inf, {level: (np.empty(0, np.uint64), np.zeros((0, len(COLUMNS)))) for level in levels})

    def forward(self, table: Table, stage: str, widenings: Mapping[str, str], now: float) -> "Standing":
        """The same at a later moment. `table` holds every shipment to which something happened in between, as known now."""
        points = points_of(table, stage)
        fade = np.exp2(-(now - self.at) / (_HALF_LIVES * DAY)) if np.isfinite(self.at) else np.ones(len(COLUMNS))
        levels = {}
        for level, (keys, sums) in self.levels.items():
            groups, members = np.unique(
                np.concatenate([keys, level_keys(table, level, widenings)]), return_inverse=True
            )
            moved = np.zeros((len(groups), len(COLUMNS)))
            moved[members[: len(keys)]] = sums * fade
            _add(moved, members[len(keys) :], points, self.at, now)
            levels[level] = (groups, moved)
        return Standing(now, levels)

    def sums(self, level: Level, asked: Keys, now: float) -> Floats:
        """The sums (n, columns) of each asked group; what has happened since this standing is not in them."""
        keys, sums = self.levels[level]
        if not len(keys):
            return np.zeros((len(asked), len(COLUMNS)))
        place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        ago = max(now - self.at, 0.0) if np.isfinite(self.at) else 0.0
        fade = np.exp2(-ago / (_HALF_LIVES * DAY))
        return np.where((keys[place] == asked)[:, None], sums[place], 0.0) * fade


def _add(sums: Floats, members: Ints, points: Sequence[Points], since: float, now: float) -> None:
    """Add the points of (since, now] to the sums of their groups, faded to now."""
    column = 0
    for series, found in zip(SERIES, points, strict=True):
        fresh = (found.moments >= since) & (found.moments < now)
        groups = members[found.rows[fresh]]
        for half_life in series.half_lives:
            fade = np.exp2((found.moments[fresh] - now) / (half_life * DAY))
            for values in found.values[fresh].T:
                sums[:, column] += np.bincount(groups, weights=values * fade, minlength=len(sums))
                column += 1
