"""How carriers and places did in a period."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.shipping.board_rows import place_words
from ramah.shipping.charts import weeks_path
from ramah.shipping.models import Carrier
from ramah.shipping.permissions import MANAGE_CLAIMS, VIEW_BOARD
from ramah.shipping.queries.scores import Score, carrier_scores, lane_scores

PERIODS = {
    "30": gettext_lazy("Last 30 days"),
    "90": gettext_lazy("Last 90 days"),
    "365": gettext_lazy("Last 12 months"),
}
_GOOD, _FAIR = 0.95, 0.85
_MOST_PLACES = 100
_COUNTS = {"contacts": gettext_lazy("Contacts")}


@require_GET
@access(VIEW_BOARD)
def scores(request: HttpRequest) -> HttpResponse:
    """Each carrier, and the busiest places of one carrier or of all."""
    now = clock.now()
    period = request.GET.get("days") if request.GET.get("days") in PERIODS else "90"
    carrier = Carrier.objects.filter(key=request.GET.get("carrier", "")[:30]).first()
    span: dict[str, Any] = {"since": now - timedelta(days=int(period or "90")), "until": now, "at": now}
    found = carrier_scores(**span)
    shown = {
        "periods": PERIODS.items(),
        "period": period,
        "carrier": carrier,
        "carriers": Carrier.objects.order_by("name"),
        "scores": [_card(score) for score in found],
        "places": [
            _row(score, place_words(score.name) if score.name else _("Not known")) for score in _places(carrier, span)
        ],
        "may_claim": actor_of(request).may(MANAGE_CLAIMS),
    }
    return render(request, "shipping/score.html", shown)


def _places(carrier: Carrier | None, span: dict[str, Any]) -> list[Score]:
    return lane_scores(carrier_id=carrier.pk if carrier else None, most=_MOST_PLACES, **span)


def _card(score: Score) -> dict[str, Any]:
    """A carrier with its weeks as a line, and the words that say the same."""
    weeks = [(day, came / due) for day, came, due in score.weeks if due]
    told = ", ".join(f"{date_format(day, 'j M')} {_percent(share)}" for day, share in weeks)
    counts = [(str(_COUNTS.get(name, name)), _percent(score.share(name))) for name in score.counts]
    return {
        **_row(score, score.name or _("Not known")),
        "path": weeks_path([share for _day, share in weeks]),
        "label": _("On time by week: %(weeks)s") % {"weeks": told},
        "trend": _trend(score),
        "counts": counts,
    }


def _row(score: Score, name: str) -> dict[str, Any]:
    share, interval = score.on_time_share, score.interval
    return {
        "score": score,
        "name": name,
        "on_time": _percent(share),
        "tone": "" if share is None else "kept" if share >= _GOOD else "risk" if share >= _FAIR else "broken",
        "interval": _("%(low)s to %(high)s") % {"low": _percent(interval[0]), "high": _percent(interval[1])}
        if interval
        else "",
        "median": _days(score.median_days),
        "p90": _days(score.p90_days),
        "shares": {name: _percent(score.share(name)) for name in ("lost", "damaged", "returned", "attempted")},
    }


def _trend(score: Score) -> tuple[str, str]:
    """How much better or worse than in the same time before, and its tone; nothing where it is the same or not known."""
    if score.before is None or score.on_time_share is None:
        return "", ""
    points = round(100 * (score.on_time_share - score.before))
    if not points:
        return _("as before"), ""
    if points > 0:
        return _("up %(n)d") % {"n": points}, "kept"
    return _("down %(n)d") % {"n": -points}, "risk"


def _percent(share: float | None) -> str:
    return "" if share is None else _("%(n)s %%") % {"n": number_format(100 * share, 1)}


def _days(days: float | None) -> str:
    return "" if days is None else number_format(days, 1)
