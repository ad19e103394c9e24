"""Trying a rule out on the past: the same judgement, a clock that moves on, and figures that add up over steps."""

from datetime import timedelta

import pytest

from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers.commands import decide_consent
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.notices import kinds
from ramah.notices.commands import dry_runs
from ramah.notices.commands.dry_runs import run_due, start_dry_run
from ramah.notices.models import Contact, DryRun, Notice, NoticeSettings, Rule
from ramah.notices.testing import make_notice, make_rule
from ramah.notices.tests.scenes import AT, DAY, DUE, live, ordered, sent_off
from ramah.promises.models import Promise
from ramah.shipping.models import Flight, ForecastPoint
from ramah.shipping.testing import make_tracking_event

HOUR = timedelta(hours=1)
END = AT + 30 * DAY
Level = Flight.Level
pytestmark = pytest.mark.django_db


def tried(rule, *, at=END, days=40):
    run = start_dry_run(actor=SYSTEM, rule=rule, days=days, at=at)
    for _step in range(20):
        if not run_due(at=at):
            break
    run.refresh_from_db()
    assert run.state == "done"
    return run.figures


def point(order, level, at, **told):
    return ForecastPoint.objects.create(
        order_id=order.pk, at=int(at.timestamp()), stage=0, level=level, p_late=told.pop("p_late", 0.9), **told
    )


def counts(figures):
    names = (
        "would_send",
        "before_asked",
        "asked_anyway",
        "quiet",
        "capped",
        "withheld",
        "unwanted",
        "outdated",
        "merged",
    )
    return {name: figures[name] for name in names if figures[name]}


def asks(order, at):
    conversation = make_conversation(make_inbox(), at=at, customer=order.customer)
    Contact.objects.create(conversation=conversation, order=order, at=at, is_wismo=True)


def test_who_would_have_been_told_before_they_asked():
    rule = live(kinds.AT_RISK, state="draft")
    orders = [ordered(email=f"c{n}@mail.example", number=f"D-{n}") for n in range(4)]
    for order in orders[:3]:
        point(order, Level.FINE, AT - HOUR, p_late=0.1)
        point(order, Level.AT_RISK, AT)
        point(order, Level.LATE, AT + 2 * HOUR)  # still the same cause
    asks(orders[0], AT + 5 * HOUR)
    asks(orders[1], AT + timedelta(minutes=5))

    figures = tried(rule)

    assert counts(figures) == {"would_send": 3, "before_asked": 1, "asked_anyway": 1}
    assert (figures["customers"], figures["by_week"]) == (4, {"2026-W10": 3})
    assert len(figures["samples"]) == 3
    assert {sample["order"] for sample in figures["samples"]} == {"D-0", "D-1", "D-2"}
    assert not Notice.objects.exists()


def test_what_eased_before_it_was_told_is_not_counted_but_the_next_time_is():
    rule = live(kinds.AT_RISK)
    order = ordered()
    point(order, Level.AT_RISK, AT)
    point(order, Level.FINE, AT + timedelta(minutes=5))
    point(order, Level.AT_RISK, AT + HOUR)

    assert counts(tried(rule)) == {"would_send": 1, "outdated": 1}


def test_nights_wait_and_may_last_too_long():
    rule = live(kinds.AT_RISK)
    night = AT + 9 * HOUR  # 21:00 in Jakarta
    order = ordered()
    point(order, Level.AT_RISK, night)
    other = ordered(email="eli@mail.example", number="E-1")
    point(other, Level.AT_RISK, DUE - 26 * HOUR)  # 22:00 on the last evening: over when the day begins

    figures = tried(rule)

    assert counts(figures) == {"would_send": 1, "quiet": 2, "outdated": 1}


def test_the_cap_counts_what_went_by_other_rules_and_by_itself():
    NoticeSettings.objects.create(key="notices", per_week=2)
    rule, other = live(kinds.DELIVERED), live(kinds.REFUND_SENT)
    order = ordered()
    make_notice(order, kinds.REFUND_SENT, at=AT - DAY, state="sent", rule=other)
    for days in range(3):
        sent_off(order, state="delivered", delivered_at=AT + days * DAY)

    figures = tried(rule)

    # The first goes, the second waits until the other's week is over and takes nothing along: it is stale by then.
    assert counts(figures) == {"would_send": 1, "capped": 2, "outdated": 2}


def test_terms_and_wishes_narrow_it():
    customer = make_customer("Dana", email="dana@mail.example", proof="channel_verified")
    point(ordered(customer), Level.AT_RISK, AT, p_late=0.6)
    assert counts(tried(live(kinds.AT_RISK, key="a", terms={"probability": 0.7}))) == {}
    assert counts(tried(live(kinds.AT_RISK, key="b", terms={"countries": ["UA"]}))) == {}
    held_out = make_rule(kinds.AT_RISK, at=AT, key="c", holdout_percent=50)
    Rule.objects.filter(pk=held_out.pk).update(holdout_percent=50)
    figures = tried(held_out)
    assert figures["would_send"] + figures["withheld"] == 1


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        (kinds.LATE, 1),
        (kinds.LOST, 1),
        (kinds.DELIVERY_FAILED, 2),
        (kinds.OUT_FOR_DELIVERY, 2),
        (kinds.CUSTOMS, 1),
        (kinds.ORDER_CHANGED, 0),
        (kinds.STALLED, 1),
        (kinds.PAYMENT_MISSING, 1),
        (kinds.REFUND_SENT, 0),
        (kinds.BACK_IN_STOCK, 0),
    ],
)
def test_every_kind_finds_its_past(kind, count):
    order = ordered()
    type(order).objects.update(payment_due_at=AT + DAY, placed_at=AT - 7 * HOUR)
    order.payments.update(paid_at=AT + 12 * HOUR)
    parcel = sent_off(order, state="lost", lost_at=AT)
    Promise.objects.update(state="broken", ended_at=DUE)
    for at in (AT, AT + HOUR, AT + DAY):  # two scans of one attempt, and another one the next day
        make_tracking_event(parcel, "delivery_attempted", at=at)
        make_tracking_event(parcel, "out_for_delivery", at=at)
        make_tracking_event(parcel, "exception", at=at, reason="customs")
    make_tracking_event(parcel, "delivery_attempted", at=AT + 5 * DAY, adjusted="foreign")
    for at in (AT, AT + HOUR):
        point(order, Level.STALLED, at, shipment_id=parcel.pk)

    assert tried(live(kind))["would_send"] == count


def test_a_promotion_is_counted_by_who_agreed():
    for name in ("Dana", "Eli", "Nobody"):
        customer = make_customer(name, email=f"{name}@mail.example")
        if name != "Nobody":
            decide_consent(actor=SYSTEM, customer=customer, purpose="news", granted=True, source="t", at=AT)

    assert tried(make_rule(kinds.PROMOTION, at=AT))["would_send"] == 2


def test_it_goes_on_where_it_stood_and_adds_up(monkeypatch):
    monkeypatch.setattr(dry_runs, "CUSTOMERS", 2)
    monkeypatch.setattr(dry_runs, "STEPS", 1)
    rule = live(kinds.AT_RISK)
    for number in range(7):
        point(ordered(email=f"c{number}@mail.example", number=f"D-{number}"), Level.AT_RISK, AT)
    run = start_dry_run(actor=SYSTEM, rule=rule, days=40, at=END)

    seen = []
    for _step in range(5):
        assert run_due(at=END) == 1
        run.refresh_from_db()
        seen.append((run.state, run.figures["customers"], run.figures["would_send"]))
    assert seen == [("waiting", 2, 2), ("waiting", 4, 4), ("waiting", 6, 6), ("waiting", 7, 7), ("done", 7, 7)]
    assert run_due(at=END) == 0


def test_queries_do_not_grow_with_orders(django_assert_max_num_queries):
    rule = live(kinds.AT_RISK)
    for number in range(25):
        ordered(email=f"c{number}@mail.example", number=f"D-{number}")
    start_dry_run(actor=SYSTEM, rule=rule, days=40, at=END)

    with django_assert_max_num_queries(16):  # none of them had anything to be told
        run_due(at=END)


def test_a_fault_is_tried_again_and_ends_in_sight(monkeypatch):
    rule = live(kinds.AT_RISK)
    ordered()
    run = start_dry_run(actor=SYSTEM, rule=rule, days=40, at=END)

    def fails(*args):
        raise RuntimeError("no such column")

    monkeypatch.setattr(dry_runs, "past_signals", fails)
    at = END
    for _try in range(3):
        assert run_due(at=at) == 1
        run.refresh_from_db()
        at = run.next_attempt_at or at
    assert (run.state, run.error) == ("failed", "RuntimeError: no such column")
    assert run_due(at=at + DAY) == 0


def test_a_rule_that_was_changed_meanwhile_is_not_tried_out():
    rule = live(kinds.AT_RISK)
    start_dry_run(actor=SYSTEM, rule=rule, at=END)
    Rule.objects.update(version=2)

    run_due(at=END)

    assert DryRun.objects.get().state == "failed"
