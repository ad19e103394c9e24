"""Answering: what is sent to whom, once, and never over the head of what was said meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from ramah.accounts.testing import actor_of_agent, make_agent, make_team
from ramah.conversations.commands import delivering, merging, organizing
from ramah.conversations.commands.filing import AttachmentTooLarge, File, harmless_name, sniffed_type
from ramah.conversations.commands.receiving import InboundMessage, receive_message
from ramah.conversations.commands.replying import (
    AutomaticAnswer,
    BadCopyAddress,
    EmptyMessage,
    NoAddress,
    ThreadChanged,
    add_note,
    post_automatic,
    post_reply,
    see_thread,
)
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.queries import conversation_for, newest_message_id, thread_page
from ramah.conversations.testing import make_conversation, make_inbox
from ramah.customers import commands as customers
from ramah.customers.models import ContactPoint
from ramah.kernel.actors import NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def team():
    return make_team("Jakarta care")


@pytest.fixture
def ben(team):
    return actor_of_agent(make_agent(name="Ben", teams=[team]))


@pytest.fixture
def conversation(team):
    inbox = make_inbox("support", teams=[team])
    sender = customers.meet_customer(kind="email", value="dana@mail.example", name="Dana", at=NOON)
    inbound = InboundMessage(
        inbox=inbox, sender=sender, external_id="<1@mail.example>", digest="d", subject="Parcel", text="Where?"
    )
    return receive_message(inbound, at=NOON).conversation


def test_a_reply_is_stored_with_its_delivery_and_threaded(ben, conversation):
    message = post_reply(actor=ben, conversation=conversation, text=" Tomorrow. ", at=NOON)

    delivery = message.delivery
    assert (message.text, message.to, message.agent_id) == ("Tomorrow.", ["dana@mail.example"], ben.agent_id)
    assert (delivery.state, delivery.recipients, delivery.next_attempt_at) == ("queued", ["dana@mail.example"], NOON)
    assert delivery.headers == {"In-Reply-To": "<1@mail.example>", "References": "<1@mail.example>"}
    assert delivery.external_id.endswith("@shop.example>")
    assert AuditEntry.objects.get(action="conversation.reply").actor == ben.ref
    conversation.refresh_from_db()
    assert conversation.is_unread is False


def test_the_reply_goes_where_the_customer_asked(ben, conversation):
    Message.objects.filter(conversation=conversation).update(detail={"reply_to": "dana@work.example"})

    message = post_reply(actor=ben, conversation=conversation, text="Hi", at=NOON)

    assert message.delivery.recipients == ["dana@work.example"]


def test_sending_twice_sends_once(ben, conversation):
    one = post_reply(actor=ben, conversation=conversation, text="Hi", client_id="c1", at=NOON)
    two = post_reply(actor=ben, conversation=conversation, text="Hi", client_id="c1", at=NOON)

    assert one == two
    assert MessageDelivery.objects.count() == 1


def test_nothing_is_sent_over_the_head_of_a_new_message(ben, conversation):
    seen = newest_message_id(conversation)
    cleo = actor_of_agent(make_agent(name="Cleo", role="lead"))
    add_note(actor=cleo, conversation=conversation, text="The parcel is lost", at=NOON)

    with pytest.raises(ThreadChanged):
        post_reply(actor=ben, conversation=conversation, text="It is on its way", seen=seen, at=NOON)

    assert MessageDelivery.objects.count() == 0


def test_an_activity_does_not_hold_up_a_reply(ben, conversation):
    seen = newest_message_id(conversation)
    organizing.set_priority(actor=ben, conversation=conversation, priority=3, at=NOON)

    assert post_reply(actor=ben, conversation=conversation, text="Hi", seen=seen, at=NOON).pk


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": "  "}, EmptyMessage),
        ({"cc": ["not an address"]}, BadCopyAddress),
        ({"cc": ["a@b.example\nBcc: x@y.example"]}, BadCopyAddress),
        ({"cc": [f"a{n}@b.example" for n in range(21)]}, BadCopyAddress),
    ],
)
def test_what_cannot_be_sent_is_refused_and_leaves_nothing(ben, conversation, changes, error):
    with pytest.raises(error):
        post_reply(actor=ben, conversation=conversation, at=NOON, **{"text": "Hi", **changes})

    assert Message.objects.filter(author="agent").count() == 0


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(ben, conversation, settings):
    settings.ATTACHMENT_MAX_BYTES = 10

    with pytest.raises(AttachmentTooLarge):
        post_reply(
            actor=ben, conversation=conversation, text="Hi", files=[File("a.txt", "text/plain", b"x" * 11)], at=NOON
        )

    assert Message.objects.filter(author="agent").count() == 0


def test_a_customer_whose_address_bounced_cannot_be_mailed(ben, conversation):
    customers.flag_bounced(kind="email", value="dana@mail.example", reason="5.1.1", at=NOON)

    with pytest.raises(NoAddress):
        post_reply(actor=ben, conversation=conversation, text="Hi", at=NOON)
    opened_by = conversation.messages.get().pk
    assert post_automatic([AutomaticAnswer(conversation, opened_by, "x", "p", "en")], at=NOON) == [None]
    assert ContactPoint.objects.get().bounce_reason == "5.1.1"


def test_what_ramah_says_is_marked_as_automatic_and_said_once(conversation):
    answer = AutomaticAnswer(conversation, conversation.messages.get().pk, "Arrived", "acknowledgement", "en")

    said = post_automatic([answer], at=NOON)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        post_automatic([answer], at=NOON)

    assert said.delivery.headers == {
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "In-Reply-To": "<1@mail.example>",
        "References": "<1@mail.example>",
    }
    assert (said.author, said.to) == ("system", ["dana@mail.example"])
    assert MessageDelivery.objects.count() == 1


def test_only_the_members_of_the_inbox_may_open_a_conversation(conversation, ben):
    cleo = actor_of_agent(make_agent(name="Cleo", teams=[make_team("Returns")]))
    chris = actor_of_agent(make_agent(name="Chris", role="contractor"))
    lia = actor_of_agent(make_agent(name="Lia", role="lead"))

    for actor in (ben, lia):
        assert conversation_for(actor, public_id=conversation.public_id) == conversation
    for actor in (cleo, chris):
        with pytest.raises(NotVisible):
            conversation_for(actor, public_id=conversation.public_id)


def test_whom_it_is_assigned_to_may_open_it(conversation):
    cleo = make_agent(name="Cleo")
    Conversation.objects.update(assignee=cleo)

    assert conversation_for(actor_of_agent(cleo), public_id=conversation.public_id) == conversation


def test_it_can_only_be_given_to_somebody_who_may_read_it(ben, conversation):
    cleo = make_agent(name="Cleo")

    with pytest.raises(organizing.NotAssignable):
        organizing.assign(actor=ben, conversation=conversation, agent=cleo, at=NOON)

    conversation.refresh_from_db()
    assert conversation.assignee is None


def test_a_mention_waits_until_it_is_seen(ben, conversation, team):
    cleo = make_agent(name="Cleo Tambunan", teams=[team])

    note = add_note(actor=ben, conversation=conversation, text="@cleo tambunan, can you look?", at=NOON)
    assert [mention.agent for mention in note.mentions.all()] == [cleo]

    see_thread(actor=actor_of_agent(cleo), conversation=conversation, at=NOON)
    assert note.mentions.get().seen_at == NOON


def test_a_failed_delivery_can_be_tried_again_and_a_sent_one_cannot(ben, conversation):
    delivery = post_reply(actor=ben, conversation=conversation, text="Hi", at=NOON).delivery
    with pytest.raises(delivering.NotFailed):
        delivering.retry_delivery(actor=ben, delivery=delivery, at=NOON)
    delivering.mark_failed(delivery, error="550 no such user", at=NOON)

    delivering.retry_delivery(actor=ben, delivery=delivery, at=NOON + timedelta(hours=1))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.error, delivery.next_attempt_at) == ("queued", "", NOON + timedelta(hours=1))


def test_two_threads_of_a_customer_become_one_and_replies_follow(ben, conversation):
    other = make_conversation(conversation.inbox, customer=conversation.customer, text="Second")

    merging.merge_conversations(actor=ben, kept=conversation, merged=other, at=NOON)

    other.refresh_from_db()
    assert (other.status, other.merged_into) == ("resolved", conversation)
    said = [line.text for line in thread_page(conversation) if line.kind == "message"]
    assert said == ["Where?", "Second"]
    sender = ContactPoint.objects.get(value="dana@mail.example")
    late = InboundMessage(
        inbox=conversation.inbox, sender=sender, external_id="<9@x>", digest="9", text="More", thread=other.pk
    )
    assert receive_message(late, at=NOON).conversation == conversation


def test_threads_of_two_customers_are_not_merged(ben, conversation):
    other = make_conversation(conversation.inbox)

    with pytest.raises(merging.CannotMerge):
        merging.merge_conversations(actor=ben, kept=conversation, merged=other, at=NOON)

    assert other.messages.count() == 1


def test_a_contractor_may_not_merge(conversation, team):
    chris = actor_of_agent(make_agent(name="Chris", role="contractor", teams=[team]))
    other = make_conversation(conversation.inbox, customer=conversation.customer)

    with pytest.raises(PermissionDenied):
        merging.merge_conversations(actor=chris, kept=conversation, merged=other, at=NOON)

    assert other.messages.count() == 1


def test_a_thread_about_two_things_becomes_two(ben, conversation):
    second = Message.objects.create(
        conversation=conversation, kind="message", author="customer", text="Also, an invoice", created_at=NOON
    )

    fresh = merging.split_conversation(
        actor=ben, conversation=conversation, message_ids=[second.pk], subject="Invoice", at=NOON
    )

    assert (fresh.subject, fresh.follows, fresh.customer) == ("Invoice", conversation, conversation.customer)
    assert fresh.messages.filter(kind="message").get() == second
    with pytest.raises(merging.NothingToSplit):
        merging.split_conversation(actor=ben, conversation=fresh, message_ids=[second.pk], subject="", at=NOON)


@pytest.mark.parametrize(
    ("filename", "harmless"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\evil.exe", "evil.exe"),
        ("in\u202evoice.pdf", "invoice.pdf"),
        ("a\r\nb.txt", "ab.txt"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_names_of_files_are_made_harmless(filename, harmless):
    assert harmless_name(filename) == harmless


@pytest.mark.parametrize(
    ("content", "claimed", "sniffed"),
    [
        (b"<html><script>alert(1)</script>", "image/png", "text/html"),
        (b"hello", "text/html", "text/plain"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "text/html", "image/png"),
        (b"\0\1\2", "image/png", "application/octet-stream"),
        (b"", "", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_bytes_say(content, claimed, sniffed):
    assert sniffed_type(content, claimed) == sniffed
