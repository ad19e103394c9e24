"""Promises are kept in time, fulfilled late, taken back, paused and renegotiated; all of it stays on record."""

from datetime import timedelta

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.promises import events
from ramah.promises.commands import (
    DueInThePast,
    PromiseEnded,
    erase_reasons,
    keep_promise,
    keep_promises,
    pause_promises,
    renegotiate_promise,
    resume_promises,
    tick,
    withdraw_promises,
)
from ramah.promises.models import Promise
from ramah.promises.queries import changes_of, promises_replaced_by
from ramah.promises.testing import AT, make_calendar, make_promise

Kind = Promise.Kind
SUBJECT = "conversation:7"


def minutes(count):
    return AT + timedelta(minutes=count)


def actions(promise):
    return [change.action for change in changes_of(promise)]


@pytest.fixture
def ben(db):
    return actor_of_agent(make_agent(name="Ben"))


def keep(ben, at, kinds=(Kind.FIRST_REPLY, Kind.NEXT_REPLY)):
    return keep_promises(actor=ben, subject=SUBJECT, kinds=kinds, at=at)


def test_done_in_time_is_kept(dana, ben, published):
    promise = make_promise(dana, subject=SUBJECT)
    other = make_promise(dana, subject=SUBJECT, kind=Kind.RESOLUTION)
    elsewhere = make_promise(dana, subject="conversation:70")

    kept = keep(ben, minutes(60))  # at the last moment

    assert kept == [promise]
    promise.refresh_from_db()
    assert (promise.state, promise.ended_at, promise.fulfilled_at) == ("kept", minutes(60), minutes(60))
    assert published == [events.PromisesKept([promise.pk], SUBJECT)]
    assert actions(promise) == ["kept"]
    assert AuditEntry.objects.get().action == "promise.kept"
    assert AuditEntry.objects.get().actor == ben.ref
    for untouched in (other, elsewhere):
        untouched.refresh_from_db()
        assert untouched.state == "open"


def test_keeping_twice_is_harmless(dana, ben, published):
    make_promise(dana, subject=SUBJECT)
    keep(ben, minutes(1))
    published.clear()

    assert keep(ben, minutes(2)) == []
    assert published == []
    assert Promise.objects.get().fulfilled_at == minutes(1)


def test_done_late_stays_broken_and_says_when(dana, ben, published):
    promise = make_promise(dana, subject=SUBJECT)
    tick(at=minutes(61))
    published.clear()

    assert keep(ben, minutes(90)) == [promise]

    promise.refresh_from_db()
    assert (promise.state, promise.ended_at, promise.fulfilled_at) == ("broken", minutes(60), minutes(90))
    assert published == []
    assert actions(promise) == ["broken", "fulfilled"]
    assert keep(ben, minutes(95)) == []


def test_late_is_broken_even_before_the_clock_noticed(dana, ben, published):
    promise = make_promise(dana, subject=SUBJECT)

    keep(ben, minutes(61))

    promise.refresh_from_db()
    assert (promise.state, promise.ended_at, promise.fulfilled_at) == ("broken", minutes(60), minutes(61))
    assert published == [events.PromiseBroken(promise.pk, "first_reply", SUBJECT)]
    assert tick(at=minutes(62)) == 0


def test_one_promise_is_kept_by_its_key(dana):
    first, second = (make_promise(dana, subject=SUBJECT, kind=Kind.CALLBACK) for _ in range(2))

    assert keep_promise(actor=SYSTEM, promise_id=second.pk, at=minutes(1)) == second
    assert keep_promise(actor=SYSTEM, promise_id=second.pk, at=minutes(2)) is None

    first.refresh_from_db()
    assert first.state == "open"


def test_withdrawn_promises_end_with_the_reason(dana, published):
    promise = make_promise(dana, subject=SUBJECT)
    pause_promises(subject=SUBJECT, at=AT)
    broken = make_promise(dana, subject=SUBJECT, kind=Kind.NEXT_REPLY, state="broken", ended_at=AT)
    published.clear()

    assert withdraw_promises(subject=SUBJECT, reason="spam", at=minutes(5)) == [promise]

    promise.refresh_from_db()
    assert (promise.state, promise.reason, promise.ended_at) == ("withdrawn", "spam", minutes(5))
    assert published == [events.PromisesWithdrawn([promise.pk], SUBJECT)]
    broken.refresh_from_db()
    assert broken.state == "broken"


def test_a_pause_keeps_the_business_minutes_that_are_left(dana, published):
    # Given 60 minutes in Jakarta office hours, of which 20 are gone at 16:20 on Monday
    promise = make_promise(dana, subject=SUBJECT, calendar=make_calendar())

    # When the clock stands until Tuesday 16:50
    pause_promises(subject=SUBJECT, at=minutes(20))
    promise.refresh_from_db()
    assert (promise.due_at, promise.warn_at, promise.remaining_minutes) == (None, None, 40)
    assert tick(at=minutes(600)) == 0
    resume_promises(subject=SUBJECT, at=minutes(24 * 60 + 50))

    # Then it is due 40 business minutes later, on Wednesday 08:30, and at risk twelve minutes before
    promise.refresh_from_db()
    assert promise.due_at == minutes(24 * 60 + 50 + 15 * 60 + 40)
    assert promise.warn_at == promise.due_at - timedelta(minutes=12)
    assert (promise.paused_at, promise.remaining_minutes) == (None, None)
    assert [type(fact) for fact in published] == [events.PromisesPaused, events.PromisesResumed]
    assert actions(promise) == ["paused", "resumed"]


def test_pausing_saves_no_promise_that_is_past_due(dana):
    promise = make_promise(dana, subject=SUBJECT)

    assert pause_promises(subject=SUBJECT, at=minutes(61)) == []
    assert tick(at=minutes(61)) == 1

    promise.refresh_from_db()
    assert promise.state == "broken"


def test_pausing_and_resuming_twice_is_harmless(dana):
    promise = make_promise(dana, subject=SUBJECT)
    pause_promises(subject=SUBJECT, at=minutes(10))

    assert pause_promises(subject=SUBJECT, at=minutes(20)) == []
    assert resume_promises(subject=SUBJECT, kinds=[Kind.RESOLUTION], at=minutes(30)) == []
    assert resume_promises(subject=SUBJECT, at=minutes(30)) == [promise]
    assert resume_promises(subject=SUBJECT, at=minutes(40)) == []

    promise.refresh_from_db()
    assert promise.due_at == minutes(80)


def test_a_paused_promise_can_be_kept(dana, ben):
    promise = make_promise(dana, subject=SUBJECT)
    pause_promises(subject=SUBJECT, at=minutes(10))

    keep(ben, minutes(1000))

    promise.refresh_from_db()
    assert (promise.state, promise.paused_at) == ("kept", None)


def test_renegotiation_puts_a_new_promise_in_place_of_the_old(dana, ben, published):
    promise = make_promise(dana, subject=SUBJECT, calendar=make_calendar())

    second = renegotiate_promise(
        actor=ben, promise_id=promise.pk, due_at=minutes(3000), reason="carrier", at=minutes(30)
    )
    third = renegotiate_promise(actor=ben, promise_id=second.pk, due_at=minutes(4000), reason="", at=minutes(40))

    promise.refresh_from_db()
    assert (promise.state, promise.ended_at, promise.moved_to, promise.reason) == (
        "renegotiated",
        minutes(30),
        minutes(3000),
        "carrier",
    )
    third.refresh_from_db()
    assert (third.state, third.due_at, third.kind, third.customer, third.subject) == (
        "open",
        minutes(4000),
        promise.kind,
        dana,
        SUBJECT,
    )
    assert promises_replaced_by(third) == [second, promise]
    assert published[0] == events.PromiseRenegotiated(second.pk, promise.pk, "first_reply", SUBJECT, ben.ref)
    assert actions(promise) == ["renegotiated"]
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == ["promise.renegotiated"] * 2


def test_a_broken_promise_stays_broken_when_another_time_is_agreed_on(dana, ben, published):
    promise = make_promise(dana, subject=SUBJECT)

    new = renegotiate_promise(actor=ben, promise_id=promise.pk, due_at=minutes(300), reason="", at=minutes(61))

    promise.refresh_from_db()
    assert (promise.state, promise.moved_to) == ("broken", minutes(300))
    assert [type(fact) for fact in published] == [events.PromiseBroken, events.PromiseRenegotiated]
    assert keep(ben, minutes(200)) == [new]
    promise.refresh_from_db()
    assert promise.fulfilled_at is None


@pytest.mark.parametrize("state", ["kept", "withdrawn", "renegotiated"])
def test_what_has_ended_is_not_renegotiated(dana, ben, state):
    promise = make_promise(dana, state=state, ended_at=AT)

    with pytest.raises(PromiseEnded):
        renegotiate_promise(actor=ben, promise_id=promise.pk, due_at=minutes(300), reason="", at=minutes(1))

    assert Promise.objects.count() == 1


def test_a_time_that_has_passed_cannot_be_agreed_on(dana, ben):
    promise = make_promise(dana)

    with pytest.raises(DueInThePast):
        renegotiate_promise(actor=ben, promise_id=promise.pk, due_at=minutes(1), reason="", at=minutes(1))

    assert Promise.objects.get().state == "open"


def test_chris_the_contractor_may_not_renegotiate(dana):
    chris = actor_of_agent(make_agent(name="Chris", role="contractor"))
    promise = make_promise(dana)

    with pytest.raises(PermissionDenied):
        renegotiate_promise(actor=chris, promise_id=promise.pk, due_at=minutes(300), reason="", at=AT)

    promise.refresh_from_db()
    assert promise.state == "open"
    assert Promise.objects.count() == 1


def test_erasing_takes_the_free_text_and_leaves_the_figures(dana):
    make_promise(dana, state="withdrawn", ended_at=AT, reason="Dana moved to Bandung")

    erase_reasons(dana.pk)
    erase_reasons(dana.pk)

    assert Promise.objects.get().reason == ""
