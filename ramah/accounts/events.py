"""What others may want to know about who works here."""

from dataclasses import dataclass

from ramah.kernel.events import event


@event("agent.joined")
@dataclass(frozen=True, slots=True)
class AgentJoined:
    """Somebody started to work here."""

    agent_id: int


@event("agent.role_changed")
@dataclass(frozen=True, slots=True)
class AgentRoleChanged:
    """An agent holds another role from now on."""

    agent_id: int
    role: str


@event("agent.teams_changed")
@dataclass(frozen=True, slots=True)
class AgentTeamsChanged:
    """An agent came into teams or left some; both may be empty, not both at once."""

    agent_id: int
    joined: list[int]
    left: list[int]


@event("agent.deactivated")
@dataclass(frozen=True, slots=True)
class AgentDeactivated:
    """An agent is out: what is assigned to them needs another holder."""

    agent_id: int


@event("agent.reactivated")
@dataclass(frozen=True, slots=True)
class AgentReactivated:
    """An agent who was out is back."""

    agent_id: int
