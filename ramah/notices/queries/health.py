"""How notices do, for the doctor: what stands still, and why."""

from datetime import datetime, timedelta
from typing import Any

from ramah.conversations.models import Inbox
from ramah.notices.models import Choice, Notice, Rule
from ramah.notices.queries.wishes import notice_settings

_LATE = timedelta(minutes=15)


def notices_told(*, at: datetime) -> dict[str, Any]:
    """What somebody may have to see to, as JSON: `off_since`, `braked` rules, `overdue` (due for a quarter of an hour and not
    looked at), `oldest_due`, `failed_today`, `choices_handed_over` today, `has_inbox`."""
    held = notice_settings()
    speaking = list(Rule.objects.filter(state=Rule.State.LIVE).values_list("pk", flat=True))
    due = Notice.objects.filter(state=Notice.State.PLANNED, rule__in=speaking, next_attempt_at__lt=at - _LATE)
    oldest = due.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
    today = at - timedelta(days=1)
    failed = Notice.objects.filter(
        rule__in=list(Rule.objects.values_list("pk", flat=True)), planned_at__gt=today, state=Notice.State.FAILED
    )
    return {
        "off_since": held.all_off_at.isoformat() if held.all_off_at else "",
        "braked": list(Rule.objects.filter(state=Rule.State.BRAKED).order_by("key").values_list("key", flat=True)),
        "overdue": due.count() if oldest else 0,
        "oldest_due": oldest.isoformat() if oldest else "",
        "failed_today": failed.count(),
        "choices_handed_over": Choice.objects.filter(state=Choice.State.FAILED, ended_at__gt=today).count(),
        "has_inbox": Inbox.objects.filter(channel="email", is_active=True).exists(),
    }
