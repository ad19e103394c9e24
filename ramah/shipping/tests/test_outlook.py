"""What pages are told of what is expected, and how well it was foreseen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ramah.commerce.testing import AT, make_order
from ramah.shipping.models import Flight, ForecastPoint, Lane
from ramah.shipping.queries.outlook import FEW, LIKELY, calibration, outlook_of, thresholds
from ramah.shipping.testing import make_flight, make_shipment

pytestmark = pytest.mark.django_db
DAY = 86400
NOW = AT + timedelta(days=30)
PROMISED = int((AT + timedelta(days=5)).timestamp())


@pytest.fixture(autouse=True)
def jakarta(settings):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"


def seconds(**span):
    return int((AT + timedelta(**span)).timestamp())


def flying(order, *, days, shipment=None, lane=None, **told):
    quantiles = {f"q{share}": seconds(days=days + more) for share, more in [(10, -1), (50, 0), (80, 1), (90, 2)]}
    lanes = {"lane": lane} if lane else {}
    return make_flight(
        order, at=AT, shipment=shipment, forecast_at=seconds(hours=1), version=3, **quantiles, **told, **lanes
    )


def test_a_parcel_is_expected_on_days_of_where_it_goes():
    order = make_order()
    shipment = make_shipment(order, at=AT)
    # Nine in the morning UTC is six in the evening in Tokyo; with seven hours more it is the day after.
    tokyo = Lane.objects.create(destination="JP-tokyo-10")
    flying(order, days=3 + 7 / 24, shipment=shipment, lane=tokyo, p_late=0.3, p_lost=0.01, level=1)

    outlook = outlook_of(shipment, at=AT)

    assert (outlook.expected_from, outlook.expected, outlook.expected_to) == (
        date(2026, 3, 5),
        date(2026, 3, 6),
        date(2026, 3, 8),
    )
    assert (outlook.likely_until, outlook.likely_end) == (
        date(2026, 3, 7),
        datetime(2026, 3, 7, 14, 59, 59, tzinfo=UTC),
    )
    assert (outlook.p_late, outlook.p_lost, outlook.level, outlook.version) == (0.3, 0.01, 1, 3)
    assert (outlook.promised, outlook.forecast_at) == (AT + timedelta(days=3), AT + timedelta(hours=1))


def test_an_order_is_there_with_the_latest_of_its_parts(django_assert_num_queries):
    order = make_order()
    flying(order, days=2, shipment=make_shipment(order, at=AT), p_late=0.1)
    flying(order, days=4, level=1, p_late=0.9, promised=0)

    with django_assert_num_queries(1):
        outlook = outlook_of(order, at=AT)

    assert (outlook.expected, outlook.level, outlook.p_late) == (date(2026, 3, 6), 1, 0.9)
    assert outlook.promised == AT + timedelta(days=3)


def test_no_day_is_told_that_is_over():
    order = make_order()
    flying(order, days=2)

    outlook = outlook_of(order, at=AT + timedelta(days=9))

    assert {outlook.expected_from, outlook.expected, outlook.expected_to, outlook.likely_until} == {date(2026, 3, 11)}


def test_nothing_is_said_of_what_is_there_or_was_not_looked_at_yet():
    order = make_order()
    shipment = make_shipment(order, at=AT)
    assert outlook_of(order, at=AT) is None

    make_flight(order, at=AT, shipment=shipment)

    assert outlook_of(shipment, at=AT) is None


def test_moments_without_end_are_told_all_the_same():
    order = make_order()
    flying(order, days=2)
    Flight.objects.update(q80=2**60, q90=2**62)

    assert outlook_of(order, at=AT).expected_to.year == 9998


def said(p, *, arrived, count=1, stage=1, at=0, inside=True, **shipped):
    """So many statements on a parcel, and when it was there (days after AT; None: never)."""
    told = {} if arrived is None else {"delivered_at": AT + timedelta(days=arrived), "state": "delivered"}
    shipment = make_shipment(make_order(), at=AT, **told, **shipped)
    of = {"order_id": shipment.order_id, "shipment_id": shipment.pk, "stage": stage, "level": 0, "promised": PROMISED}
    q10, q90 = (seconds(days=1), seconds(days=6)) if inside else (seconds(days=50), seconds(days=60))
    ForecastPoint.objects.bulk_create(
        ForecastPoint(at=seconds(days=at), p_late=p, q10=q10, q90=q90, **of) for _statement in range(count)
    )


def test_what_was_said_is_held_against_what_came():
    said(0.1, arrived=2, count=3)
    said(0.12, arrived=9, inside=False)
    said(0.9, arrived=5, inside=False)
    said(1.0, arrived=None)
    said(0.3, arrived=2, stage=2)
    said(0.3, arrived=2, at=6)  # after the promise had passed
    said(0.3, arrived=None, state="returned", returned_at=NOW)

    found = calibration(1, since=AT, at=NOW)

    assert [(one.count, round(one.said, 3), one.late) for one in found.bins] == [(4, 0.105, 0.25), (2, 0.95, 0.5)]
    assert found.count == 6
    assert found.error == pytest.approx((4 * 0.145 + 2 * 0.45) / 6)
    assert found.inside == pytest.approx(3 / 5)


def test_nothing_said_is_no_calibration():
    found = calibration(0, since=AT, at=NOW)

    assert (found.bins, found.count, found.error, found.inside) == ([], 0, None, None)


def test_parcels_are_at_risk_from_where_it_was_mostly_true():
    assert thresholds(since=AT, at=NOW) == [LIKELY] * 4
    said(0.97, arrived=9, count=FEW - 1, at=4.5)
    assert thresholds(since=AT, at=NOW)[0] == LIKELY

    said(0.72, arrived=9, count=10, at=4.5)
    said(0.66, arrived=2, count=9, at=4.5)
    said(0.99, arrived=2, count=FEW, at=3.5)
    said(0.55, arrived=9, count=FEW, at=0)

    # Evening before: 59 of 59 down to 0.70, and 59 of 68 below; a day before: wrong at the surest already.
    assert thresholds(since=AT, at=NOW) == [0.7, LIKELY, LIKELY, 0.5]
