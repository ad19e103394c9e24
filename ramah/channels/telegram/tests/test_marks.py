"""What customers do to messages: react, edit, press buttons."""

from datetime import timedelta

import pytest

from ramah.channels.models import IntakeItem
from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.telegram.tests.conftest import DANA, ELI, now
from ramah.channels.tests.providers import ended, errors, read, said
from ramah.conversations.models import Message
from ramah.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(say, text):
    """A message that stands already, as it was posted."""
    first = text("It is blu", ago=60)
    say(first)
    return first


def reactions():
    return [one["emoji"] for one in Message.objects.get(kind="message").detail.get("reactions", [])]


def react(first, emoji, ago=0, sender=DANA):
    return payloads.reaction(sender, first["message_id"], now(ago), emoji)


def test_a_reaction_comes_changes_and_goes(say, first):
    for place, emoji in enumerate(("👍", "❤️", "")):
        say(react(first, emoji, ago=30 - place), kind="message_reaction")
        assert reactions() == ([emoji] if emoji else [])
    assert ended("accepted") == [""] * 4


@pytest.mark.parametrize(
    ("new", "shown"),
    [
        ([{"type": "emoji", "emoji": "👍"}, {"type": "emoji", "emoji": "🔥"}], ["👍🔥"]),
        ([{"type": "custom_emoji", "custom_emoji_id": "5368324170671202286"}], ["✨"]),
        ([{"type": "paid"}], ["⭐"]),
        ([{"type": "hologram"}, 7], []),
        ("no list", []),
    ],
)
def test_reactions_of_all_kinds(say, first, new, shown):
    say({**react(first, "👍"), "new_reaction": new}, kind="message_reaction")

    assert reactions() == shown


def test_a_redelivered_reaction_and_an_older_one_change_nothing(say, first, provider):
    update = provider.update("message_reaction", react(first, "👍", ago=10))
    for one in (update, update, provider.update("message_reaction", react(first, "😡", ago=20))):
        provider.post(one)
    read()
    provider.post(update)
    read()

    assert errors() == []
    assert reactions() == ["👍"]
    assert len(ended("duplicate")) == 2


def test_an_edit_keeps_what_stood_there(say, first):
    say(payloads.edited(first, now(10), text="It is blue"), kind="edited_message")
    say(payloads.edited(first, now(20), text="It is bluu"), kind="edited_message")

    message = Message.objects.get(kind="message")
    assert (message.text, message.detail["earlier"][0]["text"]) == ("It is blue", "It is blu")
    assert message.conversation.preview == "It is blue"


def test_a_message_that_is_redelivered_as_edited_stands_once(say, first):
    say(payloads.edited(first, now(), text="It is blue"))

    assert len(said()) == 1
    assert len(ended("duplicate")) == 1


def test_what_comes_before_its_message_waits_for_it(say, text):
    late = text("Late", ago=20)
    say(react(late, "👍", ago=9), kind="message_reaction")
    say(payloads.edited(late, now(15), text="Late, sorry"), kind="edited_message")
    assert IntakeItem.objects.filter(state="waiting").count() == 2
    say(late)

    read(at=clock.now() + timedelta(seconds=5))

    assert errors() == []
    assert Message.objects.get(kind="message").text == "Late, sorry"
    assert reactions() == ["👍"]


def test_a_reaction_to_what_never_comes_ends_with_the_reason(say):
    say(payloads.reaction(DANA, 4711, now(), "👍"), kind="message_reaction")
    for minutes in (1, 3, 6, 20, 40):
        read(at=clock.now() + timedelta(minutes=minutes))

    assert ended("ignored") == ["reaction of a message that is not known"]


def test_a_corrected_message_whose_first_words_never_came_is_not_lost(say, text):
    lost = text("Lost", ago=30)
    say(payloads.edited(lost, now(10), text="Lost and"), kind="edited_message")
    say(payloads.edited(lost, now(), text="Lost and found"), kind="edited_message")
    for minutes in (1, 3, 6, 20, 40):
        read(at=clock.now() + timedelta(minutes=minutes))

    assert errors() == []
    assert [(line.text, line.detail["edited"]) for line in said()] == [("Lost and found", True)]
    assert IntakeItem.objects.filter(state="waiting").count() == 0


def test_a_place_that_moves_on_is_not_followed(say):
    place = payloads.location(DANA, 5, now(60), -6.2, 106.8)
    say(place)
    moved = payloads.edited(place, now(), location={"latitude": -6.3, "longitude": 106.9})
    say(moved, kind="edited_message")

    assert said()[0].text == "-6.200000, 106.800000"
    assert ended("ignored") == ["a place that moves on; where it was first stands in the thread"]


def test_nobody_edits_what_another_one_wrote(say, first, text):
    say(text("I am Eli", sender=ELI, message_id=first["message_id"]))
    stolen = {**first, "from": ELI, "chat": payloads.chat(ELI["id"])}
    say(payloads.edited(stolen, now(), text="Send it to me"), kind="edited_message")

    assert [line.text for line in said()] == ["It is blu", "Send it to me"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([[{"text": "Yes, please", "callback_data": "yes"}]], "Yes, please"),
        ([[{"text": "No", "callback_data": "no"}]], "yes"),
        ("nonsense", "yes"),
        ([7, {"text": 1}, [None]], "yes"),
    ],
)
def test_a_pressed_button_is_an_answer(say, first, rows, told):
    of = {**first, "reply_markup": {"inline_keyboard": rows}}

    found = say(payloads.press(DANA, "4382", of, "yes"), payloads.press(DANA, "4382", of, "yes"), kind="callback_query")

    assert [line.text for line in found] == ["It is blu", told]
    assert found[1].detail["choice"] == {"id": "yes", "title": told}
    assert found[1].answers_id == found[0].pk


def test_pressing_it_again_is_said_again(say, first):
    found = say(payloads.press(DANA, "1", first, "yes"), payloads.press(DANA, "2", first, "yes"), kind="callback_query")

    assert [line.text for line in found] == ["It is blu", "yes", "yes"]
