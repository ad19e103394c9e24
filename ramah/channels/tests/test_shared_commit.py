"""Threads that store at the same time: they share commits, and each learns what became of its own."""

import threading

import pytest
from django.db import connection, transaction

from ramah.channels.commands import take_in
from ramah.channels.models import IntakeItem
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock
from ramah.kernel.shared_commit import SharedCommit
from ramah.kernel.testing import at_once
from tests.support.waiting import until


class Store:
    """Notes what it was given together; the first call waits until it is let go."""

    def __init__(self, *, held=False):
        self.batches, self.begun, self.go = [], threading.Event(), threading.Event()
        if not held:
            self.go.set()

    def __call__(self, items):
        self.batches.append(list(items))
        self.begun.set()
        assert self.go.wait(20)
        if "bad" in items:
            raise ValueError("bad")
        if "last" in items:
            raise SystemExit
        return [item.upper() for item in items]


def in_threads(line, items):
    """Start storing each; gives a function that waits for what became of them."""
    outcomes = {}

    def store(item):
        try:
            outcomes[item] = line(item)
        except BaseException as error:
            outcomes[item] = type(error)

    threads = [threading.Thread(target=store, args=(item,)) for item in items]
    for thread in threads:
        thread.start()

    def ended():
        for thread in threads:
            thread.join(20)
        return outcomes

    return ended


def test_what_comes_during_a_commit_shares_the_next_one():
    store = Store(held=True)
    line = SharedCommit(store)
    first = in_threads(line, ["a"])
    assert store.begun.wait(20)
    others = in_threads(line, ["b", "c", "d"])
    until(lambda: len(line._line) == 3)
    store.go.set()

    assert first() == {"a": "A"}
    assert others() == {"b": "B", "c": "C", "d": "D"}
    assert [sorted(batch) for batch in store.batches] == [["a"], ["b", "c", "d"]]


def test_more_than_a_batch_goes_in_several_and_nobody_is_forgotten():
    store = Store(held=True)
    line = SharedCommit(store, batch=2)
    first = in_threads(line, ["a"])
    assert store.begun.wait(20)
    others = in_threads(line, ["b", "c", "d", "e", "f"])
    until(lambda: len(line._line) == 5)
    store.go.set()

    assert first() | others() == {name: name.upper() for name in "abcdef"}
    assert sorted(map(len, store.batches)) == [1, 1, 2, 2]


@pytest.mark.parametrize(("culprit", "fault"), [("bad", ValueError), ("last", SystemExit)])
def test_one_that_fails_takes_no_other_with_it_and_nobody_waits_for_ever(culprit, fault):
    store = Store(held=True)
    line = SharedCommit(store)
    first = in_threads(line, ["a"])
    assert store.begun.wait(20)
    others = in_threads(line, ["b", culprit, "c"])
    until(lambda: len(line._line) == 3)
    store.go.set()
    first()

    outcomes = others()
    if culprit == "bad":
        assert outcomes == {"b": "B", "bad": fault, "c": "C"}
    else:  # its thread was ended: those who came with it are told that nothing was stored
        assert sorted(map(str, outcomes.values())) == sorted(map(str, [fault, InterruptedError, InterruptedError]))
    assert line("z") == "Z"


@pytest.mark.django_db
def test_inside_a_transaction_it_stands_or_falls_with_that():
    inbox = make_inbox()

    def interrupted():
        with transaction.atomic():
            take_in(inbox_id=inbox.pk, raws=[(b"one", {})], at=clock.now())
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()

    assert not IntakeItem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_items_of_many_threads_are_each_stored_once():
    inbox = make_inbox()

    def post(number):
        (item,) = take_in(inbox_id=inbox.pk, raws=[(b"%d" % number, {})], at=clock.now())
        assert not connection.in_atomic_block
        return IntakeItem.objects.get(pk=item.pk).raw  # committed before the sender is told

    jobs = [lambda number=number: post(number) for number in range(12)]
    found = at_once(*jobs)

    assert [bytes(raw) for raw in found] == [b"%d" % number for number in range(12)]
    assert IntakeItem.objects.count() == 12
