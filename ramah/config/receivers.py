"""What takes mail in: the SMTP receiver and the mailboxes that are fetched.

Owns: their start and stop. Never: reads a mail.
"""

import contextlib
import logging
import ssl
import threading
from collections.abc import Iterator

from django.conf import settings

from ramah.channels.email.attending import run_mailboxes
from ramah.channels.email.smtp_receiver import MailServer, serve_smtp

GRACE_SECONDS = 4.0
_log = logging.getLogger(__name__)


class Receivers:
    """The running receivers."""

    def __init__(self, server: MailServer | None) -> None:
        self._server = server
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=run_mailboxes, args=(self._stop,), name="mailboxes", daemon=True)]

    @property
    def says(self) -> str:
        """Where mail comes in, for people."""
        smtp = f"SMTP on {self._server.host}:{self._server.port}" if self._server else "no SMTP receiver"
        return f"{smtp}; mailboxes are fetched"

    def start(self) -> None:
        """Begin to fetch the mailboxes."""
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """Take no more mail and finish what has arrived; returns at once."""
        if self._stop.is_set():
            return
        self._stop.set()
        if self._server:
            closing = threading.Thread(target=self._server.stop, name="smtp stop", daemon=True)
            closing.start()
            self._threads.append(closing)

    def join(self) -> None:
        """Wait a while for what has arrived. What is not stored by then was not acknowledged and is sent again."""
        for thread in self._threads:
            thread.join(GRACE_SECONDS / len(self._threads))


def _tls_context() -> ssl.SSLContext | None:
    """What STARTTLS needs, where a certificate is named."""
    if settings.SMTP_TLS is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*settings.SMTP_TLS)
    return context


@contextlib.contextmanager
def mail_receivers(*, host: str = "127.0.0.1", lmtp: bool = False) -> Iterator[Receivers]:
    """Take mail in while the block runs. RAMAH_SMTP_PORT 0: no SMTP receiver; a taken port is logged."""
    server = None
    if settings.SMTP_PORT:
        try:
            server = serve_smtp(host, settings.SMTP_PORT, lmtp=lmtp, tls_context=_tls_context())
        except OSError as error:
            _log.error("no mail comes in by SMTP: set RAMAH_SMTP_PORT to a free port", extra={"error": error.strerror})
    receivers = Receivers(server)
    receivers.start()
    try:
        yield receivers
    finally:
        receivers.ask_to_stop()
        receivers.join()
