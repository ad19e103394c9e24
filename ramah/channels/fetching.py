"""Fetching files of customers' messages from their providers: beside the intake, so that a slow provider never holds it up.

A file is tried for about three days; a message without it stands in the thread all the while, and says what is missing.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from ramah.channels.commands import awaiting
from ramah.channels.kinds import kind_of, kinds
from ramah.channels.models import AwaitedFile, ChannelAccount
from ramah.kernel import claims, clock
from ramah.kernel.providers.contract import SendingError, TryLater, Uncertain

LEASE = timedelta(minutes=15)
_log = logging.getLogger(__name__)


def fetch_due(*, at: datetime, limit: int = 10) -> int:
    """Fetch up to `limit` files that are due at `at`. Returns how many were claimed. Must not run inside a transaction."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("fetch_due must not run inside a transaction")
    channels = [kind.channel for kind in kinds() if kind.fetch is not None]
    accounts = ChannelAccount.objects.filter(inbox__channel__in=channels).select_related("inbox")
    found = {account.inbox_id: account for account in accounts}
    waiting = AwaitedFile.objects.filter(state=AwaitedFile.State.WAITING, inbox_id__in=list(found))
    rows = waiting.select_related("message__conversation")
    claimed = claims.claim_due(rows, at=at, lease=LEASE, limit=limit)
    for row in claimed:
        _fetch(row, found[row.inbox_id])
    return len(claimed)


def _fetch(row: AwaitedFile, account: ChannelAccount) -> None:
    kind = kind_of(account.inbox.channel)
    if kind is None or kind.fetch is None:
        return
    try:
        file = kind.fetch(row, account)
        awaiting.store_awaited(row, file, at=clock.now())
    except (TryLater, Uncertain) as error:
        _again(row, str(error), pause=getattr(error, "pause", None))
    except SendingError as error:
        awaiting.fail_awaited(row, error=str(error), at=clock.now())
    except OSError as error:  # the storage of files is away
        _again(row, type(error).__name__, pause=None)
    except Exception:  # what was never foreseen concerns this one file
        _log.exception("file could not be fetched", extra={"awaited": row.pk})
        awaiting.fail_awaited(row, error=_("The file could not be read; the log says why."), at=clock.now())


def _again(row: AwaitedFile, error: str, *, pause: timedelta | None) -> None:
    at = clock.now()
    again = claims.next_attempt(row.attempts + 1, at=at)
    if again is None:
        awaiting.fail_awaited(row, error=error, at=at)
    else:
        awaiting.put_off_awaited(row, error=error, again=max(again, at + pause) if pause else again)
