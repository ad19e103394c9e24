from datetime import UTC, datetime, timedelta

import pytest

from ramah.kernel import claims
from ramah.kernel.models import HandlerRun

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
LEASE = timedelta(seconds=30)


def make(number, **fields):
    fields = {"next_attempt_at": AT - timedelta(minutes=number), **fields}
    return HandlerRun.objects.create(
        handler="test", name="test.happened", subject=f"test:{number}", payload={}, published_at=AT, **fields
    )


def claim(at=AT, limit=10):
    return claims.claim_due(HandlerRun.objects.all(), at=at, lease=LEASE, limit=limit)


def test_due_rows_are_claimed_oldest_first_up_to_the_limit():
    for number in range(1, 6):
        make(number)
    make(0, next_attempt_at=AT + timedelta(seconds=1))
    make(9, next_attempt_at=None)

    assert [row.subject for row in claim(limit=3)] == ["test:5", "test:4", "test:3"]
    assert [row.subject for row in claim()] == ["test:2", "test:1"]
    assert claim() == []


def test_a_claimed_row_is_free_again_when_its_lease_ran_out():
    make(1)
    first = claim()[0]

    assert claim(at=AT + LEASE) == []
    second = claim(at=AT + LEASE + timedelta(seconds=1))[0]

    assert (second.pk, second.claim != first.claim) == (first.pk, True)


def test_whoever_lost_the_lease_writes_nothing():
    make(1)
    slow = claim()[0]
    quick = claim(at=AT + LEASE + timedelta(seconds=1))[0]

    assert claims.settle(quick, state=HandlerRun.State.FAILED) is True
    assert claims.settle(slow, error="I was too late") is False

    row = HandlerRun.objects.get()
    assert (row.state, row.error, row.claim, row.claimed_until) == ("failed", "", "", None)


def test_settled_work_is_not_due_again_unless_a_time_is_given():
    make(1)
    claims.settle(claim()[0])
    assert claim(at=AT + timedelta(days=9)) == []

    make(2)
    claims.settle(claim()[0], next_attempt_at=AT + timedelta(minutes=1))
    assert [row.subject for row in claim(at=AT + timedelta(minutes=1))] == ["test:2"]


def test_pauses_grow_for_about_three_days_and_then_it_is_enough():
    pauses = []
    while pause := claims.next_attempt(len(pauses) + 1, at=AT):
        pauses.append(pause - AT)

    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=30)
    assert sum(pauses[:5], timedelta()) <= timedelta(hours=1, minutes=1)
    assert timedelta(days=2) < sum(pauses, timedelta()) < timedelta(days=4)
