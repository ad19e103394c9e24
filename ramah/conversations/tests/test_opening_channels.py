"""What the shop says unasked on any channel: where it goes in, what stands beside it, and when it is handed over."""

from datetime import UTC, datetime, timedelta

import pytest

from ramah.conversations.commands import delivering, outlets
from ramah.conversations.commands.merging import merge_conversations
from ramah.conversations.commands.opening import BadHeader
from ramah.conversations.commands.outlets import Outlet
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.holding import BadHold
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import announce_to, make_conversation, make_inbox
from ramah.customers.models import ContactPoint
from ramah.customers.testing import make_customer
from ramah.kernel import claims
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import at_once

AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  # half past nine in the evening in Jakarta
MORNING = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = {"from": "21:00", "to": "08:00", "zone": "Asia/Jakarta"}
S = MessageDelivery.State


@pytest.fixture
def mail(db):
    return make_inbox("support")


@pytest.fixture
def point(db):
    return make_customer("Dana", email="dana@mail.example").contact_points.get()


@pytest.fixture
def pigeons(db, monkeypatch):
    """An inbox of a channel of the test's own, without threads, that sends a form in place of words."""
    form = {"template": {"name": "ramah_at_risk"}, "text": "Dana, your parcel is late."}
    outlet = Outlet("pigeon", "phone", announce=lambda *told: form)
    monkeypatch.setitem(outlets._outlets, "pigeon", outlet)
    return make_inbox("pigeons", channel="pigeon", address="loft")


@pytest.fixture
def perch(point):
    return ContactPoint.objects.create(customer=point.customer, kind="phone", value="+6281234567890", created_at=AT)


def say(inbox, point, purpose="notice:1", *, at=AT, **fields):
    return announce_to(inbox, point, purpose=purpose, at=at, **fields)


def test_what_the_channel_sends_in_place_of_words_goes_with_it(pigeons, perch):
    message = say(pigeons, perch, detail={"notice": 7}, sealed={"late": "LATE"}, headers={"List-Help": "<a>"})

    assert (message.text, message.html) == ("Dana, your parcel is late.", "")
    assert message.detail["notice"] == 7
    assert message.detail["template"] == {"name": "ramah_at_risk"}
    assert message.detail["sealed"] == {"late": "LATE"}
    assert message.delivery.headers == {"template": {"name": "ramah_at_risk"}}
    assert (message.delivery.recipients, message.delivery.inbox) == (["+6281234567890"], pigeons)
    assert (message.conversation.status, message.conversation.inbox) == ("resolved", pigeons)


def test_further_facts_do_not_take_the_place_of_what_is_sealed(mail, point):
    message = say(mail, point, sealed={"a": "b"}, detail={"sealed": {"a": "c"}, "sealed_for": "eve@evil.example"})

    assert message.detail == {"sealed": {"a": "b"}, "sealed_for": "dana@mail.example"}


def test_of_conversations_about_the_thing_the_one_that_goes_on_is_joined(mail, point):
    first = say(mail, point)
    going_on = make_conversation(mail, customer=point.customer, about="order:12", at=AT)
    make_conversation(mail, customer=point.customer, about="order:13", at=AT + HOUR)

    second = say(mail, point, "notice:2")

    assert second.conversation == going_on
    assert second.conversation != first.conversation
    assert say(mail, point) == first  # said before, in the other one
    assert Message.objects.filter(author="system").count() == 2


def test_where_all_is_one_chat_it_joins_what_goes_on_there(pigeons, perch):
    make_conversation(pigeons, customer=perch.customer, status="spam", at=AT - HOUR)
    make_conversation(pigeons, customer=perch.customer, status="resolved", about="order:12", at=AT)
    asked = make_conversation(pigeons, customer=perch.customer, text="Do you have it in green?", at=AT)

    message = say(pigeons, perch)

    assert message.conversation == asked
    asked.refresh_from_db()
    assert (asked.status, asked.preview, asked.about) == ("open", "Do you have it in green?", "")
    said = InboundMessage(inbox=pigeons, sender=perch, external_id="p:1", digest="d", text="Oh no", continues=True)
    assert receive_message(said, at=AT + HOUR).conversation == asked


def test_among_those_the_one_of_this_address_comes_first(pigeons, perch):
    theirs = make_conversation(pigeons, customer=perch.customer, text="", at=AT)
    Message.objects.create(conversation=theirs, kind="message", author="customer", contact_point=perch, created_at=AT)
    make_conversation(pigeons, customer=perch.customer, at=AT + HOUR)

    assert say(pigeons, perch).conversation == theirs


def test_the_like_is_said_of_two_things_that_share_a_conversation(pigeons, perch):
    asked = make_conversation(pigeons, customer=perch.customer, at=AT)

    said = [say(pigeons, perch, "order.shipped", about=about) for about in ("order:12", "order:13", "order:12")]

    assert said[0] == said[2]
    assert [message.conversation for message in said] == [asked] * 3
    assert Message.objects.filter(author="system").count() == 2


@pytest.mark.parametrize("about", ["order:12", f"product:{'9' * 60}"])
def test_after_a_merge_it_still_goes_by_its_own_inbox_and_once(mail, point, pigeons, perch, about):
    kept = make_conversation(pigeons, customer=point.customer, about="order:13", at=AT)
    merged = say(mail, point, about=about).conversation
    merge_conversations(actor=SYSTEM, kept=kept, merged=merged, at=AT)

    first, again = (say(mail, point, "notice:2", about=about) for _ in range(2))

    assert first == again
    assert (first.conversation, first.inbox, first.delivery.inbox) == (kept, mail, mail)
    assert first.delivery.external_id.endswith("@shop.example>")


def test_what_is_about_nothing_is_said_once_too(mail, point):
    first, again, other = (say(mail, point, purpose, about="") for purpose in ("promo:1", "promo:1", "promo:2"))

    assert first == again
    assert other.conversation != first.conversation


def test_further_headers_come_with_the_mail_and_replace_ours(mail, point):
    headers = {"List-Unsubscribe": "<https://shop.example/u/1>", "auto-submitted": "no"}

    delivery = say(mail, point, headers=headers).delivery

    assert delivery.headers == {"X-Auto-Response-Suppress": "OOF, AutoReply", **headers}


@pytest.mark.parametrize(
    "headers",
    [
        {"List-Unsubscribe": "<https://a>\r\nBcc: eve@evil.example"},
        {"List-Unsubscribe": "<https://a>\nX: y"},
        {"List-Unsubscribe": "<https://a>\u2028X: y"},
        {"List-Unsubscribe": "<https://a>\x00"},
        {"List-Unsubscribe: x\r\nBcc": "eve@evil.example"},
        {"": "x"},
        {"List Unsubscribe": "x"},
        {"List-Unsubscribe": "<https://a>", "list-unsubscribe": "<https://b>"},
    ],
)
def test_headers_that_would_begin_another_or_come_twice_are_refused(mail, point, headers):
    with pytest.raises(BadHeader):
        say(mail, point, headers=headers)

    assert (Conversation.objects.count(), Message.objects.count()) == (0, 0)


def test_in_the_quiet_hours_it_waits_for_their_end(mail, point):
    held, free = say(mail, point, hold=NIGHT).delivery, say(mail, point, "notice:2", at=MORNING, hold=NIGHT).delivery

    assert (held.state, held.next_attempt_at, held.hold) == (S.QUEUED, MORNING, NIGHT)
    assert free.next_attempt_at == MORNING
    assert say(mail, point, "notice:3").delivery.hold is None
    assert set(MessageDelivery.objects.filter(hold__isnull=True).values_list("message__client_id", flat=True)) == {
        "notice:3"
    }


@pytest.mark.parametrize("hold", [{}, {**NIGHT, "zone": "Mars"}, {**NIGHT, "to": "8"}])
def test_a_hold_that_is_none_is_refused_and_nothing_is_said(mail, point, hold):
    with pytest.raises(BadHold):
        say(mail, point, hold=hold)

    assert (Conversation.objects.count(), Message.objects.count()) == (0, 0)


def claimed(at):
    (found,) = claims.claim_due(MessageDelivery.objects.filter(state=S.QUEUED), at=at, lease=HOUR, limit=5)
    return found


def test_a_backlog_is_not_handed_over_at_night(mail, point):
    say(mail, point, at=MORNING - 24 * HOUR, hold=NIGHT)
    row = claimed(AT)

    assert delivering.mark_sending(row, at=AT, until=AT + HOUR) is False

    row.refresh_from_db()
    assert (row.state, row.next_attempt_at, row.attempts, row.claim) == (S.QUEUED, MORNING, 0, "")
    assert delivering.mark_sending(claimed(MORNING), at=MORNING, until=MORNING + HOUR) is True


def test_a_further_try_is_not_made_at_night(mail, point):
    evening = AT - HOUR
    say(mail, point, at=evening, hold=NIGHT)
    row = claimed(evening)
    delivering.mark_sending(row, at=evening, until=AT)

    delivering.mark_for_retry(row, error="451", at=evening, pause=HOUR)

    row.refresh_from_db()
    assert (row.state, row.next_attempt_at) == (S.QUEUED, MORNING)


def test_a_hold_that_cannot_be_read_any_more_holds_nothing(mail, point):
    say(mail, point)
    MessageDelivery.objects.update(hold={**NIGHT, "zone": "Asia/Gone"})

    assert delivering.mark_sending(claimed(AT), at=AT, until=AT + HOUR) is True


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_say_it_once(pigeons, perch):
    outcomes = at_once(*[lambda: say(pigeons, perch).pk] * 8)

    assert len(set(outcomes)) == 1
    assert (Conversation.objects.count(), Message.objects.count(), MessageDelivery.objects.count()) == (1, 1, 1)
