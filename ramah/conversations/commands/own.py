"""What customers do with their own conversations in their account: closing, opening again, having seen what was said."""

from datetime import datetime

from django.db import transaction

from ramah.conversations.commands import delivering
from ramah.conversations.commands.activities import add_activity
from ramah.conversations.commands.announcing import tell_pages
from ramah.conversations.commands.rows import is_long_over, locked
from ramah.conversations.events import ConversationChanged, ConversationResolved
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.queries import VIEW_HISTORY
from ramah.customers.queries import CustomerActor
from ramah.kernel import audit
from ramah.kernel.actors import NotVisible, require
from ramah.kernel.events import publish

Status = Conversation.Status
_REACHED = (MessageDelivery.State.SENT, MessageDelivery.State.DELIVERED)


class TooLate(Exception):
    """The conversation was resolved too long ago to be opened again: what is said next begins a new one."""


def may_be_reopened(conversation: Conversation, *, at: datetime) -> bool:
    """Whether a resolved conversation goes on when its customer has more to say."""
    return conversation.status == Status.RESOLVED and not is_long_over(conversation, at=at)


def close_own(*, actor: CustomerActor, conversation: Conversation, at: datetime) -> bool:
    """The customer needs nothing more. False when it was closed already. Raises `NotVisible`, `PermissionDenied`."""
    with transaction.atomic():
        row = _locked_own(actor, conversation)
        if row.status in (Status.RESOLVED, Status.SPAM):
            return False
        row.status, row.snoozed_until, row.resolved_at = Status.RESOLVED, None, at
        row.save(update_fields=["status", "snoozed_until", "resolved_at"])
        _note(row, actor, "closed_by_customer", status=Status.RESOLVED, at=at)
        publish(ConversationResolved(row.pk), subject=f"conversation:{row.pk}")
        return True


def reopen_own(*, actor: CustomerActor, conversation: Conversation, at: datetime) -> bool:
    """It is not done after all. False when it is open. Raises `TooLate`, `NotVisible`, `PermissionDenied`."""
    with transaction.atomic():
        row = _locked_own(actor, conversation)
        if row.status != Status.RESOLVED:
            return False
        if not may_be_reopened(row, at=at):
            raise TooLate
        row.status, row.resolved_at, row.is_unread = Status.OPEN, None, True
        row.save(update_fields=["status", "resolved_at", "is_unread"])
        _note(row, actor, "reopened_in_account", status=Status.OPEN, at=at)
        return True


def note_customer_seen(*, actor: CustomerActor, conversation: Conversation, upto: int, at: datetime) -> None:
    """They have had the thread before their eyes up to the line `upto`: answers that went out are read. Never goes back."""
    if conversation.customer_id != actor.customer_id or upto <= conversation.customer_seen:
        return
    rows = Conversation.objects.filter(pk=conversation.pk, customer_seen__lt=upto)
    if not rows.update(customer_seen=upto):
        return
    answers = MessageDelivery.objects.filter(
        message__conversation=conversation,
        message__author=Message.Author.AGENT,
        message__gt=conversation.customer_seen,
        message__lte=upto,
        state__in=_REACHED,  # what still waits goes out all the same
    )
    for known_as in answers.order_by("pk").values_list("external_id", flat=True):
        delivering.note_reached(known_as, MessageDelivery.State.READ, at=at)


def _locked_own(actor: CustomerActor, conversation: Conversation) -> Conversation:
    require(actor, VIEW_HISTORY)
    row = locked(conversation)
    if row.customer_id != actor.customer_id or row.merged_into_id is not None:
        raise NotVisible
    return row


def _note(row: Conversation, actor: CustomerActor, what: str, *, status: str, at: datetime) -> None:
    add_activity(row, what, at=at)
    audit.record(actor, f"conversation.{what}", f"conversation:{row.pk}", at=at)
    publish(ConversationChanged(row.pk, f"status_{status}"), subject=f"conversation:{row.pk}")
    tell_pages(row)
