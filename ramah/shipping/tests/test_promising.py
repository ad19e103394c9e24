"""The promise of an order follows its parts: at risk with the worst, eased with the last, the clock's once it is due."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands import change_order_state
from ramah.commerce.events import OrderPlaced
from ramah.commerce.testing import AT, make_order
from ramah.kernel import clock, outbox
from ramah.kernel.actors import SYSTEM
from ramah.kernel.events import publish
from ramah.promises.commands import renegotiate_promise, tick
from ramah.promises.models import Promise
from ramah.promises.testing import make_promise
from ramah.shipping.commands import mark_delivered
from ramah.shipping.commands.forecasting import forecast_touched
from ramah.shipping.commands.promising import follow_orders
from ramah.shipping.models import Flight
from ramah.shipping.testing import make_flight, make_shipment

pytestmark = pytest.mark.django_db
FINE, AT_RISK, STALLED = Flight.Level.FINE, Flight.Level.AT_RISK, Flight.Level.STALLED


def later(**span):
    return AT + timedelta(**span)


@pytest.fixture
def order():
    """A paid order, promised for three days on, with two parcels on their way."""
    order = make_order(state="shipped")
    make_delivery_promise(order)
    for _parcel in range(2):
        make_flight(order, at=AT, shipment=make_shipment(order, at=AT))
    return order


def make_delivery_promise(order, **told):
    terms = {"due_at": later(days=3), "warn_at": None, "warn_minutes": None, "minutes": None, **told}
    return make_promise(order.customer, subject=f"order:{order.pk}", kind="delivery", at=AT, **terms)


def put(order, *levels, at):
    """The parcels are on these levels now, and the promise hears of it."""
    for flight, level in zip(Flight.objects.filter(order=order).order_by("id"), levels, strict=True):
        Flight.objects.filter(pk=flight.pk).update(level=level)
    return follow_orders(order_ids=[order.pk], at=at)


def changes():
    return list(Promise.objects.get().changes.order_by("id").values_list("action", "at", "detail"))


def test_the_worst_parcel_speaks_for_the_order_and_each_change_is_said_once(order):
    said = [
        put(order, *levels, at=later(hours=hour))
        for hour, levels in enumerate(
            [
                (FINE, FINE),
                (FINE, AT_RISK),
                (AT_RISK, AT_RISK),
                (AT_RISK, FINE),
                (FINE, FINE),
                (FINE, FINE),
                (STALLED, FINE),
            ]
        )
    ]

    assert said == [0, 1, 0, 0, 1, 0, 1]
    assert changes() == [
        ("warned", later(hours=1), {"reason": "at_risk"}),
        ("eased", later(hours=4), {"reason": "fine"}),
        ("warned", later(hours=6), {"reason": "stalled"}),
    ]


def test_what_arrives_no_longer_speaks(order):
    put(order, AT_RISK, FINE, at=later(hours=1))
    Flight.objects.filter(level=AT_RISK).delete()

    assert follow_orders(order_ids=[order.pk], at=later(hours=2)) == 1
    assert Promise.objects.get().warned_at is None


def test_what_has_not_left_speaks_too(order):
    make_flight(order, at=AT, level=AT_RISK)

    assert follow_orders(order_ids=[order.pk, order.pk], at=later(hours=1)) == 1


def test_what_the_clock_broke_stays_broken_and_an_arrival_told_late_mends_it(order):
    put(order, AT_RISK, FINE, at=later(hours=1))
    tick(at=later(days=3, minutes=1))

    assert put(order, FINE, FINE, at=later(days=3, minutes=2)) == 0
    assert Promise.objects.get().state == "broken"

    # The carrier was silent for days: it had arrived in time.
    change_order_state(actor=SYSTEM, order=order, state="delivered", at=later(days=2))

    assert Promise.objects.get().state == "kept"


def test_the_80_percent_rule_gives_way_to_the_forecast():
    order = make_order(state="shipped")
    promise = make_delivery_promise(order, warn_minutes=600, warn_at=later(days=2), minutes=4320)
    make_flight(order, at=AT)

    assert follow_orders(order_ids=[order.pk], at=later(hours=1)) == 0

    tick(at=later(days=2, hours=12))
    promise.refresh_from_db()
    assert (promise.warn_at, promise.warn_minutes, promise.warned_at) == (None, None, None)


def test_orders_of_which_nothing_is_under_way_are_left_alone():
    order = make_order(state="delivered")
    make_delivery_promise(order, warned_at=later(hours=1))

    assert follow_orders(order_ids=[order.pk, 10**12], at=later(hours=2)) == 0
    assert Promise.objects.get().warned_at == later(hours=1)


def test_other_promises_about_the_order_are_not_touched(order):
    refund = make_promise(order.customer, subject=f"order:{order.pk}", kind="refund", due_at=later(days=3))

    put(order, AT_RISK, FINE, at=later(hours=1))

    refund.refresh_from_db()
    assert (refund.warned_at, refund.warn_minutes) == (None, 12)


def test_many_orders_are_asked_for_in_two_queries(django_assert_num_queries):
    orders = [make_order(state="shipped") for _order in range(30)]
    for order in orders:
        make_delivery_promise(order)
        make_flight(order, at=AT)

    with django_assert_num_queries(2):
        follow_orders(order_ids=[order.pk for order in orders], at=later(hours=1))


@pytest.fixture
def lia():
    return actor_of_agent(make_agent(role="lead"))


def test_another_day_that_was_agreed_on_is_what_counts_from_then_on(order, lia):
    put(order, AT_RISK, Flight.Level.LATE, at=later(hours=1))
    Flight.objects.update(forecast_at=7)
    agreed = later(days=6)

    with clock.standing_at(later(hours=2)):
        renegotiate_promise(actor=lia, promise_id=Promise.objects.get().pk, due_at=agreed, reason="", at=later(hours=2))
        outbox.drain()

    promised, level, forecast_at = (
        set(Flight.objects.values_list(name, flat=True)) for name in ("promised", "level", "forecast_at")
    )
    assert (promised, level, forecast_at) == ({int(agreed.timestamp())}, {FINE}, {0})
    assert Promise.objects.running().get().warned_at is None


def test_from_the_forecast_to_the_promise_and_back(order, told):
    late = Flight.objects.filter(order=order).latest("pk")
    told.p = 0.9
    with clock.standing_at(later(hours=1)):
        forecast_touched(at=later(hours=1))
        outbox.drain()
    assert Promise.objects.get().warned_at == later(hours=1)

    told.p = 0.1
    with clock.standing_at(later(hours=8)):
        Flight.objects.exclude(pk=late.pk).update(forecast_at=0)
        forecast_touched(at=later(hours=8))
        outbox.drain()
        assert Promise.objects.get().warned_at is not None  # the other parcel is still late

        mark_delivered(actor=SYSTEM, shipment=late.shipment, delivered_at=later(hours=8), at=later(hours=8))
        outbox.drain()

    assert Promise.objects.get().warned_at is None
    assert [action for action, _at, _detail in changes()] == ["warned", "eased"]


def test_what_is_cancelled_is_expected_no_more():
    order = make_order(state="paid")
    with clock.standing_at(AT):
        publish(OrderPlaced(order.pk, order.customer_id), subject=f"order:{order.pk}")
        outbox.drain()
        assert Flight.objects.get().order_id == order.pk

        change_order_state(actor=SYSTEM, order=order, state="cancelled", at=AT)
        outbox.drain()

    assert not Flight.objects.exists()
