"""Agents: how they come, change and go."""

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from ramah.accounts import events, permissions
from ramah.accounts.commands.sessions import end_all_sessions
from ramah.accounts.models import Agent, Role, Team, User
from ramah.accounts.queries import is_agents, is_last_owner
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, require
from ramah.kernel.events import publish


class LastOwner(Exception):
    """The last active owner stays: without one, nobody could manage the rest."""


class EmailTaken(Exception):
    """Somebody with this e-mail address already has a log-in."""


class OwnProfileOnly(Exception):
    """A profile is changed by the person it belongs to."""


def create_agent(
    *,
    actor: Actor,
    email: str,
    name: str,
    role: str,
    password: str,
    teams: Iterable[Team] = (),
    language: str = "",
    time_zone: str = "",
    at: datetime,
) -> Agent:
    """Give somebody a log-in and a seat. The address counts as verified: it was proven by an invitation, or set by an operator.

    Raises `PermissionDenied`, `EmailTaken`.
    """
    require(actor, permissions.MANAGE_AGENTS)
    email = email.strip().lower()
    with transaction.atomic():
        if User.objects.filter(email__iexact=email).exists():
            raise EmailTaken
        user = User(email=email, language=language, created_at=at)
        user.set_password(password)
        user.save()
        return _seated(user, actor=actor, name=name, role=role, teams=teams, time_zone=time_zone, at=at)


def give_seat(
    *, email: str, name: str, role: str, password: str, teams: Iterable[Team] = (), language: str = "", at: datetime
) -> Agent:
    """Make an agent of the log-in of an address that was just proved by an invitation; a shopper's it may have been so far.

    Nothing that opened it before opens an agent's: another password, no second factor yet, no session goes on. What its holder
    has as a customer stays theirs. Raises `EmailTaken` where there is no such log-in (any more), or an agent has it.
    """
    with transaction.atomic():
        # Held with the address: it may not be given to another log-in, nor a password set by the shop, until this is done.
        user = User.objects.select_for_update(no_key=True).filter(email__iexact=email.strip()).first()
        if user is None or is_agents(user):
            raise EmailTaken
        user.set_password(password)
        user.is_active, user.language = True, user.language or language
        user.save(update_fields=["password", "is_active", "language"])
        end_all_sessions(user_id=user.pk)
        Authenticator.objects.filter(user=user).delete()
        EmailAddress.objects.filter(user=user).delete()
        return _seated(user, actor=SYSTEM, name=name, role=role, teams=teams, at=at)


def _seated(
    user: User, *, actor: Actor, name: str, role: str, teams: Iterable[Team], time_zone: str = "", at: datetime
) -> Agent:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    agent = Agent.objects.create(user=user, name=name, role=role, time_zone=time_zone, created_at=at)
    agent.teams.set(teams)
    audit.record(actor, "agent.create", f"agent:{agent.pk}", at=at, role=role, teams=_ids(agent))
    publish(events.AgentJoined(agent.pk), subject=f"agent:{agent.pk}")
    return agent


def create_owner(*, email: str, name: str, password: str, at: datetime) -> Agent:
    """The first owner of a fresh installation, or one who was locked out lets a new one in from the command line.

    Raises `EmailTaken`.
    """
    return create_agent(actor=SYSTEM, email=email, name=name, role=Role.OWNER, password=password, at=at)


def change_agent(
    *,
    actor: Actor,
    agent: Agent,
    name: str,
    role: str,
    teams: Iterable[Team],
    languages: Iterable[str] | None = None,
    skills: Iterable[str] | None = None,
    most_chats: int | None = None,
    at: datetime,
) -> None:
    """Give an agent another name, role or teams, and say which live conversations fit them and how many; None leaves as it is.

    Raises `PermissionDenied`, `LastOwner`.
    """
    require(actor, permissions.MANAGE_AGENTS)
    with transaction.atomic():
        agent = _locked(agent)
        if role != Role.OWNER and is_last_owner(agent):
            raise LastOwner
        before = agent.role
        fitting = {
            "languages": None if languages is None else list(languages),
            "skills": None if skills is None else list(skills),
            "most_chats": most_chats,
        }
        told = {field: value for field, value in fitting.items() if value is not None}
        Agent.objects.filter(pk=agent.pk).update(name=name, role=role, **told)
        audit.record(actor, "agent.change", f"agent:{agent.pk}", at=at, role=role, role_before=before, **told)
        if role != before:
            publish(events.AgentRoleChanged(agent.pk, role), subject=f"agent:{agent.pk}")
        put_into_teams(actor=actor, agent=agent, teams=teams, at=at)


def put_into_teams(*, actor: Actor, agent: Agent, teams: Iterable[Team], at: datetime) -> None:
    """Make an agent a member of exactly these teams. Raises `PermissionDenied`."""
    require(actor, permissions.MANAGE_TEAMS)
    wanted = {team.pk for team in teams}
    with transaction.atomic():
        before = set(_ids(_locked(agent)))
        if wanted == before:
            return
        agent.teams.set(wanted)
        joined, left = sorted(wanted - before), sorted(before - wanted)
        audit.record(actor, "agent.change_teams", f"agent:{agent.pk}", at=at, joined=joined, left=left)
        publish(events.AgentTeamsChanged(agent.pk, joined, left), subject=f"agent:{agent.pk}")


def deactivate_agent(*, actor: Actor, agent: Agent, at: datetime) -> None:
    """Take an agent's access away at once: their sessions end with it. Raises `PermissionDenied`, `LastOwner`."""
    require(actor, permissions.MANAGE_AGENTS)
    with transaction.atomic():
        agent = _locked(agent)
        if not agent.is_active:
            return
        if is_last_owner(agent):
            raise LastOwner
        _switch(agent, active=False)
        end_all_sessions(user_id=agent.user_id)
        audit.record(actor, "agent.deactivate", f"agent:{agent.pk}", at=at)
        publish(events.AgentDeactivated(agent.pk), subject=f"agent:{agent.pk}")


def reactivate_agent(*, actor: Actor, agent: Agent, at: datetime) -> None:
    """Let an agent who was deactivated log in again. Raises `PermissionDenied`."""
    require(actor, permissions.MANAGE_AGENTS)
    with transaction.atomic():
        agent = _locked(agent)
        if agent.is_active:
            return
        _switch(agent, active=True)
        audit.record(actor, "agent.reactivate", f"agent:{agent.pk}", at=at)
        publish(events.AgentReactivated(agent.pk), subject=f"agent:{agent.pk}")


def change_profile(
    *,
    actor: Actor,
    agent: Agent,
    name: str,
    language: str,
    time_zone: str,
    signature: str,
    at: datetime,
) -> None:
    """An agent changes how they are shown and in which language and time zone they see things. Raises `OwnProfileOnly`."""
    if actor.ref != f"agent:{agent.pk}":
        raise OwnProfileOnly
    with transaction.atomic():
        Agent.objects.filter(pk=agent.pk).update(name=name, time_zone=time_zone, signature=signature)
        User.objects.filter(pk=agent.user_id).update(language=language)
        audit.record(actor, "agent.change_profile", f"agent:{agent.pk}", at=at)


def _locked(agent: Agent) -> Agent:
    # All owners are locked, not this agent alone: two owners who demote each other at once would leave none.
    list(Agent.objects.select_for_update().filter(role=Role.OWNER).order_by("pk").values_list("pk"))
    return Agent.objects.select_for_update().get(pk=agent.pk)


def _switch(agent: Agent, *, active: bool) -> None:
    Agent.objects.filter(pk=agent.pk).update(is_active=active)
    User.objects.filter(pk=agent.user_id).update(is_active=active)


def _ids(agent: Agent) -> list[int]:
    return list(agent.teams.order_by("pk").values_list("pk", flat=True))
