"""To whom a promotion goes: customers who agreed, as they stood when its rule went live, in the order of their keys."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from ramah.commerce.models import Order, OrderLine
from ramah.customers.models import Consent, Customer
from ramah.notices.rules import RuleTerms

_BOUGHT = Order.objects.filter(customer=OuterRef("pk")).exclude(state=Order.State.CANCELLED)


def segment(terms: RuleTerms, *, since: datetime, after: int = 0) -> QuerySet[Customer]:
    """Customers beyond the key `after`, by key. Their purchases count up to `since`."""
    people = Customer.objects.filter(merged_into=None, pk__gt=after, created_at__lte=since)
    people = people.filter(_agreed(Consent.Purpose.NEWS))
    bought = _BOUGHT.filter(placed_at__lte=since)
    if terms.languages:
        spoken = Q()
        for language in terms.languages:
            spoken |= Q(language__istartswith=language)
        people = people.filter(spoken)
    if terms.countries:
        people = people.filter(Exists(bought.filter(shipping_address__country__in=terms.countries)))
    if terms.idle_days:
        people = people.filter(~Exists(bought.filter(placed_at__gt=since - timedelta(days=terms.idle_days))))
    if terms.category or terms.bought_days:
        people = people.filter(_bought_in(terms, since))
    if terms.category or terms.bought_days or terms.idle_days:
        people = people.filter(_agreed(Consent.Purpose.PERSONAL_OFFERS))
    return people.order_by("pk")


def _agreed(purpose: str) -> Q:
    decided = Consent.objects.filter(customer=OuterRef("pk"), purpose=purpose).order_by("-id")
    return Q(Exists(decided.filter(pk=Subquery(_newest(purpose)), granted=True)))


def _newest(purpose: str) -> QuerySet[Consent, int]:
    rows = Consent.objects.filter(customer=OuterRef("customer"), purpose=purpose)
    return rows.order_by("-id").values_list("pk", flat=True)[:1]


def _bought_in(terms: RuleTerms, since: datetime) -> Q:
    lines = OrderLine.objects.filter(order__customer=OuterRef("pk"), order__placed_at__lte=since)
    lines = lines.exclude(order__state=Order.State.CANCELLED)
    if terms.bought_days:
        lines = lines.filter(order__placed_at__gt=since - timedelta(days=terms.bought_days))
    if terms.category:
        path = terms.category.strip("/")
        below = Q(variant__product__category__path=path) | Q(variant__product__category__path__startswith=f"{path}/")
        lines = lines.filter(below)
    return Q(Exists(lines))
