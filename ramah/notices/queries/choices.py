"""How an order stands for the choices in its notices, and what of them is open."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from ramah.commerce.models import Order, Payment, Refund
from ramah.commerce.queries.changing import changes_open_to
from ramah.customers.queries import ORDER_VERIFIED, CustomerActor
from ramah.kernel.actors import Actor
from ramah.notices import tokens
from ramah.notices.choosing import CARRIER, LINKS, REROUTES, Offer, Offered, Standing, choices_open
from ramah.notices.kinds import CREDIT
from ramah.notices.models import Choice, Notice
from ramah.notices.queries.wishes import notice_settings, zone_for
from ramah.notices.telling import ChoiceWords, choice_words
from ramah.notices.tokens import choosing_for, opened_by, unsubscribing
from ramah.promises.models import Promise
from ramah.promises.permissions import MOVE_DELIVERY
from ramah.shipping.models import Flight, Shipment
from ramah.shipping.queries.carriers import can

__all__ = [
    "LINKS",
    "UNDER_WAY",
    "ChoiceWords",
    "choice_words",
    "choosable_notice",
    "choosing_for",
    "day_of",
    "is_over",
    "link_to",
    "only_parcel",
    "open_choices",
    "opened_by",
    "order_proof",
    "own_zone",
    "running_promise",
    "standing_of",
    "taken_choice",
    "unsubscribing",
    "wishes_open",
    "zone_of",
]
TAKEN = (Choice.State.TAKEN, Choice.State.DONE, Choice.State.FAILED)
UNDER_WAY = (Order.State.PLACED, Order.State.PAID, Order.State.PACKED, Order.State.SHIPPED)
_YEAR = timedelta(days=365)
_OWN_SHOP = "shop"


def order_proof(order: Order) -> CustomerActor:
    """Who has proved `order`, and nothing else: whoever opened a link of a notice on it."""
    return CustomerActor(order.customer_id, ORDER_VERIFIED, order_id=order.pk)


def standing_of(
    order: Order,
    shipment: Shipment | None,
    *,
    credit: Mapping[str, str] | None = None,
    actor: Actor | None = None,
    at: datetime,
) -> Standing:
    """How `order` stands for choices on `shipment` (None: the one under way, if it is one).

    `credit` is what the rule gives, by currency. `actor` is who would choose; without one, whoever proved the order. The caller
    has let them through the door to it.
    """
    actor = actor or order_proof(order)
    shipment = shipment or only_parcel(order)
    promise = running_promise(order)
    changes = changes_open_to(actor, order)
    zone = zone_of(promise)
    is_lost = shipment is not None and shipment.state == Shipment.State.LOST
    return Standing(
        today=at.astimezone(zone).date(),
        is_under_way=order.state in UNDER_WAY,
        is_held=shipment is not None and shipment.handed_over_at is not None and not is_lost,
        is_lost=is_lost,
        can=can(shipment) if shipment else frozenset(),
        may_cancel=changes.may_cancel,
        may_change_address=changes.may_change_address,
        may_change_delivery=actor.may(MOVE_DELIVERY),
        paid=_paid(order),
        may_pay=_waits_for_money(order),
        promised_on=day_of(promise.due_at, zone) if promise and promise.due_at else None,
        expected_on=_expected_on(order, zone),
        credit=_credit(order, credit or {}, at=at),
    )


def open_choices(notice: Notice, *, at: datetime) -> list[Choice]:
    """The choices of a sent notice on an order that can still be taken, in their order; none once one of them was."""
    rows = list(Choice.objects.filter(notice=notice).order_by("id"))
    if notice.order is None or any(row.state in TAKEN for row in rows) or is_over(notice, at=at):
        return []
    offered = {row.kind: row for row in rows if row.state == Choice.State.OFFERED}
    standing = standing_of(notice.order, notice.shipment, credit=notice.rule.credit, at=at)
    return [offered[one.kind] for one in choices_open(list(offered), standing)]


def taken_choice(notice: Notice) -> Choice | None:
    """The choice that was taken of a notice."""
    return Choice.objects.filter(notice=notice, state__in=TAKEN).select_related("voucher").first()


def is_over(notice: Notice, *, at: datetime) -> bool:
    """Whether the time for choosing has passed, or the notice was never sent."""
    return notice.choice_until is None or notice.choice_until <= at


def choosable_notice(order: Order, *, at: datetime) -> Notice | None:
    """The newest notice on the order whose choices can still be taken."""
    rows = Notice.objects.filter(order=order, state=Notice.State.SENT, choice_until__gt=at)
    rows = rows.select_related("order", "customer", "rule", "shipment__account", "shipment__carried_by")
    return next((row for row in rows.order_by("-id")[:5] if open_choices(row, at=at)), None)


def wishes_open(order: Order, shipment: Shipment | None, *, actor: Actor, at: datetime) -> list[Offered]:
    """What may be asked of a delivery although nothing was told of it; not what a page of its own is for."""
    if shipment is not None and can(shipment).isdisjoint(REROUTES):
        return []
    offered = choices_open(REROUTES, standing_of(order, shipment, actor=actor, at=at))
    return [one for one in offered if one.offer["how"] == CARRIER]


def link_to(notice: Notice) -> str:
    """The address of the choices, for a page that whoever has proved the order looks at."""
    return urlsplit(tokens.choice_link(notice)).path


def own_zone(order: Order) -> ZoneInfo:
    """On whose clock the customer of an order is told the time."""
    return ZoneInfo(zone_for(order.customer, order))


def only_parcel(order: Order) -> Shipment | None:
    """The parcel of the order that has not ended, where it is one and nothing of the order is left behind."""
    rows = list(Shipment.objects.filter(order=order).select_related("account").order_by("id"))
    going = [row for row in rows if row.state not in (Shipment.State.DELIVERED, Shipment.State.RETURNED)]
    return going[0] if len(going) == 1 else None


def running_promise(order: Order) -> Promise | None:
    """The delivery promise that the customer still waits on."""
    rows = Promise.objects.about(f"order:{order.pk}", [Promise.Kind.DELIVERY]).outstanding()
    return rows.select_related("calendar").order_by("-id").first()


def zone_of(promise: Promise | None) -> ZoneInfo:
    """Where the promised days begin and end: where it goes to, else the shop's zone."""
    return ZoneInfo(promise.calendar.time_zone if promise and promise.calendar else settings.SHOP_TIME_ZONE)


def day_of(due_at: datetime, zone: ZoneInfo) -> date:
    """The day that ends at `due_at`: midnight belongs to the day before."""
    return (due_at - timedelta(seconds=1)).astimezone(zone).date()


def _expected_on(order: Order, zone: ZoneInfo) -> date | None:
    """The last day on which what is under way is expected; None where nobody knows."""
    told = Shipment.objects.filter(order=order, expected_to__isnull=False).exclude(state__in=Shipment.ENDED)
    days = list(told.values_list("expected_to", flat=True))
    seconds = Flight.objects.filter(order=order, q80__gt=0, shipment__expected_to=None).values_list("q80", flat=True)
    days += [datetime.fromtimestamp(value, UTC).astimezone(zone).date() for value in seconds]
    return max((day for day in days if day), default=None)


def _waits_for_money(order: Order) -> bool:
    by_door = order.payment_method == Payment.Method.COD
    is_waiting = order.source == _OWN_SHOP and order.state == Order.State.PLACED and not by_door
    return is_waiting and order.total_amount > order.received_amount


def _paid(order: Order) -> Offer:
    back = sum((row.amount for row in order.refunds.all() if row.state != Refund.State.FAILED), Decimal(0))
    left = order.received_amount - back
    return {"amount": str(left), "currency": order.currency} if left > 0 else {}


def _credit(order: Order, credit: Mapping[str, str], *, at: datetime) -> Offer | None:
    """What waiting is worth in the order's currency; once for an order, and so often in a year for a customer."""
    try:
        amount = Decimal(str(credit.get(order.currency, "")))
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount <= 0 or _credits_are_used_up(order, at=at):
        return None
    return {"amount": str(amount), "currency": order.currency}


def _credits_are_used_up(order: Order, *, at: datetime) -> bool:
    given = Choice.objects.filter(kind=CREDIT, voucher__isnull=False)
    if given.filter(notice__order=order).exists():
        return True
    lately = given.filter(notice__customer=order.customer_id, taken_at__gt=at - _YEAR)
    return lately.count() >= notice_settings().credits_per_year
