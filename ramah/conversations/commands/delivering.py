"""What became of an outgoing message. Senders report here; each change is conditional on the claim they hold."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from ramah.conversations import permissions
from ramah.conversations.events import DeliveryChanged
from ramah.conversations.holding import BadHold, held_until
from ramah.conversations.models import ExternalId, Inbox, MessageDelivery
from ramah.kernel import audit, claims
from ramah.kernel.actors import Actor, require
from ramah.kernel.events import publish

S = MessageDelivery.State
PARTS = "parts"  # in `headers`: what a channel made of one message, and under which ids it went out


class NotFailed(Exception):
    """Only a delivery that failed can be tried again."""


def mark_sending(delivery: MessageDelivery, *, at: datetime, until: datetime) -> bool:
    """Commit that the message is handed over now (`at`), which takes no longer than `until`. False: do not.

    Then the claim was lost, or `at` falls into the message's quiet hours, and it waits for their end.
    """
    if (end := _held_until(delivery, at)) is not None:
        put_off(delivery, until=end)
        return False
    rows = MessageDelivery.objects.filter(pk=delivery.pk, claim=delivery.claim, state=S.QUEUED)
    return bool(rows.update(state=S.SENDING, attempts=delivery.attempts + 1, claimed_until=until))


def mark_sent(delivery: MessageDelivery, *, at: datetime, known_as: str = "") -> bool:
    """The next hop has taken the message; a provider knows it as `known_as` (`whatsapp:wamid...`), by which it reports on it."""
    with transaction.atomic():
        # A provider that gives an id twice must not stop us from writing down that the message has gone out.
        is_taken = (
            known_as and MessageDelivery.objects.filter(external_id=known_as[:250]).exclude(pk=delivery.pk).exists()
        )
        named = {"external_id": known_as[:250]} if known_as and not is_taken else {}
        if not _settle(delivery, state=S.SENT, error="", ended_at=at, **named):
            return False
        if known_as:
            ExternalId.objects.get_or_create(value=known_as[:250], defaults={"message_id": delivery.message_id})
        return True


def mark_for_retry(delivery: MessageDelivery, *, error: str, at: datetime, pause: timedelta | None = None) -> bool:
    """It was surely not handed over and may go later, after `pause` where the next hop named one; after the last try it has
    failed."""
    again = claims.next_attempt(delivery.attempts + 1, at=at)
    if again is None:
        return mark_failed(delivery, error=error, at=at)
    again = max(again, at + pause) if pause else again
    again = _held_until(delivery, again) or again
    return _settle(delivery, state=S.QUEUED, error=error, next_attempt_at=again)


def mark_failed(delivery: MessageDelivery, *, error: str, at: datetime, uncertain: bool = False) -> bool:
    """It will not go by itself any more. `uncertain`: it was handed over or not, and nobody knows."""
    return _settle(delivery, state=S.FAILED, error=error, is_uncertain=uncertain, ended_at=at)


def put_off(delivery: MessageDelivery, *, until: datetime) -> bool:
    """Give back a claimed row that was not tried, since its channel cannot take it before `until`."""
    return claims.settle(delivery, next_attempt_at=until)


def _held_until(delivery: MessageDelivery, at: datetime) -> datetime | None:
    try:
        return held_until(delivery.hold, at)
    except BadHold:  # it was good when it was written: its zone is gone, and the message shall not wait for ever
        return None


def note_part(delivery: MessageDelivery, part: str, known_as: str) -> None:
    """One of several parts that a channel makes of a message has gone out: a later try goes on behind it."""
    with transaction.atomic():
        delivery.headers = {**delivery.headers, PARTS: {**delivery.headers.get(PARTS, {}), part: known_as}}
        MessageDelivery.objects.filter(pk=delivery.pk).update(headers=delivery.headers)
        ExternalId.objects.get_or_create(value=known_as[:250], defaults={"message_id": delivery.message_id})


def sent_as(external_id: str) -> MessageDelivery | None:
    """The delivery whose message went out under this id."""
    return MessageDelivery.objects.select_related("message__conversation").filter(external_id=external_id).first()


def part_sent_as(known_as: str) -> MessageDelivery | None:
    """The delivery of which a part went out under this id; the whole where it is all of it."""
    rows = MessageDelivery.objects.select_related("message__conversation")
    return rows.filter(external_id=known_as).first() or (
        rows.filter(message__external_ids__value=known_as, message__external_ids__is_expected=False).first()
    )


def learn_id(public_id: str, *, known_as: str, part: str = "", at: datetime) -> bool:
    """A provider names a message of which nobody knew whether it went out: so it did, as `known_as`. False: nobody wondered.

    Where `part` is named only that much is known, and the rest is left to be sent.
    """
    with transaction.atomic():
        rows = MessageDelivery.objects.select_for_update(of=("self",)).select_related("message__conversation")
        row = rows.filter(public_id=public_id, state=S.FAILED, is_uncertain=True).first()
        if row is None or MessageDelivery.objects.filter(external_id=known_as[:250]).exists():
            return False
        if part:
            note_part(row, part, known_as)
            return True
        row.state, row.error, row.is_uncertain, row.external_id = S.SENT, "", False, known_as[:250]
        row.save(update_fields=["state", "error", "is_uncertain", "external_id"])
        ExternalId.objects.get_or_create(value=row.external_id, defaults={"message_id": row.message_id})
        _announce(row, S.SENT)
        return True


_RANK = {S.QUEUED: 0, S.SENDING: 1, S.SENT: 2, S.DELIVERED: 3, S.READ: 4}


def note_reached(known_as: str, state: str, *, at: datetime, reason: str = "") -> bool:
    """A provider reports on a message: sent, delivered, read, failed. Reports come late, twice, out of order: none goes back.

    False where no such message is known (yet), or the report says nothing new.
    """
    with transaction.atomic():
        rows = MessageDelivery.objects.select_for_update(of=("self",)).select_related("message__conversation")
        row = rows.filter(external_id=known_as).first()
        if state == S.FAILED:
            return _note_failed(row or part_sent_as(known_as), known_as, reason=reason, at=at)
        if row is None or not _says_more(row, state):
            return False
        row.state, row.error, row.is_uncertain = state, "", False
        row.ended_at, row.next_attempt_at, row.claim, row.claimed_until = row.ended_at or at, None, "", None
        if state in (S.DELIVERED, S.READ):
            row.delivered_at = row.delivered_at or at
        row.read_at = at if state == S.READ else row.read_at
        row.save(update_fields=_REACHED)
        _announce(row, state)
        return True


_REACHED = [
    "state",
    "error",
    "is_uncertain",
    "ended_at",
    "next_attempt_at",
    "claim",
    "claimed_until",
    "delivered_at",
    "read_at",
]


def _says_more(row: MessageDelivery, state: str) -> bool:
    if row.state == S.FAILED:  # what had failed has arrived after all; a late "sent" does not say that
        return row.is_uncertain or state in (S.DELIVERED, S.READ)
    if row.state in (S.QUEUED, S.SENDING):  # on its way once more: a report on the first try counts if that one arrived
        return state in (S.DELIVERED, S.READ)
    return _RANK[S(state)] > _RANK[S(row.state)]


def _note_failed(row: MessageDelivery | None, known_as: str, *, reason: str, at: datetime) -> bool:
    if row is None:
        return False
    parts = row.headers.get(PARTS, {})
    is_a_part = known_as in parts.values() and known_as != row.external_id
    if row.state in (S.QUEUED, S.SENDING) or not (row.state == S.SENT or row.is_uncertain or is_a_part):
        return False
    if known_as in parts.values():  # so that a further try sends it again, and no other part
        row.headers = {**row.headers, PARTS: {part: value for part, value in parts.items() if value != known_as}}
        MessageDelivery.objects.filter(pk=row.pk).update(headers=row.headers)
    MessageDelivery.objects.filter(pk=row.pk).update(is_uncertain=False)
    mark_bounced(row, reason=reason, at=at)
    return True


def send_by(delivery: MessageDelivery, *, inbox: Inbox, address: str, headers: Mapping[str, str], at: datetime) -> bool:
    """Let a message that did not reach its customer go another way. False where it has reached them meanwhile."""
    rows = MessageDelivery.objects.filter(pk=delivery.pk, state__in=(S.SENT, S.FAILED, S.QUEUED), read_at=None)
    with transaction.atomic():
        changed = rows.update(
            inbox=inbox,
            state=S.QUEUED,
            recipients=[address],
            headers=dict(headers),
            error="",
            is_uncertain=False,
            attempts=0,
            ended_at=None,
            next_attempt_at=at,
            claim="",
            claimed_until=None,
        )
        if changed:
            _announce(delivery, S.QUEUED)
        return bool(changed)


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
