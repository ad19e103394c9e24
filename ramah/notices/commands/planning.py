"""Planning notices: what happened becomes a cause and a notice in one transaction, and of one cause there is one notice.

The unique key of the cause is what holds that, not a look before. A cause whose notice did not hold any more when its time came
is free again: nobody was told.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from ramah.commerce.models import Order
from ramah.notices import kinds
from ramah.notices.kinds import KINDS
from ramah.notices.models import Cause, Notice, Rule
from ramah.notices.queries.rules import rule_for, rules_of
from ramah.notices.queries.signals import DELAYS, EVE_PROBABILITY, TOLD, signal_now
from ramah.notices.rules import RuleTerms, Signal
from ramah.shipping.models import Flight

S = Notice.State
# The eve of the promised day, from 16:00 where it goes to: early enough for a warning before the night.
_EVE: Final = (timedelta(hours=24), timedelta(hours=32))
_TOLD_LATELY: Final = timedelta(days=14)
_CHUNK: Final = 500


def plan(signal: Signal, *, rule: Rule | None = None, at: datetime) -> Notice | None:
    """Plan what a rule (default: the first that the signal fits) says of it.

    None where no rule speaks of it, it is stale, or its cause has a notice already.

    A delay that was only expected when it was planned, and has come before it was told, is told as what it is now.
    """
    rule = rule or rule_for(signal)
    if rule is None or signal.fresh_until <= at:
        return None
    with transaction.atomic():
        standing = Cause.objects.select_related("notice").filter(key=signal.key).first()
        if standing is not None:
            return _taken_over(standing.notice, rule, signal, at=at)
        try:
            with transaction.atomic():
                notice = Notice.objects.create(created_at=at, planned_at=at, **_fields(rule, signal, at=at))
                Cause.objects.create(key=signal.key, notice=notice, made_at=at)
        except IntegrityError:  # somebody else was faster
            return None
    return notice


def plan_now(kind: str, *, order_id: int, shipment_id: int | None = None, ref: str = "", at: datetime) -> Notice | None:
    """Plan what holds of this kind for an order (and parcel) now; None as `plan`, or where nothing of it holds."""
    if not rules_of(kind):
        return None
    signal = signal_now(kind, order_id=order_id, shipment_id=shipment_id, ref=ref, at=at)
    return plan(signal, at=at) if signal is not None else None


def plan_timed(*, at: datetime) -> int:
    """Plan what no event tells of: money that is missing, the last evening before a promised day, a told day that passed too.

    A job. Returns how many were planned.
    """
    return sum(
        plan_now(kind, order_id=order_id, at=at) is not None
        for kind, look in _TIMED.items()
        for order_id in look(rules_of(kind), at)
    )


def end_stale(*, at: datetime) -> int:
    """End what nobody would want to be told any more, also where its rule rests. A job. Returns how many."""
    stale = Notice.objects.filter(state=S.PLANNED, not_after__lte=at)
    keys = list(stale.order_by("next_attempt_at").values_list("pk", flat=True)[:_CHUNK])
    if not keys:
        return 0
    with transaction.atomic():
        ended = stale.filter(pk__in=keys).update(state=S.OUTDATED, reason="stale", next_attempt_at=None)
        free_causes(keys)
    return ended


def free_causes(notice_ids: list[int]) -> None:
    """Give the causes of notices free that did not hold any more: nobody was told of them."""
    Cause.objects.filter(notice__in=notice_ids, notice__state=S.OUTDATED).delete()


def _fields(rule: Rule, signal: Signal, *, at: datetime) -> dict[str, object]:
    return {
        "rule": rule,
        "rule_version": rule.version,
        "kind": signal.kind,
        "customer_id": signal.customer_id,
        "order_id": signal.order_id,
        "shipment_id": signal.shipment_id,
        "not_after": signal.fresh_until,
        "facts": dict(signal.facts),
        "next_attempt_at": at + timedelta(minutes=KINDS[signal.kind].rests),
    }


def _taken_over(notice: Notice, rule: Rule, signal: Signal, *, at: datetime) -> Notice | None:
    if notice.state != S.PLANNED or notice.kind == signal.kind:
        return None
    rows = Notice.objects.filter(pk=notice.pk, state=S.PLANNED)
    if not rows.update(reason="", **_fields(rule, signal, at=at)):
        return None
    return rows.get()


def _unpaid(rules: list[Rule], at: datetime) -> Iterator[int]:
    """Orders that wait for their money, for as long as the most impatient rule waits."""
    if not rules:
        return iter(())
    hours = min(RuleTerms.read(rule.terms).after_hours for rule in rules)
    waiting = Order.objects.filter(
        state=Order.State.PLACED, payment_due_at__gt=at, placed_at__lte=at - timedelta(hours=hours)
    )
    return _orders(waiting, "pk", (kinds.PAYMENT_MISSING,))


def _on_the_eve(rules: list[Rule], at: datetime) -> Iterator[int]:
    if not rules:
        return iter(())
    begins, ends = (int((at + ahead).timestamp()) for ahead in _EVE)
    likely = Q(p_late__gte=EVE_PROBABILITY) | Q(level__gt=Flight.Level.FINE)
    return _orders(Flight.objects.filter(likely, promised__gt=begins, promised__lte=ends), "order_id", DELAYS)


def _told_day_passed(rules: list[Rule], at: datetime) -> Iterator[int]:
    """Orders of which a customer was told a day that is over, too: yesterday, or the day before in zones behind."""
    days = [(at - timedelta(days=ago)).date().isoformat() for ago in (1, 2)]
    speaking = Rule.objects.filter(kind__in=DELAYS).values_list("pk", flat=True)
    told = Notice.objects.filter(
        rule__in=list(speaking), planned_at__gt=at - _TOLD_LATELY, state__in=TOLD, facts__new_date__in=days
    )
    keys = told.values_list("order_id", flat=True).distinct()
    return (key for key in list(keys) if key is not None) if rules else iter(())


def _orders(rows: QuerySet, field: str, told: tuple[str, ...]) -> Iterator[int]:  # type: ignore[type-arg]
    """Keys of orders of which nothing of these kinds is planned or told."""
    known = Notice.objects.filter(order=OuterRef(field), kind__in=told).exclude(state=S.OUTDATED)
    keys = rows.filter(~Exists(known)).order_by("pk").values_list(field, flat=True)
    return iter(list(dict.fromkeys(keys.iterator(chunk_size=_CHUNK))))


_TIMED: Final = {kinds.PAYMENT_MISSING: _unpaid, kinds.AT_RISK: _on_the_eve, kinds.LATE: _told_day_passed}
