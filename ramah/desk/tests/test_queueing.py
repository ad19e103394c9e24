"""Customers who wait: entering, offers to the right agent, taking, passing on, giving up, leaving, places and expected waits."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from ramah.accounts.testing import actor_of_agent
from ramah.conversations.commands import organizing
from ramah.conversations.models import Conversation, Message
from ramah.desk import queries
from ramah.desk.commands import queueing
from ramah.desk.commands.answering import answer
from ramah.desk.commands.handing import hand_to_agent, hand_to_team, take_on
from ramah.desk.models import Presence, Waiting
from ramah.desk.tests.conftest import enter
from ramah.kernel.outbox import dispatch_batch


def wait_of(conversation):
    wait = Waiting.objects.get(pk=conversation.pk)
    return wait.state, wait.agent


def later(chats, seconds, *, there=()):
    """A round of the job after so many seconds, at which these agents are still there."""
    at = chats.at + timedelta(seconds=seconds)
    Presence.objects.filter(agent__in=there).update(heard_at=at)
    queueing.offer_waiting(at=at)
    return at


def activities(conversation):
    rows = conversation.messages.filter(kind=Message.Kind.ACTIVITY)
    return list(rows.order_by("id").values_list("activity", flat=True))


@pytest.fixture
def told(monkeypatch):
    """Events that were published (nobody need listen yet for them to be true)."""
    facts = []
    monkeypatch.setattr(queueing, "publish", lambda fact, *, subject: facts.append(fact))
    return facts


def test_who_enters_is_offered_to_an_agent_who_is_there_and_may_see_it(cast, chats):
    chats.present(cast.ben, cast.cleo)  # Cleo works in another inbox
    conversation = chats.waiting()

    assert queueing.offer_waiting(at=chats.at) == 1
    assert wait_of(conversation) == ("offered", cast.ben)
    assert Waiting.objects.get().offer_ends_at == chats.at + timedelta(seconds=30)
    assert queueing.offer_waiting(at=chats.at) == 0


@pytest.mark.parametrize(("chosen", "silent_for"), [("away", 0), ("offline", 0), ("online", 45), ("online", 3600)])
def test_nobody_is_offered_anything_who_is_not_there(cast, chats, chosen, silent_for):
    chats.present(cast.ben, chosen=chosen)
    conversation = chats.waiting()

    queueing.offer_waiting(at=chats.at + timedelta(seconds=silent_for))

    assert wait_of(conversation)[1] is None
    assert queries.live_agents(chats.inbox, at=chats.at + timedelta(seconds=silent_for)) == []
    assert not queries.is_staffed(chats.inbox, at=chats.at + timedelta(seconds=silent_for))


def test_who_is_there_is_named_with_room_or_without(cast, chats):
    chats.present(cast.ben, cast.ada)
    chats.present(cast.cleo)
    chats.chat(assignee=cast.ben)

    assert queries.live_agents(chats.inbox, at=chats.at) == [cast.ada, cast.ben]
    assert queries.is_staffed(chats.inbox, at=chats.at)


def test_running_chats_and_offers_take_up_room(cast, chats):
    chats.present(cast.ben, most_chats=2)
    chats.chat(assignee=cast.ben)
    chats.chat(assignee=cast.ben, status="resolved")
    chats.chat(assignee=cast.ben, at=chats.at - timedelta(hours=1))  # nobody has said anything for long
    first, second = chats.waiting("Dana"), chats.waiting("Eli", after=1)

    queueing.offer_waiting(at=chats.at + timedelta(seconds=1))

    assert wait_of(first) == ("offered", cast.ben)
    assert wait_of(second) == ("waiting", None)


def test_an_offer_that_runs_out_goes_to_the_next_and_comes_back_after_a_pause(cast, chats):
    chats.present(cast.ben, cast.ada, most_chats=1)
    conversation = chats.waiting()
    Conversation.objects.filter(pk=conversation.pk).update(assignee=cast.ben)  # whom the customer knows
    everyone = [cast.ben, cast.ada]

    later(chats, 0)
    assert wait_of(conversation) == ("offered", cast.ben)
    later(chats, 29, there=everyone)
    assert wait_of(conversation) == ("offered", cast.ben)
    later(chats, 30, there=everyone)
    assert wait_of(conversation) == ("offered", cast.ada)
    later(chats, 60, there=everyone)
    assert wait_of(conversation) == ("waiting", None)
    later(chats, 80, there=everyone)
    assert wait_of(conversation) == ("offered", cast.ben)
    assert Waiting.objects.get().passed_by == [cast.ben.pk, cast.ada.pk]


def test_an_offer_to_one_who_has_gone_passes_on_at_once_and_is_not_held_against_them(cast, chats):
    chats.present(cast.ben)
    conversation = chats.waiting()
    later(chats, 0)
    chats.present(cast.ben, chosen="away")
    chats.present(cast.ada)

    later(chats, 1)

    assert wait_of(conversation) == ("offered", cast.ada)
    assert Waiting.objects.get().passed_by == []


def test_passing_is_for_whom_it_is_offered_to(cast, chats):
    chats.present(cast.ben)
    conversation = chats.waiting()
    later(chats, 0)

    assert not queueing.pass_offer(actor=actor_of_agent(cast.ada), conversation=conversation, at=chats.at)
    assert wait_of(conversation) == ("offered", cast.ben)
    assert queueing.pass_offer(actor=actor_of_agent(cast.ben), conversation=conversation, at=chats.at)
    assert not queueing.pass_offer(actor=actor_of_agent(cast.ben), conversation=conversation, at=chats.at)
    later(chats, 1)
    assert wait_of(conversation) == ("waiting", None)  # nobody else is here, and Ben was just asked


def test_who_takes_it_has_it_and_who_comes_second_is_told_who(cast, chats, told):
    chats.present(cast.ben, cast.ada)
    conversation = chats.waiting()
    ben, ada = actor_of_agent(cast.ben), actor_of_agent(cast.ada)

    queueing.take_offer(actor=ben, conversation=conversation, at=chats.at)
    queueing.take_offer(actor=ben, conversation=conversation, at=chats.at)  # a second click
    with pytest.raises(queueing.AlreadyTaken) as refused:
        queueing.take_offer(actor=ada, conversation=conversation, at=chats.at)

    assert refused.value.name == "Ben"
    conversation.refresh_from_db()
    assert (conversation.assignee, wait_of(conversation)) == (cast.ben, ("taken", cast.ben))
    assert [(type(fact).__name__, fact.agent_id) for fact in told] == [("ChatTaken", cast.ben.pk)]
    assert activities(conversation) == ["assigned"]


def test_one_who_may_not_have_it_takes_nothing(cast, chats):
    conversation = chats.waiting()

    with pytest.raises(organizing.NotAssignable):
        queueing.take_offer(actor=actor_of_agent(cast.cleo), conversation=conversation, at=chats.at)

    conversation.refresh_from_db()
    assert (conversation.assignee, wait_of(conversation)) == (None, ("waiting", None))


def test_whom_nobody_takes_becomes_a_message(cast, chats, told):
    conversation = chats.waiting()

    later(chats, 179)
    assert wait_of(conversation) == ("waiting", None)
    later(chats, 180)

    assert wait_of(conversation) == ("given_up", None)
    assert activities(conversation) == ["wait_given_up"]
    assert [type(fact).__name__ for fact in told] == ["WaitGivenUp"]
    conversation.refresh_from_db()
    assert conversation.status == "open"
    with pytest.raises(queueing.WaitOver):
        queueing.take_offer(actor=actor_of_agent(cast.ben), conversation=conversation, at=chats.at)


def test_an_offer_in_hand_is_not_given_up_under_it(cast, chats):
    chats.present(cast.ben)
    conversation = chats.chat()
    enter(conversation, at=chats.at, wait_seconds=10)
    later(chats, 0)

    later(chats, 29, there=[cast.ben])
    assert wait_of(conversation) == ("offered", cast.ben)
    later(chats, 30, there=[cast.ben])
    assert wait_of(conversation) == ("given_up", None)


def test_one_who_leaves_frees_the_agent(cast, chats, told):
    chats.present(cast.ben, most_chats=1)
    first, second = chats.waiting("Dana"), chats.waiting("Eli", after=1)
    later(chats, 1)

    assert queueing.leave_queue(conversation=first, at=chats.at)
    assert not queueing.leave_queue(conversation=first, at=chats.at)
    later(chats, 2)

    assert (wait_of(first), wait_of(second)) == (("left", None), ("offered", cast.ben))
    assert (activities(first), told) == (["wait_left"], [])


def test_one_who_enters_twice_keeps_the_place_and_may_come_again(chats):
    first, second = chats.waiting("Dana"), chats.waiting("Eli", after=1)
    enter(first, at=chats.at + timedelta(seconds=9))
    assert [queries.place_in_queue(one.pk) for one in (first, second)] == [1, 2]

    queueing.leave_queue(conversation=first, at=chats.at)
    enter(first, at=chats.at + timedelta(seconds=20))

    assert [queries.place_in_queue(one.pk) for one in (first, second)] == [2, 1]
    assert queries.place_in_queue(0) is None


def test_places_are_those_of_the_own_inbox(cast, chats):
    chats.waiting()
    other = cast.conversation()
    enter(other, at=chats.at + timedelta(seconds=5))

    assert queries.place_in_queue(other.pk) == 1


@pytest.mark.parametrize("how", ["resolved", "spam", "snoozed", "assigned", "taken on", "answered", "bulk"])
def test_what_is_done_by_hand_ends_the_wait(cast, chats, how):
    chats.present(cast.ben)
    conversation, actor = chats.waiting(), actor_of_agent(cast.ada)
    at = later(chats, 1)
    if how in ("resolved", "spam"):
        organizing.set_status(actor=actor, conversation=conversation, status=how, at=at)
    elif how == "snoozed":
        organizing.snooze(actor=actor, conversation=conversation, until=at + timedelta(days=1), at=at)
    elif how == "assigned":
        organizing.assign(actor=actor, conversation=conversation, agent=cast.ada, at=at)
    elif how == "taken on":
        take_on(actor=actor, conversation=conversation, at=at)
    elif how == "answered":
        answer(actor=actor, conversation=conversation, text="Hello!", client_id="x" * 8, seen=None, at=at)
    else:
        cast.browser(cast.ada).post("/desk/bulk/", {"do": "take", "c": conversation.public_id})

    dispatch_batch(at=at)

    over = how in ("resolved", "spam", "snoozed")
    assert wait_of(conversation) == (("left", None) if over else ("taken", cast.ada))
    conversation.refresh_from_db()
    assert conversation.assignee == (None if over else cast.ada)
    assert queries.place_in_queue(conversation.pk) is None


def test_an_assignment_from_before_is_no_taking(cast, chats):
    conversation = chats.chat()
    organizing.assign(
        actor=actor_of_agent(cast.ada), conversation=conversation, agent=cast.ben, at=chats.at - timedelta(days=1)
    )
    enter(conversation, at=chats.at)

    dispatch_batch(at=chats.at)

    assert wait_of(conversation) == ("waiting", None)


class TestHandingOver:
    """To a colleague or a team, with the customer there."""

    def held(self, cast, chats):
        chats.present(cast.ben)
        conversation = chats.waiting()
        queueing.take_offer(actor=actor_of_agent(cast.ben), conversation=conversation, at=chats.at)
        return conversation

    def test_a_colleague_who_is_there_gets_it_as_an_offer(self, cast, chats):
        conversation, at = self.held(cast, chats), chats.at + timedelta(seconds=20)
        chats.present(cast.ada, most_chats=0)

        hand_to_agent(actor=actor_of_agent(cast.ben), conversation=conversation, agent=cast.ada, at=at)
        dispatch_batch(at=at)

        assert wait_of(conversation) == ("offered", cast.ada)
        conversation.refresh_from_db()
        assert conversation.assignee == cast.ada
        queueing.take_offer(actor=actor_of_agent(cast.ada), conversation=conversation, at=at)
        assert wait_of(conversation) == ("taken", cast.ada)

    def test_a_colleague_who_does_not_answer_is_passed_over(self, cast, chats):
        conversation, at = self.held(cast, chats), chats.at + timedelta(seconds=1)
        chats.present(cast.ada)
        hand_to_agent(actor=actor_of_agent(cast.ben), conversation=conversation, agent=cast.ada, at=at)

        later(chats, 31, there=[cast.ben, cast.ada])

        assert wait_of(conversation) == ("offered", cast.ben)

    def test_a_colleague_who_is_not_there_has_it_as_a_message(self, cast, chats):
        conversation, at = self.held(cast, chats), chats.at + timedelta(seconds=1)

        hand_to_agent(actor=actor_of_agent(cast.ben), conversation=conversation, agent=cast.ada, at=at)

        assert wait_of(conversation)[0] == "taken"  # that was Ben's; nobody waits anew
        assert queries.place_in_queue(conversation.pk) is None

    def test_let_go_it_waits_again(self, cast, chats):
        conversation, at = self.held(cast, chats), chats.at + timedelta(seconds=1)

        hand_to_agent(actor=actor_of_agent(cast.ben), conversation=conversation, agent=None, at=at)

        assert wait_of(conversation) == ("waiting", None)
        assert Waiting.objects.get().gives_up_at == at + timedelta(seconds=180)

    def test_a_team_is_offered_it_and_nobody_else(self, cast, chats):
        conversation, at = self.held(cast, chats), chats.at + timedelta(seconds=1)
        hand_to_team(actor=actor_of_agent(cast.ben), conversation=conversation, team=cast.returns, at=at)
        later(chats, 2, there=[cast.ben])
        assert wait_of(conversation) == ("waiting", None)

        chats.present(cast.cleo)
        later(chats, 3, there=[cast.cleo])

        assert wait_of(conversation) == ("offered", cast.cleo)
        queueing.take_offer(actor=actor_of_agent(cast.cleo), conversation=conversation, at=at)
        conversation.refresh_from_db()
        assert conversation.assignee == cast.cleo

    def test_a_customer_who_is_gone_is_nobodys_offer(self, cast, chats):
        conversation = self.held(cast, chats)
        Conversation.objects.update(last_message_at=chats.at - timedelta(hours=2))
        conversation.refresh_from_db()
        chats.present(cast.ada)

        hand_to_agent(actor=actor_of_agent(cast.ben), conversation=conversation, agent=cast.ada, at=chats.at)

        assert wait_of(conversation)[0] == "taken"


def test_the_expected_wait_is_that_of_those_before(chats):
    assert queries.expected_wait_seconds(chats.inbox) is None
    for number, (state, seconds) in enumerate([("taken", 10), ("taken", 20), ("given_up", 180), ("left", 1)]):
        conversation = chats.chat(f"C{number}")
        enter(conversation, at=chats.at)
        Waiting.objects.filter(pk=conversation.pk).update(state=state, ended_at=chats.at + timedelta(seconds=seconds))
    cache.clear()

    assert queries.expected_wait_seconds(chats.inbox) == 20


def test_without_waits_it_is_the_places_times_how_long_a_chat_takes(chats):
    for minutes in (5, 10, 60):
        chats.chat(status="resolved", resolved_at=chats.at + timedelta(minutes=minutes))
    assert queries.expected_wait_seconds(chats.inbox) == 0
    chats.waiting()
    cache.clear()

    assert queries.expected_wait_seconds(chats.inbox) == 600
