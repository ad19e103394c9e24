"""Sending what is due. Each delivery is handed over at most once for each time somebody decides that it should go.

1. Due rows are claimed; composing a mail changes nothing.
2. `sending` is committed. From here on a crash leaves a row that says so, and it is never sent again by itself.
3. The mail is handed over, outside any transaction.
4. The outcome is written. If the claim is gone by then, somebody was told meanwhile that nobody knows.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ramah.channels.email.composing import Unsendable, compose
from ramah.channels.email.models import Mailbox
from ramah.channels.email.transports import Outcome, Result, SmtpTransport, Transport, transport_of_url
from ramah.conversations.commands import delivering
from ramah.conversations.models import Inbox, MessageDelivery
from ramah.kernel import claims, clock

# Time for a batch to reach its turn, and for the slowest single hand-over that the transports allow.
TURN = timedelta(minutes=2)
HAND_OVER = timedelta(minutes=30)
_log = logging.getLogger(__name__)


def send_due(*, at: datetime, limit: int = 20) -> int:
    """Hand over up to `limit` deliveries of e-mail inboxes that are due at `at`. Returns how many were claimed.

    Must not run inside a transaction: what it commits between the steps is what keeps a mail from going twice.
    """
    _refuse_transaction()
    delivering.give_up_stranded(
        at=at,
        reason=_("Sending was interrupted. Whether the mail went out is not known; ask the customer or send it again."),
    )
    # Not by a join: an UPDATE over a join re-checks nothing under PostgreSQL when two workers want the same row.
    inboxes = list(Inbox.objects.filter(channel="email").values_list("pk", flat=True))
    rows = MessageDelivery.objects.filter(state=MessageDelivery.State.QUEUED, inbox_id__in=inboxes)
    claimed = claims.claim_due(rows.select_related("message", "inbox"), at=at, lease=TURN, limit=limit)
    with _ways_out() as way_out:
        for delivery in claimed:
            _send(delivery, way_out)
    return len(claimed)


def _refuse_transaction() -> None:
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("send_due must not run inside a transaction")


class _WaysOut(dict[int, Transport]):
    """The open transports of a batch, by inbox: a mailbox may name its own server, the others share one."""

    def __missing__(self, inbox_id: int) -> Transport:
        mailbox = Mailbox.objects.filter(inbox_id=inbox_id).exclude(smtp_host="").first()
        self[inbox_id] = smtp_of(mailbox) if mailbox else self._shared()
        return self[inbox_id]

    def _shared(self) -> Transport:
        if 0 not in self:
            self[0] = transport_of_url(settings.EMAIL_URL)
        return self[0]


def smtp_of(mailbox: Mailbox) -> SmtpTransport:
    """The mailbox's own way out."""
    return SmtpTransport(
        mailbox.smtp_host,
        mailbox.smtp_port,
        mailbox.smtp_security,
        mailbox.smtp_username,
        mailbox.smtp_password or "",
    )


@contextmanager
def _ways_out() -> Iterator[_WaysOut]:
    ways_out = _WaysOut()
    try:
        yield ways_out
    finally:
        for transport in ways_out.values():
            transport.close()


def _send(delivery: MessageDelivery, ways_out: _WaysOut) -> None:
    now = clock.now()
    try:
        mail = compose(delivery)
    except Unsendable as error:
        delivering.mark_failed(delivery, error=str(error), at=now)
        return
    except OSError:
        delivering.mark_for_retry(delivery, error=_("An attachment could not be read from the storage."), at=now)
        return
    except Exception:  # what composing never foresaw concerns this one mail; the others go on
        _log.exception("mail could not be composed", extra={"delivery": delivery.pk})
        delivering.mark_failed(delivery, error=_("The mail could not be put together; the log says why."), at=now)
        return
    transport = ways_out[delivery.inbox_id]
    if not delivering.mark_sending(delivery, at=now, until=now + HAND_OVER):
        return
    result = transport.hand_over(
        mail, sender=delivery.inbox.address, recipients=list(delivery.recipients), name=delivery.public_id, at=now
    )
    _write_down(delivery, result, at=clock.now())


def _write_down(delivery: MessageDelivery, result: Result, *, at: datetime) -> None:
    _log.info("mail handed over", extra={"delivery": delivery.pk, "outcome": result.outcome.value})
    if result.outcome is Outcome.SENT:
        delivering.mark_sent(delivery, at=at)
        return
    with transaction.atomic():
        # Whoever has the mail already does not get it again when the rest is tried.
        if list(result.outstanding) != delivery.recipients:
            MessageDelivery.objects.filter(pk=delivery.pk, claim=delivery.claim).update(
                recipients=list(result.outstanding)
            )
        if result.outcome is Outcome.TEMPORARY:
            delivering.mark_for_retry(delivery, error=result.reason, at=at)
        else:
            uncertain = result.outcome is Outcome.UNCERTAIN
            delivering.mark_failed(delivery, error=result.reason, at=at, uncertain=uncertain)
