"""What became of the phones that we rang: answered, pressed 1, put down, never picked up."""

from datetime import datetime

from ramah.accounts.queries import agent_actor
from ramah.channels.phone import queries
from ramah.channels.phone.answering import LEG
from ramah.channels.phone.models import Call, CallLeg
from ramah.channels.phone.providers import OVER, Told
from ramah.channels.phone.tracking import change_call
from ramah.conversations.models import Inbox
from ramah.desk.commands.queueing import pass_offer

State = CallLeg.State


def _leg(told: Told, inbox: Inbox) -> CallLeg | None:
    return queries.leg_of(inbox.pk, told.heard.state.get(LEG, ""))


def agent_answered(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    """The phone was picked up; who presses nothing has not taken the call."""


def agent_pressed(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    """1 was decided when it was pressed (`taking`); every other key lets the call go to the next."""
    leg = _leg(told, inbox)
    if leg is not None and told.heard.digits != "1":
        let_go(leg, at=at)


def agent_done(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    """The agent's phone is put down: after the call, or without having taken it."""
    leg = _leg(told, inbox)
    if leg is None:
        return
    if leg.state == State.TAKEN:
        change_call(call.pk, at=at, ended_at=at)
    let_go(leg, at=at)


def leg_over(call: Call, told: Told, inbox: Inbox, at: datetime) -> None:
    """The provider is through with the agent's phone."""
    leg = _leg(told, inbox)
    if leg is None or told.status not in OVER:
        return
    if call.is_dialed_out and call.ended_at is None:
        nobody = "" if call.answered_at else "agent_not_reached"
        change_call(call.pk, at=at, ended_at=at, failed_reason=nobody)
    elif leg.state == State.TAKEN:
        change_call(call.pk, at=at, ended_at=at)
    let_go(leg, at=at)


def let_go(leg: CallLeg, *, at: datetime) -> None:
    """This phone rings no longer; an offer that is still this agent's goes to the next."""
    was_asked = leg.state not in (State.TAKEN, State.OVER)
    CallLeg.objects.filter(pk=leg.pk).exclude(state=State.OVER).update(state=State.OVER)
    actor = agent_actor(leg.agent.user) if was_asked else None
    if actor is not None and not leg.call.is_dialed_out:
        pass_offer(actor=actor, conversation=leg.call.conversation, at=at)
