"""Promotions: a rule that goes live is told to its segment, as that stood then, in batches."""

from datetime import datetime, timedelta
from typing import Final

from ramah.customers.models import Customer
from ramah.notices import causes
from ramah.notices.commands.planning import plan
from ramah.notices.kinds import KINDS, PROMOTION
from ramah.notices.models import Notice, Rule
from ramah.notices.queries.segments import segment
from ramah.notices.rules import RuleTerms, Signal

BATCH: Final = 200


def plan_promotions(*, at: datetime) -> int:
    """Plan the next customers of each promotion that is live. A job; returns how many were planned."""
    lasts = timedelta(hours=KINDS[PROMOTION].fresh)
    rules = Rule.objects.filter(kind=PROMOTION, state=Rule.State.LIVE, went_live_at__gt=at - lasts)
    return sum(_plan_next(rule, lasts, at=at) for rule in rules)


def _plan_next(rule: Rule, lasts: timedelta, *, at: datetime) -> int:
    since = rule.went_live_at or at
    told = Notice.objects.filter(rule=rule, rule_version=rule.version, facts__has_key="ref")
    # Planned in the order of keys, so the newest says how far it got; a merge since does not change what it says.
    newest = told.order_by("-pk").first()
    after = int(newest.facts.get("ref", 0)) if newest else 0
    people = segment(RuleTerms.read(rule.terms), since=since, after=after)[:BATCH]
    return sum(plan(_signal(rule, person, since + lasts, at), rule=rule, at=at) is not None for person in people)


def _signal(rule: Rule, person: Customer, until: datetime, at: datetime) -> Signal:
    key = causes.promotion(rule.pk, version=rule.version, customer_id=person.pk)
    facts = {"name": person.name, "language": person.language, "ref": str(person.pk)}
    return Signal(PROMOTION, key, person.pk, at, until, facts=facts)
