"""Fetching mail over IMAP: what is new is stored first, and only then marked as read, moved or deleted, as the mailbox says.

Progress is a UID under a UIDVALIDITY, written in the transaction that stores the mail; what is still to be done with stored mail
on the server is written there too. So a crash at any point leaves nothing fetched twice and nothing left undone.
"""

import imaplib
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxFolderStatusError,
    MailboxLoginError,
    MailboxStarttlsError,
)
from imap_tools.utils import check_command_status, encode_folder

from ramah.channels.commands import take_in
from ramah.channels.email.models import Mailbox, Security
from ramah.channels.email.transports import network_reason

NETWORK_SECONDS = 60
BATCH_MAILS, BATCH_BYTES = 50, 8 * 1024 * 1024
SIZES_AT_ONCE = 500
_OVERLAP = timedelta(days=2)


class ClaimLost(Exception):
    """The mailbox was given to another worker or its settings changed; what was not committed is fetched again."""


class CommandFailed(ImapToolsError):
    """The server said no to a command."""


class Session:
    """One connection to the folder of a mailbox."""

    def __init__(self, mailbox: Mailbox, connection: BaseMailBox) -> None:
        self._mailbox, self._imap = mailbox, connection
        # Asked again: a server tells all it can only after the log-in.
        self._can = connection.client.capability()[1][0].decode("ascii", "replace").upper().split()
        self._uidvalidity = int(connection.folder.status(mailbox.folder, ["UIDVALIDITY"])["UIDVALIDITY"])

    def fetch_new(self, at: datetime) -> int:
        """Store what is new and settle it on the server. Returns how many mails were stored. Raises `ClaimLost`."""
        mailbox = self._mailbox
        if mailbox.uidvalidity not in (None, self._uidvalidity):
            self._write(uidvalidity=None, last_uid=0, unsettled=[])  # the server numbered its mail anew
        self._settle()
        is_first = mailbox.uidvalidity is None
        uid_next = int(self._imap.folder.status(mailbox.folder, ["UIDNEXT"])["UIDNEXT"])
        uids = self._new_uids(is_first)
        stored = sum(self._take(batch, at) for batch in self._batches(uids))
        if is_first:
            self._write(uidvalidity=self._uidvalidity, last_uid=max(uid_next - 1, mailbox.last_uid))
        return stored

    def wait(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Return when the folder changed, after `seconds`, or soon after `is_over`; a server without IDLE is just waited for."""
        if "IDLE" not in self._can:
            step = threading.Event()
            while seconds > 0 and not is_over():
                step.wait(min(1.0, seconds))
                seconds -= 1.0
            return
        with self._imap.idle as idle:
            while seconds > 0 and not is_over() and not idle.poll(timeout=1):
                seconds -= 1.0

    def _new_uids(self, is_first: bool) -> list[int]:
        mailbox = self._mailbox
        criteria = f"UID {mailbox.last_uid + 1}:*"
        if is_first:
            # After a renumbering, what was unread may have been read since: go by date, and let duplicates be found.
            since = (mailbox.last_ok_at - _OVERLAP).date() if mailbox.last_ok_at else mailbox.since
            criteria += f" SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}" if since else " UNSEEN"
        # "n:*" always names the last mail, also when its UID is below n.
        return sorted(uid for uid in map(int, self._imap.uids(criteria)) if uid > mailbox.last_uid)

    def _batches(self, uids: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
        batch: list[tuple[int, int]] = []
        for start in range(0, len(uids), SIZES_AT_ONCE):
            for uid, size in self._sizes(uids[start : start + SIZES_AT_ONCE]):
                if batch and (len(batch) >= BATCH_MAILS or sum(s for _, s in batch) + size > BATCH_BYTES):
                    yield batch
                    batch = []
                batch.append((uid, size))
        if batch:
            yield batch

    def _sizes(self, uids: Sequence[int]) -> list[tuple[int, int]]:
        sizes = []
        for line in self._command("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE)"):
            words = line.replace(b"(", b" ").replace(b")", b" ").split() if isinstance(line, bytes) else []
            found = {words[i].upper(): int(words[i + 1]) for i in range(1, len(words) - 1) if words[i + 1].isdigit()}
            if {b"UID", b"RFC822.SIZE"} <= found.keys():
                sizes.append((found[b"UID"], found[b"RFC822.SIZE"]))
        return sorted(sizes)

    def _take(self, batch: Sequence[tuple[int, int]], at: datetime) -> int:
        mailbox = self._mailbox
        raws = [(uid, raw, envelope) for uid, size in batch for raw, envelope in self._raw(uid, size)]
        unsettled = [] if mailbox.after == Mailbox.After.KEEP else [uid for uid, _, _ in raws]
        with transaction.atomic():
            take_in(inbox_id=mailbox.inbox_id, raws=[(raw, envelope) for _, raw, envelope in raws], at=at)
            self._write(last_uid=batch[-1][0], unsettled=unsettled)
        self._settle()
        return len(raws)

    def _raw(self, uid: int, size: int) -> Iterator[tuple[bytes, dict[str, object]]]:
        envelope: dict[str, object] = {
            "transport": "imap",
            "folder": self._mailbox.folder,
            "uid": uid,
            "recipients": [],
        }
        part = "BODY.PEEK[]"
        if size > settings.INTAKE_MAX_BYTES:
            part = "BODY.PEEK[HEADER]"
            envelope["left_out_bytes"] = size
        for line in self._command("FETCH", str(uid), f"({part})"):
            if isinstance(line, tuple):  # none: somebody deleted it meanwhile
                yield bytes(line[1]), envelope

    def _settle(self) -> None:
        """Do with stored mail what the mailbox says. Never a bare EXPUNGE, which would remove what others marked as deleted."""
        mailbox = self._mailbox
        if not mailbox.unsettled:
            return
        uids = ",".join(map(str, mailbox.unsettled))
        if mailbox.after == Mailbox.After.SEEN:
            self._command("STORE", uids, "+FLAGS.SILENT", "(\\Seen)")
        elif mailbox.after == Mailbox.After.MOVE and "MOVE" in self._can:
            self._command("MOVE", uids, encode_folder(mailbox.move_to))
        elif mailbox.after == Mailbox.After.MOVE:
            self._command("COPY", uids, encode_folder(mailbox.move_to))
            self._remove(uids)
        elif mailbox.after == Mailbox.After.DELETE:
            self._remove(uids)
        self._write(unsettled=[])

    def _remove(self, uids: str) -> None:
        self._command("STORE", uids, "+FLAGS.SILENT", "(\\Deleted)")
        if "UIDPLUS" in self._can:  # without it the mail stays, marked, until its owner tidies up
            self._command("EXPUNGE", uids)

    def _command(self, name: str, *arguments: object) -> list[Any]:
        result = self._imap.client.uid(name, *arguments)  # type: ignore[arg-type]
        check_command_status(result, CommandFailed)
        return list(result[1])

    def _write(self, **progress: object) -> None:
        mailbox = self._mailbox
        if not Mailbox.objects.filter(pk=mailbox.pk, claim=mailbox.claim).update(**progress):
            raise ClaimLost
        for name, value in progress.items():
            setattr(mailbox, name, value)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@contextmanager
def open_session(mailbox: Mailbox) -> Iterator[Session]:
    """Connect, log in and select the folder. Raises what imap_tools, imaplib and the network raise: see `plain_reason`."""
    connection = _connection(mailbox)
    try:
        connection.login(mailbox.username, mailbox.password or "", mailbox.folder)
        yield Session(mailbox, connection)
    finally:
        try:
            connection.logout()
        except (ImapToolsError, imaplib.IMAP4.error, OSError):
            connection.client.shutdown()


def _connection(mailbox: Mailbox) -> BaseMailBox:
    tls = ssl.create_default_context()  # imaplib by itself would trust any certificate
    if mailbox.security == Security.SSL:
        return MailBox(mailbox.host, mailbox.port, timeout=NETWORK_SECONDS, ssl_context=tls)
    if mailbox.security == Security.STARTTLS:
        return MailBoxStartTls(mailbox.host, mailbox.port, timeout=NETWORK_SECONDS, ssl_context=tls)
    return MailBoxUnencrypted(mailbox.host, mailbox.port, timeout=NETWORK_SECONDS)


def fetch_once(mailbox: Mailbox, *, at: datetime) -> int:
    """Connect, fetch what is new, leave. Returns how many mails were stored; raises as `open_session` and `ClaimLost`."""
    with open_session(mailbox) as session:
        return session.fetch_new(at)


def plain_reason(error: Exception) -> str:
    """What went wrong with a mailbox, in a sentence a person can act on."""
    if isinstance(error, MailboxLoginError):
        return _("The mail server did not accept the user name and password.")
    if isinstance(error, MailboxFolderSelectError | MailboxFolderStatusError):
        return _("The folder does not exist in this mailbox.")
    if isinstance(error, MailboxStarttlsError) or (isinstance(error, imaplib.IMAP4.abort) and "TLS" in str(error)):
        return _("The mail server does not offer STARTTLS here.")
    if isinstance(error, imaplib.IMAP4.abort):
        return _("The mail server closed the connection.")
    if isinstance(error, ImapToolsError | imaplib.IMAP4.error):
        return _("The mail server said no: %(words)s") % {"words": " ".join(str(error).split())[:200]}
    return network_reason(error)
