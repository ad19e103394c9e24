"""What tests of every app need of the kernel: a pytest plugin, loaded by the root conftest."""

import pytest
from django.db import connection


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
