"""Mail is fetched from a real IMAP server: stored first, settled then, once only, whatever breaks in between."""

import os
import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import OperationalError, connections

from ramah.channels.email import attending, imap
from ramah.channels.email.models import Mailbox
from ramah.channels.email.tests import dovecot
from ramah.channels.email.tests.conftest import AT
from ramah.channels.models import IntakeItem
from ramah.conversations.models import Inbox

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        dovecot.BINARY is None and os.environ.get("CI") != "true",
        reason="Dovecot is not installed (Debian: dovecot-imapd)",
    ),
]


def mail(number, size=0):
    return b"From: dana@mail.example\r\nSubject: %d\r\nMessage-ID: <%d@mail.example>\r\n\r\n%s\r\n" % (
        number,
        number,
        b"x" * size,
    )


@pytest.fixture
def server():
    server = dovecot.Dovecot()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def mailbox(inbox, server):
    return make_mailbox(inbox, server)


def make_mailbox(inbox, server, **more):
    settings = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "plain",
        "username": "support",
        "password": "secret",
    }
    return Mailbox.objects.create(
        inbox=inbox, **{**settings, "is_active": True, "next_attempt_at": AT, "poll_seconds": 1, **more}
    )


def fetch(mailbox):
    mailbox.refresh_from_db()
    return imap.fetch_once(mailbox, at=AT)


def subjects():
    return [bytes(item.raw).split(b"\r\n")[1].decode() for item in IntakeItem.objects.order_by("id")]


def test_what_is_unread_is_stored_then_marked_as_read(server, mailbox, inbox):
    server.deliver(mail(1), flags="(\\Seen)")
    server.deliver(mail(2), mail(3))

    assert fetch(mailbox) == 2

    items = list(IntakeItem.objects.order_by("id"))
    assert [bytes(item.raw) for item in items] == [mail(2), mail(3)]
    assert items[0].envelope == {"transport": "imap", "folder": "INBOX", "uid": 2, "recipients": []}
    assert (items[0].inbox, items[0].state, items[0].next_attempt_at) == (inbox, "waiting", AT)
    assert server.flags() == {1: {"\\Seen"}, 2: {"\\Seen"}, 3: {"\\Seen"}}
    assert fetch(mailbox) == 0


def test_later_mail_is_fetched_although_somebody_read_it_before(server, mailbox):
    fetch(mailbox)
    server.deliver(mail(1), flags="(\\Seen)")

    assert fetch(mailbox) == 1
    assert fetch(mailbox) == 0


def test_the_first_fetch_may_go_back_to_a_day(server, mailbox):
    server.deliver(mail(1), flags="(\\Seen)")
    Mailbox.objects.update(since=date(2020, 1, 1))

    assert fetch(mailbox) == 1


@pytest.mark.parametrize(
    ("after", "left", "archived"),
    [
        ("keep", {1: set(), 2: {"\\Deleted"}}, 0),
        ("seen", {1: {"\\Seen"}, 2: {"\\Deleted", "\\Seen"}}, 0),
        ("move", {}, 2),
        ("delete", {}, 0),
    ],
)
def test_afterwards_as_the_mailbox_says(server, inbox, after, left, archived):
    mailbox = make_mailbox(inbox, server, after=after, move_to="Archive")
    server.deliver(mail(1))
    server.deliver(mail(2), flags="(\\Deleted)")

    assert fetch(mailbox) == 2

    assert server.flags() == left
    assert len(server.flags(folder="Archive")) == archived


@pytest.mark.parametrize("after", ["seen", "delete", "move"])
def test_mail_of_others_is_never_expunged(server, inbox, after):
    mailbox = make_mailbox(inbox, server, after=after, move_to="Archive")
    server.deliver(mail(1), flags="(\\Seen \\Deleted)")
    server.deliver(mail(2))

    fetch(mailbox)

    assert 1 in server.flags()


def test_nothing_is_marked_before_it_is_stored(server, mailbox, monkeypatch):
    server.deliver(mail(1))

    def away(**_):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(imap, "take_in", away)
        with pytest.raises(OperationalError):
            fetch(mailbox)
    assert server.flags() == {1: set()}

    assert fetch(mailbox) == 1


def test_a_crash_after_storing_fetches_nothing_twice_and_settles_later(server, inbox, monkeypatch):
    mailbox = make_mailbox(inbox, server, after="move", move_to="Archive")
    server.deliver(mail(1), mail(2))
    command = imap.Session._command

    def lost(self, name, *arguments):
        if name == "MOVE":
            raise ConnectionResetError
        return command(self, name, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(imap.Session, "_command", lost)
        with pytest.raises(ConnectionResetError):
            fetch(mailbox)
    assert set(server.flags()) == {1, 2}

    assert fetch(mailbox) == 0
    assert server.flags() == {}
    assert subjects() == ["Subject: 1", "Subject: 2"]


def test_a_connection_lost_in_the_middle_of_a_large_first_fetch_goes_on_where_it_was(server, mailbox, monkeypatch):
    monkeypatch.setattr(imap, "BATCH_MAILS", 10)
    server.deliver(mail(0), flags="(\\Seen)")
    server.deliver(*(mail(n) for n in range(1, 46)))
    server.deliver(mail(99), flags="(\\Seen)")
    raw, calls = imap.Session._raw, []

    def lost(self, uid, size):
        calls.append(uid)
        if len(calls) == 25:
            raise ConnectionResetError
        return raw(self, uid, size)

    with monkeypatch.context() as patch:
        patch.setattr(imap.Session, "_raw", lost)
        with pytest.raises(ConnectionResetError):
            fetch(mailbox)
    assert IntakeItem.objects.count() == 20

    assert fetch(mailbox) == 25
    assert subjects() == [f"Subject: {n}" for n in range(1, 46)]
    assert fetch(mailbox) == 0


def test_a_renumbered_folder_is_searched_by_date_again(server, mailbox):
    server.deliver(mail(1))
    fetch(mailbox)
    Mailbox.objects.update(uidvalidity=1, last_uid=500, last_ok_at=datetime.now(UTC))
    server.deliver(mail(2), flags="(\\Seen)")

    assert fetch(mailbox) == 2  # the first once more: its Message-ID tells the reader

    mailbox.refresh_from_db()
    assert (mailbox.last_uid, mailbox.uidvalidity == 1) == (2, False)


def test_of_a_mail_that_is_too_large_the_headers_are_kept(server, mailbox, settings):
    settings.INTAKE_MAX_BYTES = 1000
    server.deliver(mail(1, size=2000), mail(2))

    assert fetch(mailbox) == 2

    large, small = IntakeItem.objects.order_by("id")
    assert bytes(large.raw).endswith(b"Message-ID: <1@mail.example>\r\n\r\n")
    assert large.envelope["left_out_bytes"] == len(mail(1, size=2000))
    assert "left_out_bytes" not in small.envelope


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"password": "no"}, "The mail server did not accept the user name and password."),
        ({"folder": "Nowhere"}, "The folder does not exist in this mailbox."),
        ({"port": 1}, "Nothing answers at this server and port."),
        ({"security": "starttls"}, "The mail server does not offer STARTTLS here."),
        ({"security": "ssl"}, "No protected connection came about; check port and protection."),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(server, inbox, wrong, reason):
    mailbox = make_mailbox(inbox, server, **wrong)

    with pytest.raises(Exception) as error:  # noqa: PT011 - each of them another
        fetch(mailbox)

    assert imap.plain_reason(error.value) == reason


@pytest.fixture
def attendance():
    """Runs `run_mailboxes` in the background; stops it at the end."""
    stop = threading.Event()
    thread = threading.Thread(target=attending.run_mailboxes, args=(stop,))
    yield thread.start
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    connections.close_all()


def until(happened, seconds=15):
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.1)


def test_mailboxes_are_watched_side_by_side_and_one_that_fails_is_shown(server, inbox, attendance, monkeypatch):
    monkeypatch.setattr(attending, "LOOK_SECONDS", 0.3)
    sales = Inbox.objects.create(key="sales", name="Sales", address="sales@shop.example", created_at=AT)
    broken = Inbox.objects.create(key="broken", name="Broken", address="broken@shop.example", created_at=AT)
    good = [
        make_mailbox(inbox, server, poll_seconds=60),
        make_mailbox(sales, server, username="sales", poll_seconds=60),
    ]
    bad = make_mailbox(broken, server, password="no")
    server.deliver(mail(1))

    attendance()
    until(lambda: Mailbox.objects.filter(state="ok").count() == 2 and IntakeItem.objects.count() == 1)
    server.deliver(mail(2), user="sales")  # told by IDLE: the next look would be a minute away
    until(lambda: IntakeItem.objects.filter(inbox=sales).count() == 1)
    until(lambda: Mailbox.objects.filter(pk=bad.pk, state="failing").exists())

    bad.refresh_from_db()
    assert bad.last_error == "The mail server did not accept the user name and password."
    assert (bad.attempts, bad.claim) == (1, "")
    assert bad.next_attempt_at > datetime.now(UTC)
    good[0].refresh_from_db()
    assert (good[0].last_error, good[0].attempts) == ("", 0)
    assert good[0].last_ok_at > datetime.now(UTC) - timedelta(minutes=1)


def test_a_server_that_comes_back_is_fetched_from_again(server, inbox, attendance, monkeypatch):
    monkeypatch.setattr(attending, "LOOK_SECONDS", 0.3)
    monkeypatch.setattr(attending, "_LONGEST_PAUSE", timedelta(seconds=1))
    mailbox = make_mailbox(inbox, server)
    attendance()
    until(lambda: Mailbox.objects.filter(state="ok").exists())

    server.stop()
    until(lambda: Mailbox.objects.filter(state="failing").exists())
    server.start()
    server.deliver(mail(1))
    until(lambda: IntakeItem.objects.count() == 1)
    until(lambda: Mailbox.objects.filter(state="ok", attempts=0).exists())

    mailbox.refresh_from_db()
    assert mailbox.last_error == ""


def test_a_mailbox_claimed_elsewhere_is_left_alone(server, inbox, attendance, monkeypatch):
    monkeypatch.setattr(attending, "LOOK_SECONDS", 0.3)
    later = datetime.now(UTC) + timedelta(minutes=5)
    mailbox = make_mailbox(inbox, server, claim="other", claimed_until=later)
    server.deliver(mail(1))

    attendance()
    time.sleep(1.5)

    assert not IntakeItem.objects.exists()
    mailbox.refresh_from_db()
    assert mailbox.claim == "other"


def test_who_lost_the_claim_stores_nothing(server, inbox):
    mailbox = make_mailbox(inbox, server)
    server.deliver(mail(1))
    Mailbox.objects.update(claim="other")

    with pytest.raises(imap.ClaimLost):
        imap.fetch_once(mailbox, at=AT)

    assert not IntakeItem.objects.exists()
    assert server.flags() == {1: set()}
