"""What the tests of Messenger and Instagram share: accounts, the simulated provider, posting to us and reading what came."""

import json
from datetime import timedelta

import pytest

from ramah.channels.models import ChannelAccount
from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.simulators.messenger import MessengerSimulator
from ramah.channels.tests.providers import connect, errors, post_hook, read, said
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock

DANA, ELI = "24061234567890123", "24069876543210987"
SECRETS = {"app_secret": "a secret of the app", "access_token": "EAAtoken", "verify_token": "a word of our own"}
SETTINGS = {
    "messenger": {"page_id": "682498302938465"},
    "instagram": {"page_id": "682498302938465", "instagram_id": "17841400000000001"},
}


@pytest.fixture
def channel():
    """Tests of what is Instagram's own name it by `parametrize`."""
    return "messenger"


@pytest.fixture
def inbox(db, channel):
    return make_inbox("meta", channel=channel, address=f"{channel}:toko-laut", name="Toko Laut", language="id")


@pytest.fixture
def account(inbox, channel):
    return ChannelAccount.objects.create(inbox=inbox, credentials=SECRETS, settings=SETTINGS[channel])


@pytest.fixture
def provider(channel):
    """The provider, told nothing of where we are; tests post what it signs through the test client."""
    simulator = MessengerSimulator(
        app_secret=SECRETS["app_secret"], access_token=SECRETS["access_token"], is_instagram=channel == "instagram"
    )
    simulator.post = lambda fields: post(simulator, fields).status_code
    with simulator:
        yield simulator


@pytest.fixture
def connected(account, provider):
    """The account, its API at the simulated provider."""
    return connect(account, provider)


@pytest.fixture
def say(provider):
    """An event of a message of words, by Dana, `ago` seconds ago."""

    def say(words, *, by=DANA, ago=0.0, mid="", **more):
        return payloads.text(by, provider.owner, stamp(ago), mid or provider.next_mid(), words, **more)

    return say


@pytest.fixture
def take(account, provider):
    """Post events in one request and read them; returns the lines of the threads."""

    def take(*events, at=None, **more):
        assert provider.post(provider.hook(*events, **more)) == 200
        read(at=at)
        assert errors() == []
        return said()

    return take


def stamp(ago=0.0):
    return int((clock.now() - timedelta(seconds=ago)).timestamp() * 1000)


def post(provider, fields, address="/hooks/{channel}/meta", **headers):
    """Post as the provider does."""
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    channel = "instagram" if provider.is_instagram else "messenger"
    return post_hook(address.format(channel=channel), body, {**provider.signed(body), **headers})
