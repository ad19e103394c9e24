"""Orders on their way, with parcels, promises and notices, for tests of the pages that follow them."""

from datetime import UTC, date, datetime, timedelta

from ramah.commerce.models import Order
from ramah.commerce.testing import make_order
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.notices.models import Choice
from ramah.notices.queries.choices import link_to
from ramah.notices.testing import make_choice, make_notice
from ramah.promises.commands import Terms, make_promises
from ramah.shipping.carriers import contract
from ramah.shipping.models import Shipment, ShipmentLine
from ramah.shipping.testing import make_carrier_account, make_shipment, make_tracking_event

# Monday noon in Jakarta; the order was placed four days before and is promised for Thursday.
NOW = datetime(2026, 3, 9, 5, 0, tzinfo=UTC)
PROMISED = date(2026, 3, 12)
DUE = datetime(2026, 3, 12, 17, 0, tzinfo=UTC)
EMAIL = "dana@mail.example"


def order_on_its_way(*, state="shipped", email=EMAIL, at=NOW, **fields):
    """An order of Dana's that is promised for three days after `at`: 12 March."""
    point = ContactPoint.objects.filter(value=email).first()
    customer = point.customer if point else make_customer("Dana", email=email)
    order = make_order(customer, state=state, placed_at=at - timedelta(days=4))
    ahead = at - NOW
    Order.objects.filter(pk=order.pk).update(email=email, promised_to=PROMISED + timedelta(days=ahead.days), **fields)
    terms = [Terms("delivery", due_at=DUE + ahead)]
    make_promises(actor=SYSTEM, customer_id=customer.pk, subject=f"order:{order.pk}", terms=terms, at=order.placed_at)
    return Order.objects.get(pk=order.pk)


def parcel_of(order, *, provider="", at=NOW, **told):
    """A parcel with all of the order's lines, handed over two days before `at`: on 7 March."""
    account = make_carrier_account(f"a{order.pk}", at=at, provider=provider) if provider else None
    parcel = make_shipment(order, at=at - timedelta(days=2), **{"account": account, **told})
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=parcel, order_line=line, quantity=line.quantity) for line in order.lines.all()
    )
    return parcel


def happened(parcel, state, hours, at=NOW, **told):
    """Something that was told of the parcel so many hours before `at`; the row follows it."""
    at -= timedelta(hours=hours)
    fields = {"delivered": "delivered_at", "returned": "returned_at", "lost": "lost_at"}
    changes = {fields[state]: at} if state in fields else {}
    Shipment.objects.filter(pk=parcel.pk).update(
        state=state, reason=told.get("reason", ""), last_event_at=at, **changes
    )
    return make_tracking_event(parcel, state, at=at, **told)


def noticed(order, *kinds, shipment=None, kind="late", at=NOW, **told):
    """A notice that was sent on the order, with choices of these kinds."""
    until, first, last = ((at + timedelta(days=days)).date().isoformat() for days in (5, 4, 10))
    offers = {
        "wait": {"until": until},
        "credit": {"until": until, "amount": "20000", "currency": "IDR"},
        "cancel": {"how": "order", "amount": "389000", "currency": "IDR"},
        "address": {"how": "order"},
        "date": {"how": "order", "from": first, "to": last},
    }
    notice = make_notice(order, kind, at=at, state="sent", shipment=shipment, **told)
    for one in kinds:
        make_choice(notice, one, offer=offers.get(one, {"how": "carrier"}), at=at)
    return notice


def way_to(notice):
    return link_to(notice)


def willing(monkeypatch):
    """A carrier that takes every wish of a customer; its key."""
    kinds = frozenset({"address", "date", "pickup_point", "neighbor", "leave", "return"})
    provider = contract.CarrierProvider(
        "willing",
        "Willing",
        parse=lambda raw, account: [],
        reroute=lambda account, **asked: contract.Rerouted(),
        reroutes=kinds,
    )
    monkeypatch.setitem(contract._providers, "willing", provider)
    return "willing"


def taken_of(notice):
    return list(Choice.objects.filter(notice=notice, taken_at__isnull=False).values_list("kind", "state"))


def shop_inbox():
    return make_inbox("support", name="Toko Laut", language="en", address="halo@laut.example")
