"""Reads: order, one query, doors, figures."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, NotVisible
from ramah.kernel.personal_data import personal_data_holders
from ramah.promises.queries import kept_share, promise_for, promises_of_customer, promises_of_subjects, spoken_due
from ramah.promises.testing import AT, make_calendar, make_promise


@pytest.fixture
def ben(db):
    return actor_of_agent(make_agent(name="Ben"))


def test_open_ones_come_first_most_urgent_ahead_then_what_ended_newest_first(dana, django_assert_num_queries):
    subject = "conversation:7"
    kept = make_promise(dana, subject=subject, state="kept", ended_at=AT)
    later = make_promise(dana, subject=subject, kind="resolution", due_at=AT + timedelta(hours=9))
    paused = make_promise(dana, subject=subject, kind="next_reply", paused_at=AT, due_at=None, warn_at=None)
    broken = make_promise(dana, subject=subject, state="broken", ended_at=AT)
    urgent = make_promise(dana, subject=subject)
    elsewhere = make_promise(dana, subject="order:1", kind="delivery")

    with django_assert_num_queries(1):
        found = promises_of_subjects([subject, "order:1", "order:2"])

    assert found == {subject: [urgent, later, paused, broken, kept], "order:1": [elsewhere], "order:2": []}
    with django_assert_num_queries(1):
        assert promises_of_subjects([subject], outstanding=True) == {subject: [urgent, later, paused, broken]}


def test_promises_of_a_customer_are_theirs_alone(dana, ben):
    mine = make_promise(dana)
    make_promise(make_customer("Eli"))

    assert promises_of_customer(ben, dana.public_id) == [mine]
    with pytest.raises(NotVisible):
        promises_of_customer(ben, "nobody")
    with pytest.raises(NotVisible):
        promises_of_customer(NOBODY, dana.public_id)


def test_the_door_of_a_promise(dana, ben):
    promise = make_promise(dana)

    assert promise_for(ben, public_id=promise.public_id) == promise
    with pytest.raises(NotVisible):
        promise_for(ben, public_id="nothing")
    with pytest.raises(NotVisible):
        promise_for(NOBODY, public_id=promise.public_id)


def test_kept_share_counts_what_came_due_since(dana):
    for state, ended in [("kept", 1), ("kept", 2), ("kept", -1), ("broken", 3), ("withdrawn", 3), ("renegotiated", 3)]:
        make_promise(dana, state=state, ended_at=AT + timedelta(hours=ended))
    make_promise(dana)

    figures = kept_share(AT)

    assert (figures.kept, figures.broken, figures.share) == (2, 1, pytest.approx(2 / 3))
    assert kept_share(AT, until=AT + timedelta(hours=2)).share == 1
    assert kept_share(AT, kinds=["delivery"]).share is None


def test_a_due_time_is_told_on_the_clock_of_its_calendar(dana):
    in_jakarta = make_promise(dana, calendar=make_calendar())

    assert spoken_due(in_jakarta, language="id", now=AT) == "sebelum Senin 17.00 WIB"
    with pytest.raises(ValueError, match="paused"):
        spoken_due(make_promise(dana, due_at=None, paused_at=AT), language="id", now=AT)


def test_a_copy_of_ones_data_holds_every_promise(dana):
    promise = make_promise(dana, reason="carrier late", state="renegotiated", ended_at=AT)
    make_promise(make_customer("Eli"))
    holder = next(holder for holder in personal_data_holders() if holder.key == "promises")

    exported = holder.export(dana.pk)

    assert exported == [
        {
            "kind": "first_reply",
            "subject": promise.subject,
            "state": "renegotiated",
            "started_at": "2026-03-02T09:00:00+00:00",
            "due_at": "2026-03-02T10:00:00+00:00",
            "ended_at": "2026-03-02T09:00:00+00:00",
            "reason": "carrier late",
        }
    ]
    holder.erase(dana.pk)
    assert "reason" not in holder.export(dana.pk)[0]
