"""When agents were last here, and what happened at the door."""

from datetime import datetime

from allauth.usersessions.models import UserSession

from ramah.accounts.models import Agent, User
from ramah.accounts.queries import agent_actor
from ramah.kernel import audit
from ramah.kernel.actors import NOBODY


def note_presence(*, agent_id: int, session_key: str, at: datetime) -> None:
    """Note that the agent works in this session. Not audited: it changes nothing but a time."""
    Agent.objects.filter(pk=agent_id).update(last_seen_at=at)
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=at)


def note_login(*, user: User, what: str, at: datetime) -> None:
    """Put on record what somebody did to their own log-in: `session.start`, `password.change`, `second_factor.add`."""
    audit.record(agent_actor(user) or NOBODY, what, f"user:{user.pk}", at=at)
