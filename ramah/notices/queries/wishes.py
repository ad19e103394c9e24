"""What holds for notices at large, and what one customer wants of them."""

from collections.abc import Collection
from datetime import datetime, time

from django.conf import settings
from django.db.models import Q, QuerySet

from ramah.commerce.models import Order
from ramah.customers.models import ContactPoint, Customer
from ramah.notices.models import NoticeSettings, Preference, Suppression
from ramah.notices.quiet import Quiet
from ramah.notices.zones import zone_of


def notice_settings() -> NoticeSettings:
    """What holds for all notices; as the defaults say where nobody has changed it."""
    found = NoticeSettings.objects.filter(key="notices").first()
    return found or NoticeSettings(quiet_from=time(21), quiet_to=time(8))


def preference_of(customer_id: int) -> Preference | None:
    """How the customer wants to be told; None: as everybody."""
    return Preference.objects.filter(customer=customer_id).order_by("-changed_at", "-id").first()


def zone_for(customer: Customer, order: Order | None) -> str:
    """On whose clock the customer is told: their own, else where the order goes to, else the shop's."""
    return zone_of(customer.time_zone, order.shipping_address if order else {}, settings.SHOP_TIME_ZONE)


def quiet_of(own: Preference | None, held: NoticeSettings, zone: str) -> Quiet:
    """When a customer is not written to: their own hours, else those of everybody."""
    if own is not None and own.quiet_from is not None and own.quiet_to is not None:
        return Quiet(own.quiet_from, own.quiet_to, zone)
    return Quiet(held.quiet_from, held.quiet_to, zone)


def is_spared(customer_id: int, *, is_promotion: bool, at: datetime) -> bool:
    """Whether the customer gets no notices of this sort."""
    return _sparing(is_promotion, at).filter(customer=customer_id).exists()


def spared_points(points: Collection[ContactPoint], *, is_promotion: bool, at: datetime) -> set[int]:
    """Which of these addresses get no notices of this sort."""
    rows = _sparing(is_promotion, at).filter(contact_point__in=[point.pk for point in points])
    return {key for key in rows.values_list("contact_point_id", flat=True) if key is not None}


def _sparing(is_promotion: bool, at: datetime) -> QuerySet[Suppression]:
    scopes = [Suppression.Scope.ALL, *([Suppression.Scope.PROMOTIONS] if is_promotion else [])]
    return Suppression.objects.filter(Q(until=None) | Q(until__gt=at), scope__in=scopes)
