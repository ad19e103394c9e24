"""What bounces say: whom a mail did not reach, why, whether for good, and which mail it was."""

import pytest

from ramah.channels.email.bounces import NO_BOUNCE, Bounce, Failure
from ramah.channels.email.parsing import parse_mail
from ramah.channels.email.tests import bounce_mails as mails


def bounce_of(raw: bytes) -> Bounce:
    return parse_mail(raw).bounce


def test_notification_names_recipient_reason_and_original():
    assert bounce_of(mails.dsn()) == Bounce(
        True, (Failure("dana@example.com", True, "550 5.1.1 User unknown"),), "<out1@shop.example>"
    )


@pytest.mark.parametrize(
    ("status", "action", "diagnosis", "hard"),
    [
        ("5.1.1", "failed", "smtp; 550 5.1.1 User unknown", True),
        ("5.0.0", "failed", "smtp; 550 no such user", True),
        ("5.4.4", "failed", "X-Postfix; Host or domain name not found", True),
        ("5.2.2", "failed", "smtp; 552 5.2.2 Mailbox full", False),
        ("5.0.0", "failed", "smtp; 552 over quota", False),
        ("4.4.1", "delayed", "smtp; 451 connection timed out", False),
        ("4.4.7", "failed", "smtp; message expired", False),
        ("5.1.1", "delayed", "smtp; 550 5.1.1 User unknown", False),
        ("", "failed", "smtp; 450 try later", False),
        ("", "failed", "smtp; 550 unknown user", True),
        ("", "failed", "", True),
    ],
)
def test_hard_is_what_will_not_pass(status, action, diagnosis, hard):
    bounce = bounce_of(mails.dsn(status=status, action=action, diagnosis=diagnosis))
    assert (bounce.is_bounce, bounce.hard, bounce.recipients) == (True, hard, ("dana@example.com",))


def test_receipt_of_a_delivery_is_no_bounce():
    assert bounce_of(mails.dsn(action="delivered", status="2.0.0")) == NO_BOUNCE


def test_original_may_come_as_its_header_only():
    assert bounce_of(mails.dsn(kind="text/rfc822-headers")).original_message_id == "<out1@shop.example>"


def test_each_recipient_has_its_own_verdict():
    raw = mails.dsn().replace(
        b"\r\n--b1\r\nContent-Type: message/rfc822",
        b"\r\n\r\nFinal-Recipient: rfc822; eli@example.com\r\nAction: delayed\r\nStatus: 4.2.2\r\n"
        b"\r\n--b1\r\nContent-Type: message/rfc822",
    )
    assert [(failure.recipient, failure.hard) for failure in bounce_of(raw).failures] == [
        ("dana@example.com", True),
        ("eli@example.com", False),
    ]


@pytest.mark.parametrize(
    ("raw", "hard", "reason", "original"),
    [
        (mails.QMAIL, True, "Sorry, no mailbox here by that name. (#5.1.1)", "<out1@shop.example>"),
        (mails.EXIM, True, "550 No such user here", "<out1@shop.example>"),
        (mails.POSTFIX_OLD, True, "<dana@example.com>: host mx.example.com[192.0.2.1] said: 550 5.1.1", ""),
        (mails.EXCHANGE_FULL, False, "The recipient's mailbox is full and can't accept messages now.", ""),
        (mails.WARNING, False, "retry timeout 451 try later", ""),
        (mails.INDONESIAN, True, "550 5.1.1 User unknown", ""),
        (mails.UKRAINIAN, True, "<dana@example.com>: 550 5.1.1 User unknown", ""),
    ],
)
def test_free_form_bounces_are_read(raw, hard, reason, original):
    bounce = bounce_of(raw)
    assert (bounce.is_bounce, bounce.hard, bounce.recipients, bounce.reason, bounce.original_message_id) == (
        True,
        hard,
        ("dana@example.com",),
        reason,
        original,
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"From: dana@example.com\nSubject: Undeliverable: Your order\n\nI got this: 550 5.1.1 <eli@example.com> User unknown",
        b"From: dana@example.com\nSubject: my parcel was not delivered\n\nhello",
        b"From: postmaster@example.com\nSubject: Question about my order\n\nIt is me, the postmaster.",
        b"From: bounce@example.com\nSubject: Order\n\nhello",
    ],
)
def test_a_persons_words_about_bounces_are_none(raw):
    assert bounce_of(raw) == NO_BOUNCE


def test_hostile_notification_is_bounded():
    block = b"\r\n\r\nFinal-Recipient: rfc822; x@example.com\r\nAction: failed\r\nDiagnostic-Code: smtp; " + b"x" * 5000
    raw = mails.dsn().replace(
        b"\r\n--b1\r\nContent-Type: message/rfc822", block * 500 + b"\r\n--b1\r\nContent-Type: message/rfc822"
    )
    bounce = bounce_of(raw)
    assert len(bounce.failures) == 100
    assert max(len(failure.reason) for failure in bounce.failures) == 200
