"""Commands that people and scripts rely on, called as they call them."""

import json

import pytest
from click.testing import CliRunner
from django.db import OperationalError

from ramah.accounts.models import Agent
from ramah.channels.models import IntakeItem
from ramah.config.cli import main
from ramah.conversations.models import Conversation
from ramah.conversations.testing import make_inbox

pytestmark = pytest.mark.django_db

MAIL = b"""From: Dana <dana@mail.example>
To: support@shop.example
Subject: Where is my parcel?
Message-ID: <%d@mail.example>

It should have been here on Tuesday. (%d)
"""


def run(*arguments, stdin=None):
    result = CliRunner().invoke(main, arguments, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def inbox():
    return make_inbox("support")


def test_receive_takes_files_and_says_what_became_of_each(inbox, tmp_path):
    (tmp_path / "1.eml").write_bytes(MAIL % (1, 1))
    (tmp_path / "2.eml").write_bytes(MAIL % (1, 1))

    result = run("receive", "email", "--inbox", "support", "--json", str(tmp_path / "1.eml"), str(tmp_path / "2.eml"))

    first, second = lines(result)
    assert result.exit_code == 0
    assert (first["status"], second["status"]) == ("accepted", "duplicate")
    assert first["conversation"] == second["conversation"] == Conversation.objects.get().public_id
    assert list(first) == ["file", "intake", "status", "reason", "conversation", "message", "customer"]


def test_receive_reads_standard_input_a_maildir_and_an_mbox(inbox, tmp_path):
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "maildir" / folder).mkdir(parents=True)
    (tmp_path / "maildir/new/a").write_bytes(MAIL % (2, 2))
    (tmp_path / "maildir/cur/b:2,S").write_bytes(MAIL % (3, 3))
    (tmp_path / "box").write_bytes(b"From x Mon Mar  2 12:00:00 2026\n" + MAIL % (4, 4))

    stdin = run("receive", "email", "--inbox", "support", "--json", "-", stdin=MAIL % (1, 1))
    maildir = run("receive", "email", "--inbox", "support", "--json", "--maildir", str(tmp_path / "maildir"))
    mbox = run("receive", "email", "--inbox", "support", "--json", "--mbox", str(tmp_path / "box"))

    assert [line["status"] for result in (stdin, maildir, mbox) for line in lines(result)] == ["accepted"] * 4


def test_receive_names_a_missing_file_and_takes_the_others(inbox, tmp_path):
    (tmp_path / "1.eml").write_bytes(MAIL % (1, 1))

    result = run("receive", "email", "--inbox", "support", "--json", str(tmp_path / "no.eml"), str(tmp_path / "1.eml"))

    assert result.exit_code == 1
    assert [line["status"] for line in lines(result)] == ["unreadable", "accepted"]


def test_receive_refuses_an_unknown_inbox_and_missing_arguments(inbox):
    unknown = run("receive", "email", "--inbox", "nope", "-", stdin=b"x")
    nothing = run("receive", "email", "--inbox", "support")

    assert (unknown.exit_code, nothing.exit_code) == (1, 2)
    assert "nope" in unknown.stderr
    assert IntakeItem.objects.count() == 0


def test_the_intake_sum_closes_and_names_what_is_quarantined(inbox):
    run("receive", "email", "--inbox", "support", "-", stdin=MAIL % (1, 1))
    item = IntakeItem.objects.get()
    IntakeItem.objects.create(
        inbox=inbox,
        external_id="x",
        raw=MAIL % (2, 2),
        state="quarantined",
        reason="ValueError",
        created_at=item.created_at,
    )

    audit = lines(run("intake", "audit", "--json"))[0]
    replayed = run("intake", "replay", audit["quarantine"][0]["intake"], "--json")

    assert (audit["received"], audit["accepted"], audit["quarantined"], audit["closes"]) == (2, 1, 1, True)
    assert (replayed.exit_code, lines(replayed)[0]["status"]) == (0, "accepted")
    assert run("intake", "replay", "nothing").exit_code == 1
    assert run("intake", "replay", audit["quarantine"][0]["intake"]).exit_code == 1


def test_an_accepted_item_without_its_message_breaks_the_sum(inbox):
    run("receive", "email", "--inbox", "support", "-", stdin=MAIL % (1, 1))
    IntakeItem.objects.update(message=None)

    result = run("intake", "audit", "--json")

    assert (result.exit_code, lines(result)[0]["closes"]) == (1, False)


def test_inboxes_and_conversations_are_listed(inbox):
    run("receive", "email", "--inbox", "support", "-", stdin=MAIL % (1, 1))

    row = lines(run("conversations", "--json", "--customer", "dana@mail.example"))[0]
    thread = lines(run("conversations", "--json", "--id", row["reference"]))[0]

    listed = lines(run("inboxes", "--json"))
    named = {"key": "support", "channel": "email", "address": "support@shop.example", "name": "Shop", "state": "ok"}
    assert [{name: row[name] for name in named} for row in listed] == [named]
    assert listed[0]["last_in_at"] is not None
    assert (row["status"], row["subject"]) == ("open", "Where is my parcel?")
    assert [message["text"] for message in thread["messages"]] == ["It should have been here on Tuesday. (1)"]
    assert lines(run("conversations", "--json", "--status", "resolved")) == []
    assert run("conversations", "--status", "closed").exit_code == 2
    assert run("conversations", "--id", "R-999").exit_code == 1


def test_the_first_owner_is_made_once_and_needs_a_good_password():
    weak = run("owner", "--email", "ada@shop.example", "--name", "Ada", "--password", "12345678901")
    made = run("owner", "--email", "ada@shop.example", "--name", "Ada", "--password", "a long enough phrase")
    again = run("owner", "--email", "Ada@shop.example", "--name", "Ada", "--password", "a long enough phrase")

    assert (weak.exit_code, made.exit_code, again.exit_code) == (1, 0, 1)
    assert [agent.role for agent in Agent.objects.all()] == ["owner"]


def test_a_database_that_is_not_there_is_said_plainly(monkeypatch):
    def fails(*_, **__):
        raise OperationalError("no such table: conversations_inbox\nmore")

    monkeypatch.setattr("ramah.channels.inbox_health.health_of_inboxes", fails)

    result = run("inboxes")

    assert result.exit_code == 1
    assert "no such table: conversations_inbox. `ramah migrate`" in result.stderr
    assert "Traceback" not in result.stderr
