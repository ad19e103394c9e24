"""Stopping all notices at once, letting them go on, and what holds for all of them."""

from datetime import datetime, time

from django.db import transaction

from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.notices.models import NoticeSettings
from ramah.notices.permissions import MANAGE_NOTICES, STOP_NOTICES

_SUBJECT = "notices:1"
MOST_PER_WEEK, MOST_CREDITS = 50, 100


class BadSettings(ValueError):
    """A figure is out of its bounds; names the field."""


@transaction.atomic
def switch_off(*, actor: Actor, reason: str, at: datetime) -> NoticeSettings:
    """Send no notice any more, from this moment on; what is planned waits. Repeatable. Raises `PermissionDenied`."""
    require(actor, STOP_NOTICES)
    held = _locked()
    if held.all_off_at is None:
        held.all_off_at, held.off_reason, held.off_by = at, reason.strip()[:200], actor.ref
        held.save(update_fields=["all_off_at", "off_reason", "off_by"])
        audit.record(actor, "notices.off", _SUBJECT, at=at)
    return held


@transaction.atomic
def switch_on(*, actor: Actor, at: datetime) -> NoticeSettings:
    """Let notices go again: what still holds by then. Repeatable. Raises `PermissionDenied`."""
    require(actor, MANAGE_NOTICES)
    held = _locked()
    if held.all_off_at is not None:
        held.all_off_at, held.off_reason, held.off_by = None, "", ""
        held.save(update_fields=["all_off_at", "off_reason", "off_by"])
        audit.record(actor, "notices.on", _SUBJECT, at=at)
    return held


@transaction.atomic
def change_settings(
    *,
    actor: Actor,
    quiet_from: time,
    quiet_to: time,
    per_week: int,
    promotions_per_week: int,
    credits_per_year: int,
    at: datetime,
) -> NoticeSettings:
    """Set quiet hours (on each customer's clock; the same time twice: none) and caps.

    Raises `BadSettings`, `PermissionDenied`.
    """
    require(actor, MANAGE_NOTICES)
    counts = {"per_week": per_week, "promotions_per_week": promotions_per_week, "credits_per_year": credits_per_year}
    for name, count in counts.items():
        if not 0 <= count <= (MOST_CREDITS if name == "credits_per_year" else MOST_PER_WEEK):
            raise BadSettings(name)
    held = _locked()
    fields = {"quiet_from": quiet_from, "quiet_to": quiet_to, **counts}
    for name, value in fields.items():
        setattr(held, name, value)
    held.save(update_fields=list(fields))
    audit.record(actor, "notices.settings", _SUBJECT, at=at, **{name: str(value) for name, value in fields.items()})
    return held


def _locked() -> NoticeSettings:
    NoticeSettings.objects.get_or_create(key="notices")
    return NoticeSettings.objects.select_for_update().get(key="notices")
