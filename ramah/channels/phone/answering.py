"""What a provider is told while a caller listens: at once, before anything was read.

1. The answer follows from the request itself (its address carries all that was decided so far), from how the inbox is set up and
   from the clock. It writes nothing, so it is as right when the request comes twice, and when the worker is late or away.
2. What happened is taken in as an item in the same request, and read by the worker: `reading`.
3. One thing cannot wait for that: who gets a caller when two agents press 1 at once. `taking.take_call` decides it on the row of
   the wait, in one transaction; pressing again changes nothing.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from ramah.channels.models import ChannelAccount
from ramah.channels.phone import flow, queries, taking
from ramah.channels.phone.models import CallLeg
from ramah.channels.phone.providers import Provider, Told, provider_of
from ramah.channels.phone.turns import Step
from ramah.desk.queries import place_in_queue
from ramah.kernel import clock
from ramah.kernel.providers.contract import Answer, NotSigned, Posted, Refused
from ramah.promises.queries import opening_of

LEG = "g"


def url_of(account: ChannelAccount, step: Step) -> str:
    """The address at which a step of a call is asked for, as the provider knows it."""
    return step_url(account.inbox.key, step.name, step.state)


def step_url(inbox_key: str, name: str, state: Mapping[str, str]) -> str:
    """The same by name."""
    path = reverse("channels-hook-part", args=[queries.CHANNEL, inbox_key, name])
    return f"{settings.BASE_URL}{path}" + (f"?{urlencode(state)}" if state else "")


def provider_posting(posted: Posted, account: ChannelAccount) -> Provider:
    """The provider, once it is known that it posts. Raises `NotSigned`."""
    try:
        provider = provider_of(account)
    except Refused as error:
        raise NotSigned from error
    provider.check(posted, account)
    return provider


def answer(posted: Posted, account: ChannelAccount) -> Answer | None:
    """What the provider is told; None for a GET, by which nobody calls. Raises `NotSigned`, `Unreadable`."""
    if posted.method != "POST":
        return None
    provider = provider_posting(posted, account)
    told = provider.read(posted.path, posted.query, posted.body)
    if told.heard.step in flow.TOLD:
        return Answer()
    setup = queries.setup_of(account.inbox, queries.settings_of(account.inbox))
    turn = flow.next_turn(told.heard, setup, situation_of(told, account))
    return provider.write(turn, lambda step: url_of(account, step))


def situation_of(told: Told, account: ChannelAccount) -> flow.Situation:
    """What counts at this moment for the step that is asked."""
    at, heard = clock.now(), told.heard
    if heard.state.get(LEG):
        return _of_leg(heard, account)
    if heard.step == "left":
        call = queries.call_of(account.inbox_id, heard.call)
        return flow.Situation(at, is_handed_over=call is not None and call.is_handed_over)
    if heard.step in ("wait", "wait-key"):
        call = queries.call_of(account.inbox_id, heard.call)
        # Not read yet: nothing is known of a place, and nobody has given up.
        if call is None or call.queued_at is None:
            return flow.Situation(at)
        key = call.conversation_id
        return flow.Situation(at, place=place_in_queue(key), gave_up=queries.wait_gave_up(key))
    opens = opening_of(account.inbox.calendar, at=at) if account.inbox.calendar else at
    return flow.Situation(at, is_open=opens is not None and opens <= at, opens=opens)


def _of_leg(heard: flow.Heard, account: ChannelAccount) -> flow.Situation:
    at = clock.now()
    leg = queries.leg_of(account.inbox_id, heard.state[LEG])
    if leg is None:
        return flow.Situation(at, standing=flow.GONE)
    call = leg.call
    standing = flow.GONE
    if call.is_dialed_out:
        standing = flow.MINE if call.ended_at is None and leg.state != CallLeg.State.OVER else flow.GONE
    elif heard.step == "agent-key" and heard.digits == "1":
        standing = flow.MINE if taking.take_call(leg, at=at) else flow.GONE
    elif heard.step == "agent":
        standing = taking.standing_of(leg)
        if standing == flow.MINE and not taking.take_call(leg, at=at):
            standing = flow.GONE
    return flow.Situation(
        at,
        standing=standing,
        queue=call.provider_id or "",
        name=call.conversation.customer.name,
        number=call.customer_number,
    )
