"""Further columns of a file: which may be learned from, and which tell what only the outcome could tell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ramah.shipping.forecast.scoring import ranks, roc_auc
from ramah.shipping.forecast.table import PLACES, Floats, Table, Text

_BETRAYING: Final = frozenset(
    [
        "delivered",
        "actual",
        "real",
        "realised",
        "realized",
        "review",
        "reviews",
        "return",
        "returned",
        "returns",
        "refund",
        "refunded",
        "status",
        "late",
        "lateness",
        "delay",
        "delayed",
        "overdue",
        "arrival",
        "arrived",
        "received",
        "outcome",
        "ontime",
        "feedback",
        "complaint",
        "complaints",
        "satisfaction",
        "csat",
        "nps",
    ]
)
_WORD: Final = re.compile(r"[a-z]+")
_LATER: Final = 0.01
_TOO_GOOD: Final = 0.97
_LEAST: Final = 100


@dataclass(frozen=True, slots=True)
class Extras:
    """The names of the columns that may be used, and of those that may not, with the reason."""

    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    times: tuple[str, ...]
    dropped: Mapping[str, str]


def choose(table: Table, stage: str, late: Floats) -> Extras:
    """Sort the further columns of a table whose outcomes (`late`: 0.0, 1.0, NaN for not known) are those known at training."""
    start = table.start(stage)
    judged = np.flatnonzero(np.isfinite(late))
    span = (table.delivered - start)[judged]
    dropped: dict[str, str] = {}

    def kept(names: Iterator[tuple[str, str]]) -> tuple[str, ...]:
        found = []
        for name, reason in names:
            reason = "its name says that it is of the outcome" if _is_betraying(name) else reason
            if reason:
                dropped[name] = reason
            else:
                found.append(name)
        return tuple(found)

    def reason_of(values: Floats) -> str:
        if not np.isfinite(values).any():
            return "it is empty"
        is_telling = _tells(values[judged], late[judged], span)
        return "it tells the outcome by itself" if is_telling else ""

    times = kept((name, _is_later(values, start) or reason_of(start - values)) for name, values in table.times.items())
    numbers = kept((name, reason_of(values)) for name, values in table.numbers.items())
    texts = kept((name, reason_of(_rates(text, late))) for name, text in table.texts.items() if name not in PLACES)
    return Extras(texts, numbers, times, dropped)


def _is_betraying(name: str) -> bool:
    return not _BETRAYING.isdisjoint(_WORD.findall(name.casefold())) or "on_time" in name.casefold()


def _is_later(values: Floats, start: Floats) -> str:
    filled = np.isfinite(values) & np.isfinite(start)
    is_later = filled.any() and (values[filled] > start[filled]).mean() > _LATER
    return "it is later than the forecast" if is_later else ""


def _tells(values: Floats, late: Floats, span: Floats) -> bool:
    """Whether a column alone all but decides the lateness, or the duration; its gaps count as a value."""
    if min(late.sum(), len(late) - late.sum()) < _LEAST:
        return False
    filled = np.nan_to_num(values, nan=np.nanmin(values) - 1 if np.isfinite(values).any() else 0.0)
    area = roc_auc(late, filled)
    both = np.isfinite(values) & np.isfinite(span)
    if max(area, 1 - area) > _TOO_GOOD:
        return True
    if both.sum() < _LEAST or np.ptp(values[both]) == 0:
        return False
    return bool(abs(np.corrcoef(ranks(values[both]), ranks(span[both]))[0, 1]) > _TOO_GOOD)


def _rates(text: Text, late: Floats) -> Floats:
    """For each row the late share of its word in the other half of the rows."""
    known = np.isfinite(late) & (text.codes >= 0)
    half = np.arange(len(late)) % 2
    rates = np.full(len(late), np.nan)
    for part in (0, 1):
        taken = known & (half != part)
        count = np.bincount(text.codes[taken], minlength=len(text.labels))
        lates = np.bincount(text.codes[taken], weights=late[taken], minlength=len(text.labels))
        share = (lates + 0.5) / (count + 1)
        mine = (half == part) & (text.codes >= 0)
        rates[mine] = share[text.codes[mine]]
    return rates
