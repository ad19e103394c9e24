"""Telling open pages of a conversation that it has changed, as soon as the change is committed.

The outbox tells everybody who acts on it, and a worker of another process may take a second; whoever looks at a thread does not
wait for that.
"""

from ramah.conversations.models import Conversation
from ramah.kernel.nudges import nudge


def conversation_topic(conversation_id: int) -> str:
    """What a page of one conversation listens to: `conversation:7`. Its nudges carry `message`, the key of a new line, or 0."""
    return f"conversation:{conversation_id}"


def tell_pages(conversation: Conversation, message_id: int = 0) -> None:
    """Nudge the page of the conversation, and the desks that list it. A lost nudge costs a moment."""
    nudge(conversation_topic(conversation.pk), {"message": message_id})
    topics = [f"inbox:{conversation.inbox_id}"]
    # Those who see it for another reason than its inbox.
    if conversation.assignee_id is not None:
        topics.append(f"agent:{conversation.assignee_id}")
    if conversation.team_id is not None:
        topics.append(f"team:{conversation.team_id}")
    for topic in topics:
        nudge(topic, {"conversation": conversation.public_id})
