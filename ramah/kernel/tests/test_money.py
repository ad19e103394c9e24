from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramah.kernel.money import Money, format_money, round_money


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("1499.5", "IDR", "1500"),
        ("1499.49", "IDR", "1499"),
        ("10.005", "UAH", "10.01"),
        ("10.004", "UAH", "10.00"),
        ("-10.005", "UAH", "-10.01"),
        ("0.5", "JPY", "1"),
        ("1.2345", "KWD", "1.235"),
    ],
)
def test_money_is_rounded_half_up_to_what_its_currency_counts_in(amount, currency, rounded):
    assert round_money(Money(amount, currency)) == Money(rounded, currency)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4), st.sampled_from(["IDR", "UAH", "EUR"]))
def test_rounding_again_changes_nothing_and_moves_less_than_one_unit(amount, currency):
    once = round_money(Money(amount, currency))

    assert round_money(once) == once
    assert abs(once.amount - amount) <= (Decimal("0.5") if currency == "IDR" else Decimal("0.005"))


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        ("150000", "IDR", "id", "Rp 150.000"),
        ("150000", "IDR", "en", "Rp 150.000"),
        ("150000", "IDR", "uk", "Rp 150.000"),
        ("1250.5", "UAH", "uk", "1 250,50 ₴"),
        ("1250", "UAH", "en", "1 250 ₴"),
        ("1250.5", "UAH", "id", "1 250,50 ₴"),
        ("-20", "UAH", "uk", "-20 ₴"),
        ("19.99", "EUR", "en", "€19.99"),
        ("1250", "CHF", "en", "CHF 1,250"),
        ("-150000", "IDR", "en", "-Rp 150.000"),
        ("0", "IDR", "id", "Rp 0"),
    ],
)
def test_money_is_written_as_people_of_the_language_write_it(amount, currency, language, written):
    said = format_money(Money(amount, currency), language)

    assert " ".join(said.replace("\u202f", " ").replace("\xa0", " ").replace("\u2212", "-").split()) == written
