"""What customers are told when something happens to their orders, and when what they waited for is back.

A failing handler is tried again by the outbox and ends in sight under "Failed work"; orders never wait for a mail.
"""

from ramah.commerce.events import (
    AlertsDue,
    OrderAddressChanged,
    OrderPlaced,
    OrderStateChanged,
    PaymentRecorded,
    ProductChanged,
    VariantPriceChanged,
    VariantStockChanged,
)
from ramah.commerce.models import Order, Payment
from ramah.kernel import clock
from ramah.kernel.events import subscribe
from ramah.shipping.events import ShipmentHandedOver
from ramah.storefront import alert_mails, mails


@subscribe(OrderPlaced)
def confirm_order(event: OrderPlaced) -> None:
    """The confirmation, within seconds."""
    if order := mails.order_told(event.order_id):
        mails.confirm_order(order, at=clock.now())


@subscribe(PaymentRecorded)
def confirm_payment(event: PaymentRecorded) -> None:
    """Money has come in."""
    if event.state != Payment.State.PAID or not (order := mails.order_told(event.order_id)):
        return
    payment = next((payment for payment in order.payments.all() if payment.pk == event.payment_id), None)
    if payment is not None:
        mails.confirm_payment(order, payment, at=clock.now())


@subscribe(OrderStateChanged)
def tell_state(event: OrderStateChanged) -> None:
    """The order has left, or is cancelled."""
    if event.to_state not in (Order.State.SHIPPED, Order.State.CANCELLED):
        return
    if order := mails.order_told(event.order_id):
        tell = mails.tell_cancelled if event.to_state == Order.State.CANCELLED else mails.tell_shipped
        tell(order, at=clock.now())


@subscribe(ShipmentHandedOver)
def tell_parcel(event: ShipmentHandedOver) -> None:
    """A parcel has left, with all of the order or a part of it."""
    order = mails.order_told(event.order_id)
    if order and (parcel := mails.parcel_told(event.shipment_id, order)):
        mails.tell_parcel(order, parcel, is_last=event.is_last, at=clock.now())


@subscribe(OrderAddressChanged)
def tell_address(event: OrderAddressChanged) -> None:
    """The order goes elsewhere."""
    if order := mails.order_told(event.order_id):
        mails.tell_address(order, at=clock.now())


@subscribe(VariantStockChanged)
def tell_who_waits(event: VariantStockChanged) -> None:
    """A variant is back: the first of those who wait are told at once, the others by the job of `alert_mails`."""
    if event.after > 0:
        alert_mails.tell_about(event.variant_id, at=clock.now())


@subscribe(AlertsDue)
def tell_more(event: AlertsDue) -> None:
    """One batch did not hold all who can be told."""
    alert_mails.tell_about(event.variant_id, at=clock.now())


@subscribe(VariantPriceChanged)
def tell_who_saves(event: VariantPriceChanged) -> None:
    """A variant costs less."""
    alert_mails.tell_about(event.variant_id, at=clock.now())


@subscribe(ProductChanged)
def let_go(event: ProductChanged) -> None:
    """What is no longer sold does not come back."""
    alert_mails.withdraw_gone(event.product_id, at=clock.now())
