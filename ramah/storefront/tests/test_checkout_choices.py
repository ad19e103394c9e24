"""What is chosen at checkout: place, way of delivery, voucher, saved address; by plain forms and by htmx."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from ramah.commerce.models import Order, SavedAddress
from ramah.commerce.testing import ADDRESS, AT, make_cart, make_delivery, make_product, make_shop, make_voucher
from ramah.customers.testing import make_customer
from ramah.storefront.tests.checkout_browsers import fields, send, signed_in, visitor
from ramah.storefront.visiting import PLACE_COOKIE

pytestmark = pytest.mark.django_db
KEYS = ("fields_key", "deliveries_key", "payments_key")


@pytest.fixture(autouse=True)
def jne(settings):
    settings.PAYMENT_VARIANTS = {}
    make_shop()
    return make_delivery("JNE", rate={"cash_on_delivery": True})


@pytest.fixture
def shirt():
    return make_product("Sanur linen shirt", price=389000, stock=3)


def test_update_shows_cost_for_another_place_without_checking_anything(jne, shirt):
    make_delivery("Far", rate={"amount": Decimal(45000), "regions": ["Papua"]})
    jne.__class__.objects.filter(pk=jne.pk).update(position=1)
    cache.clear()
    client = visitor(make_cart((shirt, 1)))

    page = send(client, {"do": "update", "country": "ID", "region": "Papua", "name": "Dana"})

    shown = page.content.decode()
    assert page.status_code == 200
    assert "Rp\xa0434.000" in shown
    assert 'role="alert"' not in shown.replace('id="trouble" role="alert"', "")
    assert client.cookies[PLACE_COOKIE].value.startswith("ID|Papua")


def test_htmx_gets_only_what_changed(jne, shirt):
    client = visitor(make_cart((shirt, 1)))
    shown = client.get("/checkout/").content.decode()
    keys = {key: shown.split(f'name="{key}" value="')[1].split('"')[0] for key in KEYS}
    told = fields(jne, 401000, do="payment", payment="cod", **keys)

    page = send(client, told, headers={"HX-Request": "true"})

    shown = page.content.decode()
    assert 'id="checkout-sums"' in shown
    assert "Order, pay Rp\xa0406.000 on delivery" in shown
    assert 'id="checkout-door"' not in shown
    assert 'id="checkout-delivery"' not in shown
    assert "<html" not in shown


def test_the_door_follows_the_way_of_delivery(shirt):
    make_shop(payment_methods=["cod"], cod_fees={"UAH": "20"}, cod_limits={})
    branch = make_delivery(
        "Nova", kind="branch", rate={"country": "UA", "currency": "UAH", "amount": 75, "cash_on_delivery": True}
    )
    shirt.variants.update(other_prices={"UAH": ["1249.00", None]})
    client = visitor(make_cart((shirt, 1)))
    kyiv = {"country": "UA", "region": "Київ", "city": "Київ", "phone": "067 123 45 67", "payment": "cod"}

    page = send(client, fields(branch, 1344, **kyiv)).content.decode()
    assert 'name="branch"' in page
    assert 'name="line1"' not in page
    assert send(client, fields(branch, 1344, **kyiv, branch="12")).status_code == 302

    order = Order.objects.get()
    assert (order.currency, order.total_amount, order.fee_amount) == ("UAH", 1344, 20)
    assert order.shipping_address["branch"] == "Відділення № 12"


def test_a_voucher_is_put_on_and_taken_off_here(jne, shirt):
    make_voucher("HEMAT10", percent=10)
    client = visitor(make_cart((shirt, 1)))

    assert "There is no voucher" in send(client, fields(jne, 1, do="voucher", voucher="NOPE")).content.decode()
    page = send(client, fields(jne, 401000, do="voucher", voucher="hemat10")).content.decode()
    assert "Rp\xa0362.100" in page
    assert "Jl. Margonda Raya 21" in page
    page = send(client, fields(jne, 1, do="voucher_remove")).content.decode()
    assert "Rp\xa0401.000" in page


def test_a_voucher_that_this_customer_has_used_is_taken_off_and_asked_again(jne, shirt):
    voucher = make_voucher("ONCE", percent=10, customer_limit=1)
    send(visitor(make_cart((shirt, 1), voucher=voucher)), fields(jne, 362100))
    client = visitor(make_cart((shirt, 1), voucher=voucher))

    page = send(client, fields(jne, 362100))

    shown = page.content.decode()
    assert page.status_code == 422
    assert "You have used this voucher already." in shown
    assert 'name="expected_total" value="401000"' in shown
    assert Order.objects.count() == 1
    assert send(client, fields(jne, 401000)).status_code == 302


def test_who_is_signed_in_picks_a_saved_address(jne, shirt):
    dana = make_customer("Dana", email="dana@mail.example")
    home = SavedAddress.objects.create(customer=dana, address=ADDRESS, is_default=True, created_at=AT)
    work = {**ADDRESS, "line1": "Jl. Kemang 8", "city": "Jakarta", "postal_code": "12730"}
    work = SavedAddress.objects.create(customer=dana, label="Work", address=work, created_at=AT)
    client = signed_in(dana, make_cart((shirt, 1), customer=dana))

    page = client.get("/checkout/").content.decode()
    assert "Jl. Margonda Raya 21" in page
    assert 'name="email"' not in page
    assert "The confirmation goes to dana@mail.example." in page
    told = {"do": "place", "saved": work.public_id, "filled_from": home.public_id, "country": "ID", "name": "Dana"}
    assert "Jl. Kemang 8" in send(client, told).content.decode()

    send(client, fields(jne, 401000, email="eli@mail.example", saved=work.public_id, filled_from=work.public_id))
    order = Order.objects.get()
    assert (order.customer, order.email) == (dana, "dana@mail.example")
    assert client.get(f"/checkout/done/{order.public_id}/").status_code == 200


def test_a_saved_address_of_somebody_else_fills_nothing(jne, shirt):
    other = SavedAddress.objects.create(
        customer=make_customer("Eli"), address={**ADDRESS, "line1": "Secret 1"}, created_at=AT
    )
    client = signed_in(make_customer("Dana"), make_cart((shirt, 1)))

    page = send(client, {"do": "place", "saved": other.public_id, "country": "ID"})

    assert "Secret 1" not in page.content.decode()
