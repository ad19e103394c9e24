"""The forecast in use: what was promised where nothing was learned, a version once there is one, the same of one as of many."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ramah.commerce.models import Order
from ramah.commerce.testing import ADDRESS, AT, make_order, make_shop
from ramah.shipping.commands import foreseeing, runs
from ramah.shipping.commands.forecasting import forecast_touched
from ramah.shipping.commands.foreseeing import foresight, roll_forward, tables
from ramah.shipping.commands.sweeping import sweep
from ramah.shipping.commands.training import learn, store, train
from ramah.shipping.forecast import storing
from ramah.shipping.models import Flight, ForecastModel, ForecastPoint, Lane, Shipment
from ramah.shipping.queries.flying import LaneWords, flying
from ramah.shipping.testing import make_carrier, make_flight, make_shipment

pytestmark = pytest.mark.django_db
DAY = 86400
SLOW, QUICK = "ID-papua-99", "ID-depok-16"
SEEN = ("level", "p_late", "p_lost", "q10", "q50", "q80", "q90")


def later(**span):
    return AT + timedelta(**span)


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"
    return make_shop()


@pytest.fixture(scope="module")
def past():
    """Half a year of parcels: to Papua they take six days of five promised, to Depok two."""
    chance = np.random.default_rng(5)
    count = 900
    handed = AT.timestamp() - chance.uniform(1, 180, count) * DAY
    is_slow = chance.random(count) < 0.4
    days = np.where(is_slow, 5.4, 2.0) * chance.lognormal(0, 0.2, count)
    return handed, is_slow, handed + days * DAY


@pytest.fixture
def history(past):
    """The same in the database."""
    carrier = make_carrier("jne", at=AT)
    template = make_order()
    address = {True: {"country": "ID", "region": "Papua", "postal_code": "99112"}, False: template.shipping_address}
    handed, _is_slow, delivered = past
    times = [
        (datetime.fromtimestamp(left, tz=UTC), datetime.fromtimestamp(there, tz=UTC))
        for left, there in zip(handed, delivered, strict=True)
    ]
    orders = Order.objects.bulk_create(
        Order(
            number=f"H{number}", search_key=f"h{number}", customer=template.customer, state="delivered", currency="IDR",
            placed_at=left - timedelta(hours=20), created_at=left, items_amount=1, total_amount=1,
            shipping_address=address[bool(past[1][number])], promised_to=(left + timedelta(days=5)).date(),
        )
        for number, (left, _there) in enumerate(times)
    )  # fmt: skip
    Shipment.objects.bulk_create(
        Shipment(order=order, carried_by=carrier, handed_over_at=left, created_at=left, **arrival(there))
        for order, (left, there) in zip(orders, times, strict=True)
    )


def arrival(there):
    """What is known of it at AT."""
    return {"delivered_at": there, "state": "delivered"} if there < AT else {"state": "in_transit"}


def flight_to(place, *, days=5.0, **told):
    order = make_order(state="shipped")
    lane = Lane.objects.get_or_create(origin="ID", destination=place, carrier="jne", service="")[0]
    promised = int((AT + timedelta(days=days)).timestamp())
    return make_flight(order, at=AT, shipment=make_shipment(order, at=AT), lane=lane, promised=promised, **told)


def seen():
    return list(Flight.objects.order_by("id").values_list(*SEEN))


def expected(*, at):
    rows = flying("id > 0", limit=100)
    return foresight()(rows, LaneWords(), now=np.full(len(rows), int(at.timestamp())))


def test_without_history_what_was_promised_is_believed():
    flight_to(QUICK)
    flight_to(QUICK, days=2)

    at_first, days_on = expected(at=AT), expected(at=later(days=4))

    assert foresight() is tables()
    assert foresight().version == 0
    assert at_first.p_late == pytest.approx([0.06, 0.06], abs=0.03)
    assert days_on.p_late[0] > 0.2
    assert days_on.p_late[1] == 1.0
    assert (at_first.q10 < at_first.q50).all()
    assert (at_first.q50 < at_first.q90).all()
    assert (days_on.q10 >= int(later(days=4).timestamp())).all()
    assert not at_first.stalled.any()


def test_what_has_lain_for_long_is_stalled_and_likely_lost_in_the_end():
    flight_to(QUICK, last_moved=int(AT.timestamp()), last_event=int(AT.timestamp()), state=1)

    lost = [float(expected(at=later(days=days)).p_lost[0]) for days in (0.5, 3, 8, 30, 90)]
    stalled = [bool(expected(at=later(days=days)).stalled[0]) for days in (0.5, 3, 8, 30, 90)]

    assert lost == sorted(lost)
    assert lost[0] < 0.02
    assert lost[-1] > 0.5
    assert stalled == [False, False, True, True, True]


@pytest.fixture
def live(history):
    content, rows, report = learn(at=AT)
    return store(content, report, rows=rows, reason="", seconds=1, at=AT)


def test_a_night_leaves_a_version_with_its_test(history):
    figures = train(runs.begin("train", "now", at=AT), at=AT)

    made = ForecastModel.objects.get()
    assert (made.number, made.rows, made.reason) == (figures["version"], 900, figures["rejected"])
    assert made.state == ("rejected" if figures["rejected"] else "live")
    assert set(made.report) == {"purchase", "handover", "thresholds"}
    assert made.report["handover"]["naive"]["log_loss"] > 0
    assert len(made.report["thresholds"]) == 4


def test_what_was_learned_tells_lanes_apart(live):
    flight_to(SLOW)
    flight_to(QUICK)

    slow, quick = expected(at=later(hours=1)).p_late
    assert slow > 0.4 > 0.15 > quick


def test_one_of_many_is_forecast_as_it_is_alone(live):
    for days in (1.0, 2.0, 5.0, 9.0):
        flight_to(SLOW, days=days)
        flight_to(QUICK, days=days, stage=1, state=0)
    make_flight(make_order(), at=AT)
    at = later(days=2, hours=3)
    forecast_touched(at=AT)

    sweep(runs.begin("sweep", "now", at=at), at=at, anew=True)
    swept = seen()
    Flight.objects.update(forecast_at=0, level=0, p_late=0, q50=0)
    while forecast_touched(at=at, limit=1):
        pass

    alone = seen()
    assert [row[0] for row in swept] == [row[0] for row in alone]
    for one, other in zip(swept, alone, strict=True):
        assert one[1:3] == pytest.approx(other[1:3], abs=1e-6)
        assert one[3:] == pytest.approx(other[3:], abs=2)
    assert set(Flight.objects.values_list("version", flat=True)) == {live.number}
    assert ForecastPoint.objects.filter(version=live.number).exists()


def test_a_version_knows_with_each_sweep_what_happened_since(live, history):
    flight_to(QUICK)
    before = expected(at=later(days=3)).p_late[0]
    held = Shipment.objects.filter(state="delivered").order_by("id")[:150]
    # A storm: a hundred and fifty parcels to Depok that have left since come late, or not yet.
    for number, row in enumerate(held):
        Order.objects.filter(pk=row.order_id).update(
            placed_at=AT, promised_to=later(days=1).date(), shipping_address=ADDRESS
        )
        left, there = AT + timedelta(minutes=number), later(days=2, hours=12) if number % 2 else None
        Shipment.objects.filter(pk=row.pk).update(
            handed_over_at=left, delivered_at=there, state="delivered" if there else "in_transit"
        )

    roll_forward(at=later(days=3))

    assert (
        storing.load(bytes(ForecastModel.objects.get().content)).standings["handover"].at == later(days=3).timestamp()
    )
    assert expected(at=later(days=3)).p_late[0] > before


def test_the_version_in_memory_is_that_of_the_database(live, django_assert_num_queries):
    first = foresight()
    with django_assert_num_queries(2):
        assert foresight() is first

    sweep(runs.begin("sweep", "now", at=later(hours=1)), at=later(hours=1))
    assert foresight() is not first

    content, rows, report = bytes(live.content), live.rows, live.report
    assert store(content, report, rows=rows, reason="", seconds=1, at=AT).number == foresight().version == 2
    ForecastModel.objects.update(state="retired")
    assert foresight() is tables()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no arrays", b"\x80\x04cos\nsystem\n"])
def test_a_version_that_cannot_be_read_gives_way_to_what_was_promised(content, caplog):
    store(content, {}, rows=1, reason="", seconds=1, at=AT)
    flight_to(QUICK)

    assert foresight() is tables()
    assert forecast_touched(at=later(hours=1)) == 1

    roll_forward(at=later(hours=2))
    model = ForecastModel.objects.get()
    assert model.state == "retired"
    assert "model" in model.reason


def test_thresholds_go_by_days_left(live):
    ForecastModel.objects.update(report={"thresholds": [0.5, 0.6, 0.7, 0.9]})
    foreseeing._kept = None
    for days in (0.5, 1.5, 2.5, 3.5, 30):
        flight_to(QUICK, days=days)

    assert expected(at=AT).threshold.tolist() == [0.5, 0.6, 0.7, 0.9, 0.9]


def test_the_statements_of_a_forecast_do_not_grow_with_the_flights(django_assert_max_num_queries):
    for _flight in range(25):
        flight_to(QUICK)

    with django_assert_max_num_queries(16):
        forecast_touched(at=later(hours=1))
