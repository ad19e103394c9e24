"""Taking on and handing over at the desk: what `conversations` does, and what it means for a customer who is there right now."""

from datetime import datetime

from django.db import transaction

from ramah.accounts.models import Agent, Team
from ramah.accounts.queries import AgentActor
from ramah.conversations.commands import organizing
from ramah.conversations.models import Conversation
from ramah.desk.commands import queueing
from ramah.desk.queries import waiting
from ramah.desk.queries.live import live_sight


def take_on(*, actor: AgentActor, conversation: Conversation, at: datetime) -> None:
    """The agent takes the conversation on; one that waits is taken out of the queue.

    Raises `AlreadyTaken` where a colleague was faster, `NotAssignable`.
    """
    if waiting.wait_of(conversation) is not None:
        queueing.take_offer(actor=actor, conversation=conversation, at=at)
        return
    me = Agent.objects.get(pk=actor.agent_id)
    organizing.assign(actor=actor, conversation=conversation, agent=me, at=at)


def hand_to_agent(*, actor: AgentActor, conversation: Conversation, agent: Agent | None, at: datetime) -> None:
    """Give the conversation to a colleague, or to nobody. While its customer is there, a colleague who is online is offered it,
    and without anybody it waits for the next who is free. Raises `NotAssignable`.
    """
    with transaction.atomic():
        changed = organizing.assign(actor=actor, conversation=conversation, agent=agent, at=at)
        if not changed:
            return
        row, goes_on = _fresh(conversation), _goes_on(conversation, at=at)
        if agent is None:
            if goes_on:
                queueing.enter_again(conversation=row, at=at)
        elif agent.pk == actor.agent_id:
            queueing.follow_conversation(conversation=row, at=at)
        elif goes_on and waiting.present(at=at).filter(agent=agent).exists():
            queueing.offer_to(conversation=row, agent=agent, at=at)
        else:
            queueing.give_up_wait(conversation=row, at=at)


def hand_to_team(*, actor: AgentActor, conversation: Conversation, team: Team | None, at: datetime) -> None:
    """Give the conversation to a team. While its customer is there and nobody of the team holds it, the team is offered it."""
    with transaction.atomic():
        changed = organizing.give_to_team(actor=actor, conversation=conversation, team=team, at=at)
        row = _fresh(conversation)
        if changed and team is not None and row.assignee_id is None and _goes_on(conversation, at=at):
            queueing.withdraw_offer(conversation=row, at=at)
            queueing.enter_again(conversation=row, at=at)


def _goes_on(conversation: Conversation, *, at: datetime) -> bool:
    """Whether the customer is there right now."""
    if not waiting.is_live(conversation) or conversation.last_message_at <= at - waiting.RUNNING_FOR:
        return False
    sight = live_sight(conversation)
    return conversation.status == Conversation.Status.OPEN and (sight is None or sight.is_connected)


def _fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_related("inbox").get(pk=conversation.pk)
