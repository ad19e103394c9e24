"""The intake: take in, read, and account for every item.

1. `take_in` stores raw items and commits; only then may a channel tell the sender that it has them.
2. `process` reads claimed items through their channel's reader, many in one transaction, since a commit costs more than a mail.
   If anything fails the batch is undone and its items are read one by one, so that the bad one alone is quarantined.
3. Each item ends accepted, duplicate, ignored or quarantined. A quarantined one can be replayed.
"""

import hashlib
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, OperationalError, transaction

from ramah.channels.form.raw import SentFile, Submission, write_raw
from ramah.channels.models import AwaitedFile, IntakeItem
from ramah.channels.permissions import REPLAY
from ramah.conversations.commands.receiving import Received
from ramah.conversations.models import Conversation, Message
from ramah.kernel import audit, claims
from ramah.kernel.actors import Actor, require
from ramah.kernel.ids import new_public_id
from ramah.kernel.shared_commit import SharedCommit

S = IntakeItem.State
LEASE = timedelta(seconds=60)
BATCH = 50
FORM = "form"  # a channel without inboxes of its own: what it takes in is answered by e-mail
MOST_ATTEMPTS = 5
MOST_LATE = timedelta(days=8)  # no provider posts anything again after a week
# The database or the storage of files is away, or another worker was faster by a moment: not the mail's fault.
PASSING = (OperationalError, IntegrityError, OSError)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the reading of an item ended."""

    state: str
    external_id: str
    reason: str = ""
    conversation: Conversation | None = None
    message: Message | None = None

    @classmethod
    def of(cls, received: Received, *, more: str = "") -> "Outcome":
        """How it ended for a message that was received: it is new, or stands in a conversation already; `more` says more then."""
        conversation, message = received.conversation, received.message
        if not received.duplicate:
            return cls(S.ACCEPTED, received.external_id, "", conversation, message)
        reason = f"the same message is in {conversation.reference}{more}"
        return cls(S.DUPLICATE, received.external_id, reason, conversation, message)


@dataclass(frozen=True, slots=True)
class NotYet:
    """What the item speaks of is not here yet, such as the message that it reports on: it is read again after `pause`."""

    reason: str
    pause: timedelta


Reader = Callable[[Sequence[IntakeItem], datetime], Sequence[Outcome | NotYet]]
_readers: dict[str, Reader] = {}
_at_once: dict[str, int] = {}


class NotReplayable(Exception):
    """Only quarantined or ignored items can be read again."""


def register_reader(channel: str, reader: Reader, *, at_once: int = BATCH) -> None:
    """Name the function that reads a channel's items, in their order (called by the channel's folder when the app starts).

    It gets at most `at_once`: a transaction in which each item takes long would hold up all who write.
    """
    _readers[channel], _at_once[channel] = reader, at_once


def take_in(
    *, inbox_id: int, raws: Sequence[tuple[bytes, dict[str, object]]], at: datetime, claimed: bool = False
) -> list[IntakeItem]:
    """Store items as they came, in one commit, which others may share. When this returns they are safe and may be acknowledged.

    With `claimed` the caller reads them itself, by `process`; no worker takes them up before the lease has run out. An envelope
    may say when its item was sent (`sent_at`, seconds since 1970, as the provider says): what waits is read in that order.
    """
    claim = {"claim": new_public_id(), "claimed_until": at + LEASE} if claimed else {}
    items = [
        IntakeItem(
            inbox_id=inbox_id,
            external_id=f"sha256:{hashlib.sha256(raw).hexdigest()}",
            raw=raw,
            envelope=envelope,
            next_attempt_at=_turn(envelope, at=at),
            created_at=at,
            **claim,
        )
        for raw, envelope in raws
    ]
    return _store(items)


@SharedCommit
def _store(brought: Sequence[list[IntakeItem]]) -> Sequence[list[IntakeItem]]:
    with transaction.atomic():
        IntakeItem.objects.bulk_create([item for items in brought for item in items])
    return brought


def _turn(envelope: dict[str, object], *, at: datetime) -> datetime:
    sent_at = envelope.get("sent_at")
    if not isinstance(sent_at, int) or not at.timestamp() - MOST_LATE.total_seconds() < sent_at < at.timestamp():
        return at
    return datetime.fromtimestamp(sent_at, tz=UTC)


def take_in_form(
    *, inbox_id: int, submission: Submission, files: Sequence[SentFile] = (), at: datetime, claimed: bool = False
) -> IntakeItem:
    """Store what was typed into the contact form, with its files. When this returns it may be acknowledged.

    With `claimed` the caller reads it itself, as `take_in` says.
    """
    raw = write_raw(submission, files)
    raws: list[tuple[bytes, dict[str, object]]] = [(raw, {"channel": FORM, "sender": submission.email})]
    return take_in(inbox_id=inbox_id, raws=raws, at=at, claimed=claimed)[0]


def process_waiting(*, at: datetime, limit: int = BATCH) -> int:
    """Claim waiting items and read them. Returns how many were taken up."""
    waiting = IntakeItem.objects.select_related("inbox").filter(state=S.WAITING)
    items = claims.claim_due(waiting, at=at, lease=LEASE, limit=limit)
    process(items, at=at)
    return len(items)


def process(items: Sequence[IntakeItem], *, at: datetime) -> None:
    """Read claimed items and write down how each ended."""
    for channel in dict.fromkeys(map(_channel_of, items)):
        ours = [item for item in items if _channel_of(item) == channel]
        most = _at_once.get(channel, BATCH)
        for start in range(0, len(ours), most):
            _process_together(ours[start : start + most], at=at)


def _process_together(items: Sequence[IntakeItem], *, at: datetime) -> None:
    try:
        with transaction.atomic():
            _read(items, at=at)
    except Exception:
        _log.info("batch is read one by one", extra={"items": len(items)})
        for item in items:
            _process_alone(item, at=at)


def _process_alone(item: IntakeItem, *, at: datetime) -> None:
    try:
        with transaction.atomic():
            _read([item], at=at)
    except ClaimLost:
        _log.info("another worker has read this item", extra={"intake": item.pk})
    except Exception as error:  # whatever a hostile mail can provoke ends here, with its trace on the item
        attempts = item.attempts + 1
        item.state, item.conversation, item.message = S.WAITING, None, None  # whatever was thought before it failed
        item.reason, item.error = type(error).__name__, traceback.format_exc()
        if isinstance(error, PASSING) and attempts < MOST_ATTEMPTS:
            again = claims.next_attempt(attempts, at=at)
            claims.settle(item, reason=item.reason, error=item.error, attempts=attempts, next_attempt_at=again)
            return
        item.state = S.QUARANTINED
        claims.settle(item, state=item.state, reason=item.reason, error=item.error, attempts=attempts, ended_at=at)


class ClaimLost(Exception):
    """Another worker has read this item meanwhile; everything done here is rolled back."""


def _read(items: Sequence[IntakeItem], *, at: datetime) -> None:
    reader = _readers[_channel_of(items[0])]  # they are all of one channel
    for item, outcome in zip(items, reader(items, at), strict=True):
        _end(item, outcome, at=at)


def _channel_of(item: IntakeItem) -> str:
    """Which reader understands it: that of its inbox, unless it came another way."""
    return str(item.envelope.get("channel") or item.inbox.channel)


def _end(item: IntakeItem, outcome: Outcome | NotYet, *, at: datetime) -> None:
    if isinstance(outcome, NotYet):
        again = {"next_attempt_at": at + outcome.pause, "attempts": item.attempts + 1, "reason": outcome.reason[:200]}
        if not claims.settle(item, **again):
            raise ClaimLost
        return
    item.state, item.reason, item.error = outcome.state, outcome.reason[:200], ""
    item.external_id = outcome.external_id[:250]
    item.conversation, item.message = outcome.conversation, outcome.message
    written = claims.settle(
        item,
        state=item.state,
        reason=item.reason,
        error="",
        external_id=item.external_id,
        conversation=item.conversation,
        message=item.message,
        ended_at=at,
    )
    if not written:
        raise ClaimLost


def replay(*, actor: Actor, item: IntakeItem, at: datetime) -> IntakeItem:
    """Read a quarantined or ignored item again, now. Raises `NotReplayable`, `PermissionDenied`."""
    require(actor, REPLAY)
    with transaction.atomic():
        changed = IntakeItem.objects.filter(pk=item.pk, state__in=(S.QUARANTINED, S.IGNORED)).update(
            state=S.WAITING,
            attempts=0,
            next_attempt_at=at,
            ended_at=None,
            error="",
            claim=new_public_id(),
            claimed_until=at + LEASE,
        )
        if not changed:
            raise NotReplayable
        audit.record(actor, "intake.replay", f"intake:{item.pk}", at=at)
    again = IntakeItem.objects.select_related("inbox").get(pk=item.pk)
    process([again], at=at)
    return again


def set_aside(*, actor: Actor, item: IntakeItem, reason: str, at: datetime) -> None:
    """End a quarantined item as ignored, with a reason. Raises `NotReplayable`, `PermissionDenied`."""
    require(actor, REPLAY)
    with transaction.atomic():
        changed = IntakeItem.objects.filter(pk=item.pk, state=S.QUARANTINED).update(
            state=S.IGNORED, reason=reason[:200], ended_at=at
        )
        if not changed:
            raise NotReplayable
        audit.record(actor, "intake.set_aside", f"intake:{item.pk}", at=at, reason=reason[:200])


def erase_raw(customer_id: int) -> None:
    """Empty the raw copies; the rows stay, so that the sum of the intake still closes."""
    rows = IntakeItem.objects.filter(conversation__customer=customer_id)
    rows.update(raw=b"", envelope={}, error="")
    AwaitedFile.objects.filter(message__conversation__customer=customer_id).delete()
