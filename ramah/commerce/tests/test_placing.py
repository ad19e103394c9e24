"""Placing an order from a cart: all of it or nothing, once, at the prices of the moment."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ramah.commerce.commands.checkout import (
    CartEmpty,
    CheckoutTold,
    DeliveryUnavailable,
    LinesUnavailable,
    PaymentUnavailable,
    TotalChanged,
    place_from_cart,
)
from ramah.commerce.commands.orders import change_order_state
from ramah.commerce.commands.vouchers import VoucherRefused
from ramah.commerce.models import CartLine, Order, OrderLine, Payment, StockChange, TaxRate, Variant, VoucherUse
from ramah.commerce.testing import (
    ADDRESS,
    AT,
    make_cart,
    make_delivery,
    make_order,
    make_product,
    make_shop,
    make_voucher,
)
from ramah.customers.models import Consent, ContactPoint, Customer
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel import events
from ramah.kernel.actors import NOBODY, SYSTEM, NotVisible
from ramah.kernel.models import AuditEntry, OutboxEvent
from ramah.promises.models import Promise

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def jne():
    make_shop(next_order_number=10001)
    return make_delivery()


@pytest.fixture
def heard(monkeypatch):
    """Somebody listens, so events stand in the outbox."""
    names = ("order.placed", "order.state_changed", "variant.stock_changed")
    monkeypatch.setattr(events, "_handlers", {name: {"test": print} for name in names})
    return lambda: list(OutboxEvent.objects.order_by("id").values_list("name", "payload"))


@pytest.fixture
def shirt():
    return make_product("Sanur linen shirt", price=389000, stock=3)


def told(way, total, **other):
    fields = {
        "email": "dana@mail.example",
        "address": ADDRESS,
        "delivery": way.public_id,
        "payment": "bank_transfer",
        "expected_total": Decimal(total),
        "language": "id",
    }
    return CheckoutTold(**{**fields, **other})


def place(cart, what, actor=NOBODY, at=AT):
    return place_from_cart(actor=actor, cart=cart, told=what, at=at)


def nothing_happened(cart, stock):
    cart.refresh_from_db()
    assert cart.order is None
    assert list(Variant.objects.order_by("pk").values_list("stock", flat=True)) == stock
    for rows in (Order, OrderLine, StockChange, Payment, Promise, VoucherUse, Customer, ContactPoint, AuditEntry):
        assert not rows.objects.exists(), rows
    assert not OutboxEvent.objects.exists()
    assert make_shop().next_order_number == 10001


def test_an_order_with_all_that_goes_with_it(jne, shirt, heard):
    TaxRate.objects.create(country="ID", name="PPN", percent=Decimal(11))
    tote = make_product("Kawung bag", price=145000, stock=1)
    cart = make_cart((shirt, 2), (tote, 1), voucher=make_voucher(percent=10))

    order = place(cart, told(jne, 842700, note="Ring twice"))

    order.refresh_from_db()
    assert (order.number, order.search_key, order.checkout_key) == ("R-10001", "R10001", cart.public_id)
    assert (order.items_amount, order.discount_amount, order.shipping_amount) == (923000, 92300, 12000)
    assert (order.fee_amount, order.total_amount, order.other_amount) == (0, 842700, 0)
    assert (order.tax_name, order.tax_percent, order.tax_included, order.tax_amount) == ("PPN", 11, True, 83511)
    assert (order.state, order.payment_method, order.email) == ("placed", "bank_transfer", "dana@mail.example")
    assert (order.note, order.language, order.voucher_code) == ("Ring twice", "id", "HEMAT10")
    assert (order.delivery_option, order.delivery_name) == (jne, "JNE")
    assert order.payment_due_at == AT + timedelta(hours=24)
    assert (order.promised_from, order.promised_to) == (date(2026, 3, 3), date(2026, 3, 4))
    lines = list(order.lines.values_list("title", "quantity", "unit_amount", "total_amount", "discount_amount"))
    assert lines == [
        ("Sanur linen shirt", 2, 389000, 778000, 77800),
        ("Kawung bag", 1, 145000, 145000, 14500),
    ]
    assert sum(line.tax_amount for line in order.lines.all()) == 82322
    assert list(Variant.objects.order_by("pk").values_list("stock", flat=True)) == [1, 0]
    assert list(StockChange.objects.values_list("change", "reason", "order", "actor")) == [
        (-2, "sold", order.pk, f"customer:{order.customer_id}"),
        (-1, "sold", order.pk, f"customer:{order.customer_id}"),
    ]
    assert list(order.history.values_list("from_state", "to_state")) == [("", "placed")]
    assert list(order.payments.values_list("method", "state", "amount")) == [("bank_transfer", "pending", 842700)]
    promise = Promise.objects.get()
    # The end of 4 March in Jakarta.
    assert (promise.kind, promise.subject) == ("delivery", f"order:{order.pk}")
    assert promise.due_at == datetime(2026, 3, 4, 17, tzinfo=UTC)
    assert (promise.warn_at, promise.warn_minutes) == (None, None)  # the forecast warns
    assert order.voucher_use.voucher.uses == 1
    assert order.customer.name == "Dana Putri"
    assert order.customer.contact_points.get().proof == "claimed"
    assert AuditEntry.objects.get().action == "order.place"
    product = {"product_id": tote.pk, "variant_id": tote.variants.get().pk, "after": 0}
    assert heard() == [
        ("order.placed", {"order_id": order.pk, "customer_id": order.customer_id}),
        ("variant.stock_changed", product),
    ]
    assert not Consent.objects.exists()
    cart.refresh_from_db()
    assert cart.order == order


def test_a_cart_becomes_one_order_however_often_it_is_sent(jne, shirt):
    cart = make_cart((shirt, 1))
    first = place(cart, told(jne, 401000))

    again = place(cart, told(jne, 1))  # even where the page was old

    assert again == first
    assert Order.objects.count() == 1
    assert shirt.variants.get().stock == 2


def test_a_price_that_changed_is_told_before_anything_is_ordered(jne, shirt, heard):
    cart = make_cart((shirt, 1))
    Variant.objects.update(price_amount=Decimal(399000))

    with pytest.raises(TotalChanged) as changed:
        place(cart, told(jne, 401000))

    assert changed.value.offer.totals.total_amount == 411000
    nothing_happened(cart, [3])


@pytest.mark.parametrize("total", [0, 1, -1, 400999, 401001])
def test_a_tampered_total_orders_nothing(jne, shirt, heard, total):
    cart = make_cart((shirt, 1))

    with pytest.raises(TotalChanged):
        place(cart, told(jne, total))

    nothing_happened(cart, [3])


def test_each_line_that_is_short_is_named_with_what_is_left(jne, shirt, heard):
    tote, mug, cap = (make_product(title, price=1000, stock=5) for title in ("Bag", "Mug", "Cap"))
    cart = make_cart((shirt, 2), (tote, 1), (mug, 1), (cap, 1))
    shirt.variants.update(stock=1)
    mug.variants.update(is_active=False)
    cap.variants.update(stock=-2)

    with pytest.raises(LinesUnavailable) as refused:
        place(cart, told(jne, 793000))

    lines = [(line.title.text, line.asked, line.left, line.problem) for line in refused.value.lines]
    assert lines == [("Sanur linen shirt", 2, 1, ""), ("Mug", 1, 5, "not_sold"), ("Cap", 1, 0, "sold_out")]
    nothing_happened(cart, [1, 5, 5, -2])


def test_what_is_kept_for_later_is_not_ordered(jne, shirt):
    cart = make_cart((shirt, 1), (make_product(stock=0), 1))
    CartLine.objects.filter(variant__stock=0).update(is_saved=True)

    order = place(cart, told(jne, 401000))

    assert order.lines.count() == 1
    assert cart.lines.count() == 2


def test_an_empty_cart_and_one_that_is_gone_order_nothing(jne):
    cart, gone = make_cart(), make_cart()
    gone_as_seen = type(gone)(pk=gone.pk)
    gone.delete()

    for one in (cart, gone_as_seen):
        with pytest.raises(CartEmpty):
            place(one, told(jne, 12000))
    assert not Order.objects.exists()


def test_the_cart_of_another_customer_is_not_there(jne, shirt):
    dana, eli = make_customer("Dana"), make_customer("Eli")
    cart = make_cart((shirt, 1), customer=dana)

    with pytest.raises(NotVisible):
        place(cart, told(jne, 401000), actor=CustomerActor(eli.pk, SIGNED_IN))

    assert not Order.objects.exists()


def test_whoever_is_signed_in_orders_as_themselves(jne, shirt):
    dana = make_customer("Dana", email="dana@mail.example", language="uk")
    cart = make_cart((shirt, 1), customer=dana)

    order = place(cart, told(jne, 401000, wants_news=True, language=""), CustomerActor(dana.pk, SIGNED_IN, "Dana"))

    assert (order.customer, order.language) == (dana, "uk")
    assert list(Consent.objects.values_list("customer", "purpose", "granted", "source")) == [
        (dana.pk, "news", True, "checkout")
    ]


def test_a_guest_with_a_known_address_is_that_customer_and_proves_nothing(jne, shirt):
    dana = make_customer("Dana", email="dana@mail.example")

    order = place(make_cart((shirt, 1)), told(jne, 401000))

    assert order.customer == dana
    assert dana.contact_points.get().proof == "claimed"
    dana.refresh_from_db()
    assert dana.name == "Dana"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"delivery": "nope"}, DeliveryUnavailable),
        ({"delivery": ""}, DeliveryUnavailable),
        ({"address": {**ADDRESS, "country": "DE"}}, DeliveryUnavailable),
        ({"payment": "cod"}, PaymentUnavailable),
        ({"payment": "card"}, PaymentUnavailable),
        ({"payment": ""}, PaymentUnavailable),
    ],
)
def test_ways_that_are_not_open_order_nothing(jne, shirt, heard, settings, change, error):
    settings.PAYMENT_VARIANTS = {}  # no gateway; and the rate takes no cash
    cart = make_cart((shirt, 1))

    with pytest.raises(error):
        place(cart, told(jne, 401000, **change))

    nothing_happened(cart, [3])


def test_another_country_is_another_currency(jne, shirt):
    shirt.variants.update(other_prices={"UAH": ["1249.00", None]})
    nova = make_delivery("Nova", rate={"country": "UA", "currency": "UAH", "amount": Decimal(75)})
    make_shop(bank_accounts=[{"bank": "Privat", "number": "UA", "holder": "T", "currency": "UAH"}])
    kyiv = {**ADDRESS, "country": "UA"}

    order = place(make_cart((shirt, 1)), told(nova, 1324, address=kyiv))

    assert (order.currency, order.items_amount, order.total_amount) == ("UAH", 1249, 1324)


def test_cash_on_delivery_has_its_fee_and_its_limit(shirt):
    cod = make_delivery("Cash", rate={"cash_on_delivery": True})

    order = place(make_cart((shirt, 1)), told(cod, 406000, payment="cod"))

    assert (order.fee_amount, order.total_amount, order.payment_due_at) == (5000, 406000, None)
    make_shop(cod_limits={"IDR": "400000"})
    with pytest.raises(PaymentUnavailable):
        place(make_cart((shirt, 1)), told(cod, 406000, payment="cod"))
    assert Order.objects.count() == 1


def test_an_order_that_costs_nothing_is_paid(jne, shirt):
    free = make_delivery("Free", rate={"amount": Decimal(0)})

    order = place(make_cart((shirt, 1), voucher=make_voucher(percent=100)), told(free, 0, payment=""))

    assert (order.state, order.total_amount, order.payment_method) == ("paid", 0, "")
    assert not order.payments.exists()


def test_a_voucher_that_is_used_up_at_the_last_moment_orders_nothing(jne, shirt, heard):
    dana = make_customer(email="dana@mail.example")
    voucher = make_voucher(percent=10, customer_limit=1)
    VoucherUse.objects.create(voucher=voucher, order=make_order(customer=dana), customer=dana, at=AT)
    cart = make_cart((shirt, 1), voucher=voucher)

    with pytest.raises(VoucherRefused) as refused:  # of a guest it is known only now
        place(cart, told(jne, 362100))

    assert refused.value.reason == "you_used_it"
    assert Order.objects.count() == 1
    assert shirt.variants.get().stock == 3
    voucher.refresh_from_db()
    assert voucher.uses == 0


def test_a_number_that_an_imported_order_has_is_passed_over(jne, shirt):
    make_order(number="R-10001")
    make_order(number="R-10002")

    order = place(make_cart((shirt, 1)), told(jne, 401000))

    order.refresh_from_db()
    assert (order.number, make_shop().next_order_number) == ("R-10003", 10004)


def test_cancelling_gives_back_pieces_voucher_and_promise(jne, shirt, heard):
    cart = make_cart((shirt, 3), voucher=make_voucher(percent=10, use_limit=1))
    order = place(cart, told(jne, 1062300))
    OutboxEvent.objects.all().delete()

    change_order_state(actor=SYSTEM, order=order, state="cancelled", at=AT + timedelta(hours=1))

    assert shirt.variants.get().stock == 3
    assert list(StockChange.objects.values_list("change", "reason")) == [(-3, "sold"), (3, "cancelled")]
    assert not VoucherUse.objects.exists()
    assert make_voucher("X").uses == cart.voucher.__class__.objects.get(code="HEMAT10").uses == 0
    assert Promise.objects.get().state == "withdrawn"
    assert order.payments.get().state == "failed"
    assert [name for name, _payload in heard()] == ["variant.stock_changed", "order.state_changed"]


def test_pieces_that_have_left_do_not_come_back_with_a_cancellation(jne, shirt):
    order = place(make_cart((shirt, 3)), told(jne, 1179000))
    order.lines.update(shipped_quantity=1)

    change_order_state(actor=SYSTEM, order=order, state="cancelled", at=AT)

    assert shirt.variants.get().stock == 2


@pytest.mark.parametrize(
    ("kind", "state", "becomes"),
    [("home", "shipped", "open"), ("home", "delivered", "kept"), ("pickup", "shipped", "kept")],
)
def test_the_promise_is_kept_when_it_is_there(shirt, kind, state, becomes):
    way = make_delivery("Way", kind=kind)
    order = place(make_cart((shirt, 1)), told(way, 401000))
    Order.objects.update(state="packed" if state == "shipped" else "shipped")

    change_order_state(actor=SYSTEM, order=order, state=state, at=AT + timedelta(hours=1))

    assert Promise.objects.get().state == becomes


def test_an_order_of_three_lines_takes_few_queries(jne):
    cart = make_cart(*((make_product(stock=9, price=1000), 1) for _ in range(3)))
    what = told(jne, 15000)
    place(make_cart((make_product(price=1000), 1)), told(jne, 13000, email="eli@mail.example"))  # terms are kept now

    with CaptureQueriesContext(connection) as queries:
        place(cart, what)

    assert len(queries) <= 22
