"""The cart as visitors meet it: putting in and taking out, with and without htmx, in stale tabs and with forms that lie."""

import pytest
from django.test import Client
from django.urls import reverse

from ramah.commerce.commands import carts
from ramah.commerce.models import Cart, CartLine, Product, Variant
from ramah.commerce.testing import make_cart, make_order, make_product
from ramah.customers.testing import make_customer
from ramah.storefront.tests.cart_visits import ADD, QUANTITY, REMOVE, add, bag, key, lines, pieces, said, shirt, shop
from ramah.storefront.tests.order_browsers import signed_in
from ramah.storefront.visiting import CART_COOKIE

__all__ = ["bag", "shirt", "shop"]
pytestmark = pytest.mark.django_db
CHANGES = ["cart_add", "cart_quantity", "cart_remove", "cart_later", "cart_move", "cart_voucher", "cart_voucher_remove"]
HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "cart"}


# --- bad input and stale tabs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", ["0", "-1", "1000", "9" * 40, "9" * 9000, "1.5", "two", "1e3", "٣x", "\0"])
def test_a_quantity_that_is_none_puts_nothing_in(client, shirt, quantity):
    response = add(client, shirt, quantity)

    assert response.status_code == 422
    assert "How many? A whole number from 1 to 999." in said(response)
    assert not Cart.objects.exists()
    assert CART_COOKIE not in client.cookies


@pytest.mark.parametrize("variant", ["", "nothing", "x" * 5000, "\0", "<script>alert(1)</script>", "' or 1=1 --"])
def test_a_variant_that_is_none_puts_nothing_in(client, variant):
    response = client.post(ADD, {"variant": variant, "quantity": "1"})

    assert response.status_code == 422
    assert "<script>alert(1)" not in said(response)
    assert not Cart.objects.exists()


def test_a_price_from_outside_is_not_even_read(client, shirt):
    tampered = {"price": "1", "unit_amount": "1", "seen_amount": "1", "total": "1", "currency": "UAH"}
    client.post(ADD, {"variant": key(shirt), "quantity": "1", **tampered})

    assert CartLine.objects.get().seen_amount == 389000
    assert Cart.objects.get().currency == "IDR"
    assert "Rp 389.000" in said(client.get("/cart/"))


@pytest.mark.parametrize("quantity", ["", "-3", "1000", "9" * 40, "a few"])
def test_a_wrong_quantity_of_a_line_is_said_beside_the_field(client, shirt, quantity):
    add(client, shirt, "2")

    response = client.post(QUANTITY, {"variant": key(shirt), "quantity": quantity})

    assert response.status_code == 422
    assert f'aria-describedby="fault-{key(shirt)}"' in said(response)
    assert "How many? A whole number from 1 to 999." in said(response)
    assert lines() == [("Sanur linen shirt", 2, False)]


@pytest.mark.parametrize("name", ["cart_quantity", "cart_remove", "cart_later", "cart_move"])
def test_a_line_that_is_gone_is_said_in_a_stale_tab_and_nothing_changes(client, shirt, bag, name):
    add(client, bag)

    response = client.post(reverse(name), {"variant": key(shirt), "quantity": "2"})

    assert response.status_code == 422
    assert "That is no longer in your cart" in said(response)
    assert "Kawung bag" in said(response)
    assert lines() == [("Kawung bag", 1, False)]


@pytest.mark.parametrize("name", ["cart_quantity", "cart_remove", "cart_later", "cart_move"])
def test_without_a_cart_or_a_line_named_there_is_nothing_to_change(client, shirt, name):
    for told in ({"variant": key(shirt), "quantity": "2"}, {"quantity": "2"}, {}):
        response = client.post(reverse(name), told)

        assert response.status_code == 422
        assert "Your cart is empty" in said(response)
    assert not Cart.objects.exists()


@pytest.mark.parametrize("name", CHANGES)
def test_an_address_that_changes_something_leads_to_the_cart_when_it_is_looked_at(client, name):
    response = client.get(reverse(name))

    assert (response.status_code, response["Location"]) == (302, "/cart/")
    assert not Cart.objects.exists()


@pytest.mark.parametrize("name", CHANGES)
def test_a_form_from_elsewhere_changes_nothing(shirt, name):
    client = Client(enforce_csrf_checks=True)

    response = client.post(reverse(name), {"variant": key(shirt), "quantity": "1", "code": "X"})

    assert response.status_code == 403
    assert not Cart.objects.exists()


def test_what_is_sold_out_or_not_sold_is_said(client, shirt, bag):
    Variant.objects.filter(product=shirt).update(stock=0)
    Product.objects.filter(pk=bag.pk).update(status="draft")

    sold_out, not_sold = add(client, shirt), add(client, bag)

    assert (sold_out.status_code, not_sold.status_code) == (422, 422)
    assert "It is sold out." in said(sold_out)
    assert "It is not sold just now" in said(not_sold)
    assert not Cart.objects.exists()


def test_a_full_cart_says_so(client, shirt, bag, monkeypatch):
    add(client, shirt)
    monkeypatch.setattr(carts, "MOST_LINES", 1)

    response = add(client, bag)

    assert response.status_code == 422
    assert "Your cart is full." in said(response)
    assert lines() == [("Sanur linen shirt", 1, False)]


def test_html_in_a_title_stays_text(client):
    product = make_product("<img src=x onerror=alert(1)>")
    Variant.objects.update(options={"size": "<b>M</b>"})
    add(client, product)

    page = said(client.get("/cart/"))
    removed = said(client.post(REMOVE, {"variant": key(product)}, follow=True))

    assert "<img src=x" not in page + removed
    assert "<b>M</b>" not in page + removed
    assert "&lt;img src=x" in page


# --- whose cart ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forged", ["{id}:2", "{id}:2:signature", "{id}", "", ":::", "\u00e9", "x" * 3000])
def test_a_cookie_that_nobody_signed_shows_no_cart(client, shirt, forged):
    cart = make_cart((shirt, 2))
    client.cookies[CART_COOKIE] = forged.format(id=cart.public_id)

    response = client.get("/cart/")

    assert response.status_code == 200
    assert "Your cart is empty" in said(response)
    client.post(REMOVE, {"variant": key(shirt)})
    assert lines() == [("Sanur linen shirt", 2, False)]


def test_a_customer_sees_the_cart_on_any_device_and_never_anothers(shirt, bag):
    dana, eli = make_customer("Dana", email="dana@mail.example"), make_customer("Eli", email="eli@mail.example")
    make_cart((shirt, 2), customer=dana)
    make_cart((bag, 1), customer=eli)

    phone, other = signed_in("dana@mail.example"), signed_in("eli@mail.example")
    page = said(phone.get("/cart/"))
    # A browser that Eli signs in to after Dana: the cookie is hers.
    other.cookies[CART_COOKIE] = phone.cookies[CART_COOKIE].value

    assert "Sanur linen shirt" in page
    assert "Kawung bag" not in page
    assert "Sanur linen shirt" not in said(other.get("/cart/"))
    assert pieces(phone) == "2"
    assert pieces(other) == "1"


def test_a_cart_that_became_an_order_is_closed_and_the_browser_forgets_it(client, shirt):
    add(client, shirt)
    Cart.objects.update(order=make_order())

    response = client.get("/cart/")

    assert "Your cart is empty" in said(response)
    assert client.cookies[CART_COOKIE].value == ""
    add(client, shirt)
    assert Cart.objects.count() == 2


# --- putting in ------------------------------------------------------------------------------------------------------


def test_without_script_putting_in_leads_to_the_cart(client, shirt):
    response = add(client, shirt, "2", follow=True)

    assert response.redirect_chain == [("/cart/", 302)]
    assert "It is in your cart." in said(response)
    assert "Rp 778.000" in said(response)
    assert pieces(client) == "2"
    assert 'aria-label="Cart, 2 pieces"' in said(response)


def test_one_piece_where_nothing_is_said(client, shirt):
    client.post(ADD, {"variant": key(shirt)})

    assert lines() == [("Sanur linen shirt", 1, False)]


def test_more_than_there_is_is_said_in_the_page(client, bag):
    response = add(client, bag, "5", follow=True)

    assert "Only 3 are left; all are in your cart." in said(response)
    assert lines() == [("Kawung bag", 3, False)]


def test_htmx_gets_the_new_number_for_the_header_and_a_toast(client, shirt):
    response = add(client, shirt, "2", HTTP_HX_REQUEST="true")

    assert response.status_code == 200
    assert "outerHTML:.top a[href=&#x27;/cart/&#x27;]" in said(response) or "outerHTML:.top a[href='/cart/']" in said(
        response
    )
    assert 'aria-label="Cart, 2 pieces"' in said(response)
    assert "<html" not in said(response)
    assert "It is in your cart." in response["HX-Trigger"]
    assert pieces(client) == "2"


# --- changing --------------------------------------------------------------------------------------------------------


def test_the_quantity_changes_and_the_sum_with_it(client, shirt):
    add(client, shirt)

    response = client.post(QUANTITY, {"variant": key(shirt), "quantity": "3"}, follow=True)

    assert response.redirect_chain == [("/cart/", 302)]
    assert "Rp 1.167.000" in said(response)
    assert pieces(client) == "3"


def test_htmx_gets_the_cart_anew(client, shirt, bag):
    add(client, shirt)
    add(client, bag)

    response = client.post(QUANTITY, {"variant": key(bag), "quantity": "9"}, **HTMX)

    words = said(response)
    assert response.status_code == 200
    assert "<html" not in words
    assert "Only 3 are left; all are in your cart." in words
    assert "4 pieces in your cart." in words
    assert 'aria-label="Cart, 4 pieces"' in words
    assert pieces(client) == "4"


def test_what_is_taken_out_can_be_put_back(client, shirt, bag):
    add(client, shirt, "2")
    add(client, bag)

    response = client.post(REMOVE, {"variant": key(shirt)})
    assert response["Location"] == f"/cart/?removed={key(shirt)}&quantity=2"
    page = client.get(response["Location"])
    assert "Taken out: Sanur linen shirt, M, Indigo" in said(page)
    assert lines() == [("Kawung bag", 1, False)]
    assert pieces(client) == "1"

    client.post(ADD, {"variant": key(shirt), "quantity": "2"})
    assert lines() == [("Kawung bag", 1, False), ("Sanur linen shirt", 2, False)]
    assert "Taken out" not in said(client.get(response["Location"]))


def test_none_takes_out_too_and_htmx_is_offered_to_put_it_back(client, shirt):
    add(client, shirt, "2")

    response = client.post(QUANTITY, {"variant": key(shirt), "quantity": "0"}, **HTMX)

    words = said(response)
    assert "Taken out: Sanur linen shirt, M, Indigo" in words
    assert "Your cart is empty" in words
    assert 'name="quantity" value="2"' in words
    assert lines() == []
    assert pieces(client) == "0"


@pytest.mark.parametrize("told", ["removed=nothing", "removed=%00", "removed=x&quantity=-5", "removed=&quantity=x"])
def test_an_address_that_makes_up_what_was_taken_out_says_nothing(client, shirt, told):
    add(client, shirt)

    assert "Taken out" not in said(client.get(f"/cart/?{told}"))


def test_what_is_kept_for_later_is_below_and_comes_back(client, shirt, bag):
    add(client, shirt, "2")
    add(client, bag)

    page = client.post("/cart/later/", {"variant": key(shirt)}, follow=True)
    assert "Kept for later" in said(page)
    assert "Goods, 1 piece" in said(page)
    assert pieces(client) == "1"

    page = client.post("/cart/move/", {"variant": key(shirt)}, follow=True)
    assert "Kept for later" not in said(page)
    assert pieces(client) == "3"


def test_taken_out_of_what_is_kept_for_later_it_goes_back_there(client, shirt):
    add(client, shirt, "2")
    client.post("/cart/later/", {"variant": key(shirt)})
    Variant.objects.update(stock=0)

    page = client.post(REMOVE, {"variant": key(shirt)}, follow=True)
    assert 'name="later" value="1"' in said(page)
    client.post(ADD, {"variant": key(shirt), "quantity": "2", "later": "1"})

    assert lines() == [("Sanur linen shirt", 2, True)]
