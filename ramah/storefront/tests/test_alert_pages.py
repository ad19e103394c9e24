"""Asking to be told, being told by mail, letting go."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from ramah.channels.email.composing import compose
from ramah.commerce.commands.stock import change_stock
from ramah.commerce.commands.variant_changes import Price
from ramah.commerce.commands.variants import VariantTold, change_variant, offer_variant
from ramah.commerce.events import ProductChanged, VariantPriceChanged
from ramah.commerce.models import Alert, Product, Variant
from ramah.commerce.queries.alerts import PAUSE, WAITS
from ramah.commerce.testing import make_product
from ramah.conversations.models import Conversation, Message
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.testing import make_customer
from ramah.kernel import outbox
from ramah.kernel.actors import SYSTEM
from ramah.kernel.events import publish
from ramah.notices.commands.rules import go_live, install_defaults, pause_rule
from ramah.notices.commands.switching import switch_off, switch_on
from ramah.notices.models import Notice, Rule
from ramah.promises.models import Promise
from ramah.storefront.alert_mails import attend, stop_token
from ramah.storefront.tests.checkout_browsers import signed_in

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def still(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def inbox(db):
    return make_inbox("support", name="Toko Laut", language="en")


@pytest.fixture
def variant(inbox):
    return Variant.objects.select_related("product").get(product=make_product("Sanur <shirt>", stock=0))


def ask(client, variant, email="dana@mail.example", *, kind="back_in_stock", headers=None, **fields):
    return client.post(
        "/alerts/", {"variant": variant.public_id, "kind": kind, "email": email, **fields}, headers=headers or {}
    )


def bring(variant, pieces):
    change_stock(actor=SYSTEM, variant=variant, change=pieces, reason="received", at=AT)
    outbox.drain()


def test_asked_by_an_address_and_told_once_when_it_is_back(client, variant):
    assert ask(client, variant)["Location"] == reverse("product", args=[variant.product.slug])
    ask(client, variant, "DANA@mail.example ")
    ask(client, variant, "eli@mail.example")

    bring(variant, 5)
    attend(at=AT + 3 * PAUSE)

    first, second = Message.objects.order_by("id")
    assert (first.to, second.to) == (["dana@mail.example"], ["eli@mail.example"])
    assert first.subject == "Sanur <shirt> is back"
    assert first.conversation.about == f"product:{variant.product_id}"
    mail = compose(first.delivery)
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    stop = reverse("alerts_stop", args=[stop_token(ContactPoint.objects.get(value="dana@mail.example").pk)])
    for part in (text, html):
        assert "Rp\xa0389.000" in part
        assert reverse("product", args=[variant.product.slug]) in part
        assert stop in part
    assert stop not in first.text + first.html
    assert "Sanur &lt;shirt&gt; is back" in html
    assert mail["Auto-Submitted"] == "auto-generated"
    assert set(Alert.objects.values_list("state", flat=True)) == {"told"}
    assert set(Promise.objects.values_list("state", flat=True)) == {"kept"}
    assert set(Conversation.objects.values_list("status", flat=True)) == {"resolved"}


def test_the_next_wave_is_told_by_the_job(client, variant):
    for number in range(5):
        ask(client, variant, f"c{number}@mail.example")

    bring(variant, 1)
    assert Message.objects.count() == 3
    assert attend(at=AT + PAUSE - timedelta(seconds=1)) == 0
    assert attend(at=AT + PAUSE) == 2
    assert attend(at=AT + 2 * PAUSE) == 0
    assert Message.objects.count() == 5


def test_in_their_quiet_hours_they_wait_for_the_morning_and_others_do_not_wait_for_them(client, variant):
    ask(client, variant)
    ask(client, variant, "eli@mail.example")
    Customer.objects.filter(contact_points__value="dana@mail.example").update(time_zone="Pacific/Auckland")  # 22:00

    bring(variant, 5)
    assert [message.to for message in Message.objects.all()] == [["eli@mail.example"]]
    assert set(Promise.objects.values_list("state", flat=True)) == {"kept", "open"}

    attend(at=AT + timedelta(hours=10))
    assert Message.objects.count() == 2
    assert set(Promise.objects.values_list("state", flat=True)) == {"kept"}
    assert Message.objects.last().delivery.hold["zone"] == "Pacific/Auckland"


@pytest.mark.parametrize("how", ["off", "paused"])
def test_while_notices_rest_they_wait(client, variant, how):
    ask(client, variant)
    rules = install_defaults(at=AT)
    if how == "off":
        switch_off(actor=SYSTEM, reason="", at=AT)
    else:
        pause_rule(actor=SYSTEM, rule=next(rule for rule in rules if rule.kind == "back_in_stock"), at=AT)

    bring(variant, 5)
    assert (Alert.objects.get().state, Message.objects.count()) == ("waiting", 0)

    if how == "off":
        switch_on(actor=SYSTEM, at=AT)
    else:
        go_live(actor=SYSTEM, rule=Rule.objects.get(kind="back_in_stock"), at=AT)
    assert attend(at=AT + PAUSE) == 1
    assert Message.objects.count() == 1


def test_the_words_are_those_of_the_rule(client, variant):
    install_defaults(at=AT)
    texts = {code: {"subject": "{product}!", "text": "{price} <b>\nfor you"} for code in ("en", "id", "uk")}
    Rule.objects.filter(kind="back_in_stock").update(texts=texts)
    ask(client, variant)

    bring(variant, 5)

    message = Message.objects.get()
    assert message.subject == "Sanur <shirt>!"
    assert "Rp\xa0389.000 <b>\nfor you" in message.text
    assert "Rp\xa0389.000 &lt;b&gt;<br>for you" in message.html
    assert Notice.objects.get().state == "sent"


def test_a_lower_price_is_told(client, variant):
    Variant.objects.update(stock=3)
    ask(client, variant, kind="price_drop")
    Variant.objects.update(price_amount=Decimal(299000))

    for _ in range(2):
        fact = VariantPriceChanged(variant.pk, variant.product_id, "IDR", "389000.00", "299000.00")
        publish(fact, subject=f"product:{variant.product_id}")
        outbox.drain()

    message = Message.objects.get()
    assert "It costs Rp\xa0299.000 now. It was Rp\xa0389.000 when you asked us to tell you." in message.text


def test_without_an_inbox_they_wait_until_there_is_one(client, variant, inbox):
    ask(client, variant)
    type(inbox).objects.update(is_active=False)

    bring(variant, 1)
    assert (Alert.objects.get().state, Message.objects.count()) == ("waiting", 0)
    type(inbox).objects.update(is_active=True)
    outbox.retry_failed_handlers(at=AT + timedelta(minutes=1))

    assert (Alert.objects.get().state, Message.objects.count()) == ("told", 1)


def test_what_is_archived_what_is_deleted_and_what_never_came_back_is_let_go_without_a_mail(client, variant):
    deleted, slow = (Variant.objects.get(product=make_product(stock=0)) for _ in range(2))
    for one in (variant, deleted, slow):
        ask(client, one)
    Product.objects.filter(pk=variant.product_id).update(status="archived")
    deleted.delete()

    publish(ProductChanged(variant.product_id), subject=f"product:{variant.product_id}")
    outbox.drain()
    assert attend(at=AT) == 1
    assert attend(at=AT + WAITS) == 1

    assert set(Alert.objects.values_list("state", flat=True)) == {"withdrawn"}
    ended = dict(Promise.objects.values_list("reason", "state"))
    assert ended == dict.fromkeys(("no longer sold", "no longer there", "not back in time"), "withdrawn")
    assert not Message.objects.exists()


def test_what_was_only_switched_off_is_told_of_when_it_is_offered_again(client, variant):
    Variant.objects.update(stock=3)
    ask(client, variant, kind="price_drop")
    told = VariantTold(sku=variant.sku, prices={"IDR": Price(Decimal(299000))}, is_active=False)
    change_variant(actor=SYSTEM, variant=variant, told=told, at=AT)
    outbox.drain()
    attend(at=AT)
    assert (Alert.objects.get().state, Message.objects.count()) == ("waiting", 0)

    offer_variant(actor=SYSTEM, variant=variant, is_active=True, at=AT)
    outbox.drain()

    assert (Alert.objects.get().state, Message.objects.count()) == ("told", 1)


def test_htmx_gets_the_form_again_with_what_is_promised_or_what_is_wrong(client, variant):
    told = ask(client, variant, headers=HTMX).content.decode()
    assert "within an hour of its return, in the order of asking" in told
    assert "<form" not in told

    wrong = ask(client, variant, "nonsense", headers=HTMX)
    assert wrong.status_code == 422
    assert 'value="nonsense"' in wrong.content.decode()
    assert "<html" not in wrong.content.decode()


@pytest.mark.parametrize("fields", [{"email": ""}, {"email": "x"}, {"kind": "nonsense"}, {"email": "x" * 300}])
def test_bad_input_is_said_and_nothing_is_noted(client, variant, fields):
    response = ask(client, variant, **fields)

    assert response.status_code == 422
    assert not Alert.objects.exists()
    assert not ContactPoint.objects.exists()


def test_a_variant_in_stock_or_unknown_is_not_waited_for(client, variant):
    assert client.post("/alerts/", {"variant": "nonsense", "kind": "back_in_stock"}).status_code == 404
    Variant.objects.update(stock=1)
    assert ask(client, variant).status_code == 422
    Variant.objects.update(stock=0, is_active=False)
    assert ask(client, variant).status_code == 404
    assert not Alert.objects.exists()


def test_machines_and_floods_are_held_up(client, variant):
    assert ask(client, variant, website="spam").status_code == 302
    assert not Alert.objects.exists()

    codes = [ask(client, variant, f"c{number}@mail.example").status_code for number in range(31)]

    assert codes.count(429) == 2
    assert codes[-2:] == [429, 429]


def test_signed_in_it_is_one_click_and_can_be_let_go(variant, client):
    customer = make_customer("Dana", email="dana@mail.example")
    dana = signed_in(customer)
    page = dana.get("/alerts/", {"variant": variant.public_id}).content.decode()
    assert 'name="email"' not in page

    ask(dana, variant, "mallory@mail.example")
    alert = Alert.objects.get()
    assert alert.contact_point.customer == customer
    stop = reverse("alert_stop", args=[alert.public_id])
    eli = signed_in(make_customer("Eli", email="eli@mail.example"), email="eli@mail.example")
    assert [client.post(stop).status_code, eli.post(stop).status_code] == [404, 404]
    assert Alert.objects.get().state == "waiting"
    assert dana.get(stop).status_code == 405

    dana.post(stop)

    assert Alert.objects.get().state == "withdrawn"


def test_the_link_in_the_mail_ends_all_waiting_at_that_address_only(client, variant):
    ask(client, variant)
    ask(client, variant, "eli@mail.example")
    dana = ContactPoint.objects.get(value="dana@mail.example")
    link = reverse("alerts_stop", args=[stop_token(dana.pk)])
    assert client.get(reverse("alerts_stop", args=[stop_token(dana.pk)[:-1] + "-"])).status_code == 404

    assert "Sanur &lt;shirt&gt;" in client.get(link).content.decode()
    assert Alert.objects.filter(state="waiting").count() == 2
    assert "Done." in client.post(link).content.decode()

    assert Alert.objects.get(state="waiting").contact_point.value == "eli@mail.example"
    assert "You wait for nothing" in client.get(link).content.decode()


def test_without_a_variant_the_page_leads_to_the_shop(client, inbox):
    assert client.get("/alerts/")["Location"] == reverse("home")
