"""Trying an account at its provider, for whoever sets it up: never longer than a person waits for a page."""

from datetime import datetime

from ramah.kernel.actors import Actor, require
from ramah.kernel.providers.contract import Check
from ramah.kernel.providers.trying import LONGEST_SECONDS, tried_in_time
from ramah.shipping.carriers.contract import CarrierProvider
from ramah.shipping.commands.carriers import note_tried
from ramah.shipping.models import CarrierAccount
from ramah.shipping.permissions import MANAGE_CARRIERS
from ramah.shipping.queries.accounts import account_told


def try_account(
    *,
    actor: Actor,
    provider: CarrierProvider,
    account: CarrierAccount,
    at: datetime,
    seconds: float = LONGEST_SECONDS,
) -> list[Check]:
    """What was tried with the account as it is saved, and how each went. The settings show it too. Raises `PermissionDenied`.

    A provider that takes longer than `seconds` is not waited for.
    """
    require(actor, MANAGE_CARRIERS)
    told = account_told(account)
    found = tried_in_time(lambda: provider.check(told), account=account.pk, seconds=seconds)
    if found:
        note_tried(account, reasons=[f"{check.part}: {check.reason}" for check in found if check.reason], at=at)
    return found
