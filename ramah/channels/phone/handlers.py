"""What the phone does when a message was received: the promises made for it follow what became of the call meanwhile."""

from collections.abc import Sequence

from ramah.channels.phone.tracking import settle_replies
from ramah.conversations.events import MessageReceived
from ramah.kernel.events import subscribe_many


@subscribe_many(MessageReceived)
def follow_calls(facts: Sequence[MessageReceived]) -> None:
    """Runs after the desk has made its promises (its app stands before this one)."""
    if keys := [fact.message_id for fact in facts if fact.is_personal]:
        settle_replies(keys)
