import threading
from datetime import timedelta

import pytest
from django.db import connection

from ramah.kernel import clock, events, outbox
from ramah.kernel.models import AuditEntry, HandlerRun, OutboxEvent, OutboxLane

pytestmark = pytest.mark.django_db


@pytest.fixture
def happened(event_type):
    return event_type("test.happened")


def publish(cls, number, subject="test:1"):
    events.publish(cls(number), subject=subject)


def test_every_handler_gets_every_event_once_and_in_order(happened):
    first, second = [], []
    events.subscribe(happened)(lambda fact: first.append(fact.number))

    @events.subscribe(happened)
    def other(fact):
        second.append(fact.number)

    for number in range(150):
        publish(happened, number)

    assert outbox.drain() == 150
    assert first == second == list(range(150))
    assert not OutboxEvent.objects.exists()
    assert outbox.drain() == 0


def test_a_handler_that_fails_leaves_no_trace_and_never_holds_up_the_others(happened):
    heard = []

    @events.subscribe(happened)
    def breaks(fact):
        AuditEntry.objects.create(at=clock.now(), actor="system", action="test", subject="test:1")
        raise RuntimeError("no")

    @events.subscribe(happened)
    def listens(fact):
        heard.append(fact.number)

    publish(happened, 1)
    outbox.drain()

    assert heard == [1]
    assert not AuditEntry.objects.exists()
    run = HandlerRun.objects.get()
    assert (run.handler.rpartition(".")[2], run.subject, run.attempts, run.state) == ("breaks", "test:1", 1, "waiting")
    assert "RuntimeError: no" in run.error


def test_later_events_of_the_subject_wait_for_the_failed_one_and_other_subjects_do_not(happened):
    heard, broken = [], [True]

    @events.subscribe(happened)
    def sometimes(fact):
        if broken[0] and fact.number == 1:
            raise RuntimeError
        heard.append(fact.number)

    publish(happened, 1, "test:1")
    publish(happened, 2, "test:1")
    publish(happened, 3, "test:2")
    outbox.drain()
    publish(happened, 4, "test:1")
    outbox.drain()
    assert heard == [3]

    broken[0] = False
    later = clock.now() + timedelta(minutes=1)
    while outbox.retry_failed_handlers(at=later):
        pass

    assert heard == [3, 1, 2, 4]
    assert not HandlerRun.objects.exists()


def test_before_its_pause_is_over_a_failed_handler_is_left_alone(happened):
    @events.subscribe(happened)
    def breaks(fact):
        raise RuntimeError

    publish(happened, 1)
    outbox.drain()

    assert outbox.retry_failed_handlers(at=clock.now()) == 0
    assert HandlerRun.objects.get().attempts == 1


def test_after_the_last_try_it_stays_in_sight_as_failed_and_the_next_of_its_subject_goes_on(happened):
    heard = []

    @events.subscribe(happened)
    def breaks_on_one(fact):
        if fact.number == 1:
            raise RuntimeError
        heard.append(fact.number)

    publish(happened, 1)
    publish(happened, 2)
    outbox.drain()
    at = clock.now()
    for _ in range(30):
        at += timedelta(days=2)
        outbox.retry_failed_handlers(at=at)

    run = HandlerRun.objects.get()
    assert (run.state, run.attempts, run.next_attempt_at, run.claim) == ("failed", 12, None, "")
    assert heard == [2]


def test_an_event_that_no_longer_fits_ends_as_a_failed_run_and_does_not_stop_the_rest(happened):
    heard = []
    events.subscribe(happened)(lambda fact: heard.append(fact.number))
    publish(happened, 1)
    OutboxEvent.objects.update(payload={"color": "red"})
    publish(happened, 2, "test:2")

    outbox.drain()

    assert heard == [2]
    assert "TypeError" in HandlerRun.objects.get().error


def test_a_lane_held_by_another_worker_is_left_alone_until_the_lease_ran_out(happened):
    heard, at = [], clock.now()
    events.subscribe(happened)(lambda fact: heard.append(fact.number))
    publish(happened, 1)
    lane = OutboxEvent.objects.get().lane
    OutboxLane.objects.create(lane=lane, claim="another worker", claimed_until=at + outbox.LEASE)

    assert outbox.dispatch_batch(at=at) == 0
    assert heard == []
    assert outbox.dispatch_batch(at=at + outbox.LEASE + timedelta(seconds=1)) == 1
    assert heard == [1]


def test_work_done_after_the_lease_was_lost_is_undone(happened):
    @events.subscribe(happened)
    def slow(fact):
        AuditEntry.objects.create(at=clock.now(), actor="system", action="test", subject="test:1")
        OutboxEvent.objects.all().delete()  # as another worker would, in its own transaction

    publish(happened, 1)

    with pytest.raises(outbox.LeaseLost):
        outbox.dispatch_batch(at=clock.now())

    assert not AuditEntry.objects.exists()
    assert not OutboxLane.objects.exclude(claim="").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_workers_share_500_events_each_handled_once_and_in_order_per_subject(happened):
    @events.subscribe(happened)
    def notes(fact):
        subject = f"test:{fact.number % 25}"
        AuditEntry.objects.create(
            at=clock.now(), actor="system", action="test", subject=subject, detail={"n": fact.number}
        )

    for number in range(500):
        publish(happened, number, f"test:{number % 25}")
    share = {}

    def work(name):
        share[name] = 0
        while OutboxEvent.objects.exists():
            share[name] += outbox.dispatch_batch(at=clock.now())
        connection.close()

    workers = [threading.Thread(target=work, args=(name,)) for name in ("first", "second", "third")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert sum(share.values()) == 500
    assert sum(count > 0 for count in share.values()) >= 2, share
    assert not HandlerRun.objects.exists()
    for subject in range(25):
        done = [entry.detail["n"] for entry in AuditEntry.objects.filter(subject=f"test:{subject}").order_by("id")]
        assert done == list(range(subject, 500, 25))
