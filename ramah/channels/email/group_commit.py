"""Storing mails of many connections in one transaction: each sender is answered only after the commit that holds its mail."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, transaction

from ramah.channels.commands import take_in
from ramah.channels.group_commit import GroupCommit
from ramah.kernel import clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail, and what came beside it for each inbox that it is for."""

    raw: bytes
    envelopes: dict[int, dict[str, Any]]


class MailCommit(GroupCommit[Arrival, bool]):
    """The line of mails. One that is not stored, or finds the line full, must be sent again later."""

    def __init__(self, *, most_waiting: int) -> None:
        super().__init__(_commit, most_waiting=most_waiting, name="mail-intake")

    async def store(self, arrival: Arrival) -> bool:
        """Whether the mail is committed now."""
        return False if self.is_full else await super().store(arrival)


def _commit(arrivals: Sequence[Arrival]) -> list[bool]:
    close_old_connections()
    try:
        _store(arrivals)
    except (OperationalError, InterfaceError):
        _log.warning("the database is away or locked; senders are asked to come back", exc_info=True)
        return [False] * len(arrivals)
    except Exception:
        if len(arrivals) > 1:  # one of them is at fault: it shall not take the others with it
            return [stored for arrival in arrivals for stored in _commit([arrival])]
        _log.exception("a mail could not be stored")
        return [False]
    return [True] * len(arrivals)


def _store(arrivals: Sequence[Arrival]) -> None:
    by_inbox: dict[int, list[tuple[bytes, dict[str, Any]]]] = defaultdict(list)
    for arrival in arrivals:
        for inbox_id, envelope in arrival.envelopes.items():
            by_inbox[inbox_id].append((arrival.raw, envelope))
    now = clock.now()
    with transaction.atomic():
        for inbox_id, raws in by_inbox.items():
            take_in(inbox_id=inbox_id, raws=raws, at=now)
