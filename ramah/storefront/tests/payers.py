"""Orders that are paid by card, in the demo or through Stripe: for the tests of paying."""

import pytest
from payments import core

from ramah.commerce.models import GatewayPayment, Order, Refund
from ramah.commerce.testing import make_cart, make_delivery, make_product, make_shop
from ramah.storefront.tests.checkout_browsers import fields, send, visitor


@pytest.fixture(autouse=True)
def jne(settings, monkeypatch):
    settings.PAYMENT_VARIANTS = {"demo": settings.DEMO_GATEWAY}
    monkeypatch.setattr(core, "PROVIDER_CACHE", {})
    make_shop()
    return make_delivery()


@pytest.fixture
def client(jne):
    return visitor(make_cart((make_product(price=389000, stock=3), 1)))


def order_by_card(client, jne, payment="card"):
    response = send(client, fields(jne, 401000, payment=payment))
    return Order.objects.get(), response


def nothing_is_stored(order):
    order.refresh_from_db()
    assert order.state == "placed"
    assert list(order.payments.values_list("state", flat=True)) == ["pending"]
    assert not Refund.objects.exists()
    assert GatewayPayment.objects.get().status in ("waiting", "input")
