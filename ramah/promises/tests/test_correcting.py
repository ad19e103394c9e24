"""What the clock broke before word came that it was done in time is kept after all; what was late stays broken."""

from datetime import timedelta

import pytest

from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import at_once
from ramah.promises import events
from ramah.promises.commands import keep_promise, keep_promises, renegotiate_promise, tick
from ramah.promises.models import Promise
from ramah.promises.queries import changes_of, kept_share, promises_of_subjects, promises_replaced_by
from ramah.promises.testing import AT, make_promise
from ramah.promises.wording import promise_words

SUBJECT = "order:7"
INSTANT = timedelta(microseconds=1)


def minutes(count):
    return AT + timedelta(minutes=count)


def made(customer, **fields):
    return make_promise(customer, subject=SUBJECT, kind="delivery", **fields)


def keep(at):
    return keep_promises(actor=SYSTEM, subject=SUBJECT, kinds=["delivery"], at=at)


def lines(promise):
    return [(change.action, change.at, change.detail) for change in changes_of(promise)]


@pytest.mark.parametrize("done", [minutes(30), minutes(60)])
def test_done_in_time_and_told_after_the_clock_broke_it(dana, published, done):
    # Given a delivery whose carrier was silent until after it was due
    promise = made(dana)
    tick(at=minutes(600))
    assert kept_share(AT).share == 0
    published.clear()

    # When it tells that the parcel was there in time
    assert keep(done) == [promise]

    # Then the promise counts as kept, and its history says that this was corrected
    promise.refresh_from_db()
    assert (promise.state, promise.ended_at, promise.fulfilled_at) == ("kept", done, done)
    assert published == [events.PromisesKept([promise.pk], SUBJECT)]
    assert lines(promise) == [("broken", minutes(600), {}), ("kept", done, {"corrected": True})]
    assert kept_share(AT).share == 1
    assert promises_of_subjects([SUBJECT], outstanding=True) == {SUBJECT: []}
    assert promise_words(promise, minutes(700)) == "Delivery kept"
    assert keep(done) == []


def test_an_instant_late_is_late(dana, published):
    promise = made(dana)
    tick(at=minutes(600))
    published.clear()

    assert keep(minutes(60) + INSTANT) == [promise]

    promise.refresh_from_db()
    assert (promise.state, promise.ended_at, promise.fulfilled_at) == ("broken", minutes(60), minutes(60) + INSTANT)
    assert published == []
    assert [action for action, _at, _detail in lines(promise)] == ["broken", "fulfilled"]
    assert kept_share(AT).share == 0


def test_an_earlier_moment_told_later_corrects_what_counted_as_late(dana):
    promise = made(dana)
    keep(minutes(90))

    assert keep(minutes(50)) == [promise]

    promise.refresh_from_db()
    assert (promise.state, promise.fulfilled_at) == ("kept", minutes(50))
    assert [action for action, _at, _detail in lines(promise)] == ["broken", "fulfilled", "kept"]
    assert keep(minutes(95)) == keep(minutes(40)) == []


def test_what_was_done_before_the_promise_says_nothing_about_one_that_was_fulfilled_late(dana):
    promise = made(dana)
    keep(minutes(90))

    assert keep(AT - INSTANT) == []

    promise.refresh_from_db()
    assert (promise.state, promise.fulfilled_at) == ("broken", minutes(90))


def test_another_time_agreed_on_meanwhile_is_kept_as_well(dana):
    promise = made(dana)
    tick(at=minutes(600))
    new = renegotiate_promise(actor=SYSTEM, promise_id=promise.pk, due_at=minutes(900), reason="", at=minutes(610))

    assert set(keep(minutes(60))) == {promise, new}

    promise.refresh_from_db()
    new.refresh_from_db()
    assert (promise.state, promise.moved_to, new.state) == ("kept", None, "kept")
    assert promises_replaced_by(new) == [promise]
    assert promise_words(promise, minutes(700)) == "Delivery kept"


def test_of_several_each_is_told_apart(dana, published):
    corrected, late, running = made(dana), made(dana, due_at=minutes(20)), made(dana, due_at=minutes(900))
    moved = made(dana, state="renegotiated", ended_at=AT)
    withdrawn = made(dana, state="withdrawn", ended_at=AT)
    tick(at=minutes(600))
    published.clear()

    assert keep(minutes(30)) == [corrected, running, late]

    states = {row.pk: (row.state, row.fulfilled_at) for row in Promise.objects.all()}
    assert states == {
        corrected.pk: ("kept", minutes(30)),
        late.pk: ("broken", minutes(30)),
        running.pk: ("kept", minutes(30)),
        moved.pk: ("renegotiated", None),
        withdrawn.pk: ("withdrawn", None),
    }
    assert published == [events.PromisesKept([corrected.pk, running.pk], SUBJECT)]
    assert lines(running)[-1] == ("kept", minutes(30), {})


def test_one_promise_is_corrected_by_its_key(dana):
    promise, other = made(dana), made(dana)
    tick(at=minutes(600))

    assert keep_promise(actor=SYSTEM, promise_id=promise.pk, at=minutes(1)) == promise
    assert keep_promise(actor=SYSTEM, promise_id=promise.pk, at=minutes(1)) is None

    other.refresh_from_db()
    assert other.state == "broken"


@pytest.mark.django_db(transaction=True)
def test_whether_the_clock_or_the_word_is_first_it_ends_kept():
    eli = make_customer("Eli")
    for number in range(6):
        subject = f"order:{number}"
        promise = make_promise(eli, subject=subject, kind="delivery")

        at_once(
            lambda: tick(at=minutes(61)),
            *[lambda s=subject: keep_promises(actor=SYSTEM, subject=s, kinds=["delivery"], at=minutes(60))] * 3,
        )

        promise.refresh_from_db()
        assert (promise.state, promise.fulfilled_at) == ("kept", minutes(60))
        assert lines(promise) in (
            [("kept", minutes(60), {})],
            [("broken", minutes(61), {}), ("kept", minutes(60), {"corrected": True})],
        )
