"""Who writes: links that say what it is about, numbers of one's own, words that stop, bots that are blocked."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.channels.models import IntakeItem, TelegramStart
from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.telegram.links import NoSuchLink, about_in, payload_of, start_link
from ramah.channels.telegram.tests.conftest import DANA, ELI, now
from ramah.channels.tests.providers import ended, errors, read
from ramah.conversations.commands.replying import NoAddress, post_reply
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.customers.commands import decide_consent, erase_customer, meet_customer
from ramah.customers.models import Consent, ContactPoint, Customer
from ramah.customers.queries import link_suggestions, merge_candidates
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def start(provider):
    def start(payload="", *, sender=DANA, ago=10):
        return payloads.start(sender, provider.next_message_id(), now(ago), payload)

    return start


def link(about="order:12", inbox_key="tg"):
    return payload_of(about, inbox_key=inbox_key)


def suggested(customer):
    ben = actor_of_agent(make_agent(name="Ben"))
    return [(one.customer, one.reasons) for one in link_suggestions(ben, customer)]


def abouts():
    return list(Conversation.objects.order_by("id").values_list("about", flat=True))


def test_a_link_names_the_bot_and_says_what_it_is_about(account):
    account.settings = {"bot_username": "tokolaut_bot"}

    assert start_link(account) == "https://t.me/tokolaut_bot"
    address, _question, payload = start_link(account, about="product:7").partition("?start=")
    assert address == "https://t.me/tokolaut_bot"
    assert len(payload) <= 64
    assert about_in(payload, inbox_key="tg") == "product:7"


def test_there_is_no_link_before_the_bot_is_known_nor_to_other_things(account):
    with pytest.raises(NoSuchLink):
        start_link(account)
    for about in ("customer:1", "order:", "order:x", "order:²", "order", "order:" + "1" * 30):
        with pytest.raises(NoSuchLink):
            payload_of(about, inbox_key="tg")


def test_a_forged_link_is_about_nothing(settings):
    good = link()
    forged = [
        good[:-1],
        good + "x",
        good.replace("o12", "o13"),
        good.replace("o12", "p12"),
        "o12",
        "o12-",
        "",
        "-",
        "x",
        "й-й",
    ]

    assert [about_in(one, inbox_key="tg") for one in forged] == [""] * len(forged)
    assert about_in(good, inbox_key="other") == ""
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a new key that is long enough, too"
    assert about_in(good, inbox_key="tg") == "order:12"
    settings.SECRET_KEY_FALLBACKS = []
    assert about_in(good, inbox_key="tg") == ""


def test_who_presses_start_has_said_nothing_yet(say, start):
    assert say(start()) == []

    assert ended("ignored") == ["the customer has opened the chat and said nothing yet"]
    assert Customer.objects.count() == 0


def test_the_first_words_begin_a_conversation_about_what_the_link_was_about(say, start, text):
    say(start(link()), text("Where is it?"))
    say(text("And when will it come?"))

    assert abouts() == ["order:12"]
    assert TelegramStart.objects.count() == 0
    assert ended("ignored") == ["the customer has opened the chat and said nothing yet; about order:12"]


def test_a_later_link_begins_another_conversation_but_the_same_one_does_not(say, start, text):
    say(text("Halo", ago=60))
    say(start(link("product:7"), ago=50), text("Is it blue?", ago=40))
    say(start(link("product:7"), ago=30), text("Really blue?", ago=20), text("Thanks"))

    assert abouts() == ["", "product:7"]
    assert [line.text for line in Message.objects.filter(conversation__about="product:7", kind="message")] == [
        "Is it blue?",
        "Really blue?",
        "Thanks",
    ]


def test_a_forged_link_opens_the_chat_about_nothing(say, start, text):
    say(start("o13-" + "A" * 22), text("Hi"))

    assert abouts() == [""]
    assert ended("ignored") == ["the customer has opened the chat and said nothing yet; the link was not ours"]


def test_an_old_link_and_words_from_before_it_are_about_nothing(say, start, text):
    say(start(link(), ago=90_000), text("A day later", ago=0))
    say(start(link(), sender=ELI, ago=10), text("Said before", sender=ELI, ago=60))

    assert abouts() == ["", ""]


def test_somebody_elses_link_is_not_used(say, start, text):
    say(start(link(), sender=ELI), text("I am Dana"))

    assert abouts() == [""]


def test_a_number_of_ones_own_is_verified(say):
    own = payloads.contact(DANA, 5, now(), "6281234567890", "Dana", about={"user_id": DANA["id"]})
    (message,) = say(own)

    phone = ContactPoint.objects.get(kind="phone")
    assert (phone.value, phone.proof) == ("+6281234567890", "channel_verified")
    assert phone.customer == message.contact_point.customer
    assert message.contact_point.proof == "claimed"


@pytest.mark.parametrize(
    "more",
    [
        {"about": {"user_id": ELI["id"]}},
        {},
        {"about": {"user_id": DANA["id"]}, "forward_origin": {"type": "user"}},
        {"about": {"user_id": str(DANA["id"]) + "0"}},
        {"about": {"user_id": True}},
    ],
)
def test_a_number_of_somebody_else_proves_nothing(say, more):
    say(payloads.contact(DANA, 5, now(), "+6281234567890", "Dana", **more))

    assert ContactPoint.objects.filter(kind="phone").count() == 0


@pytest.mark.parametrize("number", ["", "110", "+000", "x" * 300, "+1' OR 1"])
def test_a_number_that_is_none_is_only_shown(say, number):
    say(payloads.contact(DANA, 5, now(), number, "Dana", about={"user_id": DANA["id"]}))

    assert ContactPoint.objects.filter(kind="phone").count() == 0


def test_a_number_that_another_customer_has_stays_as_it_is(say):
    other = meet_customer(kind="phone", value="+6281234567890", name="Dana P.", at=clock.now())

    (message,) = say(payloads.contact(DANA, 5, now(), "+6281234567890", "Dana", about={"user_id": DANA["id"]}))

    other.refresh_from_db()
    assert other.proof == "claimed"
    assert other.customer != message.contact_point.customer


@pytest.mark.parametrize(("kind", "proof"), [("whatsapp", "channel_verified"), ("phone", "order_verified")])
def test_a_number_that_another_customer_has_verified_suggests_that_the_two_are_one(say, kind, proof):
    other = meet_customer(kind=kind, value="+6281234567890", name="Dana P.", proof=proof, at=clock.now())

    (message,) = say(payloads.contact(DANA, 5, now(), "+6281234567890", "Dana", about={"user_id": DANA["id"]}))

    mine = message.contact_point.customer
    assert suggested(mine) == [(other.customer, ["verified_number"])]
    assert suggested(other.customer) == [(mine, ["verified_number"])]
    assert Customer.objects.filter(merged_into=None).count() == 2
    other.refresh_from_db()
    assert (other.customer.name, other.proof) == ("Dana P.", proof)


def test_two_accounts_of_one_number_are_suggested_to_be_one_person(say):
    first, second = (
        say(payloads.contact(who, 5, now(), "6281234567890", "Dana", about={"user_id": who["id"]}))[-1]
        for who in (DANA, ELI)
    )

    assert suggested(second.contact_point.customer) == [(first.contact_point.customer, ["verified_number"])]
    assert ContactPoint.objects.get(kind="phone").customer == first.contact_point.customer


def test_a_number_that_another_customer_only_claims_links_nobody(say):
    """Anybody can type a number. Whoever looks for the same person by hand sees that it is the same."""
    other = meet_customer(kind="phone", value="+6281234567890", name="Mallory", at=clock.now())

    (message,) = say(payloads.contact(DANA, 5, now(), "+6281234567890", "Dana", about={"user_id": DANA["id"]}))

    mine = message.contact_point.customer
    assert suggested(mine) == suggested(other.customer) == []
    ben = actor_of_agent(make_agent(name="Ben"))
    assert [(one.customer, one.reasons) for one in merge_candidates(ben, mine)] == [(other.customer, ["number"])]


@pytest.mark.parametrize(
    ("word", "language", "confirmed"),
    [("STOP", "", 1), ("/stop", "", 1), ("Berhenti.", "id", 1), ("СТОП!", "uk", 1), ("Stop it, I want blue", "", 0)],
)
def test_stop_is_honored_and_confirmed_once(say, text, word, language, confirmed):
    say(text("Halo", ago=60))
    point = ContactPoint.objects.select_related("customer").get()
    decide_consent(
        actor=SYSTEM, customer=point.customer, purpose="news", granted=True, source="account", at=clock.now()
    )

    say(text(word), text(word))

    point.refresh_from_db()
    deliveries = MessageDelivery.objects.filter(message__author="system", message__client_id__startswith="opted-out")
    assert deliveries.count() == confirmed
    assert (point.opted_out_at is not None) == bool(confirmed)
    assert Consent.objects.order_by("-id").first().granted != bool(confirmed)
    if language:
        assert deliveries.get().message.language == language
    if confirmed:
        assert deliveries.get().recipients == ["412345678"]


def test_start_lets_messages_come_again(say, start, text):
    say(text("/stop", ago=60))
    say(start())

    assert ContactPoint.objects.get().opted_out_at is None
    assert Consent.objects.count() == 0


def test_a_blocked_bot_is_noted_and_who_comes_back_is_written_to_again(say, text):
    (message,) = say(text("Halo", ago=60))
    say(payloads.member(DANA, now(30), "kicked", "member"), kind="my_chat_member")
    point = ContactPoint.objects.get()
    assert point.bounced_at is not None
    with pytest.raises(NoAddress):
        post_reply(actor=SYSTEM, conversation=message.conversation, text="Hi", at=clock.now())

    say(payloads.member(DANA, now(20), "member", "kicked"), kind="my_chat_member")

    point.refresh_from_db()
    assert (point.bounced_at, point.bounce_reason) == (None, "")
    assert post_reply(actor=SYSTEM, conversation=message.conversation, text="Hi", at=clock.now()).delivery
    assert ended("ignored") == ["noted: the customer has blocked the bot", "noted: the customer lets the bot write"]


def test_an_older_word_does_not_clear_a_newer_block(say, text):
    say(text("Halo", ago=60))
    say(payloads.member(DANA, now(10), "kicked", "member"), kind="my_chat_member")
    say(text("Said before", ago=40))
    assert ContactPoint.objects.get().bounced_at is not None

    say(text("I am back"))

    assert ContactPoint.objects.get().bounced_at is None


def test_strangers_who_block_the_bot_are_nobody(say):
    say(
        payloads.member(ELI, now(), "kicked", "member"), payloads.member(ELI, now(), "left", "x"), kind="my_chat_member"
    )

    assert ended("ignored") == ["of nobody who is known"] * 2
    assert ContactPoint.objects.count() == 0


def test_a_customer_who_is_erased_leaves_no_start_behind(say, start):
    say(start(link()))
    point = ContactPoint.objects.get()

    erase_customer(customer_id=point.customer_id)

    assert TelegramStart.objects.count() == 0


def test_items_wait_for_nothing(account, provider, start):
    provider.post(provider.update("message", start(link())))
    read(at=clock.now() + timedelta(seconds=1))

    assert errors() == []
    assert IntakeItem.objects.filter(state="waiting").count() == 0
