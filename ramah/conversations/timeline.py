"""Conversations on the time line of a customer: those that the actor may open."""

from datetime import datetime

from django.urls import reverse

from ramah.conversations.queries import visible_conversations
from ramah.kernel.actors import Actor
from ramah.kernel.timeline import TimelineEntry, register_timeline


def _fetch(actor: Actor, customer_id: int, before: datetime | None, limit: int) -> list[TimelineEntry]:
    rows = visible_conversations(actor).filter(customer=customer_id, **({"created_at__lt": before} if before else {}))
    return [
        TimelineEntry(
            at=row.created_at,
            icon="chat",
            title=row.subject or row.reference,
            text=f"{row.reference}, {row.get_status_display()}",
            url=reverse("desk_conversation", args=[row.public_id]),
        )
        for row in rows.order_by("-created_at", "-id")[:limit]
    ]


register_timeline("conversations", _fetch)
