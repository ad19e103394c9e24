"""When an agent counts as there: what they chose, and whether a page of theirs was heard of lately. Pure.

A page is asked by its socket every `ASKED_EVERY` and answers; a page that is gone, a lost connection, a killed process or a
sleeping laptop do not, and `GONE_AFTER` later the agent is offline without anybody having had to say so.
"""

from datetime import datetime, timedelta

ONLINE, AWAY, OFFLINE = "online", "away", "offline"
ASKED_EVERY = timedelta(seconds=20)
GONE_AFTER = timedelta(seconds=45)
# Two tabs answer as well as one; what was noted so short a time ago need not be noted again.
NOTED_FOR = timedelta(seconds=5)


def presence_now(chosen: str, heard_at: datetime | None, *, at: datetime) -> str:
    """online, away or offline at the moment `at`."""
    if heard_at is None or heard_at <= at - GONE_AFTER:
        return OFFLINE
    return chosen
