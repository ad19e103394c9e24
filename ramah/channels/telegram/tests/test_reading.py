"""What customers write by Telegram, as it stands in the thread."""

import pytest

from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.telegram.tests.conftest import BOT, DANA, ELI, now
from ramah.channels.tests.providers import ended, errors, post_badly, read, said
from ramah.conversations.commands.organizing import set_status
from ramah.conversations.models import Conversation, Message
from ramah.customers.models import ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db


def test_a_first_message_makes_customer_and_conversation(say, text):
    (message,) = say(text("Halo, apakah pesanan saya sudah dikirim hari ini?", message_id=7))

    point = message.contact_point
    assert (point.kind, point.value, point.proof) == ("telegram", "412345678", "claimed")
    assert point.customer.name == "Dana Putri"
    assert (message.author_name, message.detail) == ("Dana Putri", {"username": "danaputri"})
    assert (message.conversation.status, message.conversation.language) == ("open", "id")
    assert message.external_ids.get().value == f"telegram:{BOT}:412345678:7"
    assert abs((message.sent_at - clock.now()).total_seconds()) < 60
    assert ended("accepted") == [""]


def test_an_account_proves_nothing_but_itself(say, text):
    nameless = payloads.user(1, "")
    (message,) = say(text("Ok", sender=nameless))

    assert (message.contact_point.proof, message.contact_point.verified_at) == ("anonymous", None)


def test_the_language_of_the_app_counts_where_words_say_too_little(say, text):
    (message,) = say(text("Ok", sender=ELI))

    assert message.conversation.language == "uk"


def test_all_goes_on_in_one_conversation_and_reopens_it(say, text):
    (message,) = say(text("Halo"))
    set_status(actor=SYSTEM, conversation=message.conversation, status="resolved", at=clock.now())

    two = say(text("Halo?"), text("Good morning", sender=ELI))

    assert two[1].conversation_id == message.conversation_id != two[2].conversation_id
    assert Conversation.objects.get(pk=message.conversation_id).status == "open"


def test_a_reply_to_a_message_shows_which(say, text):
    first = text("Do you have it in blue?")
    (message,) = say(first)
    quote = {"text": "in blue", "position": 15}

    found = say(text("This one", reply_to_message=first, quote=quote))

    assert found[1].answers_id == message.pk
    assert found[1].detail["quote"] == "in blue"


def test_the_same_number_in_another_chat_is_another_message(say, text):
    found = say(text("I am Dana", message_id=5), text("I am Eli", sender=ELI, message_id=5))

    assert [(one.text, one.contact_point.value) for one in found] == [
        ("I am Dana", "412345678"),
        ("I am Eli", "587654321"),
    ]


def test_a_thousand_messages_shuffled_and_redelivered_stand_once_and_in_order(account, provider, text):
    updates = [
        provider.update("message", text(f"{place}", sender=(DANA, ELI)[place % 2], ago=(2000 - place) // 7))
        for place in range(1000)
    ]

    post_badly(lambda one: provider.post(*one), updates, at_once=1)

    assert errors() == []
    for sender, first in ((DANA, 0), (ELI, 1)):
        theirs = [line for line in said() if line.contact_point.value == str(sender["id"])]
        assert sorted(int(line.text) for line in theirs) == list(range(first, 1000, 2))
        times = [line.sent_at for line in theirs]
        assert times == sorted(times)


def test_a_batch_goes_by_time_and_then_by_number(say, text):
    three = [
        text("third", ago=1, message_id=13),
        text("second", ago=9, message_id=12),
        text("first", ago=9, message_id=11),
    ]

    assert [line.text for line in say(*three)] == ["first", "second", "third"]


def made(make, *content, **more):
    """A message of Dana, made once it is needed."""
    return lambda: make(DANA, 900, now(), *content, **more)


PLACE = {"latitude": -6.2, "longitude": 106.816666}
OPTIONS = [{"text": "Yes", "voter_count": 0}]
KINDS = {
    "location": (
        made(payloads.location, -6.2, 106.816666),
        "-6.200000, 106.816666",
        ("location", {**PLACE, "name": "", "address": ""}),
    ),
    "venue": (
        made(payloads.venue, PLACE, "Monas", "Jakarta"),
        "Monas\nJakarta\n-6.200000, 106.816666",
        ("location", {**PLACE, "name": "Monas", "address": "Jakarta"}),
    ),
    "contact": (
        made(payloads.contact, "+380 50 123 4567", "Eli", about={"last_name": "K"}),
        "Eli K\n+380 50 123 4567",
        ("contacts", [{"name": "Eli K", "phones": ["+380 50 123 4567"], "emails": []}]),
    ),
    "dice": (made(payloads.message, dice={"emoji": "🎲", "value": 4}), "🎲 4", ("username", "danaputri")),
    "poll": (
        made(payloads.message, poll={"id": "1", "question": "Blue?", "options": OPTIONS}),
        "Blue?\n- Yes",
        ("username", "danaputri"),
    ),
    "forwarded": (made(payloads.text, "Look", forward_origin={"type": "user", "date": 1}), "Look", ("forwarded", True)),
    "album": (made(payloads.photo, "f1", 9000, media_group_id="77", caption="Broken"), "Broken", ("album", "77")),
    "another command": (made(payloads.text, "/help"), "/help", ("username", "danaputri")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_messages(say, kind):
    make, words, (name, fact) = KINDS[kind]

    (message,) = say(make())

    assert message.text == words
    assert message.detail[name] == fact
    assert message.conversation.preview


@pytest.mark.parametrize(
    "content",
    [
        {"hologram": {"depth": 3}},
        {"story": {"chat": {}, "id": 1}},
        {"text": ["no", "words"]},
        {"photo": "no list"},
        {"photo": []},
        {"document": {"file_name": "no id"}},
        {"location": {"latitude": 500, "longitude": "x"}},
        {"contact": 7},
        {"poll": {"question": ""}},
        {},
    ],
)
def test_what_cannot_be_read_of_a_customer_is_shown_as_such(say, content):
    (message,) = say(payloads.message(DANA, 900, now(), **content))

    assert message.text.startswith("[")
    assert message.detail["unsupported"]


def entity(offset, length, url="https://evil.example/x", kind="text_link"):
    return {"type": kind, "offset": offset, "length": length, "url": url}


@pytest.mark.parametrize(
    ("words", "entities", "told"),
    [
        ("Lihat di sini ya", [entity(9, 4)], "Lihat di sini (https://evil.example/x) ya"),
        ("😀😀 here", [entity(5, 4)], "😀😀 here (https://evil.example/x)"),
        ("a b", [entity(0, 1, "https://a"), entity(2, 1, "https://b")], "a (https://a) b (https://b)"),
        ("https://evil.example/x/", [entity(0, 23)], "https://evil.example/x/"),
        ("plain", [{"type": "bold", "offset": 0, "length": 5}, entity(0, 5, kind="url")], "plain"),
        ("short", [entity(3, 9), entity(-1, 2), entity(0, True), entity("0", 2), entity(10**30, 1), 7], "short"),
        ("😀", [entity(0, 1)], "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_links_behind_words_are_told_in_plain_text(say, text, words, entities, told):
    (message,) = say(text(words, entities=entities))

    assert message.text.startswith(told)


def test_hostile_text_is_only_text(say, text):
    body = "<script>alert(1)</script>\x00\ud800 \u202egnp.exe " + "a" * 70_000
    villain = payloads.user(3, "<b>Dana</b>\x00" + "x" * 500, username="'; drop", language_code="../../x")

    (message,) = say(text(body, sender=villain))

    assert message.text.startswith("<script>alert(1)</script>\N{REPLACEMENT CHARACTER} ")
    assert len(message.text) == 65_536
    assert message.html == ""
    assert len(message.author_name) <= 160
    assert "\x00" not in message.author_name


@pytest.mark.parametrize("stamp", ["", "soon", -5, 99999999999999999999, 1.5e300, None, 4102444800, True])
def test_a_strange_time_does_no_harm(say, text, stamp):
    (message,) = say({**text("Halo"), "date": stamp})

    assert message.sent_at is None or message.sent_at <= clock.now()


GROUP = payloads.chat(-1001, "supergroup", title="Friends")
BOTS = payloads.user(9, "Bot", is_bot=True)
IGNORED = {
    "a group": ("message", {"text": "hi", "chat": GROUP}, "it happened in a supergroup, not in a private chat"),
    "a channel": ("channel_post", {"text": "hi"}, "updates of the kind 'channel_post' are not read"),
    "a bot": ("message", {"text": "hi", "from": BOTS}, "written by a bot"),
    "a poll": ("poll", {"id": "1"}, "updates of the kind 'poll' are not read"),
    "of tomorrow": ("time_travel", {}, "updates of the kind 'time_travel' are not read"),
    "pinned": ("message", {"pinned_message": {"text": "hi"}}, "no message, but Telegram's own: pinned_message"),
    "no chat": ("message", {"text": "hi", "chat": None}, "it does not say in which chat"),
    "odd chat": (
        "message",
        {"text": "hi", "chat": {"id": "x' OR 1", "type": "private"}},
        "it does not say in which chat",
    ),
    "no number": ("message", {"text": "hi", "message_id": {}}, "it does not say which message it is"),
    "a game": (
        "callback_query",
        {"id": "7", "message": {"message_id": 1, "chat": {"id": 1, "type": "private"}}},
        "a button that says nothing",
    ),
}


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_no_message_of_a_customer_ends_ignored_with_the_reason(account, provider, name):
    kind, fields, reason = IGNORED[name]
    update = {"update_id": 5, kind: {**payloads.message(DANA, 900, now()), **fields}}
    assert provider.post(update) == 200
    read()

    assert errors() == []
    assert ended("ignored") == [reason]
    assert said() == []
    assert ContactPoint.objects.count() == 0


@pytest.mark.parametrize("update", [{}, {"update_id": 1}, {"update_id": [], "message": 7}, {"update_id": 1, "": {}}])
def test_an_empty_update_ends_ignored(account, provider, update):
    assert provider.post(update) == 200
    read()

    assert errors() == []
    assert len(ended("ignored")) == 1


def test_after_a_quiet_week_the_same_number_may_be_another_update(account, provider, text):
    reaction = payloads.reaction(DANA, 7, now(), "👍")
    provider.post({"update_id": 5, "message": text("Halo", message_id=7)})
    provider.post({"update_id": 5, "message_reaction": reaction})
    provider.post({"update_id": 5, "message_reaction": {**reaction, "date": now() + 1, "new_reaction": []}})
    read()

    assert ended("accepted") == [""] * 3
    assert Message.objects.get(kind="message").detail["reactions"] == []
