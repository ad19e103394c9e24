"""Status, assignee, team, priority, tags and snooze of a conversation. Each change leaves a line in the thread."""

from datetime import datetime

from django.db import transaction

from ramah.accounts.models import Agent, Team
from ramah.conversations import permissions, queries
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.rows import locked
from ramah.conversations.events import ConversationChanged, ConversationResolved
from ramah.conversations.models import Conversation, Tag
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, require
from ramah.kernel.events import publish

Status = Conversation.Status
MOST_TAGS = 20


class NotAssignable(Exception):
    """The agent or team cannot be given this conversation."""


class SnoozeInThePast(Exception):
    """A conversation can only be snoozed until a time to come."""


class BadTag(Exception):
    """A tag is a word of 1 to 40 characters without commas, and a conversation has at most 20."""


def assign(*, actor: Actor, conversation: Conversation, agent: Agent | None, at: datetime) -> bool:
    """Give the conversation to `agent`, or to nobody. False when it was so already. Raises `NotAssignable`."""
    require(actor, permissions.ORGANIZE)
    if agent is not None and not queries.assignable_agents(conversation).filter(pk=agent.pk).exists():
        raise NotAssignable(agent.name)
    with transaction.atomic():
        row = locked(conversation)
        if row.assignee_id == (agent.pk if agent else None):
            return False
        row.assignee = agent
        row.save(update_fields=["assignee"])
        _note_change(row, actor, "assigned" if agent else "unassigned", at=at, agent=agent.name if agent else "")
        return True


def give_to_team(*, actor: Actor, conversation: Conversation, team: Team | None, at: datetime) -> bool:
    """Give the conversation to a team; an assignee who is not in it lets go. False when it was so already."""
    require(actor, permissions.ORGANIZE)
    with transaction.atomic():
        row = locked(conversation)
        if row.team_id == (team.pk if team else None):
            return False
        row.team = team
        if team is not None and row.assignee_id and not team.agents.filter(pk=row.assignee_id).exists():
            row.assignee = None
        row.save(update_fields=["team", "assignee"])
        _note_change(row, actor, "team", at=at, team=team.name if team else "")
        return True


def set_status(*, actor: Actor, conversation: Conversation, status: str, at: datetime) -> bool:
    """Open, set pending, resolve or mark as spam. False when it was so already. Raises ValueError for another status."""
    require(actor, permissions.ORGANIZE)
    if status not in (Status.OPEN, Status.PENDING, Status.RESOLVED, Status.SPAM):
        raise ValueError(status)
    with transaction.atomic():
        row = locked(conversation)
        if row.status == status:
            return False
        row.status, row.snoozed_until = status, None
        row.resolved_at = at if status == Status.RESOLVED else None
        row.save(update_fields=["status", "snoozed_until", "resolved_at"])
        _note_change(row, actor, f"status_{status}", at=at)
        if status == Status.RESOLVED:
            publish(ConversationResolved(row.pk), subject=f"conversation:{row.pk}")
        return True


def snooze(*, actor: Actor, conversation: Conversation, until: datetime, at: datetime) -> None:
    """Put the conversation away until `until`; the customer's next message brings it back sooner. Raises `SnoozeInThePast`."""
    require(actor, permissions.ORGANIZE)
    if until <= at:
        raise SnoozeInThePast
    with transaction.atomic():
        row = locked(conversation)
        row.status, row.snoozed_until, row.resolved_at = Status.SNOOZED, until, None
        row.save(update_fields=["status", "snoozed_until", "resolved_at"])
        _note_change(row, actor, "snoozed", at=at, until=until.isoformat())


def wake_snoozed(*, at: datetime, limit: int = 100) -> int:
    """Open the conversations whose snooze is over. Returns how many; safe with many workers."""
    woken = 0
    for key in queries.snoozed_due(at=at, limit=limit):
        with transaction.atomic():
            changed = Conversation.objects.filter(pk=key, status=Status.SNOOZED, snoozed_until__lte=at).update(
                status=Status.OPEN, snoozed_until=None
            )
            if changed:
                woken += 1
                _note_change(Conversation.objects.get(pk=key), SYSTEM, "woke", at=at)
    return woken


def set_priority(*, actor: Actor, conversation: Conversation, priority: int, at: datetime) -> bool:
    """Set the priority. False when it was so already. Raises ValueError for another number."""
    require(actor, permissions.ORGANIZE)
    if priority not in Conversation.Priority.values:
        raise ValueError(priority)
    with transaction.atomic():
        row = locked(conversation)
        if row.priority == priority:
            return False
        row.priority = priority
        row.save(update_fields=["priority"])
        _note_change(row, actor, "priority", at=at, priority=priority)
        return True


def set_tags(*, actor: Actor, conversation: Conversation, names: list[str], at: datetime) -> None:
    """Replace the tags. Words that are new become tags. Raises `BadTag`."""
    require(actor, permissions.ORGANIZE)
    wanted = list(dict.fromkeys(" ".join(name.split()).lower() for name in names if name.strip()))
    if len(wanted) > MOST_TAGS or any(len(name) > 40 or "," in name for name in wanted):
        raise BadTag
    with transaction.atomic():
        row = locked(conversation)
        Tag.objects.bulk_create([Tag(name=name) for name in wanted], ignore_conflicts=True)
        row.tags.set(Tag.objects.filter(name__in=wanted))
        _note_change(row, actor, "tags", at=at, tags=", ".join(wanted))


def note_promise(conversation_id: int, *, due_at: datetime, acknowledged_at: datetime | None = None) -> None:
    """Keep on the row when its next promise is due (lists sort by it), and when it was acknowledged."""
    changes = {"due_at": due_at} | ({"acknowledged_at": acknowledged_at} if acknowledged_at else {})
    Conversation.objects.filter(pk=conversation_id).update(**changes)


def _note_change(row: Conversation, actor: Actor, what: str, *, at: datetime, **detail: object) -> None:
    add_activity(row, what, at=at, actor=actor, **detail)
    audit.record(actor, f"conversation.{what}", f"conversation:{row.pk}", at=at, **detail)
    publish(ConversationChanged(row.pk, what), subject=f"conversation:{row.pk}")
