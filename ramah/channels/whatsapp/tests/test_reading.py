"""What customers write by WhatsApp, as it stands in the thread."""

import pytest
from django.utils import timezone

from ramah.channels.models import ChannelAccount
from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.tests.providers import ended, errors, post_badly, read, said
from ramah.channels.whatsapp.tests.conftest import DANA, ELI, SECRETS, text, wamid
from ramah.conversations.commands.organizing import set_status
from ramah.conversations.models import Conversation
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db


def now():
    return int(clock.now().timestamp())


def test_a_first_message_makes_customer_and_conversation(take):
    (message,) = take(text("Halo, apakah pesanan saya sudah dikirim hari ini?"), name="Dana Putri")

    point = message.contact_point
    assert (point.kind, point.value, point.proof) == ("whatsapp", "+6281234567890", "channel_verified")
    assert point.customer.name == "Dana Putri"
    assert message.conversation.customer == point.customer
    assert (message.conversation.status, message.conversation.language) == ("open", "id")
    assert abs((message.sent_at - timezone.now()).total_seconds()) < 60
    assert ended("accepted") == [""]


def test_all_goes_on_in_one_conversation_also_within_a_batch(take):
    take(text("Halo"), text("Pesanan saya di mana?"))
    lines = take(text("Halo?"), text("Good morning", number=ELI))

    assert [line.conversation_id for line in lines[:3]] == [lines[0].conversation_id] * 3
    assert lines[3].conversation_id != lines[0].conversation_id
    assert Conversation.objects.count() == 2


def test_a_resolved_conversation_is_opened_again(take):
    (message,) = take(text("Halo"))
    set_status(actor=SYSTEM, conversation=message.conversation, status="resolved", at=clock.now())

    lines = take(text("One more thing"))

    assert lines[1].conversation_id == message.conversation_id
    assert Conversation.objects.get().status == "open"


def test_a_reply_to_a_message_shows_which(take):
    first = text("Do you have it in blue?")
    (message,) = take(first)

    answer = text("This one", context={"from": "628111000000", "id": first["id"]})
    lines = take(answer, text("And this", context={"id": answer["id"]}))

    assert [line.answers_id for line in lines] == [None, message.pk, lines[1].pk]


def test_a_thousand_messages_shuffled_and_redelivered_stand_once_and_in_order(account, provider):
    messages = [text(f"{place}", number=(DANA, ELI)[place % 2], ago=2000 - place) for place in range(1000)]

    post_badly(lambda some: provider.post(provider.hook(*some)), messages)

    for number, first in ((DANA, 0), (ELI, 1)):
        lines = [line.text for line in said() if line.contact_point.value == f"+{number}"]
        assert lines == [str(place) for place in range(first, 1000, 2)]
    assert Conversation.objects.count() == 2


def test_a_batch_is_sorted_by_the_time_of_the_provider(take):
    lines = take(text("third", ago=1), text("first", ago=30), text("second", ago=20))

    assert [line.text for line in lines] == ["first", "second", "third"]


KINDS = {
    "location": (
        lambda: payloads.location(DANA, wamid(), now(), -6.2, 106.816666, name="Monas", address="Jakarta"),
        "Monas\nJakarta\n-6.200000, 106.816666",
        ("location", {"latitude": -6.2, "longitude": 106.816666, "name": "Monas", "address": "Jakarta"}),
    ),
    "contacts": (
        lambda: payloads.contacts(DANA, wamid(), now(), "Eli", "+380 50 123 4567"),
        "Eli\n+380 50 123 4567",
        ("contacts", [{"name": "Eli", "phones": ["+380 50 123 4567"], "emails": []}]),
    ),
    "button": (
        lambda: payloads.button_reply(DANA, wamid(), now(), "wamid.x", "yes", "Yes, please"),
        "Yes, please",
        ("choice", {"id": "yes", "title": "Yes, please"}),
    ),
    "list": (
        lambda: payloads.list_reply(DANA, wamid(), now(), "wamid.x", "fast", "Express", "Tomorrow"),
        "Express\nTomorrow",
        ("choice", {"id": "fast", "title": "Express"}),
    ),
    "quick reply of a template": (
        lambda: payloads.message(DANA, wamid(), now(), "button", {"text": "Tell me", "payload": "tell"}),
        "Tell me",
        ("choice", {"id": "tell", "title": "Tell me"}),
    ),
    "order": (
        lambda: payloads.message(
            DANA,
            wamid(),
            now(),
            "order",
            {
                "catalog_id": "1",
                "text": "Please",
                "product_items": [
                    {"product_retailer_id": "TEA-1", "quantity": 2, "item_price": 5.5, "currency": "USD"}
                ],
            },
        ),
        "Please\n2 × TEA-1 (5.5 USD)",
        ("order", [{"sku": "TEA-1", "quantity": "2", "price": "5.5", "currency": "USD"}]),
    ),
    "forwarded": (lambda: text("Look", context={"forwarded": True}), "Look", ("forwarded", True)),
    "an advertisement": (
        lambda: text("Hi", referral={"headline": "Tea", "source_url": "https://fb.example/1"}),
        "Hi",
        ("ad", {"headline": "Tea", "url": "https://fb.example/1"}),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_messages(take, kind):
    make, words, (name, fact) = KINDS[kind]

    (message,) = take(make())

    assert message.text == words
    assert message.detail[name] == fact
    assert message.conversation.preview


@pytest.mark.parametrize(
    "make",
    [
        lambda: payloads.unsupported(DANA, wamid(), now()),
        lambda: payloads.message(DANA, wamid(), now(), "hologram", {"depth": 3}),
        lambda: payloads.message(DANA, wamid(), now(), "image", "no object"),
        lambda: payloads.location(DANA, wamid(), now(), float("inf"), 500),
        lambda: payloads.message(DANA, wamid(), now(), "contacts", 7),
        lambda: payloads.message(DANA, wamid(), now(), "interactive", {"type": "nfm_reply"}),
    ],
)
def test_what_cannot_be_read_of_a_customer_is_shown_as_such(take, make):
    (message,) = take(make())

    assert message.text.startswith("[")
    assert message.detail["unsupported"]


def test_hostile_text_is_only_text(take):
    body = "<script>alert(1)</script>\x00\ud800 \u202egnp.exe " + "a" * 70_000

    (message,) = take(text(body), name="<b>Dana</b>\x00" + "x" * 500)

    assert message.text.startswith("<script>alert(1)</script>\N{REPLACEMENT CHARACTER} ")
    assert len(message.text) == 65_536
    assert message.html == ""
    assert len(message.author_name) == 160


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "99999999999999999999", 1.5e300, None, "4102444800"])
def test_a_strange_time_does_no_harm(take, stamp):
    (message,) = take({**text("Halo"), "timestamp": stamp})

    assert message.sent_at is None or message.sent_at <= clock.now()


def test_a_customer_who_hides_the_number_is_known_by_the_id_for_this_shop(take):
    hidden = {**text("Halo"), "from_user_id": "ID.13491208655302741918", "from": ""}

    (message,) = take(hidden)

    assert message.contact_point.value == "ID.13491208655302741918"
    assert message.detail["user_id"] == "ID.13491208655302741918"


def test_one_app_may_post_for_several_numbers_by_one_address(take, provider, inbox):
    other = make_inbox("wa-2", channel="whatsapp", address="+628222000000")
    ChannelAccount.objects.create(inbox=other, credentials=SECRETS, settings={"phone_number_id": "222"})
    stranger = make_inbox("wa-3", channel="whatsapp", address="+628333000000")
    foreign = {**SECRETS, "app_secret": "of another app"}
    ChannelAccount.objects.create(inbox=stranger, credentials=foreign, settings={"phone_number_id": "333"})
    for phone_number_id in ("222", "333"):
        value = payloads.value_of(phone_number_id=phone_number_id, messages=[text(phone_number_id)])
        assert provider.post(payloads.hook(value, business_id="1")) == 200
    read()

    # A message signed with this app's secret never gets into the inbox of another app.
    assert {line.text: line.conversation.inbox for line in said()} == {"222": other, "333": inbox}


def test_events_of_other_kinds_end_ignored_with_the_reason(account, provider):
    for field in ("account_update", "phone_number_quality_update", "flows", "something_new"):
        provider.post(payloads.hook({"event": "X"}, business_id="1", field=field))
    system = {"body": "Dana changed from 1 to 2", "type": "user_changed_number", "wa_id": "2"}
    provider.post(provider.hook(payloads.message(DANA, wamid(), now(), "system", system)))
    provider.post(provider.hook(payloads.message(DANA, wamid(), now(), "request_welcome", {})))
    echo = payloads.value_of(phone_number_id="1", message_echoes=[text("from the phone of the shop")])
    provider.post(payloads.hook(echo, business_id="1", field="smb_message_echoes"))
    read()

    assert errors() == []
    assert ended("ignored") == [
        "events of the kind 'account_update' are not read",
        "events of the kind 'phone_number_quality_update' are not read",
        "events of the kind 'flows' are not read",
        "events of the kind 'something_new' are not read",
        "system: Dana changed from 1 to 2",
        "the customer has opened the chat and said nothing yet",
        "written by the shop in the WhatsApp Business app",
    ]
    assert said() == []
    assert ContactPoint.objects.count() == 0


def test_an_error_of_the_account_shows_in_its_settings(account, provider):
    error = {"code": 131031, "title": "Account has been locked"}
    provider.post(payloads.hook(payloads.value_of(phone_number_id="1", errors=[error]), business_id="1"))
    read()

    account.refresh_from_db()
    assert account.state == "failing"
    assert "(131031)" in account.last_error
