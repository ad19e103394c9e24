"""Nothing that stands in the audit log is changed or removed: not by the application, not by hand in the database."""

from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from ramah.kernel import audit, clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry, AuditLogIsAppendOnly

migration = import_module("ramah.kernel.migrations.0002_audit_append_only")


@pytest.fixture
def entry(db):
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:  # rolled back with the test; see ramah.kernel.testing
            cursor.execute(migration.SQLITE["audit_refuses_delete"])
    audit.record(SYSTEM, "order.pay", "order:7", at=clock.now())
    return AuditEntry.objects.get()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_auditentry SET actor = 'nobody'",
        "DELETE FROM kernel_auditentry",
        "DELETE FROM kernel_auditentry WHERE subject = 'order:7'",
    ],
)
def test_the_database_refuses_changes_by_hand(entry, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert list(AuditEntry.objects.values_list("actor", "action")) == [("system", "order.pay")]


def test_the_application_refuses_changes(entry):
    with pytest.raises(AuditLogIsAppendOnly):
        AuditEntry.objects.update(actor="nobody")
    with pytest.raises(AuditLogIsAppendOnly):
        AuditEntry.objects.all().delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entry.delete()

    assert AuditEntry.objects.count() == 1


def test_the_trigger_against_updates_stands_in_every_database(db):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'kernel_auditentry'")
            expected = {"audit_refuses_update"}
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = 'kernel_auditentry'::regclass AND NOT tgisinternal"
            )
            expected = {"audit_refuses_change"}
        assert {name for (name,) in cursor.fetchall()} == expected


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_can_empty_the_table():
    audit.record(SYSTEM, "order.pay", "order:7", at=clock.now())

    assert AuditEntry.objects.count() == 1
