"""All that is kept of a customer here, as JSON: for their own copy of their data."""

from typing import Any

from ramah.notices.models import Choice, Notice, Preference


def notices_told(customer_id: int) -> dict[str, Any]:
    """What the customer was told (or spared), what they chose of it, and how they want to be told."""
    chosen = Choice.objects.filter(notice__customer=customer_id, taken_at__isnull=False).select_related("notice")
    return {
        "notices": [
            {
                "kind": row.kind,
                "order": row.order.number if row.order else "",
                "state": row.state,
                "planned_at": row.planned_at.isoformat(),
                "sent_at": row.sent_at.isoformat() if row.sent_at else "",
                "says": {name: value for name, value in row.facts.items() if name not in ("ref", "contact_point")},
            }
            for row in Notice.objects.filter(customer=customer_id).select_related("order").order_by("id")
        ],
        "choices": [
            {
                "notice": row.notice.kind,
                "choice": row.kind,
                "at": row.taken_at.isoformat() if row.taken_at else "",
                "said": row.said,
                "result": row.result,
            }
            for row in chosen.order_by("id")
        ],
        "preferences": [
            {
                "channel": row.channel,
                "muted": row.muted,
                "quiet_from": row.quiet_from.isoformat() if row.quiet_from else "",
                "quiet_to": row.quiet_to.isoformat() if row.quiet_to else "",
                "changed_at": row.changed_at.isoformat(),
            }
            for row in Preference.objects.filter(customer=customer_id).order_by("id")
        ],
    }
