"""An agent takes a caller: whoever is first, and nobody twice."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from ramah.accounts.queries import agent_actor
from ramah.channels.phone import flow
from ramah.channels.phone.models import Call, CallLeg
from ramah.channels.phone.tracking import change_call
from ramah.conversations.commands.organizing import NotAssignable
from ramah.desk.commands.queueing import AlreadyTaken, WaitOver, take_offer
from ramah.desk.models import Waiting
from ramah.kernel.actors import PermissionDenied


def standing_of(leg: CallLeg) -> str:
    """How it stands with the call for the agent whose phone was answered: `OFFERED`, `MINE` (taken at the desk) or `GONE`."""
    call = leg.call
    wait = Waiting.objects.filter(pk=call.conversation_id).first()
    if wait is None or call.ended_at is not None or leg.state == CallLeg.State.OVER:
        return flow.GONE
    if wait.state == Waiting.State.TAKEN:
        return flow.MINE if wait.agent_id == leg.agent_id else flow.GONE
    is_theirs = wait.state == Waiting.State.OFFERED and wait.agent_id == leg.agent_id
    return flow.OFFERED if is_theirs else flow.GONE


def take_call(leg: CallLeg, *, at: datetime) -> bool:
    """Give the caller to the agent of this leg. False where somebody was faster, or the caller is gone. Repeatable."""
    actor = agent_actor(leg.agent.user)
    if actor is None:
        return False
    try:
        with transaction.atomic():
            take_offer(actor=actor, conversation=leg.call.conversation, at=at)
            free = Q(agent=None) | Q(agent=leg.agent_id)
            # The row decides between two who take at once; the second sees the first one's name on it.
            taken = Call.objects.filter(free, pk=leg.call_id, ended_at=None).update(agent=leg.agent)
            if not taken:
                return False
            CallLeg.objects.filter(pk=leg.pk).exclude(state=CallLeg.State.OVER).update(state=CallLeg.State.TAKEN)
            change_call(leg.call_id, at=at, answered_at=at)
            return True
    except (AlreadyTaken, WaitOver, NotAssignable, PermissionDenied):
        return False
