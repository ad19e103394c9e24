"""What the tests of Telegram share: an account, the simulated provider, posting to us and reading what was posted."""

from datetime import timedelta

import pytest

from ramah.channels.models import ChannelAccount
from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.simulators.telegram import TelegramSimulator
from ramah.channels.tests.providers import connect, errors, post_hook, read, said
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock

BOT = "110201543"
TOKEN = f"{BOT}:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRETS = {"bot_token": TOKEN, "webhook_secret": "a_word-of-our-own"}
DANA = payloads.user(412345678, "Dana", last_name="Putri", username="danaputri", language_code="id")
ELI = payloads.user(587654321, "Eli", language_code="uk")


@pytest.fixture
def inbox(db):
    return make_inbox("tg", channel="telegram", address="@tokolaut_bot", name="Toko Laut", language="id")


@pytest.fixture
def account(inbox):
    return ChannelAccount.objects.create(inbox=inbox, credentials=SECRETS, settings={})


@pytest.fixture
def provider():
    """The provider, told nothing of where we are; tests post what it posts through the test client."""
    simulator = TelegramSimulator(token=TOKEN, secret=SECRETS["webhook_secret"])

    def deliver(body, headers):
        answered = post(body, **{"X-Telegram-Bot-Api-Secret-Token": headers["X-Telegram-Bot-Api-Secret-Token"]})
        return answered.status_code, answered.content, answered["Content-Type"]

    simulator.deliver = deliver
    with simulator:
        yield simulator


@pytest.fixture
def connected(account, provider):
    """The account, its API at the simulated provider."""
    return connect(account, provider)


@pytest.fixture
def say(account, provider):
    """Let customers do things, each told as kind and fields, and read them; returns the lines of the threads."""

    def say(*things, at=None, kind="message"):
        for fields in things:
            assert provider.post(provider.update(kind, fields)) == 200
        read(at=at)
        assert errors() == []
        return said()

    return say


@pytest.fixture
def text(provider):
    """A message of words, sent `ago` seconds ago."""

    def text(words, *, sender=DANA, ago=0, **more):
        return payloads.text(
            sender, more.pop("message_id", None) or provider.next_message_id(), now(ago), words, **more
        )

    return text


def post(fields, inbox="tg", **headers):
    """Post as the provider does."""
    return post_hook(f"/hooks/telegram/{inbox}", fields, headers)


def now(ago=0):
    return int((clock.now() - timedelta(seconds=ago)).timestamp())
