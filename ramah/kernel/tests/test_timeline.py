"""The time line joins sources by time and never tears one moment apart."""

from datetime import UTC, datetime, timedelta

import pytest

from ramah.kernel import timeline
from ramah.kernel.actors import SYSTEM
from ramah.kernel.timeline import TimelineEntry, register_timeline, timeline_page

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def source(*minutes):
    entries = [TimelineEntry(AT + timedelta(minutes=minute), "clock", str(minute)) for minute in minutes]

    def fetch(actor, customer_id, before, limit):
        found = [entry for entry in entries if before is None or entry.at < before]
        return sorted(found, key=lambda entry: entry.at, reverse=True)[:limit]

    return fetch


@pytest.fixture(autouse=True)
def only_ours(monkeypatch):
    monkeypatch.setattr(timeline, "_sources", {})


def titles(**options):
    entries, earlier = timeline_page(SYSTEM, 1, **options)
    return [entry.title for entry in entries], earlier


def test_sources_are_joined_newest_first():
    register_timeline("a", source(1, 5))
    register_timeline("b", source(3, 9))

    assert titles() == (["9", "5", "3", "1"], None)


def test_a_page_ends_where_the_next_begins():
    register_timeline("a", source(1, 5))
    register_timeline("b", source(3, 9))

    first, earlier = titles(limit=2)
    assert (first, earlier) == (["9", "5"], AT + timedelta(minutes=5))
    assert titles(limit=2, before=earlier) == (["3", "1"], None)


def test_things_of_one_moment_stand_on_one_page():
    register_timeline("a", source(5, 5, 1))
    register_timeline("b", source(5, 9))

    first, earlier = titles(limit=2)
    assert first == ["9", "5", "5", "5"]
    assert titles(limit=2, before=earlier) == (["1"], None)


def test_a_source_with_more_of_one_moment_than_fits_a_page_loses_nothing():
    register_timeline("a", source(9, *[5] * 11, 1))

    first, earlier = titles(limit=2)
    rest, further = titles(limit=2, before=earlier)

    assert (first, rest, further) == (["9"], ["5"] * 11 + ["1"], None)


def test_nobody_knows_anything():
    assert titles() == ([], None)
