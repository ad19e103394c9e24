"""Cancelling and changing the address on the pages of the shop."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from ramah.commerce.commands import change_order_state
from ramah.commerce.models import DeliveryOption, DeliveryRate, Order, Refund
from ramah.commerce.testing import ADDRESS, AT
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.storefront.tests.order_browsers import order_of, page_of, proved, signed_in

pytestmark = pytest.mark.django_db
HOME = {**ADDRESS, "region": "Jawa Barat"}
WRITTEN = {
    "name": "Budi",
    "phone": "0812 3456 7890",
    "region": "Jawa Barat",
    "city": "Depok",
    "postal_code": "16424",
    "line1": "Jl. Baru 1",
}


@pytest.fixture
def order():
    option = DeliveryOption.objects.create(names={"en": "Regular"}, created_at=AT)
    DeliveryRate.objects.create(option=option, country="ID", currency="IDR", amount=12000, regions=["Jawa Barat"])
    DeliveryRate.objects.create(option=option, country="ID", currency="IDR", amount=15000, position=1)
    made = order_of()
    Order.objects.filter(pk=made.pk).update(shipping_address=HOME, delivery_option=option)
    return Order.objects.get(pk=made.pk)


def state_of(order):
    return Order.objects.get(pk=order.pk).state


def street_of(order):
    return Order.objects.get(pk=order.pk).shipping_address.get("line1")


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_cancelling_asks_once_more_and_looking_changes_nothing(order):
    client = proved(order)

    page = client.get(page_of(order) + "cancel/")

    assert page.status_code == 200
    assert "This cannot be undone." in page.content.decode()
    assert state_of(order) == "paid"


def test_cancelling_with_a_reason(order):
    client = proved(order)

    response = client.post(page_of(order) + "cancel/", {"reason": "changed_mind"})

    assert (response.status_code, response["Location"]) == (302, page_of(order))
    assert told(response) == ["The order is cancelled. What you have paid goes back the way it came."]
    assert state_of(order) == "cancelled"
    assert Order.objects.get(pk=order.pk).history.last().reason == "I changed my mind"
    assert Refund.objects.count() == 1


def test_the_dialog_cancels_at_once(order):
    response = proved(order).post(page_of(order) + "cancel/", headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Redirect"]) == (204, page_of(order))
    assert state_of(order) == "cancelled"


def test_a_reason_that_is_not_offered_cancels_nothing(order):
    response = proved(order).post(page_of(order) + "cancel/", {"reason": "<b>x</b>"})

    assert response.status_code == 422
    assert state_of(order) == "paid"


def test_who_comes_too_late_is_told_so_and_nothing_happens(order):
    client = proved(order)
    change_order_state(actor=SYSTEM, order=order, state="packed", at=clock.now())

    for path in ("cancel/", "address/"):
        for response in (client.get(page_of(order) + path), client.post(page_of(order) + path, WRITTEN)):
            assert (response.status_code, response["Location"]) == (302, page_of(order))
            assert "can no longer be changed here" in told(response)[-1]
    assert state_of(order) == "packed"
    assert street_of(order) == ADDRESS["line1"]


def test_a_foreign_site_cannot_cancel(order):
    client = proved(order, Client(enforce_csrf_checks=True))

    assert client.post(page_of(order) + "cancel/").status_code == 403
    assert state_of(order) == "paid"


def test_a_guest_does_not_find_the_hidden_parts_in_the_form(order):
    page = proved(order).get(page_of(order) + "address/").content.decode()

    assert "Margonda" not in page
    assert "16424" not in page
    assert "+62812" not in page
    assert 'value="Depok"' in page


def test_the_owner_begins_with_the_address_as_it_is(order):
    page = signed_in().get(page_of(order) + "address/").content.decode()

    assert 'value="Jl. Margonda Raya 21"' in page
    assert '<option value="Jawa Barat" selected>' in page


def test_another_street_on_the_same_terms(order):
    response = proved(order).post(page_of(order) + "address/", WRITTEN)

    assert (response.status_code, response["Location"]) == (302, page_of(order))
    assert Order.objects.get(pk=order.pk).shipping_address == {
        **WRITTEN,
        "phone": "+6281234567890",
        "country": "ID",
    }


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("postal_code", "1642", "A postal code has five digits."),
        ("phone", "12", "This is not a phone number."),
        ("region", "Atlantis", "Choose one from the list."),
        ("line1", "", "Write the street and the number of the house."),
        ("city", "x" * 200, "At most 120 characters fit on the label."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(order, field, value, said):
    response = proved(order).post(page_of(order) + "address/", {**WRITTEN, field: value})

    page = response.content.decode()
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert said in page
    assert page.count('role="alert" id="id_') == 1
    assert street_of(order) == ADDRESS["line1"]


def test_where_it_costs_more_support_does_it_and_nothing_written_is_lost(order):
    response = proved(order).post(page_of(order) + "address/", {**WRITTEN, "region": "Bali", "city": "Ubud"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Delivery to this address costs another amount." in page
    assert f"/contact/?order={order.public_id}" in page
    assert 'value="Ubud"' in page
    assert street_of(order) == ADDRESS["line1"]


def test_fields_that_nobody_asked_for_are_left_out(order):
    proved(order).post(page_of(order) + "address/", {**WRITTEN, "country": "UA", "company": "x", "state": "shipped"})

    kept = Order.objects.get(pk=order.pk)
    assert (kept.shipping_address["country"], kept.state) == ("ID", "paid")
    assert "company" not in kept.shipping_address


def test_html_in_a_name_is_shown_as_it_was_typed(order):
    client = signed_in()
    client.post(page_of(order) + "address/", {**WRITTEN, "name": "<img src=x onerror=alert(1)>"})

    page = client.get(page_of(order)).content.decode()

    assert "<img src=x" not in page
    assert "&lt;img src=x onerror" in page
