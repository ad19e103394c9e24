"""An order with a delivery promise, parcels, a carrier that takes wishes, and a notice that was sent by mail on it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache

from ramah.commerce.models import Order, ShopProfile
from ramah.commerce.testing import make_order
from ramah.conversations.commands.opening import open_conversation
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.notices.models import Choice
from ramah.notices.queries.choices import order_proof
from ramah.notices.testing import make_choice, make_notice
from ramah.promises.commands import Terms, make_promises
from ramah.shipping.carriers import contract
from ramah.shipping.testing import make_carrier_account, make_flight, make_shipment

AT = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
PROMISED = date(2026, 3, 12)
EXPECTED = date(2026, 3, 14)
EMAIL = "dana@mail.example"
# The end of the promised day in Jakarta, the zone of the shop.
DUE = datetime(2026, 3, 12, 17, 0, tzinfo=UTC)


@pytest.fixture
def shop(db):
    cache.clear()
    profile = ShopProfile.objects.get_or_create(key="shop")[0]
    profile.name = "Toko Laut"
    profile.save()
    yield profile
    cache.clear()


@pytest.fixture
def inbox(shop):
    return make_inbox("support", name="Toko Laut", language="en", address="halo@laut.example")


@pytest.fixture
def carrier(monkeypatch):
    """A carrier that takes every wish."""
    rerouting = contract.CarrierProvider(
        "willing",
        "Willing",
        parse=lambda raw, account: [],
        reroute=lambda account, **asked: contract.Rerouted(),
        reroutes=frozenset({"address", "date", "pickup_point", "neighbor", "leave", "return"}),
    )
    monkeypatch.setitem(contract._providers, "willing", rerouting)
    return "willing"


def placed(*, state="paid", number="", customer=None, email=EMAIL, **fields):
    """An order of Dana's, promised for 12 March."""
    point = ContactPoint.objects.filter(value=email).first()
    customer = customer or (point.customer if point else make_customer("Dana", email=email))
    order = make_order(customer, state=state, number=number, placed_at=AT - timedelta(days=4))
    Order.objects.filter(pk=order.pk).update(email=email, language="en", promised_to=PROMISED, **fields)
    order = Order.objects.get(pk=order.pk)
    terms = [Terms("delivery", due_at=DUE)]
    make_promises(
        actor=SYSTEM, customer_id=order.customer_id, subject=f"order:{order.pk}", terms=terms, at=order.placed_at
    )
    return order


def shipped(order, *, provider="", **told):
    """A parcel of the order that is expected on 14 March, two days late."""
    Order.objects.filter(pk=order.pk).update(state="shipped")
    account = make_carrier_account(f"a{order.pk}", at=AT, provider=provider) if provider else None
    fields = {"account": account, "expected_from": EXPECTED, "expected_to": EXPECTED, **told}
    return make_shipment(order, at=AT - timedelta(days=2), **fields)


def expected(order, day=EXPECTED):
    """What of the order has not left is expected on that day."""
    at = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return make_flight(order, at=order.placed_at, q80=int(at.timestamp()))


def told(order, *offers, kind="late", shipment=None, inbox=None, at=AT, **fields):
    """A notice on the order that was sent by mail, with choices: pairs of kind and offer."""
    message = None
    if inbox is not None:
        message = open_conversation(
            inbox=inbox,
            contact_point=ContactPoint.objects.get(value=order.email),
            customer_id=order.customer_id,
            subject="Late",
            text="It is late.",
            html="",
            language="en",
            about=f"order:{order.pk}",
            purpose=f"notice:{order.pk}:{kind}",
            at=at,
        )
    notice = make_notice(order, kind, at=at, state="sent", shipment=shipment, message=message, **fields)
    return [make_choice(notice, one, offer=dict(offer), at=at) for one, offer in offers]


def actor_of(order):
    return order_proof(Order.objects.get(pk=order.pk))


def states(*choices):
    return [Choice.objects.get(pk=choice.pk).state for choice in choices]
