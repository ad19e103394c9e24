"""Handing a call over while it goes on: the customer waits again, and a colleague (or a team) is rung as for every offer.

The rows say so before the provider takes the customer's leg from the agent who speaks. Whoever does not pick up, or refuses,
passes the call on as always: first back to the agent who had it, whom the conversation still names, and then to the queue.
"""

from datetime import datetime

from django.db import transaction

from ramah.accounts.models import Agent, Team
from ramah.accounts.queries import AgentActor
from ramah.channels.models import ChannelAccount
from ramah.channels.permissions import CALL
from ramah.channels.phone import queries
from ramah.channels.phone.answering import step_url
from ramah.channels.phone.models import Call, CallLeg
from ramah.channels.phone.providers import provider_of
from ramah.channels.phone.tracking import change_call
from ramah.conversations.commands import organizing
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.rows import locked
from ramah.conversations.models import Conversation
from ramah.desk.commands import queueing
from ramah.kernel import audit
from ramah.kernel.actors import require
from ramah.kernel.providers.contract import SendingError, Uncertain


class NotInCall(Exception):
    """The agent is not in this call, or not any more."""


class NotReachable(Exception):
    """Nobody of those who are meant can be rung now."""


def hand_over(*, actor: AgentActor, call: Call, to: Agent | Team, at: datetime) -> None:
    """Give the caller with whom the agent speaks to a colleague, or to whoever of a team is free.

    Raises `NotInCall`, `NotReachable`, `PermissionDenied`; and the `SendingError` of the provider: then the agent still has the
    call, but for `Uncertain`, where nobody knows: it waits for the other, and goes on when this agent puts the phone down.
    Not in a transaction.
    """
    require(actor, CALL)
    account = ChannelAccount.objects.select_related("inbox").filter(inbox=call.inbox_id, is_paused=False).first()
    if account is None:
        raise NotReachable
    with transaction.atomic():
        conversation = locked(call.conversation)
        row = (
            Call.objects.select_for_update(of=("self",)).select_related("inbox", "conversation__inbox").get(pk=call.pk)
        )
        if row.state != Call.State.IN_PROGRESS or row.agent_id != actor.agent_id or not row.provider_id:
            raise NotInCall
        there = queries.colleagues_for(row, at=at) if isinstance(to, Agent) else queries.teams_for(row, at=at)
        if not there.filter(pk=to.pk).exists():
            raise NotReachable
        legs = CallLeg.objects.filter(call=row, agent=actor.agent_id, state__in=queries.LEG_LIVE)
        phones = list(legs.values_list("pk", flat=True))
        legs.update(state=CallLeg.State.OVER)  # what it posts from now on says nothing of the call
        earlier = conversation.team
        change_call(row.pk, at=at, agent=None, queued_at=at)
        add_activity(conversation, "call_handed", at=at, actor=actor, call=row.public_id, to=to.name)
        audit.record(actor, "call.hand_over", f"conversation:{conversation.pk}", at=at, call=row.public_id, to=to.name)
        _offer(actor, conversation, to, at=at)
    try:
        url = step_url(account.inbox.key, "handed", {"l": row.language} if row.language else {})
        provider_of(account).redirect(account, row.provider_id, url)
    except Uncertain:
        raise
    except SendingError as error:
        _take_back(actor, row, phones, earlier, reason=str(error), at=at)
        raise


def _offer(actor: AgentActor, conversation: Conversation, to: Agent | Team, *, at: datetime) -> None:
    if isinstance(to, Agent):
        queueing.offer_to(conversation=conversation, agent=to, at=at)
        return
    organizing.give_to_team(actor=actor, conversation=conversation, team=to, at=at)
    # As if this agent had been asked first, and let it go: of the team, everybody else comes before.
    me = Agent.objects.get(pk=actor.agent_id)
    queueing.offer_to(conversation=locked(conversation), agent=me, at=at)
    queueing.pass_offer(actor=actor, conversation=conversation, at=at)


def _take_back(
    actor: AgentActor, call: Call, phones: list[int], team: Team | None, *, reason: str, at: datetime
) -> None:
    """The provider has not done it: they still speak with each other."""
    with transaction.atomic():
        conversation = locked(call.conversation)
        if not Call.objects.filter(pk=call.pk, agent=None, ended_at=None).exists():
            return
        organizing.give_to_team(actor=actor, conversation=conversation, team=team, at=at)
        queueing.take_offer(actor=actor, conversation=conversation, at=at)
        CallLeg.objects.filter(pk__in=phones).update(state=CallLeg.State.TAKEN)
        change_call(call.pk, at=at, agent=Agent.objects.get(pk=actor.agent_id))
        add_activity(conversation, "call_not_handed", at=at, call=call.public_id, reason=reason[:200])
