"""Storing mails of many connections in one transaction: each sender is answered only after the commit that holds its mail.

A durable commit costs milliseconds whatever it holds. While one is under way, further mails wait; the next takes them all, so
one connection loses no time and many share the price. Owns a thread of its own, in which all its database work is done.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

from ramah.channels.commands import take_in
from ramah.kernel import clock

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail, and what came beside it for each inbox that it is for."""

    raw: bytes
    envelopes: dict[int, dict[str, Any]]


class GroupCommit:
    """A bounded line of mails and the one thread that stores them, up to `batch` in one transaction."""

    def __init__(self, *, most_waiting: int, batch: int = 100) -> None:
        self._most_waiting, self._batch = most_waiting, batch
        self._waiting: list[tuple[Arrival, asyncio.Future[bool]]] = []
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mail-intake")

    @property
    def is_full(self) -> bool:
        """Whether no more mail fits into the line."""
        return len(self._waiting) >= self._most_waiting

    async def store(self, arrival: Arrival) -> bool:
        """Whether the mail is committed now. False: it is not, and the sender must try again later."""
        if self.is_full:
            return False
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, stored))
        self._arrived.set()
        return bool(await stored)

    async def ask(self, question: Callable[[], T]) -> T:
        """The answer to a question to the database, asked in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _in_fresh_connection, question)

    async def work(self) -> None:
        """Store what comes, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while batch := self._waiting[: self._batch]:
                results = await loop.run_in_executor(self._thread, _commit, [arrival for arrival, _ in batch])
                del self._waiting[: len(batch)]
                for (_, stored), result in zip(batch, results, strict=True):
                    if not stored.done():  # a sender that went away meanwhile
                        stored.set_result(result)

    async def drained(self) -> None:
        """Return when nothing waits any more."""
        while self._waiting:
            await asyncio.sleep(0.02)

    def close(self) -> None:
        """End the thread and give its connection back."""
        self._thread.submit(connection.close)
        self._thread.shutdown(wait=True)


def _in_fresh_connection(question: Callable[[], T]) -> T:
    close_old_connections()
    return question()


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
