"""The names of customers: asked for when they first write, beside the intake, so that nothing waits for the answer."""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from urllib.parse import quote

from django.db import transaction

from ramah.channels.messenger.api import api_of
from ramah.channels.messenger.models import MessengerProfile
from ramah.channels.models import ChannelAccount
from ramah.conversations.commands.naming import name_author
from ramah.conversations.models import Inbox
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint
from ramah.kernel import claims, clock
from ramah.kernel.providers.contract import SendingError, TryLater, Uncertain
from ramah.kernel.providers.json import Object, text_in

LEASE = timedelta(minutes=10)
S = MessengerProfile.State
_log = logging.getLogger(__name__)


def names_of(points: Collection[ContactPoint]) -> dict[int, str]:
    """What is known of their names, by the key of the point; who is not in it was never asked for."""
    rows = MessengerProfile.objects.filter(contact_point__in={point.pk for point in points})
    return dict(rows.values_list("contact_point", "name"))


def ask_for(points: Iterable[tuple[ContactPoint, Inbox]], *, at: datetime) -> None:
    """Note that the names of these are wanted, in the transaction that stores their messages."""
    wanted = {point.pk: (point, inbox) for point, inbox in points}
    rows = [MessengerProfile(contact_point=point, inbox=inbox, next_attempt_at=at) for point, inbox in wanted.values()]
    if rows:
        MessengerProfile.objects.bulk_create(rows, ignore_conflicts=True)


def fetch_due(*, at: datetime, limit: int = 20) -> int:
    """Ask for up to `limit` names that are due at `at`. Returns how many were claimed. Must not run inside a transaction."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("fetch_due must not run inside a transaction")
    waiting = MessengerProfile.objects.filter(state=S.WAITING).select_related("contact_point")
    claimed = claims.claim_due(waiting, at=at, lease=LEASE, limit=limit)
    if not claimed:
        return 0
    rows = ChannelAccount.objects.filter(inbox__in={row.inbox_id for row in claimed}).select_related("inbox")
    accounts = {account.inbox_id: account for account in rows}
    for row in claimed:
        _fetch(row, accounts.get(row.inbox_id))
    return len(claimed)


def _fetch(row: MessengerProfile, account: ChannelAccount | None) -> None:
    if account is None:
        claims.settle(row, state=S.FAILED, error="no account")
        return
    try:
        api = api_of(account)
        address = quote(row.contact_point.value, safe="")
        found = api.get(f"{address}?fields={api.platform.profile_fields}")
    except (TryLater, Uncertain) as error:
        again = claims.next_attempt(row.attempts + 1, at=clock.now())
        settled = {"attempts": row.attempts + 1, "error": str(error), "next_attempt_at": again}
        claims.settle(row, **settled, state=S.WAITING if again else S.FAILED)
    except SendingError as error:  # hidden, or the app may not ask: they go by no name
        claims.settle(row, state=S.FAILED, error=str(error), attempts=row.attempts + 1)
    except Exception:  # what was never foreseen concerns this one name
        _log.exception("profile could not be fetched", extra={"profile": row.pk})
        claims.settle(row, state=S.FAILED, error="the log says why", attempts=row.attempts + 1)
    else:
        _learn(row, found)


def _learn(row: MessengerProfile, found: Object) -> None:
    name, username = name_in(found), text_in(found, "username", most=80).strip()
    point = row.contact_point
    with transaction.atomic():
        # No row any more: the customer was erased meanwhile, and is not made anew.
        if not claims.settle(row, state=S.KNOWN, name=name, username=username, error="", attempts=row.attempts + 1):
            return
        if name:
            customers.meet_customer(kind=point.kind, value=point.value, name=name, at=clock.now())
            name_author(point.pk, name=name)


def name_in(found: Object) -> str:
    """The name in a profile: the whole one, its parts, or the name of the account."""
    parts = " ".join(text_in(found, part, most=80).strip() for part in ("first_name", "last_name")).strip()
    username = text_in(found, "username", most=80).strip()
    return " ".join((text_in(found, "name", most=160) or parts).split()) or (f"@{username}" if username else "")
