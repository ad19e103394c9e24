"""A shirt and a bag on sale, and steps of a guest with a cart: for the tests of carts."""

from datetime import timedelta

import pytest

from ramah.commerce.commands import carts
from ramah.commerce.queries.carts import cart_sight, open_cart
from ramah.commerce.testing import AT, make_product
from ramah.kernel.actors import NOBODY

LATER = AT + timedelta(hours=2)


@pytest.fixture
def shirt(db):
    return make_product("Sanur linen shirt", price=389000, stock=10)


@pytest.fixture
def bag(db):
    return make_product("Kawung bag", price=145000, stock=3)


def of(product):
    return product.variants.get()


def add(product, quantity=1, *, cart_id="", actor=NOBODY, currency="IDR", at=AT):
    return carts.add_to_cart(
        actor=actor, cart_id=cart_id, variant_id=of(product).public_id, quantity=quantity, currency=currency, at=at
    )


def change(command, cart, product, **more):
    return command(actor=NOBODY, cart_id=cart.public_id, variant_id=of(product).public_id, at=LATER, **more)


def lines(cart):
    return [(line.variant.product.titles["en"], line.quantity, line.is_saved) for line in cart.lines.all()]


def see(cart, currency="IDR"):
    """What a look at the cart shows, as the page does it: what was told counts as seen."""
    sight = cart_sight(open_cart(cart.public_id), currency=currency, language="en", at=LATER)
    carts.take_note(sight=sight)
    return sight
