"""Many buyers at the same moment, on a real database: one unit is sold once, one cart becomes one order."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from ramah.commerce.commands.checkout import CheckoutTold, LinesUnavailable, place_from_cart
from ramah.commerce.commands.orders import change_order_state
from ramah.commerce.commands.unpaid import cancel_unpaid
from ramah.commerce.commands.vouchers import VoucherRefused
from ramah.commerce.models import Order, StockChange, Variant, VoucherUse
from ramah.commerce.testing import ADDRESS, AT, make_cart, make_delivery, make_product, make_shop, make_voucher
from ramah.customers.models import Customer
from ramah.kernel.actors import NOBODY, SYSTEM
from ramah.kernel.testing import at_once
from ramah.promises.models import Promise

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS = 20


@pytest.fixture(autouse=True)
def jne():
    make_shop()
    return make_delivery()


def buying(way, cart, total, email="dana@mail.example"):
    told = CheckoutTold(email, ADDRESS, way.public_id, "bank_transfer", Decimal(total), "en")
    return lambda: place_from_cart(actor=NOBODY, cart=cart, told=told, at=AT)


def stock_adds_up(before):
    moved = StockChange.objects.aggregate(sum=Sum("change"))["sum"] or 0
    assert before + moved == Variant.objects.aggregate(sum=Sum("stock"))["sum"]


def test_one_unit_is_sold_to_one_of_twenty(jne):
    shirt = make_product(price=1000, stock=1)
    carts = [make_cart((shirt, 1)) for _ in range(BUYERS)]

    outcomes = at_once(*(buying(jne, cart, 13000, f"buyer{n}@mail.example") for n, cart in enumerate(carts)))

    refused = [one for one in outcomes if isinstance(one, LinesUnavailable)]
    assert (len(refused), Order.objects.count()) == (BUYERS - 1, 1)
    assert [(line.asked, line.left, line.problem) for one in refused for line in one.lines] == [
        (1, 0, "sold_out")
    ] * len(refused)
    assert Variant.objects.get().stock == 0
    assert list(StockChange.objects.values_list("change", "order")) == [(-1, Order.objects.get().pk)]
    assert (Promise.objects.count(), Customer.objects.count()) == (1, 1)


def test_two_variants_are_never_waited_for_crosswise(jne):
    a, b = make_product(price=1000, stock=5), make_product(price=1000, stock=5)
    carts = [make_cart((a, 1), (b, 1)) if n % 2 else make_cart((b, 1), (a, 1)) for n in range(BUYERS)]

    outcomes = at_once(*(buying(jne, cart, 14000, f"buyer{n}@mail.example") for n, cart in enumerate(carts)))

    assert sum(isinstance(one, Order) for one in outcomes) == 5
    assert sum(isinstance(one, LinesUnavailable) for one in outcomes) == BUYERS - 5
    assert [variant.stock for variant in Variant.objects.all()] == [0, 0]
    assert len({order.number for order in Order.objects.all()}) == 5
    stock_adds_up(10)


def test_a_cart_sent_eight_times_at_once_is_one_order(jne):
    cart = make_cart((make_product(price=1000, stock=9), 2))

    outcomes = at_once(*[buying(jne, cart, 14000)] * 8)

    assert {order.pk for order in outcomes} == {Order.objects.get().pk}
    assert Variant.objects.get().stock == 7


def test_a_voucher_for_one_use_is_used_once(jne):
    shirt, voucher = make_product(price=10000, stock=50), make_voucher(percent=10, use_limit=1)
    carts = [make_cart((shirt, 1), voucher=voucher) for _ in range(8)]

    outcomes = at_once(*(buying(jne, cart, 21000, f"buyer{n}@mail.example") for n, cart in enumerate(carts)))

    assert sum(isinstance(one, Order) for one in outcomes) == 1
    # Whoever looked before it was used is refused at using, the others see the total without it.
    assert all(isinstance(one, Order | VoucherRefused) or type(one).__name__ == "TotalChanged" for one in outcomes)
    assert (VoucherUse.objects.count(), Variant.objects.get().stock) == (1, 49)


def test_cancelling_while_others_buy_loses_no_piece(jne):
    shirt = make_product(price=1000, stock=4)
    first = buying(jne, make_cart((shirt, 2)), 14000)()
    carts = [make_cart((shirt, 1)) for _ in range(6)]

    def cancel():
        return change_order_state(actor=SYSTEM, order=first, state="cancelled", at=AT)

    at_once(cancel, *(buying(jne, cart, 13000, f"buyer{n}@mail.example") for n, cart in enumerate(carts)))

    stock_adds_up(4)
    assert Variant.objects.get().stock >= 0


def test_workers_that_cancel_at_once_cancel_each_order_once(jne):
    shirt = make_product(price=1000, stock=9)
    for _ in range(3):
        buying(jne, make_cart((shirt, 1)), 13000)()
    late = Order.objects.first().payment_due_at

    outcomes = at_once(*[lambda: cancel_unpaid(at=late)] * 4)

    assert sum(outcomes) == 3
    assert {order.state for order in Order.objects.all()} == {"cancelled"}
    assert Variant.objects.get().stock == 9
    stock_adds_up(9)
