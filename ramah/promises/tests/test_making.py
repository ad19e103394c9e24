"""Promises are made in one go and once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry, OutboxEvent
from ramah.promises.commands import NeverOpen, Terms, make_promises, withdraw_promises
from ramah.promises.events import PromisesMade
from ramah.promises.models import Promise, PromiseChange
from ramah.promises.testing import AT, make_calendar, make_promise

REPLY, NEXT, RESOLUTION = Promise.Kind.FIRST_REPLY, Promise.Kind.NEXT_REPLY, Promise.Kind.RESOLUTION
SUBJECT = "conversation:7"


def make(dana, *terms, **more):
    return make_promises(actor=SYSTEM, customer_id=dana.pk, subject=SUBJECT, terms=terms, at=AT, **more)


def test_due_and_warning_are_counted_in_business_time(dana):
    # Given office hours in Jakarta, where it is Monday 16:00
    calendar = make_calendar()

    # When an answer is promised within two business hours
    (promise,) = make(dana, Terms(REPLY, minutes=120), calendar=calendar)

    # Then it is due on Tuesday 09:00, and at risk after 96 minutes, on Tuesday 08:36
    promise.refresh_from_db()
    assert promise.due_at == AT + timedelta(hours=17)
    assert promise.warn_at == AT + timedelta(hours=16, minutes=36)
    assert (promise.state, promise.minutes, promise.warn_minutes) == ("open", 120, 24)
    assert (promise.started_at, promise.calendar) == (AT, calendar)


def test_without_a_calendar_every_minute_counts(dana):
    (promise,) = make(dana, Terms(REPLY, minutes=100, warn_percent=50))

    assert promise.due_at == AT + timedelta(minutes=100)
    assert promise.warn_at == AT + timedelta(minutes=50)


def test_a_promised_date_is_warned_of_in_business_time(dana):
    # Given Monday 16:00 in Jakarta; a callback on Tuesday 12:00 leaves five business hours
    (promise,) = make(dana, Terms(Promise.Kind.CALLBACK, due_at=AT + timedelta(hours=20)), calendar=make_calendar())

    assert promise.due_at == AT + timedelta(hours=20)
    assert promise.minutes is None
    assert promise.warn_at == AT + timedelta(hours=19)


def test_a_batch_is_two_inserts_and_one_event(dana, published):
    calendar = make_calendar()
    make(dana, Terms(Promise.Kind.REFUND, minutes=5), calendar=calendar)
    published.clear()

    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        promises = make(
            dana, Terms(REPLY, minutes=60), Terms(RESOLUTION, minutes=600), calendar=calendar, owner_id=None
        )

    statements = [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert statements == ["INSERT", "INSERT", "INSERT"]
    assert published == [PromisesMade([promise.pk for promise in promises], SUBJECT)]
    event = OutboxEvent.objects.get(name="promise.made", payload__promise_ids=[promise.pk for promise in promises])
    assert event.subject == SUBJECT
    assert list(PromiseChange.objects.filter(promise__in=promises).values_list("action", "actor")) == [
        ("made", "system"),
        ("made", "system"),
    ]
    assert not AuditEntry.objects.exists()


def test_making_again_leaves_the_open_promise_as_it_is(dana, published):
    first = make(dana, Terms(NEXT, minutes=60))
    published.clear()

    again = make(dana, Terms(NEXT, minutes=5), Terms(NEXT, minutes=6))

    assert again == [first[0], first[0]]
    assert published == []
    assert Promise.objects.get().minutes == 60
    assert PromiseChange.objects.count() == 1


def test_one_of_a_kind_in_one_batch_too(dana):
    one, same = make(dana, Terms(NEXT, minutes=5), Terms(NEXT, minutes=6))

    assert one is same
    assert Promise.objects.count() == 1


def test_an_ended_promise_makes_room_for_a_new_one(dana):
    make(dana, Terms(NEXT, minutes=60))
    withdraw_promises(subject=SUBJECT, reason="spam", at=AT)

    make(dana, Terms(NEXT, minutes=60))

    assert list(Promise.objects.order_by("id").values_list("state", flat=True)) == ["withdrawn", "open"]


def test_of_other_kinds_a_subject_may_have_several(dana):
    make(dana, Terms(Promise.Kind.CALLBACK, minutes=60), Terms(Promise.Kind.CALLBACK, minutes=60))

    assert Promise.objects.count() == 2


def test_the_database_holds_it_too(dana):
    make_promise(dana, subject=SUBJECT)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_promise(dana, subject=SUBJECT)


def test_what_stands_already_is_returned_beside_what_is_new(dana, published):
    other = make_promise(dana, subject=SUBJECT)

    first, resolution = make(dana, Terms(REPLY, minutes=5), Terms(RESOLUTION, minutes=5))

    assert first == other
    assert published == [PromisesMade([resolution.pk], SUBJECT)]
    assert set(Promise.objects.values_list("kind", "minutes")) == {("first_reply", 60), ("resolution", 5)}


def test_a_calendar_that_never_opens_makes_no_promise(dana):
    with pytest.raises(NeverOpen):
        make(dana, Terms(REPLY, minutes=5), calendar=make_calendar(hours={}))

    assert not Promise.objects.exists()


@pytest.mark.parametrize(
    "fields", [{}, {"minutes": 5, "due_at": AT}, {"minutes": 5, "warn_percent": 0}, {"minutes": 5, "warn_percent": 101}]
)
def test_terms_that_say_too_little_or_too_much_are_refused(fields):
    with pytest.raises(ValueError, match=r"minutes|warn_percent"):
        Terms(REPLY, **fields)
