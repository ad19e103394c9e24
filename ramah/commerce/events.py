"""What happens to orders. Every event's subject is `order:<id>`, so what concerns one order stays in order."""

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
