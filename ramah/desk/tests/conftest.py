"""The cast at the desk: Ada owns the shop, Ben and Cleo answer in different teams, Chris is contracted; Dana and Eli write."""

from dataclasses import dataclass

import pytest
from django.test import Client

from ramah.accounts.models import Agent, Team
from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.conversations.models import Conversation, Inbox
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers.models import Customer
from ramah.customers.testing import make_customer


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
