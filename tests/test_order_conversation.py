"""An order and its mails, with the real machinery: out by SMTP, the answer back by the intake, into the same conversation."""

import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.channels import commands as channels
from ramah.channels.email import outgoing
from ramah.channels.email.tests.smtp_sink import Sink, sink_controller
from ramah.commerce import order_states
from ramah.commerce.commands.alerts import ask_alert
from ramah.commerce.commands.stock import change_stock
from ramah.commerce.events import OrderPlaced
from ramah.commerce.models import Alert, Order, Variant
from ramah.commerce.testing import make_order, make_product
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers.testing import make_customer
from ramah.desk.models import SLAPolicy
from ramah.desk.policies import forget_policies
from ramah.kernel import outbox
from ramah.kernel.actors import NOBODY, SYSTEM
from ramah.kernel.events import publish
from ramah.promises.models import Promise
from ramah.storefront.alert_mails import tell_about

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
S = MessageDelivery.State


@pytest.fixture
def sink():
    sink = Sink()
    controller = sink_controller(sink)
    controller.start()
    sink.url = f"smtp://127.0.0.1:{controller.port}"
    yield sink
    controller.stop()


@pytest.fixture(autouse=True)
def still(settings, sink, time_machine):
    settings.EMAIL_URL = sink.url
    time_machine.move_to(AT, tick=False)
    cache.clear()
    forget_policies()


@pytest.fixture
def shop(db):
    care = make_team("Care")
    inbox = make_inbox("support", name="Toko Laut", language="en", teams=[care])
    SLAPolicy.objects.create(name="P", inbox=inbox, first_reply_minutes=60, created_at=AT)
    return inbox, care


def place(number="TL-40817"):
    order = make_order(
        make_customer("Dana", email="dana@mail.example"), number=number, state=order_states.PLACED, paid=False
    )
    Order.objects.filter(pk=order.pk).update(
        email="dana@mail.example", language="en", payment_method="bank_transfer", payment_due_at=AT + timedelta(days=1)
    )
    publish(OrderPlaced(order.pk, order.customer_id), subject=f"order:{order.pk}")
    return order


def reply_to(mail, text="Can it come on Friday?"):
    reply = EmailMessage()
    reply["From"], reply["To"] = "Dana <dana@mail.example>", str(mail["Reply-To"] or mail["From"])
    reply["Subject"], reply["Message-ID"] = f"Re: {mail['Subject']}", "<reply@mail.example>"
    reply["In-Reply-To"] = mail["Message-ID"]
    reply.set_content(text)
    return reply.as_bytes()


def test_the_mail_arrives_and_the_answer_lands_beside_the_order(shop, sink):
    inbox, care = shop
    order = place()
    outbox.drain()
    outgoing.send_due(at=AT)

    (taken,) = sink.mails
    assert taken.recipients == ["dana@mail.example"]
    assert taken.mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in taken.mail.iter_parts()] == ["text/plain", "text/html"]
    assert all("TL-40817" in part.get_content() for part in taken.mail.iter_parts())

    channels.take_in(inbox_id=inbox.pk, raws=[(reply_to(taken.mail), {})], at=AT)
    channels.process_waiting(at=AT)
    outbox.drain()
    outgoing.send_due(at=AT)

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.about, conversation.customer_id) == (
        "open",
        f"order:{order.pk}",
        order.customer_id,
    )
    assert [m.author for m in conversation.messages.filter(kind="message").order_by("id")] == [
        "system",
        "customer",
        "system",
    ]
    assert Promise.objects.get(subject=f"conversation:{conversation.pk}").kind == "first_reply"
    assert "You will have an answer" in sink.mails[-1].mail.get_body(("plain",)).get_content()

    for role in ("agent", "contractor"):
        agent = client_of(make_agent(name=f"A {role}", role=role, teams=[care]))
        page = agent.get(f"/desk/c/{conversation.public_id}/").content.decode()
        assert "Order TL-40817" in page
        assert reverse("order", args=[order.public_id]) in page
        assert "/orders/open/" not in page
        assert "Margonda" not in page


def test_a_mail_server_that_is_away_never_harms_the_order_and_the_mail_follows_once(shop, sink, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    order = place()
    outbox.drain()
    outgoing.send_due(at=AT)

    assert Order.objects.get().state == order_states.PLACED
    delivery = MessageDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == (S.QUEUED, 1)
    settings.EMAIL_URL = sink.url
    publish(OrderPlaced(order.pk, order.customer_id), subject=f"order:{order.pk}")
    outbox.drain()
    for minutes in (1, 5, 60):
        outgoing.send_due(at=AT + timedelta(minutes=minutes))

    assert [taken.mail["Message-ID"] for taken in sink.mails] == [delivery.external_id]


def side_by_side(*works):
    """Run functions at once, each with a connection of its own."""
    start, failures = threading.Barrier(len(works)), []

    def run(work):
        try:
            start.wait()
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_two_workers_tell_each_who_waits_once_in_order_and_no_more_than_there_is(shop):
    variant = Variant.objects.get(product=make_product(stock=0))
    points = [make_customer(f"C{n}", email=f"c{n}@mail.example").contact_points.get() for n in range(8)]
    for point in points:
        ask_alert(
            actor=NOBODY,
            contact_point=point,
            variant=variant,
            kind="back_in_stock",
            language="en",
            currency="IDR",
            at=AT,
        )
    change_stock(actor=SYSTEM, variant=variant, change=2, reason="received", at=AT)

    side_by_side(*[lambda: tell_about(variant.pk, at=AT)] * 3, outbox.drain)

    told = list(Alert.objects.filter(state="told").order_by("id").values_list("contact_point", flat=True))
    assert told == [point.pk for point in points[:6]]
    assert sorted(to for (to,) in Message.objects.values_list("to", flat=True)) == [
        f"c{n}@mail.example" for n in range(6)
    ]


def test_two_workers_begin_one_conversation_about_an_order(shop):
    order = place()
    publish(OrderPlaced(order.pk, order.customer_id), subject="elsewhere:1")
    publish(OrderPlaced(order.pk, order.customer_id), subject="elsewhere:2")

    side_by_side(outbox.drain, outbox.drain, outbox.drain)
    outbox.retry_failed_handlers(at=AT + timedelta(minutes=5))

    assert (Conversation.objects.count(), Message.objects.count()) == (1, 1)


def test_asking_several_times_at_once_is_waiting_once(shop):
    variant = Variant.objects.get(product=make_product(stock=0))
    point = make_customer("Dana", email="dana@mail.example").contact_points.get()

    def ask():
        ask_alert(
            actor=NOBODY,
            contact_point=point,
            variant=variant,
            kind="back_in_stock",
            language="en",
            currency="IDR",
            at=AT,
        )

    side_by_side(*[ask] * (8 if connection.vendor == "postgresql" else 3))

    assert (Alert.objects.count(), Promise.objects.count()) == (1, 1)
