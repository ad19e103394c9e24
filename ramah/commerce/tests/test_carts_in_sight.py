"""What a cart says of itself: changes since the last look, other currencies, vouchers and sums, whose it is."""

from decimal import Decimal

import pytest

from ramah.commerce.commands import carts
from ramah.commerce.commands.vouchers import VoucherRefused, use_voucher
from ramah.commerce.models import Product, TaxRate, Variant
from ramah.commerce.queries import carts as reads
from ramah.commerce.queries import vouchers as rules
from ramah.commerce.queries.carts import cart_sight, open_cart, piece_count
from ramah.commerce.testing import AT, make_cart, make_order, make_voucher
from ramah.commerce.tests.cart_steps import LATER, add, bag, change, lines, of, see, shirt
from ramah.customers.proof import SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY

__all__ = ["bag", "shirt"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def dana():
    return make_customer("Dana")


def signed_in(customer):
    return CustomerActor(customer.pk, SIGNED_IN, customer.name)


# --- what has changed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("now", "is_cheaper"), [(349000, True), (399000, False)])
def test_another_price_is_told_once(shirt, now, is_cheaper):
    cart = make_cart((shirt, 2))
    Variant.objects.update(price_amount=Decimal(now))

    (line,) = see(cart).lines

    assert (line.price_before.amount, line.price.amount, line.total.amount) == (389000, now, 2 * now)
    assert line.is_cheaper is is_cheaper
    (again,) = see(cart).lines
    assert (again.price_before, again.price.amount) == (None, now)


def test_adding_more_does_not_hide_another_price(shirt):
    cart = make_cart((shirt, 1))
    Variant.objects.update(price_amount=Decimal(399000))

    add(shirt, cart_id=cart.public_id)

    assert see(cart).lines[0].price_before.amount == 389000


def test_fewer_pieces_are_told_once_and_what_is_left_counts(shirt):
    cart = make_cart((shirt, 5))
    Variant.objects.update(stock=2)

    sight = see(cart)

    (line,) = sight.lines
    assert (line.asked, line.quantity, line.left, line.is_reduced) == (5, 2, 2, True)
    assert (sight.count, sight.items_amount) == (2, 778000)
    (again,) = see(cart).lines
    assert (again.asked, again.quantity, again.is_reduced, again.is_few) == (2, 2, False, True)


def test_what_is_sold_out_stays_in_sight_and_does_not_count(shirt, bag):
    cart = make_cart((shirt, 2), (bag, 1))
    Variant.objects.filter(product=shirt).update(stock=-1, price_amount=Decimal(1))

    for _look in range(2):
        sight = see(cart)
        assert next((line.problem, line.quantity, line.total) for line in sight.lines) == (reads.SOLD_OUT, 0, None)
        assert [line.title.text for line in sight.counting] == ["Kawung bag"]
        assert (sight.count, sight.items_amount) == (1, 145000)
    assert lines(cart)[0] == ("Sanur linen shirt", 2, False)


@pytest.mark.parametrize("hidden", ["variant", "product"])
def test_what_is_no_longer_sold_is_said(shirt, hidden):
    cart = make_cart((shirt, 2))
    if hidden == "variant":
        Variant.objects.update(is_active=False)
    else:
        Product.objects.update(status=Product.Status.DRAFT)

    assert [(line.problem, line.quantity) for line in see(cart).lines] == [(reads.NOT_SOLD, 0)]


def test_what_was_seen_and_changed_again_in_between_is_told_next_time(shirt):
    cart = make_cart((shirt, 5))
    Variant.objects.update(stock=2)
    sight = cart_sight(open_cart(cart.public_id), currency="IDR", language="en", at=LATER)
    change(carts.set_quantity, cart, shirt, quantity=1)

    carts.take_note(sight=sight)

    assert lines(cart) == [("Sanur linen shirt", 1, False)]


def test_looking_without_anything_new_writes_nothing(shirt, django_assert_num_queries):
    cart = make_cart((shirt, 2), voucher=make_voucher())

    with django_assert_num_queries(3):  # the cart, the lines with variants and products, the voucher
        sight = see(cart)

    assert carts.take_note(sight=sight) is False
    assert carts.take_note(sight=cart_sight(None, currency="IDR", language="en", at=AT)) is False


def test_texts_are_in_the_language_asked_for(shirt):
    Product.objects.update(titles={"en": "Linen shirt", "uk": "Лляна сорочка"})
    cart = make_cart((shirt, 1))

    titles = [cart_sight(cart, currency="IDR", language=language, at=AT).lines[0].title for language in ("uk", "id")]

    assert [(title.text, title.is_fallback) for title in titles] == [("Лляна сорочка", False), ("Linen shirt", True)]


# --- another currency ------------------------------------------------------------------------------------------------


def test_prices_follow_the_currency_and_what_is_not_sold_for_it_is_said(shirt, bag):
    Variant.objects.filter(product=shirt).update(other_prices={"UAH": ["1249.00", "1499.00"]})
    cart = make_cart((shirt, 2), (bag, 1))

    sight = see(cart, "UAH")

    first, second = sight.lines
    assert (first.price.amount, first.compare_at.amount, first.price_before) == (1249, 1499, None)
    assert (second.problem, second.price, second.total) == (reads.OTHER_CURRENCY, None, None)
    assert (sight.items_amount, sight.currency) == (2498, "UAH")
    cart.refresh_from_db()
    assert cart.currency == "UAH"


def test_neither_going_there_nor_coming_back_looks_like_a_change_of_price(shirt, bag):
    Variant.objects.filter(product=shirt).update(other_prices={"UAH": ["1249.00", None]})
    cart = make_cart((shirt, 2), (bag, 1))
    see(cart, "UAH")

    Variant.objects.filter(product=bag).update(other_prices={"UAH": ["499.00", None]})

    assert [line.price_before for line in see(cart, "UAH").lines] == [None, None]
    assert [line.price_before for line in see(cart, "IDR").lines] == [None, None]


def test_adding_in_another_currency_takes_the_cart_along(shirt, bag):
    Variant.objects.update(other_prices={"UAH": ["1249.00", None]})
    cart = make_cart((shirt, 2))

    add(bag, cart_id=cart.public_id, currency="UAH")

    cart.refresh_from_db()
    assert cart.currency == "UAH"
    assert {line.seen_amount for line in cart.lines.all()} == {Decimal("1249.00")}


# --- vouchers and sums -----------------------------------------------------------------------------------------------


def apply(cart, code, *, currency="IDR", actor=NOBODY):
    return carts.apply_voucher(actor=actor, cart_id=cart.public_id, code=code, currency=currency, at=AT)


def test_a_voucher_makes_it_cheaper(shirt, bag):
    make_voucher("HEMAT10")
    cart = make_cart((shirt, 1), (bag, 1))

    apply(cart, " hemat 10 ")

    sums = see(cart).totals(TaxRate(country="ID", percent=Decimal(11)), shipping_amount=Decimal(12000))
    assert (sums.items_amount, sums.discount_amount, sums.total_amount) == (534000, 53400, 492600)
    carts.remove_voucher(actor=NOBODY, cart_id=cart.public_id, at=AT)
    carts.remove_voucher(actor=NOBODY, cart_id=cart.public_id, at=AT)
    assert see(cart).totals().total_amount == 534000


@pytest.mark.parametrize(
    ("fields", "reason"), [({"ends_at": AT}, rules.OVER), ({"currency": "UAH"}, rules.OTHER_CURRENCY)]
)
def test_one_that_does_not_count_is_refused_and_the_former_stays(shirt, fields, reason):
    former = make_voucher("FORMER")
    make_voucher("NEW", **fields)
    cart = make_cart((shirt, 1), voucher=former)

    with pytest.raises(VoucherRefused) as refused:
        apply(cart, "new")
    with pytest.raises(VoucherRefused) as unknown:
        apply(cart, "nothing")

    assert (refused.value.reason, unknown.value.reason) == (reason, rules.UNKNOWN)
    assert see(cart).voucher == former


def test_one_that_needs_more_goods_waits_on_the_cart(shirt):
    make_voucher("MORE", currency="IDR", minimum_amount=Decimal(500000))
    cart = make_cart((shirt, 1))

    apply(cart, "more")

    sight = see(cart)
    assert (sight.refusal.reason, sight.refusal.missing.amount, sight.reduction) == (rules.MINIMUM, 111000, None)
    add(shirt, cart_id=cart.public_id)
    assert (see(cart).refusal, see(cart).totals().discount_amount) == (None, 77800)


def test_what_cannot_be_bought_does_not_reach_the_minimum(shirt, bag):
    cart = make_cart((shirt, 1), (bag, 1), voucher=make_voucher(currency="IDR", minimum_amount=Decimal(500000)))
    assert see(cart).refusal is None

    Variant.objects.filter(product=shirt).update(stock=0)

    assert see(cart).refusal.missing.amount == 355000


def test_a_voucher_on_the_cart_that_ran_out_is_said(shirt):
    voucher = make_voucher(use_limit=1)
    cart = make_cart((shirt, 1), voucher=voucher)
    use_voucher(voucher, order=make_order(), customer=make_customer("Eli"), at=AT)

    sight = see(cart)

    assert (sight.refusal.reason, sight.totals().total_amount) == (rules.USED_UP, 389000)


def test_no_voucher_without_a_cart():
    make_voucher("HEMAT10")
    for command in (
        lambda: carts.apply_voucher(actor=NOBODY, cart_id="", code="HEMAT10", currency="IDR", at=AT),
        lambda: carts.remove_voucher(actor=NOBODY, cart_id="gone", at=AT),
    ):
        with pytest.raises(carts.LineGone):
            command()


# --- whose cart ------------------------------------------------------------------------------------------------------


def test_a_customer_never_gets_anothers_cart(shirt, dana):
    eli = make_customer("Eli")
    elis = make_cart((shirt, 2), customer=eli)

    told = add(shirt, cart_id=elis.public_id, actor=signed_in(dana))

    assert open_cart(elis.public_id, customer_id=dana.pk) == told.cart
    assert (told.cart.customer, told.count) == (dana, 1)
    assert lines(elis) == [("Sanur linen shirt", 2, False)]
    for command in (carts.remove_line, carts.save_for_later, carts.move_to_cart):
        with pytest.raises(carts.LineGone):
            command(
                actor=CustomerActor(make_customer("Mallory").pk, SIGNED_IN),
                cart_id=elis.public_id,
                variant_id=of(shirt).public_id,
                at=AT,
            )


def test_a_customer_finds_the_cart_on_any_device(shirt, dana):
    cart = make_cart((shirt, 2), customer=dana)

    assert open_cart("", customer_id=dana.pk) == cart
    assert open_cart("unknown", customer_id=dana.pk) == cart
    assert open_cart(cart.public_id) == cart  # by the cookie of this browser
    assert open_cart("") is None
    assert open_cart("unknown") is None
    assert add(shirt, actor=signed_in(dana)).cart == cart
    assert piece_count(cart) == 3
