"""Shipments as columns, from a file or from the database alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

HOUR: Final = 3600.0
DAY: Final = 86400.0

PURCHASE: Final = "purchase"
HANDOVER: Final = "handover"
TRANSIT: Final = "transit"
PLACES: Final = ("origin", "destination", "carrier", "service")


class ForecastError(ValueError):
    """What was given cannot be forecast with; the message names what is wrong and what is accepted."""


@dataclass(frozen=True, slots=True)
class Text:
    """A column of words: row `n` holds `labels[codes[n]]`, or nothing where the code is -1."""

    codes: npt.NDArray[np.int32]
    labels: Sequence[str]

    def take(self, rows: npt.NDArray[np.generic]) -> "Text":
        return Text(self.codes[rows], self.labels)


@dataclass(frozen=True, slots=True)
class Table:
    """One row per shipment. All columns have the same length; moments are epoch seconds with NaN for none.

    `promised` is the last moment that is in time. `lost` is when a parcel was told lost. `texts` holds origin, destination,
    carrier and service as far as they are known, and further columns of the file; `numbers` and `times` further ones.
    Wall-clock features are those of `zone` (IANA); `days_off` are its holidays as whole days since 1970, sorted.
    """

    purchased: Floats
    handed: Floats
    promised: Floats
    delivered: Floats
    lost: Floats
    texts: Mapping[str, Text] = field(default_factory=dict)
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    times: Mapping[str, Floats] = field(default_factory=dict)
    ids: Sequence[str] = ()
    zone: str = "UTC"
    days_off: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.purchased)

    def take(self, rows: npt.NDArray[np.generic]) -> "Table":
        """The rows with these numbers, or where this mask holds."""
        picked = np.arange(len(self))[rows]
        return replace(
            self,
            purchased=self.purchased[picked],
            handed=self.handed[picked],
            promised=self.promised[picked],
            delivered=self.delivered[picked],
            lost=self.lost[picked],
            texts={name: text.take(picked) for name, text in self.texts.items()},
            numbers={name: values[picked] for name, values in self.numbers.items()},
            times={name: values[picked] for name, values in self.times.items()},
            ids=[self.ids[row] for row in picked] if self.ids else (),
        )

    def start(self, stage: str) -> Floats:
        """The moment each row is forecast at: the purchase, or the hand-over."""
        return self.purchased if stage == PURCHASE else self.handed

    def known_by(self, until: float) -> "Table":
        """The table as it was known at a moment: nothing that happened later, and no order placed later."""

        def seen(moments: Floats) -> Floats:
            return np.where(moments <= until, moments, np.nan)

        early = self.take(self.purchased <= until)
        return replace(early, handed=seen(early.handed), delivered=seen(early.delivered), lost=seen(early.lost))

    def horizon(self, stage: str) -> float:
        """Until when outcomes are known: the start of the last shipment that has one; -inf without any.

        Not the last delivery: where a file's outcomes end with a start (an order's date, say), the deliveries after it are those
        of slow parcels alone. One start in a thousand may be later, so that a typing error does not move it.
        """
        known = self.start(stage)[np.isfinite(self.delivered) & np.isfinite(self.start(stage))]
        return float(np.quantile(known, 0.999, method="higher")) if len(known) else -np.inf


def joined(first: Table, second: Table) -> Table:
    """The moments of the rows of two tables, one after the other; their further columns are left out."""

    return Table(
        purchased=np.concatenate([first.purchased, second.purchased]),
        handed=np.concatenate([first.handed, second.handed]),
        promised=np.concatenate([first.promised, second.promised]),
        delivered=np.concatenate([first.delivered, second.delivered]),
        lost=np.concatenate([first.lost, second.lost]),
        zone=first.zone,
    )


def make_table(
    *,
    purchased: npt.ArrayLike,
    promised: npt.ArrayLike,
    handed: npt.ArrayLike | None = None,
    delivered: npt.ArrayLike | None = None,
    lost: npt.ArrayLike | None = None,
    texts: Mapping[str, Text] | None = None,
    numbers: Mapping[str, Floats] | None = None,
    zone: str = "UTC",
    days_off: Ints | None = None,
) -> Table:
    """A table of whole epoch seconds in which 0 or NaN means none, as the database keeps them."""

    def moments(values: npt.ArrayLike | None) -> Floats:
        if values is None:
            return np.full(len(bought), np.nan)
        column = np.asarray(values, np.float64)
        return np.where(column == 0, np.nan, column)

    bought = np.asarray(purchased, np.float64)
    return Table(
        purchased=moments(bought),
        handed=moments(handed),
        promised=moments(promised),
        delivered=moments(delivered),
        lost=moments(lost),
        texts=texts or {},
        numbers=numbers or {},
        zone=zone,
        days_off=np.empty(0, np.int64) if days_off is None else days_off,
    )


def text_of(values: Sequence[str]) -> Text:
    """A column of words from the words themselves; upper and lower case are one, the empty word is none."""
    places: dict[str, int] = {}
    codes = np.empty(len(values), np.int32)
    for row, value in enumerate(values):
        word = value.strip().casefold()
        codes[row] = places.setdefault(word, len(places)) if word else -1
    return Text(codes, tuple(places))
