"""The cast at the desk: Ada owns the shop, Ben and Cleo answer in different teams, Chris is contracted; Dana and Eli write."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from ramah.accounts.models import Agent, Team
from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.conversations.models import Conversation, Inbox
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.testing import make_customer
from ramah.desk.commands.queueing import enter_queue
from ramah.desk.models import Presence, Waiting
from ramah.kernel import clock


@dataclass
class Cast:
    """Who works here, where they work, who writes, and a browser for each agent."""

    ada: Agent
    ben: Agent
    cleo: Agent
    chris: Agent
    care: Team
    returns: Team
    inbox: Inbox
    other_inbox: Inbox
    dana: Customer
    eli: Customer

    def browser(self, agent: Agent) -> Client:
        return client_of(agent)

    def conversation(self, **fields) -> Conversation:
        fields = {"customer": self.dana, **fields}
        return make_conversation(fields.pop("inbox", self.inbox), **fields)


@pytest.fixture
def cast(db) -> Cast:
    care, returns = make_team("Care"), make_team("Returns")
    return Cast(
        ada=make_agent(name="Ada", role="owner"),
        ben=make_agent(name="Ben", teams=[care]),
        cleo=make_agent(name="Cleo", teams=[returns]),
        chris=make_agent(name="Chris", role="contractor", teams=[returns]),
        care=care,
        returns=returns,
        inbox=make_inbox("support", teams=[care]),
        other_inbox=make_inbox("returns", teams=[returns]),
        dana=make_customer("Dana", email="dana@mail.example", language="en"),
        eli=make_customer("Eli", email="eli@mail.example", language="uk"),
    )


@dataclass
class Chats:
    """A live chat inbox of Care's, its customers, and agents who are there."""

    inbox: Inbox
    at: datetime

    def present(self, *agents: Agent, chosen: str = "online", **fields) -> None:
        for agent in agents:
            Presence.objects.update_or_create(
                agent=agent, defaults={"chosen": chosen, "heard_at": self.at, "changed_at": self.at}
            )
            Agent.objects.filter(pk=agent.pk).update(**fields)

    def chat(self, name: str = "Dana", **fields) -> Conversation:
        """A chat that its visitor opened."""
        visitor = make_customer(name, email="", language="en")
        ContactPoint.objects.create(
            customer=visitor, kind=ContactPoint.Kind.VISITOR, value=f"visitor-{visitor.pk}", created_at=self.at
        )
        fields = {"customer": visitor, "subject": "", "text": "Hello?", "at": self.at, **fields}
        return make_conversation(self.inbox, **fields)

    def waiting(self, name: str = "Dana", *, after: int = 0, **fields) -> Conversation:
        """A chat whose visitor waits for an agent, since `after` seconds from now."""
        conversation = self.chat(name, **fields)
        enter(conversation, at=self.at + timedelta(seconds=after))
        return conversation


def enter(conversation: Conversation, *, at: datetime, **fields) -> Waiting:
    fields = {"language": "", "skill": "", "offer_seconds": 30, "wait_seconds": 180, **fields}
    return enter_queue(conversation=conversation, at=at, **fields)


@pytest.fixture
def chats(cast) -> Chats:
    cache.clear()
    return Chats(make_inbox("chat", channel="chat", address="chat:chat", teams=[cast.care]), clock.now())
