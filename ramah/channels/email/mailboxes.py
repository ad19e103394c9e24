"""Setting up inboxes and how mail reaches and leaves them. Passwords and keys go in and never come out again."""

import imaplib
import smtplib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from imap_tools.errors import ImapToolsError

from ramah.accounts.models import Team
from ramah.channels.commands.accounts import save_inbox
from ramah.channels.email import imap
from ramah.channels.email.models import Mailbox
from ramah.channels.email.outgoing import smtp_of
from ramah.channels.email.transports import plain_reason
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.conversations.models import Inbox
from ramah.desk.commands.setting_policies import give_first_policy
from ramah.kernel import audit
from ramah.kernel.actors import Actor, NotVisible, require
from ramah.kernel.providers.contract import Check

SECRETS = ("password", "smtp_password", "hook_secret")
# A secret lives only as long as what it is for is set.
_NEEDED_BY = {"password": "host", "smtp_password": "smtp_host", "hook_secret": "provider"}
_WHERE_MAIL_IS = ("host", "port", "username", "folder")


def save_mailbox(
    *,
    actor: Actor,
    inbox: Inbox | None,
    address: Mapping[str, Any],
    teams: Iterable[Team],
    settings: Mapping[str, Any],
    at: datetime,
) -> Mailbox:
    """Set up an e-mail inbox (None: a new one) and its mailbox. Raises `PermissionDenied`.

    `address` holds fields of the inbox, `settings` of the mailbox. An empty secret leaves the stored one as it is. What is known
    of the mailbox's progress is forgotten when it now lies elsewhere; a worker that is fetching it starts anew.
    """
    require(actor, MANAGE_INBOXES)
    with transaction.atomic():
        inbox, changed = save_inbox(inbox, channel="email", address=address, teams=teams, at=at)
        mailbox = Mailbox.objects.select_for_update().filter(inbox=inbox).first() or Mailbox(inbox=inbox)
        changed += _change(mailbox, settings)
        mailbox.claim, mailbox.claimed_until, mailbox.attempts = "", None, 0
        mailbox.next_attempt_at = at if mailbox.is_active and inbox.is_active else None
        mailbox.state, mailbox.last_error = Mailbox.State.NEW, ""
        mailbox.save()
        audit.record(actor, "inbox.save", f"inbox:{inbox.pk}", at=at, changed=changed)
        give_first_policy(at=at)
        return mailbox


def _change(mailbox: Mailbox, settings: Mapping[str, Any]) -> list[str]:
    given = {name: value for name, value in settings.items() if name not in SECRETS or value}
    changed = [name for name, value in given.items() if getattr(mailbox, name) != value]
    for name in changed:
        setattr(mailbox, name, given[name])
    for secret, needed_by in _NEEDED_BY.items():
        if not getattr(mailbox, needed_by):
            setattr(mailbox, secret, None)
    if not set(changed).isdisjoint(_WHERE_MAIL_IS):
        mailbox.uidvalidity, mailbox.last_uid, mailbox.unsettled, mailbox.last_ok_at = None, 0, [], None
    return changed


def test_connection(*, actor: Actor, mailbox: Mailbox) -> list[Check]:
    """Try to reach the mailbox and its mail server, as they are saved. Fetches and sends nothing. Raises `PermissionDenied`."""
    require(actor, MANAGE_INBOXES)
    checks = []
    if mailbox.host:
        checks.append(Check(_("IMAP server"), _reason_of_imap(mailbox)))
    if mailbox.smtp_host:
        checks.append(Check(_("SMTP server"), _reason_of_smtp(mailbox)))
    return checks


def _reason_of_imap(mailbox: Mailbox) -> str:
    try:
        with imap.open_session(mailbox):
            return ""
    except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
        return imap.plain_reason(error)


def _reason_of_smtp(mailbox: Mailbox) -> str:
    try:
        smtp_of(mailbox).check()
    except (smtplib.SMTPException, OSError) as error:
        return plain_reason(error)
    return ""


def mailboxes(actor: Actor) -> list[Mailbox]:
    """The mailbox of every e-mail inbox, by name; an inbox without one has an empty one. Raises `PermissionDenied`."""
    require(actor, MANAGE_INBOXES)
    known = {mailbox.inbox_id: mailbox for mailbox in Mailbox.objects.all()}
    inboxes = Inbox.objects.filter(channel="email").select_related("calendar").order_by("name", "id")
    rows = []
    for inbox in inboxes:
        mailbox = known.get(inbox.pk, Mailbox())
        mailbox.inbox = inbox
        rows.append(mailbox)
    return rows


def mailbox_for(actor: Actor, *, public_id: str) -> Mailbox:
    """The mailbox of the e-mail inbox with this public id. Raises `NotVisible`."""
    inbox = Inbox.objects.filter(public_id=public_id, channel="email").first()
    if inbox is None or not actor.may(MANAGE_INBOXES):
        raise NotVisible
    mailbox = Mailbox.objects.filter(inbox=inbox).first() or Mailbox()
    mailbox.inbox = inbox
    return mailbox


def hooked_mailbox(inbox_key: str) -> Mailbox:
    """The mailbox that a provider may post to. Raises `NotVisible` where none is set up."""
    rows = Mailbox.objects.filter(inbox__key=inbox_key, inbox__channel="email", inbox__is_active=True)
    mailbox = rows.exclude(provider="").select_related("inbox").first()
    if mailbox is None:
        raise NotVisible
    return mailbox
