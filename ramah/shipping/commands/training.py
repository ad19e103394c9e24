"""Training the forecast on the shop's own deliveries: once a night, in a child of the worker, and live only if it does well.

A version that is worse than the naive rule, or whose probabilities are off, is kept as rejected with the reason; the one before
stays, or the tables of the carriers where there is none. A night that fails leaves its error, and the next night tries anew.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from ramah.shipping.commands import runs
from ramah.shipping.forecast.evaluating import evaluate
from ramah.shipping.forecast.storing import dump
from ramah.shipping.forecast.table import HANDOVER, PURCHASE
from ramah.shipping.forecast.training import train as fit
from ramah.shipping.history import gaps, history
from ramah.shipping.models import ForecastModel, ForecastRun, Shipment
from ramah.shipping.queries.outlook import thresholds

STAGES: Final = (PURCHASE, HANDOVER)
FROM_HOUR: Final = 3  # of the shop's night
LEAST: Final = 500  # deliveries that there is something to learn from
LONGEST_SECONDS: Final = 3600.0
FOLLOWED: Final = timedelta(days=90)  # so far back what was said is held against what came
MOST_ERROR: Final = 0.05  # expected calibration error
_KEPT: Final = 2  # replaced versions that keep their content
_EVEN: Final = 0.002  # so much worse than the naive rule is no worse
State = ForecastModel.State


def train_due(*, at: datetime) -> int:
    """Train, once in each night. A job; any number of workers may run it. Returns 1 where this one trained."""
    local = at.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE))
    slot = f"{local.date()}"
    if local.hour < FROM_HOUR or ForecastRun.objects.filter(kind="train", slot=slot, ended_at__isnull=False).exists():
        return 0
    is_enough = Shipment.objects.filter(delivered_at__isnull=False)[:LEAST].count() == LEAST
    run = runs.begin(ForecastRun.Kind.TRAIN, slot, at=at) if is_enough else None
    if run is None:
        return 0
    runs.in_child(run, seconds=LONGEST_SECONDS)
    return 1


def train(run: ForecastRun, *, at: datetime) -> dict[str, Any]:
    """Do a run: learn, test, and keep what came of it. Returns and writes its figures."""
    begun = time.perf_counter()
    content, rows, report = learn(at=at)
    reason = why_not(report)
    seconds = time.perf_counter() - begun
    ended_at = at + timedelta(seconds=seconds)
    version = store(content, report, rows=rows, reason=reason, seconds=seconds, at=ended_at)
    figures: dict[str, Any] = {
        "version": version.number,
        "rows": version.rows,
        "seconds": round(seconds, 1),
        "rejected": reason,
    }
    runs.end(run, at=ended_at, **figures)
    return figures


def learn(*, at: datetime) -> tuple[bytes, int, dict[str, Any]]:
    """What was learned of the history as it is known at `at`, of how many parcels, and its test by stage."""
    table, now = history(at=at), at.timestamp()
    report: dict[str, Any] = {stage: evaluate(table, at=stage) for stage in STAGES}
    # A file may end before its last outcomes are known; a shop knows all until now.
    model = replace(fit(table, stages=STAGES, until=now).forward(table, now), gaps=gaps())
    report["thresholds"] = thresholds(since=at - FOLLOWED, at=at)
    return dump(model), len(table), report


def why_not(report: Mapping[str, Any]) -> str:
    """Why a version is not to be used, by its test on what it had not seen; empty where it is."""
    for stage in STAGES:
        told = report.get(stage, {})
        naive = told.get("naive", {})
        if not told.get("test"):
            continue
        if _number(told.get("ece")) > MOST_ERROR + by_chance(told.get("reliability", [])):
            return f"{stage}: calibration error {told['ece']} is above {MOST_ERROR}"
        if _number(told.get("log_loss")) > _number(naive.get("log_loss"), math.inf) + _EVEN:
            return f"{stage}: log loss {told['log_loss']} against {naive['log_loss']} by the naive rule"
        if _number(told.get("roc_auc"), 1.0) < _number(naive.get("roc_auc")) - _EVEN:
            return f"{stage}: ROC-AUC {told['roc_auc']} against {naive['roc_auc']} by the naive rule"
    return ""


def by_chance(bins: Sequence[Mapping[str, float]]) -> float:
    """The calibration error that the test would show of a forecast without any: of few parcels a bin strays by itself.

    The mean distance of a binomial share from its expectation, sqrt(2 p (1 - p) / (pi n)), over all bins.
    """
    spread = sum(math.sqrt(2 * one["said"] * (1 - one["said"]) * one["count"] / math.pi) for one in bins)
    return spread / max(1, sum(one["count"] for one in bins))


def _number(value: Any, otherwise: float = 0.0) -> float:
    """A figure of a report; where all parcels of the test were late, or none, there is none."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else otherwise


@transaction.atomic
def store(
    content: bytes, report: Mapping[str, Any], *, rows: int, reason: str, seconds: float, at: datetime
) -> ForecastModel:
    """Keep a version: live, in the place of the one before, or rejected for this reason."""
    before = ForecastModel.objects.select_for_update().filter(state=State.LIVE)
    list(before)
    if not reason:
        before.update(state=State.RETIRED)
    number = (ForecastModel.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    made = ForecastModel.objects.create(
        number=number,
        state=State.REJECTED if reason else State.LIVE,
        reason=reason[:300],
        trained_at=at,
        created_at=at,
        rows=rows,
        seconds=round(seconds, 1),
        content=b"" if reason else content,
        report=_fit_for_json(report),
    )
    old = ForecastModel.objects.filter(state=State.RETIRED).order_by("-number").values_list("pk", flat=True)[_KEPT:]
    ForecastModel.objects.filter(pk__in=list(old)).update(content=b"")
    return made


def _fit_for_json(value: Any) -> Any:
    """Without NaN and infinity, for which JSON has no words."""
    if isinstance(value, Mapping):
        return {str(key): _fit_for_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_fit_for_json(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
