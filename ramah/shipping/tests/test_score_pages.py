"""The scorecard: carriers and places in a period, in words and figures."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.testing import make_order
from ramah.kernel import clock
from ramah.shipping.charts import weeks_path
from ramah.shipping.testing import make_carrier, make_shipment

pytestmark = pytest.mark.django_db
SCORES = "/desk/delivery/carriers/"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def ben():
    return client_of(make_agent(name="Ben"))


def ship(at, *, carrier="jne", days_ago=20, took=2, **told):
    """A parcel that took so many days; promised within five days of its order."""
    placed = at - timedelta(days=days_ago + 1)
    handed = at - timedelta(days=days_ago)
    delivered = {"state": "delivered", "delivered_at": handed + timedelta(days=took)} if took else {}
    carried = make_carrier(carrier, at=at, name=carrier.upper())
    return make_shipment(make_order(placed_at=placed), at=handed, carried_by=carried, **delivered, **told)


def test_each_carrier_is_told_in_figures_and_words(ben, at):
    for _number in range(3):
        ship(at)
    ship(at, took=12)
    ship(at, carrier="sicepat", took=0, state="lost", lost_at=at)

    response = ben.get(SCORES)
    text = response.content.decode()

    first, second = response.context["scores"]
    assert (first["name"], first["score"].parcels, first["on_time"]) == ("JNE", 4, "75.0 %")
    assert "with this many it may as well be" in text
    assert (second["name"], second["shares"]["lost"]) == ("SICEPAT", "100.0 %")


def test_a_line_of_weeks_has_its_words(ben, at):
    for weeks in range(4):
        ship(at, days_ago=14 + 7 * weeks)

    text = ben.get(SCORES).content.decode()

    assert 'role="img" aria-label="On time by week: ' in text
    assert 'style="' not in text


def test_the_period_and_the_carrier_of_the_places_are_chosen(ben, at):
    ship(at, days_ago=60)
    ship(at, carrier="sicepat", days_ago=10)

    assert [one["name"] for one in ben.get(SCORES, {"days": "30"}).context["scores"]] == ["SICEPAT"]
    assert len(ben.get(SCORES, {"days": "36500"}).context["scores"]) == 2
    places = ben.get(SCORES, {"days": "90", "carrier": "sicepat"})
    assert [one["score"].parcels for one in places.context["places"]] == [1]
    assert "Where SICEPAT brings parcels" in places.content.decode()
    assert ben.get(SCORES, {"carrier": "' OR 1=1"}).status_code == 200


def test_without_parcels_the_page_says_what_to_do(ben):
    assert "No parcel was handed over in this time" in ben.get(SCORES).content.decode()


def test_contractors_see_it_strangers_do_not(client, at):
    ship(at)

    assert client_of(make_agent(name="Chris", role="contractor")).get(SCORES).status_code == 200
    assert client.get(SCORES).status_code == 302


@pytest.mark.parametrize(
    ("shares", "points"), [([], 0), ([1.0], 0), ([1.0, 0.5], 2), ([0.0, 0.0, 0.0], 3), ([1.0, 1.0], 2)]
)
def test_a_line_has_a_point_for_each_week(shares, points):
    path = weeks_path(shares)

    assert len(path.replace("M", "").split(" L")) == points or (points == 0 and not path)
    assert "nan" not in path
