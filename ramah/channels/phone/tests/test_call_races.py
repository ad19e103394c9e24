"""Many at the same moment, on a real database: a caller has one agent, an end is an end, and the order of news is no matter."""

import random
from datetime import timedelta

import pytest

from ramah.channels import commands
from ramah.channels.models import IntakeItem
from ramah.channels.phone import handing, ringing, taking
from ramah.channels.phone.models import Call, CallLeg
from ramah.channels.phone.tests.conftest import BEN, CLEO, DANA, ELI, errors
from ramah.conversations.models import Conversation, Message
from ramah.desk.commands import queueing
from ramah.desk.models import Waiting
from ramah.kernel.providers.contract import Refused
from ramah.kernel.testing import at_once
from ramah.promises.models import Promise

S = Call.State


def legs_of(call):
    """A leg of each agent for the same caller: the offer has just gone from one to the other."""
    rows = CallLeg.objects.select_related("call__conversation__customer", "agent__user")
    return list(rows.filter(call=call).order_by("id"))


def said(call, activity):
    return Message.objects.filter(conversation=call.conversation_id, activity=activity).count()


def broken(outcomes, *allowed):
    return [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, allowed)]


def two_rung(phone, caller=DANA):
    """A caller for whom two phones were rung, one after the other."""
    phone.present(phone.ben, phone.cleo)
    customer = phone.provider.call_in(caller)
    phone.work()
    Waiting.objects.filter(state="offered").update(offer_ends_at=phone.now() - timedelta(seconds=1))
    phone.read()
    queueing.offer_waiting(at=phone.now())
    for wait in Waiting.objects.filter(state="offered"):
        call = Call.objects.get(conversation=wait.conversation_id)
        to = BEN if wait.agent == phone.ben else CLEO
        leg = ringing.add_leg(call, wait.agent, to, offer_ends_at=wait.offer_ends_at, at=phone.now())
        CallLeg.objects.filter(pk=leg.pk).update(state="ringing", provider_id=phone.provider.next_sid("CA"))
    return customer


def test_of_two_agents_who_take_a_call_at_once_one_has_it(phone):
    two_rung(phone)
    call = phone.call()
    first, second = legs_of(call)

    outcomes = at_once(
        lambda: taking.take_call(first, at=phone.now()),
        lambda: taking.take_call(second, at=phone.now()),
        lambda: taking.take_call(first, at=phone.now()),
        lambda: taking.take_call(second, at=phone.now()),
    )

    call.refresh_from_db()
    has_it, others = (first, second) if call.agent == first.agent else (second, first)
    assert sorted(outcomes) == [False, False, True, True]  # who has it may press again
    assert (call.state, call.agent, call.conversation.assignee) == (S.IN_PROGRESS, has_it.agent, has_it.agent)
    assert (Waiting.objects.get().agent, said(call, "call_answered"), said(call, "assigned")) == (has_it.agent, 1, 1)
    others.refresh_from_db()
    assert others.state != CallLeg.State.TAKEN


def test_a_hang_up_while_two_take_ends_the_call_and_nobody_waits(phone):
    for number in (DANA, ELI):
        customer = two_rung(phone, number)
        call = phone.call()
        first, second = legs_of(call)

        outcomes = at_once(
            customer.hang_up,
            lambda leg=first: taking.take_call(leg, at=phone.now()),
            lambda leg=second: taking.take_call(leg, at=phone.now()),
        )
        phone.work()

        assert broken(outcomes) == []
        assert outcomes.count(True) <= 1
        call.refresh_from_db()
        assert call.state == (S.ENDED if True in outcomes else S.MISSED)
        assert (said(call, "call_ended") + said(call, "call_missed"), errors()) == (1, [])
        assert Waiting.objects.get(pk=call.conversation_id).state in ("taken", "left")
        assert not CallLeg.objects.filter(call=call).exclude(state="over").exists()


def test_a_hang_up_while_phones_ring_stops_them_whoever_works(phone):
    phone.present(phone.ben)
    customer = phone.provider.call_in(DANA)
    phone.read()
    queueing.offer_waiting(at=phone.now())

    outcomes = at_once(
        customer.hang_up,
        lambda: ringing.ring_due(at=phone.now()),
        lambda: ringing.ring_due(at=phone.now()),
        lambda: commands.process_waiting(at=phone.now()),
    )
    phone.work()

    assert broken(outcomes) == []
    assert (
        len([leg for leg in phone.provider.legs.values() if leg.called == BEN]) <= 1
    )  # never rung twice for one offer
    assert (phone.provider.ringing(), phone.call().state, errors()) == ([], S.MISSED, [])
    assert not Waiting.objects.filter(state__in=["waiting", "offered"]).exists()


def test_a_call_is_handed_over_once_however_often_the_button_is_pressed(phone):
    customer, _ben = phone.talking()
    phone.present(phone.ben, phone.cleo)
    call, actor = phone.call(), phone.actor(phone.ben)

    def give(to):
        return lambda: handing.hand_over(actor=actor, call=call, to=to, at=phone.now())

    outcomes = at_once(give(phone.cleo), give(phone.cleo), give(phone.inbox.teams.get()))
    phone.work()

    assert (broken(outcomes, handing.NotInCall), outcomes.count(None)) == ([], 1)
    assert (said(call, "call_handed"), [leg.called for leg in phone.provider.ringing()]) == (1, [CLEO])
    assert (phone.call().state, customer.state) == (S.QUEUED, "queued")


@pytest.mark.parametrize("who", ["customer", "agent"])
def test_handing_over_and_hanging_up_at_once_end_in_one_way(phone, who):
    customer, ben = phone.talking()
    phone.present(phone.ben, phone.cleo)
    call, actor = phone.call(), phone.actor(phone.ben)

    outcomes = at_once(
        lambda: handing.hand_over(actor=actor, call=call, to=phone.cleo, at=phone.now()),
        customer.hang_up if who == "customer" else ben.hang_up,
        lambda: commands.process_waiting(at=phone.now()),
    )
    phone.work()

    # The provider redirects nobody who has hung up.
    assert broken(outcomes, handing.NotInCall, Refused) == []
    call.refresh_from_db()
    wait = Waiting.objects.get()
    if customer.state == "over":
        assert (call.state, wait.state in ("taken", "left")) == (S.ENDED, True)
    else:  # the agent was gone before; the customer waits for the other
        assert (call.state, wait.state, wait.agent) == (S.QUEUED, "offered", phone.cleo)
        customer.hang_up()
        phone.work()
        call.refresh_from_db()
        assert call.state == S.ENDED
    assert errors() == []


def test_what_is_posted_twice_and_in_any_order_by_two_workers_ends_the_same_way(phone):
    """A whole call, handed over in the middle: every request comes again, shuffled, while two workers read."""
    customer, _ben = phone.talking()
    phone.present(phone.cleo)
    handing.hand_over(actor=phone.actor(phone.ben), call=phone.call(), to=phone.cleo, at=phone.now())
    phone.work()
    (cleo,) = phone.provider.ringing()
    cleo.pick_up()
    cleo.press("1")
    customer.hang_up()
    phone.work()
    call = phone.call()
    lines = list(Message.objects.order_by("id").values_list("kind", "activity"))
    before = (call.state, call.agent_id, call.answered_at, call.ended_at)
    told, chance = list(phone.provider.posted), random.Random(4)
    for _round in range(2):
        chance.shuffle(told)
        for place, (url, fields) in enumerate(told):
            assert phone.provider.post_form(url, {**fields, "Again": str(place % 2)})[0] == 200

    def work():
        while commands.process_waiting(at=phone.now()):
            pass

    outcomes = at_once(work, work)
    phone.work()

    call = phone.call()
    assert (broken(outcomes), errors()) == ([], [])
    assert (call.state, call.agent_id, call.answered_at, call.ended_at) == before
    assert (Call.objects.count(), Conversation.objects.count()) == (1, 1)
    assert list(Message.objects.order_by("id").values_list("kind", "activity")) == lines
    assert not Promise.objects.exclude(state="kept").exists()
    assert not IntakeItem.objects.filter(state__in=["waiting", "quarantined"]).exists()


@pytest.mark.parametrize("seed", range(4))
def test_a_call_that_is_read_in_any_order_after_it_ended_is_over_and_nobody_waits(phone, seed):
    customer = phone.provider.call_in(DANA)
    customer.stay_silent()
    customer.hang_up()
    keys = list(IntakeItem.objects.values_list("pk", flat=True))
    random.Random(seed).shuffle(keys)
    for place, key in enumerate(keys):
        moment = phone.now() - timedelta(minutes=1, seconds=-place)
        IntakeItem.objects.filter(pk=key).update(next_attempt_at=moment)

    def work():
        while commands.process_waiting(at=phone.now(), limit=1):
            pass

    outcomes = at_once(work, work)
    phone.work()

    assert (broken(outcomes), errors()) == ([], [])
    assert (phone.call().state, Call.objects.count(), Conversation.objects.count()) == (S.MISSED, 1, 1)
    assert not Waiting.objects.filter(state__in=["waiting", "offered"]).exists()
    assert Promise.objects.get().state == "open"
