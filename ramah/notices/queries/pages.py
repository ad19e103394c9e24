"""What the pages of notices show: rules with what came of them, what was told and what was not, who is spared."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Prefetch, Q, QuerySet

from ramah.accounts.models import Agent
from ramah.conversations.queries import visible_conversations
from ramah.customers.models import ContactPoint
from ramah.customers.queries import customers_page
from ramah.kernel.actors import Actor, NotVisible, require
from ramah.kernel.paging import Page, keyset_page
from ramah.notices.intervals import Difference, newcombe
from ramah.notices.kinds import KINDS
from ramah.notices.models import Choice, DryRun, Notice, Outcome, Rule, Suppression
from ramah.notices.permissions import VIEW_NOTICES

S = Notice.State
TOLD: Final = (S.SENT, S.MERGED)
COUNTED_DAYS: Final = 30
_NEWEST: Final = ("-id",)
_MOST_LINES: Final = 4
_LEAST_DIGITS: Final = 6
_NUMBERS: Final = (ContactPoint.Kind.PHONE, ContactPoint.Kind.WHATSAPP)


@dataclass(frozen=True, slots=True)
class RuleStanding:
    """A rule, how many notices it planned lately by state, and how much less those told write than those left out."""

    rule: Rule
    counts: Mapping[str, int]
    asked: Difference | None

    @property
    def told(self) -> int:
        """How many customers were told by it, alone or together with something else."""
        return sum(self.counts.get(state, 0) for state in TOLD)

    @property
    def waiting(self) -> int:
        """How many are planned and not sent."""
        return self.counts.get(S.PLANNED, 0)


def rules_standing(actor: Actor, *, at: datetime) -> list[RuleStanding]:
    """All rules, the most urgent kinds first, with the figures of thirty days, in three queries. Raises `PermissionDenied`."""
    require(actor, VIEW_NOTICES)
    rules = sorted(Rule.objects.all(), key=lambda rule: (KINDS[rule.kind].rank, rule.key))
    keys = [rule.pk for rule in rules]
    counts: dict[int, dict[str, int]] = {key: {} for key in keys}
    planned = Notice.objects.filter(rule__in=keys, planned_at__gt=at - timedelta(days=COUNTED_DAYS)).order_by()
    for key, state, count in planned.values_list("rule", "state").annotate(Count("pk")):
        counts[key][state] = count
    asked = _asked(keys)
    return [RuleStanding(rule, counts[rule.pk], asked.get(rule.pk)) for rule in rules]


def _asked(rule_ids: Sequence[int]) -> dict[int, Difference | None]:
    told, withheld = Q(notice__state__in=TOLD), Q(notice__state=S.WITHHELD)
    wrote = Q(asked_at__isnull=False)
    rows = (
        Outcome.objects.filter(notice__rule__in=rule_ids, closed_at__isnull=False)
        .order_by()
        .values_list("notice__rule")
        .annotate(
            told_asked=Count("pk", filter=told & wrote),
            told=Count("pk", filter=told),
            withheld_asked=Count("pk", filter=withheld & wrote),
            withheld=Count("pk", filter=withheld),
        )
    )
    return {key: newcombe(*figures) for key, *figures in rows}


def rule_for_page(actor: Actor, *, key: str) -> Rule:
    """The rule of this key. Raises `NotVisible`."""
    rule = Rule.objects.filter(key=key).first() if actor.may(VIEW_NOTICES) else None
    if rule is None:
        raise NotVisible
    return rule


def last_dry_run(rule: Rule) -> DryRun | None:
    """The newest dry run of the rule, of whichever version."""
    return DryRun.objects.filter(rule=rule).order_by("-id").first()


def notices_page(
    actor: Actor, *, state: str = "", rule: Rule | None = None, cursor: str = "", size: int = 50
) -> Page[Notice]:
    """Notices, newest first, with customer, order, rule and choices. Raises `BadCursor`, `PermissionDenied`."""
    require(actor, VIEW_NOTICES)
    rows = Notice.objects.select_related("customer", "order", "rule", "message__conversation")
    rows = rows.prefetch_related(_CHOICES)
    if rule is not None:
        # By the index of the rule; rows of one moment go by key.
        rows = rows.filter(rule=rule)
    if state in S.values:
        rows = rows.filter(state=state)
    order = ("-planned_at", "-id") if rule is not None else _NEWEST
    return keyset_page(rows, order=order, cursor=cursor, size=size)


def suppressions_page(actor: Actor, *, cursor: str = "", size: int = 25) -> Page[Suppression]:
    """Who is spared, newest first, with customer and address. Raises `BadCursor`, `PermissionDenied`."""
    require(actor, VIEW_NOTICES)
    rows = Suppression.objects.select_related("customer", "contact_point__customer")
    return keyset_page(rows, order=_NEWEST, cursor=cursor, size=size)


def told_of_orders(order_ids: Collection[int]) -> dict[int, list[Notice]]:
    """What was told, or is about to be, of each of these orders, the newest first, with choices: two queries."""
    rows = Notice.objects.filter(order__in=order_ids, state__in=(*TOLD, S.PLANNED)).prefetch_related(_CHOICES)
    found: dict[int, list[Notice]] = {}
    for row in rows.order_by("order", "-id"):
        found.setdefault(row.order_id or 0, []).append(row)
    return {key: some[:_MOST_LINES] for key, some in found.items()}


def talks_about(actor: Actor, order_ids: Collection[int]) -> dict[int, list[tuple[str, str, datetime | None]]]:
    """The conversations about each of these orders that the actor may open: public id, reference, when somebody spoke last."""
    about = {f"order:{key}": key for key in order_ids}
    rows = visible_conversations(actor).filter(about__in=about).order_by("-last_message_at", "-id")
    found: dict[int, list[tuple[str, str, datetime | None]]] = {}
    for row in rows.only("public_id", "about", "last_message_at")[: 4 * len(about)]:
        found.setdefault(about[row.about], []).append((row.public_id, row.reference, row.last_message_at))
    return found


def choices_of(notice_public_id: str) -> list[Choice]:
    """What a notice offers, in its order: for the thread that shows it."""
    return list(Choice.objects.filter(notice__public_id=notice_public_id).order_by("id"))


_ordered: QuerySet[Choice] = Choice.objects.order_by("id")
_CHOICES: Final = Prefetch("choices", _ordered)


def contact_point_at(actor: Actor, address: str) -> ContactPoint | None:
    """The address of a customer that an agent names in full: an e-mail address, or a phone number. None where nobody has it."""
    is_mail, digits = "@" in address, "".join(sign for sign in address if sign.isdigit()).lstrip("0")
    if not is_mail and (len(digits) < _LEAST_DIGITS or any(sign.isalpha() for sign in address)):
        return None
    for customer in customers_page(actor, address, size=1).rows:
        for point in customer.contact_points.all():
            if is_mail and (point.kind, point.value) == (ContactPoint.Kind.EMAIL, address.strip().lower()):
                return point
            if not is_mail and point.kind in _NUMBERS and point.value.endswith(digits):
                return point
    return None


def actor_name(ref: str) -> str:
    """What to call whoever the audit log calls so; the reference itself of what is no agent."""
    key = ref.removeprefix("agent:")
    name = Agent.objects.filter(pk=key).values_list("name", flat=True).first() if key != ref and key.isdigit() else None
    return name or ref
