"""Teams: groups of agents that share inboxes and a queue."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from ramah.accounts import permissions
from ramah.accounts.commands.agents import put_into_teams
from ramah.accounts.models import Agent, Team
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require


class TeamNameTaken(Exception):
    """There is a team of this name."""


def create_team(*, actor: Actor, name: str, at: datetime) -> Team:
    """Make a team without members. Raises `PermissionDenied`, `TeamNameTaken`."""
    require(actor, permissions.MANAGE_TEAMS)
    with transaction.atomic():
        if Team.objects.filter(name__iexact=name).exists():
            raise TeamNameTaken
        team = Team.objects.create(name=name, created_at=at)
        audit.record(actor, "team.create", f"team:{team.pk}", at=at)
    return team


def change_team(*, actor: Actor, team: Team, name: str, members: Iterable[Agent], at: datetime) -> None:
    """Give a team another name and exactly these members. Raises `PermissionDenied`, `TeamNameTaken`."""
    require(actor, permissions.MANAGE_TEAMS)
    wanted = {agent.pk: agent for agent in members}
    with transaction.atomic():
        if Team.objects.filter(name__iexact=name).exclude(pk=team.pk).exists():
            raise TeamNameTaken
        Team.objects.filter(pk=team.pk).update(name=name)
        audit.record(actor, "team.change", f"team:{team.pk}", at=at)
        present = {agent.pk: agent for agent in team.agents.all()}
        for pk in sorted(present.keys() ^ wanted.keys()):
            agent = wanted.get(pk) or present[pk]
            others = [other for other in agent.teams.all() if other.pk != team.pk]
            put_into_teams(actor=actor, agent=agent, teams=[*others, team] if pk in wanted else others, at=at)
