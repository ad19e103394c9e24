"""The cast of the tests of notices."""

import pytest

from ramah.accounts.queries import AgentActor
from ramah.accounts.testing import actor_of_agent, make_agent


@pytest.fixture
def ada(db) -> AgentActor:
    """The owner."""
    return actor_of_agent(make_agent(name="Ada", role="owner"))


@pytest.fixture
def ben(db) -> AgentActor:
    """An agent."""
    return actor_of_agent(make_agent(name="Ben"))
