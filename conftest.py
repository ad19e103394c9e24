"""Fixtures of the whole test suite, and what a test needs that a machine may lack.

What is lacking is skipped by name and reason; under CI=true it is required, and its absence a failure.
"""

import os
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

pytest_plugins = ["ramah.kernel.testing", "ramah.ui.testing", "tests.support.running"]

REDIS_URL = os.environ.get("RAMAH_TEST_REDIS_URL", "redis://127.0.0.1:6379")


def _redis_answers() -> bool:
    address = urlsplit(REDIS_URL)
    try:
        with socket.create_connection((address.hostname or "127.0.0.1", address.port or 6379), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5).startswith((b"+PONG", b"-NOAU"))
    except OSError:
        return False


def _on_postgres() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


def _has_chromium() -> bool:
    import shutil

    return bool(os.environ.get("RAMAH_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser"))


NEEDS = {
    "redis": (_redis_answers, f"no Redis at {REDIS_URL}; name one in RAMAH_TEST_REDIS_URL"),
    "postgres": (_on_postgres, "runs on PostgreSQL; set DATABASE_URL, or RAMAH_TEST_DATABASE_URL for `make test`"),
    "browser": (_has_chromium, "no Chromium; install it or name it in RAMAH_TEST_CHROMIUM"),
    "slow": (lambda: bool(os.environ.get("RAMAH_TEST_SLOW")), "long form; set RAMAH_TEST_SLOW=1"),
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run; under CI=true only the long forms are skipped. Begin with what takes long."""
    answers: dict[str, bool] = {}
    for item in items:
        for name, (is_there, reason) in NEEDS.items():
            if item.get_closest_marker(name) is None:
                continue
            if name not in answers:
                answers[name] = is_there()
            if not answers[name] and (name == "slow" or os.environ.get("CI") != "true"):
                item.add_marker(pytest.mark.skip(reason=reason))
    # Whole programs take longest, and their tests keep no data here: at the end one worker would wait for the other.
    items.sort(key=_keeps_data)


def _keeps_data(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or "db" in fixtures or "transactional_db" in fixtures


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Under CI=true fail with what is missing instead of with what follows from it."""
    if os.environ.get("CI") == "true":
        for name in ("redis", "postgres", "browser"):
            is_there, reason = NEEDS[name]
            if item.get_closest_marker(name) and not is_there():
                pytest.fail(f"required under CI=true: {reason}", pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def tables_are_emptied_quickly() -> Iterator[None]:
    """After a transactional test only those tables are emptied that hold something.

    Django truncates them all and makes its content types and permissions anew, which takes longer than most tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.TransactionTestCase._fixture_teardown", lambda _test: _empty_tables())
        yield


def _empty_tables() -> None:
    from django.db import IntegrityError

    for _try in range(20):
        try:
            return _empty_filled_tables()
        except IntegrityError:  # a page that was just closed has saved its draft meanwhile
            time.sleep(0.1)
    return _empty_filled_tables()


def _empty_filled_tables() -> None:
    from django.db import connection, transaction

    tables = {*connection.introspection.django_table_names(only_existing=True, include_views=False)}
    tables -= {"django_content_type", "auth_permission"}
    looks = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(looks)
        for (table,) in cursor.fetchall():
            # PostgreSQL's audit log lets itself be truncated only.
            way = "TRUNCATE" if table == "kernel_auditentry" and _on_postgres() else "DELETE FROM"
            cursor.execute(f"{way} {table}")


@pytest.fixture
def redis_url() -> str:
    """The Redis of the tests; use keys and channels of your own."""
    return REDIS_URL


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
