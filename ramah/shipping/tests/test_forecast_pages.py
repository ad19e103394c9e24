"""The page of the forecast: what it may be trusted with, in words beside each curve."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.testing import make_order
from ramah.kernel import clock
from ramah.shipping.charts import bins_of, curve_of
from ramah.shipping.models import ForecastModel, ForecastPoint, ForecastRun
from ramah.shipping.testing import make_shipment

pytestmark = pytest.mark.django_db
FORECAST = "/desk/delivery/forecast/"
SCORES = {"roc_auc": 0.871, "average_precision": 0.6, "ece": 0.021, "log_loss": 0.19}
REPORT = {
    "handover": {
        **SCORES,
        "test": 6000,
        "late_share": 0.093,
        "naive": {**SCORES, "roc_auc": 0.74},
        "coverage": {"50": 0.51, "80": 0.79, "90": 0.905},
        "reliability": [{"count": 900, "said": 0.04, "came": 0.05}, {"count": 60, "said": 0.62, "came": 0.58}],
    }
}


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


def version(number, at, *, state="live", **told):
    told = {"report": REPORT, "rows": 20_000, "seconds": 41.5, "content": b"", "trained_at": at, **told}
    return ForecastModel.objects.create(number=number, state=state, created_at=at, **told)


def page(browser):
    response = browser.get(FORECAST)
    assert response.status_code == 200
    return response.content.decode()


def test_without_a_version_the_page_says_by_what_days_are_expected(ben):
    text = page(ben)

    assert "Days are expected by the tables of the carriers" in text
    assert "The first training is in the night after" in text
    assert text.count("Nothing that was said then has come due yet.") == 3


def test_the_back_test_stands_beside_the_rule_of_thumb_with_curve_and_coverage(ben, at):
    version(3, at)

    text = page(ben)

    for words in ("Tried on the latest 6000 deliveries", "9.3 % of them came late", "0.871", "0.740", "79.0 %"):
        assert words in text
    assert 'role="img" aria-label="How often what was said came true: said 4 %, came 5 %; said 62 %, came 58 %"' in text
    assert 'style="' not in text


def test_a_rejected_version_says_why_and_an_old_one_that_it_is_old(ben, at):
    version(3, at - timedelta(days=5))
    version(4, at, state="rejected", reason="worse than <the naive rule>")
    ForecastRun.objects.create(
        kind="sweep", slot="h1", started_at=at, ended_at=at, figures={"read": 240, "written": 12, "seconds": 9}
    )
    ForecastRun.objects.create(kind="train", slot="d1", started_at=at, ended_at=at, error="Traceback ...")

    text = page(ben)

    assert "more than two days old" in text
    assert "worse than &lt;the naive rule&gt;" in text
    assert "240 looked at, news of 12, 9 seconds" in text
    assert "Failed" in text
    assert "Traceback" not in text


def test_how_it_went_is_counted_from_what_was_said(ben, at):
    for late in (True, False, False, False):
        promised = at - timedelta(days=2)
        shipment = make_shipment(
            make_order(placed_at=at - timedelta(days=9)), at=at - timedelta(days=8), state="delivered",
            delivered_at=promised + timedelta(hours=5 if late else -5),
        )  # fmt: skip
        moments = {
            name: int((at - timedelta(days=days)).timestamp()) for name, days in (("q10", 4), ("q50", 3), ("q90", 1))
        }
        ForecastPoint.objects.create(
            order_id=shipment.order_id, shipment_id=shipment.pk, at=int((at - timedelta(days=8)).timestamp()), stage=1,
            level=0, promised=int(promised.timestamp()), p_late=0.24, **moments,
        )  # fmt: skip

    text = page(ben)

    assert "4 statements have come true or not." in text
    assert "said 24 %, came 25 %" in text
    assert "100.0 % arrived within the range" in text


@pytest.mark.parametrize(
    "report",
    [
        {},
        [],
        {"handover": "x"},
        {
            "handover": {
                "reliability": [{"said": None}, {"count": 1, "said": 9, "came": -3}, 7],
                "coverage": 3,
                "naive": [],
            }
        },
        {"handover": {"reliability": {"a": 1}, "roc_auc": None, "test": None}},
    ],
)
def test_a_report_of_another_version_of_ours_breaks_nothing(ben, at, report):
    version(1, at, report=report)

    assert "nan" not in page(ben)


def test_a_curve_stays_within_its_drawing():
    (one,) = curve_of(bins_of({"reliability": [{"count": 3, "said": 9.0, "came": -3.0}]})).dots

    assert (one.x, one.y) == ("274.0", "248.0")
    assert curve_of([]) is None
    assert curve_of([(0.5, 0.5, 0)]) is None


def test_contractors_see_it_strangers_do_not(client):
    assert client_of(make_agent(name="Chris", role="contractor")).get(FORECAST).status_code == 200
    assert client.get(FORECAST).status_code == 302
