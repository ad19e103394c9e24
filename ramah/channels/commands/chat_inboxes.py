"""Setting up inboxes of live chat: the widget's settings, and the secret by which other sites say who is signed in there."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ramah.accounts.models import Team
from ramah.channels.chat.state import forget_state
from ramah.channels.commands.accounts import save_inbox
from ramah.channels.models import ChatSettings
from ramah.channels.permissions import MANAGE_INBOXES
from ramah.conversations.models import Inbox
from ramah.desk.commands.setting_policies import give_first_policy
from ramah.kernel import audit
from ramah.kernel.actors import Actor, require

CHAT = "chat"


def save_chat_inbox(
    *,
    actor: Actor,
    inbox: Inbox | None,
    address: Mapping[str, Any],
    teams: Iterable[Team],
    settings: Mapping[str, Any],
    at: datetime,
) -> Inbox:
    """Set up an inbox of live chat (None: a new one) and its widget. Raises `PermissionDenied`.

    `address` holds fields of the inbox, of which its address is made; `settings` those of `ChatSettings`.
    """
    require(actor, MANAGE_INBOXES)
    fields = {**address, "address": f"{CHAT}:{address['key']}"}
    with transaction.atomic():
        inbox, changed = save_inbox(inbox, channel=CHAT, address=fields, teams=teams, at=at)
        row = _settings_of(inbox)
        news = [name for name, value in settings.items() if getattr(row, name) != value]
        for name in news:
            setattr(row, name, settings[name])
        row.save()
        audit.record(actor, "inbox.save", f"inbox:{inbox.pk}", at=at, changed=sorted([*changed, *news]))
        give_first_policy(at=at)
        transaction.on_commit(lambda: forget_state(inbox))
        return inbox


def make_identity_secret(*, actor: Actor, inbox: Inbox, at: datetime) -> str:
    """A new secret by which other sites say who is signed in there. Returned this once; what the old one signed is refused.

    Raises `PermissionDenied`.
    """
    require(actor, MANAGE_INBOXES)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = _settings_of(inbox)
        row.identity_secret = secret
        row.save()
        audit.record(actor, "inbox.identity_secret", f"inbox:{inbox.pk}", at=at)
    return secret


def drop_identity_secret(*, actor: Actor, inbox: Inbox, at: datetime) -> None:
    """No other site may say any more who is signed in. Raises `PermissionDenied`."""
    require(actor, MANAGE_INBOXES)
    with transaction.atomic():
        row = _settings_of(inbox)
        row.identity_secret = None
        row.save()
        audit.record(actor, "inbox.identity_secret_dropped", f"inbox:{inbox.pk}", at=at)


def _settings_of(inbox: Inbox) -> ChatSettings:
    rows = ChatSettings.objects.select_for_update(of=("self",))
    return rows.filter(inbox=inbox).first() or ChatSettings(inbox=inbox)
