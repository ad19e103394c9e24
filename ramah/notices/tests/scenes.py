"""Orders under way with a promised day, for tests of what is told of them. Times are around noon in Jakarta."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ramah.commerce.models import Order
from ramah.commerce.testing import make_order
from ramah.customers.models import Customer
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.notices.commands.planning import plan_now
from ramah.notices.defaults import DEFAULTS
from ramah.notices.models import Notice, Rule
from ramah.notices.testing import make_rule
from ramah.promises.commands import Terms, make_promises
from ramah.promises.models import Promise
from ramah.shipping.models import Flight, Shipment
from ramah.shipping.testing import make_flight, make_shipment

AT = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)  # Monday noon in Jakarta
DUE = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)  # Thursday the 5th was promised: it ends at midnight
DAY = timedelta(days=1)


def live(kind: str, **told: Any) -> Rule:
    """A live rule with the words and terms that a new shop has."""
    found = next(one for one in DEFAULTS if one.kind == kind)
    return make_rule(kind, at=AT, **{"texts": found.texts, "terms": dict(found.terms), "credit": found.credit, **told})


def ordered(customer: Customer | None = None, *, email: str = "dana@mail.example", **told: Any) -> Order:
    """A paid order that was promised for Thursday."""
    customer = customer or make_customer("Dana Putri", email=email, proof="channel_verified")
    order = make_order(customer, placed_at=AT - DAY, **told)
    Order.objects.filter(pk=order.pk).update(email=email, language="en")
    order.refresh_from_db()
    terms = [Terms(Promise.Kind.DELIVERY, due_at=DUE, warn_percent=None)]
    make_promises(actor=SYSTEM, customer_id=customer.pk, subject=f"order:{order.pk}", terms=terms, at=AT - DAY)
    return order


def sent_off(order: Order, **told: Any) -> Shipment:
    """A parcel of the order that its carrier has had since yesterday."""
    Order.objects.filter(pk=order.pk).update(state="shipped")
    order.refresh_from_db()
    return make_shipment(order, at=AT - DAY, **told)


def expected(order: Order, level: int, *, shipment: Shipment | None = None, days: int = 2, **told: Any) -> Flight:
    """What the forecast says: on this level, expected one day around so many days after the promised one."""
    day = DUE + timedelta(days=days, hours=-6)
    told = {
        "p_late": 0.9,
        "q10": int((day - DAY).timestamp()),
        "q50": int(day.timestamp()),
        "q80": int(day.timestamp()),
        "q90": int((day + DAY).timestamp()),
        "promised": int(DUE.timestamp()),
        **told,
    }
    return make_flight(order, at=AT - DAY, shipment=shipment, level=level, **told)


def planned(kind: str, order: Order, *, shipment: Shipment | None = None, ref: str = "", at: datetime = AT) -> Notice:
    """A notice that holds, planned."""
    notice = plan_now(kind, order_id=order.pk, shipment_id=shipment.pk if shipment else None, ref=ref, at=at)
    assert notice is not None
    return notice
