"""Claims on carriers: what they ask for, how they go on, who may, and that one thing is claimed once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.models import Order, OrderLine
from ramah.commerce.testing import AT, make_order
from ramah.kernel.actors import SYSTEM, NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.testing import raised_at_once
from ramah.shipping.commands.claims import (
    MOST_EVENTS,
    BadAmount,
    ClaimExists,
    ClaimStateNotAllowed,
    NothingToClaim,
    change_claim,
    drop_claim,
    open_claim,
)
from ramah.shipping.models import Claim, Shipment, ShipmentLine
from ramah.shipping.queries.claims import claim_for, claims_of, claims_page
from ramah.shipping.testing import make_carrier, make_shipment, make_tracking_event

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=12)


@pytest.fixture
def parcel():
    """Two of three mugs of an order, with JNE, which pays for what is claimed within 30 days."""
    order = make_order(number="TL-9")
    mugs = OrderLine.objects.create(order=order, title="Bromo mug", quantity=3, unit_amount=100001, total_amount=300004)
    carrier = make_carrier(at=AT, claim_within_days=30)
    shipment = make_shipment(order, at=AT, carried_by=carrier)
    ShipmentLine.objects.create(shipment=shipment, order_line=mugs, quantity=2)
    return shipment


def claimed(shipment, kind="lost", **told):
    return open_claim(actor=SYSTEM, shipment=shipment, kind=kind, at=LATER, **told)


def changed(claim, state, **told):
    return change_claim(actor=SYSTEM, claim=claim, state=state, at=LATER, **told)


def test_a_claim_asks_for_what_was_in_the_parcel_with_what_was_told_of_it(parcel):
    seen = make_tracking_event(parcel, "in_transit", at=AT + timedelta(hours=3), place="Depok")
    make_tracking_event(parcel, "in_transit", at=AT - timedelta(days=90), adjusted="foreign")

    claim = claimed(parcel, photos=["a" * 26], note="No scan since Depok")

    assert (claim.amount, claim.currency, claim.state) == (Decimal(200003), "IDR", "draft")
    assert claim.due_on == date(2026, 4, 1)
    assert claim.evidence == [
        {"kind": "event", "key": seen.pk, "says": "2026-03-02 12:00 UTC in_transit Depok"},
        {"kind": "photo", "key": "a" * 26, "says": ""},
    ]
    line = AuditEntry.objects.get(action="claim.open")
    assert (line.subject, line.actor) == (f"order:{parcel.order_id}", "system")
    assert line.detail == {"shipment": parcel.pk, "kind": "lost", "amount": "200003"}


@pytest.mark.parametrize(
    ("cost", "currency", "asked"),
    [(None, "", 12000), (Decimal(9000), "IDR", 9000), (Decimal(3), "USD", 12000)],
    ids=["no label", "label", "label in other money"],
)
def test_what_is_late_asks_for_its_carriage(parcel, cost, currency, asked):
    Order.objects.update(shipping_amount=12000)
    Shipment.objects.update(cost_amount=cost, cost_currency=currency)

    assert claimed(parcel, "late").amount == asked


def test_evidence_is_bounded(parcel):
    for hour in range(MOST_EVENTS + 3):
        make_tracking_event(parcel, "in_transit", at=AT + timedelta(hours=hour))

    evidence = claimed(parcel, photos=["x" * 500] * 500).evidence

    assert [one["kind"] for one in evidence].count("event") == MOST_EVENTS
    assert evidence[MOST_EVENTS - 1]["says"].startswith("2026-03-04 13:00")
    assert len(evidence) == MOST_EVENTS + 20
    assert len(evidence[-1]["key"]) == 26


def test_the_same_is_claimed_once_until_it_was_refused(parcel):
    first = claimed(parcel)
    with pytest.raises(ClaimExists):
        claimed(parcel)
    assert claimed(parcel, "damaged").kind == "damaged"

    changed(changed(first, "sent"), "refused")

    assert claimed(parcel).state == "draft"
    assert [(one.kind, one.state) for one in claims_of(parcel)] == [
        ("lost", "draft"),
        ("damaged", "draft"),
        ("lost", "refused"),
    ]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_agents_claim_once(parcel):
    raised = raised_at_once(*[lambda: claimed(parcel)] * 4)

    assert sorted(raised, key=str) == [*[ClaimExists] * 3, None]
    assert Claim.objects.count() == 1


@pytest.mark.parametrize("told", [{"delivered_at": LATER}, {"handed_over_at": None, "last_moved_at": None}])
def test_what_arrived_or_never_left_is_not_lost(told):
    parcel = make_shipment(make_order(), at=AT, **told)

    with pytest.raises(NothingToClaim):
        claimed(parcel)
    assert not Claim.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="claim").exists()


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
def test_amounts_that_are_none_are_refused(parcel, amount):
    with pytest.raises(BadAmount):
        claimed(parcel, amount=Decimal(amount))
    claim = changed(claimed(parcel), "sent")
    with pytest.raises(BadAmount):
        changed(claim, "paid", paid_amount=Decimal(amount))
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount) == ("sent", None)


def test_a_claim_goes_its_way_and_is_done(parcel):
    claim = changed(claimed(parcel), "sent", reference=" JNE-77 ")
    claim = changed(changed(claim, "accepted"), "accepted")
    claim = changed(claim, "paid", paid_amount=Decimal(150000))

    assert (claim.reference, claim.sent_at, claim.ended_at, claim.paid_amount) == ("JNE-77", LATER, LATER, 150000)
    steps = AuditEntry.objects.filter(action="claim.change_state").order_by("id")
    assert [step.detail["to_state"] for step in steps] == ["sent", "accepted", "paid"]


def test_all_that_was_claimed_is_paid_where_nothing_else_is_said(parcel):
    assert changed(changed(claimed(parcel), "sent"), "paid").paid_amount == Decimal(200003)


@pytest.mark.parametrize(
    ("state", "goal"),
    [("draft", "paid"), ("draft", "refused"), ("refused", "sent"), ("paid", "accepted"), ("sent", "draft")],
)
def test_other_ways_are_none(parcel, state, goal):
    claim = claimed(parcel)
    Claim.objects.update(state=state)

    with pytest.raises(ClaimStateNotAllowed):
        changed(claim, goal)

    assert Claim.objects.get().state == state


def test_a_claim_opened_by_mistake_is_dropped_while_nobody_has_it(parcel):
    drop_claim(actor=SYSTEM, claim=claimed(parcel), at=LATER)
    assert not Claim.objects.exists()

    sent = changed(claimed(parcel), "sent")
    with pytest.raises(ClaimStateNotAllowed):
        drop_claim(actor=SYSTEM, claim=sent, at=LATER)
    assert Claim.objects.count() == 1


def test_contractors_neither_claim_nor_read(parcel):
    claim, chris = claimed(parcel), actor_of_agent(make_agent(role="contractor", name="Chris"))

    with pytest.raises(PermissionDenied):
        open_claim(actor=chris, shipment=parcel, kind="damaged", at=LATER)
    with pytest.raises(PermissionDenied):
        change_claim(actor=chris, claim=claim, state="sent", at=LATER)
    with pytest.raises(PermissionDenied):
        drop_claim(actor=chris, claim=claim, at=LATER)
    with pytest.raises(NotVisible):
        claims_page(chris)
    with pytest.raises(NotVisible):
        claim_for(chris, public_id=claim.public_id)

    assert Claim.objects.get().state == "draft"
    assert AuditEntry.objects.filter(action__startswith="claim").count() == 1


def test_the_list_goes_on_where_it_stopped_in_one_query_each(django_assert_num_queries):
    ben = actor_of_agent(make_agent())
    made = [claimed(make_shipment(make_order(), at=AT)) for _claim in range(5)]
    changed(made[0], "sent")

    seen, cursor = [], ""
    for _page in range(3):
        with django_assert_num_queries(1):
            page = claims_page(ben, cursor=cursor, size=2)
            seen += [(row.pk, row.shipment.order.customer.name) for row in page.rows]
        cursor = page.next_cursor

    assert [key for key, _name in seen] == [claim.pk for claim in reversed(made)]
    assert cursor == ""
    assert [row.pk for row in claims_page(ben, state="sent").rows] == [made[0].pk]


@pytest.mark.parametrize("public_id", ["", "../x", "0" * 26, "\x00"])
def test_what_is_no_claim_is_not_visible(parcel, public_id):
    with pytest.raises(NotVisible):
        claim_for(SYSTEM, public_id=public_id)
