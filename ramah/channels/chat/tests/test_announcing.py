"""Unasked messages in live chat: only to a visitor who has it before them, in the chat that goes on."""

from datetime import timedelta

import pytest

from ramah.channels.chat.queries import Place, thread_after
from ramah.channels.chat.testing import make_chat_inbox
from ramah.channels.chat.tests.test_following_up import visit
from ramah.conversations.commands.organizing import set_status
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.models import Conversation, Message
from ramah.conversations.testing import announce_to
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def inbox(db):
    return make_chat_inbox("widget")


def refused(inbox, point, **fields):
    with pytest.raises(NotPossible) as why:
        announce_to(inbox, point, **fields)
    assert Message.objects.filter(author="system", client_id="notice:1").count() == 0
    return str(why.value.words)


def test_a_visitor_who_is_there_reads_it_at_once_whatever_the_hour(inbox):
    visitor = visit(inbox)
    always = {"from": "00:00", "to": "23:59", "zone": "UTC"}

    message = announce_to(inbox, visitor.contact_point, hold=always)

    assert (message.conversation, message.delivery.state) == (visitor.conversation, "sent")
    lines = thread_after(Place.of(visitor), after=0).lines
    assert [line["text"] for line in lines][-1] == "Your parcel comes a day later."


def test_of_two_browsers_the_one_that_is_meant_reads_it(inbox):
    first = visit(inbox)
    second = visit(inbox, at=clock.now() + timedelta(seconds=5))
    Conversation.objects.update(customer=first.contact_point.customer)
    first.contact_point.customer.contact_points.add(second.contact_point)

    message = announce_to(inbox, first.contact_point)

    assert message.conversation == first.conversation != second.conversation


@pytest.mark.parametrize(
    "gone", [{"is_connected": False}, {"seen_at": clock.now() - timedelta(minutes=3)}, {"text": ""}]
)
def test_a_visitor_who_is_not_there_or_says_nothing_does_not(inbox, gone):
    visitor = visit(inbox, **gone)
    point = visitor.contact_point or visit(inbox, is_connected=False).contact_point

    assert refused(inbox, point) == "The visitor does not have the chat open."


@pytest.mark.parametrize("status", ["resolved", "spam"])
def test_a_chat_that_is_over_is_not_begun_again(inbox, status):
    visitor = visit(inbox)
    set_status(actor=SYSTEM, conversation=visitor.conversation, status=status, at=clock.now())

    assert refused(inbox, visitor.contact_point) == "The visitor does not have the chat open."


def test_a_chat_of_another_inbox_is_none_here(inbox):
    visitor = visit(make_chat_inbox("other"))

    assert refused(inbox, visitor.contact_point) == "The visitor does not have the chat open."
