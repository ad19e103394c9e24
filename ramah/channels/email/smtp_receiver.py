"""Ramah's own SMTP and LMTP server: takes mail for its inboxes from other mail servers, and nothing else.

Never relays, never asks for a log-in, never tells which addresses exist beyond refusing those that do not. A mail is
acknowledged after its commit, so a sender that hears nothing keeps it.
"""

import asyncio
import logging
import re
import socket
import ssl
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError

from ramah.channels.email.group_commit import Arrival, MailCommit
from ramah.channels.email.recipients import AddressBook, inbox_of

DRAIN_SECONDS = 15.0
# A dot alone between line breaks other than CRLF: another server may take it for the end of the mail and what follows for
# commands of ours (SMTP smuggling, https://smuggling.sec-consult.com).
_SMUGGLED_END = re.compile(rb"[\r\n]\x00*\.\x00*[\r\n]")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes upon itself."""

    message_bytes: int
    recipients: int = 100
    connections: int = 300
    connections_per_peer: int = 50
    idle_seconds: float = 120
    waiting: int = 1000
    held_bytes: int = 256 * 1024 * 1024


class Reception:
    """What the connections share: limits, known addresses, the line to the database."""

    def __init__(self, limits: Limits, *, transport: str) -> None:
        self.limits, self.transport = limits, transport
        self.line = MailCommit(most_waiting=limits.waiting)
        self.book = AddressBook()
        self.doors: set[SMTP] = set()
        self.peers: Counter[str] = Counter()
        self.held_bytes = 0
        self.is_closing = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet. No log-in is offered: nobody may do more here than leave mail."""
        session.host_name = hostname
        offers = [line for line in responses if not line.startswith(("250-AUTH", "250 HELP"))]
        return [*offers, "250-PIPELINING", "250 ENHANCEDSTATUSCODES"]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A mail begins, unless there is no room for it."""
        if self.is_closing:
            return "421 4.3.2 Closing, come back later"
        if self.line.is_full or self.held_bytes >= self.limits.held_bytes:
            return "451 4.3.1 Busy, come back later"
        if not address.isprintable():
            return "501 5.1.7 Bad sender address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient: one of our inboxes, or refused."""
        if len(envelope.rcpt_tos) >= self.limits.recipients:
            return "452 4.5.3 Too many recipients"
        try:
            if not self.book.is_fresh:
                await self.line.ask(self.book.read)
        except DatabaseError:
            return "451 4.3.0 Cannot look that up now, come back later"
        if inbox_of(address, self.book.inboxes) is not None:
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 OK"
        ours = address.rpartition("@")[2].lower() in self.book.domains
        return "550 5.1.1 No such address here" if ours else "550 5.7.1 This server does not relay"

    async def handle_VRFY(self, server: SMTP, session: Session, envelope: Envelope, address: str) -> str:
        """Which addresses exist is nobody's business."""
        return "252 2.5.0 Send some mail and see"

    async def keep(self, session: Session, envelope: Envelope, raw: bytes) -> str:
        """Store a mail for each inbox it is for, and say how that went."""
        shared = {
            "transport": self.transport,
            "sender": "" if envelope.mail_from == "<>" else envelope.mail_from,
            "peer": session.peer[0] if session.peer else "",
            "helo": session.host_name,
            "tls": session.ssl is not None,
        }
        envelopes: dict[int, dict[str, Any]] = {}
        for address in envelope.rcpt_tos:
            inbox_id = inbox_of(address, self.book.inboxes)
            if inbox_id is not None:
                envelopes.setdefault(inbox_id, {**shared, "recipients": []})["recipients"].append(address)
        stored = bool(envelopes) and await self.line.store(Arrival(raw, envelopes))
        return "250 2.0.0 Taken in" if stored else "451 4.3.0 Not stored, come back later"


class Door(SMTP):
    """One SMTP connection. Reads a mail in large pieces rather than line by line, whatever the length of its lines."""

    line_length_limit = 64 * 1024
    event_handler: Reception
    envelope: Envelope
    session: Session
    _is_turned_away = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, or turn it away."""
        if self not in self.event_handler.doors:
            reception, peer = self.event_handler, _peer(transport)
            if (
                len(reception.doors) >= reception.limits.connections
                or reception.peers[peer] >= reception.limits.connections_per_peer
            ):
                self._is_turned_away = True
                transport.write(b"421 4.7.0 Too many connections, come back later\r\n")  # type: ignore[attr-defined]
                transport.close()
                return
            reception.doors.add(self)
            reception.peers[peer] += 1
            self._counted_peer = peer
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Give its place to the next."""
        if self._is_turned_away:
            return
        reception = self.event_handler
        if self in reception.doors:
            reception.doors.discard(self)
            reception.peers -= Counter([self._counted_peer])
        super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The peer has said all."""
        return None if self._is_turned_away else super().eof_received()

    async def smtp_DATA(self, arg: str) -> None:
        """Take the mail, and answer when it is safe."""
        if await self.check_helo_needed():
            return
        if not self.envelope.rcpt_tos or arg:
            await self.push("501 5.5.4 Syntax: DATA" if arg else "503 5.5.1 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        count = len(self.envelope.rcpt_tos)
        status = await self._take_mail()
        self._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd's
        for _ in range(count if self.event_handler.transport == "lmtp" else 1):  # RFC 2033 4.2
            await self.push(status)

    async def _take_mail(self) -> str:
        reception = self.event_handler
        kept, held, refusal = bytearray(b"\r\n"), 0, ""
        try:
            while not kept.endswith(b"\r\n.\r\n"):
                kept += await self._piece()
                refusal = refusal or self._refusal(len(kept))
                if refusal:  # read on to the end, keep nothing
                    del kept[:-5]
                reception.held_bytes += len(kept) - held
                held = len(kept)
            refusal = refusal or self._smuggled(kept)
            if refusal:
                return refusal
            raw = bytes(kept[:-3]).replace(b"\r\n.", b"\r\n")[2:]
            kept.clear()
            return await reception.keep(self.session, self.envelope, raw)
        finally:
            reception.held_bytes -= held

    async def _piece(self) -> bytes:
        try:
            return bytes(await self._reader.readuntil(b".\r\n"))
        except asyncio.LimitOverrunError as more:
            self._reset_timeout()
            return bytes(await self._reader.readexactly(more.consumed))

    def _refusal(self, size: int) -> str:
        reception = self.event_handler
        if size > reception.limits.message_bytes + len(b"\r\n.\r\n"):
            return "552 5.3.4 The mail is too large"
        if reception.held_bytes > reception.limits.held_bytes:
            return "452 4.3.1 Busy, come back later"
        return ""

    def _smuggled(self, kept: bytearray) -> str:
        return "554 5.6.0 A lone dot between bare line breaks" if _SMUGGLED_END.search(kept, 0, len(kept) - 4) else ""


class LmtpDoor(Door, LMTP):
    """One LMTP connection, from a mail server that delivers locally."""


class MailServer:
    """The listening server, in a thread with an event loop of its own."""

    def __init__(
        self, host: str, port: int, *, lmtp: bool, tls_context: ssl.SSLContext | None, limits: Limits | None
    ) -> None:
        self.host, self.port = host, port
        self._lmtp, self._tls = lmtp, tls_context
        self._limits = limits or Limits(settings.INTAKE_MAX_BYTES)
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._started = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="smtp", daemon=True)

    def start(self) -> None:
        """Listen. Raises OSError when the address cannot be had."""
        self._thread.start()
        self._started.wait()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Take no more mail, finish what has arrived, close."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # it ended in between
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:
            self._failure = error
            _log.exception("the mail receiver ended")
        finally:
            self._loop.close()
            self._started.set()

    async def _serve(self) -> None:
        reception = Reception(self._limits, transport="lmtp" if self._lmtp else "smtp")
        server = await self._loop.create_server(lambda: self._door(reception), self.host, self.port)
        self.port = server.sockets[0].getsockname()[1]
        worker = asyncio.create_task(reception.line.work())
        self._started.set()
        waiting = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([worker, waiting], return_when=asyncio.FIRST_COMPLETED)
        server.close()
        reception.is_closing = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._drained(reception), DRAIN_SECONDS)
        for door in list(reception.doors):
            if door.transport is not None:
                door.transport.close()
        await asyncio.sleep(0)
        worker.cancel()
        reception.line.close()

    async def _drained(self, reception: Reception) -> None:
        while reception.held_bytes:
            await asyncio.sleep(0.02)
        await reception.line.drained()

    def _door(self, reception: Reception) -> SMTP:
        return (LmtpDoor if self._lmtp else Door)(
            reception,
            data_size_limit=self._limits.message_bytes,
            enable_SMTPUTF8=True,
            hostname=urlsplit(settings.BASE_URL).hostname or socket.gethostname(),
            ident="LMTP Ramah" if self._lmtp else "ESMTP Ramah",
            tls_context=self._tls,
            timeout=self._limits.idle_seconds,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=self._loop,
        )


def serve_smtp(
    host: str,
    port: int,
    *,
    lmtp: bool = False,
    tls_context: ssl.SSLContext | None = None,
    limits: Limits | None = None,
) -> MailServer:
    """Start a mail receiver (port 0: any free one, see `.port`) and return it; `.stop()` finishes the mail in hand.

    With `tls_context` it offers STARTTLS. Raises OSError when the address cannot be had.
    """
    server = MailServer(host, port, lmtp=lmtp, tls_context=tls_context, limits=limits)
    server.start()
    return server


def _peer(transport: asyncio.BaseTransport) -> str:
    name = transport.get_extra_info("peername")
    return str(name[0]) if name else ""
