"""An order as its customer follows it: how it stands, what happened, what comes next, what was promised and what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min, OuterRef, Prefetch, QuerySet, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ramah.commerce import order_states as states
from ramah.commerce.models import DeliveryOption, Order, OrderLine, OrderStateChange, Payment
from ramah.commerce.queries.gateways import gateway_in_use
from ramah.commerce.queries.orders import NEWEST_FIRST, address_shown, orders_visible_to
from ramah.commerce.queries.sights import OrderSight, PromiseSight, sight_of
from ramah.commerce.queries.terms import delivery_options, shop_profile
from ramah.kernel.actors import Actor
from ramah.kernel.money import Money, format_money
from ramah.kernel.paging import Page, keyset_page
from ramah.promises.models import Promise
from ramah.promises.queries import promises_of_subjects
from ramah.ui.elements import long_time, short_time

PAGE = 10
_OWN_SHOP = "shop"
_Kind = DeliveryOption.Kind
_ARRIVES = {
    _Kind.HOME: gettext_lazy("Arrives by %(day)s"),
    _Kind.BRANCH: gettext_lazy("At the branch by %(day)s"),
    _Kind.LOCKER: gettext_lazy("In the parcel locker by %(day)s"),
    _Kind.PICKUP: gettext_lazy("Ready for you by %(day)s"),
}
_LAST_STEP = {
    _Kind.HOME: gettext_lazy("At your door"),
    _Kind.BRANCH: gettext_lazy("At the branch, ready for you"),
    _Kind.LOCKER: gettext_lazy("In the parcel locker, ready for you"),
    _Kind.PICKUP: gettext_lazy("Ready for you at the shop"),
}
_STANDS = {
    states.PLACED: gettext_lazy("We pack it next."),
    states.PAID: gettext_lazy("Paid. We pack it next."),
    states.PACKED: gettext_lazy("Packed. It waits for the carrier."),
    states.SHIPPED: gettext_lazy("On its way to you."),
    states.DELIVERED: gettext_lazy("Delivered."),
    states.COMPLETED: gettext_lazy("Delivered."),
    states.RETURNED: gettext_lazy("It came back to us."),
    states.CANCELLED: gettext_lazy("Cancelled."),
    states.REFUNDED: gettext_lazy("Your money went back."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: `state` is done, now or next; `note` is what the customer said, or by when it is to happen."""

    words: str
    state: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """What is still to be paid: how much, until when, to which accounts; at the door, or online too."""

    amount: Money
    until: datetime | None = None
    accounts: Sequence[Mapping[str, str]] = ()
    at_the_door: bool = False
    online: bool = False

    @property
    def amount_words(self) -> str:
        return format_money(self.amount)

    @property
    def until_words(self) -> str:
        """What happens when; empty where nobody set a limit."""
        if self.until is None:
            return ""
        told = {"moment": long_time(self.until)}
        return _("The money must be there by %(moment)s. After that the order is cancelled by itself.") % told


@dataclass(frozen=True)
class Followed:
    """An order for the page of its customer."""

    sight: OrderSight
    promises: Sequence[Promise] = field(default_factory=list)

    @property
    def order(self) -> Order:
        return self.sight.order

    @cached_property
    def _kind(self) -> str:
        option = self.order.delivery_option
        return option.kind if option else _Kind.HOME

    @cached_property
    def is_partly_shipped(self) -> bool:
        """Some pieces have left and others not."""
        lines = self.order.lines.all()
        is_open = self.order.state in (states.PLACED, states.PAID, states.PACKED)
        return is_open and any(line.shipped_quantity for line in lines)

    @property
    def words(self) -> str:
        """How the order stands, in one plain sentence."""
        order = self.order
        if self.is_partly_shipped:
            return _("A part of it is on its way to you.")
        if order.state == states.PLACED and order.payment_method == Payment.Method.BANK_TRANSFER:
            return _("We wait for your transfer.")
        if order.state == states.PLACED and order.payment_method != Payment.Method.COD:
            return _("It is not paid yet.")
        return str(_STANDS[order.state])

    @property
    def paying_by(self) -> str:
        """The way of paying that was chosen at checkout; empty where nobody was asked."""
        chosen = self.order.payment_method
        return str(Payment.Method(chosen).label) if chosen in Payment.Method.values else ""

    @cached_property
    def steps(self) -> list[Step]:
        """What happened, and what comes next."""
        past = [
            Step(words, "done", change.at, change.reason if change.actor.startswith("customer:") else "")
            for words, change in self.sight.steps
        ]
        if past:
            past[-1] = Step(past[-1].words, "now", past[-1].at, past[-1].note)
        return past + self._ahead()

    def _ahead(self) -> list[Step]:
        state, is_pickup = self.order.state, self._kind == _Kind.PICKUP
        ahead = []
        if state == states.PLACED and self.order.payment_method != Payment.Method.COD:
            until = self.order.payment_due_at
            note = _("by %(moment)s") % {"moment": short_time(until)} if until else ""
            ahead.append(Step(_("Your payment arrives"), "next", note=note))
        if state in (states.PLACED, states.PAID):
            ahead.append(Step(_("We pack it"), "next"))
        if state in (states.PLACED, states.PAID, states.PACKED) and not is_pickup:
            ahead.append(Step(_("The carrier takes it"), "next"))
        if state in states.UNDER_WAY:
            promised = self.promise
            ahead.append(Step(str(_LAST_STEP[_Kind(self._kind)]), "next", note=promised.text if promised else ""))
        return ahead

    @cached_property
    def promise(self) -> PromiseSight | None:
        """What was promised of the delivery, and how it stands; as the order says where no promise was made."""
        if self.order.state in (states.CANCELLED, states.REFUNDED):
            return None
        made = next((row for row in self.promises if row.kind == Promise.Kind.DELIVERY), None)
        if made is None:
            return self.sight.delivery
        if made.state == Promise.State.OPEN and made.due_at is not None:
            return self._running(made, made.due_at)
        return self._ended(made)

    def _running(self, made: Promise, due_at: datetime) -> PromiseSight:
        at, day = self.sight.at, {"day": _day(self._promised_day(made, due_at))}
        if due_at < at:
            return PromiseSight("broken", _("Was promised by %(day)s. We are late.") % day)
        left = round(100 * (due_at - at) / max(due_at - made.started_at, timedelta(minutes=1)))
        if made.replaces_id is not None and self.order.promised_to:
            told = {**day, "before": _day(self.order.promised_to)}
            return PromiseSight("renegotiated", _("Was: %(before)s. Now: %(day)s") % told, left)
        if made.warned_at or (made.warn_at and made.warn_at <= at):
            return PromiseSight("risk", _("Promised by %(day)s. Time is short, we watch it.") % day, left)
        return PromiseSight("open", _ARRIVES[_Kind(self._kind)] % day, left)

    def _ended(self, made: Promise) -> PromiseSight | None:
        if made.state == Promise.State.BROKEN and made.due_at and not made.fulfilled_at:
            day = _day(self._promised_day(made, made.due_at))
            return PromiseSight("broken", _("Was promised by %(day)s. We are late.") % {"day": day})
        if made.state not in (Promise.State.KEPT, Promise.State.BROKEN) or made.fulfilled_at is None:
            return None
        day = _day(made.fulfilled_at.astimezone(_zone_of(made)).date())
        if made.state == Promise.State.KEPT:
            return PromiseSight("kept", _("In time, on %(day)s") % {"day": day})
        return PromiseSight("broken", _("Late, on %(day)s") % {"day": day})

    def _promised_day(self, made: Promise, due_at: datetime) -> date:
        if made.replaces_id is None and self.order.promised_to:
            return self.order.promised_to
        # Due at the end of a day: midnight belongs to the day before.
        return (due_at - timedelta(seconds=1)).astimezone(_zone_of(made)).date()

    @cached_property
    def due(self) -> Due | None:
        """What is still to be paid, and how; None where nothing is."""
        order = self.order
        received = order.received_amount
        left = order.money(order.total_amount - received)
        if left.amount <= 0 or order.source != _OWN_SHOP or order.state not in states.UNDER_WAY:
            return None
        if order.payment_method == Payment.Method.COD:
            return Due(left, at_the_door=True)
        shop = shop_profile()
        own = [one for one in shop.bank_accounts if one.get("currency") in (None, "", order.currency)]
        offered = not {Payment.Method.CARD, Payment.Method.WALLET}.isdisjoint(shop.payment_methods)
        online = offered and bool(gateway_in_use())
        by_bank = order.payment_method in ("", Payment.Method.BANK_TRANSFER)
        return Due(left, order.payment_due_at, own if by_bank else (), online=online)


def followed(actor: Actor, order: Order, *, at: datetime) -> Followed:
    """The order, which was let through the door to `actor`, with addresses as far as they may see them; two queries more."""
    addresses = {
        "shipping": address_shown(actor, order.shipping_address),
        "billing": address_shown(actor, order.billing_address),
    }
    subject = f"order:{order.pk}"
    return Followed(sight_of(order, at=at, addresses=addresses), promises_of_subjects([subject])[subject])


def orders_followed(actor: Actor, *, at: datetime, cursor: str = "", size: int = PAGE) -> tuple[list[Followed], str]:
    """All orders of the customer who acts, newest first, and the cursor of the next page; three queries.

    With `shipped_at` and `delivered_at` on each order. Raises `BadCursor`.
    """
    lines = Prefetch("lines", OrderLine.objects.select_related("variant__product"))
    orders = orders_visible_to(actor).select_related("delivery_option").prefetch_related(lines)
    orders = orders.annotate(shipped_at=_first(states.SHIPPED), delivered_at=_first(states.DELIVERED))
    page = _page(orders, cursor=cursor, size=size)
    promises = promises_of_subjects([f"order:{order.pk}" for order in page.rows])
    rows = [Followed(sight_of(order, at=at), promises[f"order:{order.pk}"]) for order in page.rows]
    return rows, page.next_cursor


def _page(orders: QuerySet[Order], *, cursor: str, size: int) -> Page[Order]:
    return keyset_page(orders, order=NEWEST_FIRST, cursor=cursor, size=size)


def _first(state: str) -> Subquery:
    steps = OrderStateChange.objects.filter(order=OuterRef("pk"), to_state=state).order_by().values("order")
    return Subquery(steps.annotate(at=Min("at")).values("at"))


def _zone_of(made: Promise) -> ZoneInfo:
    # Out of the kept terms, where the calendars of all options are: a list of orders costs no query for each promise.
    calendars = (option.calendar for option in delivery_options() if option.calendar_id == made.calendar_id)
    calendar = next(calendars, None)
    return ZoneInfo(calendar.time_zone if calendar else settings.SHOP_TIME_ZONE)


def _day(day: date) -> str:
    return date_format(day, "j E")
