"""One change to many conversations of a list."""

from collections.abc import Sequence
from datetime import datetime

from ramah.accounts.models import Agent
from ramah.accounts.queries import AgentActor
from ramah.conversations import permissions
from ramah.conversations.commands import organizing
from ramah.conversations.models import Conversation
from ramah.conversations.queries import conversation_for
from ramah.desk.commands.queueing import follow_conversation
from ramah.kernel.actors import NotVisible, require

MOST = 50


class UnknownChange(Exception):
    """There is no such change, or it lacks its time or tag."""


def organize_many(
    *,
    actor: AgentActor,
    public_ids: Sequence[str],
    do: str,
    tag: str = "",
    until: datetime | None = None,
    at: datetime,
) -> int:
    """Take on, resolve, snooze or tag up to 50 conversations, each in a transaction of its own. Returns how many were changed.

    One that the actor may not see, or that cannot be changed so, is passed over. Raises `UnknownChange`, `PermissionDenied`.
    """
    require(actor, permissions.ORGANIZE)
    if (
        do not in ("take", "resolve", "snooze", "tag")
        or (do == "snooze" and until is None)
        or (do == "tag" and not tag)
    ):
        raise UnknownChange(do)
    me = Agent.objects.get(pk=actor.agent_id)
    done = 0
    for public_id in list(dict.fromkeys(public_ids))[:MOST]:
        try:
            conversation = conversation_for(actor, public_id=public_id)
            done += _change(actor, me, conversation, do, tag=tag, until=until, at=at)
        except (NotVisible, organizing.NotAssignable, organizing.BadTag):
            continue
    return done


def _change(
    actor: AgentActor, me: Agent, conversation: Conversation, do: str, *, tag: str, until: datetime | None, at: datetime
) -> bool:
    if do == "take":
        changed = organizing.assign(actor=actor, conversation=conversation, agent=me, at=at)
        follow_conversation(conversation=conversation, at=at)
        return changed
    if do == "resolve":
        return organizing.set_status(actor=actor, conversation=conversation, status=Conversation.Status.RESOLVED, at=at)
    if do == "snooze" and until is not None:
        organizing.snooze(actor=actor, conversation=conversation, until=until, at=at)
        return True
    names = sorted({*conversation.tags.values_list("name", flat=True), tag})
    organizing.set_tags(actor=actor, conversation=conversation, names=names, at=at)
    return True
