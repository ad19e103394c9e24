"""What every change of a conversation's row needs."""

from collections.abc import Collection

from ramah.conversations.models import Conversation

PREVIEW = 160


def locked(conversation: Conversation) -> Conversation:
    """The row as it stands now, locked until the transaction ends, its inbox loaded."""
    return Conversation.objects.select_for_update(of=("self",)).select_related("inbox").get(pk=conversation.pk)


def locked_by_key(keys: Collection[int]) -> dict[int, Conversation]:
    """As `locked`, for several. In the order of their keys, so that no two who lock the same rows wait for each other."""
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("inbox").filter(pk__in=keys)
    return {row.pk: row for row in rows.order_by("pk")}


def preview_of(text: str) -> str:
    """The beginning of a message on one line, as lists show it."""
    return " ".join(text.split())[:PREVIEW]
