"""Setting up how an inbox takes calls."""

from datetime import datetime
from typing import Any

from django.db import transaction

from ramah.channels.permissions import MANAGE_INBOXES
from ramah.channels.phone.models import PhoneSettings
from ramah.channels.phone.queries import CHANNEL
from ramah.conversations.models import Inbox
from ramah.kernel import audit
from ramah.kernel.actors import Actor, NotVisible, require


def phone_inbox_for(actor: Actor, *, public_id: str) -> Inbox:
    """The phone inbox, for those who may set it up. Raises `NotVisible`."""
    row = Inbox.objects.filter(public_id=public_id, channel=CHANNEL).first() if actor.may(MANAGE_INBOXES) else None
    if row is None:
        raise NotVisible
    return row


def phone_inboxes(actor: Actor) -> list[Inbox]:
    """All phone inboxes, by name. Raises `PermissionDenied`."""
    require(actor, MANAGE_INBOXES)
    return list(Inbox.objects.filter(channel=CHANNEL).order_by("name", "id"))


def save_phone(*, actor: Actor, inbox: Inbox, fields: dict[str, Any], at: datetime) -> PhoneSettings:
    """Choose what callers hear and who is rung. Raises `PermissionDenied`."""
    require(actor, MANAGE_INBOXES)
    with transaction.atomic():
        row = PhoneSettings.objects.select_for_update().filter(inbox=inbox).first() or PhoneSettings(inbox=inbox)
        changed = sorted(name for name, value in fields.items() if getattr(row, name) != value)
        for name in changed:
            setattr(row, name, fields[name])
        row.save()
        if changed:
            audit.record(actor, "phone.set_up", f"inbox:{inbox.pk}", at=at, changed=changed)
        return row
