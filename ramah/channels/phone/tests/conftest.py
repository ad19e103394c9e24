"""What the tests of the phone share: an inbox with an account, agents, the simulated provider, and a worker that is called."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client

from ramah.accounts.models import Agent
from ramah.accounts.testing import actor_of_agent, client_of, make_agent, make_team
from ramah.channels import commands, fetching
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.phone import ringing
from ramah.channels.phone.models import Call, PhoneSettings
from ramah.channels.simulators.twilio import Leg, TwilioSimulator
from ramah.conversations.models import Inbox
from ramah.conversations.testing import make_inbox
from ramah.desk.commands import queueing
from ramah.desk.models import Presence, SLAPolicy
from ramah.kernel import clock, outbox

TOKEN, NUMBER = "12345678901234567890123456789012", "+622130001000"
DANA, ELI = "+6281234567890", "+380501234567"
BEN, CLEO = "+628110000001", "+628110000002"


@dataclass
class Exchange:
    """The shop's phone: who works there, and the provider."""

    inbox: Inbox
    account: ChannelAccount
    provider: TwilioSimulator
    ben: Agent
    cleo: Agent
    at: datetime | None = None

    def now(self) -> datetime:
        return self.at or clock.now()

    def present(self, *agents: Agent) -> None:
        for agent in agents:
            told = {"chosen": "online", "heard_at": self.now(), "changed_at": self.now()}
            Presence.objects.update_or_create(agent=agent, defaults=told)

    def set(self, **fields) -> PhoneSettings:
        chosen = PhoneSettings.objects.get(inbox=self.inbox)
        for name, value in fields.items():
            setattr(chosen, name, value)
        chosen.save()
        return chosen

    def read(self) -> None:
        """The worker reads what was posted, and tells who acts on it."""
        while commands.process_waiting(at=self.now()):
            pass
        while outbox.dispatch_batch(at=self.now()):
            pass

    def work(self) -> None:
        """Everything that runs by itself, until there is nothing to do."""
        for _ in range(6):
            self.read()
            queueing.offer_waiting(at=self.now())
            ringing.ring_due(at=self.now())
        fetching.fetch_due(at=self.now())
        self.read()

    def call(self) -> Call:
        return Call.objects.latest("id")

    def browser(self, agent: Agent) -> Client:
        return client_of(agent)

    def actor(self, agent: Agent):
        return actor_of_agent(agent)

    def talking(self, caller: str = DANA) -> tuple[Leg, Leg]:
        """A customer who speaks with Ben, and Ben's phone."""
        self.present(self.ben)
        customer = self.provider.call_in(caller)
        self.work()
        (ben,) = self.provider.ringing(BEN)
        ben.pick_up()
        ben.press("1")
        self.work()
        return customer, ben


def through_client(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    parts = urlsplit(url)
    client = Client(enforce_csrf_checks=True)
    sent = {name: value for name, value in headers.items() if name != "Content-Type"}
    try:
        answered = client.post(
            parts.path + (f"?{parts.query}" if parts.query else ""),
            body,
            content_type=headers.get("Content-Type", "application/x-www-form-urlencoded"),
            headers=sent,
        )
    finally:
        if threading.current_thread() is not threading.main_thread():  # the provider posts while it is being asked
            connections.close_all()
    return answered.status_code, answered.content.decode()


@pytest.fixture
def phone(transactional_db):
    cache.clear()
    care = make_team("Care")
    inbox = make_inbox("hotline", channel="phone", address=NUMBER, name="Toko Laut", teams=[care])
    provider = TwilioSimulator(
        auth_token=TOKEN,
        number=NUMBER,
        hook_url=f"{settings.BASE_URL}/hooks/phone/hotline",
        transport=through_client,
    )
    account = ChannelAccount.objects.create(
        inbox=inbox,
        provider="twilio",
        credentials={"auth_token": TOKEN},
        settings={"account_sid": provider.account_sid, "api_url": provider.url},
    )
    ben, cleo = make_agent(name="Ben", teams=[care]), make_agent(name="Cleo", teams=[care])
    endpoints = {ben.public_id: BEN, cleo.public_id: CLEO}
    PhoneSettings.objects.create(inbox=inbox, endpoints=endpoints)
    SLAPolicy.objects.create(
        name="Phone", inbox=inbox, first_reply_minutes=60, acknowledge=True, created_at=clock.now()
    )
    with provider:
        yield Exchange(inbox, account, provider, ben, cleo)


def ended(state: str) -> list[str]:
    return [item.reason for item in IntakeItem.objects.filter(state=state).order_by("id")]


def errors() -> list[str]:
    return [item.error for item in IntakeItem.objects.exclude(error="")]


def soon(phone: Exchange, **delta) -> datetime:
    return phone.now() + timedelta(**delta)
