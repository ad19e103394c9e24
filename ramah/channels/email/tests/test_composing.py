"""The mail that a delivery becomes."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from django.core.files.base import ContentFile

from ramah.channels.email.composing import Unsendable, compose
from ramah.channels.email.models import Mailbox
from ramah.channels.email.tests.conftest import AT
from ramah.channels.email.tests.outbound import make_delivery
from ramah.channels.email.tokens import conversation_of_addresses
from ramah.channels.email.transports import WIRE
from ramah.conversations.models import Attachment


def sent(delivery):
    """The mail as the other side reads it, and its bytes."""
    raw = compose(delivery).as_bytes(policy=WIRE)
    return message_from_bytes(raw, policy=policy.default), raw


def body(mail, kind):
    return mail.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_a_reply_in_full(inbox):
    ids = " ".join(f"<{n}@mail.example>" for n in range(3))
    delivery = make_delivery(
        inbox,
        text="Halo Dana,\n\npaket Anda tiba besok: https://kurir.example/1?a=1&b=2\n1 < 2",
        cc=["eli@mail.example"],
        headers={"In-Reply-To": "<2@mail.example>", "References": ids},
    )

    mail, raw = sent(delivery)

    assert mail["From"] == "Toko Laut <support@shop.example>"
    assert (mail["To"], mail["Cc"], mail["Bcc"]) == ("dana@mail.example", "eli@mail.example", None)
    assert mail["Subject"] == "Re: Pesanan"
    assert mail["Message-ID"] == delivery.external_id
    assert (mail["In-Reply-To"], mail["References"]) == ("<2@mail.example>", ids)
    assert mail["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert mail["Content-Language"] == "id"
    assert mail["X-Ramah-Loop"] == "support@shop.example"
    assert mail["Auto-Submitted"] is None
    (reply_to,) = mail["Reply-To"].addresses
    assert conversation_of_addresses([reply_to.addr_spec]) == delivery.message.conversation_id
    assert body(mail, "plain") == (
        "Halo Dana,\n\npaket Anda tiba besok: https://kurir.example/1?a=1&b=2\n1 < 2\n\n-- \nToko Laut\nhttps://shop.example\n"
    )
    html = body(mail, "html")
    assert '<html lang="id">' in html
    assert '<a href="https://kurir.example/1?a=1&amp;b=2" rel="nofollow">' in html
    assert "1 &lt; 2" in html
    assert raw.isascii()


def test_text_cannot_become_markup(inbox):
    mail, _ = sent(make_delivery(inbox, text="<script>alert(1)</script>", subject="<b>"))

    assert "<script>" not in body(mail, "html")
    assert "<title>&lt;b&gt;</title>" in body(mail, "html")


def test_an_acknowledgement_says_that_it_is_automatic(inbox):
    mail, _ = sent(make_delivery(inbox, headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}))

    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert mail["In-Reply-To"] is None
    assert mail["Subject"] == "Pesanan"


def test_the_agent_is_named_only_where_the_inbox_wants_it(inbox):
    Mailbox.objects.create(inbox=inbox, names_agent=True, has_reply_tokens=False)

    mail, _ = sent(make_delivery(inbox, author_name="Ольга Кравченко", language="en"))

    assert mail["From"].addresses[0].display_name == "Ольга Кравченко via Toko Laut"
    assert mail["Reply-To"] is None


@pytest.mark.parametrize("subject", ["Re: Pesanan", "RE: Pesanan", "re[2]: Pesanan"])
def test_a_subject_is_marked_as_a_reply_once(inbox, subject):
    mail, _ = sent(make_delivery(inbox, subject=subject, headers={"In-Reply-To": "<1@mail.example>"}))

    assert mail["Subject"] == subject


def test_names_and_subjects_are_flattened_to_one_line(inbox):
    inbox.name = "Toko\r\nBcc: eve@evil.example\r\n\r\nLaut"
    delivery = make_delivery(inbox, subject="Hi\nBcc: eve@evil.example\u2028X: y")
    delivery.inbox = inbox

    mail, raw = sent(delivery)

    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hi Bcc: eve@evil.example X: y"
    assert b"\r\nBcc" not in raw
    assert b"\r\nX: y" not in raw


@pytest.mark.parametrize(
    "more",
    [
        {"to": ["dana@mail.example\r\nBcc: eve@evil.example"]},
        {"to": ["dana@mail.example, eve@evil.example"]},
        {"to": ["Dana"]},
        {"cc": ["eli@mail.example\nX: y"]},
        {"headers": {"References": "<1@x>\r\nBcc: eve@evil.example"}},
        {"headers": {"Auto-Submitted": "auto-replied\nBcc: eve@evil.example"}},
        {"headers": {"Bcc": "eve@evil.example"}},
        {"headers": {"X-A\r\nBcc": "eve@evil.example"}},
        {"headers": {"Return-Path": "eve@evil.example"}},
        {"language": "id\r\n"},
        {"external_id": "<a@b>\r\nBcc: eve@evil.example"},
    ],
)
def test_what_would_break_a_header_is_refused(inbox, more):
    with pytest.raises(Unsendable):
        compose(make_delivery(inbox, **more))


def test_recipients_who_are_neither_to_nor_cc_are_not_named(inbox):
    delivery = make_delivery(inbox)
    delivery.recipients = ["dana@mail.example", "hidden@mail.example"]

    _, raw = sent(delivery)

    assert b"hidden@" not in raw


def test_long_ids_stay_whole_and_are_bounded(inbox):
    ids = [f"<{n}.{'x' * 200}@mail.example>" for n in range(40)]

    mail, raw = sent(make_delivery(inbox, headers={"In-Reply-To": ids[-1], "References": " ".join(ids)}))

    assert mail["References"].split() == [ids[0], *ids[-19:]]
    assert mail["In-Reply-To"] == ids[-1]
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_long_lines_and_other_scripts_travel_as_ascii(inbox):
    inbox.name = "Крамниця «Лаут» " * 4
    text = "слово " * 2000 + "\n" + "a" * 5000 + "\nFrom here\n.\n"

    delivery = make_delivery(inbox, text=text, subject="Де моє замовлення? " * 10)
    delivery.inbox = inbox
    mail, raw = sent(delivery)

    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert body(mail, "plain").startswith("слово слово")
    assert mail["Subject"] == ("Де моє замовлення? " * 10).strip()
    # Read by the older decoder: Python 3.11's new one puts blanks between the encoded words of a name.
    sender = str(make_header(decode_header(message_from_bytes(raw)["From"])))
    assert sender == ("Крамниця «Лаут» " * 4).strip() + " <support@shop.example>"


def test_an_address_in_an_international_domain(inbox):
    mail, raw = sent(make_delivery(inbox, to=["dana@пошта.example"]))

    assert mail["To"] == "dana@xn--80a1acn3a.example"
    assert raw.isascii()


def test_attachments(inbox, settings, tmp_path):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    delivery = make_delivery(inbox)
    for name, kind, content in [
        ("рахунок №7.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),
        ("note.txt", "text/plain", "grüße\r\n".encode()),
        ("fwd.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
        ("evil\r\nX: y.bin", "", b"1"),
    ]:
        Attachment.objects.create(
            message=delivery.message,
            filename=name,
            content_type=kind,
            size=len(content),
            sha256="",
            file=ContentFile(content, name="stored"),
            created_at=AT,
        )

    mail, _ = sent(delivery)

    found = [(p.get_filename(), p.get_content_type(), p.get_payload(decode=True)) for p in mail.iter_attachments()]
    assert found == [
        ("рахунок №7.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),
        ("note.txt", "text/plain", "grüße\r\n".encode()),
        ("fwd.eml", "application/octet-stream", b"Subject: x\r\n\r\ny"),
        ("evil X: y.bin", "application/octet-stream", b"1"),
    ]
    assert body(mail, "plain").startswith("Halo Dana")
