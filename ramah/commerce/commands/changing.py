"""What customers change about their orders by themselves: cancelling, another address. The rules stand in `order_changes`.

Both lock the order before they look, as packing does: of a change and a packing at the same moment one is first, and the other
sees what it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from ramah.commerce import order_states, permissions
from ramah.commerce.addresses import Address, make_address
from ramah.commerce.commands.orders import change_order_state
from ramah.commerce.commands.payments import received_amount, record_refund, standing_amount
from ramah.commerce.events import OrderAddressChanged
from ramah.commerce.models import Order, OrderStateChange
from ramah.commerce.queries.changing import Answer, NewPlace, changes_open_to
from ramah.commerce.queries.moving import terms_at
from ramah.commerce.queries.orders import orders_visible_to
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, NotVisible
from ramah.kernel.events import publish

MOST_SAID = 200


class ChangeRefused(Exception):
    """The customer may not change this (any more) by themselves. Carries why; nothing was changed."""

    def __init__(self, why: Answer) -> None:
        super().__init__(why.value)
        self.why = why


class OtherTerms(Exception):
    """At the new place the delivery would not be on the same terms: support arranges it. Carries why; nothing was changed."""

    def __init__(self, why: NewPlace) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Granted:
    """A customer with the one permission that the rules have granted them for the change in hand."""

    customer: Actor
    permission: str

    @property
    def ref(self) -> str:
        return self.customer.ref

    @property
    def label(self) -> str:
        return self.customer.label

    def may(self, permission: str) -> bool:
        return permission == self.permission or self.customer.may(permission)


@transaction.atomic
def cancel_order(*, actor: Actor, order: Order, at: datetime, reason: str = "") -> Order:
    """The customer cancels their order. What they have paid is asked back for them, to be approved and sent by an agent.

    Raises `ChangeRefused`; `NotVisible` for an order that `actor` may not see.
    """
    order = _locked(actor, order)
    if (why := changes_open_to(actor, order).cancelling) is not Answer.YES:
        raise ChangeRefused(why)
    by = _Granted(actor, permissions.CHANGE_ORDERS)
    said = " ".join(reason.split())[:MOST_SAID]
    order = change_order_state(actor=by, order=order, state=order_states.CANCELLED, at=at, reason=said)
    if (left := _to_pay_back(order)) > 0:
        record_refund(actor=SYSTEM, order=order, amount=order.money(left), at=at, reason=said)
    return order


@transaction.atomic
def change_address(*, actor: Actor, order: Order, address: Mapping[str, str], at: datetime) -> Order:
    """The order goes to `address`, on the terms it was placed on: the same country, option, cost, and no later date.

    `address` has the parts of `addresses` and was checked for its country. The same address as before changes nothing. Raises
    `ChangeRefused`, `OtherTerms`; `NotVisible` for an order that `actor` may not see.
    """
    order = _locked(actor, order)
    if (why := changes_open_to(actor, order).changing_address) is not Answer.YES:
        raise ChangeRefused(why)
    new = make_address(address)
    if new == order.shipping_address:
        return order
    if (terms := terms_at(order, new, at=at)) is not NewPlace.SAME_TERMS:
        raise OtherTerms(terms)
    _write_address(order, new, actor=actor, at=at)
    return order


def _write_address(order: Order, new: Address, *, actor: Actor, at: datetime) -> None:
    if order.billing_address == order.shipping_address:
        order.billing_address = new
    order.shipping_address = new
    order.save(update_fields=["shipping_address", "billing_address"])
    # A line of history that goes nowhere: the state stays, see `queries.sights`.
    OrderStateChange.objects.create(order=order, at=at, from_state=order.state, to_state=order.state, actor=actor.ref)
    audit.record(actor, "order.change_address", f"order:{order.pk}", at=at)
    publish(OrderAddressChanged(order_id=order.pk, customer_id=order.customer_id), subject=f"order:{order.pk}")


def _locked(actor: Actor, order: Order) -> Order:
    found = orders_visible_to(actor).filter(pk=order.pk).select_for_update().first()
    if found is None:
        raise NotVisible
    return found


def _to_pay_back(order: Order) -> Decimal:
    return received_amount(order) - standing_amount(order)
