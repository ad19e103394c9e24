"""A promise that follows a forecast is warned of by it alone, once per change, and broken by the clock as any other."""

from datetime import timedelta

import pytest

from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry
from ramah.kernel.testing import at_once
from ramah.promises import events
from ramah.promises.commands import (
    Terms,
    follow_forecast,
    keep_promise,
    make_promises,
    pause_promises,
    renegotiate_promise,
    resume_promises,
    tick,
)
from ramah.promises.models import Promise
from ramah.promises.queries import at_risk_of, changes_of
from ramah.promises.testing import AT, make_calendar, make_promise
from ramah.promises.wording import ring_state

SUBJECT = "order:7"


def minutes(count):
    return AT + timedelta(minutes=count)


def forecast(promise, *, is_at_risk, at, reason="weather"):
    return follow_forecast(promise_id=promise.pk, is_at_risk=is_at_risk, reason=reason, at=at)


def made(customer, **fields):
    return make_promise(customer, subject=SUBJECT, kind="delivery", **fields)


def lines(promise):
    return [(change.action, change.at, change.detail.get("reason")) for change in changes_of(promise)]


def test_each_change_of_the_forecast_is_said_once(dana, published):
    promise = made(dana)

    said = [
        forecast(promise, is_at_risk=is_at_risk, at=minutes(count), reason=reason)
        for count, (is_at_risk, reason) in enumerate(
            [(False, ""), (True, "strike"), (True, "weather"), (False, "moving"), (False, ""), (True, "stalled")]
        )
    ]

    assert said == [False, True, False, True, False, True]
    facts = (promise.pk, "delivery", SUBJECT)
    assert published == [events.PromiseAtRisk(*facts), events.PromiseEased(*facts), events.PromiseAtRisk(*facts)]
    assert lines(promise) == [
        ("warned", minutes(1), "strike"),
        ("eased", minutes(3), "moving"),
        ("warned", minutes(5), "stalled"),
    ]
    assert {change.actor for change in changes_of(promise)} == {"system"}
    assert not AuditEntry.objects.exists()
    promise.refresh_from_db()
    assert (promise.state, promise.due_at, promise.warned_at) == ("open", minutes(60), minutes(5))


def test_the_clock_warns_no_more_and_breaks_all_the_same(dana, published):
    followed, other = made(dana), made(dana)
    forecast(followed, is_at_risk=False, at=AT)

    assert [tick(at=minutes(count)) for count in (48, 60, 61)] == [1, 0, 2]

    assert [(type(fact).__name__, fact.promise_id) for fact in published] == [
        ("PromiseAtRisk", other.pk),
        ("PromiseBroken", followed.pk),
        ("PromiseBroken", other.pk),
    ]


def test_what_the_clock_has_warned_of_is_eased(dana, published):
    promise = made(dana)
    tick(at=minutes(50))
    published.clear()

    assert forecast(promise, is_at_risk=True, at=minutes(51)) is False
    assert forecast(promise, is_at_risk=False, at=minutes(52)) is True

    assert [type(fact) for fact in published] == [events.PromiseEased]
    assert tick(at=minutes(59)) == 0
    promise.refresh_from_db()
    assert promise.warned_at is None


def test_a_promise_can_be_made_that_only_a_forecast_warns_of(dana, published):
    (promise,) = make_promises(
        actor=SYSTEM,
        customer_id=dana.pk,
        subject=SUBJECT,
        terms=[Terms("delivery", due_at=minutes(600), warn_percent=None)],
        calendar=make_calendar(),
        at=AT,
    )

    promise.refresh_from_db()
    assert (promise.due_at, promise.warn_minutes, promise.warn_at) == (minutes(600), None, None)
    assert tick(at=minutes(600)) == 0
    assert forecast(promise, is_at_risk=True, at=minutes(600)) is True


@pytest.mark.parametrize("percent", [0, 101, -1])
def test_a_percentage_is_one(percent):
    with pytest.raises(ValueError, match="warn_percent"):
        Terms("delivery", minutes=60, warn_percent=percent)


def test_following_outlasts_a_pause_and_another_time(dana):
    promise = made(dana)
    forecast(promise, is_at_risk=True, at=minutes(1))

    pause_promises(subject=SUBJECT, at=minutes(10))
    resume_promises(subject=SUBJECT, at=minutes(20))
    promise.refresh_from_db()
    assert (promise.due_at, promise.warn_at, promise.warned_at) == (minutes(70), None, minutes(1))

    new = renegotiate_promise(actor=SYSTEM, promise_id=promise.pk, due_at=minutes(200), reason="", at=minutes(30))
    new.refresh_from_db()
    assert (new.warn_at, new.warned_at) == (None, None)
    assert tick(at=minutes(199)) == 0
    assert forecast(new, is_at_risk=True, at=minutes(199)) is True


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "kept", "ended_at": AT},
        {"state": "broken", "ended_at": AT},
        {"state": "renegotiated", "ended_at": AT},
        {"state": "withdrawn", "ended_at": AT},
        {"due_at": AT},  # past due: the clock is about to break it
        {"paused_at": AT, "due_at": None, "warn_at": None},
    ],
)
@pytest.mark.parametrize("is_at_risk", [True, False])
def test_what_does_not_run_is_left_alone(dana, published, fields, is_at_risk):
    promise = made(dana, **{"warned_at": None if is_at_risk else AT, **fields})
    before = Promise.objects.values().get()

    assert forecast(promise, is_at_risk=is_at_risk, at=minutes(1)) is False

    assert Promise.objects.values().get() == before
    assert (published, lines(promise)) == ([], [])


def test_of_what_is_not_there_nothing_is_forecast(db, published):
    assert follow_forecast(promise_id=999_999, is_at_risk=True, reason="weather", at=AT) is False
    assert published == []


def test_a_reason_without_end_is_cut(dana):
    promise = made(dana)

    forecast(promise, is_at_risk=True, at=AT, reason="x" * 100_000)

    assert lines(promise) == [("warned", AT, "x" * 200)]


def test_pages_and_lists_see_the_risk(dana):
    promise = made(dana)
    forecast(promise, is_at_risk=True, at=minutes(1))
    promise.refresh_from_db()
    assert ring_state(promise, minutes(2)) == "risk"
    assert list(at_risk_of("order", at=minutes(2))) == [7]

    forecast(promise, is_at_risk=False, at=minutes(3))
    promise.refresh_from_db()
    assert ring_state(promise, minutes(59)) == "open"
    assert list(at_risk_of("order", at=minutes(3))) == []


@pytest.mark.django_db(transaction=True)
def test_many_forecasts_at_once_are_one_change():
    eli = make_customer("Eli")
    for _ in range(4):
        promise = made(eli)

        said = at_once(*[lambda promise=promise: forecast(promise, is_at_risk=True, at=AT)] * 5)

        assert sorted(said) == [False] * 4 + [True]
        assert lines(promise) == [("warned", AT, "weather")]


@pytest.mark.django_db(transaction=True)
def test_a_forecast_never_brings_back_what_is_kept_or_broken_meanwhile():
    eli = make_customer("Eli")
    for _ in range(6):
        kept, broken = made(eli), made(eli, due_at=minutes(6))

        outcomes = at_once(
            lambda kept=kept: forecast(kept, is_at_risk=True, at=minutes(5)),
            lambda kept=kept: keep_promise(actor=SYSTEM, promise_id=kept.pk, at=minutes(5)),
            lambda broken=broken: forecast(broken, is_at_risk=True, at=minutes(5)),
            lambda: tick(at=minutes(7)),
        )

        tick(at=minutes(7))  # it passed over a row that the forecast held
        for promise, end, was_first in ((kept, "kept", outcomes[0]), (broken, "broken", outcomes[2])):
            promise.refresh_from_db()
            actions = [action for action, _at, _reason in lines(promise)]
            assert (promise.state, actions) == (end, ["warned", end] if was_first else [end])
