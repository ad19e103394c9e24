"""Telling customers of a delivery because somebody at the desk wants it so. The rules say what; judging is as always."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from ramah.kernel import audit
from ramah.kernel.actors import Actor, require
from ramah.notices import kinds
from ramah.notices.commands.planning import free_causes, plan_now
from ramah.notices.models import Notice
from ramah.notices.permissions import SEND_NOTICES
from ramah.notices.queries.rules import rules_of
from ramah.shipping.models import Flight

CALLED_OFF: Final = "called_off"
# What there is to tell of a delivery on each level, likeliest first.
_KINDS: Final[Mapping[int, tuple[str, ...]]] = {
    Flight.Level.AT_RISK: (kinds.AT_RISK,),
    Flight.Level.LATE: (kinds.LATE,),
    Flight.Level.STALLED: (kinds.STALLED, kinds.LATE),
    Flight.Level.FAILED: (kinds.DELIVERY_FAILED, kinds.CUSTOMS, kinds.LATE),
    Flight.Level.LOST: (kinds.LOST,),
}


class NothingToTell(Exception):
    """It is as promised, or the customer was told of it already."""


class NobodySpeaks(Exception):
    """No rule that is live speaks of this."""


def tell_now(*, actor: Actor, flight: Flight, at: datetime) -> Notice:
    """Plan what is to be told of a delivery as it stands; it goes with the next round, as far as rules and quiet hours let it.

    Raises `NothingToTell`, `NobodySpeaks`, `PermissionDenied`.
    """
    require(actor, SEND_NOTICES)
    wanted = _KINDS.get(flight.level, ())
    if not wanted:
        raise NothingToTell
    if not any(rules_of(kind) for kind in wanted):
        raise NobodySpeaks
    for kind in wanted:
        notice = plan_now(kind, order_id=flight.order_id, shipment_id=flight.shipment_id, at=at)
        if notice is not None:
            audit.record(actor, "notices.tell", f"order:{flight.order_id}", at=at, kind=kind)
            return notice
    raise NothingToTell


@transaction.atomic
def call_off(*, actor: Actor, order_id: int, at: datetime) -> bool:
    """Take back what is planned for an order and not sent yet; its causes are free again. Raises `PermissionDenied`."""
    require(actor, SEND_NOTICES)
    rows = Notice.objects.filter(order=order_id, state=Notice.State.PLANNED)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not rows.filter(pk__in=keys).update(state=Notice.State.OUTDATED, reason=CALLED_OFF, next_attempt_at=None):
        return False
    free_causes(keys)
    audit.record(actor, "notices.call_off", f"order:{order_id}", at=at)
    return True
