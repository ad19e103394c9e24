"""The one place that reads the wall clock. Commands take the time as `at`; views and workers pass `clock.now()`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _standing.get() or datetime.now(tz=UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let `now()` say `moment` in this context: the demo shop writes its past with it."""
    token = _standing.set(moment)
    try:
        yield
    finally:
        _standing.reset(token)
