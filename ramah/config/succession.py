"""Succession: after a kill the next process takes up at once what the dead one had in hand, not when its claims run out.

Only on SQLite, where all processes run on this machine: a file lock, which the system gives back when its holder dies, tells
whether anybody else is at work. Never: frees the claim of a process that lives.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import connection

from ramah.channels.models import IntakeItem, Mailbox
from ramah.conversations.models import MessageDelivery
from ramah.kernel import clock
from ramah.kernel.models import HandlerRun, OutboxLane


@contextmanager
def at_work() -> Iterator[None]:
    """Be seen as a process that works. The first one there frees the claims that its predecessors left behind."""
    if connection.vendor != "sqlite":
        yield
        return
    settings.HOME.mkdir(parents=True, exist_ok=True)
    with (settings.HOME / "at-work.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # somebody lives, and the claims may be theirs
        else:
            free_claims(at=clock.now())
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def free_claims(*, at: datetime) -> None:
    """Let every claim on work run out now. What was being handed over then shows as uncertain; the rest is done anew."""
    in_hand = (
        IntakeItem.objects.filter(state=IntakeItem.State.WAITING),
        MessageDelivery.objects.filter(state__in=(MessageDelivery.State.QUEUED, MessageDelivery.State.SENDING)),
        HandlerRun.objects.filter(state=HandlerRun.State.WAITING),
        Mailbox.objects.all(),
        OutboxLane.objects.all(),
    )
    for rows in in_hand:
        rows.filter(claimed_until__gt=at).update(claimed_until=at)
