"""The audit log is append-only in the database too: triggers refuse UPDATE and DELETE, whoever asks.

SQLite rebuilds a table when a column changes and forgets its triggers: a later migration of AuditEntry must run `install` again.
On PostgreSQL TRUNCATE stays possible for the owner of the table, which is what the tests use to empty it.
"""

from django.db import migrations

SQLITE = {
    "audit_refuses_update": (
        "CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON kernel_auditentry"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    ),
    "audit_refuses_delete": (
        "CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON kernel_auditentry"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    ),
}
POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE ON kernel_auditentry"
    " FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
)


def install(apps, schema_editor):
    statements = SQLITE.values() if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in SQLITE:
            schema_editor.execute(f"DROP TRIGGER {name}")
    else:
        schema_editor.execute("DROP TRIGGER audit_refuses_change ON kernel_auditentry")
        schema_editor.execute("DROP FUNCTION audit_is_append_only()")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
