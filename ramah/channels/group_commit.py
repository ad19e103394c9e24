"""Storing what comes by many connections in one transaction: each sender is answered only after the commit that holds its own.

A durable commit costs milliseconds whatever it holds. While one is under way, further items wait; the next takes them all, so
one connection loses no time and many share the price. Owns a thread of its own, in which all its database work is done.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from django.db import close_old_connections, connection

# After a commit the line rests for as long as that took, and at most so long: what arrives meanwhile shares the next one. Under
# load this halves what all of them cost; alone nobody waits for it.
LONGEST_PAUSE = 0.02

T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A")


class LineIsFull(Exception):
    """So many wait already that nothing more is taken."""


class GroupCommit(Generic[T, R]):
    """A bounded line of items and the one thread that stores them, up to `batch` in one call of `commit`.

    `commit` returns one result for each item and raises nothing.
    """

    def __init__(
        self, commit: Callable[[Sequence[T]], list[R]], *, most_waiting: int, batch: int = 100, name: str
    ) -> None:
        self._commit, self._most_waiting, self._batch = commit, most_waiting, batch
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits into the line."""
        return len(self._waiting) >= self._most_waiting

    async def store(self, item: T) -> R:
        """What became of the item, once it is committed. Raises `LineIsFull`."""
        if self.is_full:
            raise LineIsFull
        stored: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, stored))
        self._arrived.set()
        return await stored

    async def ask(self, question: Callable[[], A]) -> A:
        """The answer to a question to the database, asked in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _in_fresh_connection, question)

    async def work(self) -> None:
        """Store what comes, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while batch := self._waiting[: self._batch]:
                begun = loop.time()
                results = await loop.run_in_executor(self._thread, self._commit, [item for item, _ in batch])
                took = loop.time() - begun
                del self._waiting[: len(batch)]
                for (_, stored), result in zip(batch, results, strict=True):
                    if not stored.done():  # a sender that went away meanwhile
                        stored.set_result(result)
                await asyncio.sleep(min(took, LONGEST_PAUSE))

    async def drained(self) -> None:
        """Return when nothing waits any more."""
        while self._waiting:
            await asyncio.sleep(0.02)

    def close(self) -> None:
        """End the thread and give its connection back."""
        self._thread.submit(connection.close)
        self._thread.shutdown(wait=True)


def _in_fresh_connection(question: Callable[[], A]) -> A:
    close_old_connections()
    return question()
