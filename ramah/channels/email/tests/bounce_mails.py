"""Bounces and automatic mail as servers write them, all invented."""


def dsn(
    *,
    status: str = "5.1.1",
    action: str = "failed",
    diagnosis: str = "smtp; 550 5.1.1 User unknown",
    recipient: str = "rfc822; dana@example.com",
    original: str = "Message-ID: <out1@shop.example>\r\nSubject: Your order",
    kind: str = "message/rfc822",
) -> bytes:
    """A delivery status notification as Postfix makes it."""
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net (Mail Delivery System)\r\nTo: shop@shop.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"\r\n\r\n'
        "--b1\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n"
        "--b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: {recipient}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: {diagnosis}\r\n"
        f"--b1\r\nContent-Type: {kind}\r\n\r\n{original}\r\n\r\nHello\r\n--b1--\r\n"
    ).encode()


def free(
    body: str, *, sender: str = "MAILER-DAEMON@mx.example.net", subject: str = "failure notice", extra: str = ""
) -> bytes:
    """A bounce in no standard form."""
    return f"From: {sender}\nTo: shop@shop.example\nSubject: {subject}\n{extra}\n{body}".encode()


QMAIL = free(
    "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to "
    "the following addresses.\n"
    "This is a permanent error; I've given up. Sorry it didn't work out.\n\n<dana@example.com>:\nSorry, no "
    "mailbox here by that name. (#5.1.1)\n\n"
    "--- Below this line is a copy of the message.\n\nReturn-Path: <shop@shop.example>\nMessage-ID: "
    "<out1@shop.example>\nTo: dana@example.com\n"
)
EXIM = free(
    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
    "delivered to one or more of its\n"
    "recipients. This is a permanent error. The following address(es) failed:\n\n  dana@example.com\n    SMTP "
    "error from remote mail server after RCPT TO:\n"
    "    550 No such user here\n\n------ This is a copy of the message, including all the headers. ------\n\n"
    "Message-ID: <out1@shop.example>\n",
    subject="Mail delivery failed: returning message to sender",
    extra="X-Failed-Recipients: dana@example.com\n",
)
POSTFIX_OLD = free(
    "<dana@example.com>: host mx.example.com[192.0.2.1] said: 550 5.1.1\n    <dana@example.com>: Recipient "
    "address rejected (in reply to RCPT TO command)\n",
    subject="Undelivered Mail Returned to Sender",
)
EXCHANGE_FULL = free(
    "Delivery has failed to these recipients:\n\ndana@example.com\nThe recipient's mailbox is full and can't "
    "accept messages now.\n",
    sender="postmaster@example.com",
    subject="Undeliverable: Your order",
)
WARNING = free(
    "THIS IS A WARNING MESSAGE ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\nDelivery attempts will be made "
    "for 4 days.\n\n  dana@example.com\n"
    "    retry timeout 451 try later\n",
    subject="Warning: message delayed 24 hours",
)
INDONESIAN = free(
    "Pesan tidak terkirim ke:\n\ndana@example.com\n550 5.1.1 User unknown\n", subject="Pesan Anda tidak dapat terkirim"
)
UKRAINIAN = free(
    "Ваш лист не доставлено.\n\n<dana@example.com>: 550 5.1.1 User unknown\n", subject="Ваш лист не доставлено"
)
