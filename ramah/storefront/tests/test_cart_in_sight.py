"""What the page of the cart says: changes, vouchers and sums; and what it costs us."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.html import strip_tags

from ramah.commerce.models import Cart, Variant
from ramah.commerce.testing import make_delivery, make_product, make_voucher
from ramah.customers.models import Customer
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.storefront.tests.cart_visits import ADD, add, bag, key, pieces, said, shirt, shop
from ramah.storefront.tests.order_browsers import signed_in

__all__ = ["bag", "shirt", "shop"]
pytestmark = pytest.mark.django_db


def read(response):
    """The words of a page as they are read, without the markup."""
    return " ".join(strip_tags(said(response)).split())


# --- what has changed ------------------------------------------------------------------------------------------------


def test_another_price_is_told_once(client, shirt):
    add(client, shirt)
    Variant.objects.update(price_amount=Decimal(349000))

    assert "It costs less now: was Rp 389.000, now Rp 349.000" in read(client.get("/cart/"))
    assert "It costs less now" not in said(client.get("/cart/"))
    Variant.objects.update(price_amount=Decimal(399000))
    assert "It costs more now: was Rp 349.000, now Rp 399.000" in read(client.get("/cart/"))


def test_fewer_pieces_and_none_are_told(client, shirt, bag):
    add(client, shirt, "5")
    add(client, bag)
    Variant.objects.filter(product=shirt).update(stock=2)
    Variant.objects.filter(product=bag).update(stock=0)

    page = said(client.get("/cart/"))

    assert "You had put in 5; 2 are left, and so many are in your cart now." in page
    assert "Sold out meanwhile. It is not part of your order." in page
    assert "Tell me when it is back" in page
    assert "Goods, 2 pieces" in page
    assert pieces(client) == "2"
    again = said(client.get("/cart/"))
    assert "You had put in" not in again
    assert "Sold out meanwhile" in again


def test_where_nothing_can_be_bought_there_is_no_way_to_checkout(client, shirt):
    add(client, shirt)
    assert 'href="/checkout/"' in said(client.get("/cart/"))

    Variant.objects.update(stock=0)

    page = said(client.get("/cart/"))
    assert "Nothing in your cart can be ordered at the moment." in page
    assert 'href="/checkout/"' not in page


def test_another_place_changes_the_currency(client, shirt, bag):
    add(client, shirt)
    add(client, bag)
    Variant.objects.filter(product=shirt).update(other_prices={"UAH": ["1249.00", "1499.00"]})
    client.cookies["place"] = "UA"

    page = said(client.get("/cart/"))

    assert "1 249 ₴" in page
    assert "Not sold for UAH, so it is not part of your order." in page
    assert "Goods, 1 piece" in page
    assert Cart.objects.get().currency == "UAH"


# --- vouchers and sums -----------------------------------------------------------------------------------------------


def test_sums_with_voucher_delivery_and_tax(client, shirt, bag):
    make_delivery("JNE", rate={"amount": Decimal(12000)})
    make_delivery("Slow", rate={"amount": Decimal(12000), "max_days": 9})
    make_delivery("Pick up", kind="pickup", rate={"amount": Decimal(0)})
    make_voucher("HEMAT10")
    add(client, shirt)
    add(client, bag)

    page = read(client.post("/cart/voucher/", {"code": " hemat10"}, follow=True))

    for words in ("Rp 534.000", "Rp 53.400", "Rp 12.000", "Rp 492.600", "JNE", "Rp 48.816 of it is PPN."):
        assert words in page
    assert "Pick up" not in page
    assert "Rp 53.400" not in said(client.post("/cart/voucher/remove/", follow=True))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "Type the code of the voucher."),
        ("nothing", "There is no voucher with this code."),
        ("x" * 81, "has at most 80"),
        ("old", "The voucher was good until"),
        ("'; drop table--", "There is no voucher with this code."),
    ],
)
def test_a_voucher_that_does_not_count_is_refused_beside_the_field(client, shirt, code, words):
    make_voucher("OLD", ends_at=clock.now() - timedelta(days=1))
    add(client, shirt)

    response = client.post("/cart/voucher/", {"code": code})

    assert response.status_code == 422
    assert words in said(response)
    assert 'aria-describedby="code-fault"' in said(response)
    assert Cart.objects.get().voucher is None


def test_a_voucher_that_waits_says_what_is_missing(client, shirt):
    make_voucher("MORE", currency="IDR", minimum_amount=Decimal(500000))
    add(client, shirt)

    page = said(client.post("/cart/voucher/", {"code": "more"}, follow=True))

    assert "The voucher counts from Rp 500.000; Rp 111.000 more are needed." in page


def test_codes_are_not_guessed_by_the_hundred(client, shirt):
    make_voucher("HEMAT10")
    add(client, shirt)
    for _ in range(30):
        client.post("/cart/voucher/", {"code": "guess"})

    response = client.post("/cart/voucher/", {"code": "HEMAT10"})

    assert response.status_code == 422
    assert "Too many codes were tried from here." in said(response)
    assert Cart.objects.get().voucher is None


def test_free_shipping_is_free(client, shirt):
    make_delivery("JNE", rate={"amount": Decimal(12000)})
    make_voucher("FREE", kind="free_shipping")
    add(client, shirt)

    page = said(client.post("/cart/voucher/", {"code": "free"}, follow=True))

    assert "<dd>Free</dd>" in page
    assert "Rp 12.000" not in page


# --- what it costs us ------------------------------------------------------------------------------------------------


def test_the_page_costs_a_guest_two_queries_and_one_for_a_voucher(client, shirt, bag, django_assert_num_queries):
    make_voucher("HEMAT10")
    add(client, shirt)
    add(client, bag)
    client.get("/cart/")  # the terms of the shop are kept from here on

    with django_assert_num_queries(2):  # the cart, the lines with variants and products
        client.get("/cart/")
    client.post("/cart/voucher/", {"code": "hemat10"})
    with django_assert_num_queries(3):
        client.get("/cart/")


def test_however_many_lines_there_are(client, django_assert_num_queries):
    for number in range(12):
        add(client, make_product(f"Product {number}"))
    client.get("/cart/")

    with django_assert_num_queries(2):
        client.get("/cart/")


def test_a_customer_costs_three_more_for_the_log_in(shirt, django_assert_num_queries):
    make_customer("Dana", email="dana@mail.example")
    client = signed_in("dana@mail.example")
    add(client, shirt)
    client.get("/cart/")
    assert Cart.objects.get().customer == Customer.objects.get()

    with django_assert_num_queries(5):  # session, user, customer; cart, lines
        client.get("/cart/")


def test_putting_in_costs_a_guest_four_queries_and_the_transaction(client, shirt, django_assert_num_queries):
    add(client, shirt)
    client.get("/cart/")  # the terms of the shop are kept from here on
    told = {"variant": key(shirt), "quantity": "1"}

    with django_assert_num_queries(4 + 2):  # variant, cart, its lines, the line
        client.post(ADD, told)
    with django_assert_num_queries(4 + 2):
        client.post(ADD, told, HTTP_HX_REQUEST="true")


def test_neither_the_page_nor_an_answer_is_kept_by_the_browser(client, shirt):
    add(client, shirt)

    assert "no-store" in client.get("/cart/")["Cache-Control"]
