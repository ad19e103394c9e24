"""What every change of a conversation's row needs."""

from collections.abc import Collection
from datetime import datetime, timedelta

from ramah.conversations.models import Conversation

PREVIEW = 160


def locked(conversation: Conversation) -> Conversation:
    """The row as it stands now, locked until the transaction ends, its inbox loaded."""
    return Conversation.objects.select_for_update(of=("self",)).select_related("inbox").get(pk=conversation.pk)


def locked_by_key(keys: Collection[int]) -> dict[int, Conversation]:
    """As `locked`, for several. In the order of their keys, so that no two who lock the same rows wait for each other."""
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("inbox").filter(pk__in=keys)
    return {row.pk: row for row in rows.order_by("pk")}


def is_long_over(conversation: Conversation, *, at: datetime) -> bool:
    """Whether it was resolved and then quiet for longer than its inbox opens it again: the next words begin a new one."""
    if conversation.resolved_at is None:
        return False
    quiet_since = max(conversation.resolved_at, conversation.last_message_at)  # the shop may have written since
    return at - quiet_since > timedelta(days=conversation.inbox.reopen_days)


def preview_of(text: str) -> str:
    """The beginning of a message on one line, as lists show it."""
    return " ".join(text.split())[:PREVIEW]
