"""Django's backend for SQLite, in which the transactions of one process wait for each other in a line.

SQLite has one writer at a time. A connection that finds it taken sleeps and looks again, up to a tenth of a second later, while
whoever comes after it may be faster: under load some wait for seconds. Here a transaction asks for its turn before it begins
(all of ours begin IMMEDIATE), and has it until it has ended: whoever came first is next, at once. What the line does not know of,
such as other processes, is still waited for as before, and so is a turn that does not come.
"""

import threading
from collections import deque
from typing import Any

from django.db.backends.sqlite3 import base

LONGEST_SECONDS = 5.0


class Turns:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_taken = False
        self._line: deque[threading.Lock] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for the turn, at most so long. False when it did not come."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            place = threading.Lock()
            place.acquire()
            self._line.append(place)
        if place.acquire(timeout=seconds):
            return True
        with self._mutex:
            if place not in self._line:  # it came in this very moment
                return True
            self._line.remove(place)
            return False

    def give(self) -> None:
        """Hand the turn on."""
        with self._mutex:
            if self._line:
                self._line.popleft().release()
            else:
                self._is_taken = False


_turns: dict[str, Turns] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes its turn for each transaction."""

    _turn: Turns | None = None

    def _start_transaction_under_autocommit(self) -> None:
        turns = _turns.setdefault(str(self.settings_dict["NAME"]), Turns())
        if turns.take(LONGEST_SECONDS):
            self._turn = turns
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
        except BaseException:
            self._give_turn()
            raise

    def _commit(self) -> Any:
        done = super()._commit()  # type: ignore[misc]
        self._give_turn()  # one that fails is rolled back
        return done

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]  # not in the stubs
        finally:
            self._give_turn()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]  # not in the stubs
        finally:
            self._give_turn()

    def _give_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.give()
