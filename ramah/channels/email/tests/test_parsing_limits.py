"""Reading takes time in proportion to the length and never raises, whatever the bytes."""

import base64
import json
import time
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ramah.channels.email import traffic
from ramah.channels.email.parsing import parse_mail
from ramah.channels.email.proof import read_authentication
from ramah.channels.email.tests.mails import HEAD, MAILS, multipart
from ramah.channels.email.tnef import read_tnef

RAWS = [sample.raw for sample in MAILS.values()]


def nested(count: int, line: bytes) -> bytes:
    return HEAD + line * count


HOSTILE = {
    "large file": multipart(
        b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(b"\x89PNG" * 4_500_000)
    ),
    "large text": HEAD + b"\r\n" + b"hello world this is\n" * 1_250_000,
    "large HTML": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<p>Hello <b>x</b></p>" * 1_100_000,
    "a million empty parts": multipart(*[b""] * 1_000_000),
    "nested under one boundary": nested(100_000, b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"),
    "mails in mails": nested(100_000, b"Content-Type: message/rfc822\n\n"),
    "millions of fields": b"a:b\n" * 6_000_000,
    "millions of mailbox lines": b"From x\n" * 3_000_000,
    "one field of a megabyte": b"Subject: " + b"=?a?q?x " * 125_000 + b"\n\nhi",
    "one folded field": b"Subject: x\n" + b" x\n" * 3_000_000,
    "boundary nearly everywhere": HEAD
    + b"Content-Type: multipart/mixed; boundary="
    + b"a" * 70
    + b"\n\n"
    + (b"\n--" + b"a" * 71) * 200_000,
    "recipients without end": (b"To: " + b"a@example.com, " * 6_000 + b"\n") * 100 + b"\n\nhi",
    "quotes and brackets": b"To: " + b'"<(' * 30_000 + b"\n\nhi",
    "only NUL": b"\0" * 10_000_000,
    "only 0xFF": b"\xff" * 10_000_000,
    "only carriage returns": b"\r" * 10_000_000,
    "bounce without end": HEAD
    + b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@example.com\nAction: failed\n\n" * 200_000,
    "free-form bounce": b"From: MAILER-DAEMON\nSubject: Undeliverable\n\n" + b"<a@example.com>: 5.1.1\n" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_in_time(name):
    started = time.process_time()
    mail = parse_mail(HOSTILE[name])
    traffic.classify(mail)
    assert time.process_time() - started < 3


@given(st.binary(max_size=2000))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read(raw):
    reads_without_raising(raw)


@given(st.sampled_from(RAWS), st.data())
@settings(max_examples=400, deadline=None)
def test_any_damaged_mail_is_read(raw, data):
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        until = data.draw(st.integers(at, min(len(raw), at + 40)))
        put = data.draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from([b"\r\n", b"\n\n", b"--=_b1\r\n", b"=?", b'"', b"<", b"\0", b";"]),
            )
        )
        raw = raw[:at] + put + raw[until:]
    reads_without_raising(raw)


@given(st.sampled_from(RAWS), st.sampled_from(RAWS), st.integers(0, 400), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_any_two_mails_cut_and_joined_are_read(first, second, end, start):
    reads_without_raising(first[:end] + second[start:])


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_tnef_is_read(content):
    read_tnef(b"\x78\x9f\x3e\x22\x01\x00" + content)


def reads_without_raising(raw: bytes) -> None:
    mail = parse_mail(raw)
    traffic.classify(mail)
    read_authentication(raw, mail, trusted_authserv_ids={"mx.example.org"}, dnsfunc=lambda name: None)
    for text in (
        mail.text,
        mail.html,
        mail.subject,
        mail.reply_text,
        mail.from_.name,
        mail.from_.email,
        mail.bounce.reason,
    ):
        text.encode("utf-8")
        assert "\0" not in text
    assert "\n" not in mail.subject + mail.from_.name + mail.from_.email
    assert not any("/" in file.filename or "\\" in file.filename or not file.filename for file in mail.attachments)
    json.dumps({name: value for name, value in asdict(mail.bounce).items() if name != "x"})
