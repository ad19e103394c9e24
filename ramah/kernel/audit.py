"""Writing the audit log: one line per change, in the transaction of the change."""

from contextvars import ContextVar
from datetime import datetime
from typing import Any

from ramah.kernel.actors import Actor
from ramah.kernel.models import AuditEntry

# Where the present request comes from; the middleware in `kernel.middleware` sets it.
origin: ContextVar[str] = ContextVar("origin", default="")


def record(actor: Actor, action: str, subject: str, *, at: datetime, **detail: Any) -> None:
    """Note that `actor` did `action` (`conversation.assign`) to `subject` (`conversation:7`). `detail` must fit JSON and
    hold no message text and no contact data: the log outlives the data it speaks of."""
    AuditEntry.objects.create(
        at=at, actor=actor.ref, action=action, subject=subject, origin=origin.get(), detail=detail
    )
