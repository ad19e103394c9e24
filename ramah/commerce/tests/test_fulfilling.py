"""What the shop does with orders: lists of what is to be done, packing, steps, notes, transfers that came in."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.commands.transfers import NothingReceived, receive_transfer
from ramah.commerce.models import Order, OrderStateChange, Payment
from ramah.commerce.order_steps import steps_from
from ramah.commerce.testing import AT, make_order
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry
from ramah.kernel.money import Money

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


@pytest.fixture
def chris():
    return client_of(make_agent(name="Chris", role="contractor"))


def rupiah(amount):
    return Money(Decimal(amount), "IDR")


def numbers(answer):
    return [sight.order.number for sight in answer.context["rows"]]


@pytest.mark.parametrize(
    ("state", "method", "steps"),
    [
        ("placed", "bank_transfer", {"cancel"}),
        ("placed", "cod", {"cancel", "pack", "ship"}),
        ("paid", "card", {"cancel", "pack", "ship"}),
        ("packed", "card", {"cancel", "ship"}),
        ("shipped", "card", {"deliver"}),
        ("delivered", "card", {"complete"}),
        ("completed", "card", set()),
        ("cancelled", "card", set()),
    ],
)
def test_each_state_offers_its_steps(state, method, steps):
    assert steps_from(state, method=method) == steps


def test_each_list_holds_what_is_to_be_done(ben):
    for number, state in enumerate(("placed", "paid", "packed", "shipped", "delivered", "completed", "cancelled")):
        make_order(number=f"A-{state}", state=state, placed_at=AT + timedelta(days=number))
    Order.objects.filter(pk=make_order(number="A-cod", state="placed", paid=False).pk).update(payment_method="cod")

    def shown(view):
        return numbers(ben.get(reverse("orders"), {"view": view}))

    assert shown("to_pay") == ["A-placed"]
    assert shown("to_pack") == ["A-paid", "A-cod"]
    assert shown("to_ship") == ["A-packed"]
    assert shown("under_way") == ["A-shipped"]
    assert shown("done") == ["A-completed", "A-delivered"]
    assert shown("cancelled") == ["A-cancelled"]
    assert shown("returned") == []
    assert len(shown("nonsense")) == 8


def test_orders_are_found_by_number_address_and_way_of_paying(ben):
    dana, eli = make_customer("Dana", email="dana@mail.example"), make_customer("Eli", email="eli@mail.example")
    make_order(dana, number="TL-1")
    Order.objects.filter(pk=make_order(eli, number="TL-2").pk).update(payment_method="card")

    def found(**asked):
        return numbers(ben.get(reverse("orders"), asked))

    assert found(q="tl 2") == ["TL-2"]
    assert found(q="DANA@mail.example") == ["TL-1"]
    assert found(q="nobody@mail.example") == []
    assert found(method="card") == ["TL-2"]
    assert found(q="'; drop") == []


def test_the_list_goes_on_over_two_states_without_a_gap(ben):
    for number in range(30):
        make_order(
            number=f"N-{number:02}",
            state=("delivered", "completed")[number % 2],
            placed_at=AT + timedelta(hours=number),
        )

    first = ben.get(reverse("orders"), {"view": "done"})
    rest = ben.get(first.context["more"])

    assert [*numbers(first), *numbers(rest)] == [f"N-{number:02}" for number in reversed(range(30))]


def test_lists_take_few_queries(ben, django_assert_max_num_queries):
    for number in range(20):
        make_order(number=f"N-{number}", state="paid")

    with django_assert_max_num_queries(8):
        ben.get(reverse("orders"), {"view": "to_pack"})


def test_the_ticked_orders_are_packed_and_what_cannot_be_is_said(ben):
    paid, unpaid = make_order(number="TL-1"), make_order(number="TL-2", state="placed", paid=False)

    answer = ben.post(reverse("orders-pack"), {"order": [paid.public_id, unpaid.public_id, "nonsense"]}, follow=True)

    assert set(Order.objects.values_list("number", "state")) == {("TL-1", "packed"), ("TL-2", "placed")}
    page = answer.content.decode()
    assert "1 order is packed." in page
    assert "2 orders cannot be packed now" in page
    assert AuditEntry.objects.filter(action="order.pack").count() == 1


def test_packing_nothing_says_what_to_do(ben):
    assert "Tick the orders" in ben.post(reverse("orders-pack"), follow=True).content.decode()


def test_an_order_is_cancelled_with_a_reason(ben):
    order = make_order(number="TL-1")

    ben.post(reverse("order-step", args=[order.public_id, "cancel"]), {"reason": "Out of cloth"})

    change = OrderStateChange.objects.latest("id")
    assert (change.to_state, change.reason) == ("cancelled", "Out of cloth")


@pytest.mark.parametrize(("state", "step"), [("shipped", "cancel"), ("paid", "deliver"), ("paid", "complete")])
def test_a_step_that_is_over_changes_nothing(ben, state, step):
    order = make_order(state=state)

    page = ben.post(reverse("order-step", args=[order.public_id, step]), follow=True).content.decode()

    assert "no longer possible" in page
    assert Order.objects.get().state == state


def test_an_unknown_step_is_a_bad_request(ben):
    assert ben.post(reverse("order-step", args=[make_order().public_id, "explode"])).status_code == 400


def test_a_note_is_kept_and_never_shown_as_markup(ben):
    order = make_order()

    ben.post(reverse("order-note", args=[order.public_id]), {"note": "<b>fragile</b>"})
    too_long = ben.post(reverse("order-note", args=[order.public_id]), {"note": "x" * 3000}, follow=True)

    assert Order.objects.get().merchant_note == "<b>fragile</b>"
    assert "nothing was saved" in too_long.content.decode()
    assert "&lt;b&gt;fragile" in ben.get(reverse("order", args=[order.public_id])).content.decode()


def test_contractors_do_nothing_with_orders(chris):
    order = make_order()

    for answer in (
        chris.post(reverse("orders-pack"), {"order": order.public_id}),
        chris.post(reverse("order-step", args=[order.public_id, "cancel"])),
        chris.post(reverse("order-note", args=[order.public_id]), {"note": "x"}),
        chris.post(reverse("transfer-received", args=[order.public_id]), {"amount": "1"}),
        chris.get(reverse("transfers")),
    ):
        assert answer.status_code == 403
    order.refresh_from_db()
    assert (order.state, order.merchant_note, order.payments.count()) == ("paid", "", 1)


def pending_transfer(order, amount=389000):
    Order.objects.filter(pk=order.pk).update(payment_method="bank_transfer")
    return Payment.objects.create(order=order, method="bank_transfer", amount=amount, created_at=AT)


def test_the_whole_amount_pays_the_order():
    order = make_order(state="placed", paid=False)
    pending_transfer(order)

    receive_transfer(actor=SYSTEM, order=order, amount=rupiah(389000), reference="BCA 1", received_at=AT, at=AT)

    order.refresh_from_db()
    assert order.state == "paid"
    assert [(p.state, p.amount, p.reference) for p in order.payments.all()] == [("paid", Decimal(389000), "BCA 1")]


def test_a_part_leaves_the_rest_pending():
    order = make_order(state="placed", paid=False)
    pending_transfer(order)

    receive_transfer(actor=SYSTEM, order=order, amount=rupiah(300000), reference="", received_at=AT, at=AT)
    order.refresh_from_db()
    assert order.state == "placed"
    assert sorted(order.payments.values_list("state", "amount")) == [
        ("paid", Decimal(300000)),
        ("pending", Decimal(89000)),
    ]
    receive_transfer(actor=SYSTEM, order=order, amount=rupiah(89000), reference="", received_at=AT, at=AT)

    order.refresh_from_db()
    assert order.state == "paid"
    assert set(order.payments.values_list("state", flat=True)) == {"paid"}


def test_money_for_a_cancelled_order_is_asked_back():
    order = make_order(state="cancelled", paid=False)

    receive_transfer(actor=SYSTEM, order=order, amount=rupiah(389000), reference="", received_at=AT, at=AT)

    order.refresh_from_db()
    assert order.state == "cancelled"
    assert [(refund.state, refund.amount) for refund in order.refunds.all()] == [("requested", Decimal(389000))]


def test_what_is_too_much_is_asked_back():
    order = make_order(state="placed", paid=False)
    pending_transfer(order)

    receive_transfer(actor=SYSTEM, order=order, amount=rupiah(300000), reference="", received_at=AT, at=AT)
    receive_transfer(actor=SYSTEM, order=order, amount=rupiah(100000), reference="", received_at=AT, at=AT)

    order.refresh_from_db()
    assert order.state == "paid"
    assert [(refund.state, refund.amount) for refund in order.refunds.all()] == [("requested", Decimal(11000))]


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_is_not_received(amount):
    order = make_order(state="placed", paid=False)

    with pytest.raises(NothingReceived):
        receive_transfer(actor=SYSTEM, order=order, amount=rupiah(amount), reference="", received_at=AT, at=AT)

    assert not order.payments.exists()


def test_the_list_of_transfers_begins_with_the_oldest(ben):
    for number, hours in (("TL-2", 5), ("TL-1", 1)):
        pending_transfer(make_order(number=number, state="placed", paid=False, placed_at=AT + timedelta(hours=hours)))

    page = ben.get(reverse("transfers"))

    assert [order.number for order, _form in page.context["rows"]] == ["TL-1", "TL-2"]
    assert 'value="389000"' in page.content.decode()


@pytest.mark.parametrize(
    "told", [{"amount": "-1"}, {"amount": "all"}, {"on": "2999-01-01"}, {"on": "x"}, {"reference": "x" * 90}]
)
def test_a_wrong_transfer_is_said_beside_the_field(ben, told):
    order = make_order(state="placed", paid=False)

    answer = ben.post(
        reverse("transfer-received", args=[order.public_id]), {"amount": "389000", "on": "2026-03-02", **told}
    )

    assert answer.status_code == 422
    assert not order.payments.exists()


def test_an_agent_writes_a_transfer_down(ben):
    order = make_order(state="placed", paid=False)
    pending_transfer(order)

    answer = ben.post(
        reverse("transfer-received", args=[order.public_id]),
        {"amount": "389000", "on": "2026-03-02", "reference": "BCA", "from": "transfers"},
    )

    assert answer["Location"] == reverse("transfers")
    assert Order.objects.get().state == "paid"
