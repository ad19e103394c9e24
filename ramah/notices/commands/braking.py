"""The brake: a rule that plans far more than it ever did lets it all wait, until somebody has looked."""

import logging
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import TruncDate

from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM
from ramah.notices.kinds import KINDS
from ramah.notices.models import Notice, Rule

AT_LEAST: Final = 50
TIMES: Final = 6
_HOUR: Final = timedelta(hours=1)
_DAYS: Final = 28
_log = logging.getLogger(__name__)


def rules_speaking(*, at: datetime) -> list[int]:
    """Keys of the rules that have something due and may send it. One that rushes is braked first, but what customers or leads
    asked for is not.
    """
    due = Notice.objects.filter(rule=OuterRef("pk"), state=Notice.State.PLANNED, next_attempt_at__lte=at)
    live = Rule.objects.filter(Exists(due), state=Rule.State.LIVE)
    return [rule.pk for rule in live if KINDS[rule.kind].is_wanted or not _is_braked(rule, at=at)]


def _is_braked(rule: Rule, *, at: datetime) -> bool:
    since = max(at - _HOUR, rule.released_at or at - _HOUR)
    planned = Notice.objects.filter(rule=rule)
    lately = planned.filter(planned_at__gt=since).order_by("-planned_at")
    # Most hours are quiet: the usual is looked up only where there is something to compare.
    if len(lately.values_list("pk")[: AT_LEAST + 1]) <= AT_LEAST:
        return False
    count = lately.count()
    if count <= max(AT_LEAST, TIMES * _usual_day(rule, at=at)):
        return False
    if Rule.objects.filter(pk=rule.pk, state=Rule.State.LIVE).update(state=Rule.State.BRAKED, braked_at=at):
        audit.record(SYSTEM, "notices.brake", f"notice_rule:{rule.pk}", at=at, planned=count)
        _log.warning("a rule plans far more notices than usual", extra={"rule": rule.key, "planned": count})
    return True


def _usual_day(rule: Rule, *, at: datetime) -> float:
    """How many it plans on a usual day of the last four weeks, days without any counted."""
    past = Notice.objects.filter(rule=rule, planned_at__gt=at - timedelta(days=_DAYS), planned_at__lte=at - _HOUR)
    days = past.annotate(day=TruncDate("planned_at")).values("day").annotate(n=Count("pk")).values_list("n", flat=True)
    counts = list(days)
    return median([*counts, *[0] * (_DAYS - len(counts))])
