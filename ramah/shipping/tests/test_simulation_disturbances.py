"""What goes wrong in a simulated story: as often as asked, and in the way that it says."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from ramah.shipping.simulation.disturbances import CALM, Disturbances
from ramah.shipping.simulation.ordering import PLACE_REGION
from ramah.shipping.simulation.scans import KIND
from ramah.shipping.simulation.story import simulate
from ramah.shipping.simulation.world import CARRIERS

START = date(2025, 9, 1)
HOUR, DAY = 3600, 86400


def told(orders=8000, seed=11, days=60, **asked):
    return simulate(orders=orders, seed=seed, days=days, start=START, disturbances=Disturbances(**asked))


@pytest.fixture(scope="module")
def rough():
    """So much goes wrong that every share can be told from its neighbor."""
    return told(
        orders=20_000,
        lost=0.05,
        returned=0.06,
        attempts=0.2,
        address=0.04,
        customs=0.3,
        misdelivered=0.03,
        delivered_twice=0.07,
        scan_gaps=0.15,
        reused_numbers=0.02,
        duplicates=0.1,
        reordered=0.12,
        skewed=0.08,
        storms=20,
        strikes=6,
        outages=8,
    )


def near(flags, asked):
    """Four standard deviations of a binomial share: at a fixed seed that is reached or not for good."""
    return abs(np.mean(flags) - asked) <= 4 * np.sqrt(asked * (1 - asked) / len(flags))


def has_scan(story, code):
    found = np.zeros(len(story.purchased_at), dtype=bool)
    found[story.scans.order[(story.scans.kind == KIND[code]) & ~story.scans.is_earlier]] = True
    return found


def test_parcels_go_wrong_as_often_as_asked(rough):
    fates, ends = rough.journeys.fates, rough.journeys.ends
    stays = ~fates.is_lost
    at_door = stays & ~fates.is_back & ~fates.is_to_point

    assert near(fates.is_lost, 0.05)
    assert near(fates.is_back[stays], 0.06)
    assert near(~np.isnan(ends.returned_at[stays]), 0.06)
    assert near(~np.isnan(ends.failed_at[at_door, 0]), 0.2)
    assert near(~np.isnan(ends.address_at[stays]), 0.04)
    assert near(rough.journeys.is_held_by_customs[rough.orders.is_abroad], 0.3)
    assert near(~np.isnan(ends.astray_at[at_door]), 0.03)
    assert near(rough.scans.is_silent, 0.15)
    assert near(rough.scans.is_reused, 0.02)


def test_events_go_wrong_as_often_as_asked(rough):
    feed = rough.feed
    first = ~feed.is_again

    assert near(feed.is_delayed[first], 0.12)
    assert near(feed.is_skewed[first], 0.08)
    assert abs(feed.is_again.sum() / first.sum() - 0.1) <= 4 * np.sqrt(0.09 / first.sum())
    delivered = rough.scans.order[rough.scans.kind == KIND["OK"]]
    own = delivered[~np.isnan(rough.delivered_at[delivered]) & np.isnan(rough.journeys.ends.astray_at[delivered])]
    own = own[~rough.scans.is_reused[own]]
    _rows, times = np.unique(own, return_counts=True)
    assert near(times > 1, 0.07)


@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("name", ["lost", "returned", "attempts", "address", "scan_gaps", "reused_numbers"])
def test_none_and_all_are_shares_as_well(name, share):
    story = told(orders=300, days=20, misdelivered=0, **{name: share})
    fates, ends = story.journeys.fates, story.journeys.ends
    at_door = ~fates.is_lost & ~fates.is_back & ~fates.is_to_point

    happened = {
        "lost": fates.is_lost,
        "returned": fates.is_back[~fates.is_lost],
        "attempts": ~np.isnan(ends.failed_at[at_door, 0]),
        "address": ~np.isnan(ends.address_at[~fates.is_lost]),
        "scan_gaps": story.scans.is_silent,
        "reused_numbers": story.scans.is_reused,
    }[name]
    # Carriers differ: with every first attempt to fail, the best still meets some.
    assert happened.mean() == share or (name in ("attempts", "lost") and happened.mean() > 0.6 * share > 0)
    assert story.figures()["orders"] == 300


def test_in_a_storm_nothing_reaches_the_region_and_afterwards_the_oldest_comes_first(rough):
    depot, region = rough.journeys.depot_at, PLACE_REGION[rough.orders.place]
    held = 0
    assert len(rough.stops.storms) == 20
    for storm in rough.stops.storms:
        own = region == storm.where
        assert not storm.covers(depot[own]).any()
        held += storm.covers(rough.journeys.arrived_at[own]).sum()
    assert held > 100
    is_told = has_scan(rough, "WX")
    assert (rough.journeys.is_stormed | ~is_told).all()
    assert 0 < is_told.sum() < rough.journeys.is_stormed.sum()
    waits = rough.journeys.depot_at - rough.journeys.arrived_at
    assert np.nanmedian(waits[is_told]) > DAY


def test_on_strike_a_carrier_neither_picks_up_nor_sets_out(rough):
    assert len(rough.stops.strikes) == 6
    for strike in rough.stops.strikes:
        own = rough.orders.carrier == strike.where
        for at in (
            rough.handed_over_at,
            rough.journeys.departed_at,
            rough.journeys.depot_at,
            *rough.journeys.ends.out_at.T,
            rough.journeys.ends.again_at,
        ):
            assert not strike.covers(at[own]).any()
    assert rough.journeys.is_struck.sum() > 100


def test_storms_and_strikes_make_late_what_would_not_have_been():
    calm, stormy = (told(storms=count, strikes=count, waves=0) for count in (0, 12))
    touched = stormy.journeys.is_stormed | stormy.journeys.is_struck

    assert not (calm.journeys.is_stormed | calm.journeys.is_struck).any()
    assert stormy.is_late[touched].mean() > 2 * stormy.is_late[~touched].mean()
    assert np.array_equal(calm.purchased_at, stormy.purchased_at)


def test_a_silent_parcel_moves_unseen_between_its_pick_up_and_its_last_day(rough):
    silent = rough.scans.is_silent[rough.scans.order] & ~rough.scans.is_earlier
    unseen = [KIND[code] for code in ("DP", "HB", "CI", "CH", "CO", "WX", "DL", "AR")]

    assert not np.isin(rough.scans.kind[silent], unseen).any()
    assert np.isin(rough.scans.kind[~silent], unseen).any()
    moved = ~np.isnan(rough.journeys.depot_at[rough.scans.is_silent])
    assert moved.mean() > 0.9


def test_of_a_lost_parcel_nothing_is_noted_but_that_it_is(rough):
    scans = rough.scans
    lost = rough.is_lost[scans.order] & ~scans.is_earlier
    later = scans.at[lost] > rough.journeys.vanished_at[scans.order[lost]]

    assert set(scans.kind[lost][later]) == {KIND["LO"]}
    assert KIND["OK"] not in scans.kind[lost]
    assert near(has_scan(rough, "LO")[rough.is_lost], 0.5)
    assert not has_scan(rough, "LO")[~rough.is_lost].any()


def test_what_went_to_the_wrong_door_is_taken_back_and_brought_again(rough):
    astray = np.flatnonzero(~np.isnan(rough.journeys.ends.astray_at))
    scans = rough.scans
    assert len(astray) > 100
    for row in astray[:40]:
        own = scans.order == row
        codes = scans.kind[own & ~scans.is_earlier]
        wrong = np.flatnonzero(codes == KIND["MD"])
        assert len(wrong) == 1
        assert KIND["OK"] in codes[: wrong[0]]
        assert KIND["OK"] in codes[wrong[0] :]


def test_a_reused_number_tells_an_old_way_first(rough):
    scans = rough.scans
    old = scans.is_earlier
    assert set(scans.order[old]) == set(np.flatnonzero(scans.is_reused))
    assert (scans.at[old] < rough.purchased_at[scans.order[old]] - 150 * DAY).all()
    first = rough.feed.arrives_at[old[rough.feed.scan] & ~rough.feed.is_again]
    assert (first > rough.almanac.base).all()  # told now, whenever it was


def test_an_outage_is_a_day_of_silence_and_then_everything_at_once(rough):
    feed = rough.feed
    carrier = rough.orders.carrier[rough.scans.order[feed.scan]]
    outages = feed.outages
    assert len(outages) == 8
    busy = 0
    for outage in outages:
        arrives = feed.arrives_at[carrier == outage.where]
        assert not outage.covers(arrives).any()
        assert 0.9 * DAY - 1 <= outage.until - outage.since <= 1.3 * DAY
        after = ((arrives >= outage.until) & (arrives <= outage.cleared + 1)).sum()
        usual = ((arrives >= outage.since - DAY) & (arrives < outage.since)).sum()
        busy += usual > 50 and after > 0.5 * usual
    assert busy >= 2


def test_what_is_told_late_comes_after_what_happened_later(rough):
    feed, scans = rough.feed, rough.scans
    own = np.flatnonzero(~feed.is_again & ~scans.is_earlier[feed.scan])
    order, at = scans.order[feed.scan[own]], scans.at[feed.scan[own]]
    by_order = np.lexsort((own, order))
    turned = (np.diff(at[by_order]) < 0) & (np.diff(order[by_order]) == 0)
    assert 0.02 < turned.mean() < 0.25

    calm = simulate(orders=500, seed=1, days=20, start=START, disturbances=CALM)
    behind = calm.feed.arrives_at - calm.scans.at[calm.feed.scan]
    assert (behind >= 0).all()
    assert np.median(behind) < HOUR


def test_wrong_clocks_are_told_as_each_carrier_writes_them():
    story = told(orders=2000, duplicates=0, skewed=0, reordered=0)
    ways = {one.key: one.tells for one in CARRIERS}
    seen = set()
    for one in story.events():
        way, text = ways[one.carrier], one.entry["occurred_at"]
        moment = datetime.fromisoformat(text)
        seen.add(way)
        if way in ("offset", "utc"):
            assert moment == one.happened_at
            assert text.endswith("Z") is (way == "utc")
        elif way == "local":
            assert moment.tzinfo is None
        else:
            ahead = (moment - one.happened_at).total_seconds()
            assert moment.tzinfo is UTC or moment.utcoffset().total_seconds() == 0
            assert ahead in (2 * HOUR, 3 * HOUR)  # Ukraine's winter and summer
    assert seen == {"offset", "utc", "local", "mislabeled"}


def test_without_wrong_zones_every_time_is_a_moment():
    story = told(orders=2000, wrong_zones=False, skewed=0)

    assert all(datetime.fromisoformat(one.entry["occurred_at"]) == one.happened_at for one in story.events())


def test_a_fast_clock_is_up_to_an_hour_ahead():
    story = told(orders=2000, wrong_zones=False, skewed=0.5)
    ahead = [datetime.fromisoformat(one.entry["occurred_at"]) - one.happened_at for one in story.events()]
    minutes = {round(one.total_seconds() / 60) for one in ahead}

    assert minutes - {0} <= set(range(12, 51))
    assert {0, 12, 49} <= minutes
