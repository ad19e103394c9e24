"""Factories for tests: the cast at work, and browsers in which they are logged in."""

from collections.abc import Iterable
from itertools import count

from django.test import Client

from ramah.accounts.models import Agent, Role, Team, User
from ramah.accounts.queries import AgentActor, agent_actor
from ramah.kernel import clock

_numbers = count(1)


def make_team(name: str = "") -> Team:
    """A team; without a name, one of its own."""
    return Team.objects.create(name=name or f"Team {next(_numbers)}", created_at=clock.now())


def make_agent(
    *,
    role: str = Role.AGENT,
    teams: Iterable[Team] = (),
    name: str = "Ben",
    email: str = "",
    password: str | None = None,
    is_active: bool = True,
) -> Agent:
    """An agent with a log-in. Without `password` none can be used: log in with `client_of`, which is also much faster."""
    now = clock.now()
    user = User(email=email or f"{name.split()[0].lower()}.{next(_numbers)}@ramah.example", created_at=now)
    user.set_password(password)
    user.save()
    agent = Agent.objects.create(user=user, name=name, role=role, is_active=is_active, created_at=now)
    agent.teams.set(teams)
    return agent


def actor_of_agent(agent: Agent) -> AgentActor:
    """The actor that a request of this agent carries."""
    actor = agent_actor(agent.user)
    if actor is None:
        raise ValueError("an agent who is not active does not act")
    return actor


def client_of(agent: Agent) -> Client:
    """A browser in which the agent is logged in."""
    client = Client()
    client.force_login(agent.user)
    return client
