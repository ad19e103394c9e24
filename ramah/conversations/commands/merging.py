"""Two threads about one thing become one; one thread about two things becomes two."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from ramah.conversations import permissions
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.rows import locked, locked_by_key, preview_of
from ramah.conversations.events import ConversationChanged
from ramah.conversations.models import Conversation, Message, Participant
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish


class CannotMerge(Exception):
    """The conversations are of different customers, the same one, or one of them was merged already."""


class NothingToSplit(Exception):
    """A split needs at least one message of the conversation, and must leave one behind."""


def merge_conversations(*, actor: Actor, kept: Conversation, merged: Conversation, at: datetime) -> None:
    """Move all lines of `merged` into `kept` and close it; later replies to it arrive in `kept`. Raises `CannotMerge`."""
    require(actor, permissions.MERGE)
    with transaction.atomic():
        rows = locked_by_key({kept.pk, merged.pk})
        kept, merged = rows[kept.pk], rows[merged.pk]
        if (
            kept.pk == merged.pk
            or kept.customer_id != merged.customer_id
            or kept.merged_into_id
            or merged.merged_into_id
        ):
            raise CannotMerge
        moved = list(merged.messages.values_list("id", flat=True))
        Message.objects.filter(id__in=moved, client_id__isnull=False).update(client_id=None)
        Message.objects.filter(id__in=moved).update(conversation=kept)
        _move_participants(merged, kept)
        merged.status, merged.resolved_at, merged.snoozed_until = Conversation.Status.RESOLVED, at, None
        merged.merged_into, merged.is_unread = kept, False
        merged.save(update_fields=["status", "resolved_at", "snoozed_until", "merged_into", "is_unread"])
        kept.last_message_at = max(kept.last_message_at, merged.last_message_at)
        kept.is_unread = True
        kept.save(update_fields=["last_message_at", "is_unread"])
        add_activity(kept, "merged_here", at=at, actor=actor, reference=merged.reference)
        add_activity(merged, "merged_into", at=at, actor=actor, reference=kept.reference)
        audit.record(
            actor, "conversation.merge", f"conversation:{kept.pk}", at=at, merged=merged.pk, messages=len(moved)
        )
        for row in (kept, merged):
            publish(ConversationChanged(row.pk, "merged"), subject=f"conversation:{row.pk}")


def split_conversation(
    *, actor: Actor, conversation: Conversation, message_ids: Sequence[int], subject: str, at: datetime
) -> Conversation:
    """Move some messages into a new conversation of the same customer. Raises `NothingToSplit`."""
    require(actor, permissions.MERGE)
    with transaction.atomic():
        row = locked(conversation)
        said = row.messages.filter(kind=Message.Kind.MESSAGE)
        chosen = said.filter(id__in=message_ids)
        count = chosen.count()
        if not count or count == said.count():
            raise NothingToSplit
        newest = chosen.order_by("-id")[0]
        fresh = Conversation.objects.create(
            inbox_id=row.inbox_id,
            customer_id=row.customer_id,
            subject=subject.strip()[:250] or row.subject,
            assignee_id=row.assignee_id,
            team_id=row.team_id,
            language=row.language,
            last_message_at=newest.created_at,
            last_customer_message_at=row.last_customer_message_at,
            preview=preview_of(newest.text),
            follows=row,
            acknowledged_at=row.acknowledged_at,
            created_at=at,
        )
        row.messages.filter(id__in=[m.pk for m in chosen]).update(conversation=fresh)
        add_activity(row, "split_off", at=at, actor=actor, reference=fresh.reference)
        add_activity(fresh, "split_from", at=at, actor=actor, reference=row.reference)
        audit.record(actor, "conversation.split", f"conversation:{row.pk}", at=at, fresh=fresh.pk, messages=count)
        for changed in (row, fresh):
            publish(ConversationChanged(changed.pk, "split"), subject=f"conversation:{changed.pk}")
        return fresh


def _move_participants(source: Conversation, target: Conversation) -> None:
    there = set(target.participants.values_list("address", flat=True))
    source.participants.filter(address__in=there).delete()
    Participant.objects.filter(conversation=source).update(conversation=target)
