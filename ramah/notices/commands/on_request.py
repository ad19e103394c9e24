"""What customers asked to be told of, one by one: told at once, outside their quiet hours, whatever else they had this week."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ramah.customers.models import ContactPoint
from ramah.notices import causes
from ramah.notices.commands.planning import plan
from ramah.notices.commands.rules import install_defaults
from ramah.notices.commands.sending import send_notice
from ramah.notices.kinds import BACK_IN_STOCK, KINDS, PRICE_DROP
from ramah.notices.models import Rule
from ramah.notices.queries.wishes import notice_settings, preference_of, quiet_of, zone_for
from ramah.notices.rules import Signal

__all__ = ["BACK_IN_STOCK", "PRICE_DROP", "are_open", "is_awake", "tell_on_request"]


def are_open(kinds: Collection[str], *, at: datetime) -> bool:
    """Whether these kinds may be told now at all: notices are not switched off, and a rule of each is live."""
    if notice_settings().all_off_at is not None:
        return False
    install_defaults(kinds, at=at)
    return all(Rule.objects.filter(kind=kind, state=Rule.State.LIVE).exists() for kind in kinds)


def is_awake(contact_point: ContactPoint, *, at: datetime) -> bool:
    """Whether it is not in the quiet hours of whoever has the address (the customer is loaded)."""
    customer = contact_point.customer
    own = preference_of(customer.pk)
    return quiet_of(own, notice_settings(), zone_for(customer, None)).until(at) is None


@transaction.atomic
def tell_on_request(
    *,
    kind: str,
    alert_id: int,
    contact_point: ContactPoint,
    language: str,
    about: str,
    facts: Mapping[str, Any],
    at: datetime,
) -> None:
    """Tell what was asked for at this address; where it cannot go just now it waits as any other notice. Said once."""
    told = {**facts, "contact_point": contact_point.pk, "language": language, "about": about}
    until = at + timedelta(hours=KINDS[kind].fresh)
    signal = Signal(kind, causes.alert(alert_id), contact_point.customer_id, at, until, facts=told)
    notice = plan(signal, at=at)
    if notice is not None:
        send_notice(notice, at=at)
