"""People are told from machines, and in doubt it was a person."""

import pytest

from ramah.channels.email.parsing import parse_mail
from ramah.channels.email.tests import bounce_mails
from ramah.channels.email.traffic import Kind, classify


def kind_of(header: str, sender: str = "dana@example.com") -> Kind:
    return classify(parse_mail(f"From: {sender}\nTo: support@shop.example\n{header}\n\nHello there".encode())).kind


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; type=x",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Autorespond: 1",
        "X-Auto-Response-Suppress: All\nReturn-Path: <>",
        "Return-Path: <>",
        "Subject: Automatic reply: Order",
        "Subject: Auto: away",
        "Subject: Out of Office: Re: Order",
        "Subject: Balasan Otomatis: Pesanan",
        "Subject: Sedang cuti sampai Senin",
        "Subject: Автоматична відповідь: Замовлення",
        "Subject: Автовідповідь",
        "Subject: Автоответ: Заказ",
        "Subject: Automatische Antwort: Bestellung",
        "Subject: Abwesenheitsnotiz",
        "Subject: Réponse automatique : commande",
        "Subject: Respuesta automática: pedido",
        "Subject: 自动回复: 订单",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ],
)
def test_automatic_replies(header):
    assert kind_of(header) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "header",
    [
        "Subject: Where is my order?",
        "Auto-Submitted: no",
        "X-Auto-Response-Suppress: All",
        "Subject: I was out of office, please send again",
        "Subject: automatic coffee machine is broken",
        "Subject: Auto parts order",
        "Precedence: normal",
        "List-Unsubscribe: <mailto:x@example.com>",
        "List-Id: <support.shop.example>\nList-Unsubscribe: <mailto:x@example.com>\nX-Google-Group-Id: 1",
        "List-Id: Support <support.shop.example>\nList-Unsubscribe: <mailto:x@example.com>\nDelivered-To: inbox@shop.example",
    ],
)
def test_people(header):
    assert kind_of(header) is Kind.PERSON


@pytest.mark.parametrize(
    ("header", "sender", "kind"),
    [
        (
            "List-Id: <news.example.com>\nList-Unsubscribe: <https://example.com/u>",
            "news@example.com",
            Kind.MAILING_LIST,
        ),
        ("Precedence: list", "dana@example.com", Kind.MAILING_LIST),
        ("Precedence: bulk", "dana@example.com", Kind.BULK),
        (
            "List-Unsubscribe: <https://example.com/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "hi@example.com",
            Kind.BULK,
        ),
        ("Subject: Your bill", "no-reply@example.com", Kind.BULK),
        ("Subject: Your bill", "noreply+abc@example.com", Kind.BULK),
        ("X-Auto-Response-Suppress: All", "notifications@example.com", Kind.AUTO_REPLY),
    ],
)
def test_machines(header, sender, kind):
    assert kind_of(header, sender) is kind


@pytest.mark.parametrize("raw", [bounce_mails.dsn(), bounce_mails.QMAIL, bounce_mails.WARNING])
def test_bounces_come_before_automatic_replies(raw):
    assert classify(parse_mail(raw)).kind is Kind.BOUNCE


@pytest.mark.parametrize(
    ("header", "sender", "kind"),
    [
        ("X-Ramah-Loop: support@shop.example", "dana@example.com", Kind.LOOP),
        ("Subject: Hi", "support@shop.example", Kind.LOOP),
        ("X-Ramah-Loop: care@other.example", "care@other.example", Kind.PERSON),
    ],
)
def test_mail_of_our_own_inboxes_is_a_loop(header, sender, kind):
    mail = parse_mail(f"From: {sender}\n{header}\n\nhello".encode())

    assert classify(mail, is_ours=lambda address: address == "support@shop.example").kind is kind
