"""How carriers and lanes did in a period: the parcels handed over in it, by sums that the database makes.

A parcel is on time that arrived on the day promised with the order at the latest, on the shop's calendar; what is not there by
then is late. Days from the hand-over to the arrival are counted in quarters.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from math import sqrt
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, F, FloatField, Func, IntegerField, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Left, Length, TruncDate, TruncWeek

from ramah.commerce.queries.terms import shop_profile
from ramah.kernel.money import Money
from ramah.shipping.carriers.facts import DAMAGED
from ramah.shipping.lanes import lane_of_address
from ramah.shipping.models import Carrier, Claim, Shipment

MOST_PLACES: Final = 20_000
_Z: Final = 1.959964  # of the normal distribution: 95 of 100 lie within so many of its standard deviations
# Since, until: how much of something each carrier (by key of its row, None: not known) caused.
Fetch = Callable[[datetime, datetime], Mapping[int | None, int]]
_scores: dict[str, Fetch] = {}


def register_score(key: str, fetch: Fetch) -> None:
    """Have the scorecard of carriers show a count that a higher app knows, as the contacts that parcels caused."""
    _scores[key] = fetch


@dataclass(frozen=True, slots=True)
class Score:
    """How the parcels of a carrier or lane did. Shares are 0 to 1, of all parcels but for `on_time` (of those that came due)."""

    key: int | str | None
    name: str
    parcels: int = 0
    due: int = 0
    on_time: int = 0
    lost: int = 0
    damaged: int = 0
    returned: int = 0
    attempted: int = 0  # that were tried in vain at least once
    costed: int = 0
    cost_total: Decimal = Decimal(0)
    currency: str = ""
    days: Mapping[int, int] = field(default_factory=dict)  # parcels by quarters of a day
    weeks: tuple[tuple[date, int, int], ...] = ()  # Monday, on time, of so many due
    before: float | None = None  # on time in the same time before
    counts: Mapping[str, int] = field(default_factory=dict)  # of `register_score`

    @property
    def on_time_share(self) -> float | None:
        return self.on_time / self.due if self.due else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """In which the true share on time lies, with 95 of 100."""
        return wilson(self.on_time, self.due)

    @property
    def median_days(self) -> float | None:
        return days_by(self.days, 0.5)

    @property
    def p90_days(self) -> float | None:
        return days_by(self.days, 0.9)

    def share(self, name: str) -> float | None:
        """Of all parcels the share that is `lost`, `damaged`, `returned`, `attempted`, or caused one of the counts."""
        count = self.counts.get(name, 0) if name in self.counts else getattr(self, name)
        return count / self.parcels if self.parcels else None

    @property
    def cost(self) -> Money | None:
        """What a label cost on average, of those paid in the shop's currency."""
        return Money(self.cost_total / self.costed, self.currency) if self.costed else None


def wilson(hits: int, count: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson 1927, "Probable inference"): honest where there are few."""
    if not count:
        return None
    share, z2 = hits / count, _Z * _Z
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    reach = _Z * sqrt(share * (1 - share) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def days_by(quarters: Mapping[int, int], share: float) -> float | None:
    """By how many days this share has arrived, of parcels counted by quarters of a day."""
    wanted, passed = share * sum(quarters.values()), 0
    for quarter in sorted(quarters):
        passed += quarters[quarter]
        if passed >= wanted:
            return (quarter + 1) / 4
    return None


def carrier_scores(since: datetime, until: datetime, *, at: datetime) -> list[Score]:
    """Every carrier by what was handed to it in the period, the busiest first: five queries, and one of each `register_score`."""
    names = dict(Carrier.objects.values_list("pk", "name"))
    found = _gathered(_counted(_parcels(since, until), "carried_by", at=at))
    weeks = _weeks(_parcels(since, until), at=at)
    before = {key: score.on_time_share for key, score in _earlier(since, until, at=at).items()}
    counts = {name: fetch(since, until) for name, fetch in sorted(_scores.items())}
    return [
        replace(
            score,
            name=names.get(key, ""),
            weeks=tuple(weeks.get(key, ())),
            before=before.get(key),
            counts={name: count.get(key, 0) for name, count in counts.items()},
        )
        for key, score in _busiest(found)
    ]


def lane_scores(
    since: datetime, until: datetime, *, at: datetime, carrier_id: int | None = None, most: int = 100
) -> list[Score]:
    """The busiest destinations, as `lanes.lane_of_address` names them, of a carrier or of all: one query."""
    rows = _parcels(since, until)
    rows = rows.filter(carried_by=carrier_id) if carrier_id else rows
    return [replace(score, name=str(key)) for key, score in _busiest(_gathered(_by_place(rows, at=at)))][:most]


def _parcels(since: datetime, until: datetime) -> QuerySet[Shipment]:
    return Shipment.objects.filter(handed_over_at__gte=since, handed_over_at__lt=until).order_by()


def _earlier(since: datetime, until: datetime, *, at: datetime) -> dict[Any, Score]:
    parcels = _judged(_parcels(since - (until - since), since))
    rows: QuerySet[Any, Any] = parcels.values("carried_by").annotate(**_punctual(at))
    return _gathered((row.pop("carried_by"), row) for row in rows)


def _counted(rows: QuerySet[Shipment], key: str, *, at: datetime) -> Iterable[tuple[Any, dict[str, Any]]]:
    """Sums by a key and by quarters of a day."""
    for row in _judged(rows).values(key, quarters=_quarters()).annotate(**_sums(at)):
        yield row.pop(key), row


def _by_place(rows: QuerySet[Shipment], *, at: datetime) -> Iterable[tuple[Any, dict[str, Any]]]:
    """Sums by the word for where it goes. Grouped by what makes the word, which are few thousand places at most."""
    parts = {name: _of_address(name) for name in ("country", "region", "city")}
    # The first signs of the postal code are all that the word needs, and how long the whole is.
    postal = Left(_of_address("postal_code"), 3)
    size = Length(Coalesce(_of_address("postal_code"), Value("")))
    grouped: QuerySet[Any, Any] = _judged(rows).values(**parts, postal=postal, size=size, quarters=_quarters())
    summed: QuerySet[Any, Any] = grouped.annotate(**_sums(at))
    for row in summed.order_by("-parcels")[:MOST_PLACES]:
        code = (row.pop("postal") or "").ljust(row.pop("size"), "0")
        yield lane_of_address({"postal_code": code, **{name: row.pop(name) for name in parts}}), row


def _of_address(name: str) -> KeyTextTransform:
    return KeyTextTransform(name, "order__shipping_address")


def _judged(rows: QuerySet[Shipment]) -> QuerySet[Shipment]:
    return rows.annotate(arrived_on=TruncDate("delivered_at", tzinfo=ZoneInfo(settings.SHOP_TIME_ZONE)))


def _punctual(at: datetime) -> dict[str, Count]:
    today = at.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE)).date()
    is_over = Q(delivered_at__isnull=False) | Q(order__promised_to__lt=today)
    return {
        "due": Count("pk", filter=Q(order__promised_to__isnull=False) & is_over),
        "on_time": Count("pk", filter=Q(arrived_on__lte=F("order__promised_to"))),
    }


def _sums(at: datetime) -> dict[str, Count | Sum]:
    claimed = Claim.objects.filter(shipment=OuterRef("pk"), kind=Claim.Kind.DAMAGED)
    in_currency = Q(cost_currency=shop_profile().currency, cost_amount__isnull=False)
    return {
        "parcels": Count("pk"),
        **_punctual(at),
        "lost": Count("pk", filter=Q(state=Shipment.State.LOST)),
        "damaged": Count("pk", filter=Q(reason=DAMAGED) | Q(Exists(claimed))),
        "returned": Count("pk", filter=Q(state=Shipment.State.RETURNED)),
        "attempted": Count("pk", filter=Q(attempt_count__gt=0)),
        "costed": Count("pk", filter=in_currency),
        "cost_total": Sum("cost_amount", filter=in_currency),
    }


def _quarters() -> Func | Cast:
    if connection.vendor == "postgresql":
        seconds = "FLOOR(EXTRACT(EPOCH FROM (%(expressions)s)) / 21600)"
        passed = Func("delivered_at", "handed_over_at", template=seconds, arg_joiner=" - ", output_field=FloatField())
        return Cast(passed, IntegerField())
    arrived, left = (
        Func(name, function="julianday", output_field=FloatField()) for name in ("delivered_at", "handed_over_at")
    )
    return Cast((arrived - left) * 4 + 1e-5, IntegerField())  # the last digits of a julian day are rounded


def _weeks(rows: QuerySet[Shipment], *, at: datetime) -> dict[Any, list[tuple[date, int, int]]]:
    week = TruncWeek("handed_over_at", tzinfo=ZoneInfo(settings.SHOP_TIME_ZONE))
    found: dict[Any, list[tuple[date, int, int]]] = {}
    grouped: QuerySet[Any, Any] = (
        _judged(rows).values("carried_by", week=week).annotate(**_punctual(at)).order_by("week")
    )
    for row in grouped:
        found.setdefault(row["carried_by"], []).append((row["week"].date(), row["on_time"], row["due"]))
    return found


_ADDED: Final = ("parcels", "due", "on_time", "lost", "damaged", "returned", "attempted", "costed")


def _gathered(rows: Iterable[tuple[Any, dict[str, Any]]]) -> dict[Any, Score]:
    """One score of each key, of its sums by quarters of a day (None: not arrived)."""
    found: dict[Any, Score] = {}
    currency = shop_profile().currency
    for key, row in rows:
        score = found.get(key) or Score(key, "", currency=currency)
        sums = {name: getattr(score, name) + row.get(name, 0) for name in _ADDED}
        quarter, days = row.get("quarters"), dict(score.days)
        if quarter is not None:
            days[quarter] = days.get(quarter, 0) + row["parcels"]
        cost = score.cost_total + (row.get("cost_total") or 0)
        found[key] = replace(score, days=days, cost_total=cost, **sums)
    return found


def _busiest(found: Mapping[Any, Score]) -> list[tuple[Any, Score]]:
    return sorted(found.items(), key=lambda one: (-one[1].parcels, str(one[0])))
