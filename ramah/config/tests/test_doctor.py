import json

import pytest
from click.testing import CliRunner

from ramah.config import checks
from ramah.config.cli import main
from ramah.kernel import clock

pytestmark = pytest.mark.django_db


def levels():
    return {finding.check: finding.level for finding in checks.examine(at=clock.now())}


def test_a_fresh_installation_is_well_and_told_that_its_mail_reaches_nobody():
    found = levels()

    assert "fail" not in found.values()
    assert found["mail out"] == "warn"
    assert {"database", "migrations", "queue", "storage", "space", "clock", "secrets", "settings"} <= set(found)


def test_a_mail_server_that_does_not_answer_is_a_fault_with_a_remedy(settings, free_port):
    settings.EMAIL_URL = f"smtp://127.0.0.1:{free_port}"

    finding = next(one for one in checks.examine(at=clock.now()) if one.check == "mail out")

    assert (finding.level, finding.says) == ("fail", "Nothing answers at this server and port.")
    assert "EMAIL_URL" in finding.mend


def test_storage_that_cannot_be_written_is_a_fault(monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError

    monkeypatch.setattr(checks.default_storage, "save", refuse)

    assert levels()["storage"] == "fail"


def test_a_secret_of_a_lost_key_is_a_fault(monkeypatch):
    from ramah.channels.email.models import Mailbox
    from ramah.conversations.models import Inbox

    inbox = Inbox.objects.create(key="support", name="Shop", address="help@shop.example", created_at=clock.now())
    Mailbox.objects.create(inbox=inbox, password="geheim")
    assert levels()["secrets"] == "ok"

    Mailbox.objects.update(password=None)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE channels_mailbox SET password = 'written with a key that is lost'")

    assert levels()["secrets"] == "fail"


@pytest.mark.parametrize(("url", "code"), [("", 0), ("smtp://127.0.0.1:1", 1)])
def test_the_command_ends_with_1_on_a_fault_and_speaks_json(settings, url, code):
    if url:
        settings.EMAIL_URL = url

    ended = CliRunner().invoke(main, ["doctor", "--json"])

    said = json.loads(ended.stdout)
    assert (ended.exit_code, said["ok"]) == (code, not code)
    assert all("mend" in check for check in said["checks"] if check["level"] != "ok")
