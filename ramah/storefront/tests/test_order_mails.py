"""What the mails on an order say, and to whom; said once, whatever is repeated."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from ramah.channels.email.composing import compose
from ramah.commerce import order_states
from ramah.commerce.events import OrderImported, OrderPlaced, OrderStateChanged, PaymentRecorded
from ramah.commerce.models import Order, OrderLine, OrderStateChange, Payment, ShopProfile
from ramah.commerce.queries.terms import forget_terms
from ramah.commerce.testing import ADDRESS, make_order
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers.testing import make_customer
from ramah.kernel import outbox
from ramah.kernel.events import publish
from ramah.kernel.models import HandlerRun
from ramah.storefront import mails
from ramah.storefront.order_links import order_link

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACCOUNTS = [
    {"bank": "BCA", "number": "8808 0812 3456", "holder": "PT Lestari Niaga", "currency": "IDR"},
    {"bank": "Mono", "number": "UA21 3223", "holder": "ТОВ Лестарі", "currency": "UAH"},
]


@pytest.fixture(autouse=True)
def still(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def shop(db, django_capture_on_commit_callbacks):
    profile, _ = ShopProfile.objects.get_or_create(key="shop")
    profile.name, profile.legal_name, profile.address = "Toko Lestari", "PT Lestari", "Jl. Kemang Raya 8, Jakarta"
    profile.bank_accounts = ACCOUNTS
    profile.save()
    with django_capture_on_commit_callbacks(execute=True):
        forget_terms()
    return profile


@pytest.fixture
def inbox(db):
    return make_inbox("support", name="Toko Laut", language="en")


@pytest.fixture
def order(shop, inbox):
    return placed_order()


def placed_order(*, language="en", method="bank_transfer", email="dana@mail.example", **fields):
    customer = make_customer("Dana", email=email) if email else make_customer("Dana")
    order = make_order(customer, number="TL-40817", state=order_states.PLACED, placed_at=AT, total=546000, paid=False)
    fields = {
        "language": language,
        "email": email,
        "payment_method": method,
        "payment_due_at": AT + timedelta(hours=24),
        "delivery_name": "JNE reguler",
        "shipping_amount": Decimal(12000),
        "items_amount": Decimal(534000),
        "promised_to": date(2026, 3, 10),
        **fields,
    }
    Order.objects.filter(pk=order.pk).update(**fields)
    order.refresh_from_db()
    return order


def announce(order, event=None):
    publish(event or OrderPlaced(order.pk, order.customer_id), subject=f"order:{order.pk}")
    outbox.drain()


def said(message):
    """Text and HTML of the mail as it goes out."""
    mail = compose(message.delivery)
    return mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()


def test_the_confirmation_says_everything_in_both_parts(order):
    announce(order)

    message = Message.objects.get()
    assert message.subject == "We have your order TL-40817"
    assert message.conversation.about == f"order:{order.pk}"
    assert message.to == ["dana@mail.example"]
    for part in said(message):
        for words in (
            "TL-40817",
            "Sanur linen shirt",
            "Rp\xa0546.000",
            "Rp\xa012.000",
            "8808 0812 3456",
            "PT Lestari Niaga",
            "by Tuesday 16:00 WIB",
            "Arrives by Tuesday, 10 March",
            "JNE reguler",
            "Jl. Margonda Raya 21",
            "until the parcel is packed",
            "within 30 days",
            "Just reply to this mail".lower(),
            "not advertising",
            "PT Lestari, Jl. Kemang Raya 8, Jakarta",
        ):
            assert words.lower() in part.lower(), words
        assert order_link(order) in part
        assert "UA21" not in part


def test_the_thread_shows_neither_the_proof_nor_the_whole_address(order):
    announce(order)

    message = Message.objects.get()
    for part in (message.text, message.html):
        assert "/orders/open/" not in part
        assert f"/orders/{order.public_id}/" in part
        assert "Margonda" not in part
        assert "+6281234567890" not in part
        assert "Depok" in part


def test_the_conversation_waits_for_nobody_and_no_machine_answers(order):
    announce(order)

    conversation, delivery = Conversation.objects.get(), MessageDelivery.objects.get()
    assert (conversation.status, conversation.resolved_at, conversation.is_unread) == ("resolved", AT, False)
    assert conversation.customer_id == order.customer_id
    mail = compose(delivery)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert mail["List-Id"] is None
    assert mail["In-Reply-To"] is None
    assert mail["Subject"] == "We have your order TL-40817"


def test_it_is_said_once_whatever_the_outbox_repeats(order):
    for _ in range(3):
        announce(order)

    assert Message.objects.count() == MessageDelivery.objects.count() == 1


@pytest.mark.parametrize("fields", [{"source": "csv"}, {"email": ""}])
def test_whoever_ordered_elsewhere_or_without_an_address_gets_none(order, fields):
    Order.objects.filter(pk=order.pk).update(**fields)

    announce(order)
    announce(order, OrderImported(order.pk, order.customer_id))
    announce(order, OrderStateChanged(order.pk, order.customer_id, "placed", "cancelled"))

    assert (Message.objects.count(), HandlerRun.objects.count()) == (0, 0)


def test_without_an_inbox_nothing_is_lost(shop, django_capture_on_commit_callbacks):
    order = placed_order()

    announce(order)

    run = HandlerRun.objects.get()
    assert (run.state, run.handler) == ("waiting", "ramah.storefront.handlers.confirm_order")
    assert "NoInbox" in run.error
    make_inbox("support")
    outbox.retry_failed_handlers(at=AT + timedelta(minutes=1))
    assert Message.objects.get().subject == "We have your order TL-40817"
    assert not HandlerRun.objects.exists()


def test_the_inbox_speaks_the_language_of_the_order(shop, inbox):
    kyiv = make_inbox("dopomoga", name="Toko Laut Україна", language="uk")
    make_inbox("closed", language="en", is_active=False)

    announce(placed_order(language="uk", email="olha@mail.example"))

    conversation = Conversation.objects.get()
    assert (conversation.inbox, conversation.language) == (kyiv, "uk")


@pytest.mark.parametrize("language", ["en", "id", "uk"])
@pytest.mark.parametrize("method", ["bank_transfer", "cod", "card", "wallet", ""])
def test_every_way_to_pay_is_told_in_every_language(shop, inbox, language, method):
    order = placed_order(language=language, method=method)

    announce(order)

    text, html = said(Message.objects.get())
    assert f'<html lang="{language}">' in html
    assert "Rp\xa0546.000" in text
    assert ("8808 0812 3456" in text) == (method == "bank_transfer")
    assert translation.get_language() == "en"


def test_markup_and_line_breaks_in_names_stay_text(order):
    OrderLine.objects.update(title="<b>Shirt</b>\r\nBcc: eli@mail.example", options={"size": "<script>"})
    Order.objects.update(
        number="TL-1\r\nX-Evil: 1", note="<img src=x>", shipping_address={**ADDRESS, "name": "<i>D</i>"}
    )

    announce(order)

    message = Message.objects.get()
    text, html = said(message)
    assert "\n" not in message.subject
    assert compose(message.delivery)["X-Evil"] is None
    assert "<script>" not in html
    assert "<img" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;Shirt&lt;/b&gt; Bcc: eli@mail.example" in html
    assert "<b>Shirt</b> Bcc: eli@mail.example" in text


def test_a_bounced_address_is_seen_as_not_sent(order):
    point = order.customer.contact_points.get()
    point.bounced_at, point.bounce_reason = AT, "no such user"
    point.save()

    announce(order)

    delivery = MessageDelivery.objects.get()
    assert (delivery.state, delivery.error, delivery.next_attempt_at) == ("failed", "no such user", None)


def pay(order, amount, method="bank_transfer", at=AT + timedelta(hours=1)):
    payment = Payment.objects.create(
        order=order, method=method, state="paid", amount=Decimal(amount), paid_at=at, created_at=at
    )
    announce(order, PaymentRecorded(order.pk, payment.pk, "paid"))
    return payment


def test_money_that_came_in_is_told_once_and_what_is_left(order):
    announce(order)
    payment = pay(order, 500000)
    announce(order, PaymentRecorded(order.pk, payment.pk, "paid"))
    pay(order, 46000)

    first, second, third = Message.objects.order_by("id")
    assert {m.conversation_id for m in (first, second, third)} == {Conversation.objects.get().pk}
    assert second.subject == "Rp 500.000 received for order TL-40817"
    assert "Rp\xa046.000 is left to pay" in second.text
    assert "paid in full" in third.text
    assert compose(second.delivery)["References"] == first.delivery.external_id


def test_what_the_confirmation_said_and_what_the_carrier_took_is_not_told_again(order):
    pay(order, 546000, at=AT)
    Message.objects.all().delete()
    announce(order)
    message = Message.objects.get()
    assert "It is paid in full: Rp\xa0546.000." in message.text

    announce(order, PaymentRecorded(order.pk, order.payments.get().pk, "paid"))
    pay(order, 546000, method="cod")

    assert Message.objects.get() == message


def test_money_after_the_cancelling_goes_back(order):
    Order.objects.update(state=order_states.CANCELLED)

    pay(order, 546000)

    assert "was cancelled before Rp\xa0546.000 arrived. We send the money back to you." in Message.objects.get().text


@pytest.mark.parametrize(
    ("actor", "after_hours", "paid", "words"),
    [
        ("customer:7", 1, False, "You have cancelled it. You have paid nothing"),
        ("agent:7", 1, False, "We have cancelled it."),
        ("system", 25, False, "The payment had not arrived in time"),
        ("agent:7", 25, True, "You had paid Rp\xa0546.000; Rp\xa0546.000 goes back to you."),
    ],
)
def test_a_cancelled_order_says_by_whom_and_what_becomes_of_the_money(order, actor, after_hours, paid, words):
    at = AT + timedelta(hours=after_hours)
    OrderStateChange.objects.create(order=order, at=at, from_state="placed", to_state="cancelled", actor=actor)
    if paid:
        Payment.objects.create(
            order=order, method="card", state="paid", amount=order.total_amount, paid_at=AT, created_at=AT
        )

    announce(order, OrderStateChanged(order.pk, order.customer_id, "placed", "cancelled"))

    assert words in Message.objects.get().text


def test_another_address_is_told_each_time_it_changes(order):
    for city in ("Bogor", "Bandung"):
        Order.objects.update(shipping_address={**ADDRESS, "city": city})
        OrderStateChange.objects.create(order=order, at=AT, from_state="placed", to_state="placed", actor="customer:1")
        for _ in range(2):
            mails.tell_address(mails.order_told(order.pk), at=AT)

    texts = list(Message.objects.order_by("id").values_list("text", flat=True))
    assert ["Bogor" in text for text in texts] == [True, False]
    assert ["Bandung" in text for text in texts] == [False, True]


def test_a_failing_mail_never_blocks_what_else_listens(order, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr(mails, "confirm_order", broken)

    announce(order)
    pay(order, 546000)

    assert [run.handler.rpartition(".")[2] for run in HandlerRun.objects.all()] == ["confirm_order"]
    assert Message.objects.get().subject.startswith("Rp 546.000 received")
