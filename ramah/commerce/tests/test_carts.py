"""Carts: putting in and taking out, what has changed since it was seen, whose cart it is, vouchers on it."""

from datetime import timedelta

import pytest

from ramah.commerce.commands import carts
from ramah.commerce.models import Cart, CartLine, Product, Variant
from ramah.commerce.queries.carts import open_cart, variant_on_sale
from ramah.commerce.testing import AT, make_cart, make_order, make_product
from ramah.commerce.tests.cart_steps import LATER, add, bag, change, lines, of, see, shirt
from ramah.kernel.actors import NOBODY

__all__ = ["bag", "shirt"]
pytestmark = pytest.mark.django_db


# --- putting in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [0, -1, -999, 1000, 10**12])
def test_a_quantity_out_of_range_changes_nothing(shirt, quantity):
    with pytest.raises(carts.WrongQuantity):
        add(shirt, quantity)

    assert not Cart.objects.exists()


@pytest.mark.parametrize("variant_id", ["", "nothing", "x" * 300, "' or 1=1"])
def test_an_unknown_variant_is_not_put_in(variant_id):
    with pytest.raises(carts.NotSold):
        carts.add_to_cart(actor=NOBODY, cart_id="", variant_id=variant_id, quantity=1, currency="IDR", at=AT)

    assert not Cart.objects.exists()


@pytest.mark.parametrize("hidden", ["variant", "draft", "archived"])
def test_what_is_not_offered_is_not_put_in(shirt, hidden):
    if hidden == "variant":
        Variant.objects.update(is_active=False)
    else:
        Product.objects.update(status=hidden)

    with pytest.raises(carts.NotSold):
        add(shirt)

    assert variant_on_sale(of(shirt).public_id) is None
    assert not Cart.objects.exists()


def test_what_has_no_price_in_the_currency_is_not_put_in(shirt):
    with pytest.raises(carts.NotSold):
        add(shirt, currency="UAH")

    assert not Cart.objects.exists()


@pytest.mark.parametrize("stock", [0, -2])
def test_what_is_sold_out_is_not_put_in(shirt, stock):
    Variant.objects.update(stock=stock)

    with pytest.raises(carts.SoldOut):
        add(shirt)

    assert not Cart.objects.exists()


def test_the_first_thing_begins_a_cart(shirt):
    told = add(shirt, 2)

    assert (told.count, told.before, told.asked, told.quantity, told.is_cut) == (2, 0, 2, 2, False)
    line = CartLine.objects.get()
    assert (line.cart, line.seen_amount, line.cart.customer, line.cart.currency) == (told.cart, 389000, None, "IDR")


def test_the_same_again_adds_up(shirt, bag):
    cart = add(shirt, 2).cart
    add(bag, cart_id=cart.public_id)

    told = add(shirt, 3, cart_id=cart.public_id)

    assert (told.cart, told.count, told.before, told.quantity) == (cart, 6, 2, 5)
    assert lines(cart) == [("Sanur linen shirt", 5, False), ("Kawung bag", 1, False)]


def test_more_than_there_is_puts_in_what_there_is_and_says_so(bag):
    told = add(bag, 5)
    again = add(bag, 1, cart_id=told.cart.public_id)

    assert (told.asked, told.quantity, told.is_cut) == (5, 3, True)
    assert (again.before, again.asked, again.quantity, again.is_cut) == (3, 4, 3, True)


def test_there_are_never_more_than_999_of_a_thing(shirt):
    Variant.objects.update(stock=5000)
    cart = add(shirt, 999).cart

    assert add(shirt, 999, cart_id=cart.public_id).quantity == 999


def test_a_cart_holds_a_hundred_different_things(shirt, monkeypatch):
    cart = add(shirt).cart
    monkeypatch.setattr(carts, "MOST_LINES", 1)

    with pytest.raises(carts.CartFull):
        add(make_product("Another"), cart_id=cart.public_id)

    assert add(shirt, cart_id=cart.public_id).quantity == 2


def test_what_was_kept_for_later_comes_back_with_what_is_asked_for_now(shirt):
    cart = make_cart((shirt, 4))
    change(carts.save_for_later, cart, shirt)

    told = add(shirt, 1, cart_id=cart.public_id)

    assert (told.before, told.quantity) == (0, 1)
    assert lines(cart) == [("Sanur linen shirt", 1, False)]


@pytest.mark.parametrize("cart_id", ["unknown", "'", "x" * 500])
def test_a_cart_that_is_unknown_is_begun_anew(shirt, cart_id):
    told = add(shirt, cart_id=cart_id)

    assert told.cart.public_id != cart_id
    assert Cart.objects.count() == 1


def test_a_cart_that_became_an_order_is_closed(shirt):
    ordered = make_cart((shirt, 1))
    Cart.objects.update(order=make_order())

    told = add(shirt, cart_id=ordered.public_id)

    assert open_cart(ordered.public_id) is None
    assert told.cart != ordered
    assert lines(ordered) == [("Sanur linen shirt", 1, False)]
    with pytest.raises(carts.LineGone):
        change(carts.remove_line, ordered, shirt)


def test_putting_in_costs_four_queries(shirt, django_assert_num_queries):
    told = {"actor": NOBODY, "variant_id": of(shirt).public_id, "quantity": 1, "currency": "IDR", "at": AT}

    with django_assert_num_queries(4 + 2):  # variant, cart, its lines, line; 2: the transaction
        cart = carts.add_to_cart(cart_id="", **told).cart
    with django_assert_num_queries(4 + 2):
        carts.add_to_cart(cart_id=cart.public_id, **told)


def test_when_it_was_changed_is_noted_once_an_hour(shirt):
    cart = add(shirt).cart
    add(shirt, cart_id=cart.public_id, at=AT + timedelta(minutes=59))
    cart.refresh_from_db()
    assert cart.updated_at == AT

    add(shirt, cart_id=cart.public_id, at=LATER)
    cart.refresh_from_db()
    assert cart.updated_at == LATER


# --- changing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [-1, 1000, 10**12])
def test_a_line_cannot_have_any_quantity(shirt, quantity):
    cart = make_cart((shirt, 2))

    with pytest.raises(carts.WrongQuantity):
        change(carts.set_quantity, cart, shirt, quantity=quantity)

    assert lines(cart) == [("Sanur linen shirt", 2, False)]


@pytest.mark.parametrize("command", [carts.remove_line, carts.save_for_later, carts.move_to_cart, carts.set_quantity])
def test_a_line_or_cart_that_is_gone_is_said_to_be(shirt, bag, command):
    cart, more = make_cart((shirt, 2)), {"quantity": 1} if command is carts.set_quantity else {}

    with pytest.raises(carts.LineGone):
        change(command, cart, bag, **more)
    cart.delete()
    with pytest.raises(carts.LineGone):
        change(command, cart, shirt, **more)


def test_the_quantity_is_set_as_far_as_there_is(shirt, bag):
    cart = make_cart((shirt, 2), (bag, 1))

    assert change(carts.set_quantity, cart, shirt, quantity=4).count == 5
    told = change(carts.set_quantity, cart, bag, quantity=9)

    assert (told.before, told.asked, told.quantity, told.is_cut, told.count) == (1, 9, 3, True, 7)
    assert lines(cart) == [("Sanur linen shirt", 4, False), ("Kawung bag", 3, False)]


def test_none_takes_the_line_out_and_knows_how_many_there_were(shirt, bag):
    cart = make_cart((shirt, 2), (bag, 1))

    told = change(carts.set_quantity, cart, shirt, quantity=0)

    assert (told.before, told.quantity, told.count, told.variant) == (2, 0, 1, of(shirt))
    assert lines(cart) == [("Kawung bag", 1, False)]


def test_the_quantity_of_what_cannot_be_bought_stays(shirt, bag):
    cart = make_cart((shirt, 2), (bag, 1))
    Variant.objects.filter(product=shirt).update(stock=0)
    Variant.objects.filter(product=bag).update(is_active=False)

    with pytest.raises(carts.SoldOut):
        change(carts.set_quantity, cart, shirt, quantity=1)
    with pytest.raises(carts.NotSold):
        change(carts.set_quantity, cart, bag, quantity=2)

    assert lines(cart) == [("Sanur linen shirt", 2, False), ("Kawung bag", 1, False)]


def test_kept_for_later_it_is_in_sight_but_not_in_the_sum(shirt, bag):
    cart = make_cart((shirt, 2), (bag, 1))

    told = change(carts.save_for_later, cart, shirt)

    sight = see(cart)
    assert (told.count, sight.count, sight.items_amount) == (1, 1, 145000)
    assert [line.title.text for line in sight.saved] == ["Sanur linen shirt"]
    with pytest.raises(carts.LineGone):
        change(carts.set_quantity, cart, shirt, quantity=1)
    back = change(carts.move_to_cart, cart, shirt)
    assert (back.quantity, back.count) == (2, 3)


def test_as_many_come_back_as_there_are(shirt):
    cart = make_cart((shirt, 4))
    change(carts.save_for_later, cart, shirt)
    Variant.objects.update(stock=3)

    told = change(carts.move_to_cart, cart, shirt)
    assert (told.asked, told.quantity, told.is_cut) == (4, 3, True)

    change(carts.save_for_later, cart, shirt)
    Variant.objects.update(stock=0)
    with pytest.raises(carts.SoldOut):
        change(carts.move_to_cart, cart, shirt)
