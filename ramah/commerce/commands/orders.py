"""Taking orders from state to state, with all that hangs on it: pieces, voucher, delivery promise. `checkout` places them."""

from datetime import datetime

from django.db import transaction

from ramah.commerce import order_states, permissions
from ramah.commerce.commands import order_stock, vouchers
from ramah.commerce.events import OrderStateChanged
from ramah.commerce.models import DeliveryOption, Order, OrderStateChange, Payment
from ramah.kernel import audit
from ramah.kernel.actors import SYSTEM, Actor, require
from ramah.kernel.events import publish
from ramah.promises.commands import keep_promises, withdraw_promises
from ramah.promises.models import Promise

OWN_SHOP = "shop"
# Once an order is there, nothing is on its way any more.
_NOT_COMING = frozenset({order_states.CANCELLED, order_states.RETURNED, order_states.REFUNDED})


class OrderStateNotAllowed(Exception):
    """An order cannot go from its state to that one; see `order_states`."""


@transaction.atomic
def change_order_state(*, actor: Actor, order: Order, state: str, at: datetime, reason: str = "") -> Order:
    """Take the order one step on. What an order of this shop had taken comes back when it is cancelled: pieces and voucher.

    Raises `OrderStateNotAllowed`.
    """
    require(actor, permissions.CHANGE_ORDERS)
    order = Order.objects.select_for_update().get(pk=order.pk)
    if not order_states.may_change(order.state, state):
        raise OrderStateNotAllowed(f"{order.state} -> {state}")
    if state == order_states.CANCELLED:
        _give_back(order, actor=actor, at=at)
    enter_state(order, state, actor=actor, at=at, reason=reason)
    audit.record(actor, "order.change_state", f"order:{order.pk}", at=at, state=state)
    return order


def enter_state(order: Order, state: str, *, actor: Actor, at: datetime, reason: str = "") -> None:
    """Write the new state of a locked order, its line of history and the event; whoever calls has checked and audits.

    The promise of delivery is kept once the order is there, and taken back once it will not come.
    """
    before, order.state = order.state, state
    order.save(update_fields=["state"])
    OrderStateChange.objects.create(
        order=order, at=at, from_state=before, to_state=state, actor=actor.ref, reason=reason
    )
    _settle_promise(order, at=at)
    publish(
        OrderStateChanged(order_id=order.pk, customer_id=order.customer_id, from_state=before, to_state=state),
        subject=f"order:{order.pk}",
    )


@transaction.atomic
def erase_personal_data(*, customer_id: int) -> None:
    """Take names, addresses and words of a customer off their orders; the figures stay for the books. Repeatable."""
    Order.objects.filter(customer_id=customer_id).update(shipping_address={}, billing_address={}, note="", email="")


def _give_back(order: Order, *, actor: Actor, at: datetime) -> None:
    order.payments.filter(state=Payment.State.PENDING).update(state=Payment.State.FAILED)
    if order.source == OWN_SHOP:
        order_stock.give_back(order, actor=actor, at=at)
        vouchers.give_back(order)


def _settle_promise(order: Order, *, at: datetime) -> None:
    subject, kinds = f"order:{order.pk}", [Promise.Kind.DELIVERY]
    if order.state in _NOT_COMING:
        withdraw_promises(subject=subject, kinds=kinds, reason=f"order {order.state}", at=at)
    elif order.state == order_states.DELIVERED or (order.state == order_states.SHIPPED and _is_picked_up(order)):
        keep_promises(actor=SYSTEM, subject=subject, kinds=kinds, at=at)


def _is_picked_up(order: Order) -> bool:
    """Whether it waits at the shop: then our part is done when it is ready."""
    option = order.delivery_option
    return option is not None and option.kind == DeliveryOption.Kind.PICKUP
