"""An order in words and figures, as pages and mails show it. Reads only what `queries.orders` has loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from ramah.commerce import order_states
from ramah.commerce.addresses import Address, address_lines
from ramah.commerce.models import Order, OrderLine, OrderStateChange, Refund
from ramah.kernel.money import Money

_ILLUSTRATION = "p-tag"
# What happened, where the names of states say how things are.
_STEPS = {
    order_states.PLACED: pgettext_lazy("step of an order", "Ordered"),
    order_states.PAID: pgettext_lazy("step of an order", "Paid"),
    order_states.PACKED: pgettext_lazy("step of an order", "Packed"),
    order_states.SHIPPED: pgettext_lazy("step of an order", "Handed to the carrier"),
}
_ARRIVED = {order_states.DELIVERED, order_states.COMPLETED, order_states.RETURNED, order_states.REFUNDED}


@dataclass(frozen=True, slots=True)
class PromiseSight:
    """The promised date with the ring that goes with it."""

    state: str
    text: str
    left: int = 100


@dataclass(frozen=True)
class OrderSight:
    """What is shown of an order."""

    order: Order
    at: datetime
    addresses: Mapping[str, Address] = field(default_factory=dict)

    @property
    def tone(self) -> str:
        """Orders under way stand out."""
        return "accent" if self.order.state in order_states.UNDER_WAY else ""

    @cached_property
    def lines(self) -> list[tuple[OrderLine, str, str]]:
        """Each line with its options in words and its picture."""
        return [(line, ", ".join(line.options.values()), _picture(line)) for line in self.order.lines.all()]

    @property
    def steps(self) -> list[tuple[str, OrderStateChange]]:
        """The way of the order so far, each step in words."""
        return [(_step_words(step), step) for step in self.order.history.all()]

    @property
    def sums(self) -> list[tuple[str, Money]]:
        """What makes up the total; parts of nothing are left out."""
        order = self.order
        tax = _("of which tax") if order.tax_included else _("Tax")
        parts = [
            (_("Goods"), order.items_amount),
            (_("Shipping"), order.shipping_amount),
            (_("Discount"), -order.discount_amount),
            (_("Fees and rounding"), order.other_amount),
            (tax, order.tax_amount),
        ]
        return [(words, order.money(amount)) for words, amount in parts if amount]

    @property
    def paid(self) -> list[tuple[str, Money, datetime | None, str]]:
        """Payments: how, how much, when it came in, and what is to be said where it did not."""
        return [
            (
                payment.reference or payment.get_method_display(),
                self.order.money(payment.amount),
                payment.paid_at,
                "" if payment.is_received else payment.get_state_display(),
            )
            for payment in self.order.payments.all()
        ]

    @property
    def refunded(self) -> Money | None:
        """What has gone back or is about to; None when nothing has."""
        standing = (r.amount for r in self.order.refunds.all() if r.state != Refund.State.FAILED)
        amount = sum(standing, Decimal(0))
        return self.order.money(amount) if amount else None

    @property
    def delivery(self) -> PromiseSight | None:
        """The promised date, and whether it was kept; None where none was promised or it no longer counts."""
        order = self.order
        if order.promised_to is None or order.state == order_states.CANCELLED:
            return None
        if order.state in _ARRIVED:
            return _kept_or_broken(order.promised_to, self._arrived_at)
        today = timezone.localdate(self.at)
        if today > order.promised_to:
            return PromiseSight("broken", _("Was promised by %(day)s") % {"day": _day(order.promised_to)})
        span = max((order.promised_to - timezone.localdate(order.placed_at)).days, 1)
        left = round(100 * (order.promised_to - today).days / span)
        return PromiseSight("open", _("Arrives by %(day)s") % {"day": _day(order.promised_to)}, left)

    @property
    def _arrived_at(self) -> datetime | None:
        if "delivered_at" in vars(self.order):  # a list reads it with the orders
            found: datetime | None = vars(self.order)["delivered_at"]
            return found
        return next((s.at for s in self.order.history.all() if s.to_state == order_states.DELIVERED), None)

    @property
    def shipping_lines(self) -> list[str]:
        """Where it goes, line by line."""
        return address_lines(dict(self.addresses.get("shipping", {})))

    @property
    def billing_lines(self) -> list[str]:
        """Who is billed; empty where that is the same."""
        same = self.addresses.get("billing") == self.addresses.get("shipping")
        return [] if same else address_lines(dict(self.addresses.get("billing", {})))


def sight_of(order: Order, *, at: datetime, addresses: Mapping[str, Address] | None = None) -> OrderSight:
    """The order as it is shown at `at`; addresses only as far as the viewer may see them."""
    return OrderSight(order, at, addresses or {})


def _step_words(step: OrderStateChange) -> str:
    if step.from_state == step.to_state:  # the one thing that changes without a step
        return _("Delivery address changed")
    return str(_STEPS.get(step.to_state, step.get_to_state_display()))


def _kept_or_broken(promised: date, arrived_at: datetime | None) -> PromiseSight | None:
    if arrived_at is None:
        return None
    late = (timezone.localdate(arrived_at) - promised).days
    words = {"day": _day(timezone.localdate(arrived_at))}
    if late > 0:
        return PromiseSight("broken", _("Delivered late, on %(day)s") % words)
    return PromiseSight("kept", _("Delivered in time, on %(day)s") % words)


def _day(day: date) -> str:
    return date_format(day, "j E")


def _picture(line: OrderLine) -> str:
    return (line.variant.product.illustration if line.variant else "") or _ILLUSTRATION
