import threading
import time

import pytest
from django.db import OperationalError

from ramah.config import worker
from ramah.config.schedule import Job
from ramah.kernel import events


class Work:
    """A job that finds as much work as it is told, and fails as it is told."""

    def __init__(self, *found):
        self.found, self.calls = list(found), 0
        self.called = threading.Event()

    def __call__(self, *, at):
        self.calls += 1
        self.called.set()
        found = self.found.pop(0) if self.found else 0
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def run(monkeypatch, transactional_db):
    """Run lanes for a moment: `run({"lane": [Job(...)]}, until=...)`."""

    def run_until(lanes, until):
        running = worker.Worker(lanes)
        running.start()
        end = time.monotonic() + 10
        while not until() and time.monotonic() < end:
            time.sleep(0.01)
        running.ask_to_stop()
        assert running.join(seconds=5)
        assert until()

    return run_until


def test_a_job_is_called_again_at_once_while_it_finds_work_and_then_pauses(run):
    busy = Work(5, 3, 0)

    run({"one": [Job("busy", busy, 60)]}, until=lambda: busy.calls >= 3)

    assert busy.calls == 3


def test_a_round_that_did_less_than_a_full_one_is_followed_by_the_pause(run):
    busy = Work(50, 50, 49, 50)

    run({"one": [Job("busy", busy, 60, full=50)]}, until=lambda: busy.calls >= 3)

    assert busy.calls == 3


def test_one_jobs_fault_stops_neither_itself_nor_the_others(run, caplog):
    bad, good = Work(ValueError("no"), ValueError("no")), Work()

    run({"one": [Job("bad", bad, 0.05), Job("good", good, 0.05)]}, until=lambda: bad.calls >= 3 and good.calls >= 3)

    assert [record.getMessage() for record in caplog.records].count("job failed") == 2


def test_a_database_that_is_away_is_waited_for(run, caplog, monkeypatch):
    shaky = Work(OperationalError("away"), 1, 0)

    run({"one": [Job("shaky", shaky, 0.05)]}, until=lambda: shaky.calls >= 3)

    assert "database is away; trying again" in [record.getMessage() for record in caplog.records]


def test_a_publication_wakes_the_jobs_that_somebody_waits_for_in_every_lane(run):
    first, second, third = Work(), Work(), Work()
    lanes = {
        "one": [Job("first", first, 3600, soonest=0.01), Job("third", third, 3600)],
        "two": [Job("second", second, 3600, soonest=0.01)],
    }

    def woken():
        if first.calls == second.calls == 1:
            events.published.set()
        return first.calls >= 2 and second.calls >= 2

    run(lanes, until=woken)
    assert third.calls == 1


def test_many_rings_are_one_round(run):
    rung, beat = Work(), Work()
    lanes = {"one": [Job("rung", rung, 3600, soonest=0.5)], "two": [Job("beat", beat, 0.01)]}

    def ringing():
        events.published.set()
        return rung.calls >= 2

    run(lanes, until=ringing)
    assert rung.calls == 2
    assert beat.calls > 2


def test_a_slow_lane_does_not_hold_up_another(run):
    release = threading.Event()
    quick = Work()

    def slow(*, at):
        release.wait(5)
        return 0

    def enough():
        if quick.calls >= 3:
            release.set()
        return release.is_set()

    run({"slow": [Job("slow", slow, 1)], "quick": [Job("quick", quick, 0.05)]}, until=enough)


def test_work_in_hand_is_finished_before_the_end(transactional_db):
    begun, done = threading.Event(), threading.Event()

    def slow(*, at):
        begun.set()
        time.sleep(0.3)
        done.set()
        return 1

    running = worker.Worker({"one": [Job("slow", slow, 60)]})
    running.start()
    assert begun.wait(5)
    running.ask_to_stop()

    assert running.join(seconds=5) is True
    assert done.is_set()


def test_a_round_without_a_worker_says_what_each_job_did(monkeypatch, db):
    lanes = {"one": [Job("a", Work(2, 1, 0), 1)], "two": [Job("b", Work(), 1)]}
    monkeypatch.setattr(worker, "LANES", lanes)

    assert worker.tick() == {"a": 2, "b": 0}
    assert worker.tick(until_idle=True) == {"a": 1, "b": 0}
