"""What happens to orders and products. An order event's subject is `order:<id>`, so what concerns one order stays in order."""

from dataclasses import dataclass

from ramah.kernel.events import event


@event("order.placed")
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A customer has just ordered."""

    order_id: int
    customer_id: int


@event("order.imported")
@dataclass(frozen=True, slots=True)
class OrderImported:
    """An order that was placed elsewhere, maybe long ago, is known here now: nobody is waiting for a confirmation."""

    order_id: int
    customer_id: int


@event("order.state_changed")
@dataclass(frozen=True, slots=True)
class OrderStateChanged:
    """An order has gone on; the states are those of `order_states`."""

    order_id: int
    customer_id: int
    from_state: str
    to_state: str


@event("order.address_changed")
@dataclass(frozen=True, slots=True)
class OrderAddressChanged:
    """An order goes to another address than it was placed for; nothing of it was packed yet."""

    order_id: int
    customer_id: int


@event("payment.recorded")
@dataclass(frozen=True, slots=True)
class PaymentRecorded:
    """A payment was made, authorized, or failed."""

    order_id: int
    payment_id: int
    state: str


@event("refund.recorded")
@dataclass(frozen=True, slots=True)
class RefundRecorded:
    """A refund was requested, approved, sent, or failed."""

    order_id: int
    refund_id: int
    state: str


@event("product.changed")
@dataclass(frozen=True, slots=True)
class ProductChanged:
    """What lists and searches show of a product is another: texts, prices, variants, category, rating. Subject `product:<id>`."""

    product_id: int


@event("variant.stock_changed")
@dataclass(frozen=True, slots=True)
class VariantStockChanged:
    """A variant came into stock or went out of it (`after` > 0 or not; smaller changes are not told). Subject `product:<id>`."""

    variant_id: int
    product_id: int
    after: int


@event("variant.price_changed")
@dataclass(frozen=True, slots=True)
class VariantPriceChanged:
    """A variant costs more or less in `currency`; amounts as decimal strings. Subject `product:<id>`."""

    variant_id: int
    product_id: int
    currency: str
    before: str
    after: str


@event("alerts.due")
@dataclass(frozen=True, slots=True)
class AlertsDue:
    """Of those who wait for a variant some may be told now: one batch did not take all, or it is offered again.

    Subject `product:<id>`.
    """

    variant_id: int
    product_id: int
