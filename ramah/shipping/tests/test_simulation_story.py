"""A simulated story: the same for the same seed, as late as asked, consistent in itself, and written as a shop exports it."""

import csv
import hashlib
import os
import subprocess
import sys
from datetime import UTC, date, datetime

import numpy as np
import pytest

from ramah.shipping.simulation.disturbances import CALM, Disturbances, DisturbancesError
from ramah.shipping.simulation.ordering import SERVICES, demand
from ramah.shipping.simulation.story import COLUMNS, StoryError, simulate
from ramah.shipping.simulation.world import CARRIERS, MARKETS

START = date(2025, 9, 1)
DAY = 86400
_ASKED_FOR = "order_id,purchased_at,handed_over_at,promised_at,delivered_at,origin,destination,carrier,service"
_PEAKS = {"11.11": date(2025, 11, 11), "12.12": date(2025, 12, 12), "friday": date(2025, 11, 28)}


def told(orders=3000, seed=7, days=60, start=START, **asked):
    return simulate(orders=orders, seed=seed, days=days, start=start, disturbances=Disturbances(**asked))


@pytest.fixture(scope="module")
def story():
    return simulate(orders=20_000, seed=1, days=120, start=START)


def near(share, asked, count):
    """Four standard deviations of a binomial share: at a fixed seed that is reached or not for good."""
    return abs(share - asked) <= 4 * np.sqrt(asked * (1 - asked) / count)


def spelled(story, folder):
    story.csv(folder / "orders.csv")
    story.truth(folder / "truth.csv")
    story.write_events(folder / "events.jsonl")
    return [(folder / name).read_bytes() for name in ("orders.csv", "truth.csv", "events.jsonl")]


SCRIPT = """
import sys
from datetime import date
from pathlib import Path
from ramah.shipping.simulation.story import simulate
story = simulate(orders=400, seed=5, days=20, start=date(2025, 11, 1))
folder = Path(sys.argv[1])
story.write_events(folder / "events.jsonl"), story.truth(folder / "truth.csv"), story.csv(folder / "orders.csv")
loaded = {name.partition(".")[0] for name in sys.modules} & {"django", "sklearn", "scipy"}
assert not loaded, loaded
"""


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_the_same_seed_tells_the_same_story_in_any_process_and_without_django(tmp_path, hash_seed):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir(), there.mkdir()
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": "Pacific/Auckland"}

    subprocess.run([sys.executable, "-c", SCRIPT, str(there)], check=True, env=environment)

    expected = spelled(simulate(orders=400, seed=5, days=20, start=date(2025, 11, 1)), here)
    assert expected == [(there / name).read_bytes() for name in ("orders.csv", "truth.csv", "events.jsonl")]
    assert all(len(content) > 10_000 for content in expected)


def test_another_seed_tells_another_story(tmp_path):
    digests = set()
    for seed in (0, 1, 2, 2**32 - 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        digests |= {hashlib.sha256(one).hexdigest() for one in spelled(told(orders=50, seed=seed), folder)}
    assert len(digests) == 12


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"orders": 0}, "orders"),
        ({"orders": -5}, "orders"),
        ({"orders": 10**9}, "orders"),
        ({"days": 0}, "days"),
        ({"days": 10**6}, "days"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"start": date(1, 1, 1)}, "start"),
        ({"start": date(9999, 12, 31)}, "start"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(asked, named):
    with pytest.raises(StoryError, match=named):
        simulate(**({"orders": 10, "seed": 1, "days": 10, "start": START} | asked))


@pytest.mark.parametrize("name", ["late", "lost", "duplicates", "storms", "waves"])
@pytest.mark.parametrize("value", [-0.1, 1000, float("nan"), float("inf")])
def test_a_share_that_cannot_be_is_refused_by_name(name, value):
    with pytest.raises(DisturbancesError, match=name):
        Disturbances(**{name: value})


@pytest.mark.parametrize(("orders", "days"), [(1, 1), (2, 1500), (500, 1)])
def test_the_smallest_the_thinnest_and_the_densest_story_come_to_their_end(orders, days, tmp_path):
    story = told(orders=orders, days=days, start=date(2024, 2, 29))

    assert len(spelled(story, tmp_path)[0].splitlines()) == orders + 1
    ended = ~np.isnan(story.delivered_at) | ~np.isnan(story.returned_at) | story.is_lost
    assert ended.all()


@pytest.mark.parametrize("late", [0.02, 0.08, 0.35, 0.8])
def test_as_many_are_late_as_asked(late):
    story = told(late=late)
    delivered = ~np.isnan(story.delivered_at)

    assert near(story.is_late[delivered].mean(), late, delivered.sum())
    assert story.figures()["late_share"] == round(float(story.is_late[delivered].mean()), 4)


def test_in_any_story_everything_happens_in_order(story):
    journeys, ends = story.journeys, story.journeys.ends
    steps = [
        story.purchased_at,
        journeys.packed_at,
        story.handed_over_at,
        journeys.departed_at,
        journeys.customs_at,
        journeys.cleared_at,
        journeys.depot_at,
        ends.out_at[:, 0],
        ends.failed_at[:, 0],
        ends.out_at[:, 1],
        ends.failed_at[:, 1],
        ends.out_at[:, 2],
        ends.failed_at[:, 2],
        ends.available_at,
        ends.astray_at,
        ends.again_at,
        ends.delivered_at,
        ends.returned_at,
    ]
    last = steps[0]
    for step in steps[1:]:
        assert not (step < last).any()
        last = np.where(np.isnan(step), last, step)
    assert (np.diff(story.purchased_at) >= 0).all()
    assert (story.promised_at > story.purchased_at).all()
    first = datetime(2025, 8, 31, tzinfo=UTC).timestamp()
    assert first <= story.purchased_at.min()
    assert story.purchased_at.max() < first + 122 * DAY


def test_a_parcel_ends_in_one_way_and_a_lost_one_is_not_seen_again(story):
    ends = story.journeys.ends
    ways = np.array([~np.isnan(story.delivered_at), ~np.isnan(story.returned_at), story.is_lost])
    assert (ways.sum(axis=0) == 1).all()

    vanished = story.journeys.vanished_at[story.is_lost]
    assert (vanished >= story.handed_over_at[story.is_lost]).all()
    for at in (story.journeys.depot_at, ends.available_at, ends.out_at[:, 0], ends.refused_at):
        seen = at[story.is_lost]
        assert not (seen > vanished).any()


def test_numbers_and_names_are_of_their_order(story):
    assert len(set(story.numbers)) == len(set(story.order_ids)) == 20_000
    markets = [*MARKETS, ""]
    assert {one.market for one in CARRIERS} == set(markets)
    abroad = story.orders.is_abroad
    assert set(story.carrier[abroad]) == {"meridian"}
    assert "meridian" not in story.carrier[~abroad]
    assert all(story.orders.carrier == np.array([number for number, _one in SERVICES])[story.orders.service])
    assert story.lane[0].count(">") == 1


def test_the_file_has_the_columns_a_forecast_reads(story, tmp_path):
    story.csv(tmp_path / "orders.csv")

    with (tmp_path / "orders.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert ",".join(COLUMNS[:9]) == _ASKED_FOR
    assert len(rows) == 20_000
    delivered = [row for row in rows if row["delivered_at"]]
    late = sum(row["delivered_at"] > row["promised_at"] for row in delivered) / len(delivered)
    assert late == pytest.approx(story.figures()["late_share"], abs=1e-4)
    assert datetime.fromisoformat(rows[77]["purchased_at"]).timestamp() == story.purchased_at[77]
    assert {row["origin"][:2] for row in rows} == {"ID", "UA", "PL", "DE"}


def test_a_file_of_a_moment_knows_nothing_of_what_came_later(story, tmp_path):
    moment = datetime(2025, 11, 1, tzinfo=UTC)
    story.csv(tmp_path / "all.csv")
    story.csv(tmp_path / "then.csv", until=moment)

    with (tmp_path / "all.csv").open(newline="") as whole, (tmp_path / "then.csv").open(newline="") as early:
        everything, known = list(csv.DictReader(whole)), list(csv.DictReader(early))
    limit = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    expected = [
        row | {name: row[name] if row[name] <= limit else "" for name in ("handed_over_at", "delivered_at")}
        for row in everything
        if row["purchased_at"] <= limit
    ]
    assert known == expected
    assert 500 < sum(not row["delivered_at"] for row in known) < len(known) < 20_000


def test_peaks_of_the_year_are_ordered_and_slow_the_shop(story):
    wanted = demand(story.almanac)
    day = {name: (when - story.almanac.first).days for name, when in _PEAKS.items()}
    indonesia, europe = list(MARKETS).index("ID"), list(MARKETS).index("EU")

    assert wanted[indonesia, day["11.11"]] > 2.5 * wanted[indonesia, day["11.11"] - 7]
    assert wanted[indonesia, day["12.12"]] > 2.5 * wanted[indonesia, day["12.12"] - 7]
    assert wanted[europe, day["friday"]] > 2.5 * wanted[europe, day["friday"] - 7]
    handling = story.handed_over_at - story.purchased_at
    since = story.almanac.base + day["friday"] * DAY
    peak = (story.purchased_at >= since) & (story.purchased_at < since + 3 * DAY)
    assert np.median(handling[peak]) > 1.5 * np.median(handling[~peak])


def test_before_lebaran_much_is_ordered_and_on_it_nothing_is_brought():
    story = told(orders=8000, days=90, start=date(2026, 2, 1))
    lebaran = (date(2026, 3, 21) - story.almanac.first).days
    assert lebaran in story.almanac.lebarans()

    ordered = demand(story.almanac)[list(MARKETS).index("ID")]
    assert ordered[lebaran - 14] > 1.5 * ordered[lebaran - 35]
    java = np.isin(story.orders.place, range(6))
    begins = story.almanac.base + (lebaran - 7 / 24) * DAY
    out = story.journeys.ends.out_at[java]
    assert not ((out > begins) & (out < begins + 2 * DAY)).any()


def test_with_nothing_going_wrong_nothing_does():
    story = simulate(orders=2000, seed=3, days=40, start=START, disturbances=CALM)

    journeys = story.journeys
    assert not np.isnan(story.delivered_at).any()
    assert np.isnan(journeys.ends.failed_at).all()
    assert not (journeys.is_stormed | journeys.is_struck | journeys.is_held_by_customs).any()
    assert len(story.feed.scan) == len(story.scans.at)
    states = {one.entry["state"] for one in story.events()}
    assert states == {"pre_transit", "in_transit", "out_for_delivery", "available_for_pickup", "delivered"}
