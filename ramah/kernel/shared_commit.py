"""Storing what several threads bring at the same time in one transaction, by the thread whose turn it is.

A durable commit costs milliseconds whatever it holds. While one is under way those who come wait; the first of them then stores
what all of them have brought. Each goes on only after the commit that holds its own. (`group_commit` does so for coroutines.)
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from django.db import connection

T = TypeVar("T")
R = TypeVar("R")


class SharedCommit(Generic[T, R]):
    """A line of items. `store` takes up to `batch` of them, commits, and returns a result for each, or raises and keeps none."""

    def __init__(self, store: Callable[[Sequence[T]], Sequence[R]], *, batch: int = 100) -> None:
        self._store, self._batch = store, batch
        self._line: list[tuple[T, Future[R]]] = []
        self._turn = threading.Lock()

    def __call__(self, item: T) -> R:
        """What became of the item, once it is committed. Raises what `store` raises for it.

        Inside a transaction of the caller's it is stored there and then, for it stands or falls with that.
        """
        if connection.in_atomic_block:
            return self._store([item])[0]
        stored: Future[R] = Future()
        self._line.append((item, stored))
        while not stored.done():
            with self._turn:
                if not stored.done():
                    self._store_next()
        return stored.result()

    def _store_next(self) -> None:
        batch = self._line[: self._batch]
        del self._line[: len(batch)]
        try:
            self._store_together(batch)
        finally:
            for _item, stored in batch:
                if not stored.done():  # this thread is being ended
                    stored.set_exception(InterruptedError("not stored"))

    def _store_together(self, batch: Sequence[tuple[T, Future[R]]]) -> None:
        try:
            results = self._store([item for item, _stored in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for one in batch:  # one of them is at fault: it shall not take the others with it
                self._store_together([one])
            return
        for (_item, stored), result in zip(batch, results, strict=True):
            stored.set_result(result)
