"""Agents say whether they take live conversations, and their pages that they are open. Not audited: it changes no case."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions
from ramah.desk.models import Presence
from ramah.desk.presence import GONE_AFTER, NOTED_FOR
from ramah.kernel.actors import require
from ramah.kernel.events import published
from ramah.kernel.nudges import nudge


def set_presence(*, actor: AgentActor, chosen: str, at: datetime) -> None:
    """Online, away or offline from now on, for as long as a page is open. Raises ValueError for another word."""
    require(actor, permissions.REPLY)
    if chosen not in Presence.Chosen.values:
        raise ValueError(chosen)
    with transaction.atomic():
        values = {"chosen": chosen, "heard_at": at, "changed_at": at}
        Presence.objects.update_or_create(agent_id=actor.agent_id, defaults=values)
        _tell(actor.agent_id)


def hear_page(*, agent_id: int, at: datetime) -> None:
    """A page of the agent is open. Nothing is written for those who never chose anything, nor twice within seconds."""
    with transaction.atomic():
        rows = Presence.objects.filter(agent=agent_id)
        if not rows.filter(Q(heard_at=None) | Q(heard_at__lte=at - NOTED_FOR)).exists():
            return
        back = rows.filter(Q(heard_at=None) | Q(heard_at__lte=at - GONE_AFTER)).update(heard_at=at)
        if back:
            _tell(agent_id)
        else:
            rows.filter(heard_at__lt=at).update(heard_at=at)


def _tell(agent_id: int) -> None:
    nudge(f"agent:{agent_id}", {"presence": True})
    transaction.on_commit(published.set)  # whoever waits may be offered at once
