"""A call is handed over while it goes on: the customer waits, the other is rung, and whoever refuses gives it back."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import make_agent, make_team
from ramah.channels.models import ChannelAccount
from ramah.channels.phone import calling, handing, ringing
from ramah.channels.phone.models import Call, CallLeg
from ramah.channels.phone.tests.conftest import BEN, CLEO, DANA, errors
from ramah.channels.simulators.server import Fault, Reply
from ramah.conversations.models import Message
from ramah.conversations.testing import make_conversation
from ramah.desk.commands import handing as desk
from ramah.desk.models import Presence, Waiting
from ramah.kernel.models import AuditEntry
from ramah.kernel.providers.contract import Refused, TryLater, Uncertain

S = Call.State
FINN = "+628110000003"


def hand_over(phone, to, by=None):
    handing.hand_over(actor=phone.actor(by or phone.ben), call=phone.call(), to=to, at=phone.now())


def activities(call):
    rows = Message.objects.filter(conversation=call.conversation_id, kind="activity").order_by("id")
    return list(rows.values_list("activity", flat=True))


def talking_by_our_call(phone):
    """Ben has called Dana, who missed him before; Cleo is there."""
    phone.present(phone.cleo)
    phone.provider.call_in(DANA).hang_up()
    phone.work()
    calling.call_out(actor=phone.actor(phone.ben), conversation=phone.call().conversation, at=phone.now())
    ringing.ring_due(at=phone.now())
    (ben,) = phone.provider.ringing(BEN)
    ben.pick_up()
    customer = ben.customer_answers()
    phone.work()
    return customer, ben


@pytest.fixture
def finn(phone):
    """Of the team Returns alone, with a phone."""
    finn = make_agent(name="Finn", teams=[make_team("Returns")])
    phone.set(endpoints={phone.ben.public_id: BEN, phone.cleo.public_id: CLEO, finn.public_id: FINN})
    return finn


def test_the_colleague_is_rung_and_has_the_caller_and_the_thread(phone):
    customer, ben = phone.talking()
    phone.present(phone.ben, phone.cleo)

    hand_over(phone, phone.cleo)
    assert (ben.state, customer.state) == ("over", "queued")
    assert customer.heard[-4:-2] == ["You are put through to a colleague. Please hold.", "You are next. Please hold."]
    phone.work()
    call = phone.call()
    assert (call.state, call.agent, call.is_handed_over) == (S.QUEUED, None, True)
    assert Waiting.objects.get().agent == phone.cleo  # whose desk shows the offer, with the thread
    (cleo,) = phone.provider.ringing()
    cleo.pick_up()
    cleo.press("1")
    phone.work()

    call = phone.call()
    assert (cleo.called, cleo.peer, customer.peer) == (CLEO, customer, cleo)
    assert (call.state, call.agent, call.conversation.assignee) == (S.IN_PROGRESS, phone.cleo, phone.cleo)
    customer.hang_up()
    phone.work()
    call = phone.call()
    assert (call.state, cleo.state, errors()) == (S.ENDED, "over", [])
    assert activities(call) == [
        "assigned", "call_answered", "call_handed", "assigned", "call_answered", "call_ended",
    ]  # fmt: skip
    line = Message.objects.get(activity="call_handed")
    assert (line.agent, line.detail["to"]) == (phone.ben, "Cleo")
    assert AuditEntry.objects.filter(action="call.hand_over", actor=f"agent:{phone.ben.pk}").count() == 1


def test_a_colleague_who_refuses_gives_the_caller_back_to_who_had_them(phone):
    customer, _ben = phone.talking()
    phone.present(phone.ben, phone.cleo)
    hand_over(phone, phone.cleo)
    phone.work()
    (cleo,) = phone.provider.ringing()

    cleo.pick_up()
    cleo.press("2")
    phone.work()

    (again,) = phone.provider.ringing()
    assert again.called == BEN
    again.pick_up()
    again.press("1")
    phone.work()
    assert (again.peer, phone.call().agent, errors()) == (customer, phone.ben, [])


def test_whom_nobody_answers_goes_on_to_the_queue(phone, finn):
    finn.teams.set(phone.inbox.teams.all())
    phone.talking()
    phone.present(phone.cleo, finn)
    hand_over(phone, phone.cleo)
    phone.work()
    _away(phone.ben)

    (cleo,) = phone.provider.ringing()
    cleo.decline()
    phone.work()

    assert [leg.called for leg in phone.provider.ringing()] == [FINN]


def test_of_a_team_whoever_is_free_is_rung_and_the_conversation_is_theirs(phone, finn):
    customer, _ben = phone.talking()
    phone.present(phone.ben, phone.cleo, finn)

    hand_over(phone, finn.teams.get())
    phone.work()
    (leg,) = phone.provider.ringing()
    leg.pick_up()
    leg.press("1")
    phone.work()

    call = phone.call()
    assert (leg.called, leg.peer, call.agent) == (FINN, customer, finn)
    assert (call.conversation.team, call.conversation.assignee) == (finn.teams.get(), finn)
    assert activities(call)[2:] == ["call_handed", "team", "assigned", "call_answered"]


def test_in_ones_own_team_everybody_else_comes_first(phone):
    phone.talking()
    phone.present(phone.ben, phone.cleo)

    hand_over(phone, phone.inbox.teams.get())
    phone.work()

    assert [leg.called for leg in phone.provider.ringing()] == [CLEO]


def test_nobody_in_time_lets_the_customer_choose_to_be_called_back(phone):
    customer, _ben = phone.talking()
    phone.present(phone.cleo)
    hand_over(phone, phone.cleo)
    _away(phone.ben, phone.cleo)
    Waiting.objects.update(gives_up_at=phone.now() - timedelta(seconds=1), offer_ends_at=phone.now())
    phone.work()

    customer.stay_silent()
    customer.press("1")
    customer.press("1")
    phone.work()

    call = phone.call()
    assert (call.state, call.promise.state, call.callback_number, errors()) == (S.ENDED, "open", DANA, [])


def test_a_customer_who_hangs_up_meanwhile_is_waited_for_no_longer(phone):
    customer, _ben = phone.talking()
    phone.present(phone.cleo)
    hand_over(phone, phone.cleo)
    phone.work()
    (cleo,) = phone.provider.ringing()

    customer.hang_up()
    phone.work()

    assert (phone.call().state, cleo.state, Waiting.objects.get().state) == (S.ENDED, "over", "left")
    assert activities(phone.call())[2:] == ["call_handed", "wait_left", "call_ended"]


def test_a_customer_whom_we_called_is_handed_over_too(phone):
    customer, ben = talking_by_our_call(phone)

    hand_over(phone, phone.cleo)
    phone.work()
    (cleo,) = phone.provider.ringing()
    cleo.pick_up()
    cleo.press("1")
    phone.work()

    call = phone.call()
    assert (call.direction, call.state, call.agent, cleo.peer) == ("out", S.IN_PROGRESS, phone.cleo, customer)
    assert (ben.state, call.failed_reason) == ("over", "")
    customer.hang_up()
    phone.work()
    assert (phone.call().state, cleo.state, errors()) == (S.ENDED, "over", [])


def test_to_be_called_back_the_number_of_a_called_customer_is_theirs_and_not_ours(phone):
    customer, _ben = talking_by_our_call(phone)
    hand_over(phone, phone.cleo)

    customer.press("1")
    customer.press("1")
    customer.press("1")
    phone.work()

    assert (phone.call().callback_number, errors()) == (DANA, [])


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply.of({"message": "Call is not in-progress", "code": 21220}, 400), Refused),
        (Reply.of({"message": "Too many requests"}, 429), TryLater),
    ],
)
@pytest.mark.parametrize("to_team", [False, True])
def test_what_the_provider_will_not_do_leaves_the_call_as_it_was(phone, finn, reply, error, to_team):
    customer, ben = phone.talking()
    phone.present(phone.cleo, finn)
    phone.provider.faults.append(Fault(reply=reply, path=f"/Calls/{customer.sid}.json"))

    with pytest.raises(error):
        hand_over(phone, finn.teams.get() if to_team else phone.cleo)
    phone.work()

    call = phone.call()
    assert (call.state, call.agent, ben.peer) == (S.IN_PROGRESS, phone.ben, customer)
    assert (call.conversation.assignee, call.conversation.team) == (phone.ben, None)
    assert (Waiting.objects.get().state, phone.provider.ringing()) == ("taken", [])
    assert activities(call)[-1] == "call_not_handed"
    ben.hang_up()
    phone.work()
    assert (phone.call().state, customer.state, errors()) == (S.ENDED, "over", [])


def test_where_nobody_knows_the_customer_waits_as_soon_as_the_agent_puts_the_phone_down(phone):
    customer, ben = phone.talking()
    phone.present(phone.ben, phone.cleo)
    phone.provider.faults.append(Fault(cut="before", path=f"/Calls/{customer.sid}.json"))

    with pytest.raises(Uncertain):
        hand_over(phone, phone.cleo)
    assert ben.peer is customer
    ben.hang_up()
    phone.work()

    (cleo,) = phone.provider.ringing()
    cleo.pick_up()
    cleo.press("1")
    phone.work()
    assert (cleo.called, cleo.peer, phone.call().agent, errors()) == (CLEO, customer, phone.cleo, [])


def test_only_who_speaks_hands_over_and_only_to_who_can_be_rung(phone, finn):
    customer, _ben = phone.talking()
    phone.present(phone.ben)
    cases = [
        (phone.cleo, phone.ben, handing.NotInCall),  # not in this call
        (phone.ben, phone.cleo, handing.NotReachable),  # not there
        (phone.ben, phone.ben, handing.NotReachable),
        (phone.ben, finn.teams.get(), handing.NotReachable),  # nobody of it is there
    ]
    for by, to, error in cases:
        with pytest.raises(error):
            hand_over(phone, to, by=by)
    phone.present(phone.cleo, finn)
    with pytest.raises(handing.NotReachable):  # who may not open the conversation
        hand_over(phone, finn)
    ChannelAccount.objects.update(is_paused=True)
    with pytest.raises(handing.NotReachable):
        hand_over(phone, phone.cleo)
    ChannelAccount.objects.update(is_paused=False)
    customer.hang_up()
    phone.work()
    with pytest.raises(handing.NotInCall):
        hand_over(phone, phone.cleo)

    assert activities(phone.call()) == ["assigned", "call_answered", "call_ended"]
    assert not AuditEntry.objects.filter(action="call.hand_over").exists()


def test_the_panel_offers_those_who_can_be_rung_and_hands_over(phone):
    customer, _ben = phone.talking()
    call, browser = phone.call(), phone.browser(phone.ben)
    panel = f"/desk/panels/{call.conversation.customer.public_id}/calls/"
    url = f"/desk/calls/{call.public_id}/hand-over/"
    assert "Nobody else could be rung now" in browser.get(panel).content.decode()
    phone.present(phone.ben, phone.cleo)

    page = browser.get(panel).content.decode()
    assert f'<option value="{phone.cleo.public_id}">Cleo</option>' in page
    assert f'<option value="{phone.ben.public_id}">' not in page
    assert url not in phone.browser(phone.cleo).get(panel).content.decode()  # it is not her call
    refused = browser.post(url, {"to": "nobody"}, headers={"HX-Request": "true"})
    assert "cannot be rung any more" in refused.headers["HX-Trigger"]
    assert phone.call().state == S.IN_PROGRESS
    answered = browser.post(url, {"to": phone.cleo.public_id}, headers={"HX-Request": "true"})

    assert "Cleo is rung." in answered.headers["HX-Trigger"]
    assert (phone.call().state, customer.state) == (S.QUEUED, "queued")
    again = browser.post(url, {"to": phone.cleo.public_id})
    assert (again.status_code, again["Location"]) == (302, f"/desk/c/{call.conversation.public_id}/")


def test_nobody_else_may_hand_over(phone, finn):
    phone.talking()
    phone.present(phone.cleo)
    url, told = f"/desk/calls/{phone.call().public_id}/hand-over/", {"to": phone.cleo.public_id}
    make_conversation(phone.inbox)

    assert phone.browser(finn).post(url, told).status_code == 404
    assert phone.browser(phone.cleo).post(url, told).status_code == 302
    assert phone.browser(phone.ben).get(url).status_code == 405
    assert phone.call().state == S.IN_PROGRESS


def test_phones_of_an_earlier_turn_end_nothing(phone):
    """What the first agent's phone still posts, again and late, is not about the call any more."""
    customer, ben = phone.talking()
    phone.present(phone.cleo)
    hand_over(phone, phone.cleo)
    phone.work()
    (cleo,) = phone.provider.ringing()
    cleo.pick_up()
    cleo.press("1")
    phone.work()

    told = [(url, fields) for url, fields in phone.provider.posted if fields["CallSid"] in (ben.sid, customer.sid)]
    for url, fields in reversed(told):
        assert phone.provider.post_form(url, {**fields, "Again": "yes"})[0] == 200
    phone.work()

    call = phone.call()
    assert (call.state, call.agent, Call.objects.count()) == (S.IN_PROGRESS, phone.cleo, 1)
    assert errors() == []
    assert sorted(CallLeg.objects.values_list("state", flat=True)) == ["over", "taken"]


def _away(*agents):
    Presence.objects.filter(agent__in=agents).update(chosen="away")


def test_the_thread_of_a_call_that_is_over_is_given_on_as_a_message(phone):
    customer, _ben = phone.talking()
    customer.hang_up()
    phone.work()
    phone.present(phone.ben, phone.cleo)

    desk.hand_to_agent(
        actor=phone.actor(phone.ben), conversation=phone.call().conversation, agent=phone.cleo, at=phone.now()
    )

    assert phone.call().conversation.assignee == phone.cleo
    assert Waiting.objects.get().state == Waiting.State.TAKEN  # nobody is offered a caller who has gone
    phone.work()
    assert not CallLeg.objects.exclude(agent=phone.ben).exists()
