"""The forecast in use: the live version, kept in the memory of each process, or what was promised where there is none.

What was promised comes of the tables of carriers, with their days, cut-off and calendar: by experience 94 of 100 keep it.

What groups of parcels have been through is part of a version, and moved on with each sweep by what happened since the one before
(`roll_forward`): a storm of this morning is known at noon. A process reads the version anew when that was done.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Protocol

import numpy as np
from django.conf import settings

from ramah.shipping import position
from ramah.shipping.forecast import storing, survival
from ramah.shipping.forecast.calibrating import logit
from ramah.shipping.forecast.features import LATE_BEFORE, Recipe
from ramah.shipping.forecast.groups import ALL
from ramah.shipping.forecast.model import Model, StageModel
from ramah.shipping.forecast.outcomes import Standing
from ramah.shipping.forecast.predicting import Outlooks as Predicted
from ramah.shipping.forecast.predicting import predict
from ramah.shipping.forecast.survival import Movement
from ramah.shipping.forecast.table import DAY, HANDOVER, PURCHASE, Flags, Floats, ForecastError, Ints, make_table
from ramah.shipping.history import happened_since
from ramah.shipping.models import ForecastModel, ForecastRun
from ramah.shipping.queries.flying import Flying, LaneWords, table_of
from ramah.shipping.queries.outlook import LIKELY

_log = logging.getLogger(__name__)

# By number of the state in `position.STATES`; what has ended is not asked for, and a loss is an exception.
_STATES: Final = np.array(
    [survival.STATES.index(state if state in survival.STATES else position.EXCEPTION) for state in position.STATES]
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of n flights. `threshold`: from which probability on each is at risk; `stalled`: silent for too long."""

    p_late: Floats
    p_lost: Floats
    q10: Ints
    q50: Ints
    q80: Ints
    q90: Ints
    threshold: Floats
    stalled: Flags


class Foresight(Protocol):
    """What a forecast does: looks at flights, each as of the moment (seconds) until which its carrier was heard of."""

    @property
    def version(self) -> int: ...

    def __call__(self, rows: Flying, lanes: LaneWords, *, now: Ints) -> Expected: ...


@dataclass(frozen=True, slots=True)
class ByModel:
    """A trained version. `thresholds` by days left to the promise, the last for as many and more."""

    version: int
    model: Model
    thresholds: tuple[float, ...] = (LIKELY,)

    def __call__(self, rows: Flying, lanes: LaneWords, *, now: Ints) -> Expected:
        table = table_of(rows, lanes, zone=settings.SHOP_TIME_ZONE)
        moved = np.where(rows.last_moved > 0, rows.last_moved, np.nan)
        told = np.where(rows.last_event > 0, rows.last_event, np.nan)
        movement = Movement(_STATES[rows.state], moved, told)
        columns = np.zeros((7, len(rows)))
        for moment in np.unique(now):  # as many as there are silent feeds, and the present
            some = np.flatnonzero(now == moment)
            said = predict(self.model, table.take(some), now=float(moment), movement=movement.take(some))
            columns[:, some] = _columns(said)
        p_late, p_lost, q10, q50, q80, q90, stalled = columns
        days = np.clip((rows.promised - now) // int(DAY), 0, len(self.thresholds) - 1)
        return Expected(
            p_late=np.nan_to_num(p_late),
            p_lost=np.nan_to_num(p_lost),
            **{
                name: np.nan_to_num(q).astype(np.int64)
                for name, q in zip(_QUANTILES, (q10, q50, q80, q90), strict=True)
            },
            threshold=np.array(self.thresholds)[days],
            stalled=stalled > 0,
        )


_QUANTILES: Final = ("q10", "q50", "q80", "q90")


def _columns(said: Predicted) -> Floats:
    return np.stack([said.p_late, said.p_lost, said.q10, said.q50, said.q80, said.q90, said.is_stalled])


@lru_cache(maxsize=1)
def tables() -> Foresight:
    """The forecast of who knows nothing but what was promised, and how parcels move anywhere."""
    stages = {stage: StageModel(Recipe(stage, [ALL], [], {}, (), (), np.ones(7)), ()) for stage in (PURCHASE, HANDOVER)}
    standings = {stage: Standing.empty([ALL]) for stage in stages}
    some = make_table(purchased=[DAY], handed=[DAY], promised=[4 * DAY])
    said = predict(Model(stages, standings, 0.0, 0), some, now=0.0).p_late
    shift = float((logit(np.array([LATE_BEFORE])) - logit(said))[0])
    return ByModel(0, Model({stage: replace(one, shift=shift) for stage, one in stages.items()}, standings, 0.0, 0))


# The version in memory: by what it is known that it still stands, and what it is.
_kept: tuple[object, Foresight] | None = None


def foresight() -> Foresight:
    """The forecast in use: two small queries, and the version's content when it is another than before."""
    global _kept
    live = ForecastModel.objects.filter(state=ForecastModel.State.LIVE).values_list("public_id", "number").first()
    if live is None:
        return tables()
    swept = ForecastRun.objects.filter(kind=ForecastRun.Kind.SWEEP, ended_at__isnull=False).order_by("-started_at")
    stands = (*live, swept.values_list("pk", flat=True).first())
    if _kept is None or _kept[0] != stands:
        _kept = (stands, _loaded(ForecastModel.objects.get(public_id=live[0])))
    return _kept[1]


def roll_forward(*, at: datetime) -> None:
    """Have the live version know what has happened until `at`, and keep it so. What cannot be read any more is retired."""
    live = ForecastModel.objects.filter(state=ForecastModel.State.LIVE).first()
    if live is None:
        return
    rows = ForecastModel.objects.filter(pk=live.pk, state=ForecastModel.State.LIVE)
    try:
        model = storing.load(bytes(live.content))
    except ForecastError as error:  # of another release: the tables serve until the next night
        rows.update(state=ForecastModel.State.RETIRED, reason=str(error)[:300])
        return
    global _kept
    _kept = None
    since = min(standing.at for standing in model.standings.values())
    if since < at.timestamp():
        happened = happened_since(datetime.fromtimestamp(since, tz=UTC), at=at)
        rows.update(content=storing.dump(model.forward(happened, at.timestamp())))


def _loaded(live: ForecastModel) -> Foresight:
    try:
        return ByModel(live.number, storing.load(bytes(live.content)), _thresholds(live.report))
    except ForecastError:
        _log.exception("the forecast cannot be read; carrier tables are used", extra={"version": live.number})
        return tables()


def _thresholds(report: Mapping[str, Any]) -> tuple[float, ...]:
    return tuple(report.get("thresholds") or (LIKELY,))
