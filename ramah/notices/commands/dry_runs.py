"""Trying a rule out on the past: who would have been told, when, and who asked before that. A job, in steps, by customers.

Each step keeps its figures and how far it got, so a run goes on where it stood; memory holds a few hundred customers.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from ramah.commerce.models import Order
from ramah.customers.models import Customer
from ramah.kernel import audit, claims
from ramah.kernel.actors import Actor, require
from ramah.notices import causes
from ramah.notices.commands.deciding import has_consent
from ramah.notices.kinds import KINDS, PROMOTION
from ramah.notices.models import Contact, DryRun, Notice, Rule
from ramah.notices.permissions import MANAGE_NOTICES
from ramah.notices.queries.past import KNOWN, Past, past_signals
from ramah.notices.queries.segments import segment
from ramah.notices.queries.wishes import is_spared, notice_settings, preference_of, quiet_of, zone_for
from ramah.notices.rehearsal import Figures, rehearse
from ramah.notices.rules import WEEK, Case, RuleTerms, Signal

DAYS: Final = 90
CUSTOMERS: Final = 200
STEPS: Final = 5
LEASE: Final = timedelta(minutes=10)
_OLDER: Final = timedelta(days=60)  # an order may be under way for so long before the time that is looked at
_MOST_TRIES: Final = 3
_log = logging.getLogger(__name__)


@transaction.atomic
def start_dry_run(*, actor: Actor, rule: Rule, days: int = DAYS, at: datetime) -> DryRun:
    """Have the present version of a rule tried out on the last `days`; one that waits already is returned as it is.

    Raises `PermissionDenied`.
    """
    require(actor, MANAGE_NOTICES)
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    waiting = DryRun.objects.filter(rule=rule, rule_version=rule.version, state=DryRun.State.WAITING).first()
    if waiting is not None:
        return waiting
    run = DryRun.objects.create(
        rule=rule,
        rule_version=rule.version,
        since=at - timedelta(days=days),
        until=at,
        next_attempt_at=at,
        created_at=at,
    )
    audit.record(actor, "notices.dry_run", f"notice_rule:{rule.pk}", at=at, version=rule.version, days=days)
    return run


def run_due(*, at: datetime) -> int:
    """Go on with the next dry run that waits. A job; returns how many it went on with."""
    waiting = DryRun.objects.filter(state=DryRun.State.WAITING)
    for run in claims.claim_due(waiting, at=at, lease=LEASE, limit=1):
        try:
            go_on(run, at=at)
        except Exception as error:
            _log.exception("a dry run failed", extra={"dry_run": run.pk})
            _note_failure(run, error, at=at)
        return 1
    return 0


def go_on(run: DryRun, *, at: datetime) -> None:
    """A few steps of a claimed run, and its end where no customer is left. One of an outdated version ends at once."""
    rule = Rule.objects.get(pk=run.rule_id)
    if rule.version != run.rule_version:
        claims.settle(run, state=DryRun.State.FAILED, error="the rule has changed since", ended_at=at)
        return
    figures, told = Figures.read(run.figures), dict(run.figures)
    cursor: int | None = int(told.get("cursor", 0))
    seen = int(told.get("customers", 0))
    for _step in range(STEPS):
        keys = _next_customers(rule, run, cursor or 0)
        _try_out(rule, run, keys, figures)
        seen, cursor = seen + len(keys), keys[-1] if keys else None
        if cursor is None:
            break
    told = {**figures.told(), "customers": seen, **({"cursor": cursor} if cursor is not None else {})}
    if cursor is not None:
        claims.settle(run, figures=told, attempts=0, next_attempt_at=at)
    else:
        claims.settle(run, figures=told, state=DryRun.State.DONE, ended_at=at)


def _note_failure(run: DryRun, error: Exception, *, at: datetime) -> None:
    tries = run.attempts + 1
    again = claims.next_attempt(tries, at=at) if tries < _MOST_TRIES else None
    ended = {} if again else {"state": DryRun.State.FAILED, "ended_at": at}
    claims.settle(run, attempts=tries, next_attempt_at=again, error=f"{type(error).__name__}: {error}"[:500], **ended)


def _next_customers(rule: Rule, run: DryRun, after: int) -> list[int]:
    if rule.kind == PROMOTION:
        people = segment(RuleTerms.read(rule.terms), since=run.until, after=after)
        return list(people.values_list("pk", flat=True)[:CUSTOMERS])
    if rule.kind not in KNOWN:
        return []
    orders = Order.objects.filter(
        customer_id__gt=after, placed_at__gt=run.since - _OLDER, placed_at__lt=run.until
    ).order_by("customer_id")
    return list(orders.values_list("customer_id", flat=True).distinct()[:CUSTOMERS])


def _try_out(rule: Rule, run: DryRun, keys: Sequence[int], figures: Figures) -> None:
    """Add what the rule would have told these customers."""
    if not keys:
        return
    orders = {
        order.pk: order
        for order in Order.objects.filter(
            customer__in=keys, placed_at__gt=run.since - _OLDER, placed_at__lt=run.until
        ).select_related("customer")
    }
    signals: dict[int, list[Signal]] = {}
    for signal in _signals(rule, run, keys, orders):
        signals.setdefault(signal.customer_id, []).append(signal)
    people = Customer.objects.in_bulk(list(signals))
    asked = _asked(list(orders))
    for key, found in sorted(signals.items()):
        desk = _Rehearsed(rule, people[key], orders, run)
        rehearse(
            found,
            case_of=desk.case_of,
            sent=desk.sent,
            asked=lambda signal: asked.get(signal.order_id or 0),
            figures=figures,
            until=run.until,
        )


def _signals(rule: Rule, run: DryRun, keys: Sequence[int], orders: dict[int, Order]) -> list[Signal]:
    terms = RuleTerms.read(rule.terms)
    if rule.kind != PROMOTION:
        return past_signals(rule.kind, Past(orders, run.since, run.until, terms))
    # To whom it would go today, as if it had gone live a week ago.
    at = run.until - WEEK
    return [
        Signal(
            PROMOTION,
            causes.promotion(rule.pk, version=rule.version, customer_id=key),
            key,
            at,
            run.until,
        )
        for key in keys
    ]


def _asked(order_ids: Sequence[int]) -> dict[int, datetime]:
    """When customers first wrote about each order."""
    rows = Contact.objects.filter(order__in=order_ids).order_by("-at").values_list("order_id", "at")
    return dict(rows)


class _Rehearsed:
    """One customer as they are now, for cases of the past."""

    def __init__(self, rule: Rule, customer: Customer, orders: dict[int, Order], run: DryRun) -> None:
        kind = KINDS[rule.kind]
        self._rule, self._kind, self._customer, self._orders = rule, kind, customer, orders
        self._held, self._own = notice_settings(), preference_of(customer.pk)
        self._spared = is_spared(customer.pk, is_promotion=kind.is_promotion, at=run.until)
        self._consent = not kind.is_promotion or has_consent(customer.pk, RuleTerms.read(rule.terms))
        sorts = [one.key for one in KINDS.values() if one.is_promotion == kind.is_promotion and not one.on_request]
        sent = Notice.objects.filter(
            customer=customer, state=Notice.State.SENT, kind__in=sorts, sent_at__gt=run.since - WEEK
        ).exclude(rule=rule)
        self.sent = [at for at in sent.values_list("sent_at", flat=True) if at is not None]

    def case_of(self, signal: Signal, sent: Sequence[datetime]) -> Case:
        """The case of a signal, where the customer had notices at `sent` before."""
        fields: dict[str, Any] = {"is_spared": self._spared, "has_consent": self._consent}
        key = f"{self._rule.pk}:{self._customer.pk}"
        zone = zone_for(self._customer, self._orders.get(signal.order_id or 0))
        return Case(
            kind=self._kind,
            fresh_until=signal.fresh_until,
            quiet=quiet_of(self._own, self._held, zone),
            muted=self._own.muted if self._own else (),
            sent=sent,
            per_week=self._held.promotions_per_week if self._kind.is_promotion else self._held.per_week,
            holdout_key=key,
            holdout_percent=self._rule.holdout_percent,
            spread_key=key,
            **fields,
        )
