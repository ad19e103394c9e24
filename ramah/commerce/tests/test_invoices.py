"""When an order gets its invoice, under which number, and what it says of the order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands import change_order_state, record_payment
from ramah.commerce.commands.invoices import InvoiceNotDue, invoice_file, issue_invoice
from ramah.commerce.invoice_paper import pdf_of
from ramah.commerce.models import Invoice, Order, ShopProfile
from ramah.commerce.queries.invoices import paper_of
from ramah.commerce.testing import AT, make_order
from ramah.commerce.tests.pdf_text import pages_of
from ramah.customers.queries import ORDER_VERIFIED, SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel import outbox
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def shop():
    return ShopProfile.objects.create(
        key="shop", name="Lestari", legal_name="PT Lestari", address="Jl. Kemang 1\nJakarta", tax_number="01.234"
    )


def issue(order):
    return issue_invoice(order=order, at=LATER)


def cash_order(state):
    order = make_order(state=state, paid=False)
    Order.objects.filter(pk=order.pk).update(payment_method="cod")
    order.refresh_from_db()
    return order


def test_numbers_follow_each_other_and_stay():
    first, second = make_order(), make_order()

    numbers = [issue(first).number, issue(second).number, issue(first).number]

    assert numbers == ["INV-00001", "INV-00002", "INV-00001"]
    assert Invoice.objects.count() == 2
    assert Invoice.objects.get(order=first).seller == {
        "name": "PT Lestari",
        "address": "Jl. Kemang 1\nJakarta",
        "tax_number": "01.234",
        "email": "",
        "phone": "",
    }


@pytest.mark.parametrize(
    ("order_of", "is_due"),
    [
        (lambda: make_order(state="placed", paid=False), False),
        (lambda: make_order(state="packed", paid=False), False),
        (lambda: make_order(state="cancelled", paid=False), False),
        (lambda: cash_order("placed"), False),
        (lambda: cash_order("packed"), False),
        (lambda: cash_order("cancelled"), False),
        (lambda: cash_order("shipped"), True),
        (lambda: cash_order("delivered"), True),
        (lambda: make_order(state="paid"), True),
        (lambda: make_order(state="cancelled"), True),
    ],
)
def test_it_is_due_once_paid_or_once_it_left_for_cash(order_of, is_due):
    order = order_of()

    if is_due:
        assert issue(order).order_id == order.pk
        return
    with pytest.raises(InvoiceNotDue):
        issue(order)
    assert not Invoice.objects.exists()
    assert ShopProfile.objects.get().next_invoice_number == 1


def test_a_part_of_the_money_is_not_enough():
    order = make_order(state="placed", paid=False, total=100000)
    record_payment(actor=SYSTEM, order=order, method="bank_transfer", amount=order.money(Decimal(40000)), at=AT)

    with pytest.raises(InvoiceNotDue):
        issue(order)


def test_what_another_shop_sold_is_invoiced_there():
    order = make_order()
    Order.objects.filter(pk=order.pk).update(source="csv")

    with pytest.raises(InvoiceNotDue):
        issue(Order.objects.get(pk=order.pk))


def test_the_number_is_given_when_the_money_comes_in():
    order = make_order(state="placed", paid=False)

    record_payment(actor=SYSTEM, order=order, method="bank_transfer", amount=order.total, at=AT)
    outbox.drain()

    assert Invoice.objects.get().order_id == order.pk


def test_cash_on_delivery_is_invoiced_when_it_leaves():
    order = cash_order("packed")

    change_order_state(actor=SYSTEM, order=order, state="shipped", at=AT)
    outbox.drain()

    assert Invoice.objects.get().order_id == order.pk


def test_the_file_speaks_the_language_of_the_order():
    order = make_order(make_customer("Oksana"), total=1249, currency="UAH")
    Order.objects.filter(pk=order.pk).update(
        language="uk",
        items_amount=1200,
        shipping_amount=99,
        discount_amount=50,
        voucher_code="VESNA",
        tax_amount=208,
        tax_percent=Decimal("20.00"),
        tax_name="ПДВ",
    )
    order = Order.objects.get(pk=order.pk)

    paper = paper_of(SYSTEM, order, issue(order))
    text = pages_of(pdf_of(paper, is_compressed=False))[0].replace("\xa0", " ")

    assert paper.language == "uk"
    assert [amount.replace("\xa0", " ") for _words, amount in paper.sums] == ["1 200 ₴", "-50 ₴", "99 ₴", "208 ₴"]
    assert paper.sums[1][0].endswith("VESNA")
    assert paper.sums[-1][0].endswith("ПДВ 20 %")
    assert "1 249 ₴" in text
    assert "PT Lestari Jl. Kemang 1 Jakarta" in text
    assert "Sanur linen shirt" in text
    assert invoice_file(actor=SYSTEM, order=order, at=LATER).name == "INV-00001.pdf"


def test_tax_that_was_added_is_a_part_of_the_sum():
    order = make_order()
    Order.objects.filter(pk=order.pk).update(
        tax_included=False, tax_amount=11, tax_name="VAT", tax_percent=Decimal("5.50")
    )
    order = Order.objects.get(pk=order.pk)

    assert "VAT 5.5 %" in [words for words, _amount in paper_of(SYSTEM, order, issue(order)).sums]


def test_an_erased_customer_still_has_an_invoice():
    order = make_order(make_customer(""))
    Order.objects.filter(pk=order.pk).update(shipping_address={}, language="xx")

    assert invoice_file(actor=SYSTEM, order=Order.objects.get(pk=order.pk), at=LATER).content.startswith(b"%PDF-")


def test_who_may_not_see_addresses_gets_them_masked_on_paper_too():
    order = make_order()
    invoice = issue(order)
    actors = [
        CustomerActor(order.customer_id, SIGNED_IN),
        CustomerActor(order.customer_id, ORDER_VERIFIED, order_id=order.pk),
        actor_of_agent(make_agent(role="contractor")),
    ]

    buyers = [" ".join(paper_of(actor, order, invoice).buyer) for actor in actors]

    assert ["Margonda" in buyer for buyer in buyers] == [True, False, False]
    assert ["+6281234567890" in buyer for buyer in buyers] == [True, False, False]
    assert all("Dana Putri" in buyer for buyer in buyers)
