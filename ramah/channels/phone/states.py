"""What state a call is in, from what is known to have happened. Pure: late, doubled and disordered news end the same way."""

from datetime import datetime
from typing import Protocol

RINGING, QUEUED, IN_PROGRESS, ENDED = "ringing", "queued", "in_progress", "ended"
MISSED, VOICEMAIL, FAILED = "missed", "voicemail", "failed"
OVER = (ENDED, MISSED, VOICEMAIL, FAILED)


class CallFacts(Protocol):
    """What the state follows from."""

    direction: str
    agent_id: int | None
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    voicemail_ref: str
    promise_id: int | None
    failed_reason: str


def state_of(facts: CallFacts) -> str:
    """The state. Whoever was answered is never missed, whenever that is told; a message that was left is no mere miss either.

    Whoever was answered and has no agent was handed over, and waits again.
    """
    if facts.ended_at is None:
        if facts.answered_at is not None and facts.agent_id is not None:
            return IN_PROGRESS
        return QUEUED if facts.queued_at is not None else RINGING
    if facts.answered_at is not None:
        return ENDED
    if facts.failed_reason:
        return FAILED
    if facts.voicemail_ref:
        return VOICEMAIL
    return ENDED if facts.promise_id is not None and facts.direction == "in" else MISSED
