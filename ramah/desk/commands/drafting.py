"""Drafts: nothing that an agent has typed is lost."""

from datetime import datetime

from ramah.accounts.queries import AgentActor
from ramah.conversations.models import Conversation
from ramah.desk.models import Draft
from ramah.kernel.actors import PermissionDenied

LONGEST = 100_000


class DraftTooLong(Exception):
    """A draft holds at most 100,000 characters."""


def save_draft(
    *, actor: AgentActor, conversation: Conversation, kind: str, text: str, cc: str = "", at: datetime
) -> None:
    """Keep what the agent has typed; an empty text forgets it. Raises `DraftTooLong`, ValueError for an unknown kind."""
    if not getattr(actor, "agent_id", 0):
        raise PermissionDenied("desk.draft")
    if kind not in Draft.Kind.values:
        raise ValueError(kind)
    if len(text) > LONGEST or len(cc) > LONGEST:
        raise DraftTooLong
    if not text.strip():
        forget_draft(actor=actor, conversation=conversation)
        return
    Draft.objects.update_or_create(
        agent_id=actor.agent_id,
        conversation=conversation,
        defaults={"kind": kind, "text": text, "cc": cc, "saved_at": at},
    )


def forget_draft(*, actor: AgentActor, conversation: Conversation) -> None:
    """The draft was sent or thrown away."""
    Draft.objects.filter(agent_id=actor.agent_id, conversation=conversation).delete()
