"""Keeping an eye on all mailboxes: a thread for each, so that one that fails or hangs never holds up another.

A mailbox is claimed by one process at a time. The claim is short and renewed while its thread lives, so that after a crash
another process, or this one started again, soon goes on.
"""

import logging
import threading
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connection

from ramah.channels.email.imap import ClaimLost, open_session, plain_reason
from ramah.channels.email.models import Mailbox
from ramah.kernel import claims, clock

LEASE = timedelta(seconds=45)
LOOK_SECONDS = 5.0
MOST_MAILBOXES = 100
_LONGEST_PAUSE = timedelta(minutes=10)
_log = logging.getLogger(__name__)


def run_mailboxes(stop: threading.Event) -> None:
    """Fetch all active mailboxes until `stop` is set; then finish the batches in hand and return."""
    threads: dict[int, tuple[threading.Thread, Mailbox]] = {}
    while not stop.is_set():
        with suppress(DatabaseError):  # away for now; the claims hold a while
            _look(threads, stop)
        stop.wait(LOOK_SECONDS)
        close_old_connections()
    for thread, _ in threads.values():
        thread.join()
    connection.close()


def _look(threads: dict[int, tuple[threading.Thread, Mailbox]], stop: threading.Event) -> None:
    for key in [key for key, (thread, _) in threads.items() if not thread.is_alive()]:
        del threads[key]
    now = clock.now()
    for _, mailbox in threads.values():
        Mailbox.objects.filter(pk=mailbox.pk, claim=mailbox.claim).update(claimed_until=now + LEASE)
    free = Mailbox.objects.filter(is_active=True).exclude(pk__in=list(threads))
    for mailbox in claims.claim_due(free, at=now, lease=LEASE, limit=MOST_MAILBOXES - len(threads)):
        thread = threading.Thread(target=_attend, args=(mailbox, stop), name=f"mailbox-{mailbox.pk}", daemon=True)
        threads[mailbox.pk] = (thread, mailbox)
        thread.start()


def _attend(mailbox: Mailbox, stop: threading.Event) -> None:
    try:
        with open_session(mailbox) as session:
            while not stop.is_set():
                now = clock.now()
                fetched = session.fetch_new(now)
                _note_success(mailbox, fetched, at=now)
                session.wait(mailbox.poll_seconds, stop.is_set)
                close_old_connections()
        claims.settle(mailbox, next_attempt_at=clock.now())
    except ClaimLost:
        _log.info("mailbox given up to another worker", extra={"mailbox": mailbox.pk})
    except Exception as error:  # a mail server may fail in any way; the mailbox shows it and tries again
        with suppress(DatabaseError):
            note_failure(mailbox, error, at=clock.now())
    finally:
        connection.close()


def _note_success(mailbox: Mailbox, fetched: int, *, at: datetime) -> None:
    mailbox.attempts, mailbox.last_ok_at = 0, at
    rows = Mailbox.objects.filter(pk=mailbox.pk, claim=mailbox.claim)
    if not rows.update(state=Mailbox.State.OK, last_error="", last_ok_at=at, attempts=0):
        raise ClaimLost
    if fetched:
        _log.info("mail fetched", extra={"mailbox": mailbox.pk, "mails": fetched})


def note_failure(mailbox: Mailbox, error: Exception, *, at: datetime) -> None:
    """Show what is wrong with the mailbox and try again after a pause that doubles with each failure, up to ten minutes."""
    attempts = mailbox.attempts + 1
    pause = min(timedelta(seconds=5) * 2 ** min(attempts, 10), _LONGEST_PAUSE)
    _log.warning("mailbox failed", extra={"mailbox": mailbox.pk, "attempts": attempts, "error": type(error).__name__})
    claims.settle(
        mailbox,
        attempts=min(attempts, 1000),
        next_attempt_at=at + pause,
        state=Mailbox.State.FAILING,
        last_error=plain_reason(error),
    )
