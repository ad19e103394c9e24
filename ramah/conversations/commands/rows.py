"""What every change of a conversation's row needs."""

from ramah.conversations.models import Conversation

PREVIEW = 160


def locked(conversation: Conversation) -> Conversation:
    """The row as it stands now, locked until the transaction ends, its inbox loaded."""
    return Conversation.objects.select_for_update(of=("self",)).select_related("inbox").get(pk=conversation.pk)


def preview_of(text: str) -> str:
    """The beginning of a message on one line, as lists show it."""
    return " ".join(text.split())[:PREVIEW]
