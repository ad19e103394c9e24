"""Conversations that the shop begins: said once, in one thread, answered like any other."""

from datetime import UTC, datetime, timedelta

import pytest

from ramah.conversations.commands.opening import open_conversation
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.events import MessageReceived
from ramah.conversations.models import Conversation, ExternalId, Message, MessageDelivery, Participant
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers.models import ContactPoint
from ramah.customers.testing import make_customer
from ramah.kernel import events
from ramah.kernel.actors import SYSTEM

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def inbox(db):
    return make_inbox("support", name="Toko Laut")


@pytest.fixture
def point(db):
    return make_customer("Dana", email="dana@mail.example").contact_points.get()


def say(inbox, point, purpose="order.placed", *, about="order:12", subject="We have your order", at=AT, **fields):
    return open_conversation(
        inbox=inbox,
        contact_point=point,
        subject=subject,
        text=f"Text of {purpose}",
        html=f"<p>HTML of {purpose}</p>",
        language="en",
        about=about,
        purpose=purpose,
        at=at,
        **fields,
    )


def answer(inbox, point, message, *, at, external_id="<1@mail.example>"):
    reference = ExternalId.objects.get(message=message).value
    inbound = InboundMessage(
        inbox=inbox, sender=point, external_id=external_id, digest="d", text="Where?", references=[reference]
    )
    return receive_message(inbound, at=at)


def test_the_same_purpose_is_said_once(inbox, point):
    first, again = say(inbox, point), say(inbox, point, subject="Other words")

    assert again == first
    assert (Message.objects.count(), MessageDelivery.objects.count()) == (1, 1)


def test_what_is_said_about_one_thing_stands_together(inbox, point):
    first = say(inbox, point)
    second = say(inbox, point, "order.shipped", subject="It is on\r\nits way", at=AT + DAY)
    other = say(inbox, point, about="order:13")
    elsewhere = say(make_inbox("other"), point)

    assert second.conversation_id == first.conversation_id
    assert len({first.conversation_id, other.conversation_id, elsewhere.conversation_id}) == 3
    assert second.subject == "It is on its way"
    assert second.delivery.headers["References"] == first.delivery.external_id
    assert "In-Reply-To" not in second.delivery.headers
    conversation = Conversation.objects.get(pk=first.conversation_id)
    assert (conversation.subject, conversation.last_message_at, conversation.status) == (
        "We have your order",
        AT + DAY,
        "resolved",
    )


def test_an_open_conversation_stays_as_it_is(inbox, point):
    asked = make_conversation(inbox, customer=point.customer, about="order:12", text="Where is it?", at=AT)

    say(inbox, point, at=AT + DAY)

    asked.refresh_from_db()
    assert (asked.status, asked.preview, asked.last_message_at) == ("open", "Where is it?", AT)
    assert asked.messages.count() == 2


def test_what_was_marked_as_spam_is_not_joined(inbox, point):
    make_conversation(inbox, customer=point.customer, about="order:12", status="spam")

    assert say(inbox, point).conversation.status == "resolved"


def test_a_merged_conversation_goes_on_where_it_went(inbox, point):
    kept = make_conversation(inbox, customer=point.customer)
    make_conversation(inbox, customer=point.customer, about="order:12", merged_into=kept)

    assert say(inbox, point).conversation == kept


def test_it_may_belong_to_another_customer_than_the_address(inbox, point):
    eli = make_customer("Eli", email="eli@mail.example")

    message = say(inbox, point, customer_id=eli.pk)

    assert message.conversation.customer == eli
    assert message.to == ["dana@mail.example"]
    received = answer(inbox, point, message, at=AT + DAY)
    assert received.conversation == message.conversation


@pytest.fixture
def told(monkeypatch):
    """The `MessageReceived` that were published."""
    facts = []
    real = events.publish_all

    def listen(pairs):
        pairs = list(pairs)
        facts.extend(fact for fact, _subject in pairs if isinstance(fact, MessageReceived))
        real(pairs)

    monkeypatch.setattr("ramah.conversations.commands.receiving.publish_all", listen)
    return facts


def test_the_first_answer_opens_it_and_the_second_does_not(inbox, point, told):
    message = say(inbox, point)

    received = answer(inbox, point, message, at=AT + DAY)
    answer(inbox, point, message, at=AT + DAY, external_id="<2@mail.example>")

    assert received.conversation == message.conversation
    received.conversation.refresh_from_db()
    assert (received.conversation.status, received.conversation.about) == ("open", "order:12")
    assert [(fact.opened, fact.reopened) for fact in told] == [(True, True), (False, False)]


def test_silence_counts_from_the_last_word(inbox, point):
    say(inbox, point)
    shipped = say(inbox, point, "order.shipped", at=AT + 20 * DAY)

    in_time = answer(inbox, point, shipped, at=AT + 33 * DAY)

    assert in_time.conversation == shipped.conversation


def test_a_late_answer_is_about_the_same_thing(inbox, point):
    message = say(inbox, point)

    late = answer(inbox, point, message, at=AT + 15 * DAY)

    assert late.conversation != message.conversation
    assert (late.conversation.follows, late.conversation.about) == (message.conversation, "order:12")


def test_an_agent_answers_to_the_address_that_was_written_to(inbox, point):
    customer = point.customer
    other = ContactPoint.objects.create(customer=customer, kind="email", value="work@mail.example", created_at=AT)
    message = say(inbox, other)

    reply = post_reply(actor=SYSTEM, conversation=message.conversation, text="One more thing.", at=AT + DAY)

    assert reply.to == ["work@mail.example"]
    assert Participant.objects.get().contact_point == other


def test_an_address_that_bounced_is_not_written_to(inbox, point):
    point.bounced_at, point.bounce_reason = AT, "no such user"

    night = {"from": "08:00", "to": "10:00", "zone": "UTC"}
    delivery = say(inbox, point, hold=night).delivery

    assert (delivery.state, delivery.error, delivery.next_attempt_at, delivery.ended_at) == (
        "failed",
        "no such user",
        None,
        AT,
    )
