"""Reads on the intake."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from ramah.channels.models import IntakeItem
from ramah.channels.permissions import VIEW_INTAKE
from ramah.conversations.queries import visible_inboxes
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.paging import Page, keyset_page

_LEAN = ("raw",)


@dataclass(frozen=True, slots=True)
class IntakeSum:
    """The no-loss sum: everything received is in exactly one of the other figures."""

    received: int
    waiting: int
    accepted: int
    duplicate: int
    ignored: int
    quarantined: int
    missing_message: int

    @property
    def closes(self) -> bool:
        """Whether every item is accounted for and every accepted one has its message."""
        ended = self.waiting + self.accepted + self.duplicate + self.ignored + self.quarantined
        return self.received == ended and self.missing_message == 0


def intake_sum() -> IntakeSum:
    """Count the whole intake."""
    rows = IntakeItem.objects.order_by().values_list("state").annotate(count=Count("id"))
    counts = dict(rows)
    lost = IntakeItem.objects.filter(state=IntakeItem.State.ACCEPTED, message=None).count()
    return IntakeSum(
        received=IntakeItem.objects.count(),
        missing_message=lost,
        **{state: counts.get(state, 0) for state in IntakeItem.State.values},
    )


def intake_item_for(actor: Actor, *, public_id: str) -> IntakeItem:
    """The item, with its inbox, if the actor may see the intake of that inbox. Raises `NotVisible`."""
    rows = IntakeItem.objects.select_related("inbox", "conversation", "message").filter(public_id=public_id)
    row = rows.first()
    if row is None or not actor.may(VIEW_INTAKE) or not visible_inboxes(actor).filter(pk=row.inbox_id).exists():
        raise NotVisible
    return row


def intake_page(actor: Actor, *, state: str, cursor: str = "", size: int = 25) -> Page[IntakeItem]:
    """Items in a state, newest first, without their raw bytes. Raises `BadCursor`."""
    rows = IntakeItem.objects.defer(*_LEAN).select_related("inbox", "conversation").filter(state=state)
    if not actor.may(VIEW_INTAKE):
        rows = rows.none()
    return keyset_page(rows.filter(inbox__in=list(visible_inboxes(actor))), order=("-id",), cursor=cursor, size=size)


def quarantined_count() -> int:
    """How many items wait for a person, counted up to 100."""
    return IntakeItem.objects.filter(state=IntakeItem.State.QUARANTINED).values("pk")[:100].count()


def received_from(customer_id: int) -> list[dict[str, Any]]:
    """When a raw copy came in, and by which inbox; what it says is exported with the conversation."""
    rows = IntakeItem.objects.defer("raw").select_related("inbox").filter(conversation__customer=customer_id)
    return [{"at": row.created_at.isoformat(), "inbox": row.inbox.key} for row in rows.order_by("id")]
