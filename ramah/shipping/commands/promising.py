"""The promise of an order's delivery follows what is expected of all its parts: it is as late as the latest of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import Max

from ramah.promises.commands import follow_forecast
from ramah.promises.models import Promise
from ramah.shipping.models import Flight

# What the promise's history says of why: codes, never words of a person.
REASONS: Final = {level.value: level.name.lower() for level in Flight.Level}


def follow_orders(*, order_ids: Iterable[int], at: datetime) -> int:
    """Mark the running delivery promises of these orders as at risk or eased, by their flights. Returns how many changed.

    An order of which nothing is under way says nothing: its promise was kept, withdrawn, or never followed a forecast. What the
    clock has broken stays broken.
    """
    rows = Flight.objects.filter(order__in=sorted(set(order_ids))).order_by()
    levels = {f"order:{key}": level for key, level in rows.values_list("order_id").annotate(Max("level"))}
    promises = Promise.objects.running().filter(subject__in=levels, kind=Promise.Kind.DELIVERY).order_by("pk")
    changed = 0
    for key, subject, warned_at, warn_minutes in promises.values_list("pk", "subject", "warned_at", "warn_minutes"):
        is_at_risk = levels[subject] > Flight.Level.FINE
        if warn_minutes is not None or is_at_risk != (warned_at is not None):
            changed += follow_forecast(promise_id=key, is_at_risk=is_at_risk, reason=REASONS[levels[subject]], at=at)
    return changed


def take_new_date(*, order_ids: Iterable[int], at: datetime) -> None:
    """Another day was agreed on with the customer: what was at risk or late by the old one is looked at anew."""
    late = Flight.objects.filter(order__in=sorted(set(order_ids)), level__in=(Flight.Level.AT_RISK, Flight.Level.LATE))
    late.filter(promised__gt=int(at.timestamp())).update(level=Flight.Level.FINE, forecast_at=0)
