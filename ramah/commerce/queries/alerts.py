"""Who waits for a variant to come back or to cost less."""

from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Case, Exists, OuterRef, QuerySet, When
from django.db.models.functions import Cast, Substr

from ramah.commerce.models import Alert, Product, Variant
from ramah.customers.models import ContactPoint
from ramah.customers.queries import customer_acting
from ramah.kernel.actors import Actor, NotVisible
from ramah.promises.models import Promise

MOST_SHOWN = 100
# How long a wave of messages is given before the next ones in the queue are told; three waves fit into the promised hour.
PAUSE = timedelta(minutes=20)
WAITS = timedelta(days=60)
# What is promised to whoever waits is about `alert:7`.
SUBJECT = "alert:"
# Of the identity ladder (`customers.proof`).
CHOOSE = "notices.choose"


def alerts_of(actor: Actor) -> list[Alert]:
    """What the customer waits for, the newest first, variant and product loaded; nothing for anybody else."""
    own = customer_acting(actor)
    if own is None or not own.may(CHOOSE):
        return []
    return list(_waiting_of(own.customer_id).order_by("-id")[:MOST_SHOWN])


def alert_for(actor: Actor, *, public_id: str) -> Alert:
    """The customer's own waiting alert. Raises `NotVisible`."""
    own = customer_acting(actor)
    found = _waiting_of(own.customer_id).filter(public_id=public_id).first() if own and own.may(CHOOSE) else None
    if found is None:
        raise NotVisible
    return found


def _waiting_of(customer_id: int) -> QuerySet[Alert]:
    waiting = Alert.objects.filter(contact_point__customer=customer_id, state=Alert.State.WAITING)
    return waiting.select_related("variant__product", "contact_point")


def alerts_at(contact_point_id: int) -> list[Alert]:
    """What is waited for at an address; whoever asks has shown that they read its mail."""
    waiting = Alert.objects.filter(contact_point=contact_point_id, state=Alert.State.WAITING)
    return list(waiting.select_related("variant__product", "contact_point").order_by("id")[:MOST_SHOWN])


def contact_point_written_to(key: int) -> ContactPoint | None:
    """The address that a signed link stands for; None when it was forgotten."""
    return ContactPoint.objects.filter(pk=key).first()


def variant_offered(public_id: str) -> Variant | None:
    """The variant as the shop offers it, product loaded; None where it does not (any more)."""
    offered = Variant.objects.filter(is_active=True, product__status=Product.Status.ACTIVE)
    return offered.select_related("product").filter(public_id=public_id).first()


def variant_by_key(key: int) -> Variant | None:
    """The variant with its product; None when it was deleted."""
    return Variant.objects.select_related("product").filter(pk=key).first()


def variants_awaited(*, at: datetime, limit: int = 50) -> list[int]:
    """Keys of variants that are there, that somebody waits for, and about which nobody was told during the last `PAUSE`."""
    told_lately = Alert.objects.filter(
        variant=OuterRef("variant"), kind=Alert.Kind.BACK_IN_STOCK, state=Alert.State.TOLD, told_at__gt=at - PAUSE
    )
    waiting = Alert.objects.filter(
        state=Alert.State.WAITING,
        kind=Alert.Kind.BACK_IN_STOCK,
        variant__stock__gt=0,
        variant__is_active=True,
        variant__product__status=Product.Status.ACTIVE,
    )
    keys = waiting.filter(~Exists(told_lately)).order_by("variant").values_list("variant", flat=True).distinct()
    return list(keys[:limit])


def alerts_gone(product_id: int) -> list[Alert]:
    """Those who wait for a variant of this product, where it is archived. What is merely not offered just now may come back."""
    waiting = Alert.objects.filter(variant__product=product_id, state=Alert.State.WAITING)
    return list(waiting.filter(variant__product__status=Product.Status.ARCHIVED).select_related("contact_point"))


def promises_orphaned(*, limit: int = 100) -> list[str]:
    """Subjects of open promises whose alert is no more: it went with its variant, which was deleted, or with the address."""
    # Told apart in the expression itself: what is promised of something else has no number there that could be read.
    number = Cast(Substr("subject", len(SUBJECT) + 1), BigIntegerField())
    key = Case(When(subject__startswith=SUBJECT, then=number))
    promised = Promise.objects.running().filter(kind=Promise.Kind.BACK_IN_STOCK).annotate(alert=key)
    orphaned = promised.exclude(alert=None).filter(~Exists(Alert.objects.filter(pk=OuterRef("alert"))))
    return list(orphaned.order_by("id").values_list("subject", flat=True)[:limit])


def alerts_lapsed(*, at: datetime, limit: int = 100) -> list[Alert]:
    """Those who have waited so long that the watch is over."""
    waiting = Alert.objects.filter(state=Alert.State.WAITING, created_at__lte=at - WAITS)
    return list(waiting.select_related("contact_point").order_by("id")[:limit])


def alerts_told(customer_id: int) -> list[dict[str, str]]:
    """All alerts of a customer, as text: for a copy of their own data."""
    rows = Alert.objects.filter(contact_point__customer=customer_id).select_related("variant").order_by("id")
    return [
        {"kind": row.kind, "sku": row.variant.sku, "state": row.state, "asked_at": row.created_at.isoformat()}
        for row in rows
    ]
