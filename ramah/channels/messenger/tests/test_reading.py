"""What customers write on Messenger and Instagram, as it stands in the thread."""

from datetime import timedelta

import pytest

from ramah.channels.messenger.tests.conftest import DANA, ELI, stamp
from ramah.channels.models import IntakeItem
from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.tests.providers import ended, errors, post_badly, read, said
from ramah.conversations.commands.organizing import set_status
from ramah.conversations.models import Conversation, MessageDelivery
from ramah.customers.commands import decide_consent
from ramah.customers.models import Consent, ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("channel", ["messenger", "instagram"])
CDN = "https://scontent.example/v/1"


@BOTH
def test_a_first_message_makes_customer_and_conversation(take, say, channel):
    (message,) = take(say("Halo, apakah pesanan saya sudah dikirim hari ini?", ago=3.25))

    point = message.contact_point
    assert (point.kind, point.value, point.proof) == (channel, DANA, "claimed")
    assert message.conversation.customer == point.customer
    assert (message.conversation.status, message.conversation.language) == ("open", "id")
    assert message.external_ids.get().value.startswith(f"{channel}:m_")
    assert timedelta(seconds=3) < clock.now() - message.sent_at < timedelta(minutes=1)
    assert ended("accepted") == [""]


def test_the_same_id_on_both_channels_is_two_people(take, say):
    take(say("Halo"))
    other = ContactPoint.objects.filter(kind="instagram", value=DANA)

    assert not other.exists()


def test_all_goes_on_in_one_conversation_which_is_opened_again(take, say):
    (first,) = take(say("Halo"))
    set_status(actor=SYSTEM, conversation=first.conversation, status="resolved", at=clock.now())

    lines = take(say("One more thing"), say("Good morning", by=ELI))

    assert lines[1].conversation_id == first.conversation_id != lines[2].conversation_id
    assert {row.status for row in Conversation.objects.all()} == {"open"}


def test_a_reply_to_a_message_shows_which(take, say):
    (message,) = take(say("Do you have it in blue?", mid="m_first"))

    lines = take(say("This one", reply_to={"mid": "m_first"}))

    assert [line.answers_id for line in lines] == [None, message.pk]


@BOTH
def test_a_thousand_messages_shuffled_and_redelivered_stand_once_and_in_order(account, provider, say):
    messages = [say(f"{place}", by=(DANA, ELI)[place % 2], ago=2000 - place) for place in range(1000)]

    post_badly(lambda some: provider.post(provider.hook(*some)), messages)

    for sender, first in ((DANA, 0), (ELI, 1)):
        lines = [line.text for line in said() if line.contact_point.value == sender]
        assert lines == [str(place) for place in range(first, 1000, 2)]


def test_messages_of_the_same_second_stand_in_the_order_of_their_milliseconds(account, provider, say):
    at = int(stamp(60) / 1000) * 1000
    for place in (30, 10, 20):
        provider.post(provider.hook({**say(str(place)), "timestamp": at + place}))
    read()

    assert [line.text for line in said()] == ["10", "20", "30"]


KINDS = {
    "quick reply": (
        {"text": "Red", "quick_reply": {"payload": "RED"}},
        "Red",
        ("choice", {"id": "RED", "title": "Red"}),
    ),
    "location": (
        {
            "attachments": [
                {"type": "location", "title": "Monas", "payload": {"coordinates": {"lat": -6.2, "long": 106.8}}}
            ]
        },
        "Monas\n-6.200000, 106.800000",
        ("location", {"latitude": -6.2, "longitude": 106.8, "name": "Monas", "address": ""}),
    ),
    "shared link": (
        {"attachments": [{"type": "fallback", "title": "Tea", "url": "https://tea.example/", "payload": None}]},
        "Tea\nhttps://tea.example/",
        ("shared", [{"kind": "fallback", "title": "Tea", "url": "https://tea.example/"}]),
    ),
    "shared reel": (
        {"attachments": [payloads.attachment("ig_reel", CDN, title="Our tea", reel_video_id="1")]},
        f"Our tea\n{CDN}",
        ("shared", [{"kind": "ig_reel", "title": "Our tea", "url": CDN}]),
    ),
    "product": (
        {
            "attachments": [
                {
                    "type": "template",
                    "payload": {"product": {"elements": [{"id": "1"}]}, "elements": [{"title": "Tea"}]},
                }
            ]
        },
        "Tea",
        ("shared", [{"kind": "template", "title": "Tea", "url": ""}]),
    ),
    "from an advertisement": (
        {
            "text": "Hi",
            "referral": {
                "ref": "r",
                "ad_id": "6045",
                "source": "ADS",
                "type": "OPEN_THREAD",
                "ads_context_data": {"ad_title": "Tea"},
            },
        },
        "Hi",
        ("ad", {"headline": "Tea", "url": ""}),
    ),
    "from a product": (
        {"text": "Is it there?", "referral": {"product": {"id": "TEA-1"}}},
        "Is it there?",
        ("product", "TEA-1"),
    ),
    "to a story": (
        {"text": "So nice", "reply_to": {"story": {"id": "1", "url": CDN}}},
        "So nice",
        ("story", {"kind": "reply", "url": CDN}),
    ),
    "a mention in a story": (
        {"attachments": [payloads.attachment("story_mention", CDN)]},
        "",
        ("story", {"kind": "mention", "url": CDN}),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_messages(take, provider, kind):
    content, words, (name, fact) = KINDS[kind]

    (message,) = take(payloads.message(DANA, provider.owner, stamp(), "m_1", **content))

    assert message.text == words
    assert message.detail[name] == fact
    assert message.conversation.preview


def test_a_button_that_was_pressed_says_what_stands_on_it(take, provider):
    referral = {"ref": "r", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    press = payloads.postback(DANA, provider.owner, stamp(), "m_p", "Get started", "GET_STARTED", referral=referral)
    nameless = payloads.event(DANA, provider.owner, stamp() + 1, postback={"title": "Prices", "payload": "PRICES"})

    lines = take(press, press, nameless)
    assert take(nameless) == lines

    assert [line.text for line in lines] == ["Get started", "Prices"]
    assert lines[0].detail["choice"] == {"id": "GET_STARTED", "title": "Get started"}
    assert IntakeItem.objects.filter(state="duplicate").count() == 2


@pytest.mark.parametrize(
    "content",
    [
        {"is_unsupported": True},
        {},
        {"attachments": [{"type": "hologram"}]},
        {"attachments": [{"type": "image", "payload": 7}]},
        {"attachments": [{"type": "location", "payload": {"coordinates": {"lat": "x", "long": 1e400}}}]},
        {"attachments": "x", "text": {}},
        {"reply_to": {"story": {"url": CDN}}},
    ],
)
def test_what_cannot_be_read_of_a_customer_is_shown_as_such(take, provider, content):
    (message,) = take(payloads.message(DANA, provider.owner, stamp(), "m_1", **content))

    assert message.text.startswith("[")
    assert message.detail["unsupported"]


def test_hostile_text_is_only_text(take, say):
    (message,) = take(say("<script>alert(1)</script>\x00\ud800 \u202egnp.exe " + "a" * 70_000))

    assert message.text.startswith("<script>alert(1)</script>\N{REPLACEMENT CHARACTER} ")
    assert len(message.text) == 65_536
    assert message.html == ""


@pytest.mark.parametrize("at", ["", "soon", -5, 10**30, 1.5e300, None, 4102444800000, "٣٣", True])
def test_a_strange_time_does_no_harm(take, say, at):
    (message,) = take({**say("Halo"), "timestamp": at})

    assert message.sent_at is None or message.sent_at <= clock.now()


def test_a_time_in_seconds_is_understood(take, say):
    (message,) = take({**say("Halo"), "timestamp": "1527459824"})

    assert message.sent_at.year == 2018


def test_a_stolen_id_of_a_message_gets_nobody_into_another_thread(take, say):
    take(say("Halo", mid="m_first"))
    lines = take(say("I am Eli", by=ELI, mid="m_first"), say("And this?", by=ELI, reply_to={"mid": "m_first"}))

    assert [line.text for line in lines] == ["Halo", "I am Eli", "And this?"]
    assert lines[0].conversation_id not in {lines[1].conversation_id, lines[2].conversation_id}


@pytest.mark.parametrize(
    ("word", "language", "confirmed"), [("STOP", "", 1), ("Berhenti", "id", 1), ("СТОП!", "uk", 1), ("Stop it", "", 0)]
)
def test_stop_is_honored_and_confirmed_once(take, say, word, language, confirmed):
    take(say("It is blue", ago=9))
    point = ContactPoint.objects.select_related("customer").get()
    decide_consent(
        actor=SYSTEM, customer=point.customer, purpose="news", granted=True, source="account", at=clock.now()
    )

    take(say(word))
    take(say(word))

    point.refresh_from_db()
    deliveries = MessageDelivery.objects.filter(message__author="system")
    assert deliveries.count() == confirmed
    assert (point.opted_out_at is not None) == bool(confirmed)
    assert Consent.objects.order_by("-id").first().granted != bool(confirmed)
    if language:
        assert deliveries.get().message.language == language


# What customers do to their messages


@pytest.fixture
def first(take, say):
    take(say("It is blu", ago=60, mid="m_first"))
    return "m_first"


def reactions():
    return [one["emoji"] for one in said()[0].detail.get("reactions", [])]


def test_a_reaction_comes_changes_and_goes(take, provider, first):
    for place, (word, emoji, shown) in enumerate(
        [("love", "❤️", "❤️"), ("wow", "", "😮"), ("other", "", "🙂"), ("", "", None)]
    ):
        take(payloads.reaction(DANA, provider.owner, stamp(30 - place), first, word, emoji))
        assert reactions() == ([shown] if shown else [])


def test_a_redelivered_reaction_and_an_older_one_change_nothing(take, provider, first):
    reaction = payloads.reaction(DANA, provider.owner, stamp(10), first)
    take(reaction)
    take(reaction)
    take(payloads.reaction(DANA, provider.owner, stamp(20), first, "angry", "😡"))

    assert reactions() == ["❤️"]
    assert ended("duplicate") == ["the same was read before"]


def test_an_edit_keeps_what_stood_there(take, provider, first):
    take(payloads.edit(DANA, provider.owner, stamp(10), first, "It is blue", 2))
    take(payloads.edit(DANA, provider.owner, stamp(20), first, "It is bluu", 1))

    (message,) = said()
    assert (message.text, message.detail["earlier"][0]["text"]) == ("It is blue", "It is blu")
    assert message.edited_at is not None


@BOTH
def test_a_message_that_is_taken_back_is_shown_so(take, provider, first):
    take(payloads.unsend(DANA, provider.owner, stamp(), first))

    (message,) = said()
    assert message.deleted_at is not None
    assert message.text == "It is blu"


def test_nobody_edits_or_takes_back_what_another_one_wrote(take, provider, say, first):
    take(say("I am Eli", by=ELI))
    take(payloads.edit(ELI, provider.owner, stamp(), first, "Hi"), payloads.unsend(ELI, provider.owner, stamp(), first))

    assert (said()[0].edited_at, said()[0].deleted_at) == (None, None)


def test_what_comes_before_its_message_waits_for_it(take, provider, say, account):
    late = say("Late", ago=20, mid="m_late")
    take(
        payloads.unsend(DANA, provider.owner, stamp(), "m_late"),
        payloads.reaction(DANA, provider.owner, stamp(), "m_late"),
    )
    assert IntakeItem.objects.filter(state="waiting").count() == 2
    take(late)

    read(at=clock.now() + timedelta(seconds=5))

    assert errors() == []
    assert said()[0].deleted_at is not None
    assert reactions() == ["❤️"]


def test_what_never_finds_its_message_ends_with_the_reason(take, provider, account):
    take(payloads.reaction(DANA, provider.owner, stamp(), "m_none"))
    for minutes in (1, 3, 6, 20, 40):
        read(at=clock.now() + timedelta(minutes=minutes))

    assert ended("ignored") == ["reaction of a message that is not known"]
