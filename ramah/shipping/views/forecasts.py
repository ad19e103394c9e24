"""How good the forecast is: its back-test, how what it said went, its versions and its runs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.shipping.charts import bins_of, curve_of
from ramah.shipping.models import Flight
from ramah.shipping.permissions import MANAGE_CLAIMS, VIEW_BOARD
from ramah.shipping.queries import outlook

STAGES = {
    "purchase": gettext_lazy("When it is bought"),
    "handover": gettext_lazy("When the carrier has it"),
    "transit": gettext_lazy("On its way"),
}
_NUMBERS = {Flight.Stage.PURCHASE: "purchase", Flight.Stage.HANDOVER: "handover", Flight.Stage.TRANSIT: "transit"}
_SINCE = timedelta(days=28)
_PROMISED = ("50", "80", "90")


@require_GET
@access(VIEW_BOARD)
def forecast(request: HttpRequest) -> HttpResponse:
    """What the forecast may be trusted with, in words, figures and a curve."""
    now = clock.now()
    live, runs = outlook.live_version(), outlook.last_runs()
    shown = {
        "live": live,
        "stages": [_stage(key, report) for key, report in _reports(live)],
        "went": [_went(stage, now) for stage in _NUMBERS],
        "since_days": _SINCE.days,
        "versions": outlook.versions(),
        "sweep": runs.get("sweep"),
        "training": runs.get("train"),
        "is_old": live is not None and live.trained_at < now - timedelta(days=2),
        "may_claim": actor_of(request).may(MANAGE_CLAIMS),
    }
    return render(request, "shipping/forecast.html", shown)


def _reports(live: Any) -> list[tuple[str, Mapping[str, Any]]]:
    told = live.report if live is not None and isinstance(live.report, dict) else {}
    return [(key, told[key]) for key in STAGES if isinstance(told.get(key), dict)]


def _stage(key: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """A stage of the back-test: figures beside those of the rule of thumb, its curve, and how honest its ranges are."""
    naive, covered = _part(report, "naive"), _part(report, "coverage")
    return {
        "name": STAGES[key],
        "test": report.get("test"),
        "late": _percent(report.get("late_share")),
        "figures": [
            (_("Tells late from not late (ROC AUC)"), _figure(report.get("roc_auc")), _figure(naive.get("roc_auc"))),
            (
                _("Finds the late ones (average precision)"),
                _figure(report.get("average_precision")),
                _figure(naive.get("average_precision")),
            ),
            (_("Off by, on average (calibration error)"), _figure(report.get("ece")), _figure(naive.get("ece"))),
            (_("Log loss (less is better)"), _figure(report.get("log_loss")), _figure(naive.get("log_loss"))),
        ],
        "coverage": [(share, _percent(covered.get(share))) for share in _PROMISED if _percent(covered.get(share))],
        "curve": curve_of(bins_of(report)),
    }


def _went(stage: int, now: Any) -> dict[str, Any]:
    found = outlook.calibration(stage, since=now - _SINCE, at=now)
    return {
        "name": STAGES[_NUMBERS[Flight.Stage(stage)]],
        "count": found.count,
        "error": _percent(found.error),
        "inside": _percent(found.inside),
        "curve": curve_of([(one.said, one.late, one.count) for one in found.bins]),
    }


def _part(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    told = report.get(name)
    return told if isinstance(told, dict) else {}


def _percent(share: object) -> str:
    return _("%(n)s %%") % {"n": number_format(100 * share, 1)} if isinstance(share, int | float) else ""


def _figure(value: object) -> str:
    return str(number_format(value, 3)) if isinstance(value, int | float) else "–"
