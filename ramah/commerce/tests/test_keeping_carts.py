"""What happens to carts over time: joined at sign-in, swept when old, given out and forgotten with their customer; races."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ramah.commerce.commands.carts import add_to_cart, merge_carts, set_quantity, sweep_carts
from ramah.commerce.commands.vouchers import use_voucher
from ramah.commerce.models import Cart, CartLine, Question, Review, Variant, Voucher
from ramah.commerce.queries.carts import cart_sight, open_cart
from ramah.commerce.testing import AT, make_cart, make_order, make_product, make_voucher
from ramah.commerce.tests.cart_steps import bag, shirt
from ramah.config.schedule import LANES
from ramah.customers.proof import SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY
from ramah.kernel.personal_data import personal_data_holders
from ramah.kernel.testing import at_once

__all__ = ["bag", "shirt"]
DAY = timedelta(days=1)


@pytest.fixture
def dana(db):
    return make_customer("Dana")


def lines(cart):
    return {line.variant.product.titles["en"]: (line.quantity, line.is_saved) for line in cart.lines.all()}


def merged(dana, guest, at=AT):
    return merge_carts(customer_id=dana.pk, guest_cart_id=guest.public_id if guest else "", at=at)


# --- signing in ------------------------------------------------------------------------------------------------------


def test_there_is_nothing_to_join(dana):
    assert merged(dana, None) is None
    assert merge_carts(customer_id=dana.pk, guest_cart_id="unknown", at=AT) is None


def test_without_a_cart_of_their_own_the_guests_becomes_theirs(dana, shirt):
    guest = make_cart((shirt, 2), voucher=make_voucher())

    kept = merged(dana, guest, at=AT + DAY)

    assert (kept, kept.customer_id, kept.updated_at) == (guest, dana.pk, AT + DAY)
    assert kept.voucher.code == "HEMAT10"
    assert open_cart("", customer_id=dana.pk) == guest


def test_lines_join_the_customers_cart(dana, shirt, bag):
    own, guest = make_cart((shirt, 1), customer=dana), make_cart((shirt, 2), (bag, 1))

    for _ in range(2):
        assert merged(dana, guest) == own

    assert lines(own) == {"Sanur linen shirt": (3, False), "Kawung bag": (1, False)}
    assert Cart.objects.get() == own
    assert CartLine.objects.count() == 2


def test_more_together_than_there_is_is_told_and_cut_at_the_next_look(dana, bag):
    own, guest = make_cart((bag, 2), customer=dana), make_cart((bag, 2))

    merged(dana, guest)

    (line,) = cart_sight(own, currency="IDR", language="en", at=AT).lines
    assert (line.asked, line.quantity, line.is_reduced) == (4, 3, True)


@pytest.mark.parametrize(
    ("own_saved", "guest_saved", "after"),
    [(False, False, (5, False)), (True, True, (5, True)), (True, False, (3, False)), (False, True, (2, False))],
)
def test_what_was_to_be_bought_in_either_is_to_be_bought(dana, shirt, own_saved, guest_saved, after):
    own, guest = make_cart((shirt, 2), customer=dana), make_cart((shirt, 3))
    own.lines.update(is_saved=own_saved)
    guest.lines.update(is_saved=guest_saved)

    merged(dana, guest)

    assert lines(own) == {"Sanur linen shirt": after}


def test_there_are_never_more_than_999(dana, shirt):
    own, guest = make_cart((shirt, 600), customer=dana), make_cart((shirt, 600))

    merged(dana, guest)

    assert lines(own) == {"Sanur linen shirt": (999, False)}


@pytest.mark.parametrize(
    ("own_code", "guest_code", "kept_code"), [("OWN", "", "OWN"), ("", "GUEST", "GUEST"), ("OWN", "GUEST", "GUEST")]
)
def test_a_voucher_is_kept_the_newer_word_first(dana, shirt, own_code, guest_code, kept_code):
    own_voucher = make_voucher(own_code) if own_code else None
    own = make_cart((shirt, 1), customer=dana, voucher=own_voucher)
    guest = make_cart((shirt, 1), voucher=make_voucher(guest_code) if guest_code else None)

    merged(dana, guest)

    own.refresh_from_db()
    assert own.voucher.code == kept_code


def test_the_currency_of_the_guest_counts_and_no_change_of_price_is_made_up(dana, shirt, bag):
    Variant.objects.update(other_prices={"UAH": ["1249.00", None]})
    own, guest = make_cart((shirt, 1), customer=dana), make_cart((bag, 1), currency="UAH")
    guest.lines.update(seen_amount=Decimal("1299.00"))

    merged(dana, guest)

    own.refresh_from_db()
    assert own.currency == "UAH"
    sight = cart_sight(own, currency="UAH", language="en", at=AT)
    told = {line.title.text: line.price_before and line.price_before.amount for line in sight.lines}
    assert told == {"Sanur linen shirt": None, "Kawung bag": 1299}


def test_further_carts_of_the_customer_join_too(dana, shirt, bag):
    older, newest = make_cart((bag, 1), customer=dana), make_cart((shirt, 1), customer=dana)

    assert merged(dana, None) == newest

    assert lines(newest) == {"Sanur linen shirt": (1, False), "Kawung bag": (1, False)}
    assert not Cart.objects.filter(pk=older.pk).exists()


def test_carts_of_others_and_carts_that_became_orders_are_left_alone(dana, shirt):
    elis, ordered = make_cart((shirt, 2), customer=make_customer("Eli")), make_cart((shirt, 1))
    Cart.objects.filter(pk=ordered.pk).update(order=make_order())

    assert merged(dana, elis) is None
    assert merged(dana, ordered) is None

    assert lines(elis) == {"Sanur linen shirt": (2, False)}
    ordered.refresh_from_db()
    assert ordered.customer is None


# --- old carts -------------------------------------------------------------------------------------------------------


def test_old_carts_of_guests_are_swept_and_no_others(dana, shirt):
    old, fresh, own = make_cart((shirt, 1)), make_cart((shirt, 1)), make_cart((shirt, 1), customer=dana)
    Cart.objects.filter(pk=fresh.pk).update(updated_at=AT + DAY)

    assert sweep_carts(at=AT + 90 * DAY) == 0
    assert sweep_carts(at=AT + 90 * DAY + timedelta(seconds=1)) == 1
    assert sweep_carts(at=AT + 90 * DAY + timedelta(seconds=1)) == 0

    assert set(Cart.objects.all()) == {fresh, own}
    assert not CartLine.objects.filter(cart_id=old.pk).exists()
    assert CartLine.objects.count() == 2


def test_sweeping_is_scheduled():
    assert [job.run for lane in LANES.values() for job in lane if job.name == "old carts"] == [sweep_carts]


# --- personal data ---------------------------------------------------------------------------------------------------


@pytest.fixture
def told_of_dana(dana, shirt, bag):
    """Carts, vouchers and voices of Dana, and the same of Eli."""
    for customer in (dana, make_customer("Eli")):
        voucher = make_voucher(f"FOR-{customer.name}".upper(), customer=customer, note=f"Sorry, {customer.name}")
        use_voucher(voucher, order=make_order(customer), customer=customer, at=AT)
        make_cart((shirt, 2), customer=customer, voucher=voucher)
        Review.objects.create(
            product=bag,
            customer=customer,
            rating=5,
            text=f"Words of {customer.name}",
            author_name=customer.name,
            language="en",
            created_at=AT,
        )
        Question.objects.create(
            product=bag,
            customer=customer,
            text=f"Question of {customer.name}",
            author_name=customer.name,
            language="en",
            created_at=AT,
        )
    return dana


def test_all_that_is_kept_of_a_customer_is_given_out(told_of_dana):
    told = {holder.key: holder.export(told_of_dana.pk) for holder in personal_data_holders()}

    sku = Variant.objects.get(product__titles__en="Sanur linen shirt").sku
    (cart,) = told["commerce.carts"]["carts"]
    assert cart["lines"] == [{"sku": sku, "quantity": 2, "for_later": False}]
    assert (cart["currency"], cart["voucher"]) == ("IDR", "FOR-DANA")
    assert told["commerce.carts"]["vouchers"]["own"] == ["FOR-DANA"]
    assert [use["code"] for use in told["commerce.carts"]["vouchers"]["used"]] == ["FOR-DANA"]
    assert "Words of Dana" in str(told["commerce.voices"])
    assert "Question of Dana" in str(told["commerce.voices"])
    assert "Eli" not in str(told)
    assert "ELI" not in str(told)


@pytest.mark.parametrize("times", [1, 2])
def test_it_is_forgotten_and_nothing_of_others(told_of_dana, times):
    for _ in range(times):
        for holder in personal_data_holders():
            holder.erase(told_of_dana.pk)

    assert [cart.customer.name for cart in Cart.objects.all()] == ["Eli"]
    vouchers = {voucher.code: (voucher.is_active, voucher.note) for voucher in Voucher.objects.all()}
    assert vouchers == {"FOR-DANA": (False, ""), "FOR-ELI": (True, "Sorry, Eli")}
    for voices in (Review, Question):
        assert set(voices.objects.values_list("author_name", "customer__name")) == {("", None), ("Eli", "Eli")}


# --- at the same moment: on SQLite, and in the second round of `make test` on PostgreSQL -----------------------------


@pytest.mark.django_db(transaction=True)
def test_signing_in_many_times_at_once_joins_once():
    shirt, dana = make_product("Shirt", stock=100), make_customer("Dana")
    own, guest = make_cart((shirt, 1), customer=dana), make_cart((shirt, 2))

    outcomes = at_once(*[lambda: merged(dana, guest)] * 6)

    assert outcomes == [own] * 6
    assert lines(own) == {"Shirt": (3, False)}
    assert Cart.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_browsers_that_sign_in_at_once_end_in_one_cart():
    shirt, dana = make_product("Shirt", stock=100), make_customer("Dana")
    guests = [make_cart((shirt, 2)), make_cart((shirt, 3))]

    outcomes = at_once(*[lambda guest=guest: merged(dana, guest) for guest in guests])

    assert outcomes[0] == outcomes[1] == Cart.objects.get()
    assert lines(Cart.objects.get()) == {"Shirt": (5, False)}


@pytest.mark.django_db(transaction=True)
def test_many_tabs_put_in_at_once_and_nothing_is_lost():
    shirt, dana = make_product("Shirt", stock=100), make_customer("Dana")
    variant_id, actor = shirt.variants.get().public_id, CustomerActor(dana.pk, SIGNED_IN)

    outcomes = at_once(
        *[
            lambda: (
                add_to_cart(actor=actor, cart_id="", variant_id=variant_id, quantity=1, currency="IDR", at=AT).quantity
            )
        ]
        * 6
    )

    assert sorted(outcomes) == [1, 2, 3, 4, 5, 6]
    assert lines(Cart.objects.get()) == {"Shirt": (6, False)}


@pytest.mark.django_db(transaction=True)
def test_putting_in_while_signing_in_loses_nothing():
    shirt, bag, dana = make_product("Shirt", stock=100), make_product("Bag", stock=100), make_customer("Dana")
    for _ in range(3):
        Cart.objects.all().delete()
        own, guest = make_cart((shirt, 1), customer=dana), make_cart((shirt, 2))
        variant_id = bag.variants.get().public_id

        joined, added = at_once(
            lambda guest=guest: merged(dana, guest),
            lambda guest=guest, variant_id=variant_id: add_to_cart(
                actor=NOBODY, cart_id=guest.public_id, variant_id=variant_id, quantity=1, currency="IDR", at=AT
            ),
        )

        assert joined == own
        assert lines(own)["Shirt"] == (3, False)
        # Either it was in time to come along, or the guest has a new cart.
        assert lines(own if added.cart == guest else added.cart)["Bag"] == (1, False)


@pytest.mark.django_db(transaction=True)
def test_quantities_set_at_once_end_as_one_of_them():
    shirt = make_product("Shirt", stock=100)
    cart, variant_id = make_cart((shirt, 1)), shirt.variants.get().public_id

    outcomes = at_once(
        *[
            lambda n=n: (
                set_quantity(actor=NOBODY, cart_id=cart.public_id, variant_id=variant_id, quantity=n, at=AT).quantity
            )
            for n in (2, 3, 4, 5)
        ]
    )

    assert outcomes == [2, 3, 4, 5]
    assert lines(cart)["Shirt"][0] in (2, 3, 4, 5)
