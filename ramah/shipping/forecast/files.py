"""Forecasts of the open rows of a file by its other rows."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ramah.shipping.forecast.predicting import Outlooks, predict
from ramah.shipping.forecast.table import DAY, HANDOVER, PURCHASE, Flags, ForecastError, Table
from ramah.shipping.forecast.training import train

_OVERDUE_DAYS: Final = 14.0
_TOO_MANY: Final = 0.15


@dataclass(frozen=True, slots=True)
class Opened:
    """The rows without a delivery, their outlooks, which of them were judged by the hand-over, and by what: trees or groups."""

    rows: Table
    outlooks: Outlooks
    is_handed: Flags
    basis: str


def forecast_open(table: Table, *, at: str = HANDOVER, seed: int = 0) -> Opened:
    """Learn from the rows that were delivered, and forecast the others, as of the moment until when outcomes are known.

    Where far too many rows are open long after their promise, the file does not tell deliveries of those: then being open says
    nothing about them. Raises `ForecastError` without any open row, or any delivery.
    """
    is_open = ~np.isfinite(table.delivered) & ~np.isfinite(table.lost)
    if not is_open.any():
        raise ForecastError("delivered_at: every row has one, so there is nothing to forecast.")
    if is_open.all():
        raise ForecastError("delivered_at: no row has one, so there is nothing to learn from.")
    rows = table.take(is_open)
    if at == PURCHASE:
        rows = replace(rows, handed=np.full(len(rows), np.nan))
    is_handed = np.isfinite(rows.handed)
    stages = tuple(name for name, mask in ((HANDOVER, is_handed), (PURCHASE, ~is_handed)) if mask.any())
    is_told = _is_told(table, is_open)
    model = train(table if is_told else table.take(~is_open), stages=stages, seed=seed)
    found = predict(model, rows, now=model.trained_at if is_told else -np.inf)
    basis = "trees" if all(one.forest for one in model.stages.values()) else "groups"
    return Opened(rows, found, is_handed, basis)


def _is_told(table: Table, is_open: Flags) -> bool:
    """Whether a row without a delivery is one that was not delivered."""
    is_due = table.promised < table.horizon(PURCHASE) - _OVERDUE_DAYS * DAY
    return not is_due.any() or float(is_open[is_due].mean()) <= _TOO_MANY
