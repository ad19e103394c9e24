"""Alerts: asking to be told when a variant is back or costs less, and being told, in the order of asking.

Who is told when: of a variant with n pieces the first 3 n who wait are told at once, since about one in three buys; while pieces
are left, 20 minutes later the next 3 n are, and so on. Whoever asked for a lower price is told when it can be bought for less.
An alert is told once: it leaves `waiting` by a conditional update, in the transaction that writes the message.
"""

from collections.abc import Callable, Generator
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from ramah.commerce.events import AlertsDue
from ramah.commerce.models import Alert, Product, Variant
from ramah.commerce.queries.alerts import PAUSE, SUBJECT, WAITS, promises_orphaned
from ramah.customers.models import ContactPoint
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor
from ramah.kernel.events import publish
from ramah.promises.commands import Terms, keep_promises, make_promises, withdraw_promises
from ramah.promises.models import Promise

S = Alert.State
MOST_WAITING = 50
TOLD_PER_PIECE = 3
# Whoever waits is told within an hour of the return, also of one in the last minute of the watch.
WITHIN = timedelta(hours=1)


class TooManyAlerts(Exception):
    """So many things are waited for at this address already."""


class NothingToWaitFor(Exception):
    """The variant is in stock, or is not sold (in this currency)."""


def ask_alert(
    *,
    actor: Actor,
    contact_point: ContactPoint,
    variant: Variant,
    kind: str,
    language: str,
    currency: str = "",
    at: datetime,
) -> Alert:
    """Have `contact_point` told once when the variant is back, or costs less in `currency` than now. Asked twice it is one.

    That it is back is promised: told within an hour of its return, watched for for 60 days. Raises `NothingToWaitFor`,
    `TooManyAlerts`.
    """
    amount = _amount_to_fall(variant, kind, currency)
    with transaction.atomic():
        waiting = Alert.objects.filter(contact_point=contact_point, state=S.WAITING)
        standing = waiting.filter(variant=variant, kind=kind)
        if found := standing.first():
            return found
        if waiting.count() >= MOST_WAITING:
            raise TooManyAlerts
        try:
            with transaction.atomic():
                alert = Alert.objects.create(
                    variant=variant,
                    contact_point=contact_point,
                    kind=kind,
                    currency=currency,
                    below_amount=amount,
                    language=language,
                    created_at=at,
                )
        except IntegrityError:  # a double click was faster
            return standing.get()
        if kind == Alert.Kind.BACK_IN_STOCK:
            terms = Terms(kind=Promise.Kind.BACK_IN_STOCK, due_at=at + WAITS + WITHIN, warn_percent=100)
            make_promises(
                actor=SYSTEM, customer_id=contact_point.customer_id, subject=_subject(alert), terms=[terms], at=at
            )
        audit.record(actor, "alert.ask", _subject(alert), at=at, kind=kind)
        return alert


def _amount_to_fall(variant: Variant, kind: str, currency: str) -> Decimal | None:
    """The price below which it is told; None where only the return is waited for. Raises `NothingToWaitFor`."""
    if kind == Alert.Kind.BACK_IN_STOCK:
        if variant.stock > 0:
            raise NothingToWaitFor
        return None
    price = variant.price_in(currency) if kind == Alert.Kind.PRICE_DROP else None
    if price is None:
        raise NothingToWaitFor
    return price.amount


def withdraw_alert(*, actor: Actor, alert: Alert, reason: str, at: datetime) -> bool:
    """Nobody waits any more; the promise goes with it. False when it was told or withdrawn before."""
    with transaction.atomic():
        if not Alert.objects.filter(pk=alert.pk, state=S.WAITING).update(state=S.WITHDRAWN):
            return False
        withdraw_promises(subject=_subject(alert), reason=reason, at=at)
        audit.record(actor, "alert.withdraw", _subject(alert), at=at, reason=reason)
        return True


def withdraw_orphans(*, at: datetime) -> int:
    """Take back what was promised of alerts that went with a deleted variant, or with their address. Returns how many."""
    with transaction.atomic():
        return sum(
            len(withdraw_promises(subject=subject, reason="no longer there", at=at)) for subject in promises_orphaned()
        )


def take_alerts(
    *,
    variant: Variant,
    at: datetime,
    limit: int = 50,
    is_ready: Callable[[ContactPoint], bool] = lambda contact_point: True,
) -> list[Alert]:
    """Take the next ones who can be told of the variant now, in the order of asking; they count as told.

    Those for whom `is_ready` is False (its customer is loaded) go on waiting, and those behind them are not held up.

    Runs in the transaction in which the caller writes to each of them: if that fails, they wait as before. Publishes `AlertsDue`
    where more could be told than `limit`. Those whose address has bounced for good are let go.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("take_alerts belongs into the transaction that writes the messages")
    if variant.stock <= 0 or not variant.is_active or variant.product.status != Product.Status.ACTIVE:
        return []
    back = _next_in_line(variant, at=at, limit=limit, is_ready=is_ready)
    taken = back + _cheaper_now(variant, limit=limit, is_ready=is_ready)
    told = [alert for alert in taken if _mark_told(alert, at=at)]
    if len(taken) >= limit:
        publish(AlertsDue(variant.pk, variant.product_id), subject=f"product:{variant.product_id}")
    return told


def _next_in_line(
    variant: Variant, *, at: datetime, limit: int, is_ready: Callable[[ContactPoint], bool]
) -> list[Alert]:
    # Locked before it is counted how many were told: a worker who waits for this one counts its messages, too.
    kind = Alert.Kind.BACK_IN_STOCK
    waiting = _locked(Alert.objects.filter(variant=variant, kind=kind, state=S.WAITING), limit=limit, is_ready=is_ready)
    lately = Alert.objects.filter(variant=variant, kind=kind, state=S.TOLD, told_at__gt=at - PAUSE).count()
    return waiting[: max(0, TOLD_PER_PIECE * variant.stock - lately)]


def _cheaper_now(variant: Variant, *, limit: int, is_ready: Callable[[ContactPoint], bool]) -> list[Alert]:
    waiting = Alert.objects.filter(variant=variant, kind=Alert.Kind.PRICE_DROP, state=S.WAITING)
    cheaper = Q(pk__in=[])
    for currency in waiting.order_by().values_list("currency", flat=True).distinct():
        price = variant.price_in(currency)
        if price is not None:
            cheaper |= Q(currency=currency, below_amount__gt=price.amount)
    return _locked(waiting.filter(cheaper), limit=limit, is_ready=is_ready)


def _locked(rows: QuerySet[Alert], *, limit: int, is_ready: Callable[[ContactPoint], bool]) -> list[Alert]:
    ordered = rows.order_by("id").select_for_update(of=("self",)).select_related("contact_point__customer")
    # One query, read no further than needed: a whole night's queue may stand before the first who is ready.
    with closing(cast("Generator[Alert]", ordered.iterator(chunk_size=limit))) as waiting:
        return list(islice((alert for alert in waiting if is_ready(alert.contact_point)), limit))


def _mark_told(alert: Alert, *, at: datetime) -> bool:
    if alert.contact_point.bounced_at is not None:
        withdraw_alert(actor=SYSTEM, alert=alert, reason="the address has bounced", at=at)
        return False
    if not Alert.objects.filter(pk=alert.pk, state=S.WAITING).update(state=S.TOLD, told_at=at):
        return False
    keep_promises(actor=SYSTEM, subject=_subject(alert), kinds=[Promise.Kind.BACK_IN_STOCK], at=at)
    return True


def _subject(alert: Alert) -> str:
    return f"{SUBJECT}{alert.pk}"
