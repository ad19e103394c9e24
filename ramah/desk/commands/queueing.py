"""The queue of customers who wait for an agent: entering, being offered to the right one, taken, passed on, given up.

A conversation's row is locked before its wait, everywhere; offers lock the presences first and then waits alone. So nobody waits
for another crosswise, two workers deal one after the other, and of two agents who take at once one is told who was faster.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from ramah.accounts.models import Agent
from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions
from ramah.conversations.commands import organizing
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.rows import locked
from ramah.conversations.models import Conversation, Inbox, Message
from ramah.desk.events import ChatTaken, WaitGivenUp
from ramah.desk.models import Waiting
from ramah.desk.offering import Wish, deal
from ramah.desk.queries import waiting
from ramah.kernel.actors import require
from ramah.kernel.events import publish, published
from ramah.kernel.nudges import nudge

State = Waiting.State
LIVE = waiting.LIVE
# Who let an offer go by is asked again after so long, when nobody else is there.
ASKED_AGAIN_AFTER = timedelta(seconds=20)
MOST_TOLD = 100


class AlreadyTaken(Exception):
    """Somebody else was faster; says who, for people."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class WaitOver(Exception):
    """The customer waits no longer: it was given up, or they left."""


def enter_queue(
    *, conversation: Conversation, language: str, skill: str, offer_seconds: int, wait_seconds: int, at: datetime
) -> Waiting:
    """Let the customer wait for an agent. One who waits already keeps the place."""
    with transaction.atomic():
        row = locked(conversation)
        found = Waiting.objects.select_for_update().filter(pk=row.pk).first()
        if found is not None and found.state in LIVE:
            return found
        values = {
            "state": State.WAITING,
            "since": at,
            "gives_up_at": at + timedelta(seconds=wait_seconds),
            "offer_seconds": offer_seconds,
            "language": language[:8],
            "skill": skill[:40],
            "agent": None,
            "offer_ends_at": None,
            "passed_by": [],
            "ended_at": None,
        }
        entered, _created = Waiting.objects.update_or_create(conversation=row, defaults=values)
        tell_pages(row)
        nudge(f"chat:{row.pk}", {"kind": "queue"})
        transaction.on_commit(published.set)
        return entered


def leave_queue(*, conversation: Conversation, at: datetime) -> bool:
    """The customer did not wait. False when they waited no longer anyway."""
    with transaction.atomic():
        row = locked(conversation)
        wait = _live_wait(row)
        if wait is None:
            return False
        _end(wait, row, State.LEFT, at=at)
        add_activity(row, "wait_left", at=at)
        return True


def offer_waiting(*, at: datetime, limit: int = 100) -> int:
    """A job: offers whoever waits to the right agent, passes on what ran out, gives up on those who waited too long.

    Returns how many things it did; any number of workers may run it.
    """
    rows = list(Waiting.objects.filter(state__in=LIVE).order_by("since").values_list("pk", "state", "gives_up_at"))
    if not rows:
        return 0
    done = _pass_on(at=at)
    late = [key for key, _state, gives_up_at in rows if gives_up_at <= at]
    done += sum(_give_up(key, at=at) for key in late[:limit])
    return done + _deal(at=at, limit=limit)


def take_offer(*, actor: AgentActor, conversation: Conversation, at: datetime) -> Conversation:
    """The agent takes a customer who waits, whether or not it was offered to them. Taking one's own again changes nothing.

    Raises `AlreadyTaken`, `WaitOver`, `NotAssignable`, `PermissionDenied`.
    """
    require(actor, permissions.ORGANIZE)
    me = Agent.objects.get(pk=actor.agent_id)
    with transaction.atomic():
        row = locked(conversation)
        wait = _live_wait(row)
        if wait is None:
            if row.assignee_id == me.pk:
                return row
            if row.assignee is not None and Waiting.objects.filter(pk=row.pk, state=State.TAKEN).exists():
                raise AlreadyTaken(row.assignee.name)
            raise WaitOver
        organizing.assign(actor=actor, conversation=row, agent=me, at=at)
        _end(wait, row, State.TAKEN, agent_id=me.pk, at=at)
        return row


def answer_wait(*, actor: AgentActor, conversation: Conversation, at: datetime) -> None:
    """The agent has answered a customer: one who waits is theirs with that. Nothing for all others; no query for e-mail."""
    if waiting.is_live(conversation) and waiting.wait_of(conversation) is not None:
        take_offer(actor=actor, conversation=conversation, at=at)


def pass_offer(*, actor: AgentActor, conversation: Conversation, at: datetime) -> bool:
    """The agent lets the offer go to the next. False when it was no longer theirs."""
    require(actor, permissions.ORGANIZE)
    with transaction.atomic():
        wait = Waiting.objects.filter(pk=conversation.pk, state=State.OFFERED, agent=actor.agent_id).first()
        return wait is not None and _let_go(wait, passed=True, at=at)


def withdraw_offer(*, conversation: Conversation, at: datetime) -> None:
    """Whoever is asked now is asked no longer; it goes on waiting."""
    wait = Waiting.objects.select_related("conversation").filter(pk=conversation.pk, state=State.OFFERED).first()
    if wait is not None:
        _let_go(wait, passed=False, at=at)


def offer_to(*, conversation: Conversation, agent: Agent, at: datetime) -> Waiting:
    """Offer a live conversation to one agent first, as when a colleague hands it over. It passes on like every offer."""
    with transaction.atomic():
        withdraw_offer(conversation=conversation, at=at)
        Waiting.objects.filter(pk=conversation.pk, state__in=LIVE).update(state=State.LEFT)
        wait = enter_again(conversation=conversation, at=at)
        wait.state, wait.agent = State.OFFERED, agent
        wait.offer_ends_at = at + timedelta(seconds=wait.offer_seconds)
        wait.save(update_fields=["state", "agent", "offer_ends_at"])
        _tell_agent(agent.pk, conversation)
        return wait


def enter_again(*, conversation: Conversation, at: datetime) -> Waiting:
    """Let the customer wait once more, as they waited before."""
    earlier = Waiting.objects.filter(pk=conversation.pk).first()
    return enter_queue(
        conversation=conversation,
        language=earlier.language if earlier else conversation.language,
        skill="" if conversation.team_id else earlier.skill if earlier else "",
        offer_seconds=earlier.offer_seconds if earlier else 30,
        wait_seconds=round((earlier.gives_up_at - earlier.since).total_seconds()) if earlier else 180,
        at=at,
    )


def follow_conversation(*, conversation: Conversation, at: datetime) -> bool:
    """End the wait where the conversation was resolved, put away, or taken on by hand since it began. True when that was so."""
    if waiting.wait_of(conversation) is None:
        return False
    with transaction.atomic():
        row = locked(conversation)
        wait = _live_wait(row)
        if wait is None:
            return False
        if row.status != Conversation.Status.OPEN or row.merged_into_id is not None:
            _end(wait, row, State.LEFT, at=at)
            return True
        if row.assignee_id is not None and _assigned_since(row, wait.since):
            _end(wait, row, State.TAKEN, agent_id=row.assignee_id, at=at)
            return True
        return False


def give_up_wait(*, conversation: Conversation, at: datetime) -> bool:
    """The customer need not wait: whoever it was given to is not here. It goes on as a message. False without a wait."""
    with transaction.atomic():
        row = locked(conversation)
        wait = _live_wait(row)
        if wait is not None:
            _end(wait, row, State.GIVEN_UP, at=at)
        return wait is not None


def _assigned_since(row: Conversation, since: datetime) -> bool:
    # A wait that began with the assignment itself, as when it is handed over, goes on.
    said = Message.objects.filter(conversation=row, kind=Message.Kind.ACTIVITY, activity="assigned")
    return said.filter(created_at__gt=since).exists()


def _live_wait(row: Conversation) -> Waiting | None:
    return Waiting.objects.select_for_update().filter(pk=row.pk, state__in=LIVE).first()


def _end(wait: Waiting, row: Conversation, state: str, *, agent_id: int | None = None, at: datetime) -> None:
    asked = wait.agent_id
    wait.state, wait.agent_id, wait.offer_ends_at, wait.ended_at = state, agent_id, None, at
    wait.save(update_fields=["state", "agent", "offer_ends_at", "ended_at"])
    if agent_id is not None:
        publish(ChatTaken(row.pk, agent_id), subject=f"conversation:{row.pk}")
    if state == State.GIVEN_UP:
        add_activity(row, "wait_given_up", at=at)
        publish(WaitGivenUp(row.pk), subject=f"conversation:{row.pk}")
    for agent in {asked, agent_id} - {None}:
        _tell_agent(agent or 0, row)
    tell_pages(row)
    _tell_line(row.inbox_id, [row.pk])
    transaction.on_commit(published.set)  # who had the offer may have room for the next


def _give_up(key: int, *, at: datetime) -> bool:
    with transaction.atomic():
        row = locked(Conversation(pk=key))
        wait = _live_wait(row)
        if wait is None or wait.gives_up_at > at or (wait.state == State.OFFERED and not _is_out(wait, at)):
            return False
        over = row.status != Conversation.Status.OPEN
        _end(wait, row, State.LEFT if over else State.GIVEN_UP, at=at)
        return True


def _is_out(wait: Waiting, at: datetime) -> bool:
    return wait.offer_ends_at is None or wait.offer_ends_at <= at


def _pass_on(*, at: datetime) -> int:
    offered = list(Waiting.objects.filter(state=State.OFFERED).select_related("conversation"))
    there = set(waiting.present(at=at).values_list("agent", flat=True)) if offered else set()
    done = 0
    for wait in offered:
        if _is_out(wait, at):
            done += _let_go(wait, passed=True, at=at)
        elif wait.agent_id not in there:  # gone, or away: no fault of theirs
            done += _let_go(wait, passed=False, at=at)
    return done


def _let_go(wait: Waiting, *, passed: bool, at: datetime) -> bool:
    agent_id = wait.agent_id
    mine = Waiting.objects.filter(
        pk=wait.pk, state=State.OFFERED, agent=agent_id, offer_ends_at=wait.offer_ends_at, since=wait.since
    )
    with transaction.atomic():
        changed = mine.update(
            state=State.WAITING,
            agent=None,
            offer_ends_at=at if passed else None,
            passed_by=[*wait.passed_by, agent_id] if passed and agent_id else wait.passed_by,
        )
        if changed:
            _tell_agent(agent_id or 0, wait.conversation)
            tell_pages(wait.conversation)
            transaction.on_commit(published.set)
        return bool(changed)


def _deal(*, at: datetime, limit: int) -> int:
    if not waiting.present(at=at).exists():
        return 0
    with transaction.atomic():
        # Two workers deal one after the other: the second sees what the first has given to whom.
        list(waiting.present(at=at).select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        free = Waiting.objects.filter(
            state=State.WAITING, gives_up_at__gt=at, conversation__status=Conversation.Status.OPEN
        )
        waits = {row.pk: row for row in free.select_related("conversation").order_by("since", "pk")[:limit]}
        if not waits:
            return 0
        dealt = deal(_wishes(waits.values(), at=at), waiting.candidates(at=at))
        return sum(_offer(waits[key], agent_id, at=at) for key, agent_id in dealt)


def _wishes(waits: Iterable[Waiting], *, at: datetime) -> list[Wish]:
    waits = list(waits)
    inboxes = Inbox.objects.filter(pk__in={wait.conversation.inbox_id for wait in waits}).prefetch_related("teams")
    teams = {inbox.pk: frozenset(team.pk for team in inbox.teams.all()) for inbox in inboxes}
    known = waiting.known_agents({wait.conversation.customer_id for wait in waits})
    return [
        Wish(
            key=wait.pk,
            inbox_team_ids=teams[wait.conversation.inbox_id],
            team_id=wait.conversation.team_id,
            language=wait.language,
            skill=wait.skill,
            known_agent_id=wait.conversation.assignee_id or known.get(wait.conversation.customer_id),
            passed_by=wait.passed_by,
            asks_again=wait.offer_ends_at is None or wait.offer_ends_at + ASKED_AGAIN_AFTER <= at,
        )
        for wait in waits
    ]


def _offer(wait: Waiting, agent_id: int, *, at: datetime) -> bool:
    ends = at + timedelta(seconds=wait.offer_seconds)
    changed = Waiting.objects.filter(pk=wait.pk, state=State.WAITING, since=wait.since).update(
        state=State.OFFERED, agent=agent_id, offer_ends_at=ends
    )
    if changed:
        _tell_agent(agent_id, wait.conversation)
        tell_pages(wait.conversation)
    return bool(changed)


def _tell_agent(agent_id: int, conversation: Conversation) -> None:
    nudge(f"agent:{agent_id}", {"conversation": conversation.public_id, "offer": True})


def _tell_line(inbox_id: int, also: list[int]) -> None:
    """Whoever waits in the inbox has moved up."""
    line = Waiting.objects.filter(state__in=LIVE, conversation__inbox=inbox_id).order_by("since")
    for key in {*also, *line.values_list("pk", flat=True)[:MOST_TOLD]}:
        nudge(f"chat:{key}", {"kind": "queue"})
