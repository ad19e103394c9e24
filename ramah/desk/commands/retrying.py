"""Trying failed background work again."""

from datetime import datetime

from django.db import transaction

from ramah.desk.permissions import VIEW_FAILURES
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.models import HandlerRun


class NotFailed(Exception):
    """The work has been done or is under way again."""


def retry_run(*, actor: Actor, run: HandlerRun, at: datetime) -> None:
    """Let a worker try it again, with all its attempts. Raises `NotFailed`, `PermissionDenied`."""
    require(actor, VIEW_FAILURES)
    with transaction.atomic():
        changed = HandlerRun.objects.filter(pk=run.pk, state=HandlerRun.State.FAILED).update(
            state=HandlerRun.State.WAITING, attempts=0, next_attempt_at=at
        )
        if not changed:
            raise NotFailed
        audit.record(actor, "work.retry", run.subject, at=at, handler=run.handler)
