"""Many at the same moment, on PostgreSQL: one cause is one notice, caps are strict, a merge and a withdrawal are seen."""

from datetime import timedelta

import pytest
from django.db import close_old_connections

from ramah.conversations.models import Message
from ramah.conversations.testing import make_inbox
from ramah.customers.commands import decide_consent, merge_customers
from ramah.customers.models import Customer
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import at_once
from ramah.notices import kinds
from ramah.notices.commands.planning import plan_now
from ramah.notices.commands.promoting import plan_promotions
from ramah.notices.commands.sending import send_due, send_notice
from ramah.notices.models import Cause, Choice, Notice, NoticeSettings
from ramah.notices.testing import make_notice, make_rule
from ramah.notices.tests.scenes import AT, DAY, expected, live, ordered, planned, sent_off
from ramah.shipping.models import Flight

TEN = timedelta(minutes=10)
TEXTS = {code: {"subject": "New", "text": "Hello {name}"} for code in ("en", "id", "uk")}
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def inbox():
    return make_inbox("support", name="Toko Laut", language="en")


def faults(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_twenty_who_plan_one_cause_plan_one_notice():
    live(kinds.AT_RISK)
    order = ordered()
    expected(order, Flight.Level.AT_RISK)

    outcomes = at_once(*[lambda: plan_now(kinds.AT_RISK, order_id=order.pk, at=AT)] * 20)

    assert faults(outcomes) == []
    assert [outcome is not None for outcome in outcomes].count(True) == 1
    assert (Notice.objects.count(), Cause.objects.count()) == (1, 1)


def test_five_senders_send_each_once(inbox):
    live(kinds.AT_RISK)
    for number in range(8):
        order = ordered(email=f"c{number}@mail.example", number=f"R-{number}")
        expected(order, Flight.Level.AT_RISK)
        planned(kinds.AT_RISK, order)
    keys = list(Notice.objects.all())

    outcomes = at_once(
        *[lambda: send_due(at=AT + TEN)] * 4,
        # As one whose claim ran out while it worked.
        lambda: [send_notice(notice, at=AT + TEN) for notice in keys],
    )

    assert faults(outcomes) == []
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}
    assert Message.objects.count() == 8
    assert Choice.objects.filter(kind="talk").count() == 8


def test_what_goes_to_one_customer_at_once_goes_as_one(inbox):
    live(kinds.LOST)
    customer = make_customer("Dana", email="dana@mail.example", proof="channel_verified")
    notices = []
    for number in range(5):
        order = ordered(customer, number=f"R-{number}")
        notices.append(planned(kinds.LOST, order, shipment=sent_off(order, state="lost", lost_at=AT)))

    outcomes = at_once(*[lambda one=notice: send_notice(one, at=AT) for notice in notices])

    assert faults(outcomes) == []
    assert Message.objects.count() == 1
    states = list(Notice.objects.values_list("state", flat=True))
    assert (states.count("sent"), states.count("merged")) == (1, 4)


def test_the_cap_holds_for_what_goes_to_one_customer_at_once(inbox):
    NoticeSettings.objects.create(key="notices", promotions_per_week=2)
    customer = make_customer("Dana", email="dana@mail.example", proof="channel_verified")
    decide_consent(actor=SYSTEM, customer=customer, purpose="news", granted=True, source="test", at=AT)
    for number in range(6):
        rule = make_rule(kinds.PROMOTION, at=AT, texts=TEXTS, key=f"promo-{number}")
        make_notice(None, kinds.PROMOTION, at=AT, customer=customer, rule=rule)
    notices = list(Notice.objects.all())

    outcomes = at_once(*[lambda one=notice: send_notice(one, at=AT) for notice in notices])

    assert faults(outcomes) == []
    assert Message.objects.count() == 2
    assert Notice.objects.filter(state="planned", reason="cap").count() == 4


def test_sending_and_merging_at_once_write_one_message_to_whom_it_belongs_then(inbox):
    live(kinds.AT_RISK)
    order = ordered()
    expected(order, Flight.Level.AT_RISK)
    notice = planned(kinds.AT_RISK, order)
    kept = make_customer("Dana P.", email="dana@work.example")

    outcomes = at_once(
        lambda: send_due(at=AT + TEN),
        lambda: merge_customers(actor=SYSTEM, kept=kept, merged=order.customer, at=AT),
        lambda: send_notice(notice, at=AT + TEN),
    )

    assert faults(outcomes) == []
    send_due(at=AT + timedelta(hours=1))
    message = Message.objects.get()
    assert message.conversation.customer == kept
    assert Notice.objects.get().customer == kept


def test_consent_withdrawn_while_it_is_sent_is_seen_or_came_after(inbox):
    make_rule(kinds.PROMOTION, at=AT, texts=TEXTS)
    people = [make_customer(f"C{n}", email=f"c{n}@mail.example", proof="channel_verified") for n in range(6)]
    Customer.objects.update(created_at=AT - DAY)
    for person in people:
        decide_consent(actor=SYSTEM, customer=person, purpose="news", granted=True, source="test", at=AT)
    outcomes = at_once(*[lambda: plan_promotions(at=AT)] * 3)
    assert faults(outcomes) == []
    assert Notice.objects.count() == 6

    def withdraw():
        close_old_connections()
        for person in reversed(people):
            decide_consent(actor=SYSTEM, customer=person, purpose="news", granted=False, source="test", at=AT + TEN)

    assert faults(at_once(withdraw, *[lambda: send_due(at=AT + TEN)] * 2)) == []
    send_due(at=AT + TEN)
    states = list(Notice.objects.values_list("state", flat=True))
    assert set(states) <= {"sent", "suppressed"}
    assert Message.objects.count() == states.count("sent")
