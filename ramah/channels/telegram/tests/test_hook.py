"""What is posted to the address of a bot: taken in with the right secret, refused without a trace otherwise."""

import json

import pytest

from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.telegram.tests.conftest import DANA, ELI, SECRETS, now, post
from ramah.channels.tests.providers import errors, read
from ramah.conversations.models import Message

pytestmark = pytest.mark.django_db
HEADER = "X-Telegram-Bot-Api-Secret-Token"
RIGHT = {HEADER: SECRETS["webhook_secret"]}


def update(**more):
    return {"update_id": 1, "message": payloads.text(DANA, 1, now(), "Halo", **more)}


def nothing_stored():
    return not IntakeItem.objects.exists() and not ChannelAccount.objects.exclude(last_in_at=None).exists()


def test_the_secret_lets_in(account):
    posted = update()
    answered = post(posted, **RIGHT)

    assert (answered.status_code, answered.content) == (200, b"Taken in.")
    item = IntakeItem.objects.get()
    assert json.loads(bytes(item.raw)) == posted
    assert item.envelope["sender"] == "412345678"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: ""},
        {HEADER: "guessed"},
        {HEADER: "a_word-of-our-ow"},
        {HEADER: "слово"},
        {"X-Secret": "a_word-of-our-own"},
    ],
)
def test_another_secret_stores_nothing(account, headers):
    assert post(update(), **headers).status_code == 403
    assert nothing_stored()


def test_without_a_secret_of_ours_nobody_is_let_in(account):
    ChannelAccount.objects.update(credentials={"bot_token": SECRETS["bot_token"]})

    assert post(update(), **{HEADER: ""}).status_code == 403
    assert post(update()).status_code == 403
    assert nothing_stored()


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b"7", b"null", b'"text"', b"[" * 100_000, b"{" * 5000, b"\xff\xfe", b'{"a": NaN']
)
def test_what_is_no_update_is_refused(account, body):
    assert post(body, **RIGHT).status_code == 422
    assert nothing_stored()


def test_a_body_of_ten_megabytes_is_refused(account):
    body = json.dumps(update(caption="x" * 10_000_000)).encode()

    assert post(body, **RIGHT).status_code == 413
    assert nothing_stored()


def test_an_address_of_no_bot_is_not_there(account):
    assert post(update(), inbox="other", **RIGHT).status_code == 404


def test_a_pressed_button_comes_to_rest_by_our_answer(account, provider):
    press = payloads.press(DANA, "4382", payloads.message(DANA, 1, now()), "yes")

    answered = post({"update_id": 1, "callback_query": press}, **RIGHT)

    assert answered["Content-Type"] == "application/json"
    assert answered.json() == {"method": "answerCallbackQuery", "callback_query_id": "4382"}
    assert post({"update_id": 1, "callback_query": press}, **{HEADER: "guessed"}).status_code == 403


@pytest.mark.parametrize(
    ("sender", "greeting"), [(payloads.user(5, "Ann", language_code="en-GB"), "Hello! This is Toko Laut")]
)
def test_whoever_opens_the_chat_is_greeted(account, provider, sender, greeting):
    answered = post({"update_id": 1, "message": payloads.start(sender, 1, now())}, **RIGHT).json()

    assert (answered["method"], answered["chat_id"]) == ("sendMessage", 5)
    assert answered["text"].startswith(greeting)


@pytest.mark.parametrize(
    "more", [{"chat": payloads.chat(-100, "group")}, {"from": payloads.user(1, is_bot=True)}, {"text": "/start a b"}]
)
def test_nobody_else_is_greeted(account, more):
    message = {**payloads.start(ELI, 1, now()), **more}

    assert post({"update_id": 1, "message": message}, **RIGHT).content == b"Taken in."


def test_a_paused_account_takes_in_all_the_same(account):
    ChannelAccount.objects.update(is_paused=True)
    post(update(), **RIGHT)
    read()

    assert errors() == []
    assert Message.objects.filter(kind="message").count() == 1


def test_a_post_that_was_redelivered_stands_once(account):
    posted = update()
    for _ in range(3):
        assert post(posted, **RIGHT).status_code == 200
    read()
    post(posted, **RIGHT)
    read()

    assert Message.objects.filter(kind="message").count() == 1
    assert IntakeItem.objects.filter(state="duplicate").count() == 3
