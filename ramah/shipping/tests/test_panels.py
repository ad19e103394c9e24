"""Parcels beside the conversation: what is shown to whom, and what carriers are asked for from there."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.testing import make_order
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.models import AuditEntry
from ramah.kernel.panels import customer_panels
from ramah.shipping.carriers import contract
from ramah.shipping.carriers.contract import CarrierProvider, Rerouted
from ramah.shipping.models import CarrierTask, Claim
from ramah.shipping.queries import board_parts
from ramah.shipping.testing import make_carrier, make_carrier_account, make_flight, make_shipment, make_tracking_event

pytestmark = pytest.mark.django_db
ADDRESS = {"kind": "address", "line1": "Jl. Margonda Raya 214", "city": "Depok"}


@pytest.fixture(autouse=True)
def _obliging(monkeypatch):
    """A carrier that takes four wishes."""
    provider = CarrierProvider(
        "obliging",
        "Obliging",
        parse=lambda raw, account: [],
        reroute=lambda account, **told: Rerouted(),
        reroutes=frozenset({"address", "date", "leave", "return"}),
    )
    monkeypatch.setattr(contract, "_providers", {**contract._providers, "obliging": provider})


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


@pytest.fixture
def chris():
    return client_of(make_agent(name="Chris", role="contractor"))


@pytest.fixture
def dana():
    return make_customer("Dana", email="dana@mail.example")


@pytest.fixture
def parcel(dana, at):
    """A parcel of Dana's that the carrier could not hand over."""
    order = make_order(dana, number="TL-1", state="shipped", placed_at=at - timedelta(days=4))
    account = make_carrier_account("obliging", at=at, provider="obliging")
    shipment = make_shipment(
        order, at=at - timedelta(days=3), account=account, carried_by=make_carrier(at=at), state="delivery_attempted",
        reason="address", tracking_number="JN0142778155", tracking_url="https://jne.example/JN0142778155",
    )  # fmt: skip
    make_tracking_event(shipment, "in_transit", at=at - timedelta(days=2), place="Jakarta")
    make_tracking_event(
        shipment, "delivery_attempted", at=at - timedelta(hours=3), reason="address", place="Depok",
        message="Jl. Margonda 21: unknown",
    )  # fmt: skip
    soon = int((at + timedelta(days=1)).timestamp())
    make_flight(order, at=at, shipment=shipment, level=4, q10=soon, q50=soon, q90=soon, p_late=0.4, p_lost=0.12)
    return shipment


def panel(browser, customer, **headers):
    return browser.get(reverse("delivery-panel", args=[customer.public_id]), headers=headers)


def ask(browser, shipment, told, **headers):
    return browser.post(reverse("parcel-ask", args=[shipment.public_id]), told, headers=headers)


def test_it_stands_among_the_panels_with_the_words_of_the_bar():
    assert ("delivery", "Shipments") in [(one.key, str(one.title)) for one in customer_panels()]


def test_the_track_the_expected_day_and_the_chances_are_shown(ben, parcel, dana):
    text = panel(ben, dana).content.decode()

    for words in ("TL-1", "JN0142778155", "Handed to the carrier", "Jakarta", "The address was not found",
                  "Jl. Margonda 21: unknown", "Expected ", "Late: possible, 40 %", "Lost: 12 %", "Delivery failed"):  # fmt: skip
        assert words in text


def test_htmx_gets_the_panel_alone(ben, parcel, dana):
    assert b"<h1" in panel(ben, dana).content
    assert b"<h1" not in panel(ben, dana, HX_Request="true").content


def test_a_contractor_sees_neither_number_nor_address_nor_buttons(chris, parcel, dana):
    text = panel(chris, dana).content.decode()

    for words in ("JN0142778155", "Margonda", "Depok", "Fix address", "Mark lost", "Ask the carrier"):
        assert words not in text
    assert "•••55" in text
    assert "The address was not found" in text


def test_only_what_the_carrier_takes_is_offered(ben, parcel, dana):
    text = panel(ben, dana).content.decode()

    assert [name in text for name in ("Fix address", "Another day", "Leave it", "Call it back")] == [True] * 4
    assert [name in text for name in ("Pick-up point", "Cancel the label")] == [False] * 2


def test_of_a_carrier_that_takes_none_the_panel_says_so(ben, dana, at):
    shipment = make_shipment(make_order(dana, placed_at=at), at=at)
    make_flight(shipment.order, at=at, shipment=shipment)

    assert "takes no wishes through Ramah" in panel(ben, dana).content.decode()


def test_what_has_not_left_and_nothing_at_all(ben, dana, at):
    assert "Nothing is under way to this customer." in panel(ben, dana).content.decode()

    make_flight(make_order(dana, number="TL-9", placed_at=at), at=at)

    text = panel(ben, dana).content.decode()
    assert "TL-9" in text
    assert "Has not left" in text


def test_what_arrived_is_gone_unless_something_contradicts_it(ben, parcel, dana, at):
    other = make_shipment(parcel.order, at=at, tracking_number="JNDONE", state="delivered", delivered_at=at)
    assert b"JNDONE" not in panel(ben, dana).content

    type(other).objects.filter(pk=other.pk).update(doubts=[{"word": "moved_after_delivered", "digest": ""}])

    text = panel(ben, dana).content.decode()
    assert "JNDONE" in text
    assert "It moved after it was said to have arrived." in text


def test_the_carrier_is_asked_once_for_what_was_filled_in(ben, parcel):
    answer = ask(ben, parcel, ADDRESS, HX_Request="true")
    ask(ben, parcel, ADDRESS)

    task = CarrierTask.objects.get()
    assert (task.kind, task.state) == ("address", "queued")
    assert task.detail == {"line1": "Jl. Margonda Raya 214", "city": "Depok"}
    assert "Queued" in answer.content.decode()
    assert AuditEntry.objects.filter(action="shipment.ask_carrier").count() == 1


def test_a_day_goes_as_a_day(ben, parcel):
    ask(ben, parcel, {"kind": "date", "day": "2031-02-03"})

    assert CarrierTask.objects.get().detail == {"day": "2031-02-03"}


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "address", "city": "Depok"},
        {"kind": "address", "line1": "x" * 121},
        {"kind": "address", "line1": "a\x00b"},
        {"kind": "date", "day": "tomorrow"},
        {"kind": "date"},
        {"kind": "label"},
        {"kind": "beam"},
        {},
    ],
)
def test_what_makes_no_sense_is_not_asked(ben, parcel, told):
    assert ask(ben, parcel, told, HX_Request="true").status_code == 422
    assert not CarrierTask.objects.exists()


def test_what_the_carrier_does_not_take_is_not_asked(ben, parcel):
    answer = ben.post(reverse("parcel-ask", args=[parcel.public_id]), {"kind": "neighbor", "who": "Eli"}, follow=True)

    assert "cannot be asked for this any more" in answer.content.decode()
    assert not CarrierTask.objects.exists()


def test_of_what_nobody_knows_a_person_says_how_it_ended(ben, parcel, dana, at):
    task = CarrierTask.objects.create(
        shipment=parcel, kind="date", state="uncertain", made_by="agent:1", created_at=at, error="No answer <b>"
    )
    text = panel(ben, dana).content.decode()
    assert "Is done" in text
    assert "No answer &lt;b&gt;" in text
    url = reverse("parcel-task", args=[task.public_id])

    ben.post(url, {"is_done": "no"})
    ben.post(url, {"is_done": "yes"})

    task.refresh_from_db()
    assert task.state == "refused"
    assert ben.post(reverse("parcel-task", args=["nothere"]), {"is_done": "yes"}).status_code == 404


def test_it_is_marked_lost_and_claimed_from_here(ben, parcel, dana):
    ben.post(reverse("parcel-claim", args=[parcel.public_id]))
    ben.post(reverse("parcel-lost", args=[parcel.public_id]), headers={"HX-Request": "true"})

    parcel.refresh_from_db()
    assert parcel.state == "lost"
    assert Claim.objects.get().shipment_id == parcel.pk
    text = panel(ben, dana).content.decode()
    assert "Mark lost" not in text
    assert "To be sent" in text


@pytest.mark.parametrize("name", ["parcel-ask", "parcel-lost", "parcel-claim", "parcel-task"])
def test_who_may_not_leaves_no_trace(chris, client, parcel, at, name):
    task = CarrierTask.objects.create(shipment=parcel, kind="date", state="uncertain", made_by="agent:1", created_at=at)
    key = task.public_id if name == "parcel-task" else parcel.public_id

    assert chris.post(reverse(name, args=[key]), {**ADDRESS, "is_done": "yes"}).status_code == 403
    assert client.post(reverse(name, args=[key]), ADDRESS).status_code == 302

    parcel.refresh_from_db()
    task.refresh_from_db()
    assert (parcel.state, task.state) == ("delivery_attempted", "uncertain")
    assert (CarrierTask.objects.count(), Claim.objects.count(), AuditEntry.objects.count()) == (1, 0, 0)


@pytest.mark.parametrize("name", ["delivery-panel", "parcel-lost"])
def test_nobody_and_nothing_is_not_found(ben, name):
    for key in ("none", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "..", "%27"):
        method = ben.get if name == "delivery-panel" else ben.post
        assert method(reverse(name, args=[key])).status_code == 404


def test_what_customers_were_told_stands_with_its_choices(ben, parcel, dana, at, monkeypatch):
    line = board_parts.BoardLine("Late: Sent", at, further=["wait: Done"])
    monkeypatch.setattr(board_parts, "_told", [lambda actor, orders: {parcel.order_id: [line]}])

    text = panel(ben, dana).content.decode()

    assert "Late: Sent" in text
    assert "wait: Done" in text


def test_parcels_of_others_stay_out_and_the_panel_costs_little(ben, parcel, dana, at, django_assert_max_num_queries):
    for number in range(8):
        shipment = make_shipment(make_order(placed_at=at), at=at, tracking_number=f"OTHER{number}")
        make_flight(shipment.order, at=at, shipment=shipment)

    with django_assert_max_num_queries(20):
        text = panel(ben, dana, HX_Request="true").content.decode()

    assert "OTHER" not in text
