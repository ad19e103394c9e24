"""What the tests of WhatsApp share: an account, the simulated provider, posting to us and reading what was posted."""

import json
from datetime import timedelta
from itertools import count

import pytest

from ramah.channels.models import ChannelAccount
from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.simulators.whatsapp import WhatsAppSimulator
from ramah.channels.tests.providers import connect, errors, post_hook, read, said
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock

DANA, ELI = "6281234567890", "380501234567"
SECRETS = {"app_secret": "a secret of the app", "access_token": "EAAtoken", "verify_token": "a word of our own"}
_places = count(1)


@pytest.fixture
def inbox(db):
    return make_inbox("wa", channel="whatsapp", address="+628111000000", name="Toko Laut", language="id")


@pytest.fixture
def account(inbox):
    settings = {"phone_number_id": "106540352242922", "business_account_id": "102290129340398"}
    return ChannelAccount.objects.create(inbox=inbox, credentials=SECRETS, settings=settings)


@pytest.fixture
def provider():
    """The provider, told nothing of where we are; tests post what it signs through the test client."""
    simulator = WhatsAppSimulator(app_secret=SECRETS["app_secret"], access_token=SECRETS["access_token"])
    simulator.post = lambda fields: post(simulator, fields).status_code
    with simulator:
        yield simulator


@pytest.fixture
def connected(account, provider):
    """The account, its API at the simulated provider."""
    return connect(account, provider)


@pytest.fixture
def take(account, provider):
    """Post messages in one request and read them; returns the lines of the threads."""

    def take(*messages, at=None, **more):
        assert provider.post(provider.hook(*messages, **more)) == 200
        read(at=at)
        assert errors() == []
        return said()

    return take


def post(provider, fields, inbox="wa", **headers):
    """Post as the provider does."""
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return post_hook(f"/hooks/whatsapp/{inbox}", body, {**provider.signed(body), **headers})


def wamid(number=DANA):
    return payloads.wamid(number, next(_places))


def text(body, *, number=DANA, ago=0, **more):
    """A message of words, sent `ago` seconds ago."""
    sent_at = int((clock.now() - timedelta(seconds=ago)).timestamp())
    return payloads.text(number, more.pop("wamid", None) or wamid(number), sent_at, body, **more)
