"""Setting SLA policies."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from ramah.desk.models import SLAPolicy
from ramah.desk.permissions import MANAGE_SLA
from ramah.desk.policies import forget_policies
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, require


class NoPromise(Exception):
    """A policy promises at least one of first reply, next reply and resolution."""


def save_policy(*, actor: Actor, policy: SLAPolicy, at: datetime) -> SLAPolicy:
    """Store a new or changed policy. It holds for what customers say from now on. Raises `NoPromise`, `PermissionDenied`."""
    require(actor, MANAGE_SLA)
    if not (policy.first_reply_minutes or policy.next_reply_minutes or policy.resolution_minutes):
        raise NoPromise
    is_new = policy.pk is None
    with transaction.atomic():
        if is_new:
            policy.created_at = at
        policy.save()
        audit.record(
            actor,
            "sla.create" if is_new else "sla.change",
            f"sla:{policy.pk}",
            at=at,
            first_reply=policy.first_reply_minutes,
            next_reply=policy.next_reply_minutes,
            resolution=policy.resolution_minutes,
            warn_percent=policy.warn_percent,
            active=policy.is_active,
        )
        transaction.on_commit(forget_policies)
    return policy


def give_first_policy(*, at: datetime) -> SLAPolicy | None:
    """Where no policy was ever set, one that holds for every inbox: whoever writes to a new shop is told when the answer comes.

    Four business hours for a reply and three working days (of eight hours) for a resolution, on the calendar of the inbox. None
    when there is a policy already.
    """
    with transaction.atomic():
        if SLAPolicy.objects.exists():
            return None
        policy = SLAPolicy(
            name=_("Standard"), first_reply_minutes=240, next_reply_minutes=240, resolution_minutes=3 * 8 * 60
        )
        return save_policy(actor=SYSTEM, policy=policy, at=at)
