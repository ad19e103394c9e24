"""Parcels: handing over in one or several, putting right, arrival; and what becomes of the order."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.commands import change_order_state
from ramah.commerce.commands.fulfilling import NothingLeftToShip, NotPaid
from ramah.commerce.models import Order, OrderLine
from ramah.commerce.testing import AT, make_order
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry
from ramah.shipping import commands
from ramah.shipping.models import Shipment

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=5)


@pytest.fixture
def order():
    """A paid order of a shirt and three mugs."""
    order = make_order(number="TL-7")
    OrderLine.objects.create(order=order, title="Bromo mug", quantity=3, unit_amount=95000, total_amount=285000)
    return order


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


def lines(order):
    return {line.title.split()[0]: line for line in order.lines.all()}


def hand_over(order, quantities, **told):
    told = {"carrier": "JNE", "tracking_number": "JN 123", "at": LATER, **told}
    return commands.hand_over(actor=SYSTEM, order=order, quantities=quantities, **told)


def test_a_part_leaves_and_the_order_waits_for_the_rest(order):
    shirt, mug = lines(order)["Sanur"], lines(order)["Bromo"]

    hand_over(order, {mug.pk: 2})

    order.refresh_from_db()
    assert order.state == "packed"
    assert sorted(order.lines.values_list("shipped_quantity", flat=True)) == [0, 2]

    hand_over(order, {mug.pk: 1, shirt.pk: 1})

    order.refresh_from_db()
    assert order.state == "shipped"
    assert [change.to_state for change in order.history.all()] == ["paid", "packed", "shipped"]
    assert Shipment.objects.first().tracking_number == "JN123"


@pytest.mark.parametrize("pieces", [4, 100])
def test_more_than_is_left_cannot_leave(order, pieces):
    mug = lines(order)["Bromo"]

    with pytest.raises(NothingLeftToShip):
        hand_over(order, {lines(order)["Sanur"].pk: 1, mug.pk: pieces})

    order.refresh_from_db()
    assert (order.state, Shipment.objects.count()) == ("paid", 0)
    assert not order.lines.filter(shipped_quantity__gt=0).exists()


def test_lines_of_another_order_cannot_leave_with_this_one(order):
    other = make_order(number="TL-8")

    with pytest.raises(NothingLeftToShip):
        hand_over(order, {other.lines.get().pk: 1})

    assert other.lines.get().shipped_quantity == 0


@pytest.mark.parametrize("quantities", [{}, {1: 0}, {1: -2}])
def test_a_parcel_is_never_empty(order, quantities):
    with pytest.raises(ValueError, match="at least one piece"):
        hand_over(order, quantities)

    assert not Shipment.objects.exists()


def test_what_is_not_paid_stays_unless_the_carrier_takes_the_money():
    unpaid = make_order(number="TL-9", state="placed", paid=False)
    with pytest.raises(NotPaid):
        hand_over(unpaid, {unpaid.lines.get().pk: 1})
    assert not Shipment.objects.exists()
    Order.objects.filter(pk=unpaid.pk).update(payment_method="cod")

    hand_over(unpaid, {unpaid.lines.get().pk: 1})

    unpaid.refresh_from_db()
    assert unpaid.state == "shipped"


def test_a_cancelled_order_does_not_leave(order):
    change_order_state(actor=SYSTEM, order=order, state="cancelled", at=AT)

    from ramah.commerce.commands import OrderStateNotAllowed

    with pytest.raises(OrderStateNotAllowed):
        hand_over(order, {lines(order)["Sanur"].pk: 1})


def test_the_order_is_delivered_with_its_last_parcel(order):
    first = hand_over(order, {lines(order)["Sanur"].pk: 1})
    second = hand_over(order, {lines(order)["Bromo"].pk: 3})

    commands.mark_delivered(actor=SYSTEM, shipment=first, delivered_at=LATER + timedelta(days=1), at=LATER)
    order.refresh_from_db()
    assert order.state == "shipped"
    commands.mark_delivered(actor=SYSTEM, shipment=second, delivered_at=LATER + timedelta(days=2), at=LATER)
    commands.mark_delivered(actor=SYSTEM, shipment=second, delivered_at=LATER + timedelta(days=9), at=LATER)

    order.refresh_from_db()
    assert order.state == "delivered"
    assert order.history.last().at == LATER + timedelta(days=2)
    assert Shipment.objects.get(pk=second.pk).delivered_at == LATER + timedelta(days=2)


def test_nothing_arrives_before_it_left(order):
    parcel = hand_over(order, {lines(order)["Sanur"].pk: 1})

    with pytest.raises(commands.DeliveredBeforeHandOver):
        commands.mark_delivered(actor=SYSTEM, shipment=parcel, delivered_at=LATER - timedelta(days=1), at=LATER)


def test_a_number_can_be_put_right_until_the_parcel_has_arrived(order):
    parcel = hand_over(order, {lines(order)["Sanur"].pk: 1})

    commands.correct_parcel(actor=SYSTEM, shipment=parcel, carrier="SiCepat", tracking_number="00 11", at=LATER)
    commands.mark_delivered(actor=SYSTEM, shipment=parcel, delivered_at=LATER, at=LATER)
    with pytest.raises(commands.ParcelArrived):
        commands.correct_parcel(actor=SYSTEM, shipment=parcel, carrier="", tracking_number="", at=LATER)

    assert (Shipment.objects.get().carrier, Shipment.objects.get().tracking_number) == ("SiCepat", "0011")


def test_an_agent_hands_over_from_the_page_of_the_order(ben, order, django_assert_num_queries):
    mug = lines(order)["Bromo"]
    page = ben.get(reverse("parcels", args=[order.public_id]), headers={"HX-Request": "true"}).content.decode()
    assert "Nothing has left yet." in page
    assert "<html" not in page

    answer = ben.post(
        reverse("parcel-ship", args=[order.public_id]),
        {"carrier": "JNE", "tracking_number": "JN1", f"line-{mug.pk}": 2, f"line-{lines(order)['Sanur'].pk}": 0},
    )

    assert (answer.status_code, answer["Location"]) == (302, reverse("order", args=[order.public_id]))
    parcel = Shipment.objects.get()
    assert [(line.order_line_id, line.quantity) for line in parcel.lines.all()] == [(mug.pk, 2)]
    assert AuditEntry.objects.filter(action="order.ship", detail={"pieces": 2}).count() == 1
    shown = ben.get(reverse("parcels", args=[order.public_id])).content.decode()
    assert "JN1" in shown
    assert "Parcel 1" in shown
    ben.post(reverse("parcel-arrived", args=[parcel.public_id]), {"on": ""})
    assert Shipment.objects.get().delivered_at is not None


@pytest.mark.parametrize(
    "told", [{}, {"line": "-1"}, {"line": "4"}, {"line": "many"}, {"line": "1", "carrier": "x" * 200}]
)
def test_a_wrong_parcel_is_said_beside_the_field(ben, order, told):
    mug = lines(order)["Bromo"]
    fields = {"carrier": told.get("carrier", ""), f"line-{mug.pk}": told.get("line", "0")}

    answer = ben.post(
        reverse("parcel-ship", args=[order.public_id]), {**fields, f"line-{lines(order)['Sanur'].pk}": "0"}
    )

    assert answer.status_code == 422
    assert not Shipment.objects.exists()


def test_contractors_see_parcels_and_ship_none(order):
    chris = client_of(make_agent(name="Chris", role="contractor"))

    assert chris.get(reverse("parcels", args=[order.public_id])).status_code == 200
    assert chris.post(reverse("parcel-ship", args=[order.public_id]), {}).status_code == 403
    assert not Shipment.objects.exists()


def test_html_in_a_tracking_number_stays_text(ben, order):
    hand_over(order, {lines(order)["Sanur"].pk: 1}, tracking_number="<script>", carrier="<b>J</b>")

    page = ben.get(reverse("parcels", args=[order.public_id])).content.decode()

    assert "<script>" not in page.split("</head>")[1].replace("<script src", "")
    assert "&lt;b&gt;J&lt;/b&gt;" in page
