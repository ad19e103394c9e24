"""Trying a provider for whoever waits for a page: in a thread of its own, and never longer than a person waits."""

import contextvars
import logging
import threading
from collections.abc import Callable, Sequence

from django.db import connections
from django.utils.translation import gettext as _

from ramah.kernel.providers.contract import Check

LONGEST_SECONDS = 20.0
_log = logging.getLogger(__name__)


def tried_in_time(
    check: Callable[[], Sequence[Check]], *, account: int, seconds: float = LONGEST_SECONDS
) -> list[Check]:
    """What `check` found, or that it did not come to an end in `seconds`, or what it raised. `account` is for the log."""
    found: list[Check] = []
    ended = threading.Event()

    def run() -> None:
        try:
            found.extend(check())
        except Exception as error:  # whatever a provider makes of us: it is said, and the page stands
            _log.exception("account could not be tried", extra={"account": account})
            found.append(Check(_("Connection"), type(error).__name__))
        finally:
            ended.set()
            connections.close_all()  # those of this thread alone

    # With the language of the page, which the thread would not have by itself.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    if ended.wait(seconds):
        return found
    return [Check(_("Connection"), _("The provider did not answer in time. Try again."))]
