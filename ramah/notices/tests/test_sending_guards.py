"""What happens between planning and telling: nothing goes that is not wanted, does not hold, or cannot arrive."""

from datetime import time, timedelta

import pytest

from ramah.commerce.commands import change_order_state
from ramah.commerce.models import Order
from ramah.conversations.commands import outlets
from ramah.conversations.commands.outlets import NotPossible, Outlet
from ramah.conversations.models import Conversation, Inbox, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers.commands import decide_consent, merge_customers
from ramah.customers.models import ContactPoint, Customer
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import OutboxEvent
from ramah.notices import kinds
from ramah.notices.commands import sending
from ramah.notices.commands.planning import plan_now
from ramah.notices.commands.promoting import plan_promotions
from ramah.notices.commands.sending import MOST_TRIES, send_due
from ramah.notices.commands.suppressing import set_preference, suppress
from ramah.notices.commands.switching import switch_off, switch_on
from ramah.notices.models import Cause, Choice, Notice, Outcome, Rule
from ramah.notices.testing import make_notice, make_rule
from ramah.notices.tests.scenes import AT, DAY, DUE, expected, live, ordered, planned, sent_off
from ramah.shipping.models import Flight
from ramah.shipping.testing import make_carrier_account

Level = Flight.Level
HOUR, TEN = timedelta(hours=1), timedelta(minutes=10)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inbox():
    return make_inbox("support", name="Toko Laut", language="en")


@pytest.fixture
def risky():
    """An order that looks late, and its planned notice."""
    live(kinds.AT_RISK)
    order = ordered()
    expected(order, Level.AT_RISK)
    return planned(kinds.AT_RISK, order)


def now_is(notice):
    notice.refresh_from_db()
    return notice.state, notice.reason


def test_in_the_night_it_waits_for_the_customers_morning(risky):
    Customer.objects.update(time_zone="Asia/Jayapura")  # two hours ahead of the shop: 22:00 there

    night = AT + 8 * HOUR
    assert (send_due(at=night), now_is(risky)) == (1, ("planned", "quiet"))
    assert AT + 18 * HOUR <= risky.next_attempt_at < AT + 18 * HOUR + timedelta(minutes=20)
    for minutes in range(0, 600, 20):
        assert send_due(at=night + minutes * timedelta(minutes=1)) == 0
    assert not Message.objects.exists()

    send_due(at=risky.next_attempt_at)
    assert now_is(risky) == ("sent", "")
    assert MessageDelivery.objects.get().hold["zone"] == "Asia/Jayapura"


def test_a_customers_own_quiet_hours_go_before_those_of_everybody(risky, ben):

    customer = risky.customer
    set_preference(actor=ben, customer=customer, quiet_from=time(11), quiet_to=time(13), at=AT)

    send_due(at=AT + TEN)
    assert now_is(risky) == ("planned", "quiet")
    assert risky.next_attempt_at >= AT + HOUR


def test_cancelled_meanwhile_is_told_nothing_and_the_cause_is_free(risky):
    change_order_state(actor=SYSTEM, order=risky.order, state="cancelled", at=AT)

    send_due(at=AT + TEN)

    assert now_is(risky) == ("outdated", "over")
    assert (Message.objects.count(), Cause.objects.count(), Choice.objects.count()) == (0, 0, 0)


def test_eased_before_it_was_told_and_at_risk_again_is_told_once(risky):
    Flight.objects.update(level=Level.FINE, p_late=0.1)
    send_due(at=AT + TEN)
    assert now_is(risky) == ("outdated", "over")

    Flight.objects.update(level=Level.AT_RISK, p_late=0.9)
    planned(kinds.AT_RISK, risky.order, at=AT + HOUR)
    send_due(at=AT + 2 * HOUR)
    assert list(Notice.objects.order_by("id").values_list("state", flat=True)) == ["outdated", "sent"]
    assert Message.objects.count() == 1


def test_what_is_told_is_what_holds_then_not_what_was_planned(risky):
    later = int((DUE + 5 * DAY).timestamp())
    Flight.objects.update(q10=later, q90=later)

    send_due(at=AT + TEN)

    risky.refresh_from_db()
    assert risky.facts["new_date"] == "2026-03-11"
    assert "on Wednesday 11 March" in risky.message.text


def test_merged_meanwhile_goes_to_whom_the_order_belongs_and_once(risky):
    kept = make_customer("Dana P.", email="dana@work.example")
    merge_customers(actor=SYSTEM, kept=kept, merged=risky.customer, at=AT)

    send_due(at=AT + TEN)
    send_due(at=AT + HOUR)

    assert now_is(risky) == ("sent", "")
    assert (risky.customer, Conversation.objects.get().customer) == (kept, kept)
    assert Message.objects.get().to == ["dana@mail.example"]


@pytest.mark.parametrize("how", ["kind", "customer", "address", "all muted"])
def test_who_wants_none_gets_none_although_it_was_planned(risky, ben, how):
    customer = risky.customer
    if how == "kind":
        set_preference(actor=ben, customer=customer, muted=["at_risk"], at=AT)
    elif how == "all muted":
        set_preference(actor=ben, customer=customer, muted=list(kinds.KINDS), at=AT)
    elif how == "customer":
        suppress(actor=ben, customer=customer, at=AT)
    else:
        suppress(actor=ben, contact_point=customer.contact_points.get(), at=AT)

    send_due(at=AT + TEN)

    assert now_is(risky)[0] == ("failed" if how == "address" else "suppressed")
    assert not Message.objects.exists()
    assert not Outcome.objects.exists()


def test_one_who_was_spared_for_a_while_is_told_after_it(risky, ben):
    suppress(actor=ben, customer=risky.customer, until=AT + TEN, at=AT)
    suppress(actor=ben, customer=risky.customer, scope="promotions", at=AT)

    send_due(at=AT + TEN)

    assert now_is(risky) == ("sent", "")


@pytest.mark.parametrize("column", ["bounced_at", "opted_out_at"])
def test_bounced_or_opted_out_everywhere_is_seen_as_failed(risky, column):
    ContactPoint.objects.update(**{column: AT})

    send_due(at=AT + TEN)

    assert now_is(risky) == ("failed", "unreachable")
    assert (Message.objects.count(), Choice.objects.count()) == (0, 0)
    assert Cause.objects.count() == 1  # it is not tried by another notice


@pytest.fixture
def chat_outlet(monkeypatch):
    """A channel for tests: it takes announcements unless `closed` says no; longest text is short."""
    closed = []

    def announce(inbox, contact_point, announcement, at):
        if closed:
            raise NotPossible("closed")
        return {}

    outlet = Outlet("telegram", "telegram", announce=announce)
    monkeypatch.setitem(outlets._outlets, "telegram", outlet)
    return closed


@pytest.mark.parametrize("closed", [False, True])
def test_the_customers_channel_first_and_the_next_where_it_lets_nothing_through(risky, ben, chat_outlet, closed):
    make_inbox("bot", channel="telegram")
    point = ContactPoint.objects.create(
        customer=risky.customer, kind="telegram", value="77", proof="channel_verified", created_at=AT
    )
    set_preference(actor=ben, customer=risky.customer, channel="telegram", at=AT)
    chat_outlet += [1] * closed

    send_due(at=AT + TEN)

    message = Message.objects.get()
    assert message.to == (["dana@mail.example"] if closed else [point.value])
    assert bool(message.html) is closed
    assert "Hello Dana" in message.text


def test_an_address_that_nobody_proved_is_not_written_to(risky):
    Order.objects.update(email="")
    ContactPoint.objects.update(proof="claimed")
    send_due(at=AT + TEN)
    assert now_is(risky) == ("failed", "unreachable")

    Notice.objects.update(state="planned", next_attempt_at=AT)
    ContactPoint.objects.update(proof="channel_verified")
    send_due(at=AT + TEN)
    assert now_is(risky) == ("sent", "")


def test_without_an_inbox_it_is_tried_again_and_fails_in_the_end(risky, inbox):
    Inbox.objects.update(is_active=False)
    send_due(at=AT + TEN)
    assert now_is(risky) == ("planned", "no_way")

    Inbox.objects.update(is_active=True)
    send_due(at=risky.next_attempt_at)
    assert now_is(risky) == ("sent", "")

    Inbox.objects.update(is_active=False)
    Notice.objects.update(state="planned", next_attempt_at=AT, attempts=0)
    for _try in range(MOST_TRIES):
        risky.refresh_from_db()
        send_due(at=risky.next_attempt_at)
    assert now_is(risky) == ("failed", "unreachable")


def test_a_fault_leaves_nothing_half_done_and_others_go_on(risky, monkeypatch):
    other = ordered(email="eli@mail.example", number="E-1")
    expected(other, Level.AT_RISK)
    second = planned(kinds.AT_RISK, other)
    real = sending.offering.offer

    def fails(notice, offered, *, at):
        real(notice, offered, at=at)
        if notice.pk == risky.pk:
            raise RuntimeError("half way")

    monkeypatch.setattr(sending.offering, "offer", fails)
    send_due(at=AT + TEN)

    assert (now_is(risky), now_is(second)) == (("planned", "error"), ("sent", ""))
    assert Message.objects.get().conversation.about == f"order:{other.pk}"
    assert not Choice.objects.filter(notice=risky).exists()
    assert OutboxEvent.objects.filter(payload__notice_id=risky.pk).count() == 0

    for _try in range(MOST_TRIES):
        risky.refresh_from_db()
        if risky.next_attempt_at:
            send_due(at=risky.next_attempt_at)
    assert now_is(risky) == ("failed", "error: RuntimeError")


def test_the_switch_stops_all_at_once_and_lets_go_what_still_holds(risky, ada, ben):
    gone = ordered(email="eli@mail.example", number="E-1")
    expected(gone, Level.AT_RISK)
    over = planned(kinds.AT_RISK, gone)
    switch_off(actor=ben, reason="wrong text", at=AT)
    assert [send_due(at=AT + TEN), now_is(risky)] == [0, ("planned", "")]

    change_order_state(actor=SYSTEM, order=gone, state="cancelled", at=AT)
    switch_on(actor=ada, at=AT + TEN)
    send_due(at=AT + TEN)
    assert (now_is(risky), now_is(over)) == (("sent", ""), ("outdated", "over"))


def test_the_switch_is_read_again_where_the_notice_is_written(risky, ben):
    switch_off(actor=ben, reason="", at=AT)

    assert sending.send_notice(risky, at=AT + TEN) is None
    assert now_is(risky) == ("planned", "off")


def test_while_a_carrier_is_silent_nothing_is_said_that_may_only_look_so():
    live(kinds.LATE)
    order = ordered()
    account = make_carrier_account(at=AT)
    parcel = sent_off(order, account=account)
    expected(order, Level.LATE, shipment=parcel)
    noon = DUE + 12 * HOUR
    notice = plan_now(kinds.LATE, order_id=order.pk, at=noon)
    type(account).objects.update(silent_since=AT)
    send_due(at=noon + TEN)
    assert now_is(notice) == ("planned", "feed")

    type(account).objects.update(silent_since=None, state="failing")
    send_due(at=noon + HOUR)
    assert now_is(notice) == ("planned", "feed")

    type(account).objects.update(state="ok")
    send_due(at=noon + 2 * HOUR)
    assert now_is(notice) == ("sent", "")


def test_a_part_is_left_out_to_measure_and_is_measured_too(risky):
    Rule.objects.update(holdout_percent=50)
    customers = [risky.customer]
    for number in range(15):
        order = ordered(email=f"c{number}@mail.example", number=f"H-{number}")
        expected(order, Level.AT_RISK)
        planned(kinds.AT_RISK, order)
        customers.append(order.customer)

    send_due(at=AT + TEN)

    states = list(Notice.objects.values_list("state", flat=True))
    assert set(states) == {"sent", "withheld"}
    assert Outcome.objects.count() == len(states) == 16
    assert Message.objects.count() == states.count("sent")


def test_what_waits_for_one_customer_goes_out_as_one_with_the_most_urgent_first(risky):
    live(kinds.DELIVERY_FAILED)
    live(kinds.OUT_FOR_DELIVERY, texts={**make_rule(at=AT, key="x").texts})
    second = ordered(risky.customer, number="T-2")
    parcel = sent_off(second, state="delivery_attempted", attempt_count=1, last_event_at=AT, reason="away")
    urgent = planned(kinds.DELIVERY_FAILED, second, shipment=parcel)
    stranger = make_notice(second, kinds.REFUND_SENT, at=AT, rule=live(kinds.REFUND_SENT, state="paused"))

    assert send_due(at=AT) == 1  # the urgent one does not wait, and takes the other along

    assert (now_is(urgent), now_is(risky)) == (("sent", ""), ("merged", ""))
    assert (risky.into, risky.sent_at) == (urgent, AT)
    assert now_is(stranger)[0] == "planned"
    message = Message.objects.get()
    assert message.conversation.about == f"order:{second.pk}"
    assert f"Order {risky.order.number} may come later than we promised" in message.text
    assert set(Choice.objects.values_list("notice", flat=True)) == {urgent.pk}
    assert Outcome.objects.count() == 2


def test_more_than_the_week_allows_waits_and_goes_along_with_the_next(risky):
    past = [AT - 6 * DAY, AT - 5 * DAY, AT - DAY]
    for number, sent_at in enumerate(past):
        make_notice(risky.order, kinds.DELIVERED, at=sent_at, state="sent", public_id=f"n{number}")
    make_notice(risky.order, kinds.BACK_IN_STOCK, at=AT, state="sent", public_id="asked")

    send_due(at=AT + TEN)
    assert now_is(risky) == ("planned", "cap")
    assert risky.next_attempt_at == AT + DAY
    send_due(at=risky.next_attempt_at)
    assert now_is(risky) == ("sent", "")


def agreed(name, *purposes, **fields):
    customer = make_customer(name, email=f"{name.lower()}@mail.example", proof="channel_verified")
    for purpose in purposes:
        decide_consent(actor=SYSTEM, customer=customer, purpose=purpose, granted=True, source="test", at=AT)
    return customer


def test_a_promotion_goes_to_who_agreed_and_still_does():
    texts = {code: {"subject": "New", "text": "Hello {name}"} for code in ("en", "id", "uk")}
    rule = make_rule(kinds.PROMOTION, at=AT, texts=texts, went_live_at=AT)
    dana, eli = agreed("Dana", "news"), agreed("Eli", "news")
    agreed("Nobody")
    Customer.objects.update(created_at=AT - DAY)
    assert [plan_promotions(at=AT), plan_promotions(at=AT + HOUR)] == [2, 0]

    decide_consent(actor=SYSTEM, customer=eli, purpose="news", granted=False, source="account", at=AT)
    send_due(at=AT + TEN)

    states = dict(Notice.objects.values_list("customer", "state"))
    assert states == {dana.pk: "sent", eli.pk: "suppressed"}
    delivery = MessageDelivery.objects.get()
    assert delivery.recipients == ["dana@mail.example"]
    assert delivery.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/notices/unsubscribe/" in delivery.headers["List-Unsubscribe"]

    Rule.objects.filter(pk=rule.pk).update(version=2)
    assert plan_promotions(at=AT + HOUR) == 1
    send_due(at=AT + 2 * HOUR)
    assert Notice.objects.get(rule_version=2).reason == "cap"
