"""The clock warns of each promise once and breaks it once."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ramah.customers.testing import make_customer
from ramah.promises import events
from ramah.promises.commands import tick
from ramah.promises.models import Promise, PromiseChange
from ramah.promises.testing import AT, make_promise


def minutes(count):
    return AT + timedelta(minutes=count)


def test_a_promise_is_at_risk_once_then_broken_once(dana, published):
    promise = make_promise(dana, subject="conversation:7")

    done = [tick(at=minutes(count)) for count in (47, 48, 49, 60, 61, 62)]

    assert done == [0, 1, 0, 0, 1, 0]
    assert published == [
        events.PromiseAtRisk(promise.pk, "first_reply", "conversation:7"),
        events.PromiseBroken(promise.pk, "first_reply", "conversation:7"),
    ]
    promise.refresh_from_db()
    assert (promise.state, promise.warned_at, promise.ended_at) == ("broken", minutes(48), minutes(60))
    assert [change.action for change in promise.changes.order_by("id")] == ["warned", "broken"]


def test_after_a_standstill_what_broke_is_not_also_warned_of(dana, published):
    make_promise(dana)

    assert tick(at=minutes(600)) == 1

    assert [type(fact) for fact in published] == [events.PromiseBroken]


def test_what_has_ended_or_stands_still_is_left_alone(dana):
    make_promise(dana, state="kept", ended_at=AT)
    make_promise(dana, paused_at=AT, due_at=None, warn_at=None)

    assert tick(at=minutes(600)) == 0


def test_a_backlog_is_worked_off_in_portions(dana):
    for _ in range(5):
        make_promise(dana)

    assert [tick(at=minutes(600), limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_with_nothing_due_it_opens_no_transaction(dana):
    make_promise(dana)

    with CaptureQueriesContext(connection) as queries:
        tick(at=AT)

    assert len(queries) == 2
    assert all(query["sql"].startswith("SELECT") for query in queries)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_break_and_warn_of_each_promise_once():
    if connection.vendor != "postgresql":
        pytest.skip("rows are claimed side by side on PostgreSQL only")
    eli = make_customer("Eli")
    for _ in range(60):
        make_promise(eli)
        make_promise(eli, due_at=minutes(6000))
    start = threading.Barrier(4)
    done = []

    def work():
        start.wait()
        try:
            done.extend(tick(at=minutes(600), limit=7) for _ in range(30))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(done) == 120
    assert Promise.objects.filter(state="broken").count() == 60
    lines = Counter(PromiseChange.objects.values_list("promise_id", "action"))
    assert len(lines) == 120
    assert set(lines.values()) == {1}
