"""Trying an account at its provider, for whoever sets it up: never longer than a person waits for a page."""

import contextvars
import logging
import threading
from datetime import datetime

from django.db import connections
from django.utils.translation import gettext as _

from ramah.channels.commands.accounts import note_tried
from ramah.channels.kinds import Kind
from ramah.channels.models import ChannelAccount
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.kernel.actors import Actor, require
from ramah.kernel.providers.contract import Check

LONGEST_SECONDS = 20.0
_log = logging.getLogger(__name__)


def try_account(
    *, actor: Actor, kind: Kind, account: ChannelAccount, at: datetime, seconds: float = LONGEST_SECONDS
) -> list[Check]:
    """What was tried with the account as it is saved, and how each went. The settings show it too. Raises `PermissionDenied`.

    A provider that takes longer than `seconds` is not waited for.
    """
    require(actor, MANAGE_INBOXES)
    tried: list[Check] = []
    ended = threading.Event()

    def run() -> None:
        try:
            tried.extend(kind.check(account))
        except Exception as error:  # whatever a provider makes of us: it is said, and the page stands
            _log.exception("account could not be tried", extra={"inbox": account.inbox_id})
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
