"""Which thread a message joins, and what becomes of one that comes twice, late, or from a stranger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ramah.conversations.commands.organizing import set_status, snooze
from ramah.conversations.commands.receiving import InboundMessage, receive_message, receive_messages
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.events import MessageReceived
from ramah.conversations.models import Conversation, ConversationInbox, ExternalId, Message
from ramah.conversations.testing import make_inbox
from ramah.customers import commands as customers
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import OutboxEvent

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Status = Conversation.Status


def point(address="dana@mail.example", name="Dana"):
    return customers.meet_customer(kind="email", value=address, name=name, at=NOON)


@pytest.fixture
def inbox():
    return make_inbox("support")


@pytest.fixture
def first(inbox):
    return InboundMessage(
        inbox=inbox,
        sender=point(),
        external_id="<1@mail.example>",
        digest="d1",
        subject="Where is my parcel?",
        text="It should have been here on Tuesday.",
        language="en",
    )


def reply_to(first, number=2, **changes):
    return replace(
        first,
        **{
            "external_id": f"<{number}@mail.example>",
            "digest": f"d{number}",
            "references": (first.external_id,),
            "is_reply": True,
            **changes,
        },
    )


def test_a_new_message_opens_a_conversation_and_says_so(first):
    received = receive_message(first, at=NOON)

    conversation = received.conversation
    assert (conversation.status, conversation.subject, conversation.preview) == (Status.OPEN, first.subject, first.text)
    assert (conversation.language, conversation.is_unread, conversation.last_message_at) == ("en", True, NOON)
    assert conversation.customer == first.sender.customer
    event = OutboxEvent.objects.get(name="conversation.message_received")
    assert MessageReceived(**event.payload) == MessageReceived(conversation.pk, received.message.pk, True, False, True)


def test_the_same_message_again_changes_nothing(first):
    received = receive_message(first, at=NOON)

    again = receive_message(first, at=NOON + timedelta(hours=1))

    assert (again.duplicate, again.message) == (True, received.message)
    assert (Message.objects.count(), Conversation.objects.count(), OutboxEvent.objects.count()) == (1, 1, 1)


def test_a_stolen_id_on_another_message_does_not_make_it_a_duplicate(first):
    receive_message(first, at=NOON)

    other = receive_message(replace(first, digest="other", sender=point("eli@mail.example"), text="Mine"), at=NOON)

    again = receive_message(replace(first, digest="other", sender=point("eli@mail.example"), text="Mine"), at=NOON)

    assert (other.duplicate, again.duplicate, again.message) == (False, True, other.message)
    assert Conversation.objects.count() == 2
    assert ExternalId.objects.get(value="<1@mail.example>").message.text == first.text


def test_a_reference_of_the_customer_joins_the_thread(first):
    opened = receive_message(first, at=NOON)

    joined = receive_message(reply_to(first), at=NOON + timedelta(hours=1))

    assert joined.conversation == opened.conversation
    joined.conversation.refresh_from_db()
    assert joined.conversation.last_customer_message_at == NOON + timedelta(hours=1)


def test_a_reply_to_our_answer_joins_the_thread(first):
    opened = receive_message(first, at=NOON)
    answer = post_reply(actor=SYSTEM, conversation=opened.conversation, text="Tomorrow.", at=NOON)

    joined = receive_message(reply_to(first, references=(answer.delivery.external_id,), subject="Another"), at=NOON)

    assert joined.conversation == opened.conversation


def test_a_stranger_who_quotes_a_known_id_gets_a_conversation_of_his_own_that_says_so(first):
    opened = receive_message(first, at=NOON)

    own = receive_message(reply_to(first, sender=point("eli@mail.example", "Eli")), at=NOON)

    assert own.conversation != opened.conversation
    activities = own.conversation.messages.filter(kind=Message.Kind.ACTIVITY)
    assert [line.activity for line in activities] == ["quotes_other_thread"]
    assert opened.conversation.messages.count() == 1


def test_somebody_who_was_copied_in_takes_part(first):
    opened = receive_message(first, at=NOON)
    post_reply(actor=SYSTEM, conversation=opened.conversation, text="Hello both", cc=["Eli@Mail.example"], at=NOON)

    joined = receive_message(reply_to(first, sender=point("eli@mail.example", "Eli")), at=NOON)

    assert joined.conversation == opened.conversation


def test_a_token_joins_whoever_holds_it(first):
    opened = receive_message(first, at=NOON)

    joined = receive_message(
        reply_to(first, sender=point("dana@work.example"), references=(), thread=opened.conversation.pk), at=NOON
    )

    assert joined.conversation == opened.conversation


def test_a_token_of_a_conversation_that_is_gone_opens_a_new_one(first):
    received = receive_message(replace(first, thread=987_654), at=NOON)

    assert received.conversation.messages.count() == 1


def test_a_reply_whose_client_dropped_all_ids_joins_by_customer_and_subject(first):
    opened = receive_message(first, at=NOON)

    joined = receive_message(reply_to(first, references=()), at=NOON)
    fresh = receive_message(reply_to(first, 3, references=(), is_reply=False), at=NOON)
    stranger = receive_message(reply_to(first, 4, references=(), sender=point("eli@mail.example")), at=NOON)

    assert joined.conversation == opened.conversation
    assert fresh.conversation != opened.conversation
    assert stranger.conversation not in (opened.conversation, fresh.conversation)


def test_a_reply_that_comes_before_what_it_answers_ends_in_the_same_thread(first):
    early = receive_message(reply_to(first, subject="Re: x"), at=NOON)

    late = receive_message(first, at=NOON + timedelta(minutes=1))

    assert late.conversation == early.conversation
    assert ExternalId.objects.get(value=first.external_id).message == late.message


def test_an_expected_id_cannot_be_reserved_by_a_stranger(first):
    trap = receive_message(reply_to(first, sender=point("eli@mail.example")), at=NOON)

    late = receive_message(first, at=NOON + timedelta(minutes=1))

    assert late.conversation != trap.conversation
    assert ExternalId.objects.get(value=first.external_id).message == late.message


@pytest.mark.parametrize(("days", "reopened"), [(13, True), (15, False)])
def test_a_resolved_conversation_is_reopened_or_followed(first, days, reopened):
    conversation = receive_message(first, at=NOON).conversation
    set_status(actor=SYSTEM, conversation=conversation, status=Status.RESOLVED, at=NOON)

    back = receive_message(reply_to(first), at=NOON + timedelta(days=days)).conversation

    conversation.refresh_from_db()
    if reopened:
        assert (back, conversation.status, conversation.resolved_at) == (conversation, Status.OPEN, None)
        assert conversation.messages.filter(activity="reopened_by_customer").count() == 1
    else:
        assert (back.follows, conversation.status) == (conversation, Status.RESOLVED)


def test_list_mail_never_reopens(first):
    conversation = receive_message(first, at=NOON).conversation
    set_status(actor=SYSTEM, conversation=conversation, status=Status.RESOLVED, at=NOON)

    receive_message(reply_to(first, is_personal=False), at=NOON + timedelta(days=1))

    conversation.refresh_from_db()
    assert conversation.status == Status.RESOLVED
    event = OutboxEvent.objects.filter(name="conversation.message_received").latest("id")
    assert (event.payload["reopened"], event.payload["is_personal"]) == (False, False)


def test_a_snoozed_conversation_wakes(first):
    conversation = receive_message(first, at=NOON).conversation
    snooze(actor=SYSTEM, conversation=conversation, until=NOON + timedelta(days=3), at=NOON)

    receive_message(reply_to(first), at=NOON + timedelta(days=1))

    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == (Status.OPEN, None)


def test_one_mail_to_two_inboxes_is_one_conversation_that_shows_both(first):
    opened = receive_message(first, at=NOON)
    returns = make_inbox("returns")

    again = receive_message(replace(first, inbox=returns), at=NOON)

    assert (again.duplicate, again.conversation) == (True, opened.conversation)
    assert [row.inbox for row in ConversationInbox.objects.filter(conversation=opened.conversation)] == [returns]


def test_spam_is_kept_apart_and_not_answered(first):
    received = receive_message(replace(first, is_spam=True), at=NOON)

    assert received.conversation.status == Status.SPAM
    assert OutboxEvent.objects.get().payload["is_personal"] is False


def test_a_new_mail_of_a_known_customer_takes_five_queries(first, django_assert_num_queries):
    with django_assert_num_queries(5):  # ids, conversation, message, its id, event
        receive_message(first, at=NOON)


def test_a_batch_ends_as_its_messages_one_by_one_would(first, inbox):
    known = receive_message(replace(first, external_id="<0@x>", digest="0", subject="Old"), at=NOON).conversation
    set_status(actor=SYSTEM, conversation=known, status=Status.RESOLVED, at=NOON)
    eli = point("eli@mail.example", "Eli")
    batch = [
        reply_to(first, 2),  # before what it answers
        first,
        first,  # delivered twice
        reply_to(first, 3, references=("<2@mail.example>",)),
        reply_to(first, 4, sender=eli),  # a stranger who quotes
        reply_to(first, 5, references=(), is_reply=True),  # a client that drops ids
        reply_to(first, 6, references=("<0@x>",), subject="Old"),  # reopens
        reply_to(first, 7, references=("<0@x>",), subject="Old"),  # and goes on
        replace(first, digest="stolen", sender=eli, text="Mine"),
    ]

    received = receive_messages(batch, at=NOON + timedelta(minutes=1))

    threads = [item.conversation for item in received]
    assert [item.duplicate for item in received] == [False, False, True] + [False] * 6
    assert threads[0] == threads[1] == threads[2] == threads[3] == threads[5]
    assert len({thread.pk for thread in threads}) == 4
    assert threads[6] == threads[7] == known
    known.refresh_from_db()
    lines = list(known.messages.order_by("id").values_list("kind", "activity"))
    assert lines[-3:] == [("activity", "reopened_by_customer"), ("message", ""), ("message", "")]
    said = {(event.payload["message_id"], event.payload["opened"], event.payload["reopened"]) for event in events()}
    assert len(said) == 9
    assert [event.payload["opened"] for event in events()[-8:]] == [True, False, False, True, False, False, False, True]
    assert events()[-3].payload["reopened"] is True


def events():
    return list(OutboxEvent.objects.filter(name="conversation.message_received").order_by("id"))


def test_a_batch_of_forty_takes_as_many_queries_as_one(inbox, first, django_assert_num_queries):
    points = customers.meet_customers(
        [customers.Stranger("email", f"c{n}@mail.example", "C", "en") for n in range(40)], at=NOON
    )
    batch = [
        replace(first, sender=points[n], external_id=f"<b{n}@x>", digest=f"b{n}", subject=f"S{n}") for n in range(40)
    ]

    with django_assert_num_queries(5):
        receive_messages(batch, at=NOON)
