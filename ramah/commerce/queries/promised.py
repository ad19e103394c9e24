"""What a customer still waits for, with the orders it is about."""

from dataclasses import dataclass

from ramah.commerce.models import Order
from ramah.commerce.queries.orders import orders_visible_to
from ramah.customers.models import Customer
from ramah.kernel.actors import Actor
from ramah.promises.models import Promise
from ramah.promises.queries import promises_of_customer

_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A promise that is open, or broken and not fulfilled yet, and the order it is about, if any."""

    promise: Promise
    order: Order | None


def outstanding_promises(actor: Actor, customer: Customer, *, limit: int = 5) -> list[Outstanding]:
    """What was promised to the customer and is not done, the most urgent first. Raises `NotVisible`."""
    made = promises_of_customer(actor, customer.public_id, limit=_LOOKED_AT)
    waited_for = [row for row in made if _is_outstanding(row)][:limit]
    keys = [int(row.subject.removeprefix("order:")) for row in waited_for if row.subject.startswith("order:")]
    orders = {f"order:{order.pk}": order for order in orders_visible_to(actor).filter(pk__in=keys)} if keys else {}
    return [Outstanding(row, orders.get(row.subject)) for row in waited_for]


def _is_outstanding(promise: Promise) -> bool:
    is_late = promise.state == Promise.State.BROKEN and promise.fulfilled_at is None and promise.moved_to is None
    return promise.state == Promise.State.OPEN or is_late
