"""Orders on the time line of a customer: those that the actor may see."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from ramah.commerce.queries import orders_visible_to
from ramah.kernel.actors import Actor
from ramah.kernel.money import format_money
from ramah.kernel.timeline import TimelineEntry, register_timeline


def _fetch(actor: Actor, customer_id: int, before: datetime | None, limit: int) -> list[TimelineEntry]:
    rows = orders_visible_to(actor).filter(customer=customer_id, **({"placed_at__lt": before} if before else {}))
    return [
        TimelineEntry(
            at=row.placed_at,
            icon="cart",
            title=_("Order %(number)s") % {"number": row.number},
            text=f"{format_money(row.total)}, {row.get_state_display()}",
            url=reverse("order", args=[row.public_id]),
        )
        for row in rows.order_by("-placed_at", "-id")[:limit]
    ]


register_timeline("orders", _fetch)
