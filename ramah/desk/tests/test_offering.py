"""Who gets a customer who waits: the rule, case by case."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramah.desk.offering import Candidate, Wish, choose, deal

CARE, RETURNS = 1, 2
EARLY, LATE = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
BEN, CLEO, ADA = 11, 12, 13


def agent(agent_id, *, teams=(CARE,), languages=(), skills=(), **rest):
    return Candidate(
        agent_id, team_ids=frozenset(teams), languages=frozenset(languages), skills=frozenset(skills), **rest
    )


def wish(key=1, *, teams=(CARE,), **rest):
    return Wish(key, inbox_team_ids=frozenset(teams), **rest)


@pytest.mark.parametrize(
    ("why", "asked", "there", "gets"),
    [
        ("nobody is there", wish(), [], None),
        ("one who works in the inbox", wish(), [agent(BEN)], BEN),
        ("one of another team", wish(), [agent(BEN, teams=[RETURNS])], None),
        ("one who sees all", wish(), [agent(ADA, teams=[], sees_all=True)], ADA),
        ("given to a team: only that team", wish(team_id=RETURNS), [agent(BEN), agent(ADA, sees_all=True)], None),
        ("given to a team: that team", wish(team_id=RETURNS), [agent(BEN), agent(CLEO, teams=[RETURNS])], CLEO),
        ("no room", wish(), [agent(BEN, chats=3)], None),
        ("none are offered to them", wish(), [agent(BEN, most_chats=0)], None),
        ("no languages means any", wish(language="uk"), [agent(BEN)], BEN),
        ("the language", wish(language="uk"), [agent(BEN, languages=["id"]), agent(CLEO, languages=["uk"])], CLEO),
        ("nobody speaks it", wish(language="uk"), [agent(BEN, languages=["id", "en"])], None),
        ("the language, not the country", wish(language="id-ID"), [agent(BEN, languages=["id"])], BEN),
        ("unknown language", wish(), [agent(BEN, languages=["id"])], BEN),
        ("the skill", wish(skill="Returns"), [agent(BEN), agent(CLEO, skills=["returns"])], CLEO),
        ("fewest chats", wish(), [agent(BEN, chats=2), agent(CLEO, chats=1)], CLEO),
        ("longest idle", wish(), [agent(BEN, idle_since=LATE), agent(CLEO, idle_since=EARLY)], CLEO),
        ("never had one", wish(), [agent(BEN, idle_since=EARLY), agent(CLEO)], CLEO),
        ("whom they know, busy or not", wish(known_agent_id=BEN), [agent(BEN, chats=2), agent(CLEO)], BEN),
        ("whom they know has no room", wish(known_agent_id=BEN), [agent(BEN, chats=3), agent(CLEO)], CLEO),
        ("who passed comes last", wish(passed_by=[BEN]), [agent(BEN), agent(CLEO, chats=2)], CLEO),
        ("even whom they know", wish(passed_by=[BEN], known_agent_id=BEN), [agent(BEN), agent(CLEO)], CLEO),
        ("all have passed: who did least", wish(passed_by=[BEN, CLEO, BEN]), [agent(BEN), agent(CLEO)], CLEO),
        ("all have passed just now", wish(passed_by=[BEN], asks_again=False), [agent(BEN)], None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_is_asked(why, asked, there, gets):
    chosen = choose(asked, there)

    assert (chosen.agent_id if chosen else None) == gets


def test_the_queue_is_dealt_in_its_order_and_every_offer_takes_up_room():
    there = [agent(BEN, most_chats=2), agent(CLEO, most_chats=1, languages=["uk"])]
    line = [wish(1), wish(2, language="uk"), wish(3, language="id"), wish(4)]

    assert deal(line, there) == [(1, BEN), (2, CLEO), (3, BEN)]


small = st.integers(0, 4)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy, which proves nothing
@given(
    st.lists(st.tuples(small, small), min_size=4, max_size=4),
    st.lists(st.tuples(st.lists(small, max_size=3), st.booleans()), max_size=8),
)
def test_nobody_ever_gets_more_than_they_have_room_for(agents, customers):
    there = [agent(n, most_chats=most, chats=chats) for n, (most, chats) in enumerate(agents)]
    line = [wish(n, passed_by=passed, asks_again=again) for n, (passed, again) in enumerate(customers)]

    dealt = deal(line, there)

    room = {one.agent_id: max(0, one.most_chats - one.chats) for one in there}
    assert len({key for key, _agent in dealt}) == len(dealt)
    for agent_id in room:
        assert sum(agent_id == got for _key, got in dealt) <= room[agent_id]
    if all(one.asks_again for one in line):
        assert len(dealt) == min(len(line), sum(room.values()))
