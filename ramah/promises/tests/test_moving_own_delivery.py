"""Customers have a delivery to them made later by themselves: their own, with proof, and never earlier."""

from datetime import timedelta

import pytest

from ramah.customers.queries import CHANNEL_VERIFIED, CLAIMED, ORDER_VERIFIED, SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, SYSTEM, NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.testing import at_once
from ramah.promises import events
from ramah.promises.commands import DueInThePast, DueNotLater, PromiseEnded, renegotiate_promise, tick
from ramah.promises.models import Promise
from ramah.promises.queries import changes_of
from ramah.promises.testing import AT, make_promise


def minutes(count):
    return AT + timedelta(minutes=count)


def made(customer, **fields):
    return make_promise(customer, **{"subject": "order:7", "kind": "delivery", **fields})


def move(actor, promise, *, to=120, at=1):
    return renegotiate_promise(actor=actor, promise_id=promise.pk, due_at=minutes(to), reason="I wait", at=minutes(at))


@pytest.mark.parametrize(("level", "order_id"), [(SIGNED_IN, None), (SIGNED_IN, 8), (ORDER_VERIFIED, 7)])
def test_a_customer_chooses_to_wait(dana, published, level, order_id):
    promise = made(dana)

    new = move(CustomerActor(dana.pk, level, "Dana", order_id), promise)

    promise.refresh_from_db()
    assert (promise.state, promise.moved_to, promise.reason) == ("renegotiated", minutes(120), "I wait")
    assert (new.state, new.due_at, new.replaces_id, new.customer_id) == ("open", minutes(120), promise.pk, dana.pk)
    own = f"customer:{dana.pk}"
    assert published == [events.PromiseRenegotiated(new.pk, promise.pk, "delivery", "order:7", own)]
    assert [(change.action, change.actor) for change in changes_of(promise)] == [("renegotiated", own)]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == ("promise.renegotiated", own, f"promise:{promise.pk}")


def test_what_is_late_already_may_be_waited_for_as_well(dana):
    promise = made(dana)
    tick(at=minutes(61))

    new = move(CustomerActor(dana.pk, SIGNED_IN), promise, at=70)

    promise.refresh_from_db()
    assert (promise.state, promise.moved_to, new.state) == ("broken", minutes(120), "open")


@pytest.mark.parametrize(
    ("whose", "level", "order_id", "fields", "refusal"),
    [
        ("eli", SIGNED_IN, None, {}, NotVisible),
        ("eli", ORDER_VERIFIED, 7, {}, NotVisible),
        ("dana", ORDER_VERIFIED, 70, {}, NotVisible),
        ("dana", ORDER_VERIFIED, 7, {"subject": "conversation:7"}, NotVisible),
        ("dana", CHANNEL_VERIFIED, None, {}, NotVisible),
        ("dana", CLAIMED, None, {"subject": "order:None"}, PermissionDenied),
        ("dana", CHANNEL_VERIFIED, 7, {}, PermissionDenied),
        ("dana", SIGNED_IN, None, {"kind": "refund"}, PermissionDenied),
        ("dana", SIGNED_IN, None, {"kind": "first_reply"}, PermissionDenied),
    ],
)
def test_nobody_moves_what_is_not_theirs_to_move(dana, published, whose, level, order_id, fields, refusal):
    promise = made(dana, **fields)
    customer = dana if whose == "dana" else make_customer("Eli")

    with pytest.raises(refusal):
        move(CustomerActor(customer.pk, level, order_id=order_id), promise)

    promise.refresh_from_db()
    assert (promise.state, promise.moved_to, promise.reason) == ("open", None, "")
    assert (Promise.objects.count(), published, AuditEntry.objects.count()) == (1, [], 0)


def test_whoever_has_no_log_in_moves_nothing(dana):
    promise = made(dana)

    with pytest.raises(PermissionDenied):
        move(NOBODY, promise)
    with pytest.raises(NotVisible):
        renegotiate_promise(
            actor=CustomerActor(dana.pk, SIGNED_IN), promise_id=999_999, due_at=minutes(120), reason="", at=AT
        )

    assert Promise.objects.get().state == "open"


@pytest.mark.parametrize("to", [30, 60])
def test_earlier_or_the_same_is_for_agents_to_promise(dana, to):
    promise = made(dana)

    with pytest.raises(DueNotLater):
        move(CustomerActor(dana.pk, SIGNED_IN), promise, to=to)
    assert Promise.objects.get().state == "open"

    assert move(SYSTEM, promise, to=to).due_at == minutes(to)


@pytest.mark.parametrize(
    ("fields", "to", "refusal"),
    [({}, 1, DueInThePast), ({"state": "kept", "ended_at": AT}, 120, PromiseEnded)],
)
def test_what_is_over_is_not_waited_for(dana, fields, to, refusal):
    promise = made(dana, **fields)

    with pytest.raises(refusal):
        move(CustomerActor(dana.pk, SIGNED_IN), promise, to=to)

    assert Promise.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_and_a_double_click_move_it_once():
    eli = make_customer("Eli")
    own = CustomerActor(eli.pk, SIGNED_IN)
    for _ in range(4):
        promise = made(eli)

        outcomes = at_once(*[lambda p=promise, to=120 + n: move(own, p, to=to) for n in range(5)])

        (new,) = [one for one in outcomes if isinstance(one, Promise)]
        assert sorted(type(one).__name__ for one in outcomes) == ["Promise", *["PromiseEnded"] * 4]
        promise.refresh_from_db()
        assert (promise.moved_to, Promise.objects.filter(replaces=promise).get()) == (new.due_at, new)
