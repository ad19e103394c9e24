"""What can be said after a hand-over, whatever the mail server did."""

import socket
from email.message import EmailMessage

import pytest

from ramah.channels.email.tests.conftest import AT
from ramah.channels.email.tests.smtp_sink import Sink, log_in, sink_controller
from ramah.channels.email.transports import FileTransport, Outcome, SmtpTransport, transport_of_url

DANA, ELI = "dana@mail.example", "eli@mail.example"


def mail_of(text="Halo"):
    mail = EmailMessage()
    mail["Subject"] = "Pesanan"
    mail["From"] = "support@shop.example"
    mail["To"] = DANA
    mail.set_content(text)
    return mail


def hand_over(transport, recipients=(DANA,), mail=None):
    try:
        return transport.hand_over(
            mail or mail_of(), sender="support@shop.example", recipients=list(recipients), name="d1", at=AT
        )
    finally:
        transport.close()


def test_a_mail_is_taken(sink):
    result = hand_over(transport_of_url(sink.url), mail=mail_of("first\n.\n..dots\nlast"))

    assert result.outcome is Outcome.SENT
    (taken,) = sink.mails
    assert (taken.sender, taken.recipients) == ("support@shop.example", [DANA])
    assert taken.raw.endswith(b"\r\n\r\nfirst\r\n.\r\n..dots\r\nlast\r\n")


def test_a_batch_uses_one_connection(sink):
    transport = transport_of_url(sink.url)

    for _ in range(3):
        assert (
            transport.hand_over(mail_of(), sender="s@shop.example", recipients=[DANA], name="d", at=AT).outcome
            is Outcome.SENT
        )
    transport.close()

    assert (len(sink.mails), sink.connections) == (3, 1)


@pytest.mark.parametrize(
    ("mode", "outcome", "reason"),
    [
        ("greylist", Outcome.TEMPORARY, f"{DANA}: 451 4.7.1 Greylisted, come back later"),
        ("full", Outcome.TEMPORARY, "452 4.3.1 Disk full"),
        ("refuse", Outcome.PERMANENT, f"{DANA}: 550 5.1.1 No such user"),
        ("drop_at_dot", Outcome.UNCERTAIN, "The mail server closed the connection."),
    ],
)
def test_each_kind_of_no_is_told_apart(sink, mode, outcome, reason):
    sink.mode = mode

    result = hand_over(transport_of_url(sink.url))

    assert (result.outcome, result.reason, result.outstanding) == (outcome, reason, (DANA,))


def test_a_server_that_does_not_answer_the_final_dot_leaves_it_open(sink):
    sink.mode = "slow"
    transport = SmtpTransport("127.0.0.1", sink.port, "plain", final_reply_seconds=0.3)

    result = hand_over(transport)

    assert (result.outcome, result.reason) == (Outcome.UNCERTAIN, "The mail server did not answer in time.")


def test_no_server_is_temporary():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = hand_over(SmtpTransport("127.0.0.1", taken.getsockname()[1], "plain"))

    assert (result.outcome, result.reason) == (Outcome.TEMPORARY, "Nothing answers at this server and port.")


def test_after_a_failure_the_next_mail_of_the_batch_still_goes(sink):
    transport = transport_of_url(sink.url)
    sink.mode = "drop_at_dot"
    assert (
        transport.hand_over(mail_of(), sender="s@shop.example", recipients=[DANA], name="d", at=AT).outcome
        is Outcome.UNCERTAIN
    )
    sink.mode = "refuse"
    assert (
        transport.hand_over(mail_of(), sender="s@shop.example", recipients=[DANA], name="d", at=AT).outcome
        is Outcome.PERMANENT
    )
    sink.mode = "good"

    assert hand_over(transport, [ELI]).outcome is Outcome.SENT
    assert sink.mails[-1].recipients == [ELI]


def test_those_refused_are_named_and_the_others_get_it(sink):
    sink.refused = {ELI: "550 5.1.1 No such user"}

    result = hand_over(transport_of_url(sink.url), [DANA, ELI])

    assert (result.outcome, result.outstanding) == (Outcome.PERMANENT, (ELI,))
    assert result.reason == f"{ELI}: 550 5.1.1 No such user"
    assert [taken.recipients for taken in sink.mails] == [[DANA]]


def test_those_put_off_are_the_only_ones_to_try_again(sink):
    sink.refused = {ELI: "452 4.2.2 Mailbox full"}

    result = hand_over(transport_of_url(sink.url), [DANA, ELI])

    assert (result.outcome, result.outstanding) == (Outcome.TEMPORARY, (ELI,))


def log_in_or_hang_up(server, *told):
    answer = log_in(server, *told)
    if not answer.success:
        answer.handled = True
        server.transport.close()
    return answer


@pytest.mark.parametrize("authenticator", [log_in, log_in_or_hang_up])
def test_log_in(authenticator):
    sink = Sink()
    controller = sink_controller(sink, authenticator=authenticator, auth_required=True, auth_require_tls=False)
    controller.start()
    try:
        good = hand_over(transport_of_url(f"smtp://ramah:secret@127.0.0.1:{controller.port}"))
        bad = hand_over(transport_of_url(f"smtp://ramah:wrong@127.0.0.1:{controller.port}"))
    finally:
        controller.stop()

    assert good.outcome is Outcome.SENT
    assert (bad.outcome, bad.reason) == (
        Outcome.TEMPORARY,
        "The mail server did not accept the user name and password.",
    )
    assert len(sink.mails) == 1


def test_addresses_in_other_scripts(sink):
    result = hand_over(transport_of_url(sink.url), ["ольга@пошта.example", "dana@крамниця.example"])

    assert result.outcome is Outcome.SENT
    assert sink.mails[0].recipients == ["ольга@xn--80a1acn3a.example", "dana@xn--80aqejfp0c4d.example"]


def test_a_local_part_in_another_script_needs_a_server_that_can():
    sink = Sink()
    controller = sink_controller(sink, enable_SMTPUTF8=False)
    controller.start()
    try:
        result = hand_over(transport_of_url(f"smtp://127.0.0.1:{controller.port}"), ["ольга@mail.example"])
    finally:
        controller.stop()

    assert result.outcome is Outcome.PERMANENT
    assert sink.mails == []


def test_files_are_written_whole(tmp_path):
    result = hand_over(FileTransport(tmp_path / "outbox"))

    assert result.outcome is Outcome.SENT
    (written,) = (tmp_path / "outbox").iterdir()
    assert written.name == "20260302T090000-d1.eml"
    assert b"Subject: Pesanan\r\n" in written.read_bytes()


def test_a_folder_that_cannot_be_written_is_temporary(tmp_path):
    (tmp_path / "outbox").write_text("a file")

    result = hand_over(FileTransport(tmp_path / "outbox"))

    assert result.outcome is Outcome.TEMPORARY


@pytest.mark.parametrize(
    ("url", "port", "security", "user"),
    [
        ("smtp://mail.example", 25, "plain", ""),
        ("smtp+tls://me%40x.example:p%3Aw@mail.example", 587, "starttls", "me@x.example"),
        ("smtps://me:pw@mail.example:4650", 4650, "ssl", "me"),
    ],
)
def test_email_urls(url, port, security, user):
    transport = transport_of_url(url)

    assert (transport.host, transport.port, transport.security, transport.username) == (
        "mail.example",
        port,
        security,
        user,
    )
    assert "p:w" not in repr(transport)
