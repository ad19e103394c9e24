"""Who gets a customer that waits. Pure: rows come in as plain values, and who is asked goes out.

Whoever waits longest is served first, by an agent who may open the conversation, speaks the language, has the skill and has
room. Among those: the agent whom the customer knows, then who holds the fewest chats, then who has been idle longest. Those who
let this offer go by come last, and are asked again only after a pause.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is online. No `languages`: any. `chats` counts what they hold and what is offered to them now."""

    agent_id: int
    team_ids: frozenset[int] = frozenset()
    sees_all: bool = False
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    most_chats: int = 3
    chats: int = 0
    idle_since: datetime | None = None

    @property
    def has_room(self) -> bool:
        return self.chats < self.most_chats


@dataclass(frozen=True, slots=True)
class Wish:
    """A customer who waits, in the order of the queue. `inbox_team_ids` work in the inbox; `team_id`: it was given to that team
    alone; `known_agent_id`: whom the customer had before; `asks_again`: the pause after the last pass is over."""

    key: int
    inbox_team_ids: frozenset[int] = frozenset()
    team_id: int | None = None
    language: str = ""
    skill: str = ""
    known_agent_id: int | None = None
    passed_by: Sequence[int] = ()
    asks_again: bool = True


def base_language(language: str) -> str:
    """`id` of `id-ID`."""
    return language.replace("_", "-").partition("-")[0].strip().lower()


def may_take(wish: Wish, candidate: Candidate) -> bool:
    """Whether the agent may open it, speaks the language and has the skill. Room is another matter."""
    if wish.team_id is not None:
        sees = wish.team_id in candidate.team_ids
    else:
        sees = candidate.sees_all or not candidate.team_ids.isdisjoint(wish.inbox_team_ids)
    wanted = base_language(wish.language)
    speaks = not wanted or not candidate.languages or wanted in candidate.languages
    return sees and speaks and (not wish.skill or wish.skill.lower() in candidate.skills)


def choose(wish: Wish, candidates: Iterable[Candidate]) -> Candidate | None:
    """Who is asked next; None while nobody fits."""
    fitting = [
        one
        for one in candidates
        if one.has_room and may_take(wish, one) and (wish.asks_again or one.agent_id not in wish.passed_by)
    ]

    def rank(one: Candidate) -> tuple[int, bool, int, datetime, int]:
        passes = list(wish.passed_by).count(one.agent_id)
        return passes, one.agent_id != wish.known_agent_id, one.chats, one.idle_since or _NEVER, one.agent_id

    return min(fitting, key=rank, default=None)


def deal(wishes: Iterable[Wish], candidates: Iterable[Candidate]) -> list[tuple[int, int]]:
    """Who is asked about whom, as (key, agent): the whole queue in its order, each offer taking up room."""
    there = {one.agent_id: one for one in candidates}
    dealt = []
    for wish in wishes:
        chosen = choose(wish, there.values())
        if chosen is not None:
            there[chosen.agent_id] = replace(chosen, chats=chosen.chats + 1)
            dealt.append((wish.key, chosen.agent_id))
    return dealt
