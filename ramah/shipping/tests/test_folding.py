"""What is told of parcels, and what becomes of them and of their orders."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramah.commerce.commands.fulfilling import NothingLeftToShip
from ramah.commerce.models import Order, OrderLine
from ramah.commerce.testing import AT, make_order
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import OutboxEvent
from ramah.promises.commands import Terms, make_promises
from ramah.promises.models import Promise
from ramah.shipping import commands
from ramah.shipping.commands import taking_in
from ramah.shipping.models import Shipment, TrackingEvent, UnmatchedEvent
from ramah.shipping.position import STATES
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment
from ramah.shipping.tests.telling import NOW, body, hear, read, told

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def account():
    return make_carrier_account(carrier=make_carrier(at=AT), at=AT)


@pytest.fixture
def order():
    return make_order(state="shipped")


@pytest.fixture
def parcel(account, order):
    return make_shipment(order, account=account, tracking_number="JN1", at=AT)


@pytest.fixture
def facts(monkeypatch):
    """Names and payloads of what was published."""
    found = []
    for module in ("folding", "parcels"):
        monkeypatch.setattr(f"ramah.shipping.commands.{module}.publish_all", found.extend, raising=False)
    return found


def stands(parcel):
    parcel.refresh_from_db()
    return parcel.state, [doubt["word"] for doubt in parcel.doubts]


def announced(order, number="JN1", **told):
    fields = {"carrier": "JNE", "tracking_number": number, "at": AT, **told}
    return commands.announce_parcel(
        actor=SYSTEM, order=order, quantities={line.pk: line.quantity for line in order.lines.all()}, **fields
    )


def test_the_whole_way_of_a_parcel(account, order, parcel, facts):
    due = AT + 5 * DAY
    terms = [Terms(Promise.Kind.DELIVERY, due_at=due)]
    make_promises(actor=SYSTEM, customer_id=order.customer_id, subject=f"order:{order.pk}", terms=terms, at=AT)

    hear(account, told("jn-1", "in_transit", 1, place="Jakarta", country="ID"))
    hear(account, told("JN1", "out_for_delivery", 20), told("JN1", "delivered", 24))

    assert stands(parcel) == ("delivered", [])
    assert (parcel.delivered_at, parcel.last_event_at) == (AT + 24 * HOUR, AT + 24 * HOUR)
    order.refresh_from_db()
    assert order.state == "delivered"
    assert order.history.last().at == AT + 24 * HOUR
    assert Promise.objects.get().state == "kept"
    names = [type(fact).__name__ for fact, _subject in facts]
    assert names == ["ShipmentMoved", "ShipmentDelivered"]
    moved = facts[0][0]
    assert (moved.before, moved.state, moved.occurred_at) == (
        "in_transit",
        "delivered",
        int((AT + DAY).timestamp()),
    )
    assert {subject for _fact, subject in facts} == {f"order:{order.pk}"}


def test_delivered_in_time_and_told_late_keeps_the_promise(account, order, parcel):
    terms = [Terms(Promise.Kind.DELIVERY, due_at=AT + 2 * DAY)]
    make_promises(actor=SYSTEM, customer_id=order.customer_id, subject=f"order:{order.pk}", terms=terms, at=AT)
    Promise.objects.update(state="broken", ended_at=AT + 2 * DAY)

    hear(account, told("JN1", "delivered", 30))

    assert Promise.objects.get().state == "kept"


def test_any_order_and_repetition_gives_the_same_position(account):
    entries = [("out_for_delivery", 9), ("delivered", 12), ("lost", 6), ("exception", 14, "misdelivered")]
    seen = set()
    for number, way in enumerate(permutations(entries)):
        parcel = make_shipment(make_order(state="shipped"), account=account, tracking_number=f"P{number}", at=AT)
        for state, hours, *reason in [*way, *way[:2]]:
            hear(account, told(f"P{number}", state, hours, reason="".join(reason)))
        state, _doubts = stands(parcel)
        seen.add((state, parcel.reason, parcel.delivered_at, parcel.lost_at, parcel.last_moved_at))

    assert seen == {("exception", "misdelivered", None, None, AT + 12 * HOUR)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([*STATES, "unknown", "beamed"]), st.integers(-60, 80)), max_size=5, unique=True),
    st.randoms(use_true_random=False),
)
def test_parts_and_replays_give_what_all_at_once_gives(account, entries, chance):
    found = []
    for way in ("at once", "in parts"):
        Shipment.objects.all().delete()
        UnmatchedEvent.objects.all().delete()
        parcel = make_shipment(make_order(state="shipped"), account=account, tracking_number="P1", at=AT)
        tells = [told("P1", state, hours) for state, hours in entries]
        if way == "in parts":
            chance.shuffle(tells)
            for start in range(len(tells)):
                hear(account, *tells[start : start + 2])
            hear(account, *reversed(tells))
        else:
            hear(account, *tells)
        state, doubts = stands(parcel)
        moments = (parcel.handed_over_at, parcel.last_event_at, parcel.last_moved_at, parcel.delivered_at)
        found.append((state, parcel.reason, sorted(set(doubts) - {"taken_back"}), parcel.attempt_count, *moments))

    assert found[0] == found[1]


def test_what_tells_nothing_of_the_place_keeps_the_state(account, parcel):
    hear(account, told("JN1", "out_for_delivery", 9))
    hear(account, told("JN1", "unknown", 10), told("JN1", "", 11, code="77"))

    assert stands(parcel) == ("out_for_delivery", [])
    assert parcel.last_event_at == AT + 11 * HOUR
    kept = TrackingEvent.objects.exclude(reason="").values_list("state", "reason")
    assert list(kept) == [("out_for_delivery", "unknown")] * 2


def test_a_word_that_is_in_no_table_is_a_movement_and_is_counted(account, parcel):
    hear(account, told("JN1", "exception", 9))
    hear(account, told("JN1", "beamed up", 10))

    assert stands(parcel)[0] == "in_transit"
    assert list(TrackingEvent.objects.filter(reason="unmapped").values_list("code", flat=True)) == ["beamed up"]


@pytest.mark.parametrize(
    ("occurred_at", "country", "adjusted", "expected"),
    [
        pytest.param("2026-03-03T10:00:00", "", "", "2026-03-03T03:00", id="the carrier's clock"),
        pytest.param("2026-03-03T10:00:00", "SG", "", "2026-03-03T02:00", id="the place's clock"),
        pytest.param("2026-03-05T15:00:00+00:00", "", "zone", "2026-03-05T08:00", id="local time sent as UTC"),
        pytest.param("2026-04-09T15:00:00Z", "", "future", "2026-03-05T09:00", id="a month ahead"),
        pytest.param("yesterday", "", "untold", "2026-03-05T09:00", id="no time"),
        pytest.param("0001-01-01T00:00:00", "", "untold", "2026-03-05T09:00", id="year one"),
        pytest.param("1772532000", "", "", "2026-03-03T10:00", id="seconds since 1970"),
    ],
)
def test_the_moment_of_an_event(account, parcel, occurred_at, country, adjusted, expected):
    hear(account, told("JN1", "in_transit", occurred_at=occurred_at, country=country))

    event = TrackingEvent.objects.get()
    assert (event.adjusted, event.occurred_at) == (adjusted, datetime.fromisoformat(f"{expected}:00+00:00"))
    assert event.told_at == occurred_at


def test_the_clock_of_the_account_goes_before_that_of_its_carrier(account, parcel):
    account.settings = {"time_zone": "Asia/Jayapura"}
    account.save()

    hear(account, told("JN1", "in_transit", occurred_at="2026-03-03T10:00:00"))

    assert TrackingEvent.objects.get().occurred_at == datetime(2026, 3, 3, 1, tzinfo=UTC)


def test_events_of_the_former_parcel_with_this_number_are_kept_apart(account, parcel):
    hear(account, told("JN1", "delivered", -24 * 300), told("JN1", "in_transit", 5))

    assert stands(parcel)[0] == "in_transit"
    assert sorted(TrackingEvent.objects.values_list("adjusted", flat=True)) == ["", "foreign"]


def test_delivered_before_the_hand_over_that_was_written_down(account, parcel):
    hear(account, told("JN1", "delivered", -2))

    assert stands(parcel) == ("delivered", ["delivered_unmoved"])
    assert parcel.handed_over_at == parcel.delivered_at == AT - 2 * HOUR


def test_lost_and_found(account, order, parcel, facts):
    hear(account, told("JN1", "lost", 30))
    assert stands(parcel)[0] == "lost"
    hear(account, told("JN1", "out_for_delivery", 50))

    assert stands(parcel)[0] == "out_for_delivery"
    assert parcel.lost_at is None
    names = [type(fact).__name__ for fact, _subject in facts]
    assert names == ["ShipmentMoved", "ShipmentLost", "ShipmentMoved", "ShipmentFound"]
    order.refresh_from_db()
    assert order.state == "shipped"


def test_the_first_scan_hands_an_announced_parcel_over(account, facts):
    order = make_order(state="paid")
    parcel = announced(order, account=account)
    assert (parcel.state, parcel.handed_over_at) == ("pre_transit", None)
    hear(account, told("JN1", "pre_transit", 1))
    order.refresh_from_db()
    assert order.state == "paid"

    hear(account, told("JN1", "in_transit", 7))

    order.refresh_from_db()
    assert (order.state, order.lines.get().shipped_quantity) == ("shipped", 1)
    assert stands(parcel) == ("in_transit", [])
    assert parcel.handed_over_at == AT + 7 * HOUR
    handed = facts[0][0]
    assert (type(handed).__name__, handed.is_last) == ("ShipmentHandedOver", True)


@pytest.mark.parametrize(("state", "paid"), [("placed", False), ("cancelled", True)])
def test_a_parcel_that_must_not_have_left_is_doubted(account, state, paid):
    order = make_order(state="placed" if state == "placed" else "paid", paid=paid)
    parcel = announced(order, account=account)
    Order.objects.filter(pk=order.pk).update(state=state)

    hear(account, told("JN1", "in_transit", 7))

    assert stands(parcel) == ("in_transit", ["not_ready"])
    order.refresh_from_db()
    assert (order.state, order.lines.get().shipped_quantity) == (state, 0)

    Order.objects.filter(pk=order.pk).update(state="paid")
    hear(account, told("JN1", "out_for_delivery", 9))

    order.refresh_from_db()
    assert stands(parcel) == ("out_for_delivery", [])
    assert order.state == "shipped"


def test_the_order_is_there_once_its_last_parcel_is(account, order):
    first, second = (make_shipment(order, account=account, tracking_number=f"P{n}", at=AT) for n in (1, 2))
    hear(account, told("P1", "delivered", 40))
    order.refresh_from_db()
    assert order.state == "shipped"

    hear(account, told("P2", "delivered", 30))

    order.refresh_from_db()
    assert (order.state, order.history.last().at) == ("delivered", AT + 40 * HOUR)
    assert [stands(one)[0] for one in (first, second)] == ["delivered"] * 2


def test_an_order_of_which_all_came_back_is_returned(account, order, parcel):
    hear(account, told("JN1", "delivery_attempted", 20), told("JN1", "returned", 60))

    order.refresh_from_db()
    assert (stands(parcel)[0], order.state, parcel.attempt_count) == ("returned", "returned", 1)


def test_what_came_back_in_part_does_not_hold_up_the_rest(account, order):
    for number in ("P1", "P2"):
        make_shipment(order, account=account, tracking_number=number, at=AT)

    hear(account, told("P1", "returned", 60), told("P2", "delivered", 20))

    order.refresh_from_db()
    assert order.state == "delivered"


def test_a_delivery_that_was_none_is_taken_back_as_far_as_the_order_can(account, order, parcel):
    hear(account, told("JN1", "delivered", 20))
    hear(account, told("JN1", "exception", 25, reason="misdelivered"))

    assert stands(parcel) == ("exception", ["taken_back"])
    assert parcel.delivered_at is None
    order.refresh_from_db()
    assert order.state == "delivered"

    hear(account, told("JN1", "delivered", 48))

    assert stands(parcel) == ("delivered", [])
    assert parcel.delivered_at == AT + 48 * HOUR


def test_what_the_shop_says_counts_as_the_carriers_word(account, order, parcel):
    commands.mark_lost(actor=SYSTEM, shipment=parcel, at=NOW)
    commands.mark_lost(actor=SYSTEM, shipment=parcel, at=NOW + HOUR)
    assert stands(parcel)[0] == "lost"
    hear(account, told("JN1", "out_for_delivery", 80), at=NOW + DAY)
    assert stands(parcel)[0] == "out_for_delivery"

    commands.mark_delivered(actor=SYSTEM, shipment=parcel, delivered_at=AT + 90 * HOUR, at=NOW + DAY)
    hear(account, told("JN1", "in_transit", 91), at=NOW + DAY)

    assert stands(parcel) == ("delivered", [])
    assert parcel.delivered_at == AT + 90 * HOUR
    with pytest.raises(commands.ParcelArrived):
        commands.mark_lost(actor=SYSTEM, shipment=parcel, at=NOW)


def test_a_reused_number_is_that_of_the_parcel_under_way(account):
    orders = [make_order(state="shipped", placed_at=AT - days * DAY) for days in (500, 0, 250)]
    _old, new, between = (
        make_shipment(order, account=account, tracking_number="P1", state=state, at=order.placed_at)
        for order, state in zip(orders, ("delivered", "in_transit", "delivered"), strict=True)
    )
    hear(account, told("P1", "out_for_delivery", 5))

    assert list(TrackingEvent.objects.values_list("shipment_id", flat=True)) == [new.pk]
    Shipment.objects.filter(pk=new.pk).update(state="delivered", delivered_at=AT + DAY)
    hear(account, told("P1", "returned", 40))

    assert TrackingEvent.objects.filter(shipment=between).count() == 1  # the newest of them


@pytest.mark.parametrize("is_aggregator", [False, True])
def test_a_parcel_without_account_becomes_one_of_who_tells_of_it(account, is_aggregator):
    teller = make_carrier_account("easy", carrier=None, at=AT) if is_aggregator else account
    order = make_order(state="shipped")
    parcel = make_shipment(order, tracking_number="P1", at=AT)
    other = make_shipment(order, tracking_number="P2", carried_by=make_carrier("dpd", at=AT), at=AT)

    hear(teller, told("P1", "out_for_delivery", 5), told("P2", "out_for_delivery", 5))

    parcel.refresh_from_db()
    assert (parcel.account_id, parcel.carried_by_id) == (teller.pk, teller.carrier_id)
    assert stands(other)[0] == ("out_for_delivery" if is_aggregator else "in_transit")


def test_another_account_says_nothing_of_a_parcel(account, parcel):
    stranger = make_carrier_account("stranger", carrier=None, at=AT)

    hear(stranger, told("JN1", "delivered", 5))

    assert stands(parcel)[0] == "in_transit"
    assert UnmatchedEvent.objects.count() == 1


def test_many_parcels_in_one_post_take_a_bounded_number_of_queries(account, django_assert_max_num_queries):
    def many(first, count):
        orders = [make_order(state="shipped") for _ in range(count)]
        for number, order in enumerate(orders, start=first):
            make_shipment(order, account=account, tracking_number=f"P{number}", at=AT)
        entries = [told(f"P{number}", "out_for_delivery", 5) for number in range(first, first + count)]
        taking_in.take_in(account=account, bodies=[body(one) for one in entries], at=NOW)

    many(0, 3)
    read()
    many(10, 30)
    with django_assert_max_num_queries(45):
        taking_in.process_waiting(at=NOW)

    assert Shipment.objects.filter(state="out_for_delivery").count() == 33


def test_nothing_is_published_for_what_changes_nothing(account, parcel, facts):
    hear(account, told("JN1", "in_transit", 1, place="Depok"))
    hear(account, told("JN1", "in_transit", 2, place="Bandung"))

    assert facts == []
    assert not OutboxEvent.objects.filter(name__startswith="shipment").exists()


def test_the_pieces_of_two_announced_parcels_are_counted_once(account):
    order = make_order(state="paid")
    OrderLine.objects.create(order=order, title="Bromo mug", quantity=2, unit_amount=1, total_amount=2)
    announced(order, "JN1", account=account)

    with pytest.raises(NothingLeftToShip):
        announced(order, "JN2", account=account)

    assert Shipment.objects.count() == 1
