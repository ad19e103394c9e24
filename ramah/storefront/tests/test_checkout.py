"""The checkout by plain forms: what is asked, that nothing written is lost, and one order however often it is sent."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from ramah.commerce.models import Cart, Order, Variant
from ramah.commerce.testing import ADDRESS, AT, make_cart, make_delivery, make_product, make_shop
from ramah.customers.models import Consent
from ramah.kernel import clock
from ramah.storefront.order_links import PROOF_COOKIE
from ramah.storefront.tests.checkout_browsers import fields, send, visitor
from ramah.storefront.visiting import CART_COOKIE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def jne(settings):
    settings.PAYMENT_VARIANTS = {"demo": settings.DEMO_GATEWAY}
    make_shop(next_order_number=10001)
    return make_delivery("JNE", rate={"cash_on_delivery": True})


@pytest.fixture
def shirt():
    return make_product("Sanur linen shirt", price=389000, stock=3)


def test_the_page_asks_what_is_needed_and_no_more(shirt, django_assert_num_queries):
    client = visitor(make_cart((shirt, 2)))
    client.get("/checkout/")  # terms are kept from now on

    with django_assert_num_queries(2):  # cart, lines
        page = client.get("/checkout/")

    told = page.content.decode()
    for name in ("email", "name", "phone", "country", "region", "city", "postal_code", "line1", "district", "note"):
        assert f'name="{name}"' in told
    assert "Order and transfer Rp\xa0790.000" in told
    assert 'name="expected_total" value="790000"' in told
    assert '<option value="DI Yogyakarta">' in told
    assert "checked" not in told[told.index('name="news"') : told.index('name="news"') + 30]


def test_a_guest_orders_and_sees_the_confirmation(jne, shirt):
    cart = make_cart((shirt, 1))
    client = visitor(cart)

    response = send(client, fields(jne, 401000, news="1", note="Ring twice"))

    order = Order.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/checkout/done/{order.public_id}/"
    assert client.cookies[CART_COOKIE].value == ""
    assert (order.email, order.number, order.note) == ("dana@mail.example", "R-10001", "Ring twice")
    assert order.shipping_address == {**ADDRESS, "region": "Jawa Barat"}
    assert Consent.objects.get().source == "checkout"
    told = client.get(response["Location"]).content.decode()
    assert "R-10001" in told
    assert "8808" in told
    assert "Rp\xa0401.000" in told
    assert "The money must be there by" in told


def test_the_confirmation_is_for_whoever_placed_it_alone(jne, shirt):
    send(visitor(make_cart((shirt, 1))), fields(jne, 401000))
    order = Order.objects.get()

    page = Client().get(f"/checkout/done/{order.public_id}/")

    assert page.status_code == 404
    assert order.number not in page.content.decode()
    assert Client().get("/checkout/done/nothing/").status_code == 404


def test_sent_again_by_reload_second_tab_or_back_button_it_is_the_same_order(jne, shirt):
    cart = make_cart((shirt, 1))
    client, other_tab = visitor(cart), visitor(cart)
    told = fields(jne, 401000, cart=cart.public_id)

    first = send(client, told)
    again = send(client, told)  # the cart's cookie is gone; the form still names the cart
    in_the_other_tab = send(other_tab, told)  # with its cookie of before
    looked_at = visitor(cart).get("/checkout/")

    assert {one["Location"] for one in (first, again, in_the_other_tab, looked_at)} == {first["Location"]}
    assert Order.objects.count() == 1
    assert shirt.variants.get().stock == 2


def test_somebody_elses_form_names_no_cart_of_theirs(jne, shirt):
    cart = make_cart((shirt, 1))
    send(visitor(cart), fields(jne, 401000))

    stranger = visitor()
    page = send(stranger, fields(jne, 401000, cart=cart.public_id))

    assert page.status_code == 422
    assert "Nothing was ordered just now" in page.content.decode()
    assert PROOF_COOKIE not in stranger.cookies


def test_an_empty_cart_says_what_to_do():
    page = visitor().get("/checkout/")

    assert page.status_code == 200
    assert "There is nothing in your cart" in page.content.decode()


def test_after_the_order_the_back_button_leads_to_it(jne, shirt):
    client = visitor(make_cart((shirt, 1)))
    done = send(client, fields(jne, 401000))["Location"]

    assert f'href="{done}"' in client.get("/checkout/").content.decode()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"email": ""}, "email", "Write your e-mail address"),
        ({"email": "dana"}, "email", "name@example.com"),
        ({"name": ""}, "name", "Write the name"),
        ({"phone": "12"}, "phone", "not a phone number"),
        ({"postal_code": "1642"}, "postal_code", "five digits"),
        ({"region": "Mars"}, "region", "from the list"),
        ({"line1": ""}, "line1", "Write the street"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_all_is_kept(jne, shirt, change, field, words):
    client = visitor(make_cart((shirt, 1)))
    told = fields(jne, 401000, note="Keep <this>", news="1", **change)

    page = send(client, told)

    shown = page.content.decode()
    assert page.status_code == 422
    assert f'id="id_{field}_error"' in shown
    assert f'href="#id_{field}"' in shown
    assert words in shown
    assert "Keep &lt;this&gt;" in shown
    assert 'value="0812 3456 7890"' in shown or field == "phone"
    assert "Dana Putri" in shown or field == "name"
    assert not Order.objects.exists()
    # Also for whoever leaves and comes back.
    assert "Keep &lt;this&gt;" in client.get("/checkout/").content.decode()


def test_an_expired_form_orders_nothing_and_loses_nothing(jne, shirt):
    client = visitor(make_cart((shirt, 1)), enforce_csrf_checks=True)

    page = send(client, fields(jne, 401000))

    shown = page.content.decode()
    assert page.status_code == 403
    assert "open for long" in shown
    assert "Jl. Margonda Raya 21" in shown
    assert not Order.objects.exists()
    token = client.cookies["csrftoken"].value
    assert send(client, fields(jne, 401000, csrfmiddlewaretoken=token)).status_code == 302


def test_an_expired_session_costs_nothing(jne, shirt):
    client = visitor(make_cart((shirt, 1)))
    send(client, fields(jne, 401000, do="update"))
    client.cookies["sessionid"] = "gone"

    assert send(client, fields(jne, 401000)).status_code == 302


def test_a_price_that_changed_is_shown_and_asked_again(jne, shirt):
    client = visitor(make_cart((shirt, 1)))
    Variant.objects.update(price_amount=Decimal(399000))

    page = send(client, fields(jne, 401000))

    shown = page.content.decode()
    assert page.status_code == 422
    assert "The total was Rp\xa0401.000 and is Rp\xa0411.000 now." in shown
    assert 'name="expected_total" value="411000"' in shown
    assert send(client, fields(jne, 411000)).status_code == 302


@pytest.mark.parametrize("total", ["", "1", "-5", "NaN", "sNaN", "1e400000", "Infinity", "<b>", "401000.004"])
def test_a_tampered_total_is_no_price(jne, shirt, total):
    page = send(visitor(make_cart((shirt, 1))), fields(jne, total))

    assert page.status_code == 422
    assert "401.000" in page.content.decode()
    assert not Order.objects.exists()


def test_amounts_in_the_form_are_not_read(jne, shirt):
    told = fields(jne, 401000, price="1", total_amount="1", quantity="-3", shipping_amount="0", items_amount="1")

    send(visitor(make_cart((shirt, 1))), told)

    assert Order.objects.get().total_amount == 401000


def test_a_lost_race_names_the_line_and_what_there_is_instead(jne, shirt):
    small = Variant.objects.create(
        product=shirt, sku="S", options={"size": "S"}, price_amount=1, currency="IDR", stock=2, created_at=AT
    )
    cart = Cart.objects.create(currency="IDR", updated_at=AT, created_at=AT)
    medium = shirt.variants.get(sku__startswith="SKU")
    cart.lines.create(variant=medium, quantity=3, seen_amount=1, added_at=AT)
    client = visitor(cart)
    Variant.objects.filter(pk=medium.pk).update(stock=1)

    page = send(client, fields(jne, 1179000))

    shown = page.content.decode()
    assert page.status_code == 422
    assert "1 is left; you asked for 3." in shown
    assert f"/products/{shirt.slug}/?variant={small.public_id}" in shown
    assert not Order.objects.exists()


def test_going_on_with_what_there_is(jne, shirt):
    tote = make_product("Kawung bag", price=145000, stock=0)
    cart = make_cart((shirt, 3), (tote, 1))
    shirt.variants.update(stock=2)
    client = visitor(cart)
    assert "Go on with what there is" in send(client, fields(jne, 1)).content.decode()

    page = send(client, fields(jne, 1, do="adjust"))

    assert page.status_code == 200
    assert "Rp\xa0790.000" in page.content.decode()
    assert "Go on with what there is" not in page.content.decode()
    assert list(cart.lines.values_list("quantity", "is_saved")) == [(2, False), (1, True)]
    assert send(client, fields(jne, 790000)).status_code == 302


@pytest.mark.parametrize("change", [{"delivery": "x"}, {"payment": "x"}, {"payment": "cod", "delivery": ""}])
def test_ways_that_are_not_open_are_refused_beside_the_choice(jne, shirt, change):
    page = send(visitor(make_cart((shirt, 1))), fields(jne, 401000, **change))

    assert page.status_code == 422
    assert "_error" in page.content.decode()
    assert not Order.objects.exists()


def test_names_with_markup_are_shown_as_text(jne, shirt):
    Variant.objects.update(options={"size": "<i>M</i>"})
    shirt.titles = {"en": "<script>x</script>"}
    shirt.save()
    client = visitor(make_cart((shirt, 1)))

    pages = [client.get("/checkout/").content.decode()]
    done = send(client, fields(jne, 401000, name="<b>Dana</b>", note="<img src=x>", city="<u>Depok</u>"))
    pages.append(client.get(done["Location"]).content.decode())

    for page in pages:
        assert "<script>x" not in page
        assert "<i>M" not in page
        assert "<b>Dana" not in page
        assert "<img src=x" not in page
        assert "<u>Depok" not in page


def test_placing_takes_few_queries(jne, django_assert_max_num_queries):
    products = [make_product(price=1000, stock=9) for _ in range(3)]
    send(visitor(make_cart((products[0], 1))), fields(jne, 13000))
    client = visitor(make_cart(*((product, 1) for product in products)))

    with django_assert_max_num_queries(25):
        assert send(client, fields(jne, 15000, email="new@mail.example")).status_code == 302


@pytest.mark.parametrize("total", ["401000"])
def test_the_order_of_a_cart_that_was_lost_on_the_way_is_found_within_the_hour(jne, shirt, total):
    cart = make_cart((shirt, 1))
    send(visitor(cart), fields(jne, total))  # the answer never arrived
    assert visitor(cart).get("/checkout/").status_code == 302

    Order.objects.update(placed_at=AT)
    assert clock.now() > AT
    assert visitor(cart).get("/checkout/").status_code == 200


def test_routes_have_the_agreed_names():
    assert reverse("checkout") == "/checkout/"
    assert reverse("confirmation", args=["x"]) == "/checkout/done/x/"
    assert reverse("pay", args=["x"]) == "/payments/x/"
