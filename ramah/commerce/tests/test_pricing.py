"""What a cart costs: tables of known carts, and what must hold for every cart there could be."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramah.commerce.models import Voucher
from ramah.commerce.pricing import (
    AMOUNT,
    FREE_SHIPPING,
    PERCENT,
    Line,
    Reduction,
    Terms,
    paid_shares,
    refundable,
    totals,
)
from ramah.kernel.money import Money, round_money

D = Decimal
PLACES = {"IDR": 0, "JPY": 0, "UAH": 2, "USD": 2, "EUR": 2, "KWD": 2}


def off(kind, worth=None):
    """A voucher as a value: off(PERCENT, 10), off(AMOUNT, 50000), off(FREE_SHIPPING)."""
    worth = None if worth is None else D(str(worth))
    return Reduction(kind, percent=worth if kind == PERCENT else None, amount=worth if kind == AMOUNT else None)


def cart(*prices_and_quantities):
    return [Line(key, D(str(price)), quantity) for key, (price, quantity) in enumerate(prices_and_quantities)]


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "terms"),
    [
        ([Line(1, D(-1), 1)], Terms("IDR")),
        ([Line(1, D(1), 0)], Terms("IDR")),
        ([Line(1, D(1), -3)], Terms("IDR")),
        ([Line(1, D(1), 1), Line(1, D(2), 1)], Terms("IDR")),
        ([], Terms("IDR", shipping_amount=D(-1))),
        ([], Terms("IDR", fee_amount=D(-1))),
        ([], Terms("IDR", tax_percent=D(-1))),
        ([], Terms("IDR", reduction=off("half"))),
        ([], Terms("IDR", reduction=off(PERCENT, "100.01"))),
        ([], Terms("IDR", reduction=off(PERCENT, -1))),
        ([], Terms("IDR", reduction=off(AMOUNT, -1))),
    ],
)
def test_what_cannot_be_sold_is_refused(lines, terms):
    with pytest.raises(ValueError, match=r"\w"):
        totals(lines, terms)


@pytest.mark.parametrize(("quantity", "refunded", "pieces"), [(0, 0, 0), (3, 0, 4), (3, 2, 2), (3, -1, 1), (3, 0, -1)])
def test_no_more_is_refunded_than_was_bought(quantity, refunded, pieces):
    with pytest.raises(ValueError, match="than were bought"):
        refundable(D(100), quantity=quantity, pieces=pieces, currency="IDR", refunded_pieces=refunded)


# --- known carts -----------------------------------------------------------------------------------------------------


def test_an_empty_cart_costs_nothing():
    priced = totals([], Terms("IDR"))

    assert (priced.lines, priced.items_amount, priced.tax_amount, priced.total_amount) == ((), 0, 0, 0)


def test_the_cart_of_the_mock():
    """A shirt and a bag, 11 % PPN in the prices, delivery 12.000: Rp 546.000."""
    priced = totals(cart((389000, 1), (145000, 1)), Terms("IDR", shipping_amount=D(12000), tax_percent=D(11)))

    assert (priced.items_amount, priced.shipping_amount, priced.total_amount) == (534000, 12000, 546000)
    assert priced.tax_amount == 54108  # 546000 * 11 / 111 = 54108.1
    assert [line.tax_amount for line in priced.lines] == [38550, 14369]
    assert priced.shipping_tax_amount == 1189


def test_tax_that_is_added_stands_beside_the_prices():
    priced = totals(
        cart((100, 2), (50, 1)),
        Terms("USD", shipping_amount=D(10), fee_amount=D(5), tax_percent=D("8.25"), tax_included=False),
    )

    assert (priced.items_amount, priced.tax_amount, priced.total_amount) == (250, D("21.86"), D("286.86"))
    assert [line.tax_amount for line in priced.lines] == [D("16.50"), D("4.12")]
    assert (priced.shipping_tax_amount, priced.fee_tax_amount) == (D("0.83"), D("0.41"))


@pytest.mark.parametrize(
    ("currency", "reduction", "discounts", "total"),
    [
        ("IDR", off(PERCENT, 10), [33, 33, 34], 900),
        ("IDR", off(PERCENT, 100), [333, 333, 334], 0),
        ("IDR", off(AMOUNT, 100), [33, 33, 34], 900),
        ("IDR", off(AMOUNT, 2000), [333, 333, 334], 0),
        ("IDR", off(AMOUNT, "0.4"), [0, 0, 0], 1000),
        ("UAH", off(PERCENT, "33.33"), ["110.99", "110.99", "111.32"], "666.70"),
        ("UAH", off(AMOUNT, 50), ["16.65", "16.65", "16.70"], 950),
        ("JPY", off(AMOUNT, 1), [0, 0, 1], 999),
        (None, off(FREE_SHIPPING), [0, 0, 0], 1000),
    ],
)
def test_a_discount_is_shared_by_the_lines_and_never_more_than_the_goods(currency, reduction, discounts, total):
    priced = totals(cart((333, 1), (333, 1), (334, 1)), Terms(currency or "IDR", reduction=reduction))

    assert [line.discount_amount for line in priced.lines] == [D(str(share)) for share in discounts]
    assert priced.total_amount == D(str(total))


def test_free_shipping_takes_the_shipping_and_nothing_else():
    terms = Terms("IDR", reduction=off(FREE_SHIPPING), shipping_amount=D(12000), fee_amount=D(5000))

    priced = totals(cart((100000, 1)), terms)

    assert (priced.shipping_amount, priced.shipping_discount, priced.discount_amount) == (0, 12000, 0)
    assert priced.total_amount == 105000


@pytest.mark.parametrize(
    ("currency", "price", "quantity", "total"),
    [
        ("IDR", "1000.50", 1, "1001"),
        ("IDR", "1000.49", 1, "1000"),
        ("IDR", "0.5", 3, "2"),
        ("UAH", "0.005", 1, "0.01"),
        ("JPY", "99.5", 1, "100"),
        ("KWD", "1.005", 1, "1.01"),  # rows keep two decimals
    ],
)
def test_a_line_is_rounded_half_up_to_what_its_currency_counts_in(currency, price, quantity, total):
    assert totals(cart((price, quantity)), Terms(currency)).total_amount == D(total)


def test_kinds_are_those_of_vouchers():
    assert {PERCENT, AMOUNT, FREE_SHIPPING} == set(Voucher.Kind.values)


@pytest.mark.parametrize(
    ("paid", "currency", "each"),
    [("1000", "IDR", ["333", "334", "333"]), ("10.00", "UAH", ["3.33", "3.34", "3.33"]), ("0", "IDR", ["0"] * 3)],
)
def test_three_pieces_that_come_back_one_by_one_give_back_the_line(paid, currency, each):
    told = [refundable(D(paid), quantity=3, pieces=1, currency=currency, refunded_pieces=before) for before in range(3)]

    assert told == [D(amount) for amount in each]
    assert sum(told) == D(paid)


# --- every cart ------------------------------------------------------------------------------------------------------

# How long a machine at work takes to think of a cart says nothing about carts.
calmly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
amounts = st.decimals(min_value=0, max_value=D(999_999_999), places=2)
small = st.decimals(min_value=0, max_value=D(2000), places=2)
prices = amounts | small
percents = st.decimals(min_value=0, max_value=D(40), places=2)
reductions = st.one_of(
    st.none(),
    st.just(off(FREE_SHIPPING)),
    st.decimals(min_value=D("0.01"), max_value=100, places=2).map(lambda percent: off(PERCENT, percent)),
    prices.map(lambda amount: off(AMOUNT, amount)),
)
carts = st.lists(st.tuples(prices, st.integers(1, 999)), max_size=8).map(lambda told: cart(*told))
some_terms = st.builds(
    Terms,
    currency=st.sampled_from(sorted(PLACES)),
    reduction=reductions,
    shipping_amount=prices,
    fee_amount=prices,
    tax_percent=percents,
    tax_included=st.booleans(),
)


def parts_of(priced):
    line_parts = [v for line in priced.lines for v in (line.total_amount, line.discount_amount, line.tax_amount)]
    return [
        *line_parts,
        *(line.paid_amount for line in priced.lines),
        priced.items_amount,
        priced.discount_amount,
        priced.shipping_amount,
        priced.shipping_discount,
        priced.shipping_tax_amount,
        priced.fee_amount,
        priced.fee_tax_amount,
        priced.tax_amount,
        priced.total_amount,
    ]


def sums_of(priced):
    return (priced.items_amount, priced.discount_amount, priced.shipping_amount, priced.tax_amount, priced.total_amount)


@calmly
@given(carts, some_terms)
def test_totals_are_the_sum_of_their_parts(lines, terms):
    priced = totals(lines, terms)

    assert priced.items_amount == sum(line.total_amount for line in priced.lines)
    assert priced.discount_amount == sum(line.discount_amount for line in priced.lines)
    line_tax = sum(line.tax_amount for line in priced.lines)
    assert priced.tax_amount == line_tax + priced.shipping_tax_amount + priced.fee_tax_amount
    added = D(0) if terms.tax_included else priced.tax_amount
    charged = priced.items_amount - priced.discount_amount + priced.shipping_amount + priced.fee_amount
    assert priced.total_amount == charged + added


@calmly
@given(carts, some_terms)
def test_nothing_is_below_zero_or_finer_than_the_currency(lines, terms):
    priced = totals(lines, terms)

    assert all(part >= 0 for part in parts_of(priced))
    assert all(part == round(part, PLACES[terms.currency]) for part in parts_of(priced))
    assert all(part == round_money(Money(part, terms.currency)).amount for part in parts_of(priced))
    assert all(line.discount_amount <= line.total_amount for line in priced.lines)
    assert priced.discount_amount <= priced.items_amount


@calmly
@given(carts, some_terms)
def test_tax_is_right_to_the_smallest_amount_in_every_part(lines, terms):
    """Shares differ from the exact figure by less than one of the smallest amounts, the whole by half of one."""
    smallest = D(1).scaleb(-PLACES[terms.currency])
    priced = totals(lines, terms)
    rate = terms.tax_percent / (100 + terms.tax_percent if terms.tax_included else 100)
    base = priced.items_amount - priced.discount_amount + priced.shipping_amount + priced.fee_amount

    assert abs(priced.tax_amount - base * rate) <= smallest / 2 + D("1e-9")
    for line in priced.lines:
        exact = (line.total_amount - line.discount_amount) * rate
        assert abs(line.tax_amount - exact) < smallest * D("1.5")


@calmly
@given(carts, some_terms)
def test_all_refunds_together_are_what_was_paid(lines, terms):
    priced = totals(lines, terms)

    shares = paid_shares(priced)

    assert shares.total_amount == priced.total_amount
    assert shares.shipping_amount >= 0
    assert shares.fee_amount >= 0
    assert all(amount >= 0 for amount in shares.lines.values())


@calmly
@given(prices, st.sampled_from(sorted(PLACES)), st.integers(1, 999), st.data())
def test_a_line_that_comes_back_in_any_steps_gives_back_what_was_paid(paid, currency, quantity, data):
    paid = totals([Line(1, paid, 1)], Terms(currency)).total_amount
    stops = data.draw(st.sets(st.integers(0, quantity), max_size=6))

    steps = list(pairwise(sorted({0, quantity, *stops})))
    refunds = [
        refundable(paid, quantity=quantity, pieces=after - before, currency=currency, refunded_pieces=before)
        for before, after in steps
    ]

    assert sum(refunds) == paid
    assert all(amount >= 0 for amount in refunds)


@calmly
@given(carts, some_terms, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_sum(lines, terms, random):
    shuffled = random.sample(lines, len(lines))

    assert sums_of(totals(shuffled, terms)) == sums_of(totals(lines, terms))
    assert totals(lines, terms) == totals(lines, terms)


@calmly
@given(carts, some_terms, prices, st.integers(1, 999))
def test_more_goods_never_cost_less(lines, terms, price, quantity):
    before = totals(lines, terms)

    after = totals([*lines, Line("more", price, quantity)], terms)

    assert after.total_amount >= before.total_amount
    assert after.discount_amount >= before.discount_amount


@calmly
@given(carts, some_terms)
def test_a_voucher_never_makes_it_dearer(lines, terms):
    assert totals(lines, terms).total_amount <= totals(lines, replace(terms, reduction=None)).total_amount


@calmly
@given(carts, some_terms, percents)
def test_a_higher_tax_never_makes_it_cheaper(lines, terms, more):
    taxed = replace(terms, tax_percent=terms.tax_percent + more)

    assert totals(lines, taxed).tax_amount >= totals(lines, terms).tax_amount
    assert totals(lines, taxed).total_amount >= totals(lines, terms).total_amount
