"""The agent behind a request of the desk."""

from typing import cast

from django.http import HttpRequest

from ramah.accounts.queries import AgentActor
from ramah.kernel.access import actor_of


def agent_of(request: HttpRequest) -> AgentActor:
    """The agent who makes the request; behind `access` there is always one, since only agents hold permissions."""
    return cast(AgentActor, actor_of(request))
