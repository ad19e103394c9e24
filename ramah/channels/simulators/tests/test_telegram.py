"""The simulated Telegram, against a shop that really listens."""

import json
from datetime import timedelta

import pytest
import urllib3

from ramah.channels import fetching, sending
from ramah.channels.models import ChannelAccount
from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.simulators.telegram import TelegramSimulator
from ramah.channels.simulators.telegram_traffic import Traffic, told_of
from ramah.channels.telegram.prepared import Button, ask_with_buttons
from ramah.channels.telegram.tests.conftest import SECRETS, TOKEN
from ramah.channels.tests.providers import errors, read
from ramah.conversations.models import Attachment, Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM


@pytest.fixture
def simulator():
    with TelegramSimulator(token=TOKEN, secret=SECRETS["webhook_secret"]) as simulator:
        simulator.open_chats = {1, 2}
        yield simulator


def ask(simulator, method, token=TOKEN, **fields):
    with urllib3.PoolManager(retries=False) as pool:
        answered = pool.request("POST", f"{simulator.api_url}/bot{token}/{method}", json=fields)
        return answered.status, json.loads(answered.data)


@pytest.mark.parametrize(
    ("method", "fields", "words"),
    [
        ("sendMessage", {}, "chat not found"),
        ("sendMessage", {"chat_id": 3, "text": "Hi"}, "chat not found"),
        ("sendMessage", {"chat_id": "x", "text": "Hi"}, "chat not found"),
        ("sendMessage", {"chat_id": 1, "text": ""}, "message text is empty"),
        ("sendMessage", {"chat_id": 1, "text": "😀" * 2049}, "message is too long"),
        ("sendPhoto", {"chat_id": 1}, "there is no photo"),
        ("getFile", {"file_id": "none"}, "invalid file_id"),
        ("setWebhook", {"url": "http://shop.example/x"}, "HTTPS URL"),
    ],
)
def test_it_refuses_what_telegram_refuses(simulator, method, fields, words):
    status, answer = ask(simulator, method, **fields)

    assert (status, answer["ok"], answer["error_code"]) == (400, False, 400)
    assert words in answer["description"]
    assert simulator.taken == []


def test_nobody_gets_in_without_the_token(simulator):
    assert ask(simulator, "getMe", token="1:wrong")[0] == 401
    assert ask(simulator, "getMe")[1]["result"]["username"] == "tokolaut_bot"
    assert ask(simulator, "noSuchMethod")[0] == 404


def test_it_has_a_limit_and_keeps_the_blocked_out(simulator):
    simulator.limit = 1
    simulator.update("my_chat_member", payloads.member(payloads.user(2), 1, "kicked", "member"))

    assert ask(simulator, "sendMessage", chat_id=1, text="one")[0] == 200
    status, answer = ask(simulator, "sendMessage", chat_id=1, text="two")
    assert (status, answer["parameters"]) == (429, {"retry_after": 7})
    simulator.limit = None
    assert ask(simulator, "sendMessage", chat_id=2, text="Hi")[0] == 403


def test_the_same_seed_tells_the_same_story(simulator):
    def story(seed):
        return [told_of(update) for update in Traffic(simulator, seed=seed, messages=80).updates()]

    first = story(4)
    assert story(4) == first
    assert story(5) != first
    assert {"text", "photo", "contact", "edited_message", "message_reaction"} <= {what for _who, what in first}


@pytest.mark.django_db(transaction=True)
def test_a_whole_story_with_answers_files_and_buttons(live_server, simulator):
    inbox = make_inbox("tg", channel="telegram", address="@tokolaut_bot")
    simulator.hook_url = f"{live_server.url}/hooks/telegram/tg"
    ChannelAccount.objects.create(inbox=inbox, credentials=SECRETS, settings={"api_url": simulator.api_url})
    buttons = [Button("Ya", "yes"), Button("Tidak", "no")]
    for number, update in enumerate(Traffic(simulator, seed=9, messages=60).updates()):
        assert simulator.post(update) == 200
        read()
        if number % 8 == 7:
            for conversation in Conversation.objects.all():
                words = f"Answer {number}"
                ask_with_buttons(actor=SYSTEM, conversation=conversation, text=words, buttons=buttons, at=clock.now())
            while sending.send_due(at=clock.now()):
                pass
    while fetching.fetch_due(at=clock.now()):
        pass
    for minutes in (0, 1, 3, 6, 20):
        read(at=clock.now() + timedelta(minutes=minutes))

    assert errors() == []
    assert set(MessageDelivery.objects.values_list("state", flat=True)) == {"sent"}
    assert Message.objects.filter(detail__media="image").count() == Attachment.objects.count() > 0
    pressed = Message.objects.filter(detail__choice__id__in=["yes", "no"])
    assert pressed.count() == len(set(simulator.answered_presses)) > 0
    assert set(pressed.values_list("text", flat=True)) <= {"Ya", "Tidak"}
    assert set(ContactPoint.objects.filter(kind="phone").values_list("proof", flat=True)) == {"channel_verified"}
