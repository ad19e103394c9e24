"""Which rule speaks of something that happened."""

from collections.abc import Iterable

from ramah.notices.models import Rule
from ramah.notices.rules import RuleTerms, Signal

# In these states what happens is planned; a braked rule lets it wait.
PLANNING = (Rule.State.LIVE, Rule.State.BRAKED)


def rules_of(kind: str) -> list[Rule]:
    """The rules of a kind that plan, by key."""
    return list(Rule.objects.filter(kind=kind, state__in=PLANNING).order_by("key"))


def rule_for(signal: Signal, rules: Iterable[Rule] | None = None) -> Rule | None:
    """The first rule of the signal's kind whose terms it fits; None where nobody speaks of it."""
    found = rules_of(signal.kind) if rules is None else rules
    return next((rule for rule in found if RuleTerms.read(rule.terms).fit(signal.facts)), None)
