"""Promises of a conversation: made when the customer speaks, kept when an agent does."""

from collections.abc import Sequence
from datetime import datetime

from ramah.conversations.commands.organizing import note_promise
from ramah.conversations.models import NEVER, Conversation
from ramah.desk.policies import Policy, policy_of_inbox
from ramah.desk.sla import promises_after_customer_spoke
from ramah.kernel.actors import SYSTEM, Actor
from ramah.promises import commands as promises
from ramah.promises.models import Promise
from ramah.promises.queries import promises_of_subjects

Kind = Promise.Kind
REPLIES = (Kind.FIRST_REPLY, Kind.NEXT_REPLY)
ALL = (*REPLIES, Kind.RESOLUTION)


def subject_of(conversation_id: int) -> str:
    """How promises name a conversation."""
    return f"conversation:{conversation_id}"


def promise_by_policy(conversation: Conversation, *, opened: bool, at: datetime) -> tuple[Policy | None, list[Promise]]:
    """Make the promises that the inbox's SLA policy gives now that the customer has spoken.

    Returns the policy (None: the inbox has none) and the open promises of the conversation.
    """
    policy = policy_of_inbox(conversation.inbox_id)
    if policy is None:
        return None, []
    subject = subject_of(conversation.pk)
    standing = [] if opened else promises_of_subjects([subject], open_only=True)[subject]
    if any(promise.paused_at for promise in standing):
        standing = [p for p in standing if not p.paused_at] + promises.resume_promises(
            actor=SYSTEM, subject=subject, kinds=ALL, at=at
        )
    wanted = promises_after_customer_spoke(policy.targets, opened=opened, running=[p.kind for p in standing])
    terms = [promises.Terms(kind=w.kind, minutes=w.minutes, warn_percent=w.warn_percent) for w in wanted]
    made = (
        promises.make_promises(
            actor=SYSTEM,
            customer_id=conversation.customer_id,
            subject=subject,
            terms=terms,
            calendar=policy.calendar,
            owner_id=conversation.assignee_id,
            team_id=conversation.team_id,
            at=at,
        )
        if terms
        else []
    )
    return policy, [*standing, *made]


def keep_replies(conversation_id: int, *, actor: Actor, at: datetime) -> None:
    """An agent has answered: the replies that were owed are kept (or fulfilled late)."""
    promises.keep_promises(actor=actor, subject=subject_of(conversation_id), kinds=REPLIES, at=at)
    refresh_due(conversation_id)


def follow_status(conversation: Conversation, *, at: datetime) -> None:
    """Let the promises follow the status: resolved keeps the resolution, pending pauses it, spam withdraws everything."""
    subject = subject_of(conversation.pk)
    status = conversation.status
    if status == Conversation.Status.RESOLVED:
        promises.keep_promises(actor=SYSTEM, subject=subject, kinds=(Kind.RESOLUTION,), at=at)
        promises.withdraw_promises(actor=SYSTEM, subject=subject, kinds=REPLIES, reason="resolved", at=at)
    elif status == Conversation.Status.SPAM:
        promises.withdraw_promises(actor=SYSTEM, subject=subject, kinds=ALL, reason="spam", at=at)
    elif status == Conversation.Status.PENDING:
        promises.pause_promises(actor=SYSTEM, subject=subject, kinds=(Kind.RESOLUTION,), at=at)
    else:
        promises.resume_promises(actor=SYSTEM, subject=subject, kinds=ALL, at=at)
    refresh_due(conversation.pk)


def refresh_due(conversation_id: int) -> None:
    """Write onto the conversation when its next promise is due."""
    subject = subject_of(conversation_id)
    note_promise(conversation_id, due_at=earliest_due(promises_of_subjects([subject], open_only=True)[subject]))


def earliest_due(running: Sequence[Promise]) -> datetime:
    """When the first of these promises is due; `NEVER` when none has a date."""
    return min((promise.due_at for promise in running if promise.due_at), default=NEVER)
