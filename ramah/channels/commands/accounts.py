"""Accounts at providers: setting them up, pausing them, noting how they do."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ramah.accounts.models import Team
from ramah.channels.models import ChannelAccount
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.channels.queries import forget_inboxes
from ramah.conversations.models import Inbox
from ramah.desk.commands.setting_policies import give_first_policy
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require

LONGEST_ERROR = 2000
# To within so long it is known when something last came in or went out: a busy account is not written for each message.
EXACTNESS = timedelta(seconds=10)


def save_account(
    *,
    actor: Actor,
    inbox: Inbox | None,
    channel: str,
    address: Mapping[str, Any],
    teams: Iterable[Team],
    credentials: Mapping[str, str],
    settings: Mapping[str, Any],
    at: datetime,
) -> ChannelAccount:
    """Set up an inbox of `channel` (None: a new one) and its account. Raises `PermissionDenied`.

    `address` holds fields of the inbox. An empty credential leaves the stored one as it is.
    """
    require(actor, MANAGE_INBOXES)
    with transaction.atomic():
        inbox, changed = save_inbox(inbox, channel=channel, address=address, teams=teams, at=at)
        account = ChannelAccount.objects.select_for_update().filter(inbox=inbox).first() or ChannelAccount(inbox=inbox)
        given = {name: value for name, value in credentials.items() if value}
        news = [name for name, value in settings.items() if account.settings.get(name, "") != value]
        account.credentials = {**(account.credentials or {}), **given}
        account.settings = {**account.settings, **settings}
        if news or given or account.pk is None:  # what was known of how it does was of another account
            account.state, account.last_error, account.last_error_at = ChannelAccount.State.NEW, "", None
        account.save()
        audit.record(actor, "inbox.save", f"inbox:{inbox.pk}", at=at, changed=sorted([*changed, *news, *given]))
        give_first_policy(at=at)
        return account


def save_inbox(
    inbox: Inbox | None, *, channel: str, address: Mapping[str, Any], teams: Iterable[Team], at: datetime
) -> tuple[Inbox, list[str]]:
    """Write an inbox (None: a new one of `channel`). Returns it with the names of what has changed. In a transaction."""
    row = Inbox(channel=channel, created_at=at) if inbox is None else inbox
    changed = [name for name, value in address.items() if row.pk is None or getattr(row, name) != value]
    for name, value in address.items():
        setattr(row, name, value)
    row.save()
    wanted = {team.pk for team in teams}
    if wanted != set(row.teams.values_list("pk", flat=True)):
        row.teams.set(wanted)
        changed.append("teams")
    forget_inboxes()
    return row, changed


def pause_account(*, actor: Actor, account: ChannelAccount, paused: bool, at: datetime) -> None:
    """Hold back what would go out, or let it go again. What comes in is taken in all the same. Raises `PermissionDenied`."""
    require(actor, MANAGE_INBOXES)
    with transaction.atomic():
        ChannelAccount.objects.filter(pk=account.pk).update(is_paused=paused)
        audit.record(actor, "inbox.pause" if paused else "inbox.resume", f"inbox:{account.inbox_id}", at=at)


def note_in(account: ChannelAccount, *, at: datetime) -> None:
    """Something has come in: what was never tried works. That nothing can be sent is no better for it."""
    if account.state == ChannelAccount.State.NEW:
        _rows(account).filter(state=ChannelAccount.State.NEW).update(state=ChannelAccount.State.OK)
        account.state = ChannelAccount.State.OK
    if account.last_in_at is None or at - account.last_in_at > EXACTNESS:
        _rows(account).update(last_in_at=at)
        account.last_in_at = at


def note_out(account: ChannelAccount, *, at: datetime) -> None:
    """The provider has taken a message."""
    if account.state != ChannelAccount.State.OK or account.last_out_at is None or at - account.last_out_at > EXACTNESS:
        _rows(account).update(last_out_at=at, state=ChannelAccount.State.OK)
        account.last_out_at, account.state = at, ChannelAccount.State.OK


def note_failure(account: ChannelAccount, *, reason: str, at: datetime) -> None:
    """Something did not work; the settings show it."""
    account.state = ChannelAccount.State.FAILING
    _rows(account).update(state=account.state, last_error=reason[:LONGEST_ERROR], last_error_at=at)


def note_tried(account: ChannelAccount, *, reasons: Iterable[str], at: datetime) -> None:
    """Somebody has tried the account: `reasons` say what did not work, none that all does."""
    if words := "; ".join(reasons):
        note_failure(account, reason=words, at=at)
        return
    account.state = ChannelAccount.State.OK
    _rows(account).update(state=account.state)


def _rows(account: ChannelAccount) -> Any:
    return ChannelAccount.objects.filter(pk=account.pk)
