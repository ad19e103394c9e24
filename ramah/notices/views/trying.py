"""Trying a rule out on the past, before it speaks."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ramah.kernel import clock
from ramah.kernel.access import access, actor_of
from ramah.notices.commands.dry_runs import start_dry_run
from ramah.notices.models import DryRun, Rule
from ramah.notices.permissions import MANAGE_NOTICES
from ramah.notices.queries.pages import last_dry_run, rule_for_page
from ramah.notices.rehearsal import Figures
from ramah.notices.wording import RULE_TONES

_MOST_WEEKS = 26


@require_http_methods(["GET", "POST"])
@access(MANAGE_NOTICES)
def dry_run(request: HttpRequest, key: str) -> HttpResponseBase:
    """What the rule would have done in the last three months; asked for anew by POST. Looks again by itself while it runs."""
    actor = actor_of(request)
    rule = rule_for_page(actor, key=key)
    if request.method == "POST":
        start_dry_run(actor=actor, rule=rule, at=clock.now())
        messages.success(request, _("It is being tried out. This page shows what it finds."))
        return redirect("notice-dry-run", key=rule.key)
    return _show(request, rule, last_dry_run(rule))


def _show(request: HttpRequest, rule: Rule, run: DryRun | None) -> HttpResponse:
    figures = Figures.read(run.figures) if run else Figures()
    weeks = list(figures.by_week.items())[-_MOST_WEEKS:]
    most = max((count for _week, count in weeks), default=0)
    shown = {
        "rule": rule,
        "tone": RULE_TONES[rule.state],
        "run": run,
        "is_present": run is not None and run.rule_version == rule.version,
        "is_waiting": run is not None and run.state == DryRun.State.WAITING,
        "figures": figures,
        "customers": run.figures.get("customers", 0) if run else 0,
        "weeks": [(week, count, most) for week, count in weeks],
        "samples": [
            (parse_datetime(str(one.get("at", ""))), one.get("order", ""), parse_datetime(str(one.get("asked_at", ""))))
            for one in figures.samples
        ],
        "may_go_live": run is not None
        and run.state == DryRun.State.DONE
        and run.rule_version == rule.version
        and rule.state in (Rule.State.DRAFT, Rule.State.PAUSED),
    }
    part = "#run" if request.headers.get("HX-Request") else ""
    return render(request, f"notices/dry_run.html{part}", shown)
