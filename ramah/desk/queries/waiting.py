"""Reads on who waits and who is there to take them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet

from ramah.accounts.models import Agent, Role
from ramah.accounts.queries import AgentActor
from ramah.conversations.commands.outlets import live_channels, outlet_of
from ramah.conversations.models import Conversation, Inbox
from ramah.conversations.queries import visible_conversations
from ramah.desk.models import Presence, Waiting
from ramah.desk.offering import Candidate, base_language
from ramah.desk.presence import GONE_AFTER, ONLINE, presence_now

LIVE = (Waiting.State.WAITING, Waiting.State.OFFERED)
# A chat in which nobody has said anything for so long takes up no room, whether or not it was resolved.
RUNNING_FOR = timedelta(minutes=30)
WAITS_COUNTED = 20
WAITS_KNOWN_FOR = timedelta(days=14)
EXPECTED_SECONDS = 10
_SEES_ALL = (Role.OWNER, Role.LEAD)


def is_live(conversation: Conversation) -> bool:
    """Whether its customer reads and writes here and now, as in a live chat."""
    return outlet_of(conversation.inbox.channel).is_read_here


def present(*, at: datetime) -> QuerySet[Presence]:
    """Those who chose to be online and whose page was heard of lately."""
    return Presence.objects.filter(chosen=ONLINE, heard_at__gt=at - GONE_AFTER, agent__is_active=True)


def presence_of(actor: AgentActor, *, at: datetime) -> str:
    """online, away or offline."""
    row = Presence.objects.filter(agent=actor.agent_id).first()
    return presence_now(row.chosen, row.heard_at, at=at) if row else str(Presence.Chosen.OFFLINE)


def presences(agent_ids: Iterable[int], *, at: datetime) -> dict[int, str]:
    """online, away or offline of several agents; those not named are offline."""
    rows = Presence.objects.filter(agent__in=list(agent_ids))
    return {row.agent_id: presence_now(row.chosen, row.heard_at, at=at) for row in rows}


def live_agents(inbox: Inbox, *, at: datetime) -> list[Agent]:
    """Agents who are online and take live conversations of the inbox, whether or not they have room now; by name."""
    return list(_live_agents(inbox, at=at).order_by("name", "id"))


def is_staffed(inbox: Inbox, *, at: datetime) -> bool:
    """Whether anybody is online who takes live conversations of the inbox."""
    return _live_agents(inbox, at=at).exists()


def _live_agents(inbox: Inbox, *, at: datetime) -> QuerySet[Agent]:
    reach = Q(teams__in=inbox.teams.all()) | Q(role__in=_SEES_ALL)
    there = present(at=at).values("agent")
    return Agent.objects.filter(reach, pk__in=there, is_active=True, most_chats__gt=0).distinct()


def candidates(*, at: datetime) -> list[Candidate]:
    """Everybody who is online, with what they hold now."""
    agents = list(Agent.objects.filter(pk__in=present(at=at).values("agent")).prefetch_related("teams"))
    keys = [agent.pk for agent in agents]
    held = dict(
        running_chats(at=at).filter(assignee__in=keys).values_list("assignee").annotate(n=Count("pk")).order_by()
    )
    offered = dict(
        Waiting.objects.filter(agent__in=keys, state=Waiting.State.OFFERED)
        .values_list("agent")
        .annotate(n=Count("pk"))
        .order_by()
    )
    busy = dict(
        Waiting.objects.filter(agent__in=keys, state=Waiting.State.TAKEN, ended_at__gt=at - WAITS_KNOWN_FOR)
        .values_list("agent")
        .annotate(last=Max("ended_at"))
        .order_by()
    )
    return [
        Candidate(
            agent_id=agent.pk,
            team_ids=frozenset(team.pk for team in agent.teams.all()),
            sees_all=agent.role in _SEES_ALL,
            languages=frozenset(base_language(str(language)) for language in agent.languages),
            skills=frozenset(str(skill).lower() for skill in agent.skills),
            most_chats=agent.most_chats,
            chats=held.get(agent.pk, 0) + offered.get(agent.pk, 0),
            idle_since=busy.get(agent.pk),
        )
        for agent in agents
    ]


def running_chats(*, at: datetime) -> QuerySet[Conversation]:
    """Live conversations that are going on. One that still waits is not: it takes up its place as an offer."""
    return Conversation.objects.filter(
        status=Conversation.Status.OPEN, inbox__channel__in=live_channels(), last_message_at__gt=at - RUNNING_FOR
    ).exclude(pk__in=Waiting.objects.filter(state__in=LIVE).values("pk"))


def known_agents(customer_ids: Iterable[int]) -> dict[int, int]:
    """By customer, the agent who held their newest conversation."""
    rows = Conversation.objects.filter(customer__in=list(customer_ids), assignee__isnull=False)
    return dict(rows.order_by("last_message_at", "id").values_list("customer", "assignee"))


def wait_of(conversation: Conversation) -> Waiting | None:
    """The wait of a conversation that is not over, with the agent it is offered to; None without one."""
    return Waiting.objects.select_related("agent").filter(pk=conversation.pk, state__in=LIVE).first()


def place_in_queue(conversation_id: int) -> int | None:
    """How many-th it is among those who wait in the same inbox: 1 is next. None for one that does not wait."""
    wait = Waiting.objects.filter(pk=conversation_id, state__in=LIVE).select_related("conversation").first()
    if wait is None:
        return None
    line = Waiting.objects.filter(state__in=LIVE, conversation__inbox=wait.conversation.inbox_id)
    before = Q(since__lt=wait.since) | Q(since=wait.since, pk__lt=wait.pk)
    return line.filter(before).count() + 1


def expected_wait_seconds(inbox: Inbox) -> int | None:
    """How long one who came now would wait: the median of the last 20 waits of this inbox, those in vain counted in full.

    Without any wait so far: the places in the queue, each as long as a chat takes. None when nothing is known. Some seconds old.
    """
    key = f"desk.expected_wait:{inbox.pk}"
    found: tuple[int | None] | None = cache.get(key)
    if found is None:
        found = (_expected_wait_seconds(inbox),)
        cache.set(key, found, EXPECTED_SECONDS)
    return found[0]


def _expected_wait_seconds(inbox: Inbox) -> int | None:
    ended = Waiting.objects.filter(
        conversation__inbox=inbox, state__in=(Waiting.State.TAKEN, Waiting.State.GIVEN_UP), ended_at__isnull=False
    )
    spans = [
        (end - since).total_seconds()
        for since, end in ended.order_by("-ended_at").values_list("since", "ended_at")[:WAITS_COUNTED]
        if end is not None
    ]
    if spans:
        return round(median(spans))
    done = Conversation.objects.filter(inbox=inbox, resolved_at__isnull=False).order_by("-last_message_at")
    lengths = [
        (end - begun).total_seconds()
        for begun, end in done.values_list("created_at", "resolved_at")[:WAITS_COUNTED]
        if end is not None
    ]
    if not lengths:
        return None
    places = Waiting.objects.filter(state__in=LIVE, conversation__inbox=inbox).count()
    return round(places * median(lengths))


def offers_of(actor: AgentActor, *, at: datetime) -> list[Waiting]:
    """What is offered to the agent now, the one that runs out first on top."""
    rows = Waiting.objects.filter(agent=actor.agent_id, state=Waiting.State.OFFERED, offer_ends_at__gt=at)
    related = ("conversation__customer", "conversation__inbox", "agent")
    return list(rows.select_related(*related).order_by("offer_ends_at", "pk"))


def waiting_line(actor: AgentActor) -> list[Waiting]:
    """Everybody who waits, in the order of the queue, among the conversations that the agent may open."""
    rows = Waiting.objects.filter(state__in=LIVE, conversation__in=visible_conversations(actor))
    related = ("conversation__customer", "conversation__inbox", "conversation__team", "agent")
    return list(rows.select_related(*related).order_by("since", "pk")[:100])


def own_chats(actor: AgentActor, *, at: datetime) -> list[Conversation]:
    """The live conversations that the agent holds now, those with something unread first."""
    rows = running_chats(at=at).filter(assignee=actor.agent_id).select_related("customer")
    return list(rows.order_by("-is_unread", "-last_message_at", "-id")[:20])
