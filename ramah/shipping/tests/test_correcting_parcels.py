"""Numbers that are told before a parcel has them, and parcels that get another: unknown ones wait, wrong ones are let go."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.testing import AT, make_order
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.shipping import commands
from ramah.shipping.models import Flight, Shipment, TrackingEvent, UnmatchedEvent
from ramah.shipping.queries.events import intake_health
from ramah.shipping.testing import make_carrier, make_carrier_account, make_shipment
from ramah.shipping.tests.telling import NOW, hear, told

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def carrier():
    return make_carrier(at=AT, tracking_url="https://jne.example/?n={number}")


@pytest.fixture
def account(carrier):
    return make_carrier_account(carrier=carrier, at=AT)


def hand_over(order, number="JN1", **more):
    pieces = {line.pk: line.quantity for line in order.lines.all()}
    fields = {"carrier": "JNE", "tracking_number": number, "at": AT + HOUR, **more}
    return commands.hand_over(actor=SYSTEM, order=order, quantities=pieces, **fields)


def correct(parcel, number, carrier="JNE"):
    return commands.correct_parcel(actor=SYSTEM, shipment=parcel, carrier=carrier, tracking_number=number, at=NOW)


def test_carrier_account_and_page_are_found_by_what_was_written_down(account, carrier):
    parcel = hand_over(make_order(), "jn 1", carrier="j.n.e")

    assert (parcel.carrier, parcel.carried_by, parcel.account) == ("j.n.e", carrier, account)
    assert (parcel.tracking_number, parcel.tracking_url) == ("JN1", "https://jne.example/?n=JN1")


def test_nobody_named_the_carrier_but_the_number_shows_it(account):
    ups = make_carrier("ups", at=AT)

    parcel = hand_over(make_order(), "1Z999AA10123456784", carrier="")

    assert (parcel.carried_by, parcel.carrier, parcel.account) == (ups, "UPS", None)
    assert parcel.tracking_url.startswith("https://www.ups.com/")
    assert hand_over(make_order(), "1Z999AA10123456784", carrier="Paman Budi").carried_by is None


def test_two_accounts_of_a_carrier_are_for_the_first_event_to_tell(account, carrier):
    second = make_carrier_account("jne-bali", carrier=carrier, at=AT)

    parcel = hand_over(make_order())
    assert parcel.account is None
    hear(second, told("JN1", "in_transit", 3))

    parcel.refresh_from_db()
    assert parcel.account == second


def test_a_number_is_under_way_once_at_an_account(account):
    hand_over(make_order())
    order = make_order()

    with pytest.raises(commands.NumberInUse):
        hand_over(order)

    order.refresh_from_db()
    assert (order.state, Shipment.objects.count()) == ("paid", 1)
    Shipment.objects.update(state="delivered", delivered_at=NOW)
    hand_over(order)
    assert Shipment.objects.count() == 2


def test_what_was_told_before_is_taken_up_at_the_hand_over(account):
    hear(account, told("JN1", "in_transit", 2), told("JN1", "out_for_delivery", 9), told("JN2", "in_transit", 9))

    parcel = hand_over(make_order())

    assert (parcel.state, parcel.last_event_at) == ("out_for_delivery", AT + 9 * HOUR)
    assert list(UnmatchedEvent.objects.values_list("number", flat=True)) == ["JN2"]
    assert TrackingEvent.objects.filter(received_at=NOW).count() == 2
    assert Flight.objects.get().event_count == 2


def test_a_parcel_of_another_carrier_takes_up_nothing(account):
    make_carrier("dpd", at=AT)
    hear(account, told("JN1", "in_transit", 2))

    assert hand_over(make_order(), carrier="DPD").last_event_at is None
    assert UnmatchedEvent.objects.count() == 1


def test_unknown_numbers_are_looked_for_further_and_further_apart_and_then_dropped(account):
    hear(account, told("JN1", "in_transit", 2), told("JN1", "delivered", 3))
    at, looks = NOW, []
    while UnmatchedEvent.objects.exists():
        at += HOUR
        if commands.attend_unmatched(at=at):
            looks.append(int((at - NOW) / HOUR))

    assert looks == [1, 7, 31, 79, 151, 247, 343]
    assert AuditEntry.objects.get(action="unmatched.drop").detail == {"events": 2}
    assert intake_health(at=at).dropped == 2
    assert intake_health(at=at + 31 * DAY).dropped == 0


def test_a_parcel_that_came_another_way_is_found_at_the_next_look(account):
    hear(account, told("JN1", "out_for_delivery", 2))
    parcel = make_shipment(make_order(state="shipped"), tracking_number="JN1", at=AT)

    assert commands.attend_unmatched(at=NOW + 59 * timedelta(minutes=1)) == 0
    assert commands.attend_unmatched(at=NOW + HOUR) == 1

    parcel.refresh_from_db()
    assert (parcel.state, parcel.account) == ("out_for_delivery", account)
    assert not UnmatchedEvent.objects.exists()


def test_events_of_a_wrong_number_are_let_go_and_the_right_ones_taken_up(account):
    parcel = hand_over(make_order())
    hear(account, told("JN1", "exception", 5, reason="customs"), told("JN2", "out_for_delivery", 9))
    parcel.refresh_from_db()
    assert parcel.state == "exception"

    parcel = correct(parcel, "JN2")

    assert (parcel.state, parcel.reason, parcel.tracking_number) == ("out_for_delivery", "", "JN2")
    assert dict(TrackingEvent.objects.values_list("state", "adjusted")) == {
        "exception": "foreign",
        "out_for_delivery": "",
    }
    assert Flight.objects.get().event_count == 1


def test_a_number_that_was_right_after_all_gets_its_events_again(account):
    parcel = hand_over(make_order())
    way = [told("JN1", "in_transit", 5), told("JN1", "out_for_delivery", 9)]
    hear(account, *way)
    correct(correct(parcel, "JN2"), "JN1")

    assert hear(account, *way).events_count == 2

    parcel.refresh_from_db()
    assert (parcel.state, TrackingEvent.objects.count()) == ("out_for_delivery", 4)


def test_another_carrier_under_the_same_number_changes_no_event(account):
    parcel = hand_over(make_order())
    hear(account, told("JN1", "out_for_delivery", 9))

    parcel = correct(parcel, "jn-1", carrier="SiCepat")

    assert (parcel.state, parcel.carrier, parcel.account) == ("out_for_delivery", "SiCepat", None)
    assert TrackingEvent.objects.get().adjusted == ""


def test_a_number_in_use_is_not_given_to_a_second_parcel(account):
    hand_over(make_order())
    second = hand_over(make_order(), "JN2")

    with pytest.raises(commands.NumberInUse):
        correct(second, "JN1")

    second.refresh_from_db()
    assert second.tracking_number == "JN2"


def test_an_announced_parcel_is_handed_over_by_hand_once(account):
    order = make_order(state="paid")
    pieces = {line.pk: 1 for line in order.lines.all()}
    told_of = {"carrier": "JNE", "tracking_number": "JN1", "at": AT}
    parcel = commands.announce_parcel(actor=SYSTEM, order=order, quantities=pieces, **told_of)

    for hours in (1, 2):
        parcel = commands.hand_over_announced(actor=SYSTEM, shipment=parcel, at=AT + hours * HOUR)

    order.refresh_from_db()
    assert (parcel.state, parcel.handed_over_at, order.state) == ("in_transit", AT + HOUR, "shipped")
    assert order.lines.get().shipped_quantity == 1
    assert Flight.objects.get().shipment_id == parcel.pk
    hear(account, told("JN1", "in_transit", 5))
    assert order.lines.get().shipped_quantity == 1


def test_contractors_announce_and_lose_nothing(account):
    chris, order = actor_of_agent(make_agent(role="contractor")), make_order(state="paid")
    parcel = make_shipment(order, at=AT)
    pieces = {line.pk: 1 for line in order.lines.all()}

    with pytest.raises(PermissionDenied):
        commands.announce_parcel(actor=chris, order=order, quantities=pieces, carrier="", tracking_number="JN9", at=AT)
    with pytest.raises(PermissionDenied):
        commands.mark_lost(actor=chris, shipment=parcel, at=NOW)
    with pytest.raises(PermissionDenied):
        commands.hand_over_announced(actor=chris, shipment=parcel, at=NOW)

    parcel.refresh_from_db()
    assert (Shipment.objects.count(), parcel.state) == (1, "in_transit")
