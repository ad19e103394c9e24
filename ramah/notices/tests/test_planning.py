"""What happens becomes one notice for each cause: late, twice, out of order, after an outage, on the last evening."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ramah.commerce.commands import change_order_state
from ramah.commerce.models import Order, Payment, Refund
from ramah.conversations.testing import make_inbox
from ramah.kernel import outbox
from ramah.kernel.actors import SYSTEM
from ramah.kernel.events import publish
from ramah.notices import kinds
from ramah.notices.commands.planning import end_stale, plan_now, plan_timed
from ramah.notices.commands.rules import install_defaults
from ramah.notices.commands.sending import send_due
from ramah.notices.handlers import plan_movement
from ramah.notices.models import Cause, Notice, Rule
from ramah.notices.tests.scenes import AT, DAY, DUE, expected, live, ordered, planned, sent_off
from ramah.promises import commands as promises
from ramah.promises.models import Promise
from ramah.shipping.events import OutlookChanged, ShipmentLost, ShipmentMoved
from ramah.shipping.models import Flight, Shipment

Level, State = Flight.Level, Shipment.State
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(AT, tick=False)
    return time_machine


def happened(fact, order):
    publish(fact, subject=f"order:{order.pk}")
    outbox.drain()


def moved(parcel, state, *, reason="", attempts=0, at=AT):
    Shipment.objects.filter(pk=parcel.pk).update(
        state=state, reason=reason, attempt_count=attempts, last_event_at=at, last_moved_at=at
    )
    fact = ShipmentMoved(parcel.pk, parcel.order_id, state, "in_transit", reason, attempts, int(at.timestamp()))
    happened(fact, parcel.order)


def told():
    return list(Notice.objects.order_by("id").values_list("kind", "state"))


def test_a_draft_a_paused_rule_and_one_for_elsewhere_plan_nothing_and_use_up_no_cause():
    order = ordered()
    expected(order, Level.AT_RISK)
    for told_rule in ({"state": "draft"}, {"state": "paused"}, {"terms": {"countries": ["UA"]}}):
        Rule.objects.all().delete()
        live(kinds.AT_RISK, **told_rule)
        assert plan_now(kinds.AT_RISK, order_id=order.pk, at=AT) is None
    assert not Cause.objects.exists()

    Rule.objects.all().delete()
    live(kinds.AT_RISK, terms={"probability": 0.95})
    assert plan_now(kinds.AT_RISK, order_id=order.pk, at=AT) is None
    Flight.objects.update(p_late=0.96)
    assert plan_now(kinds.AT_RISK, order_id=order.pk, at=AT) is not None


def test_two_parcels_of_an_order_and_a_broken_promise_are_one_cause():
    live(kinds.AT_RISK)
    live(kinds.LATE)
    order = ordered()
    parcels = [sent_off(order), sent_off(order)]
    for parcel in parcels:
        expected(order, Level.AT_RISK, shipment=parcel)
        happened(OutlookChanged(order.pk, parcel.pk, Level.AT_RISK, Level.FINE, int(AT.timestamp())), order)

    assert told() == [("at_risk", "planned")]
    assert Cause.objects.get().key.startswith("delay:promise:")


def test_what_was_expected_and_has_come_before_it_was_told_is_told_as_it_is(noon):
    live(kinds.AT_RISK)
    live(kinds.LATE)
    make_inbox("support")
    order = ordered()
    expected(order, Level.AT_RISK)
    planned(kinds.AT_RISK, order)

    noon.move_to(DUE + HOUR, tick=False)
    promises.tick(at=DUE + HOUR)
    outbox.drain()

    assert told() == [("late", "planned")]
    assert [send_due(at=DUE + 2 * HOUR), send_due(at=DUE + 9 * HOUR)] == [1, 1]  # first it is night
    assert told() == [("late", "sent")]


def test_late_after_at_risk_was_told_is_told_only_once_the_told_day_has_passed_too(noon):
    live(kinds.AT_RISK)
    live(kinds.LATE)
    make_inbox("support")
    order = ordered()
    expected(order, Level.AT_RISK)  # told: until the 8th
    planned(kinds.AT_RISK, order)
    send_due(at=AT + HOUR)

    noon.move_to(DUE + HOUR, tick=False)
    promises.tick(at=DUE + HOUR)
    outbox.drain()
    assert plan_timed(at=DUE + 12 * HOUR) == 0
    assert told() == [("at_risk", "sent")]

    ninth = DUE + 3 * DAY + 12 * HOUR
    assert [plan_timed(at=ninth), plan_timed(at=ninth + HOUR)] == [1, 0]
    assert told() == [("at_risk", "sent"), ("late", "planned")]
    assert Cause.objects.filter(key__endswith=":after:2026-03-08").count() == 1


def test_a_promise_that_was_moved_is_another_cause():
    live(kinds.AT_RISK)
    order = ordered()
    expected(order, Level.AT_RISK)
    first = planned(kinds.AT_RISK, order)
    Notice.objects.filter(pk=first.pk).update(state="sent", sent_at=AT)
    promise = Promise.objects.get()
    promises.renegotiate_promise(actor=SYSTEM, promise_id=promise.pk, due_at=DUE + 4 * DAY, reason="", at=AT)

    second = plan_now(kinds.AT_RISK, order_id=order.pk, at=AT)

    assert second is not None
    assert Cause.objects.count() == 2


def test_on_the_promised_day_nobody_is_told_of_a_maybe():
    live(kinds.AT_RISK)
    order = ordered()
    expected(order, Level.AT_RISK)

    assert plan_now(kinds.AT_RISK, order_id=order.pk, at=DUE - 24 * HOUR) is None
    assert plan_now(kinds.AT_RISK, order_id=order.pk, at=DUE - 25 * HOUR) is not None


@pytest.mark.parametrize(
    ("state", "reason", "kind", "key"),
    [
        (State.OUT_FOR_DELIVERY, "", kinds.OUT_FOR_DELIVERY, "ofd:shipment:{0}:2026-03-02"),
        (State.DELIVERY_ATTEMPTED, "away", kinds.DELIVERY_FAILED, "failed:shipment:{0}:1"),
        (State.EXCEPTION, "customs", kinds.CUSTOMS, "customs:shipment:{0}"),
    ],
)
def test_movements_are_planned_once_however_often_they_are_told(state, reason, kind, key):
    live(kind)
    parcel = sent_off(ordered())

    for _again in range(3):
        moved(parcel, state, reason=reason, attempts=1)

    assert told() == [(kind, "planned")]
    assert Cause.objects.get().key == key.format(parcel.pk)


def test_each_attempt_is_a_cause_and_a_parcel_that_moved_on_since_none():
    live(kinds.DELIVERY_FAILED)
    parcel = sent_off(ordered())
    moved(parcel, State.DELIVERY_ATTEMPTED, attempts=1)
    moved(parcel, State.DELIVERY_ATTEMPTED, attempts=2)
    Shipment.objects.update(state=State.IN_TRANSIT)
    happened(
        ShipmentMoved(parcel.pk, parcel.order_id, State.DELIVERY_ATTEMPTED, "x", "", 3, int(AT.timestamp())),
        parcel.order,
    )

    assert Cause.objects.count() == 2


@pytest.mark.parametrize("state", [State.LOST, State.RETURNED, State.AVAILABLE_FOR_PICKUP, State.DELIVERY_ATTEMPTED])
def test_what_waits_for_the_customer_or_ended_elsewhere_is_not_called_late(state):
    for kind in (kinds.AT_RISK, kinds.LATE, kinds.STALLED):
        live(kind)
    order = ordered()
    parcel = sent_off(order, state=state, **({"lost_at": AT} if state == State.LOST else {}))
    expected(order, Level.LATE, shipment=parcel)
    noon = DUE + 12 * HOUR

    assert plan_now(kinds.AT_RISK, order_id=order.pk, at=AT) is None
    assert plan_now(kinds.LATE, order_id=order.pk, at=noon) is None
    sent_off(order)  # but another one is on its way
    is_coming = state in (State.AVAILABLE_FOR_PICKUP, State.DELIVERY_ATTEMPTED)
    assert (plan_now(kinds.LATE, order_id=order.pk, at=noon) is not None) is is_coming


@pytest.mark.parametrize(("p_late", "kinds_told"), [(0.2, {"stalled"}), (0.9, {"stalled", "at_risk"})])
def test_what_stands_still_is_at_risk_where_that_is_likely(p_late, kinds_told):
    live(kinds.AT_RISK)
    live(kinds.STALLED)
    order = ordered()
    parcel = sent_off(order)
    expected(order, Level.STALLED, shipment=parcel, p_late=p_late)

    happened(OutlookChanged(order.pk, parcel.pk, Level.STALLED, Level.FINE, int(AT.timestamp())), order)

    assert {kind for kind, _state in told()} == kinds_told


def test_standing_still_is_not_told_where_a_later_day_was_told_and_lies_ahead():
    live(kinds.AT_RISK)
    live(kinds.STALLED)
    make_inbox("support")
    order = ordered()
    parcel = sent_off(order)
    expected(order, Level.AT_RISK, shipment=parcel)
    planned(kinds.AT_RISK, order)
    send_due(at=AT + HOUR)
    Flight.objects.update(level=Level.STALLED)

    assert plan_now(kinds.STALLED, order_id=order.pk, shipment_id=parcel.pk, at=AT + DAY) is None
    assert plan_now(kinds.STALLED, order_id=order.pk, shipment_id=parcel.pk, at=AT + 7 * DAY) is not None


def test_lost_by_two_events_is_one_and_found_again_is_none():
    live(kinds.LOST)
    parcel = sent_off(ordered())
    Shipment.objects.update(lost_at=AT)
    moved(parcel, State.LOST)
    happened(ShipmentLost(parcel.pk, parcel.order_id), parcel.order)
    assert told() == [("lost", "planned")]

    Shipment.objects.update(state=State.IN_TRANSIT, lost_at=None)
    send_due(at=AT + HOUR)
    assert told() == [("lost", "outdated")]


def test_old_events_after_an_outage_are_known_before_a_row_is_read(django_assert_num_queries):
    with django_assert_num_queries(0):
        for state in (State.OUT_FOR_DELIVERY, State.DELIVERED, State.DELIVERY_ATTEMPTED):
            plan_movement(ShipmentMoved(1, 1, state, "", "", 0, int((AT - 15 * DAY).timestamp())))
        plan_movement(ShipmentMoved(1, 1, State.IN_TRANSIT, "", "", 0, int(AT.timestamp())))


def test_very_many_events_after_an_outage_tell_only_what_still_holds():
    for kind in (kinds.AT_RISK, kinds.LATE, kinds.OUT_FOR_DELIVERY, kinds.DELIVERED):
        live(kind)
    parcels = [sent_off(ordered(email=f"c{number}@mail.example", number=f"T-{number}")) for number in range(12)]
    for parcel in parcels:
        expected(parcel.order, Level.AT_RISK, shipment=parcel)
    for parcel in parcels[2:]:  # what came with the rest of the backlog: they had arrived three days ago
        Shipment.objects.filter(pk=parcel.pk).update(
            state="delivered", delivered_at=AT - 3 * DAY, handed_over_at=AT - 9 * DAY
        )
        change_order_state(actor=SYSTEM, order=parcel.order, state="delivered", at=AT)
        Flight.objects.filter(order=parcel.order).delete()
    for parcel in parcels:
        subject = f"order:{parcel.order_id}"
        seconds = int((AT - 3 * DAY).timestamp())
        publish(ShipmentMoved(parcel.pk, parcel.order_id, "out_for_delivery", "", "", 0, seconds), subject=subject)
        publish(ShipmentMoved(parcel.pk, parcel.order_id, "delivered", "", "", 0, seconds), subject=subject)
        publish(OutlookChanged(parcel.order_id, parcel.pk, Level.AT_RISK, 0, int(AT.timestamp())), subject=subject)

    outbox.drain()

    assert told() == [("at_risk", "planned")] * 2


def test_money_that_is_missing_is_asked_for_in_time_and_not_once_it_came():
    live(kinds.PAYMENT_MISSING)
    orders = [ordered(email=f"c{n}@mail.example", state="placed", paid=False, number=f"U-{n}") for n in range(3)]
    Order.objects.update(placed_at=AT - 7 * HOUR, payment_due_at=AT + 17 * HOUR)
    Order.objects.filter(pk=orders[1].pk).update(placed_at=AT - 5 * HOUR)
    Payment.objects.create(order=orders[2], method="card", state="authorized", amount=Decimal(1), created_at=AT)

    assert [plan_timed(at=AT), plan_timed(at=AT)] == [1, 0]
    notice = Notice.objects.get()
    assert (notice.order, notice.not_after) == (orders[0], AT + 17 * HOUR)
    assert plan_timed(at=AT + 2 * HOUR) == 1

    Order.objects.filter(pk=orders[0].pk).update(state="paid")
    send_due(at=AT + 3 * HOUR)
    notice.refresh_from_db()
    assert notice.state == "outdated"


def test_a_refund_is_told_once_it_was_sent():
    live(kinds.REFUND_SENT)
    order = ordered()
    refund = Refund.objects.create(order=order, amount=Decimal(1000), created_at=AT)
    assert plan_now(kinds.REFUND_SENT, order_id=order.pk, ref=str(refund.pk), at=AT) is None
    Refund.objects.update(state="sent", sent_at=AT)

    assert (
        plan_now(kinds.REFUND_SENT, order_id=order.pk, ref=str(refund.pk), at=AT).facts["amount"]["currency"] == "IDR"
    )
    assert plan_now(kinds.REFUND_SENT, order_id=order.pk, ref=str(refund.pk), at=AT) is None
    assert plan_now(kinds.REFUND_SENT, order_id=order.pk, ref="999999", at=AT) is None


def test_a_new_day_is_told_where_an_agent_promised_it(ben):
    live(kinds.ORDER_CHANGED)
    order = ordered()
    promise = Promise.objects.get()
    promises.renegotiate_promise(actor=SYSTEM, promise_id=promise.pk, due_at=DUE + DAY, reason="", at=AT)
    outbox.drain()
    assert told() == []

    promises.renegotiate_promise(
        actor=ben, promise_id=Promise.objects.last().pk, due_at=DUE + 2 * DAY, reason="", at=AT
    )
    outbox.drain()
    notice = Notice.objects.get()
    assert (notice.order, notice.facts["old_date"], notice.facts["new_date"]) == (order, "2026-03-06", "2026-03-07")


@pytest.mark.parametrize(
    ("p_late", "level", "hours", "count"),
    [
        (0.85, Level.FINE, 32, 1),
        (0.85, Level.FINE, 33, 0),  # before 16:00 where it goes to
        (0.85, Level.FINE, 24, 0),  # the promised day has begun
        (0.7, Level.FINE, 30, 0),
        (0.7, Level.AT_RISK, 30, 1),
    ],
)
def test_on_the_eve_from_four_in_the_afternoon(p_late, level, hours, count):
    live(kinds.AT_RISK)
    expected(ordered(), level, p_late=p_late)

    assert plan_timed(at=DUE - hours * HOUR) == count


def test_what_rests_with_its_rule_ends_when_it_is_stale_and_its_cause_is_free():
    rule = live(kinds.DELIVERED)
    parcel = sent_off(ordered(), state="delivered", delivered_at=AT)
    planned(kinds.DELIVERED, parcel.order, shipment=parcel)
    Rule.objects.filter(pk=rule.pk).update(state="paused")

    assert send_due(at=AT + DAY) == 0
    assert [end_stale(at=AT + 47 * HOUR), end_stale(at=AT + 48 * HOUR), end_stale(at=AT + 49 * HOUR)] == [0, 1, 0]
    assert (told(), Cause.objects.count()) == ([("delivered", "outdated")], 0)


def test_the_rules_of_a_new_shop_are_drafts_but_for_what_is_asked_for():
    made = install_defaults(at=AT)

    assert {rule.kind for rule in made if rule.state == "live"} == {kinds.BACK_IN_STOCK, kinds.PRICE_DROP}
    assert install_defaults(at=AT) == []
