"""What the shop hears of a simulated story: in the words of the carriers' folders, by arrival, as posts, and foldable."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ramah.promises.business_time import local_moment
from ramah.shipping import position
from ramah.shipping.carriers import facts
from ramah.shipping.simulation.disturbances import Disturbances
from ramah.shipping.simulation.scans import KINDS
from ramah.shipping.simulation.story import StoryError, simulate
from ramah.shipping.simulation.telling import told_of
from ramah.shipping.simulation.world import CARRIERS, PLACES

START = date(2025, 9, 1)
MOMENT = datetime(2025, 9, 20, tzinfo=UTC)
FIELDS = {"number", "state", "reason", "code", "occurred_at", "place", "country", "message", "id"}


@pytest.fixture(scope="module")
def story():
    return simulate(orders=3000, seed=2, days=40, start=START)


@pytest.fixture(scope="module")
def everything(story):
    return list(story.events())


def test_kinds_are_in_the_words_of_the_carriers_folders():
    assert {kind.state for kind in KINDS} == set(position.STATES)
    assert {kind.reason for kind in KINDS} <= facts.REASONS | {"", position.MISDELIVERED}
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    languages = {one.language for one in CARRIERS}
    assert all(languages <= set(kind.words) and all(kind.words.values()) for kind in KINDS)


def test_each_thing_told_reads_as_a_carriers_folder_would_read_it(story, everything):
    for one in everything[::7]:
        told = told_of(one)
        assert (told.number, told.state, told.external_id) == (
            story.numbers[one.row],
            one.entry["state"],
            one.entry["id"],
        )
        assert told.told_at == one.entry["occurred_at"]
        assert (told.occurred_at is None) is (one.carrier == "nusa")
        assert told.raw == one.entry
        assert told.country == facts.country_code(told.country)
    assert {one.entry["number"] for one in everything} == set(story.numbers)


def test_it_comes_in_order_of_arrival_and_not_before_it_happened(everything):
    arrivals = [one.arrives_at for one in everything]

    assert arrivals == sorted(arrivals)
    assert all(one.arrives_at >= one.happened_at for one in everything)
    assert all(one.arrives_at.tzinfo is UTC for one in everything[:100])


def test_what_is_told_again_is_the_same_and_later(story, everything):
    told = defaultdict(list)
    for one in everything:
        told[json.dumps(one.entry)].append(one)
    again = [times for times in told.values() if len(times) > 1]

    assert sum(len(times) - 1 for times in again) == story.feed.is_again.sum() > 100
    assert all(times[0].happened_at == times[1].happened_at for times in again)


def test_ids_name_one_thing_each_at_the_carriers_that_have_them(everything):
    things = defaultdict(set)
    for one in everything:
        if one.entry["id"]:
            things[one.carrier, one.entry["id"]].add(json.dumps(one.entry))
    assert all(len(same) == 1 for same in things.values())
    assert {carrier for carrier, _id in things} == {one.key for one in CARRIERS if one.has_ids}


def test_until_a_moment_is_what_had_come_by_then(story, everything):
    early = list(story.events_until(MOMENT))
    late = list(story.events(since=MOMENT))

    assert 0 < len(early) < len(everything)
    assert early + late == everything
    assert early[-1].arrives_at <= MOMENT < late[0].arrives_at
    assert list(story.events_until(early[-1].arrives_at)) == early
    assert list(story.events_until(datetime(1970, 1, 1, tzinfo=UTC))) == []
    assert list(story.events(since=datetime(2200, 1, 1, tzinfo=UTC))) == []


def test_batches_hold_everything_once_each_in_its_time(story, everything):
    every = timedelta(hours=6)
    batches = list(story.batches(every))

    assert [one for _until, batch in batches for one in batch] == everything
    ends = [until for until, _batch in batches]
    assert ends == sorted(set(ends))
    for until, batch in batches:
        assert until - every < batch[0].arrives_at
        assert batch[-1].arrives_at <= until
    with pytest.raises(StoryError, match="every"):
        next(story.batches(timedelta(0)))


@pytest.mark.parametrize("size", [1, 17, 1000])
def test_posts_hold_everything_once_and_never_more_than_asked(story, everything, size):
    posts = list(story.posts(size))

    told = []
    for moment, body in posts:
        events = json.loads(body)["events"]
        assert 1 <= len(events) <= size
        assert all(set(one) == FIELDS for one in events)
        assert everything[len(told) + len(events) - 1].arrives_at == moment
        told += events
    assert told == [one.entry for one in everything]


def test_posts_of_one_carrier_are_those_of_its_account(story, everything):
    told = [
        one
        for key in ("polum", "kilat")
        for _at, body in story.posts(carrier=key)
        for one in json.loads(body)["events"]
    ]

    assert told == [one.entry for key in ("polum", "kilat") for one in everything if one.carrier == key]


@pytest.mark.parametrize(
    "asked", [{"size": 0}, {"size": -1}, {"size": 1001}, {"carrier": "nobody" * 100}, {"carrier": ""}]
)
def test_posts_that_cannot_be_are_refused(story, asked):
    with pytest.raises(StoryError, match=next(iter(asked))):
        next(story.posts(**asked))


def test_after_an_outage_posts_are_full():
    told = simulate(orders=20_000, seed=4, days=30, start=START, disturbances=Disturbances(outages=6))

    assert max(body.count(b'"number"') for _at, body in told.posts(1000)) > 100


def _zones(one):
    return [
        ZoneInfo(place.zone)
        for place in PLACES
        if (place.city, place.country) == (one.entry["place"], one.entry["country"])
    ]


def folded(story, heard):
    """The positions of all parcels, by everything heard, read as a shop reads it."""
    events = defaultdict(list)
    placed = [datetime.fromtimestamp(at, UTC) for at in story.purchased_at]
    for one in heard:
        told = told_of(one)
        text = datetime.fromisoformat(told.told_at) if told.occurred_at is None else told.occurred_at
        moment = position.read_moment(
            text, received_at=one.arrives_at, placed_at=placed[one.row], zones=_zones(one), local_moment=local_moment
        )
        digest = position.digest_of(
            number=told.number,
            code=told.code,
            told=text,
            told_at=told.told_at,
            place=told.place,
            message=told.message,
            external_id=told.external_id,
        )
        events[one.row].append(
            position.StoredEvent(digest, told.state, moment.occurred_at, told.reason, moment.adjusted)
        )
    return {row: position.fold(told, handed_over_at=None, placed_at=placed[row]) for row, told in events.items()}


def test_folded_together_they_say_how_each_parcel_ended(story, everything):
    ends = folded(story, everything)

    assert set(ends) == set(range(3000))
    off = []
    for row, end in ends.items():
        if not np.isnan(story.delivered_at[row]):
            assert end.state == position.DELIVERED, row
            off.append(abs(end.delivered_at.timestamp() - story.delivered_at[row]))
        elif not np.isnan(story.returned_at[row]):
            assert end.state == position.RETURNED, row
        else:
            assert end.state not in (position.DELIVERED, position.RETURNED), row
    assert np.mean(np.array(off) < 60) > 0.9
    assert max(off) < 15 * 3600
