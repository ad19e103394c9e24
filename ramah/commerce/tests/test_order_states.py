"""Which way an order may go."""

from itertools import product

import pytest

from ramah.commerce import order_states as s

ALLOWED = {
    ("placed", "paid"), ("placed", "packed"), ("placed", "cancelled"),
    ("paid", "packed"), ("paid", "cancelled"), ("paid", "refunded"),
    ("packed", "shipped"), ("packed", "cancelled"), ("packed", "refunded"),
    ("shipped", "delivered"), ("shipped", "returned"),
    ("delivered", "completed"), ("delivered", "returned"), ("delivered", "refunded"),
    ("completed", "returned"), ("completed", "refunded"),
    ("returned", "completed"), ("returned", "refunded"),
    ("cancelled", "refunded"),
}  # fmt: skip


@pytest.mark.parametrize(("from_state", "to_state"), list(product(s.STATES, repeat=2)))
def test_an_order_goes_only_where_the_table_lets_it(from_state, to_state):
    assert s.may_change(from_state, to_state) == ((from_state, to_state) in ALLOWED)


def test_every_state_can_be_reached_and_refunded_is_the_end():
    assert {to for _, to in ALLOWED} == set(s.STATES) - {"placed"}
    assert not s.ALLOWED["refunded"]


@pytest.mark.parametrize(
    ("state", "open_parcel"), [("placed", True), ("paid", True), ("packed", False), ("cancelled", False)]
)
def test_address_and_lines_may_change_before_packing(state, open_parcel):
    assert s.is_before_packing(state) == open_parcel
