"""Deliveries are handed over at most once, and how it ended is on the row."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections

from ramah.channels.email import outgoing
from ramah.channels.email.models import Mailbox
from ramah.channels.email.tests.conftest import AT
from ramah.channels.email.tests.outbound import make_delivery
from ramah.conversations.models import MessageDelivery
from tests.support.migrated import migrate
from tests.support.running import once

pytestmark = pytest.mark.django_db(transaction=True)
LATER = timedelta(hours=1)
S = MessageDelivery.State


@pytest.fixture(autouse=True)
def through_sink(settings, sink, time_machine):
    settings.EMAIL_URL = sink.url
    time_machine.move_to(AT, tick=False)


def test_what_is_due_goes_out(inbox, sink):
    due, later = make_delivery(inbox), make_delivery(inbox, text="Nanti")
    MessageDelivery.objects.filter(pk=later.pk).update(next_attempt_at=AT + LATER)

    assert outgoing.send_due(at=AT) == 1

    due.refresh_from_db()
    later.refresh_from_db()
    assert (due.state, due.ended_at, due.error, due.claim, due.next_attempt_at) == (S.SENT, AT, "", "", None)
    assert later.state == S.QUEUED
    assert [taken.mail["Message-ID"] for taken in sink.mails] == [due.external_id]
    assert outgoing.send_due(at=AT) == 0


def test_only_mail_is_sent_by_mail(inbox, sink):
    inbox.channel = "whatsapp"
    inbox.save()
    make_delivery(inbox)

    assert outgoing.send_due(at=AT) == 0
    assert sink.mails == []


def test_a_greylisting_server_is_asked_again_later(inbox, sink):
    sink.mode = "greylist"
    delivery = make_delivery(inbox)

    outgoing.send_due(at=AT)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.next_attempt_at) == (S.QUEUED, 1, AT + timedelta(seconds=30))
    assert "451 4.7.1 Greylisted" in delivery.error
    sink.mode = "good"
    outgoing.send_due(at=AT + timedelta(seconds=30))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == (S.SENT, "")
    assert len(sink.mails) == 1


def test_after_the_last_try_it_has_failed(inbox, sink):
    sink.mode = "greylist"
    delivery = make_delivery(inbox, attempts=11)

    outgoing.send_due(at=AT)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.is_uncertain, delivery.ended_at) == (S.FAILED, False, AT)


def test_a_refusal_is_final(inbox, sink):
    sink.mode = "refuse"
    delivery = make_delivery(inbox)

    outgoing.send_due(at=AT)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.is_uncertain) == (S.FAILED, False)
    assert delivery.error == "dana@mail.example: 550 5.1.1 No such user"


def test_a_connection_lost_after_the_final_dot_is_never_repeated(inbox, sink):
    sink.mode = "drop_at_dot"
    delivery = make_delivery(inbox)

    outgoing.send_due(at=AT)
    outgoing.send_due(at=AT + timedelta(days=5))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.is_uncertain) == (S.FAILED, True)
    assert len(sink.mails) == 1


def test_who_has_it_does_not_get_it_again(inbox, sink):
    sink.refused = {"eli@mail.example": "452 4.2.2 Mailbox full"}
    delivery = make_delivery(inbox, cc=["eli@mail.example"])

    outgoing.send_due(at=AT)
    sink.refused = {}
    outgoing.send_due(at=AT + timedelta(minutes=1))

    delivery.refresh_from_db()
    assert delivery.state == S.SENT
    assert [taken.recipients for taken in sink.mails] == [["dana@mail.example"], ["eli@mail.example"]]
    assert {taken.mail["Cc"] for taken in sink.mails} == {"eli@mail.example"}


def test_who_was_refused_is_named(inbox, sink):
    sink.refused = {"eli@mail.example": "550 5.1.1 No such user"}
    delivery = make_delivery(inbox, cc=["eli@mail.example"])

    outgoing.send_due(at=AT)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.recipients) == (S.FAILED, ["eli@mail.example"])
    assert delivery.error == "eli@mail.example: 550 5.1.1 No such user"


def test_a_mail_that_cannot_be_written_fails_alone(inbox, sink):
    bad, good = make_delivery(inbox, to=["nowhere"]), make_delivery(inbox)

    assert outgoing.send_due(at=AT) == 2

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.error) == (S.FAILED, "nowhere is not an address that mail can go to.")
    assert good.state == S.SENT
    assert len(sink.mails) == 1


def test_a_row_left_in_sending_is_told_and_not_sent_again(inbox, sink):
    delivery = make_delivery(inbox, state=S.SENDING, claim="gone", claimed_until=AT - timedelta(seconds=1))

    outgoing.send_due(at=AT)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.is_uncertain) == (S.FAILED, True)
    assert delivery.error.startswith("Sending was interrupted.")
    assert sink.mails == []


def test_a_mailbox_may_name_its_own_server(inbox, sink, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    Mailbox.objects.create(inbox=inbox, smtp_host="127.0.0.1", smtp_port=sink.port, smtp_security="plain")
    delivery = make_delivery(inbox)

    outgoing.send_due(at=AT)

    delivery.refresh_from_db()
    assert delivery.state == S.SENT


def test_files_by_default(inbox, settings, tmp_path):
    settings.EMAIL_URL = f"file://{tmp_path}/outbox"
    delivery = make_delivery(inbox)

    outgoing.send_due(at=AT)

    (written,) = (tmp_path / "outbox").iterdir()
    assert written.name.endswith(f"-{delivery.public_id}.eml")


@pytest.mark.django_db
def test_inside_a_transaction_nothing_is_sent(inbox, sink):
    from django.db import transaction

    make_delivery(inbox)

    with transaction.atomic(), pytest.raises(RuntimeError):
        outgoing.send_due(at=AT)
    assert sink.mails == []


@pytest.mark.postgres
def test_many_workers_send_each_delivery_once(inbox, sink):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    for _ in range(60):
        make_delivery(inbox)
    start = threading.Barrier(6)

    def work():
        start.wait()
        while outgoing.send_due(at=AT, limit=7):
            pass
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    ids = [taken.mail["Message-ID"] for taken in sink.mails]
    assert len(ids) == len(set(ids)) == 60
    assert MessageDelivery.objects.filter(state=S.SENT).count() == 60


CRASH = """
import os, signal, sys
import django
django.setup()
from ramah.channels.email import outgoing, transports
from ramah.kernel import clock

hand_over = transports.SmtpTransport.hand_over
def crash(self, *args, **kwargs):
    if sys.argv[1] == "after":
        hand_over(self, *args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
transports.SmtpTransport.hand_over = crash
outgoing.send_due(at=clock.now())
"""

PREPARE = """
import django
django.setup()
from datetime import UTC, datetime
from ramah.channels.email.tests.outbound import make_delivery
from ramah.conversations.models import Inbox
make_delivery(Inbox.objects.create(key="s", name="Toko", address="support@shop.example", created_at=datetime.now(UTC)))
"""

RECOVER = """
import django
django.setup()
from datetime import timedelta
from ramah.channels.email import outgoing
from ramah.conversations.models import MessageDelivery
from ramah.kernel import clock
outgoing.send_due(at=clock.now())
outgoing.send_due(at=clock.now() + timedelta(days=1))
row = MessageDelivery.objects.get()
print(row.state, row.is_uncertain)
"""


@once
@pytest.mark.parametrize(("moment", "mails"), [("before", 0), ("after", 1)])
def test_a_worker_killed_in_the_middle_never_sends_twice(sink, tmp_path, moment, mails):
    environment = {
        **os.environ,
        "RAMAH_HOME": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/ramah.sqlite3",
        "EMAIL_URL": sink.url,
    }
    environment["DJANGO_SETTINGS_MODULE"] = "ramah.config.settings"  # those of the tests fix the way out

    def run(code, *arguments):
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment,
            cwd=Path(__file__).parents[4],
            capture_output=True,
            text=True,
            timeout=120,
        )

    migrate(tmp_path)
    prepared = run(PREPARE)
    assert prepared.returncode == 0, prepared.stderr

    assert run(CRASH, moment).returncode == -9
    assert len(sink.mails) == mails

    assert run(RECOVER).stdout.strip() == "failed True"
    assert len(sink.mails) == mails
