"""Submissions of the contact form: stored as they came, read like everything else that reaches the intake."""

from datetime import UTC, datetime

import pytest

from ramah.channels import commands
from ramah.channels.commands import Submission, take_in_form
from ramah.channels.form.raw import BadSubmission, SentFile, read_raw, write_raw
from ramah.channels.form.reading import TRAPPED
from ramah.channels.models import IntakeItem
from ramah.channels.queries import intake_sum
from ramah.conversations.models import Attachment, Conversation, Message
from ramah.conversations.testing import make_inbox
from ramah.customers.models import ContactPoint
from ramah.customers.testing import make_customer
from ramah.desk.models import SLAPolicy
from ramah.desk.policies import forget_policies
from ramah.kernel import outbox
from ramah.kernel.actors import SYSTEM

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n\n\n" + bytes(range(256))


@pytest.fixture
def inbox(db, time_machine):
    time_machine.move_to(AT, tick=False)
    forget_policies()
    return make_inbox("support", name="Toko Laut")


def told(**fields):
    return Submission(
        **{
            "key": "k1",
            "email": "Dana@mail.example",
            "name": "Dana",
            "subject": "Where is my order?: Order TL-1",
            "text": "It should be here.",
            "language": "id",
            **fields,
        }
    )


def send(inbox, files=(), **fields):
    item = take_in_form(inbox_id=inbox.pk, submission=told(**fields), files=files, at=AT)
    commands.process_waiting(at=AT)
    item.refresh_from_db()
    return item


@pytest.mark.parametrize("text", ["", "a\n\nb", "\N{GRINNING FACE}", "\ud800", '"}\n\n{"', "\0"])
def test_what_was_written_is_read_again(text):
    files = [SentFile("a.png", "image/png", PNG), SentFile("empty", "", b""), SentFile("b", "x/y", b"\n\n{}")]

    submission, read = read_raw(write_raw(told(text=text), files))

    assert submission == told(text=text.encode("utf-8", "replace").decode())
    assert read == files


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]\n\n",
        b"\xff\n\n",
        write_raw(told(), [SentFile("a", "", b"123")])[:-1],
        b'{"files": 3}\n\n',
        b"3\n\n",
    ],
)
def test_what_is_no_submission_is_refused(raw):
    with pytest.raises(BadSubmission):
        read_raw(raw)


def test_it_becomes_a_conversation_of_a_claimed_address(inbox):
    item = send(inbox, files=[SentFile("../../kwitansi.png", "text/html", PNG)], about="order:12")

    conversation, message = Conversation.objects.get(), Message.objects.get()
    assert (item.state, item.conversation, item.message) == ("accepted", conversation, message)
    assert (conversation.about, conversation.subject, conversation.status, conversation.language) == (
        "order:12",
        "Where is my order?: Order TL-1",
        "open",
        "id",
    )
    assert (message.text, message.author_name, message.detail) == ("It should be here.", "Dana", {"channel": "form"})
    point = ContactPoint.objects.get()
    assert (point.value, point.proof, conversation.customer.name) == ("dana@mail.example", "claimed", "Dana")
    file = Attachment.objects.get()
    assert (file.filename, file.content_type, file.file.read()) == ("kwitansi.png", "image/png", PNG)


def test_a_typed_address_proves_nothing_of_a_known_customer(inbox):
    dana = make_customer("Dana", email="dana@mail.example")

    send(inbox, name="Mallory")
    send(inbox, text="Again", is_proved=True)

    dana.refresh_from_db()
    assert dana.name == "Dana"
    assert dana.contact_points.get().proof == "claimed"
    first, second = Message.objects.order_by("id")
    assert ("proof" in first.detail, second.detail["proof"]) == (False, "verified")


def test_sent_twice_it_is_one_conversation(inbox):
    first, again = send(inbox), send(inbox)
    other_form, other_words = send(inbox, key="k2"), send(inbox, text="And another thing.")

    states = [item.state for item in (first, again, other_form, other_words)]
    assert states == ["accepted", "duplicate", "accepted", "accepted"]
    assert again.conversation == first.conversation
    assert Conversation.objects.count() == 3
    assert intake_sum().closes


def test_sent_twice_in_one_batch_it_is_one_conversation(inbox):
    for _ in range(2):
        take_in_form(inbox_id=inbox.pk, submission=told(), at=AT)

    commands.process_waiting(at=AT)

    assert sorted(IntakeItem.objects.values_list("state", flat=True)) == ["accepted", "duplicate"]
    assert Conversation.objects.count() == 1


def test_mails_and_submissions_of_one_inbox_are_read_side_by_side(inbox):
    mail = b"From: eli@mail.example\r\nSubject: Hello\r\nMessage-ID: <1@mail.example>\r\n\r\nHello\r\n"
    commands.take_in(inbox_id=inbox.pk, raws=[(mail, {})], at=AT)
    take_in_form(inbox_id=inbox.pk, submission=told(), at=AT)

    commands.process_waiting(at=AT)

    assert set(Conversation.objects.values_list("subject", flat=True)) == {"Hello", "Where is my order?: Order TL-1"}


def test_what_cannot_be_read_is_quarantined_and_can_be_read_again(inbox):
    item = take_in_form(inbox_id=inbox.pk, submission=told(), files=[SentFile("a", "", b"123")], at=AT)
    whole = bytes(item.raw)
    IntakeItem.objects.filter(pk=item.pk).update(raw=whole[:-1])
    good = send(inbox, key="k2")

    item.refresh_from_db()
    assert (item.state, item.reason, good.state) == ("quarantined", "BadSubmission", "accepted")
    IntakeItem.objects.filter(pk=item.pk).update(raw=whole)
    assert commands.replay(actor=SYSTEM, item=item, at=AT).state == "accepted"
    assert Conversation.objects.count() == 2


def test_what_fell_into_the_trap_is_kept_and_a_person_may_let_it_in(inbox):
    item = send(inbox, is_trap=True)

    assert (item.state, item.reason, Conversation.objects.count()) == ("ignored", TRAPPED, 0)
    assert not ContactPoint.objects.exists()
    assert commands.replay(actor=SYSTEM, item=item, at=AT).state == "accepted"


def test_it_is_acknowledged_by_mail_with_the_time_frame(inbox):
    SLAPolicy.objects.create(name="P", inbox=inbox, first_reply_minutes=60, created_at=AT)

    item = send(inbox, language="en")
    outbox.drain()

    acknowledgement = Message.objects.get(author="system")
    assert acknowledgement.to == ["dana@mail.example"]
    assert item.conversation.reference in acknowledgement.text
    assert "by Monday" in acknowledgement.text
    assert acknowledgement.delivery.headers["In-Reply-To"] == item.external_id
    assert item.external_id.startswith("<form.")
    assert item.external_id.endswith("@shop.example>")
