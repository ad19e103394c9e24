"""Transactions of one process on SQLite take turns, in the order in which they came."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from ramah.kernel.models import OutboxLane
from ramah.kernel.sqlite3 import base
from ramah.kernel.sqlite3.base import Turns

sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers")


def started(work):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_whoever_came_first_is_next():
    turns, order = Turns(), []
    assert turns.take(1)

    def wait(name):
        assert turns.take(20)
        order.append(name)
        turns.give()

    threads = []
    for name in range(5):
        threads.append(started(lambda name=name: wait(name)))
        while len(turns._line) <= name:
            threads[-1].join(0.01)
    turns.give()
    for thread in threads:
        thread.join(20)

    assert order == [0, 1, 2, 3, 4]
    assert turns.take(0)


def test_a_turn_that_does_not_come_is_not_waited_for_for_ever():
    turns = Turns()
    assert turns.take(1)

    assert not turns.take(0.01)

    turns.give()
    assert turns.take(0)


@sqlite
@pytest.mark.django_db(transaction=True)
def test_however_a_transaction_ends_the_next_has_its_turn():
    with transaction.atomic():
        assert connection._turn is not None
    assert connection._turn is None

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert connection._turn is None

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column")
    assert connection._turn is None

    with transaction.atomic():
        connection.close()
    assert connection._turn is None

    with transaction.atomic():
        assert connection._turn is not None


@sqlite
@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_cannot_begin_gives_its_turn_back(monkeypatch):
    def refuse(self):
        raise DatabaseError("no")

    with monkeypatch.context() as broken:
        broken.setattr(base.base.DatabaseWrapper, "_start_transaction_under_autocommit", refuse)
        with pytest.raises(DatabaseError), transaction.atomic():
            pass

    with transaction.atomic():
        assert connection._turn is not None


@sqlite
@pytest.mark.django_db(transaction=True)
def test_many_threads_write_at_once_and_nothing_is_lost():
    lane = OutboxLane.objects.order_by("pk").first() or OutboxLane.objects.create(pk=1)

    def write():
        for _ in range(20):
            with transaction.atomic():
                row = OutboxLane.objects.get(pk=lane.pk)
                row.claim = str(int(row.claim or 0) + 1)
                row.save()
        connection.close()

    threads = [started(write) for _ in range(6)]
    for thread in threads:
        thread.join(60)

    assert OutboxLane.objects.get(pk=lane.pk).claim == "120"
