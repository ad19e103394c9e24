"""When an order is paid, or leaves for cash on delivery, it gets its invoice: numbers follow the days on which that happened."""

from contextlib import suppress

from ramah.commerce.commands.invoices import InvoiceNotDue, issue_invoice
from ramah.commerce.events import OrderStateChanged, PaymentRecorded
from ramah.commerce.models import Order
from ramah.kernel import clock
from ramah.kernel.events import subscribe


@subscribe(PaymentRecorded)
def invoice_what_is_paid(event: PaymentRecorded) -> None:
    """The last part of the money came in."""
    _issue(event.order_id)


@subscribe(OrderStateChanged)
def invoice_what_has_left(event: OrderStateChanged) -> None:
    """Paid at the door, the goods are invoiced when they leave."""
    if event.to_state == Order.State.SHIPPED:
        _issue(event.order_id)


def _issue(order_id: int) -> None:
    with suppress(InvoiceNotDue):
        issue_invoice(order=Order.objects.get(pk=order_id), at=clock.now())
