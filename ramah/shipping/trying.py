"""Trying an account at its provider, for whoever sets it up: never longer than a person waits for a page."""

import contextvars
import logging
import threading
from datetime import datetime

from django.db import connections
from django.utils.translation import gettext as _

from ramah.kernel.actors import Actor, require
from ramah.kernel.providers.contract import Check
from ramah.shipping.carriers.contract import CarrierProvider
from ramah.shipping.commands.carriers import note_tried
from ramah.shipping.models import CarrierAccount
from ramah.shipping.permissions import MANAGE_CARRIERS
from ramah.shipping.queries.accounts import account_told

LONGEST_SECONDS = 20.0
_log = logging.getLogger(__name__)


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
    tried: list[Check] = []
    told, ended = account_told(account), threading.Event()

    def run() -> None:
        try:
            tried.extend(provider.check(told))
        except Exception as error:  # whatever a provider makes of us: it is said, and the page stands
            _log.exception("account could not be tried", extra={"account": account.pk})
            tried.append(Check(_("Connection"), type(error).__name__))
        finally:
            ended.set()
            connections.close_all()  # those of this thread alone

    # With the language of the page, which the thread would not have by itself.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    is_done = ended.wait(seconds)
    found = tried if is_done else [Check(_("Connection"), _("The provider did not answer in time. Try again."))]
    if found:
        note_tried(account, reasons=[f"{check.part}: {check.reason}" for check in found if check.reason], at=at)
    return found
