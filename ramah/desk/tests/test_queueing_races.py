"""Many at the same moment, on a real database: one customer is taken by one agent, and no agent is offered more than fits."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.conversations.models import Message
from ramah.desk.commands import queueing
from ramah.desk.models import Waiting
from ramah.kernel.testing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_agents_who_take_at_once_one_has_it(cast, chats):
    actors = [actor_of_agent(make_agent(name=f"Agent {n}", teams=[cast.care])) for n in range(6)]
    conversation = chats.waiting()

    def taking(actor):
        return lambda: queueing.take_offer(actor=actor, conversation=conversation, at=chats.at)

    outcomes = at_once(*map(taking, actors))

    conversation.refresh_from_db()
    refused = [one for one in outcomes if isinstance(one, queueing.AlreadyTaken)]
    assert (len(refused), {one.name for one in refused}) == (5, {conversation.assignee.name})
    assert Message.objects.filter(activity="assigned").count() == 1
    assert Waiting.objects.get().agent == conversation.assignee


def test_workers_who_deal_at_once_offer_nobody_more_than_fits(cast, chats):
    chats.present(cast.ben, most_chats=2)
    chats.present(cast.ada, most_chats=1)
    for number in range(6):
        chats.waiting(f"C{number}", after=number)

    outcomes = at_once(*(lambda: queueing.offer_waiting(at=chats.at + timedelta(seconds=9)) for _ in range(4)))

    offered = Waiting.objects.filter(state="offered")
    assert sorted(outcomes) == [0, 0, 0, 3]
    assert sorted(offered.values_list("agent__name", flat=True)) == ["Ada", "Ben", "Ben"]


def test_taking_giving_up_leaving_and_dealing_at_once_end_in_one_way(cast, chats):
    chats.present(cast.ben)
    ben, end = actor_of_agent(cast.ben), chats.at + timedelta(seconds=180)
    for number in range(4):
        conversation = chats.waiting(f"C{number}")
        outcomes = at_once(
            lambda one=conversation: queueing.take_offer(actor=ben, conversation=one, at=end),
            lambda one=conversation: queueing.leave_queue(conversation=one, at=end),
            lambda: queueing.offer_waiting(at=end),
            lambda: queueing.offer_waiting(at=end),
        )
        unexpected = [o for o in outcomes if isinstance(o, Exception) and not isinstance(o, queueing.WaitOver)]
        assert unexpected == []
        conversation.refresh_from_db()
        wait = Waiting.objects.get(pk=conversation.pk)
        said = list(conversation.messages.filter(kind="activity").values_list("activity", flat=True))
        expected = {"taken": ["assigned"], "left": ["wait_left"], "given_up": ["wait_given_up"]}
        assert said == expected[wait.state]
        assert conversation.assignee == (cast.ben if wait.state == "taken" else None)
