"""Trying an account at its provider, for whoever sets it up: never longer than a person waits for a page."""

from datetime import datetime

from ramah.channels.commands.accounts import note_tried
from ramah.channels.kinds import Kind
from ramah.channels.models import ChannelAccount
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.kernel.actors import Actor, require
from ramah.kernel.providers.contract import Check
from ramah.kernel.providers.trying import LONGEST_SECONDS, tried_in_time


def try_account(
    *, actor: Actor, kind: Kind, account: ChannelAccount, at: datetime, seconds: float = LONGEST_SECONDS
) -> list[Check]:
    """What was tried with the account as it is saved, and how each went. The settings show it too. Raises `PermissionDenied`.

    A provider that takes longer than `seconds` is not waited for.
    """
    require(actor, MANAGE_INBOXES)
    found = tried_in_time(lambda: kind.check(account), account=account.pk, seconds=seconds)
    if found:
        note_tried(account, reasons=[f"{check.part}: {check.reason}" for check in found if check.reason], at=at)
    return found
