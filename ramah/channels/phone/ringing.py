"""Ringing phones: a job. Whom the desk's queue offers a caller, is rung; who took one at the desk, too; who calls out, as well.

1. Each offer gets a leg (`due`), once. 2. `dialing` is committed before the provider is asked. 3. What came of it is written. A
crash between 2 and 3 leaves a leg that says so: it is never rung again by itself, and the offer passes on.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from ramah.accounts.models import Agent
from ramah.accounts.queries import agent_actor
from ramah.channels.commands import accounts
from ramah.channels.models import ChannelAccount
from ramah.channels.phone import legs, queries
from ramah.channels.phone.answering import LEG, step_url
from ramah.channels.phone.models import Call, CallLeg
from ramah.channels.phone.providers import Ring, provider_of
from ramah.channels.phone.states import OVER
from ramah.channels.phone.tracking import change_call
from ramah.conversations.commands.activities import add_activity
from ramah.desk.commands.queueing import enter_again, pass_offer
from ramah.desk.models import Waiting
from ramah.kernel import claims, clock
from ramah.kernel.providers.contract import SendingError, TryLater

LEASE = timedelta(minutes=1)
LONGEST_CALL = timedelta(hours=6)
OUT_SECONDS = 30
MOST_RINGS = 2
State = CallLeg.State
_log = logging.getLogger(__name__)


def ring_due(*, at: datetime, limit: int = 20) -> int:
    """Ring whoever is to be rung, and stop ringing where it is pointless. Returns how much was done. Not in a transaction."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("ring_due must not run inside a transaction")
    done = sum(_for_wait(wait, at=at) for wait in queries.offered_waits(at=at)[:limit])
    due = CallLeg.objects.filter(state=State.DUE).select_related("call__inbox", "call__conversation", "agent__user")
    claimed = claims.claim_due(due, at=at, lease=LEASE, limit=limit)
    for leg in claimed:
        _dial(leg)
    return (
        done + len(claimed) + _stop_pointless(limit=limit) + _end_forgotten(at=at, limit=limit) + _forget(limit=limit)
    )


def add_leg(call: Call, agent: Agent, to: str, *, offer_ends_at: datetime | None = None, at: datetime) -> CallLeg:
    """A phone to be rung, at once."""
    return CallLeg.objects.create(
        call=call, agent=agent, to=to[:200], offer_ends_at=offer_ends_at, next_attempt_at=at, created_at=at
    )


def _for_wait(wait: Waiting, *, at: datetime) -> int:
    """See to it that the agent of this offer (or who took the caller at the desk) is rung, once for each offer."""
    waiting = Call.objects.filter(conversation=wait.conversation_id, state=Call.State.QUEUED)
    call = waiting.select_related("inbox").order_by("-id").first()
    agent = wait.agent
    if call is None or agent is None:
        return 0
    is_taken = wait.state == Waiting.State.TAKEN
    with transaction.atomic():
        Call.objects.select_for_update().get(pk=call.pk)
        rung = CallLeg.objects.filter(call=call, agent=agent)
        if rung.filter(state__in=queries.LEG_LIVE).exists():
            return 0
        if not is_taken and rung.filter(offer_ends_at=wait.offer_ends_at).exists():
            return 0
        to = queries.endpoint_of(queries.settings_of(call.inbox), agent)
        if to and not queries.is_talking(agent.pk) and not (is_taken and rung.count() >= MOST_RINGS):
            add_leg(call, agent, to, offer_ends_at=None if is_taken else wait.offer_ends_at, at=at)
            return 1
    return _for_another(wait, call, agent, at=at)


def _for_another(wait: Waiting, call: Call, agent: Agent, *, at: datetime) -> int:
    """This agent cannot be rung: the caller goes to the next."""
    if wait.state == Waiting.State.TAKEN:
        add_activity(wait.conversation, "call_no_phone", at=at, call=call.public_id, agent=agent.name)
        enter_again(conversation=wait.conversation, at=at)
        return 1
    actor = agent_actor(agent.user)
    return int(actor is not None and pass_offer(actor=actor, conversation=wait.conversation, at=at))


def _dial(leg: CallLeg) -> None:
    call = leg.call
    account = ChannelAccount.objects.select_related("inbox").filter(inbox=call.inbox_id, is_paused=False).first()
    if account is None or call.state in OVER:
        claims.settle(leg, state=State.OVER)
        return
    if not CallLeg.objects.filter(pk=leg.pk, claim=leg.claim, state=State.DUE).update(state=State.DIALING):
        return
    state = {LEG: leg.public_id}
    ring = Ring(
        to=leg.to,
        caller_id=call.inbox.address,
        answered_url=step_url(call.inbox.key, "out" if call.is_dialed_out else "agent", state),
        status_url=step_url(call.inbox.key, "leg-status", state),
        seconds=_seconds(leg),
    )
    try:
        provider_id = provider_of(account).ring(account, ring)
    except SendingError as error:
        _not_rung(leg, account, error)
    except Exception as error:  # nobody knows whether it rings; it is not rung again
        _log.exception("a phone could not be rung", extra={"leg": leg.pk})
        _not_rung(leg, account, SendingError(type(error).__name__))
    else:
        # The phone may have been answered, and the call taken, before the provider's answer was here.
        changes = {"provider_id": provider_id[:64], "next_attempt_at": None, "claim": "", "claimed_until": None}
        CallLeg.objects.filter(pk=leg.pk).update(**changes)
        CallLeg.objects.filter(pk=leg.pk, state=State.DIALING).update(state=State.RINGING)
        accounts.note_out(account, at=clock.now())


def _seconds(leg: CallLeg) -> int:
    if leg.offer_ends_at is None:
        return OUT_SECONDS
    return max(5, round((leg.offer_ends_at - clock.now()).total_seconds()))


def _not_rung(leg: CallLeg, account: ChannelAccount, error: SendingError) -> None:
    at = clock.now()
    if error.of_account:
        accounts.note_failure(account, reason=str(error), at=at)
    CallLeg.objects.filter(pk=leg.pk).update(error=str(error)[:300], claim="", claimed_until=None, next_attempt_at=None)
    if isinstance(error, TryLater) and leg.attempts < 1:
        again = at + (error.pause or timedelta(seconds=2))
        changes = {"state": State.DUE, "attempts": leg.attempts + 1, "next_attempt_at": again}
        CallLeg.objects.filter(pk=leg.pk, state=State.DIALING).update(**changes)
        return
    if leg.call.is_dialed_out:
        change_call(leg.call_id, at=at, ended_at=at, failed_reason=str(error)[:200])
    legs.let_go(leg, at=at)


def _stop_pointless(*, limit: int) -> int:
    """Let phones ring no longer for a caller who is gone or taken, or after the offer went on."""
    ringing = CallLeg.objects.filter(state__in=(State.RINGING, State.TAKEN)).exclude(provider_id="")
    rows = ringing.filter(Q(call__state__in=OVER) | Q(state=State.RINGING, call__queued_at__isnull=False))
    done = 0
    for leg in rows.select_related("call", "agent__user")[: limit * 5]:
        if leg.call.state not in OVER and _is_wanted(leg):
            continue
        if CallLeg.objects.filter(pk=leg.pk, state=leg.state).update(state=State.OVER):
            _hang_up(leg)
            done += 1
    return done


def _is_wanted(leg: CallLeg) -> bool:
    wait = Waiting.objects.filter(pk=leg.call.conversation_id, agent=leg.agent_id).first()
    if wait is None:
        return False
    return wait.state == Waiting.State.TAKEN or (
        wait.state == Waiting.State.OFFERED and wait.offer_ends_at == leg.offer_ends_at
    )


def _hang_up(leg: CallLeg) -> None:
    account = ChannelAccount.objects.filter(inbox=leg.call.inbox_id).select_related("inbox").first()
    if account is None:
        return
    try:
        provider_of(account).hang_up(account, leg.provider_id)
    except SendingError as error:  # it ends by itself when nobody answers
        _log.info("a phone could not be stopped", extra={"leg": leg.pk, "reason": str(error)})


def _end_forgotten(*, at: datetime, limit: int) -> int:
    """Calls of which nothing was heard any more are over: the provider's word of it was lost."""
    rows = Call.objects.exclude(state__in=OVER).filter(started_at__lt=at - LONGEST_CALL)
    keys = list(rows.values_list("pk", flat=True)[:limit])
    for key in keys:
        change_call(key, at=at, ended_at=at)
    return len(keys)


def _forget(*, limit: int) -> int:
    """Delete the recordings of forgotten customers at the provider, too."""
    kept = Call.objects.filter(is_erased=True).exclude(recording_ref="", voicemail_ref="")
    done = 0
    for call in kept[:limit]:
        account = ChannelAccount.objects.filter(inbox=call.inbox_id).select_related("inbox").first()
        for field in ("recording_ref", "voicemail_ref"):
            reference = getattr(call, field)
            if reference and _forgotten(account, reference):
                Call.objects.filter(pk=call.pk).update(**{field: ""})
                done += 1
    return done


def _forgotten(account: ChannelAccount | None, reference: str) -> bool:
    if account is None:
        return True
    try:
        provider_of(account).forget(account, reference)
    except SendingError as error:
        _log.warning("a recording is still at the provider", extra={"inbox": account.inbox_id, "reason": str(error)})
        return False
    return True
