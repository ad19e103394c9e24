"""What became known of a call is written on it, and told in its conversation: each turn of its state once."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from ramah.channels.phone.models import Call
from ramah.channels.phone.states import ENDED, FAILED, IN_PROGRESS, MISSED, OVER, VOICEMAIL, state_of
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.rows import locked
from ramah.conversations.models import Conversation
from ramah.desk.commands import promising
from ramah.desk.commands.queueing import leave_queue
from ramah.kernel.actors import SYSTEM
from ramah.kernel.nudges import nudge
from ramah.promises import commands as promises
from ramah.promises.models import Promise

_SAID = {
    IN_PROGRESS: "call_answered",
    ENDED: "call_ended",
    MISSED: "call_missed",
    VOICEMAIL: "call_voicemail",
    FAILED: "call_failed",
}
# What was known first stays: news of the same thing may come again, later, with another time.
_FIRST_COUNTS = (
    "queued_at",
    "answered_at",
    "ended_at",
    "failed_reason",
    "recording_ref",
    "voicemail_ref",
    "transcript",
)


def change_call(call_id: int, *, at: datetime, **facts: Any) -> Call:
    """Write down facts of a call that are not known yet, and what follows from them: its state, promises kept, its queue left."""
    with transaction.atomic():
        # The conversation before the call, as everywhere: so two who change the same call never wait crosswise.
        locked(Conversation(pk=Call.objects.values_list("conversation", flat=True).get(pk=call_id)))
        call = (
            Call.objects.select_for_update(of=("self",)).select_related("conversation__inbox", "agent").get(pk=call_id)
        )
        if call.is_erased:
            facts = {
                name: value for name, value in facts.items() if name in ("ended_at", "recording_ref", "voicemail_ref")
            }
        before, was_answered = call.state, call.answered_at is not None
        for name, value in facts.items():
            if not (name in _FIRST_COUNTS and getattr(call, name)):
                setattr(call, name, value)
        call.state = state_of(call)
        call.save(update_fields=[*facts, "state"])
        if call.state != before:
            _follow(call, before, was_answered=was_answered, at=at)
        return call


def _follow(call: Call, before: str, *, was_answered: bool, at: datetime) -> None:
    conversation = call.conversation
    if call.answered_at is not None and not was_answered:
        keep_promises(call)
    if call.state in OVER and before not in OVER and not call.is_dialed_out:
        leave_queue(conversation=conversation, at=at)
    was_promised = call.state == ENDED and call.answered_at is None  # the promise has its own line
    if (name := _SAID.get(call.state)) is not None and not was_promised:
        add_activity(conversation, name, at=at, **_detail(call))
    if call.agent_id is not None:
        nudge(f"agent:{call.agent_id}", {"conversation": conversation.public_id, "call": call.state})
    tell_pages(conversation)


def keep_promises(call: Call, *, replies: bool = True) -> None:
    """The customer speaks with somebody: what was owed to them in words is given."""
    subject, at = promising.subject_of(call.conversation_id), call.answered_at
    if at is None:
        return
    promises.keep_promises(actor=SYSTEM, subject=subject, kinds=(Promise.Kind.CALLBACK,), at=at)
    if replies:
        promising.keep_replies(call.conversation_id, actor=SYSTEM, at=at)
    else:
        promising.refresh_due(call.conversation_id)


def _detail(call: Call) -> dict[str, Any]:
    seconds = round((call.ended_at - call.answered_at).total_seconds()) if call.ended_at and call.answered_at else 0
    return {
        "call": call.public_id,
        "direction": call.direction,
        "agent": call.agent.name if call.agent else "",
        "seconds": max(0, seconds),
        "minutes": f"{max(0, seconds) // 60}:{max(0, seconds) % 60:02}",
        "reason": call.failed_reason,
    }


def settle_replies(message_ids: Collection[int]) -> None:
    """Promises of an answer that were made for calls which somebody has taken by then, or which are called back instead.

    They are made by a handler, after the call was read: a worker that was late finds the call answered already.
    """
    for call in Call.objects.filter(message__in=message_ids, direction=Call.Direction.INCOMING).order_by("pk"):
        if call.answered_at is not None and call.provider_id:
            promising.keep_replies(call.conversation_id, actor=SYSTEM, at=call.answered_at)
        elif call.promise_id is not None:
            withdraw_replies(call.conversation_id, at=call.ended_at or call.started_at)


def withdraw_replies(conversation_id: int, *, at: datetime) -> None:
    """The time that the caller chose stands in the place of the one that the policy gave."""
    subject = promising.subject_of(conversation_id)
    promises.withdraw_promises(subject=subject, kinds=promising.REPLIES, reason="callback", at=at)
    promising.refresh_due(conversation_id)
