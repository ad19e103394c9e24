"""What tests of every app need of the kernel: a pytest plugin, loaded by the root conftest."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, connections


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """The test database, with one trigger less on SQLite.

    Transactional tests empty all tables when they end. PostgreSQL does it by TRUNCATE, which the append-only audit log lets
    through; SQLite knows only DELETE, which its trigger refuses. So the test database, and no other, lives without the trigger
    against DELETE; the test of the triggers puts it back for itself.
    """
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # pytest-django keeps the type to itself
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER IF EXISTS audit_refuses_delete")


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """No test finds what another one left in the cache: counters of attempts, terms of selling, who is present."""
    cache.clear()


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each job returned, or the exception that it raised, all of them started together.

    Each runs in a thread and with a connection of its own. One that does not come to an end counts as a `TimeoutError`.
    """
    ready, outcomes = threading.Barrier(len(jobs)), list[Any]([TimeoutError()]) * len(jobs)

    def work(number: int, job: Callable[[], Any]) -> None:
        try:
            ready.wait(20)
            outcomes[number] = job()
        except Exception as error:
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=line) for line in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def raised_at_once(*jobs: Callable[[], Any]) -> list[type[Exception] | None]:
    """The kind of error that each job raised (None: it went well), all of them started together as in `at_once`."""
    return [type(outcome) if isinstance(outcome, Exception) else None for outcome in at_once(*jobs)]
