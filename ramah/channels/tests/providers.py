"""What the tests of all providers' channels share: posting to us, reading what was posted, answering, and fetching files."""

import json
import random
from datetime import timedelta

import urllib3
from django.test import Client

from ramah.channels import commands, fetching, sending
from ramah.channels.models import IntakeItem
from ramah.channels.simulators.server import Fault
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Message, MessageDelivery
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

S = MessageDelivery.State
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 5000
PDF = b"%PDF-1.7\n1 0 obj\n"


def connect(account, provider):
    """Let the account's API be the simulated provider."""
    account.settings = {**account.settings, "api_url": provider.api_url}
    account.save()
    return account


def post_hook(path, fields, headers):
    """Post as a provider does: JSON, or bytes as they are."""
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    client = Client(enforce_csrf_checks=True)
    return client.post(path, body, content_type="application/json", headers=headers)


def ask_meta(simulator, method, path, fields=None, *, token="token"):
    """Ask the simulated Graph API; returns status and answer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib3.PoolManager(retries=False) as pool:
        answered = pool.request(method, f"{simulator.api_url}{path}", json=fields, headers=headers)
        return answered.status, json.loads(answered.data)


def read(at=None):
    """Read all that waits, as the worker does; what has to wait longer stays."""
    at = at or clock.now()
    while commands.process_waiting(at=at):
        pass


def said():
    return list(Message.objects.filter(kind="message").order_by("id"))


def ended(state):
    return [item.reason for item in IntakeItem.objects.filter(state=state).order_by("id")]


def errors():
    """What stands in quarantine, so that a failing test says why."""
    return [item.error for item in IntakeItem.objects.exclude(error="")]


def post_badly(post, messages, *, at_once=40):
    """Post 1,000 messages shuffled and some of them again, then the first ones once more; each is read once."""
    chance = random.Random(7)
    posted = messages + chance.sample(messages, 200)
    chance.shuffle(posted)
    for start in range(0, len(posted), at_once):
        assert post(posted[start : start + at_once]) == 200
    read()
    for start in range(0, 50, at_once):
        assert post(messages[start : min(start + at_once, 50)]) == 200
    read()
    counts = {state: IntakeItem.objects.filter(state=state).count() for state in ("accepted", "duplicate", "waiting")}
    assert counts == {"accepted": 1000, "duplicate": 250, "waiting": 0}


def send_all(at=None):
    for _ in range(5):
        sending.send_due(at=at or clock.now())


def answer_in(conversation, words="Selamat pagi, Kak", files=(), send=True):
    """Answer; returns the delivery as it then is."""
    delivery = post_reply(actor=SYSTEM, conversation=conversation, text=words, files=files, at=clock.now()).delivery
    if send:
        send_all()
    delivery.refresh_from_db()
    return delivery


def check_answer(answer, provider, expected, *, path):
    """Answer while the API answers so; the state then, whether it is uncertain, after how many seconds it is tried again."""
    reply, state, uncertain, pause = expected
    provider.faults.append(Fault(reply=reply, path=path))
    at = clock.now()

    delivery = answer()

    assert (delivery.state, delivery.is_uncertain) == (state, uncertain)
    assert delivery.error
    assert provider.taken == []
    if state == S.QUEUED:
        assert delivery.next_attempt_at >= at + timedelta(seconds=pause)
        send_all(at=clock.now() + timedelta(hours=2))
        delivery.refresh_from_db()
        assert delivery.state == S.SENT
        assert len(provider.taken) == 1
    return delivery


def fetch(minutes=0):
    """Fetch files that are due so many minutes from now."""
    while fetching.fetch_due(at=clock.now() + timedelta(minutes=minutes)):
        pass


def awaited(message):
    """The files of a message that are not here: name and state of each."""
    message.refresh_from_db()
    return [(one["name"], one["state"]) for one in message.detail.get("awaited", [])]
