"""A shop with a shirt and a bag, and what visitors do with the cart and see of it: for the tests of its page."""

from decimal import Decimal

import pytest

from ramah.commerce.models import CartLine, TaxRate
from ramah.commerce.testing import make_product, make_shop
from ramah.storefront.visiting import CART_COOKIE

ADD, QUANTITY, REMOVE = "/cart/add/", "/cart/quantity/", "/cart/remove/"


@pytest.fixture(autouse=True)
def shop(db):
    make_shop()
    TaxRate.objects.create(country="ID", name="PPN", percent=Decimal(11))


@pytest.fixture
def shirt():
    return make_product("Sanur linen shirt", price=389000, stock=10)


@pytest.fixture
def bag():
    return make_product("Kawung bag", price=145000, stock=3)


def of(product):
    return product.variants.get()


def key(product):
    return of(product).public_id


def add(client, product, quantity="1", **more):
    return client.post(ADD, {"variant": key(product), "quantity": quantity}, **more)


def lines():
    return [(line.variant.product.titles["en"], line.quantity, line.is_saved) for line in CartLine.objects.all()]


def said(response):
    """The words of a page, blanks made even."""
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def pieces(client):
    """What the cookie says is in the cart."""
    return client.cookies[CART_COOKIE].value.split(":")[1]
