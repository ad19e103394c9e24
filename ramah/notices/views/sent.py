"""What customers were told, and what they were not told and why; and whether telling helps."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.kernel.masking import sees_contact_data, shown_name
from ramah.kernel.paging import BadCursor
from ramah.notices.models import Notice, Rule
from ramah.notices.permissions import VIEW_NOTICES
from ramah.notices.queries import pages as queries
from ramah.notices.queries.effect import Week, effect_of, wismo_by_week
from ramah.notices.wording import NOTICE_TONES, RULE_TONES, choices_words, kind_words, reason_words
from ramah.ui.errors import error_page

_WEEKS = timedelta(weeks=12)
_WIDE, _HIGH, _STEP, _LEAST_BARS = 26, 80, 42, 13


@require_GET
@access(VIEW_NOTICES)
def sent(request: HttpRequest) -> HttpResponse:
    """Notices, newest first: all, in a state, of a rule."""
    actor = actor_of(request)
    state, cursor = request.GET.get("state", ""), request.GET.get("cursor", "")
    rule = Rule.objects.filter(key=request.GET.get("rule", "")[:40]).first()
    try:
        page = queries.notices_page(actor, state=state, rule=rule, cursor=cursor)
    except BadCursor:
        return error_page(request, 400)
    asked = {"state": state, "rule": rule.key if rule else "", "cursor": page.next_cursor}
    sees = sees_contact_data(actor)
    shown = {
        "rows": [_row(notice, sees) for notice in page.rows],
        "state": state,
        "states": Notice.State.choices,
        "rule": rule,
        "rules": Rule.objects.order_by("name"),
        "more": f"{reverse('notices-sent')}?{urlencode({k: v for k, v in asked.items() if v})}"
        if page.next_cursor
        else "",
    }
    is_part = request.headers.get("HX-Request") and cursor
    return render(request, "notices/sent.html#rows" if is_part else "notices/sent.html", shown)


@require_GET
@access(VIEW_NOTICES)
def effect(request: HttpRequest) -> HttpResponse:
    """How many ask where their parcel is, week by week, and what came of each rule."""
    now = clock.now()
    weeks = wismo_by_week(since=now - _WEEKS, until=now)
    rows = [_effect(one.rule) for one in queries.rules_standing(actor_of(request), at=now)]
    shown = {
        "chart": _chart(weeks),
        "rows": [row for row in rows if row["effect"].told.count or row["effect"].withheld.count],
    }
    return render(request, "notices/effect.html", shown)


def _row(notice: Notice, sees: bool) -> dict[str, Any]:
    return {
        "notice": notice,
        "kind": kind_words(notice.kind),
        "tone": NOTICE_TONES[notice.state],
        "customer": shown_name(notice.customer.name, whole=sees) or _("Without a name"),
        "reason": reason_words(notice),
        "choices": choices_words(notice.choices.all()),
        "conversation": notice.message.conversation if notice.message else None,
    }


def _effect(rule: Rule) -> dict[str, Any]:
    found = effect_of(rule)
    words = ""
    if found.asked is not None:
        words = _("%(value)s points, with 95 %% certainty %(low)s to %(high)s") % {
            "value": _points(found.asked.value),
            "low": _points(found.asked.low),
            "high": _points(found.asked.high),
        }
    told = {"rule": rule, "tone": RULE_TONES[rule.state], "effect": found}
    return {**told, "difference": words, "is_sure": found.asked is not None and found.asked.is_sure}


def _chart(weeks: list[Week]) -> dict[str, Any] | None:
    """Bars of questions per hundred parcels, and the sentence that says them."""
    told = [(week.begins, week.per_hundred) for week in weeks if week.per_hundred is not None]
    if not told:
        return None
    most = max(count for _day, count in told) or 1
    bars, said = [], []
    for place, (day, count) in enumerate(told):
        high = max(1.0, _HIGH * count / most)
        words = number_format(count, 1)
        bars.append(
            {"x": 4 + place * _STEP, "y": f"{90 - high:.1f}", "high": f"{high:.1f}", "words": words,
             "middle": 4 + place * _STEP + _WIDE // 2, "day": date_format(day, "j.n.")}
        )  # fmt: skip
        said.append(f"{date_format(day, 'j E')} {words}")
    label = _("Questions per 100 parcels, by week: %(weeks)s") % {"weeks": ", ".join(said)}
    return {"bars": bars, "wide": 8 + max(len(bars), _LEAST_BARS) * _STEP, "label": label}


def _points(share: float) -> str:
    return str(number_format(100 * share, 1)).replace("-", "−")
