"""Sending what is due on the channels of providers. The same steps as for e-mail (`email/outgoing`), one message at a time.

1. Due rows are claimed. 2. `sending` is committed. 3. The message is handed over, outside any transaction. 4. The outcome is
written. A crash between 2 and 4 leaves a row that says so, and it is never sent again by itself. Messages of one conversation go
in their order: while an earlier one is on its way, or waits for its next try, later ones wait behind it; behind one that waits
for its quiet hours to end they do not. An account that cannot take anything now (its provider is away, or says that it was too
much) holds back what else is due, untried.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from ramah.channels.commands import accounts
from ramah.channels.kinds import Kind, kind_of, kinds
from ramah.channels.models import ChannelAccount
from ramah.conversations.commands import delivering
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.models import Inbox, MessageDelivery
from ramah.kernel import claims, clock
from ramah.kernel.providers.contract import SendingError, TryLater, Uncertain

TURN = timedelta(minutes=2)
HAND_OVER = timedelta(minutes=10)  # a message may bring several files, which are uploaded first
HOLD = timedelta(seconds=30)
S = MessageDelivery.State
_log = logging.getLogger(__name__)


def send_due(*, at: datetime, limit: int = 20) -> int:
    """Hand over up to `limit` deliveries that are due at `at`. Returns how many were claimed. Must not run in a transaction."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("send_due must not run inside a transaction")
    channels = [kind.channel for kind in kinds() if kind.send is not None]
    rows = ChannelAccount.objects.filter(inbox__channel__in=channels, inbox__is_active=True, is_paused=False)
    found = {account.inbox_id: account for account in rows.select_related("inbox")}
    if not found:
        return 0
    earlier = MessageDelivery.objects.filter(
        inbox=OuterRef("inbox"),
        message__conversation=OuterRef("message__conversation"),
        pk__lt=OuterRef("pk"),
        state__in=(S.QUEUED, S.SENDING),
    ).exclude(hold__isnull=False, state=S.QUEUED, next_attempt_at__gt=at)
    free = Q(claimed_until=None) | Q(claimed_until__lt=at)
    due = MessageDelivery.objects.filter(free, state=S.QUEUED, inbox_id__in=list(found), next_attempt_at__lte=at)
    keys = list(due.exclude(Exists(earlier)).order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:limit])
    queued = MessageDelivery.objects.filter(state=S.QUEUED, pk__in=keys)
    claimed = claims.claim_due(queued.select_related("message__conversation", "inbox"), at=at, lease=TURN, limit=limit)
    held: dict[int, datetime] = {}
    for delivery in claimed:
        account = found[delivery.inbox_id]
        kind = kind_of(account.inbox.channel)
        if account.inbox_id in held:
            delivering.put_off(delivery, until=held[account.inbox_id])
        elif kind is not None and kind.send is not None:
            error = _send(delivery, account, kind)
            if isinstance(error, TryLater) and error.of_account:
                held[account.inbox_id] = clock.now() + (error.pause or HOLD)
    return len(claimed)


def check_sending(inbox: Inbox) -> None:
    """Raise `NotPossible` where an inbox sends nothing now: nobody has set up its account, or it is paused."""
    account = ChannelAccount.objects.filter(inbox=inbox).first()
    if account is None or account.is_paused:
        raise NotPossible(_("%(inbox)s sends nothing at the moment.") % {"inbox": inbox.name})


def _send(delivery: MessageDelivery, account: ChannelAccount, kind: Kind) -> SendingError | None:
    now = clock.now()
    if kind.send is None or not delivering.mark_sending(delivery, at=now, until=now + HAND_OVER):
        return None
    try:
        known_as = kind.send(delivery, account)
    except SendingError as error:
        _not_sent(delivery, account, error, at=clock.now())
        return error
    except Exception as error:  # what was never foreseen concerns this one message; whether it went out nobody knows
        _log.exception("message could not be handed over", extra={"delivery": delivery.pk})
        _not_sent(delivery, account, Uncertain(type(error).__name__), at=clock.now())
    else:
        now = clock.now()
        delivering.mark_sent(delivery, at=now, known_as=f"{kind.channel}:{known_as}" if known_as else "")
        accounts.note_out(account, at=now)
    return None


def _not_sent(delivery: MessageDelivery, account: ChannelAccount, error: SendingError, *, at: datetime) -> None:
    if error.of_account:
        accounts.note_failure(account, reason=str(error), at=at)
    if isinstance(error, TryLater):
        delivering.mark_for_retry(delivery, error=str(error), at=at, pause=error.pause)
    elif isinstance(error, Uncertain):
        words = _("Sending was interrupted. Whether the message went out is not known: %(reason)s")
        delivering.mark_failed(delivery, error=words % {"reason": error}, at=at, uncertain=True)
    else:
        delivering.mark_failed(delivery, error=str(error), at=at)
