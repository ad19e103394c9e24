"""Factories for tests of other apps."""

from datetime import datetime
from typing import Any

from ramah.channels.phone.models import Call
from ramah.conversations.models import Conversation


def make_call(conversation: Conversation, *, at: datetime, **fields: Any) -> Call:
    """A call that was missed, unless said otherwise."""
    told = {
        "direction": "in",
        "state": Call.State.MISSED,
        "customer_number": "+6281234567890",
        "ended_at": at,
        **fields,
    }
    return Call.objects.create(
        inbox=conversation.inbox, conversation=conversation, started_at=at, created_at=at, **told
    )
