"""How carriers and lanes did: sums that the database makes, honest where there are few, and few queries."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ramah.commerce.models import Order
from ramah.commerce.testing import AT, make_order, make_shop
from ramah.shipping.models import Claim, Shipment
from ramah.shipping.queries import scores
from ramah.shipping.queries.scores import Score, carrier_scores, days_by, lane_scores, register_score, wilson
from ramah.shipping.testing import make_carrier, make_shipment

pytestmark = pytest.mark.django_db
UNTIL = AT + timedelta(days=28)
SINCE = AT - timedelta(hours=1)
NOW = UNTIL + timedelta(days=20)


@pytest.fixture(autouse=True)
def shop(monkeypatch):
    monkeypatch.setattr(scores, "_scores", {})  # higher apps have theirs
    return make_shop(currency="IDR")


@pytest.fixture
def jne():
    return make_carrier("jne", at=AT)


def parcel(carrier=None, *, after=timedelta(days=2), at=AT, address=None, promised=True, **told):
    """Handed over at `at`, promised for five days after, and there `after` a while (None: never)."""
    order = make_order(placed_at=at)
    if address is not None or not promised:
        Order.objects.filter(pk=order.pk).update(
            shipping_address=address or {}, **({} if promised else {"promised_from": None, "promised_to": None})
        )
    arrived = at + after if after is not None else None
    state = told.pop("state", "delivered" if arrived else "in_transit")
    return make_shipment(order, at=at, carried_by=carrier, delivered_at=arrived, state=state, **told)


def by_carrier(at=NOW):
    return {score.name: score for score in carrier_scores(SINCE, UNTIL, at=at)}


def test_shares_days_and_cost_of_each_carrier(jne, django_assert_max_num_queries):
    for days in (1, 1, 2, 3, 4):
        parcel(jne, after=timedelta(days=days), cost_amount=Decimal(9000), cost_currency="IDR")
    parcel(jne, after=timedelta(days=9), cost_amount=Decimal(7), cost_currency="USD")
    parcel(jne, after=None, state="lost")
    damaged = parcel(jne, attempt_count=2)
    Claim.objects.create(shipment=damaged, kind="damaged", amount=1, currency="IDR", created_at=AT)
    parcel(jne, after=None, state="returned", attempt_count=3, reason="damaged")
    parcel(None)

    with django_assert_max_num_queries(5):
        found = by_carrier()

    score = found["JNE"]
    assert (score.parcels, score.due, score.on_time) == (9, 9, 6)
    assert (score.lost, score.damaged, score.returned, score.attempted) == (1, 2, 1, 2)
    assert score.share("lost") == pytest.approx(1 / 9)
    assert score.cost.amount == 9000
    assert str(score.cost.currency) == "IDR"
    assert (score.median_days, score.p90_days) == (2.25, 9.25)
    assert found[""].parcels == 1
    assert list(found) == ["JNE", ""]


def test_what_is_promised_for_later_is_not_judged_yet(jne):
    parcel(jne, after=None)
    parcel(jne, promised=False)

    before, after = by_carrier(at=AT + timedelta(days=5))["JNE"], by_carrier(at=AT + timedelta(days=6))["JNE"]

    assert (before.parcels, before.due, before.on_time_share, before.interval) == (2, 0, None, None)
    assert (after.due, after.on_time) == (1, 0)


@pytest.mark.parametrize(
    ("hour", "on_time"), [(16, 1), (18, 0)], ids=["evening in Jakarta", "after midnight in Jakarta"]
)
def test_the_promised_day_ends_on_the_clock_of_the_shop(jne, hour, on_time, settings):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"
    parcel(jne, after=timedelta(days=5) + timedelta(hours=hour - AT.hour))

    assert by_carrier()["JNE"].on_time == on_time


def test_only_what_was_handed_over_in_the_period_counts_and_the_time_before_is_the_trend(jne):
    parcel(jne, at=SINCE - timedelta(seconds=1), after=timedelta(days=30))
    parcel(jne, at=SINCE)
    parcel(jne, at=UNTIL)
    parcel(jne, at=AT + timedelta(days=7))

    score = by_carrier()["JNE"]

    assert (score.parcels, score.on_time_share, score.before) == (2, 1.0, 0.0)
    assert score.weeks == ((date(2026, 3, 2), 1, 1), (date(2026, 3, 9), 1, 1))


def test_lanes_are_named_by_place_and_cities_of_one_region_are_one(django_assert_max_num_queries):
    jakarta = {"country": "ID", "region": "DKI Jakarta", "postal_code": "12930"}
    parcel(address={**jakarta, "city": "Jakarta Selatan"})
    parcel(address={**jakarta, "city": "Jakarta Pusat", "postal_code": "12110"})
    parcel(address={"country": "UA", "region": "Kyiv", "postal_code": "01001"}, after=timedelta(days=8))
    parcel(address={})
    parcel(address={"country": 7, "region": ["x"], "city": None})

    with django_assert_max_num_queries(2):  # with the terms of the shop
        found = {score.name: score for score in lane_scores(SINCE, UNTIL, at=NOW)}

    assert found["ID-dki_jakarta-12"].parcels == 2
    assert found["UA-kyiv-01"].on_time_share == 0.0
    assert found[""].parcels == 2


def test_lanes_of_one_carrier_and_no_more_than_asked_for(jne):
    parcel(jne, address={"country": "UA"})
    parcel(None, address={"country": "ID"})

    assert [score.name for score in lane_scores(SINCE, UNTIL, at=NOW, carrier_id=jne.pk)] == ["UA"]
    assert len(lane_scores(SINCE, UNTIL, at=NOW, most=1)) == 1


def test_a_higher_app_adds_a_count_of_its_own(jne):
    parcel(jne)
    parcel(None)
    register_score("contacts", lambda since, until: {jne.pk: 3} if (since, until) == (SINCE, UNTIL) else {})

    found = by_carrier()

    assert (found["JNE"].counts, found[""].counts) == ({"contacts": 3}, {"contacts": 0})
    assert found["JNE"].share("contacts") == 3.0


def test_nothing_handed_over_is_no_score():
    assert carrier_scores(SINCE, UNTIL, at=NOW) == []
    assert lane_scores(SINCE, UNTIL, at=NOW) == []
    assert not Shipment.objects.exists()


@pytest.mark.parametrize(
    ("hits", "count", "expected"),
    [(0, 0, None), (0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (81, 263, (0.2553, 0.3662)), (1, 1, (0.2065, 1.0))],
)
def test_the_interval_of_wilson(hits, count, expected):
    found = wilson(hits, count)

    assert found is None if expected is None else found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("quarters", "share", "days"),
    [({}, 0.5, None), ({0: 1}, 0.9, 0.25), ({3: 1, 7: 1}, 0.5, 1.0), ({3: 9, 40: 1}, 0.9, 1.0)],
)
def test_days_by_which_a_share_is_there(quarters, share, days):
    assert days_by(quarters, share) == days


def test_a_score_of_nothing_divides_by_nothing():
    empty = Score(None, "")

    assert (empty.on_time_share, empty.interval, empty.median_days, empty.cost, empty.share("lost")) == (None,) * 5
