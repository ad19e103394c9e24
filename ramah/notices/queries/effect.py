"""Whether telling helps: who was told against who was left out, and how many ask where their parcel is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek

from ramah.notices.intervals import Difference, newcombe
from ramah.notices.models import Contact, Notice, Outcome, Rule
from ramah.shipping.models import Shipment

_S = Notice.State


@dataclass(frozen=True, slots=True)
class Group:
    """Customers of a rule whose week is over: how many, and how many of them wrote, chose, cancelled."""

    count: int
    asked: int
    chose: int
    canceled: int

    @property
    def asked_share(self) -> float:
        """Share of those who wrote about the order, 0 to 1."""
        return self.asked / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """A rule's effect: `asked` is the share of writers among the told minus that among the left out (below 0: it helps)."""

    told: Group
    withheld: Group
    asked: Difference | None
    rating: float | None


@dataclass(frozen=True, slots=True)
class Week:
    """A week (its Monday, UTC): parcels handed over, and who asked where theirs is."""

    begins: datetime
    shipments: int
    asked: int

    @property
    def per_hundred(self) -> float | None:
        """Questions per hundred parcels; None without parcels."""
        return 100 * self.asked / self.shipments if self.shipments else None


def effect_of(rule: Rule, *, since: datetime | None = None) -> Effect:
    """What came of a rule's notices (planned from `since` on), as far as their week is over."""
    rows = Outcome.objects.filter(notice__rule=rule, closed_at__isnull=False)
    if since is not None:
        rows = rows.filter(notice__planned_at__gte=since)
    told = _group(rows.filter(notice__state__in=(_S.SENT, _S.MERGED)))
    withheld = _group(rows.filter(notice__state=_S.WITHHELD))
    rated = [score for score in rows.exclude(rating=None).values_list("rating", flat=True) if score]
    return Effect(
        told,
        withheld,
        newcombe(told.asked, told.count, withheld.asked, withheld.count),
        sum(rated) / len(rated) if rated else None,
    )


def wismo_by_week(*, since: datetime, until: datetime) -> list[Week]:
    """Week by week, how many asked where their parcel is, and how many parcels there were. Weeks without either are left out."""
    sent = Shipment.objects.filter(handed_over_at__gte=since, handed_over_at__lt=until)
    shipments = _by_week(sent, "handed_over_at")
    asked = _by_week(Contact.objects.filter(at__gte=since, at__lt=until, is_wismo=True), "at")
    return [Week(week, shipments.get(week, 0), asked.get(week, 0)) for week in sorted({*shipments, *asked})]


def wismo_of_carriers(*, since: datetime, until: datetime) -> dict[int | None, int]:
    """How many asked where their parcel is, by the key of its carrier; None: by no known one."""
    rows = Contact.objects.filter(at__gte=since, at__lt=until, is_wismo=True, shipment__isnull=False)
    return dict(rows.values_list("shipment__carried_by").annotate(Count("pk")))


def told_last_week(*, at: datetime) -> dict[str, int]:
    """Notices planned in the last seven days, by state."""
    rows = Notice.objects.filter(
        rule__in=list(Rule.objects.values_list("pk", flat=True)), planned_at__gt=at - timedelta(days=7)
    )
    return dict(rows.values_list("state").annotate(Count("pk")))


def _group(rows: QuerySet[Outcome]) -> Group:
    counts = rows.aggregate(
        count=Count("pk"),
        asked=Count("pk", filter=Q(asked_at__isnull=False)),
        chose=Count("pk", filter=Q(chose_at__isnull=False)),
        canceled=Count("pk", filter=Q(canceled_at__isnull=False)),
    )
    return Group(**counts)


def _by_week(rows: QuerySet[Shipment] | QuerySet[Contact], column: str) -> dict[datetime, int]:
    weeks = rows.annotate(week=TruncWeek(column)).values_list("week").annotate(Count("pk"))
    return dict(weeks)
