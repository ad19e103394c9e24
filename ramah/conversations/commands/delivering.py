"""What became of an outgoing message. Senders report here; each change is conditional on the claim they hold."""

from datetime import datetime

from django.db import transaction

from ramah.conversations import permissions
from ramah.conversations.events import DeliveryChanged
from ramah.conversations.models import MessageDelivery
from ramah.kernel import audit, claims
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish

S = MessageDelivery.State


class NotFailed(Exception):
    """Only a delivery that failed can be tried again."""


def mark_sending(delivery: MessageDelivery, *, until: datetime) -> bool:
    """Commit that the message is handed over now, which takes no longer than `until`. False: the claim was lost, do not."""
    rows = MessageDelivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=S.QUEUED)
    return bool(rows.update(state=S.SENDING, attempts=delivery.attempts + 1, claimed_until=until))


def mark_sent(delivery: MessageDelivery, *, at: datetime) -> bool:
    """The next hop has taken the message."""
    return _settle(delivery, state=S.SENT, error="", ended_at=at)


def mark_for_retry(delivery: MessageDelivery, *, error: str, at: datetime) -> bool:
    """It was surely not handed over and may go later; after the last try it has failed."""
    again = claims.next_attempt(delivery.attempts + 1, at=at)
    if again is None:
        return mark_failed(delivery, error=error, at=at)
    return _settle(delivery, state=S.QUEUED, error=error, next_attempt_at=again)


def mark_failed(delivery: MessageDelivery, *, error: str, at: datetime, uncertain: bool = False) -> bool:
    """It will not go by itself any more. `uncertain`: it was handed over or not, and nobody knows."""
    return _settle(delivery, state=S.FAILED, error=error, is_uncertain=uncertain, ended_at=at)


def sent_as(external_id: str) -> MessageDelivery | None:
    """The delivery whose message went out under this id."""
    return MessageDelivery.objects.select_related("message__conversation").filter(external_id=external_id).first()


def mark_bounced(delivery: MessageDelivery, *, reason: str, at: datetime) -> None:
    """The message came back for good."""
    with transaction.atomic():
        MessageDelivery.objects.filter(pk=delivery.pk).update(
            state=S.FAILED, error=reason, ended_at=at, next_attempt_at=None
        )
        _announce(delivery, S.FAILED)


def retry_delivery(*, actor: Actor, delivery: MessageDelivery, at: datetime) -> None:
    """Put a failed message back into the queue, under the same Message-ID. Raises `NotFailed`, `PermissionDenied`."""
    require(actor, permissions.REPLY)
    with transaction.atomic():
        changed = MessageDelivery.objects.filter(pk=delivery.pk, state=S.FAILED).update(
            state=S.QUEUED, error="", is_uncertain=False, ended_at=None, attempts=0, next_attempt_at=at
        )
        if not changed:
            raise NotFailed
        audit.record(actor, "delivery.retry", f"delivery:{delivery.pk}", at=at)
        _announce(delivery, S.QUEUED)


def give_up_stranded(*, at: datetime, reason: str, limit: int = 100) -> int:
    """Fail the rows that a sender left in `sending` when it died: sending them again might deliver twice. Returns how many."""
    stranded = MessageDelivery.objects.filter(state=S.SENDING, claimed_until__lt=at).order_by("id")[:limit]
    return sum(mark_failed(delivery, error=reason, at=at, uncertain=True) for delivery in stranded)


def _settle(delivery: MessageDelivery, **changes: object) -> bool:
    with transaction.atomic():
        if not claims.settle(delivery, **changes):
            return False
        _announce(delivery, str(changes["state"]))
        return True


def _announce(delivery: MessageDelivery, state: str) -> None:
    conversation_id = delivery.message.conversation_id
    publish(DeliveryChanged(conversation_id, delivery.message_id, state), subject=f"conversation:{conversation_id}")
