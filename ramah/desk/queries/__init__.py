"""Reads of the desk: a page of a list with what its rows show, the figures beside the views, drafts, policies, failed work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import IntegerField, QuerySet, Subquery, Value
from django.utils import timezone

from ramah.accounts import queries as accounts
from ramah.accounts.models import Agent, Role, Team
from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions as conversation_permissions
from ramah.conversations.models import NEVER, Conversation, Inbox, Message, Tag
from ramah.conversations.queries import COUNT_CAP, ORDERS, PAGE, ListView, inbox_speaking, rows_of_view, visible_inboxes
from ramah.desk import permissions
from ramah.desk.models import Draft, SLAPolicy, Waiting
from ramah.desk.policies import policy_of_inbox
from ramah.desk.queries.live import LiveSight as LiveSight
from ramah.desk.queries.live import live_sight as live_sight
from ramah.desk.queries.live import register_live_source as register_live_source
from ramah.desk.queries.templates import register_template_page as register_template_page
from ramah.desk.queries.templates import template_page as template_page
from ramah.desk.queries.waiting import LIVE
from ramah.desk.queries.waiting import expected_wait_seconds as expected_wait_seconds
from ramah.desk.queries.waiting import is_live as is_live
from ramah.desk.queries.waiting import is_staffed as is_staffed
from ramah.desk.queries.waiting import live_agents as live_agents
from ramah.desk.queries.waiting import place_in_queue as place_in_queue
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.models import HandlerRun
from ramah.kernel.paging import Page, keyset_page, merged_page
from ramah.promises.models import Calendar, Promise
from ramah.promises.queries import at_risk_of

# Lists by the next promise, beside those that `ListView` names.
RISK, LATE, TODAY = "risk", "late", "today"
# Those who wait for an agent right now.
WAITING = "waiting"
FRESH_SECONDS = 5
WHO_ANSWERS_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around every list: the inboxes and teams an agent may choose from."""

    inboxes: list[Inbox]
    teams: list[Team]

    @property
    def inbox_ids(self) -> list[int]:
        return [inbox.pk for inbox in self.inboxes]


def surroundings(actor: AgentActor) -> Surroundings:
    """The inboxes and teams of an agent; those who read every inbox see all teams. Two queries."""
    teams = accounts.teams()
    if not actor.may(conversation_permissions.VIEW_ALL):
        teams = teams.filter(pk__in=actor.team_ids)
    return Surroundings(list(visible_inboxes(actor)), list(teams))


def rows_of(actor: Actor, view: ListView, *, inbox_ids: Sequence[int], at: datetime) -> QuerySet[Conversation]:
    """The conversations of a list at `at`, unordered: `ListView`'s, or open ones `waiting`, at `risk`, `late`, due `today`.

    Today ends at midnight of the active time zone.
    """
    if view.key not in (RISK, LATE, TODAY, WAITING):
        return rows_of_view(actor, view, inbox_ids=inbox_ids)
    rows = rows_of_view(actor, replace(view, key=Conversation.Status.OPEN), inbox_ids=inbox_ids)
    if view.key == WAITING:
        return rows.filter(pk__in=Waiting.objects.filter(state__in=LIVE).values("pk"))
    if view.key == RISK:
        return rows.filter(pk__in=at_risk_of("conversation", at=at))
    if view.key == LATE:
        return rows.filter(due_at__lt=at)
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return rows.filter(due_at__gte=at, due_at__lt=midnight)


def list_page(
    actor: Actor, view: ListView, *, inboxes: Sequence[Inbox], cursor: str = "", at: datetime
) -> Page[Conversation]:
    """One page of a list, each row with its customer, inbox and assignee. Raises `BadCursor`.

    `inboxes` are those the actor sees. They are put onto the rows rather than joined: SQLite would walk the joined inboxes first
    and then sort what it finds.
    """
    keys = [inbox.pk for inbox in inboxes]
    of_inboxes = view.key not in ("mine", "team") and not actor.may(conversation_permissions.VIEW_ALL)
    parts = [[key] for key in keys] if of_inboxes and len(keys) > 1 else [keys]
    rows = [rows_of(actor, view, inbox_ids=part, at=at).select_related("customer", "assignee") for part in parts]
    page = merged_page(rows, order=ORDERS.get(view.sort, ORDERS["newest"]), cursor=cursor, size=PAGE)
    known = {inbox.pk: inbox for inbox in inboxes}
    for row in page.rows:
        if row.inbox_id in known:  # else it was given to the agent from elsewhere
            row.inbox = known[row.inbox_id]
    return page


class _Counted(Subquery):
    """The number of rows that a query gives, as a column."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def counts_of_views(
    actor: AgentActor, views: Sequence[ListView], *, inbox_ids: Sequence[int], at: datetime
) -> list[int]:
    """How many conversations each list holds, each counted up to `COUNT_CAP`, in one query.

    They may be a few seconds old: an agent's pages ask for them again and again.
    """
    known: list[int] | None = cache.get(_counts_key(actor))
    if known is not None and len(known) == len(views):
        return known
    columns = [
        _Counted(rows_of(actor, view, inbox_ids=inbox_ids, at=at).order_by().values("pk")[:COUNT_CAP]) for view in views
    ]
    found = Agent.objects.filter(pk=actor.agent_id).order_by().values_list(*columns).get()
    counts = [count or 0 for count in found]  # a list that cannot hold anything, for want of an inbox, counts as null
    cache.set(_counts_key(actor), counts, FRESH_SECONDS)
    return counts


def forget_counts(actor: AgentActor) -> None:
    """Count anew at the next question: the agent has changed something himself."""
    cache.delete(_counts_key(actor))


def _counts_key(actor: AgentActor) -> str:
    return f"desk.counts:{actor.agent_id}:{timezone.get_current_timezone_name()}"


def promises_outstanding(conversation_ids: Iterable[int]) -> dict[int, list[Promise]]:
    """What the customer of each conversation still waits on, the most urgent first (a broken one is the most urgent)."""
    found: dict[int, list[Promise]] = {key: [] for key in conversation_ids}
    for promise in Promise.objects.outstanding().filter(subject__in=[f"conversation:{key}" for key in found]):
        found[int(promise.subject.partition(":")[2])].append(promise)
    for promises in found.values():
        promises.sort(key=lambda promise: promise.due_at or NEVER)
    return found


@dataclass(frozen=True, slots=True)
class Written:
    """What an agent has begun to write: a reply or a note, its text, and the copies as typed."""

    kind: str
    text: str
    cc: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands with a conversation for one agent: its tags, and what the agent has begun to write."""

    tags: list[str]
    draft: Written | None


def beside(actor: AgentActor, conversation: Conversation) -> Beside:
    """Tags and draft, in one query."""
    drafts = Draft.objects.filter(agent=actor.agent_id, conversation=conversation).values_list("kind", "text", "cc")
    tags = Tag.objects.filter(conversations=conversation).values_list(Value("tag"), "name", Value(""))
    found = list(drafts.union(tags, all=True))
    return Beside(
        tags=sorted(text for kind, text, _ in found if kind == "tag"),
        draft=next((Written(*row) for row in found if row[0] != "tag"), None),
    )


def policies() -> QuerySet[SLAPolicy]:
    """SLA policies: the general one first, then those of inboxes by name."""
    return SLAPolicy.objects.select_related("inbox", "calendar").order_by("-is_active", "inbox__name", "name")


def policy_for(actor: Actor, *, public_id: str) -> SLAPolicy:
    """The SLA policy, for those who may set policies. Raises `NotVisible`."""
    policy = policies().filter(public_id=public_id).first() if actor.may(permissions.MANAGE_SLA) else None
    if policy is None:
        raise NotVisible
    return policy


def failed_runs_page(actor: Actor, *, cursor: str = "") -> Page[HandlerRun]:
    """Background work that failed for good, newest first. Raises `BadCursor`."""
    rows = HandlerRun.objects.filter(state=HandlerRun.State.FAILED)
    return keyset_page(rows if actor.may(permissions.VIEW_FAILURES) else rows.none(), order=("-id",), cursor=cursor)


def failed_run_for(actor: Actor, *, run_id: int) -> HandlerRun:
    """One piece of failed work, for those who may see it. Raises `NotVisible`."""
    rows = HandlerRun.objects.filter(pk=run_id, state=HandlerRun.State.FAILED)
    run = rows.first() if actor.may(permissions.VIEW_FAILURES) else None
    if run is None:
        raise NotVisible
    return run


def answered_by(messages: Iterable[Message]) -> dict[int, Message]:
    """What these messages answer, by key: one query, and none where nothing answers anything (mail quotes instead)."""
    messages = list(messages)
    keys = {message.answers_id for message in messages if message.answers_id}
    if not keys:
        return {}
    rows = Message.objects.filter(conversation=messages[0].conversation_id).select_related("agent")
    return rows.defer("html", "full_text").in_bulk(keys)


def copies_of_customer(conversation: Conversation) -> list[str]:
    """Whom the customer copied in with the last message, without the inbox itself."""
    last = (
        conversation.messages.filter(kind=Message.Kind.MESSAGE, author=Message.Author.CUSTOMER)
        .order_by("-id")
        .only("cc")
        .first()
    )
    return copies_in([last] if last else [], conversation)


def copies_in(messages: Iterable[Message], conversation: Conversation) -> list[str]:
    """The same, of messages that are loaded already."""
    spoken = [m for m in messages if m.kind == Message.Kind.MESSAGE and m.author == Message.Author.CUSTOMER]
    own = conversation.inbox.address.lower()
    return [address for address in spoken[-1].cc if address.lower() != own] if spoken else []


@dataclass(frozen=True, slots=True)
class WhoAnswers:
    """Who answers what customers write into an inbox, and how soon: business minutes (None: not promised) on a calendar."""

    inbox: Inbox
    minutes: int | None
    calendar: Calendar | None
    names: tuple[str, ...]


def who_answers(language: str) -> WhoAnswers | None:
    """Who answers customers who write in `language`; None where no inbox is set up. Up to a minute old, then no query."""
    key = f"desk.who_answers:{language}"
    found: tuple[WhoAnswers | None] | None = cache.get(key)
    if found is None:
        found = (_who_answers(language),)
        cache.set(key, found, WHO_ANSWERS_SECONDS)
    return found[0]


def _who_answers(language: str) -> WhoAnswers | None:
    inbox = inbox_speaking(language)
    if inbox is None:
        return None
    policy = policy_of_inbox(inbox.pk)
    agents = Agent.objects.filter(teams__in=inbox.teams.all(), is_active=True).exclude(role=Role.CONTRACTOR)
    names = agents.distinct().order_by("id").values_list("name", flat=True)[:2]
    return WhoAnswers(
        inbox=inbox,
        minutes=policy.targets.first_reply if policy else None,
        calendar=policy.calendar if policy else inbox.calendar,
        names=tuple(name.split()[0] for name in names if name.strip()),
    )
