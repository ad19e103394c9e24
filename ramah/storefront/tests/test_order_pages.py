"""The page of an order and the list of all: what they show, what they offer, what they cost."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from ramah.commerce.commands import record_refund
from ramah.commerce.models import Cart, Order, OrderLine, Variant
from ramah.commerce.testing import AT, make_product
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.promises.models import Promise
from ramah.storefront.tests.order_browsers import order_of, page_of, proved, signed_in
from ramah.storefront.tests.promised_orders import promised, shop, words_of

__all__ = ["shop"]
pytestmark = pytest.mark.django_db


# The page


def test_the_page_of_a_proved_order_takes_few_queries(django_assert_max_num_queries):
    order = order_of()
    client = proved(order)
    client.get(page_of(order))

    with django_assert_max_num_queries(9):
        assert client.get(page_of(order)).status_code == 200


def test_words_of_customers_are_only_text():
    order = order_of()
    bad = '<script>alert("x")</script>'
    order.lines.update(title=bad)
    Order.objects.filter(pk=order.pk).update(note=bad, delivery_name=bad, shipping_address={"name": bad})

    page = signed_in().get(page_of(order)).content.decode()

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") == 4


def test_refunds_and_their_state_are_shown():
    order = order_of(state="cancelled")
    record_refund(actor=SYSTEM, order=order, amount=order.total, at=clock.now())

    text = words_of(proved(order).get(page_of(order)))

    assert "Refund Requested" in text


def test_reviews_are_asked_for_when_it_is_there():
    product = make_product()
    waiting, there = order_of(state="shipped"), order_of(state="delivered")
    OrderLine.objects.update(variant=product.variants.get())

    pages = [proved(order).get(page_of(order)).content.decode() for order in (waiting, there)]

    assert [f"/products/{product.slug}/review/" in page for page in pages] == [False, True]


@pytest.mark.parametrize(("state", "offered"), [("paid", True), ("packed", False), ("shipped", False)])
def test_changing_is_offered_as_long_as_it_is_possible(state, offered):
    order = order_of(state=state)

    page = proved(order).get(page_of(order)).content.decode()

    assert ("/cancel/" in page, "/address/" in page) == (offered, offered)
    assert ("can no longer be changed here" in page) is not offered


def test_no_cache_keeps_the_page_and_no_search_engine_lists_it():
    order = order_of()

    response = proved(order).get(page_of(order))

    assert response["Cache-Control"] == "private, no-store"
    assert '<meta name="robots" content="noindex">' in response.content.decode()


# The invoice


def test_the_invoice_is_a_file_to_keep():
    order = order_of()

    response = proved(order).get(page_of(order) + "invoice.pdf")

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="INV-00001.pdf"'
    assert response["Cache-Control"] == "private, no-store"
    assert response.content.startswith(b"%PDF-")


def test_there_is_no_invoice_before_the_money():
    order = order_of(state="placed", paid=False)
    client = proved(order)

    response = client.get(page_of(order) + "invoice.pdf", follow=True)

    assert response.redirect_chain == [(page_of(order), 302)]
    assert "The invoice comes with your payment." in response.content.decode()
    assert "invoice.pdf" not in response.content.decode()


# Ordering again


def test_what_can_be_bought_goes_into_the_cart_and_the_rest_is_named():
    order = order_of()
    few, sold_out, gone = make_product(stock=1), make_product(stock=0), make_product()
    gone.status = "archived"
    gone.save()
    for product, quantity in ((make_product(), 2), (few, 3), (sold_out, 1), (gone, 1)):
        OrderLine.objects.create(
            order=order,
            variant=product.variants.get(),
            title=f"Thing {product.pk}",
            quantity=quantity,
            unit_amount=1,
            total_amount=1,
        )
    client = proved(order)

    response = client.post(page_of(order) + "again/", follow=True)

    assert response.redirect_chain == [("/cart/", 302)]
    lines = Cart.objects.get().lines.order_by("id").values_list("variant__product", "quantity")
    assert [quantity for _product, quantity in lines] == [2, 1]
    text = words_of(response)
    assert "2 products of the order are in your cart" in text
    assert f"Fewer are left of: Thing {few.pk}." in text
    assert f"Not sold any more, or sold out: Sanur linen shirt, Thing {sold_out.pk}, Thing {gone.pk}." in text
    assert client.get("/cart/").status_code == 200


def test_nothing_left_to_buy_stays_on_the_order():
    order = order_of()

    response = proved(order).post(page_of(order) + "again/")

    assert response["Location"] == page_of(order)
    assert not Cart.objects.exists()


# The history


def test_all_orders_in_six_queries_however_many(django_assert_num_queries):
    customer = make_customer("Dana", email="dana@mail.example")
    for number in range(12):
        state = ("shipped", "delivered", "cancelled", "placed")[number % 4]
        order = order_of(customer, placed_at=AT + timedelta(days=number), state=state)
        if number % 3:
            promised(order)
        OrderLine.objects.filter(order=order).update(variant=Variant.objects.first() or make_product().variants.get())
    client = signed_in()
    client.get("/account/orders/")

    with django_assert_num_queries(6):
        response = client.get("/account/orders/")

    page = response.content.decode()
    numbers = re.findall(r"Order (TL-\d+)", page)
    newest = list(Order.objects.order_by("-placed_at").values_list("number", flat=True))
    assert numbers == newest[:10]
    more = re.search(r'href="(/account/orders/\?cursor=[^"]+)"', page)[1]
    rest = client.get(more, headers={"HX-Request": "true"}).content.decode()
    assert re.findall(r"Order (TL-\d+)", rest) == newest[10:]
    assert "<html" not in rest


def test_the_list_names_dates_and_states():
    order = order_of(state="delivered", placed_at=AT)
    order.history.all().delete()
    for state, day in (("shipped", 3), ("delivered", 5)):
        order.history.create(at=AT.replace(day=day), from_state="paid", to_state=state, actor="system")

    text = words_of(signed_in().get("/account/orders/"))

    assert "Delivered." in text
    assert re.search(r"sent 3 Mar( 2026)? ?, delivered 5 Mar", text)


def test_the_list_shows_nobody_elses():
    order_of(make_customer("Eli"), email="eli@mail.example", number="R-ELI")
    make_customer("Dana", email="dana@mail.example")

    text = words_of(signed_in().get("/account/orders/"))

    assert "R-ELI" not in text
    assert "No orders yet" in text


def test_who_is_not_signed_in_is_led_to_it_and_back():
    response = Client().get("/account/orders/")

    assert (response.status_code, response["Location"]) == (302, "/account/sign-in/?next=/account/orders/")


def test_an_altered_cursor_is_a_bad_request():
    order_of()

    assert signed_in().get("/account/orders/?cursor=x").status_code == 400


def test_the_promise_of_the_list_is_the_one_that_counts():
    order = order_of(state="shipped", placed_at=AT)
    promised(order, due_at=clock.now() + timedelta(days=3))
    Order.objects.update(promised_to=date(2026, 3, 7))

    assert Promise.objects.count() == 1
    assert 'class="promise" data-state="risk"' in signed_in().get("/account/orders/").content.decode()
