"""What customers may still change about an order, case by case."""

from datetime import date
from decimal import Decimal

import pytest

from ramah.commerce.order_changes import (
    Answer,
    NewPlace,
    Offer,
    Standing,
    cancelling,
    changing_address,
    new_place,
)
from ramah.commerce.order_states import STATES

TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing("placed"), Answer.YES),
        (Standing("paid"), Answer.YES),
        (Standing("packed"), Answer.TOO_LATE),
        (Standing("packed", cancel_until="shipped"), Answer.YES),
        (Standing("paid", cancel_until="paid"), Answer.TOO_LATE),
        (Standing("placed", cancel_until="paid"), Answer.YES),
        (Standing("placed", cancel_until="placed"), Answer.TOO_LATE),
        (Standing("paid", cancel_until="whenever"), Answer.YES),
        (Standing("packed", cancel_until="whenever"), Answer.TOO_LATE),
        (Standing("packed", cancel_until="shipped", shipped_pieces=1), Answer.ON_ITS_WAY),
        (Standing("paid", shipped_pieces=1), Answer.ON_ITS_WAY),
        (Standing("shipped"), Answer.ON_ITS_WAY),
        (Standing("shipped", cancel_until="delivered"), Answer.ON_ITS_WAY),
        (Standing("delivered"), Answer.OVER),
        (Standing("cancelled"), Answer.OVER),
        (Standing("refunded"), Answer.OVER),
        (Standing("paid", source="csv"), Answer.ELSEWHERE),
        (Standing("paid", has_proof=False), Answer.NOT_PROVED),
        (Standing("cancelled", has_proof=False), Answer.NOT_PROVED),
    ],
)
def test_when_a_customer_may_cancel(standing, expected):
    assert cancelling(standing) is expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing("placed"), Answer.YES),
        (Standing("paid"), Answer.YES),
        # The limit for cancelling is the shop's choice; a parcel has one label.
        (Standing("paid", cancel_until="paid"), Answer.YES),
        (Standing("packed", cancel_until="shipped"), Answer.TOO_LATE),
        (Standing("paid", shipped_pieces=1), Answer.ON_ITS_WAY),
        (Standing("shipped"), Answer.ON_ITS_WAY),
        (Standing("completed"), Answer.OVER),
        (Standing("placed", source="csv"), Answer.ELSEWHERE),
        (Standing("placed", has_proof=False), Answer.NOT_PROVED),
    ],
)
def test_when_a_customer_may_have_it_sent_elsewhere(standing, expected):
    assert changing_address(standing) is expected


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("limit", ["paid", "packed", "shipped"])
def test_nothing_is_cancelled_or_moved_once_it_has_left(state, limit):
    standing = Standing(state, shipped_pieces=1, cancel_until=limit)

    assert cancelling(standing) is not Answer.YES
    assert changing_address(standing) is not Answer.YES


@pytest.mark.parametrize(
    ("same_country", "after", "expected"),
    [
        (True, Offer(Decimal(12000), TODAY), NewPlace.SAME_TERMS),
        (True, Offer(Decimal("12000.00"), date(2026, 3, 1)), NewPlace.SAME_TERMS),
        (True, Offer(Decimal(12000), TOMORROW), NewPlace.LATER),
        (True, Offer(Decimal(15000), TODAY), NewPlace.OTHER_COST),
        (True, Offer(Decimal(9000), TODAY), NewPlace.OTHER_COST),
        (True, None, NewPlace.NOT_DELIVERED),
        (False, Offer(Decimal(12000), TODAY), NewPlace.OTHER_COUNTRY),
    ],
)
def test_on_which_terms_it_goes_to_another_place(same_country, after, expected):
    before = Offer(Decimal(12000), TODAY)

    assert new_place(same_country=same_country, before=before, after=after) is expected


def test_what_the_shop_no_longer_offers_is_arranged_by_support():
    after = Offer(Decimal(12000), TODAY)

    assert new_place(same_country=True, before=None, after=after) is NewPlace.NOT_DELIVERED
