"""Channels without threads of their own: which conversation goes on, and what an answer to a message answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ramah.conversations.commands.merging import merge_conversations
from ramah.conversations.commands.organizing import set_status
from ramah.conversations.commands.receiving import InboundMessage, receive_message, receive_messages
from ramah.conversations.models import Conversation, Message
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers import commands as customers
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def first():
    point = customers.meet_customer(kind="whatsapp", value="+6281234567890", name="Dana", at=NOON)
    inbox = make_inbox("wa", channel="whatsapp", address="+628111000000")
    return InboundMessage(inbox=inbox, sender=point, external_id="w:1", digest="d1", text="Halo", continues=True)


def following(first, number, **changes):
    return replace(first, external_id=f"w:{number}", digest=f"d{number}", **changes)


def test_a_batch_of_strangers_words_is_one_conversation(first):
    received = receive_messages([first, following(first, 2), following(first, 3)], at=NOON)

    assert len({one.conversation.pk for one in received}) == 1
    assert [line.text for line in Message.objects.order_by("id")] == ["Halo"] * 3


def test_the_newest_goes_on_and_other_inboxes_and_customers_have_their_own(first):
    old = receive_message(first, at=NOON).conversation
    newer = make_conversation(first.inbox, customer=first.sender.customer, at=NOON + timedelta(hours=1))
    make_conversation(make_inbox("mail"), customer=first.sender.customer, at=NOON + timedelta(hours=2))
    make_conversation(first.inbox, at=NOON + timedelta(hours=2))

    assert receive_message(following(first, 2), at=NOON + timedelta(hours=3)).conversation == newer
    assert old.pk != newer.pk


def test_after_long_silence_a_new_one_follows_the_resolved(first):
    old = receive_message(first, at=NOON).conversation
    set_status(actor=SYSTEM, conversation=old, status="resolved", at=NOON)

    soon = receive_message(following(first, 2), at=NOON + timedelta(days=13)).conversation
    assert soon == old
    set_status(actor=SYSTEM, conversation=old, status="resolved", at=NOON + timedelta(days=13))
    late = receive_message(following(first, 3), at=NOON + timedelta(days=30)).conversation

    assert late.follows == old


def test_a_merged_conversation_goes_on_in_the_other(first):
    one = receive_message(first, at=NOON).conversation
    other = make_conversation(make_inbox("mail"), customer=first.sender.customer, at=NOON)
    merge_conversations(actor=SYSTEM, kept=other, merged=one, at=NOON)

    answer = following(first, 2, references=["w:1"], answers="w:1")
    assert receive_message(answer, at=NOON).conversation == other


def test_an_answer_names_what_it_answers_also_within_a_batch_and_never_another_thread(first):
    stranger = replace(
        first, sender=customers.meet_customer(kind="whatsapp", value="+380501234567", at=NOON), external_id="w:9"
    )
    lines = receive_messages(
        [
            first,
            following(first, 2, references=["w:1"], answers="w:1"),
            stranger,
            following(first, 3, references=["w:9"], answers="w:9"),
            following(first, 4, references=["w:none"], answers="w:none"),
        ],
        at=NOON,
    )

    answers = [Message.objects.get(pk=line.message.pk).answers_id for line in lines]
    assert answers == [None, lines[0].message.pk, None, None, None]
    assert Conversation.objects.count() == 2


def test_lists_show_something_of_a_message_without_words(first):
    receive_message(replace(first, text="", gist="📷"), at=NOON)

    assert Conversation.objects.get().preview == "📷"
