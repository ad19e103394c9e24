"""Paying in the demo: its page says what it is, pays or declines by a click; then again, or in another way."""

from datetime import timedelta

import pytest
from django.test import Client

from ramah.commerce.models import Payment
from ramah.commerce.testing import make_cart, make_product
from ramah.storefront.tests.checkout_browsers import visitor
from ramah.storefront.tests.payers import client, jne, nothing_is_stored, order_by_card

__all__ = ["client", "jne"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("payment", ["card", "wallet"])
def test_the_demo_says_that_it_is_one_and_pays_by_a_click(client, jne, payment):
    order, response = order_by_card(client, jne, payment)
    assert response["Location"].startswith("/payments/demo/")
    assert order.payment_due_at - order.placed_at == timedelta(hours=2)

    page = client.get(response["Location"]).content.decode()
    assert "This is a demo." in page
    done = client.post(response["Location"], {"status": "confirmed"})

    assert done["Location"].endswith(f"/checkout/done/{order.public_id}/?paid=1")
    order.refresh_from_db()
    assert order.state == "paid"
    assert list(order.payments.values_list("method", "state", "amount")) == [(payment, "paid", 401000)]
    assert "It is paid." in client.get(done["Location"]).content.decode()


def test_pressed_twice_the_demo_pays_once(client, jne):
    order, response = order_by_card(client, jne)

    for _ in range(2):
        client.post(response["Location"], {"status": "confirmed"})

    assert Payment.objects.get().amount == 401000
    assert client.get(response["Location"])["Location"] == f"/payments/{order.public_id}/"


def test_a_declined_payment_can_be_tried_again_or_made_otherwise(client, jne):
    order, response = order_by_card(client, jne)

    failed = client.post(response["Location"], {"status": "rejected"})["Location"]
    page = client.get(failed).content.decode()
    assert "did not go through" in page
    assert "Try again: pay" in page
    again = client.post(f"/payments/{order.public_id}/")["Location"]
    assert again.startswith("/payments/demo/")
    assert again != response["Location"]

    done = client.post(f"/payments/{order.public_id}/method/", {"method": "bank_transfer"})
    order.refresh_from_db()
    assert done["Location"] == f"/checkout/done/{order.public_id}/"
    assert (order.payment_method, order.payments.get().method) == ("bank_transfer", "bank_transfer")
    assert order.payment_due_at > order.placed_at + timedelta(hours=23)
    assert "8808" in client.get(done["Location"]).content.decode()


@pytest.mark.parametrize("status", ["", "preauth", "refunded", "<b>", "CONFIRMED"])
def test_the_demo_takes_no_other_outcome(client, jne, status):
    order, response = order_by_card(client, jne)

    assert client.post(response["Location"], {"status": status}).status_code == 422
    nothing_is_stored(order)


def test_the_demo_is_there_for_whoever_placed_the_order_alone(client, jne):
    order, response = order_by_card(client, jne)

    assert Client().get(response["Location"]).status_code == 404
    assert Client().post(response["Location"], {"status": "confirmed"}).status_code == 404
    assert Client().post(f"/payments/{order.public_id}/").status_code == 404
    assert Client().post(f"/payments/{order.public_id}/method/", {"method": "bank_transfer"}).status_code == 404
    nothing_is_stored(order)


def test_without_a_gateway_no_card_is_offered_and_the_demo_is_shut(client, jne, settings):
    order, response = order_by_card(client, jne)
    settings.PAYMENT_VARIANTS = {}

    assert client.post(response["Location"], {"status": "confirmed"}).status_code == 302
    nothing_is_stored(order)
    page = visitor(make_cart((make_product(), 1))).get("/checkout/").content.decode()
    assert 'value="bank_transfer"' in page
    assert 'value="card"' not in page


@pytest.mark.parametrize("chosen", ["cod", "other", "", "x"])
def test_a_way_that_is_not_open_changes_nothing(client, jne, chosen):
    order, _response = order_by_card(client, jne)

    client.post(f"/payments/{order.public_id}/method/", {"method": chosen})

    order.refresh_from_db()
    assert order.payment_method == "card"
