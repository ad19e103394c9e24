"""Promises of a conversation: made when the customer speaks, kept when an agent does."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(slots=True)
class Spoken:
    """A customer's message: its conversation, whether it opened it, and what then runs there."""

    conversation: Conversation
    message_id: int
    opened: bool
    at: datetime
    policy: Policy | None = None
    running: Sequence[Promise] = ()


def promise_by_policy(spoken: Sequence[Spoken]) -> None:
    """Make the promises that the inboxes' SLA policies give now that the customers have spoken; each conversation once.

    Fills in the policy (None: the inbox has none) and what each customer waits on: open promises, and broken ones that are still
    owed, beside which no further one of its kind is made.
    """
    for one in spoken:
        one.policy = policy_of_inbox(one.conversation.inbox_id)
    ruled = [one for one in spoken if one.policy is not None]
    going_on = [subject_of(one.conversation.pk) for one in ruled if not one.opened]
    standing = promises_of_subjects(going_on, outstanding=True) if going_on else {}
    makings = []
    for one in ruled:
        one.running = _resumed(standing.get(subject_of(one.conversation.pk), []), at=one.at)
        making = _making(one)
        if making.terms:
            makings.append((one, making))
    made = promises.make_many_promises(actor=SYSTEM, makings=[(making, one.at) for one, making in makings])
    for (one, _), new in zip(makings, made, strict=True):
        one.running = [*one.running, *new]


def _resumed(standing: list[Promise], *, at: datetime) -> list[Promise]:
    if not any(promise.paused_at for promise in standing):
        return standing
    resumed = promises.resume_promises(actor=SYSTEM, subject=standing[0].subject, kinds=ALL, at=at)
    return [promise for promise in standing if not promise.paused_at] + resumed


def _making(one: Spoken) -> promises.Making:
    conversation, policy = one.conversation, one.policy
    if policy is None:
        raise ValueError("only a policy promises")
    wanted = promises_after_customer_spoke(
        policy.targets, opened=one.opened, running=[promise.kind for promise in one.running]
    )
    return promises.Making(
        customer_id=conversation.customer_id,
        subject=subject_of(conversation.pk),
        terms=[promises.Terms(kind=w.kind, minutes=w.minutes, warn_percent=w.warn_percent) for w in wanted],
        calendar=policy.calendar,
        owner_id=conversation.assignee_id,
        team_id=conversation.team_id,
    )


def keep_replies(conversation_id: int, *, actor: Actor, at: datetime) -> None:
    """An agent has answered: the replies that were owed are kept (or fulfilled late)."""
    promises.keep_promises(actor=actor, subject=subject_of(conversation_id), kinds=REPLIES, at=at)
    refresh_due(conversation_id)


def follow_status(conversation: Conversation, *, at: datetime) -> None:
    """Let the promises follow the status: resolved keeps the resolution, pending pauses it, spam withdraws everything."""
    subject = subject_of(conversation.pk)
    status = conversation.status
    if status == Conversation.Status.RESOLVED:
        # Replies that were not given in words are not kept; those that broke before are no longer waited on.
        promises.withdraw_promises(actor=SYSTEM, subject=subject, kinds=REPLIES, reason="resolved", at=at)
        promises.keep_promises(actor=SYSTEM, subject=subject, kinds=ALL, at=at)
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
    note_promise(conversation_id, due_at=earliest_due(promises_of_subjects([subject], outstanding=True)[subject]))


def earliest_due(running: Sequence[Promise]) -> datetime:
    """When the first of these promises is or was due; `NEVER` when none has a date."""
    return min((promise.due_at for promise in running if promise.due_at), default=NEVER)
