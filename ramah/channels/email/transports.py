"""Handing a mail over: to a file, or to an SMTP server. Knows nothing of deliveries and never touches the database.

What matters is what can be said afterwards: taken, not taken (and whether trying again makes sense), or unknown.
"""

import email.policy
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from enum import Enum
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from ramah.channels.email.models import Security

CONNECT_SECONDS = 15
REPLY_SECONDS = 60
# RFC 5321 4.5.3.2.6 wants ten minutes for the answer to the final dot; a worker's lease must outlast this.
FINAL_REPLY_SECONDS = 300

# Flat lines of at most 78 characters and nothing but ASCII: every server passes it on unchanged.
WIRE = email.policy.SMTP.clone(cte_type="7bit")


class Outcome(Enum):
    """What is known after a hand-over."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Result:
    """How a hand-over ended. `outstanding` are the recipients for whom the mail was not taken; `reason` is for people."""

    outcome: Outcome
    reason: str = ""
    outstanding: tuple[str, ...] = ()


class Transport(Protocol):
    """A way out. Connects when first used, is used for a batch, then closed."""

    def hand_over(self, mail: EmailMessage, *, sender: str, recipients: list[str], name: str, at: datetime) -> Result:
        """Hand `mail` over to be brought to `recipients`. Never raises for what the other side does."""

    def close(self) -> None:
        """Give the connection back."""


@dataclass(frozen=True, slots=True)
class FileTransport:
    """Writes mails to a folder, for a shop without a mail server: shown in the desk."""

    folder: Path

    def hand_over(self, mail: EmailMessage, *, sender: str, recipients: list[str], name: str, at: datetime) -> Result:
        """Write `<time>-<name>.eml`, whole or not at all."""
        target = self.folder / f"{at:%Y%m%dT%H%M%S}-{name}.eml"
        part = target.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(mail.as_bytes(policy=WIRE))
            part.rename(target)
        except OSError as error:
            reason = _("The outbox folder cannot be written: %(words)s.") % {"words": error.strerror}
            return Result(Outcome.TEMPORARY, reason, tuple(recipients))
        return Result(Outcome.SENT)

    def close(self) -> None:
        """Nothing is held."""


@dataclass(slots=True)
class SmtpTransport:
    """Hands mails to one SMTP server over one connection, one after the other."""

    host: str
    port: int
    security: str
    username: str = ""
    password: str = field(default="", repr=False)
    connect_seconds: float = CONNECT_SECONDS
    reply_seconds: float = REPLY_SECONDS
    final_reply_seconds: float = FINAL_REPLY_SECONDS
    _server: smtplib.SMTP | None = field(default=None, init=False, repr=False)

    def hand_over(self, mail: EmailMessage, *, sender: str, recipients: list[str], name: str, at: datetime) -> Result:
        """Send over SMTP.

        1. Up to the final dot nothing was handed over, whatever goes wrong: temporary, or permanent when the server says so.
        2. A recipient refused for good while others are taken: those get it, and the result names who did not.
        3. A connection lost after the final dot: nobody knows.
        """
        everyone = tuple(recipients)
        try:
            server = self._connected()
            addresses = {recipient: _wire_address(recipient) for recipient in recipients}
            refused = self._envelope(server, sender, addresses)
            if len(refused) == len(everyone):
                server.rset()
                return _refusal(refused)
            self._body_without_end(server, mail, utf8=not all(map(str.isascii, addresses.values())))
        except _NotTaken as error:
            self._reset_or_close()
            return Result(Outcome.TEMPORARY if error.temporary else Outcome.PERMANENT, str(error), everyone)
        except (smtplib.SMTPException, OSError, ssl.SSLError) as error:
            self.close()
            return Result(Outcome.TEMPORARY, plain_reason(error), everyone)
        return self._end(server, refused, everyone)

    def check(self) -> None:
        """Connect and log in. Raises what smtplib and the network raise."""
        self._connected()
        self.close()

    def close(self) -> None:
        """Say goodbye if the server still listens."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            try:
                if self._server.noop()[0] == 250:
                    return self._server
            except (smtplib.SMTPException, OSError):
                pass
            self.close()
        tls = ssl.create_default_context()
        # Named here, since smtplib would ask the name service for it, which can take its time.
        name = urlsplit(settings.BASE_URL).hostname
        if self.security == Security.SSL:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=name, timeout=self.connect_seconds, context=tls
            )
        else:
            server = smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=self.connect_seconds)
        self._server = server
        server.ehlo_or_helo_if_needed()
        if self.security == Security.STARTTLS:
            server.starttls(context=tls)
        if self.username:
            _log_in(server, self.username, self.password)
        _wait(server, self.reply_seconds)
        return server

    def _envelope(self, server: smtplib.SMTP, sender: str, addresses: dict[str, str]) -> dict[str, "_NotTaken"]:
        utf8 = not all(map(str.isascii, (*addresses.values(), sender)))
        if utf8 and not server.has_extn("smtputf8"):
            raise _NotTaken(550, _("The mail server cannot deliver to an address with such letters."))
        server.command_encoding = "utf-8" if utf8 else "ascii"
        code, says = server.mail(_wire_address(sender), ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else [])
        if code != 250:
            raise _NotTaken(code, says)
        refused = {}
        for recipient, address in addresses.items():
            code, says = server.rcpt(address)
            if code == 421:  # it closes the connection
                raise _NotTaken(code, says)
            if code not in (250, 251):
                refused[recipient] = _NotTaken(code, says)
        return refused

    def _body_without_end(self, server: smtplib.SMTP, mail: EmailMessage, *, utf8: bool) -> None:
        raw = mail.as_bytes(policy=WIRE.clone(utf8=True) if utf8 else WIRE)
        code, says = server.docmd("DATA")
        if code != 354:
            raise _NotTaken(code, says)
        body = re.sub(rb"(?m)^\.", b"..", raw)
        server.send(body if body.endswith(b"\r\n") else body + b"\r\n")

    def _end(self, server: smtplib.SMTP, refused: dict[str, "_NotTaken"], everyone: tuple[str, ...]) -> Result:
        try:
            _wait(server, self.final_reply_seconds)
            server.send(b".\r\n")
            code, says = server.getreply()
            _wait(server, self.reply_seconds)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Result(Outcome.UNCERTAIN, plain_reason(error), everyone)
        if code != 250:
            no = _NotTaken(code, says)
            self._reset_or_close()
            return Result(Outcome.TEMPORARY if no.temporary else Outcome.PERMANENT, str(no), everyone)
        return _refusal(refused) if refused else Result(Outcome.SENT)

    def _reset_or_close(self) -> None:
        try:
            if self._server is not None:
                self._server.rset()
        except (smtplib.SMTPException, OSError):
            self.close()


class _NotTaken(Exception):
    """The server said no, with a code."""

    def __init__(self, code: int, says: bytes | str) -> None:
        text = says.decode("utf-8", "replace") if isinstance(says, bytes) else says
        self.temporary = not 500 <= code < 600
        super().__init__(f"{code} {' '.join(text.split())[:300]}")


def _log_in(server: smtplib.SMTP, username: str, password: str) -> None:
    try:
        server.login(username, password)
    except smtplib.SMTPServerDisconnected as error:  # some servers end the talk at a wrong password
        raise smtplib.SMTPAuthenticationError(535, b"closed the connection at the log-in") from error


def _wait(server: smtplib.SMTP, seconds: float) -> None:
    if server.sock is not None:
        server.sock.settimeout(seconds)


def _refusal(refused: dict[str, _NotTaken]) -> Result:
    # Those told to try later are tried again, together with those refused: asking twice costs nothing, losing one does.
    temporary = any(error.temporary for error in refused.values())
    reason = "; ".join(f"{address}: {error}" for address, error in refused.items())
    return Result(Outcome.TEMPORARY if temporary else Outcome.PERMANENT, reason, tuple(refused))


def _wire_address(address: str) -> str:
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise _NotTaken(553, _("%(address)s is not an address that mail can go to.") % {"address": address}) from error


def plain_reason(error: Exception) -> str:
    """What went wrong with a mail server, in a sentence a person can act on."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _("The mail server did not accept the user name and password.")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _("The mail server does not offer the protection or log-in that is set here.")
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, TimeoutError):
        return network_reason(error.__context__)  # smtplib hides a timeout behind it
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _("The mail server closed the connection.")
    if isinstance(error, smtplib.SMTPResponseException):
        return _("The mail server said no: %(words)s") % {"words": _NotTaken(error.smtp_code, error.smtp_error)}
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The certificate of the mail server cannot be trusted: %(words)s.") % {"words": error.verify_message}
    return network_reason(error)


def network_reason(error: Exception) -> str:
    """What went wrong with a connection, in plain words."""
    if isinstance(error, ssl.SSLError):
        return _("No protected connection came about; check port and protection.")
    if isinstance(error, socket.gaierror):
        return _("There is no mail server of this name.")
    if isinstance(error, TimeoutError):
        return _("The mail server did not answer in time.")
    if isinstance(error, ConnectionRefusedError):
        return _("Nothing answers at this server and port.")
    if isinstance(error, OSError) and error.strerror:
        return _("The connection to the mail server failed: %(words)s.") % {"words": error.strerror}
    return _("The mail server could not be used: %(words)s.") % {"words": type(error).__name__}


def transport_of_url(url: str) -> Transport:
    """The transport that an EMAIL_URL names: file:///path, smtp://, smtp+tls:// (STARTTLS) or smtps://user:password@host:port."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileTransport(Path(unquote(parts.path)))
    security = {"smtps": Security.SSL, "smtp+tls": Security.STARTTLS}.get(parts.scheme, Security.PLAIN)
    port = parts.port or {Security.SSL: 465, Security.STARTTLS: 587}.get(security, 25)
    return SmtpTransport(
        parts.hostname or "localhost", port, security, unquote(parts.username or ""), unquote(parts.password or "")
    )
