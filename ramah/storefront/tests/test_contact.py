"""Asking in context: what may be named, what is stored before it is thanked for, and what is refused."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ramah.channels import commands as channels
from ramah.channels.models import IntakeItem
from ramah.commerce.models import Order, Question
from ramah.commerce.testing import make_order, make_product
from ramah.conversations.models import Conversation, Message
from ramah.conversations.testing import make_inbox
from ramah.customers.testing import make_customer
from ramah.desk.models import SLAPolicy
from ramah.desk.policies import forget_policies
from ramah.kernel import clock
from ramah.storefront.tests.checkout_browsers import signed_in
from ramah.storefront.tests.order_browsers import proved

AT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
CONTACT = "/contact/"


@pytest.fixture(autouse=True)
def fresh(time_machine):
    time_machine.move_to(AT, tick=False)
    forget_policies()


@pytest.fixture
def inbox(db):
    inbox = make_inbox("support", name="Toko Laut", language="en")
    SLAPolicy.objects.create(name="P", inbox=inbox, first_reply_minutes=60, created_at=AT)
    return inbox


def words(**fields):
    return {
        "reason": "where",
        "message": "Where is it?",
        "email": "dana@mail.example",
        "name": "Dana",
        "key": "k1",
        **fields,
    }


def read():
    channels.process_waiting(at=clock.now())
    return Conversation.objects.get()


def test_the_form_says_who_answers_and_by_when(client, inbox):
    page = client.get(CONTACT).content.decode()

    assert "We answer by Monday 11:00 WIB." in page
    assert 'name="email"' in page
    assert "is_public" not in page


def test_it_is_stored_before_it_is_thanked_for(client, inbox):
    response = client.post(CONTACT, words())

    assert (response.status_code, response["Location"]) == (302, reverse("contact_sent"))
    item = IntakeItem.objects.get()
    assert (item.state, item.inbox) == ("waiting", inbox)
    assert json.loads(bytes(item.raw).partition(b"\n\n")[0])["text"] == "Where is it?"
    thanks = client.get(reverse("contact_sent")).content.decode()
    assert "We answer by Monday 11:00 WIB." in thanks
    conversation = read()
    assert (conversation.subject, conversation.about, conversation.customer.name) == (
        "Where is my order?",
        "",
        "Dana",
    )


def test_a_double_click_is_one_conversation(client, inbox):
    for _ in range(2):
        client.post(CONTACT, words())

    read()
    assert sorted(IntakeItem.objects.values_list("state", flat=True)) == ["accepted", "duplicate"]


def test_about_a_product_and_shown_on_its_page(client, inbox):
    product = make_product("Sanur <shirt>")
    form = client.get(CONTACT, {"product": product.public_id}).content.decode()
    assert "Sanur &lt;shirt&gt;" in form
    assert 'name="is_public"' in form

    for _ in range(2):
        client.post(CONTACT, words(product=product.public_id, reason="product", is_public="on"))

    assert read().about == f"product:{product.pk}"
    question = Question.objects.get()
    assert (question.product, question.text, question.state, question.author_name) == (
        product,
        "Where is it?",
        "pending",
        "",
    )


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_a_product_that_is_not_on_sale_is_not_named(client, inbox, status):
    product = make_product("Secret shirt")
    product.status = status
    product.save()

    assert "Secret shirt" not in client.get(CONTACT, {"product": product.public_id}).content.decode()


@pytest.mark.parametrize("who", ["nobody", "another customer", "who proved another order", "a nonsense id"])
def test_an_order_is_named_by_nobody_but_its_customer(inbox, who):
    order = make_order(make_customer("Dana", email="dana@mail.example"))
    other = make_order(make_customer("Eli", email="eli@mail.example"))
    public_id = "x" if who == "a nonsense id" else order.public_id
    visitor = {
        "nobody": Client,
        "a nonsense id": Client,
        "another customer": lambda: signed_in(other.customer, email="eli@mail.example"),
        "who proved another order": lambda: proved(other),
    }[who]()

    page = visitor.get(CONTACT, {"order": public_id}).content.decode()
    assert order.number not in page
    assert "dana@mail.example" not in page
    assert reverse("order_find") in page

    visitor.post(CONTACT, words(order=public_id))
    assert read().about == ""


@pytest.mark.parametrize("how", ["signed in", "proved"])
def test_whoever_is_known_asks_about_an_order_without_typing_an_address(inbox, how):
    customer = make_customer("Dana", email="dana@mail.example")
    order = make_order(customer)
    Order.objects.update(email="dana@mail.example")
    visitor = signed_in(customer) if how == "signed in" else proved(Order.objects.get())

    page = visitor.get(CONTACT, {"order": order.public_id}).content.decode()
    assert order.number in page
    assert "The answer goes to dana@mail.example." in page
    assert 'name="email"' not in page
    visitor.post(CONTACT, words(order=order.public_id, reason="order", email="mallory@mail.example"))

    conversation = read()
    assert (conversation.about, conversation.customer) == (f"order:{order.pk}", customer)
    assert conversation.subject == f"Something is wrong with an order: Order {order.number}"
    assert Message.objects.get().detail["proof"] == "verified"


def test_a_typed_address_of_a_customer_reveals_nothing(client, inbox):
    customer = make_customer("Dana Secret", email="dana@mail.example")
    make_order(customer)

    response = client.post(CONTACT, words(name="Mallory"), follow=True)

    assert "Secret" not in response.content.decode()
    assert read().customer == customer
    assert "proof" not in Message.objects.get().detail


@pytest.mark.parametrize(
    "fields",
    [
        {"message": ""},
        {"message": " \0 "},
        {"message": "x" * 5001},
        {"email": "nonsense"},
        {"email": f"{'x' * 250}@mail.example"},
        {"email": "a@mail.example\nBcc: b@mail.example"},
        {"reason": "nonsense"},
        {"name": "x" * 81},
        {"key": "x" * 41},
    ],
)
def test_bad_input_is_said_beside_the_field_and_nothing_is_lost(client, inbox, fields):
    response = client.post(CONTACT, words(**fields))

    assert response.status_code == 422
    assert not IntakeItem.objects.exists()
    if "message" not in fields:
        assert "Where is it?" in response.content.decode()


def test_files_go_along_and_too_many_or_too_large_do_not(client, inbox, monkeypatch):
    def file(content=b"words", name="a.txt"):
        return SimpleUploadedFile(name, content, "text/plain")

    assert client.post(CONTACT, words(files=[file() for _ in range(6)])).status_code == 422
    monkeypatch.setattr("ramah.storefront.contact_form.MOST_BYTES", 9)
    assert client.post(CONTACT, words(files=[file(), file()])).status_code == 422
    assert not IntakeItem.objects.exists()

    assert client.post(CONTACT, words(files=[file(name="../<b>.txt")])).status_code == 302
    read()
    assert [f.filename for f in Message.objects.get().attachments.all()] == ["<b>.txt"]


@pytest.mark.parametrize("name", ["Win at https://evil.example", "www.evil.example", "a@evil.example", "<b>", "x.co/y"])
def test_a_name_carries_no_message_into_a_mail(client, inbox, name):
    client.post(CONTACT, words(name=name))

    assert read().customer.name == ""


def test_machines_are_let_pass_and_kept_apart(client, inbox):
    assert client.post(CONTACT, words(website="http://spam.example")).status_code == 302

    channels.process_waiting(at=AT)
    assert IntakeItem.objects.get().state == "ignored"
    assert not Conversation.objects.exists()


def test_a_flood_is_held_up(client, inbox):
    codes = [client.post(CONTACT, words(key=f"k{n}")).status_code for n in range(7)]

    assert codes == [302] * 6 + [429]
    assert IntakeItem.objects.count() == 6


def test_without_an_inbox_the_text_is_kept_in_the_form(client, db):
    response = client.post(CONTACT, words())

    assert response.status_code == 503
    assert "Where is it?" in response.content.decode()


def test_asking_costs_no_query_while_the_cache_is_warm(client, inbox, django_assert_num_queries):
    client.get(CONTACT)

    with django_assert_num_queries(0):
        client.get(CONTACT)
