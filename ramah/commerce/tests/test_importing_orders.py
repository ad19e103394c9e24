"""Orders from files: good ones land, bad ones are named, and the same file twice changes nothing."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ramah.commerce.commands import record_refund
from ramah.commerce.models import Order, OrderLine, OrderStateChange, Payment, Refund
from ramah.commerce.testing import make_product
from ramah.commerce.tests.files import AT, ORDERS, bring, counts, csv_file, faults
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry, OutboxEvent
from ramah.kernel.money import Money

pytestmark = pytest.mark.django_db
SHIRT = "TL-1,2026-02-01 10:00,dana@example.com,Shirt,S-1,2,389.000,IDR"
BAG = "TL-1,2026-02-01 10:00,dana@example.com,Bag,S-2,1,145.000,IDR"
TEA = "TL-2,2026-02-02,eli@example.com,Tea,S-3,1,68000,IDR"


def test_rows_of_a_number_are_one_order_wherever_they_stand():
    report = bring("orders", ORDERS, SHIRT, TEA, BAG)

    assert counts(report) == (2, 0, 0, 0)
    order = Order.objects.get(number="TL-1")
    assert [(line.title, line.quantity, line.unit_amount) for line in order.lines.all()] == [
        ("Shirt", 2, 389000),
        ("Bag", 1, 145000),
    ]
    assert (order.items_amount, order.total_amount, order.currency) == (Decimal(923000), Decimal(923000), "IDR")
    assert order.placed_at == datetime(2026, 2, 1, 3, 0, tzinfo=UTC)
    assert (order.state, order.source) == ("placed", "csv")
    assert ContactPoint.objects.get(value="dana@example.com").customer == order.customer


def test_the_same_file_again_changes_nothing():
    bring("orders", ORDERS, SHIRT, TEA)
    rows = (list(OrderLine.objects.values()), list(Order.objects.values()), AuditEntry.objects.count())

    assert counts(bring("orders", ORDERS, TEA, SHIRT)) == (0, 0, 2, 0)

    assert (list(OrderLine.objects.values()), list(Order.objects.values()), AuditEntry.objects.count()) == rows


def test_a_changed_order_is_updated_line_by_line():
    bring("orders", ORDERS, SHIRT, BAG)
    before = list(OrderLine.objects.values_list("id", flat=True))

    tea = "TL-1,2026-02-01 10:00,dana@example.com,Tea,S-3,1,68000,IDR"
    assert counts(bring("orders", ORDERS, SHIRT.replace(",2,", ",3,"), BAG, tea)) == (0, 1, 0, 0)

    lines = list(OrderLine.objects.all())
    assert [line.id for line in lines][:2] == before
    assert [(line.title, line.quantity) for line in lines] == [("Shirt", 3), ("Bag", 1), ("Tea", 1)]

    assert counts(bring("orders", ORDERS, BAG)) == (0, 1, 0, 0)
    assert [(line.id, line.title) for line in OrderLine.objects.all()] == [(before[0], "Bag")]


def test_a_line_finds_its_variant():
    variant = make_product().variants.get()

    bring("orders", ORDERS, SHIRT.replace("S-1", variant.sku), BAG)

    assert [line.variant for line in OrderLine.objects.all()] == [variant, None]


def test_an_order_with_one_bad_line_is_refused_whole_and_the_others_land():
    report = bring(
        "orders", ORDERS, SHIRT, TEA, BAG.replace(",1,", ",-1,"), "TL-3,2026-02-02,eli@example.com,Tea,,1,9,XXQ"
    )

    assert counts(report) == (1, 0, 0, 2)
    assert faults(report) == [(4, "quantity"), (5, "currency")]
    assert report.faults[0].reason.startswith("it is -1")
    assert list(Order.objects.values_list("number", flat=True)) == ["TL-2"]
    assert not Customer.objects.filter(contact_points__value="dana@example.com").exists()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",2026-02-01,a@example.com,Tea,,1,9,IDR", "number"),
        ("T,,a@example.com,Tea,,1,9,IDR", "placed_at"),
        ("T,soon,a@example.com,Tea,,1,9,IDR", "placed_at"),
        ("T,2026-02-01,,Tea,,1,9,IDR", "email"),
        ("T,2026-02-01,nobody,Tea,,1,9,IDR", "email"),
        ("T,2026-02-01,a@example.com,,,1,9,IDR", "title"),
        ("T,2026-02-01,a@example.com,Tea,,,9,IDR", "quantity"),
        ("T,2026-02-01,a@example.com,Tea,,0,9,IDR", "quantity"),
        ("T,2026-02-01,a@example.com,Tea,,1,,IDR", "unit_price"),
        ("T,2026-02-01,a@example.com,Tea,,1,-9,IDR", "unit_price"),
        ("T,2026-02-01,a@example.com,Tea,,1,9,", "currency"),
        (f"{'T' * 41},2026-02-01,a@example.com,Tea,,1,9,IDR", "number"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(row, column):
    report = bring("orders", ORDERS, row)

    assert faults(report) == [(2, column)]
    assert not Order.objects.exists()
    assert not Customer.objects.exists()


def test_rows_of_one_order_must_agree():
    report = bring("orders", ORDERS, SHIRT, BAG.replace("IDR", "UAH"))

    assert (counts(report), faults(report)) == ((0, 0, 0, 1), [(3, "currency")])


def test_formulas_are_text():
    bring("orders", ORDERS, SHIRT.replace("Shirt", "=HYPERLINK(1)"))

    assert OrderLine.objects.get().title == "=HYPERLINK(1)"


def test_states_times_and_money_are_taken_as_told():
    heading = (
        ORDERS
        + ",state,paid_at,delivered_at,payment_method,payment_reference,shipping,discount,tax,total"
        + ",refunded,refunded_at,promised_to"
    )
    row = (
        SHIRT
        + ",delivered,2026-02-01 12:00,2026-02-04 12:00,Transfer,BCA,18000,8000,78000,788000"
        + ",100000,2026-02-09,2026-02-05"
    )

    assert counts(bring("orders", heading, row)) == (1, 0, 0, 0)

    order = Order.objects.get()
    assert (order.shipping_amount, order.discount_amount, order.tax_amount) == (18000, 8000, 78000)
    assert (order.tax_included, order.other_amount, order.promised_to) == (True, 0, date(2026, 2, 5))
    assert [(step.from_state, step.to_state, step.at.day) for step in order.history.all()] == [
        ("", "placed", 1),
        ("placed", "paid", 1),
        ("paid", "delivered", 4),
    ]
    payment = Payment.objects.get()
    assert (payment.method, payment.state, payment.amount, payment.reference) == (
        "bank_transfer",
        "paid",
        788000,
        "BCA",
    )
    refund = Refund.objects.get()
    assert (refund.amount, refund.state, refund.sent_at) == (100000, "sent", datetime(2026, 2, 8, 17, 0, tzinfo=UTC))


def test_more_cannot_have_gone_back_than_came_in():
    report = bring("orders", ORDERS + ",paid_at,refunded", SHIRT + ",2026-02-01,900000")

    assert faults(report) == [(2, "refunded")]
    assert not Order.objects.exists()


def test_what_was_recorded_here_is_left_alone_and_counted():
    heading, row = ORDERS + ",paid_at,refunded,note", SHIRT + ",2026-02-01,{},{}"
    bring("orders", heading, row.format("", ""))
    order = Order.objects.get()
    record_refund(actor=SYSTEM, order=order, amount=Money(500000, "IDR"), at=AT)

    assert counts(bring("orders", heading, row.format("", "hello"))) == (0, 1, 0, 0)
    assert faults(bring("orders", heading, row.format("300000", ""))) == [(2, "refunded")]

    assert [refund.amount for refund in Refund.objects.all()] == [500000]


def test_a_new_state_is_a_line_of_history():
    bring("orders", ORDERS + ",state", SHIRT + ",paid")

    bring("orders", ORDERS + ",state", SHIRT + ",shipped")

    assert list(OrderStateChange.objects.values_list("from_state", "to_state")) == [
        ("", "placed"),
        ("placed", "paid"),
        ("paid", "shipped"),
    ]


def test_a_number_or_id_of_another_order_is_not_taken():
    heading = ORDERS + ",order_id"
    bring("orders", heading, SHIRT + ",A", TEA + ",B")

    report = bring("orders", heading, SHIRT + ",B")

    assert faults(report) == [(2, "number")]
    assert set(Order.objects.values_list("number", "external_id")) == {("TL-1", "A"), ("TL-2", "B")}


def test_a_phone_of_somebody_else_stays_with_them_and_the_order_lands():
    eli = make_customer("Eli", phone="+6281234567890")

    bring("orders", ORDERS + ",phone", SHIRT + ",0812 3456 7890")

    assert Order.objects.get().customer != eli
    assert ContactPoint.objects.get(kind="phone").customer == eli


def test_a_dry_run_leaves_no_trace(monkeypatch):
    from ramah.kernel import events

    monkeypatch.setattr(events, "_handlers", {"order.imported": {"test": print}})

    report = bring("orders", ORDERS, SHIRT, TEA, "bad,,,,,,,", dry_run=True)

    assert counts(report) == (2, 0, 0, 1)
    for model in (Order, OrderLine, Customer, ContactPoint, OrderStateChange, AuditEntry, OutboxEvent):
        assert not model.objects.exists(), model


def test_a_heading_without_rows_is_no_fault():
    assert counts(bring("orders", ORDERS)) == (0, 0, 0, 0)


def test_shopify_exports_are_understood():
    heading = (
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,"
        "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,"
        "Shipping Name,Shipping Address1,Shipping City,"
        "Shipping Zip,Shipping Country,Shipping Phone,Notes,Payment Method,Refunded Amount,Id"
    )
    first = (
        "#1001,dana@example.com,paid,2026-02-01 10:05:00 +0700,fulfilled,IDR,923000,18000,0,941000,0,2026-02-01 10:00:00 +0700,"
        "2,Shirt - M,389000,S-1,Dana Putri,Dana Putri,"
        "Jl. Margonda 21,Depok,'16424,ID,'+62 812 3456 7890,Ring twice,BCA Transfer,0,5001"
    )
    second = "#1001,dana@example.com,,,,,,,,,,2026-02-01 10:00:00 +0700,1,Bag,145000,S-2,,,,,,,,,,,"

    assert counts(bring("orders", heading, first, second)) == (1, 0, 0, 0)

    order = Order.objects.get()
    assert (order.number, order.external_id, order.state, order.customer.name) == (
        "#1001",
        "5001",
        "shipped",
        "Dana Putri",
    )
    assert order.total_amount == 941000
    assert order.shipping_address["line1"] == "Jl. Margonda 21"
    assert order.lines.count() == 2
    assert order.payments.get().method == "bank_transfer"


def test_woocommerce_exports_are_understood():
    heading = (
        "Order Number;Order Status;Order Date;First Name (Billing);Last Name (Billing);Address 1&2 (Billing);City (Billing);"
        "Country Code (Billing);Email (Billing);Phone (Billing);Payment Method Title;Order Shipping Amount;Order Total Amount;"
        "SKU;Item Name;Quantity;Item Cost;Order currency"
    )
    row = (
        "77;wc-processing;01.02.2026 10:00;Оксана;Коваленко;вул. Шевченка 1;Львів;ua;o@example.com;0671234567;Післяплата;79,00;"
        "1328,00;S-1;Сорочка;1;1249,00;UAH"
    )

    assert counts(bring("orders", heading, row, encoding="cp1251", region="UA")) == (1, 0, 0, 0)

    order = Order.objects.get()
    assert (order.state, order.total_amount, order.customer.name) == ("paid", Decimal(1328), "Оксана Коваленко")
    assert order.billing_address["country"] == "UA"
    assert order.payments.get().method == "cod"
    assert set(order.customer.contact_points.values_list("value", flat=True)) == {"o@example.com", "+380671234567"}


def test_who_may_not_import_does_not():
    from ramah.commerce.commands import ImportOptions, import_file

    with pytest.raises(PermissionDenied):
        import_file(actor=NOBODY, kind="orders", source=csv_file(ORDERS, TEA), at=AT, options=ImportOptions())

    assert not Order.objects.exists()


def test_many_orders_take_few_queries(django_assert_max_num_queries):
    rows = [f"N-{n},2026-02-01,c{n}@example.com,Tea,,1,9000,IDR" for n in range(500)]

    with django_assert_max_num_queries(48):
        assert counts(bring("orders", ORDERS, *rows)) == (500, 0, 0, 0)
    with django_assert_max_num_queries(15):
        assert counts(bring("orders", ORDERS, *rows)) == (0, 0, 500, 0)


def test_faults_are_kept_up_to_a_thousand():
    report = bring("orders", ORDERS, *(f"N-{n},,,,,,," for n in range(1003)))

    assert (report.failed, len(report.faults), report.faults_left_out) == (1003, 1000, 3)
    assert re.fullmatch(r"it is empty", report.faults[0].reason)
