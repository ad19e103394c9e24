"""Ramah's own SMTP and LMTP receiver: who may leave mail, and when it is acknowledged."""

import smtplib
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from ramah.channels.email import group_commit
from ramah.channels.email.smtp_receiver import Limits, serve_smtp
from ramah.channels.email.tests.certificates import self_signed
from ramah.channels.email.tests.conftest import AT
from ramah.channels.email.tokens import reply_address
from ramah.channels.models import IntakeItem
from ramah.conversations.models import Inbox

pytestmark = pytest.mark.django_db(transaction=True)
OURS, DANA = "support@shop.example", "dana@mail.example"
MAIL = b"From: dana@mail.example\r\nSubject: Halo\r\nMessage-ID: <1@mail.example>\r\n\r\nDi mana paket saya?\r\n"
SMALL = Limits(message_bytes=10_000, recipients=3, connections=4, connections_per_peer=2)


@pytest.fixture
def receiver(inbox):
    """Starts receivers; all are stopped at the end."""
    started = []

    def start(**options):
        started.append(serve_smtp("127.0.0.1", 0, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def client_of(server, kind=smtplib.SMTP):
    return kind("127.0.0.1", server.port, local_hostname="mx.mail.example", timeout=10)


def talk(server, *lines):
    """Send raw lines after the greeting and return all that was answered."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as peer:
        peer.sendall(b"".join(lines))
        answer = b""
        peer.settimeout(1)
        try:
            while piece := peer.recv(4096):
                answer += piece
        except TimeoutError:
            pass
        return answer.decode()


HELLO = b"EHLO mx.mail.example\r\nMAIL FROM:<dana@mail.example>\r\nRCPT TO:<support@shop.example>\r\nDATA\r\n"


def test_a_mail_is_stored_raw_with_what_came_beside_it(receiver, inbox):
    server = receiver()
    before = datetime.now(UTC)

    with client_of(server) as client:
        assert client.sendmail(DANA, [OURS], MAIL) == {}

    item = IntakeItem.objects.get()
    assert bytes(item.raw) == MAIL
    assert item.envelope == {
        "transport": "smtp",
        "sender": DANA,
        "recipients": [OURS],
        "peer": "127.0.0.1",
        "helo": "mx.mail.example",
        "tls": False,
    }
    assert (item.inbox, item.state) == (inbox, "waiting")
    assert before - timedelta(seconds=1) <= item.next_attempt_at <= datetime.now(UTC)


def test_dots_long_lines_nul_and_eight_bits_come_through_unchanged(receiver):
    body = (
        b"Subject: x\r\n\r\n.\r\n..two\r\n...\r\nno end."
        + b"y" * 300_000
        + b".\r\n\x00 caf\xe9 bare\nfeed\rreturn\r\n.last"
    )
    server = receiver()

    with client_of(server) as client:
        client.helo()
        client.mail(DANA)
        client.rcpt(OURS)
        client.docmd("DATA")
        client.send(body.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        assert client.getreply()[0] == 250

    assert bytes(IntakeItem.objects.get().raw) == body + b"\r\n"


def test_an_empty_mail_is_a_mail(receiver):
    answer = talk(receiver(), HELLO, b".\r\nQUIT\r\n")

    assert "250 2.0.0 Taken in\r\n221" in answer
    assert bytes(IntakeItem.objects.get().raw) == b""


def test_many_mails_pipelined_over_one_connection(receiver):
    mail = b"MAIL FROM:<>\r\nRCPT TO:<support@shop.example>\r\nDATA\r\n"

    answer = talk(receiver(), b"EHLO x\r\n", *(mail + b"Subject: %d\r\n\r\n.\r\n" % n for n in range(5)), b"QUIT\r\n")

    assert answer.count("250 2.0.0 Taken in") == 5
    assert IntakeItem.objects.filter(envelope__sender="").count() == 5


@pytest.mark.parametrize(
    "recipient",
    [
        "support@shop.example",
        "SUPPORT@Shop.Example",
        "support+anything@shop.example",
        reply_address(OURS, 7),
        reply_address(OURS, 7).upper(),
    ],
)
def test_the_inbox_is_found_whatever_the_case_and_the_token(receiver, recipient):
    with client_of(receiver()) as client:
        client.sendmail(DANA, [recipient], MAIL)

    assert IntakeItem.objects.get().envelope["recipients"] == [recipient]


@pytest.mark.parametrize(
    ("recipient", "code", "says"),
    [
        ("nobody@shop.example", 550, b"5.1.1 No such address here"),
        ("eli@elsewhere.example", 550, b"5.7.1 This server does not relay"),
        ("support%elsewhere.example@shop.example", 550, b"5.1.1 No such address here"),
        ("@shop.example:eli@elsewhere.example", 553, b"5.1.3 Error: malformed address"),
        ("support@shop.example@elsewhere.example", 553, b"5.1.3 Error: malformed address"),
        ("closed@shop.example", 550, b"5.1.1 No such address here"),
        ("sales@chat.example", 550, b"5.7.1 This server does not relay"),
    ],
)
def test_nobody_else_gets_mail_here(receiver, recipient, code, says):
    Inbox.objects.create(key="closed", name="C", address="closed@shop.example", is_active=False, created_at=AT)
    Inbox.objects.create(key="chat", name="C", address="sales@chat.example", channel="chat", created_at=AT)

    with client_of(receiver()) as client:
        client.ehlo()
        client.mail(DANA)
        assert client.rcpt(recipient) == (code, says)
        assert client.docmd("DATA")[0] == 503

    assert not IntakeItem.objects.exists()


def test_one_mail_to_two_inboxes_is_two_items(receiver, inbox):
    other = Inbox.objects.create(key="sales", name="Sales", address="sales@shop.example", created_at=AT)

    with client_of(receiver()) as client:
        client.sendmail(DANA, [OURS, "sales@shop.example", "support+x@shop.example"], MAIL)

    assert {item.inbox_id: item.envelope["recipients"] for item in IntakeItem.objects.all()} == {
        inbox.pk: [OURS, "support+x@shop.example"],
        other.pk: ["sales@shop.example"],
    }


def test_limits_of_size_and_recipients(receiver):
    server = receiver(limits=SMALL)

    with client_of(server) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "10000"
        assert client.mail(DANA, ["SIZE=10001"])[0] == 552
        client.mail(DANA)
        codes = [client.rcpt(f"support+{n}@shop.example")[0] for n in range(5)]
        assert codes == [250, 250, 250, 452, 452]
        assert client.data(b"x" * 10_001) == (552, b"5.3.4 The mail is too large")
        assert not IntakeItem.objects.exists()
        client.mail(DANA)
        client.rcpt(OURS)
        assert client.data(b"x" * 9_998)[0] == 250

    assert IntakeItem.objects.count() == 1


def test_too_many_connections_are_turned_away_and_places_are_given_back(receiver):
    server = receiver(limits=SMALL)
    first, second = client_of(server), client_of(server)

    with pytest.raises(smtplib.SMTPConnectError) as refused:
        client_of(server)
    assert refused.value.smtp_code == 421

    first.close()
    second.quit()
    time.sleep(0.1)
    with client_of(server) as client:
        client.sendmail(DANA, [OURS], MAIL)
    assert IntakeItem.objects.count() == 1


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r.\r",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r\n\x00.\r\n",
        b"\r\n.\x00\r\n",
        b"\n\x00.\r\n",
        b"\r.\r\n",
    ],
)
def test_a_false_end_of_data_smuggles_nothing(receiver, end):
    smuggled = (
        b"MAIL FROM:<ceo@shop.example>\r\nRCPT TO:<support@shop.example>\r\nDATA\r\nSubject: smuggled\r\n\r\n.\r\n"
    )

    answer = talk(receiver(), HELLO, b"Subject: x\r\n\r\ntext", end, smuggled, b"QUIT\r\n")

    assert "554 5.6.0 A lone dot between bare line breaks\r\n" in answer
    assert "Taken in" not in answer
    assert not IntakeItem.objects.exists()


def test_commands_come_in_order_and_verify_nothing(receiver):
    server = receiver()
    with client_of(server) as client:
        assert client.docmd("MAIL", "FROM:<dana@mail.example>")[0] == 503
        assert client.docmd("HELO")[0] == 501
        client.ehlo()
        assert "auth" not in client.esmtp_features
        assert "smtputf8" in client.esmtp_features
        known, unknown = client.docmd("VRFY", OURS), client.docmd("VRFY", "nobody@shop.example")
        assert known == unknown
        assert client.docmd("EXPN", "all")[0] == 502
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] in (504, 538)
        assert client.docmd("MAIL", "FROM:<da\x00na@mail.example>")[0] in (501, 553)


def test_addresses_in_other_scripts(receiver):
    Inbox.objects.create(key="uk", name="Крамниця", address="пошта@крамниця.example", created_at=AT)

    with client_of(receiver()) as client:
        client.ehlo()
        client.command_encoding = "utf-8"
        assert client.mail("ольга@пошта.example", ["SMTPUTF8"])[0] == 250
        assert client.rcpt("пошта@xn--80aqejfp0c4d.example")[0] == 250
        assert client.data("Subject: Де?\r\n\r\n".encode())[0] == 250

    assert IntakeItem.objects.get().envelope["sender"] == "ольга@пошта.example"


def test_a_database_that_is_away_makes_the_sender_come_back(receiver, monkeypatch):
    server = receiver()

    def away(**_):
        raise OperationalError("could not connect")

    with client_of(server) as client:
        client.sendmail(DANA, [OURS], MAIL)
        with monkeypatch.context() as patch:
            patch.setattr(group_commit, "take_in", away)
            with pytest.raises(smtplib.SMTPDataError) as refused:
                client.sendmail(DANA, [OURS], MAIL)
        assert refused.value.smtp_code == 451
        client.sendmail(DANA, [OURS], MAIL)

    assert IntakeItem.objects.count() == 2


def test_unknown_recipients_cannot_be_told_while_the_database_is_away(receiver, monkeypatch):
    def away(_):
        raise OperationalError("could not connect")

    monkeypatch.setattr("ramah.channels.email.recipients.AddressBook.read", away)
    with client_of(receiver()) as client:
        client.ehlo()
        client.mail(DANA)
        assert client.rcpt(OURS)[0] == 451


def test_mails_that_arrive_together_share_a_commit_and_one_bad_one_spoils_none(receiver, monkeypatch):
    batches, gate = [], threading.Event()
    take_in = group_commit.take_in

    def slow(*, inbox_id, raws, at):
        gate.wait(5)
        batches.append(len(raws))
        if any(b"poison" in raw for raw, _ in raws):
            raise ValueError("poison")
        return take_in(inbox_id=inbox_id, raws=raws, at=at)

    monkeypatch.setattr(group_commit, "take_in", slow)
    server = receiver()

    def send(number):
        with client_of(server) as client:
            try:
                return client.sendmail(DANA, [OURS], MAIL + (b"poison" if number == 5 else b"%d" % number))
            except smtplib.SMTPDataError as error:
                return error.smtp_code

    with ThreadPoolExecutor(10) as pool:
        results = [pool.submit(send, number) for number in range(10)]
        time.sleep(0.7)
        assert IntakeItem.objects.count() == 0
        gate.set()
        answers = [result.result() for result in results]

    assert answers == [451 if number == 5 else {} for number in range(10)]
    assert IntakeItem.objects.count() == 9
    assert max(batches) > 1


def test_a_full_line_asks_senders_to_come_back(receiver, monkeypatch):
    gate = threading.Event()
    take_in = group_commit.take_in

    def slow(**arguments):
        gate.wait(5)
        return take_in(**arguments)

    monkeypatch.setattr(group_commit, "take_in", slow)
    server = receiver(limits=Limits(message_bytes=10_000, waiting=1))
    with ThreadPoolExecutor(1) as pool, client_of(server) as first, client_of(server) as second:
        waiting = pool.submit(first.sendmail, DANA, [OURS], MAIL)
        time.sleep(0.3)
        second.ehlo()
        assert second.mail(DANA) == (451, b"4.3.1 Busy, come back later")
        gate.set()
        assert waiting.result() == {}
        assert second.mail(DANA)[0] == 250

    assert IntakeItem.objects.count() == 1


def test_stopping_finishes_the_mail_in_hand(receiver, monkeypatch):
    take_in = group_commit.take_in

    def slow(**arguments):
        time.sleep(0.5)
        return take_in(**arguments)

    monkeypatch.setattr(group_commit, "take_in", slow)
    server = receiver()
    with ThreadPoolExecutor(1) as pool:
        client = client_of(server)
        sent = pool.submit(client.sendmail, DANA, [OURS], MAIL)
        time.sleep(0.2)
        server.stop()
        assert sent.result() == {}

    assert IntakeItem.objects.count() == 1
    with pytest.raises(ConnectionRefusedError):
        client_of(server)


def test_lmtp_answers_for_each_recipient(receiver):
    server = receiver(lmtp=True)

    answer = talk(
        server,
        b"LHLO mta\r\nMAIL FROM:<dana@mail.example>\r\nRCPT TO:<support@shop.example>\r\nRCPT TO:<no@shop.example>\r\n",
        b"RCPT TO:<support+x@shop.example>\r\nDATA\r\nSubject: x\r\n\r\n.\r\nQUIT\r\n",
    )

    assert answer.count("250 2.0.0 Taken in") == 2
    assert IntakeItem.objects.get().envelope["transport"] == "lmtp"
    assert "500" in talk(server, b"EHLO mta\r\nQUIT\r\n")


def test_starttls(receiver, tmp_path):
    certificate = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = receiver(tls_context=context)

    with client_of(server) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(certificate)))
        client.sendmail(DANA, [OURS], MAIL)

    assert IntakeItem.objects.get().envelope["tls"] is True
