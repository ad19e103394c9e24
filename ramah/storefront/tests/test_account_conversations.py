"""Conversations in the account: one's own, whole, and nobody else's; what is written lands in the same thread."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ramah.accounts.testing import make_agent
from ramah.channels.models import IntakeItem
from ramah.commerce.testing import make_order
from ramah.conversations.commands import own
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.queries import own_conversation_for, unseen_answers
from ramah.conversations.testing import make_attachment, make_conversation, make_inbox, make_message
from ramah.customers.commands import merge_customers
from ramah.customers.queries import CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM, NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.storefront.tests.signed import Signed, text

pytestmark = pytest.mark.django_db
LIST = "/account/conversations/"


@pytest.fixture
def dana():
    return Signed("Dana", "dana@mail.example")


@pytest.fixture
def inbox():
    return make_inbox("support")


@pytest.fixture
def ben():
    return make_agent(name="Ben")


@pytest.fixture
def thread(dana, inbox):
    """What Dana asked by mail."""
    return make_conversation(inbox, customer=dana.customer, subject="Where is my lamp?", text="It is late.")


def url(conversation, part=""):
    return f"{LIST}{conversation.public_id}/{part}"


def answer(one, conversation, **fields):
    return one.client.post(url(conversation, "answer/"), {"message": "Thank you", "key": "k1", **fields})


def test_the_list_is_one_s_own_and_says_where_an_answer_waits(dana, thread, ben, inbox):
    other = make_conversation(inbox, subject="Eli's secret")
    quiet = make_conversation(inbox, customer=dana.customer, subject="Quiet", at=clock.now() - timedelta(days=1))
    make_message(thread, "It comes on Monday.", agent=ben)

    page = text(dana.client.get(LIST))

    assert page.index("Where is my lamp?") < page.index("Quiet")
    assert page.count("New answer") == 1
    assert other.subject not in page
    assert quiet.reference in page
    assert unseen_answers(dana.actor) == 1


def test_whoever_asked_nothing_is_told_where_to_ask(dana):
    page = text(dana.client.get(LIST))

    assert "No conversations yet" in page
    assert reverse("contact") in page


def test_looking_is_having_seen_it(dana, thread, ben):
    sent = make_message(thread, "It comes on Monday.", agent=ben)
    waiting = make_message(thread, "And it is paid.", agent=ben)
    MessageDelivery.objects.filter(message=waiting).update(state="queued")

    page = text(dana.client.get(url(thread)))

    assert "It comes on Monday." in page
    assert unseen_answers(dana.actor) == 0
    assert "New answer" not in text(dana.client.get(LIST))
    assert MessageDelivery.objects.get(message=sent).state == "read"
    assert MessageDelivery.objects.get(message=waiting).state == "queued"  # it goes out all the same
    make_message(thread, "One more thing.", agent=ben)
    assert unseen_answers(dana.actor) == 1


def test_an_answer_that_was_answered_is_no_news(dana, thread, ben):
    make_message(thread, "It comes on Monday.", agent=ben, at=clock.now() - timedelta(hours=1))
    Conversation.objects.update(last_customer_message_at=clock.now())

    assert unseen_answers(dana.actor) == 0


def test_notes_activities_and_what_others_wrote_are_never_shown(dana, thread, ben):
    eli = make_customer("Eli", email="eli@mail.example")
    stranger = make_message(thread, "Eli's words")
    Message.objects.filter(pk=stranger.pk).update(contact_point=eli.contact_points.get())
    make_attachment(stranger, "eli.png", b"\x89PNG\r\n\x1a\n")
    make_message(thread, "To Eli only", agent=ben, to=["eli@mail.example"])
    make_message(thread, "To Dana", agent=ben, to=["Dana@mail.example"])
    note = make_message(thread, "Careful with her", kind="note", agent=ben)
    noted = make_attachment(note, "note.txt", b"words")
    make_message(thread, "", kind="activity", author="system", activity="assigned", detail={"agent": "Ben"})

    page = text(dana.client.get(url(thread)))

    assert "To Dana" in page
    assert "It is late." in page
    for hidden in ("Eli's words", "eli.png", "To Eli only", "Careful with her", "note.txt", "assigned"):
        assert hidden not in page
    for attachment in (stranger.attachments.get(), noted):
        assert dana.client.get(f"{LIST}files/{attachment.public_id}/").status_code == 404


def test_nobody_reads_answers_closes_or_downloads_what_is_another_s(dana, inbox):
    other = make_conversation(inbox, subject="Eli's secret", text="secret words")
    attachment = make_attachment(other.messages.get(), "photo.png", b"\x89PNG\r\n\x1a\n")

    answers = [
        dana.client.get(url(other)),
        answer(dana, other),
        dana.client.post(url(other, "close/")),
        dana.client.post(url(other, "reopen/")),
        dana.client.get(f"{LIST}files/{attachment.public_id}/"),
        dana.client.get(f"{LIST}nothing/"),
    ]

    assert [one.status_code for one in answers] == [404] * 6
    assert not any("secret" in text(one) for one in answers)
    other.refresh_from_db()
    assert (other.status, other.customer_seen) == ("open", 0)
    assert not IntakeItem.objects.exists()


def test_strangers_are_sent_to_sign_in_and_come_back(thread):
    page = Client().get(url(thread))

    assert page.status_code == 302
    assert page["Location"] == f"/account/sign-in/?next={url(thread)}"
    assert Client().post(url(thread, "close/")).status_code == 302
    thread.refresh_from_db()
    assert thread.status == "open"


def test_a_proof_that_opens_no_history_opens_none(dana, thread):
    claimed = CustomerActor(dana.customer.pk, "claimed")

    with pytest.raises(NotVisible):
        own_conversation_for(claimed, public_id=thread.public_id)
    with pytest.raises(PermissionDenied):
        own.close_own(actor=claimed, conversation=thread, at=clock.now())
    assert unseen_answers(claimed) == 0


def test_an_answer_lands_in_the_thread_at_once_and_is_proved(dana, thread):
    Conversation.objects.update(is_unread=False)
    file = SimpleUploadedFile("lamp.txt", b"broken", "text/plain")

    done = answer(dana, thread, message="It came <b>broken</b>", files=[file])

    assert done.status_code == 302
    said = thread.messages.order_by("-id").first()
    assert (said.text, said.author, said.contact_point.value) == (
        "It came <b>broken</b>",
        "customer",
        "dana@mail.example",
    )
    assert said.detail["proof"] == "verified"
    assert [row.filename for row in said.attachments.all()] == ["lamp.txt"]
    assert IntakeItem.objects.get().state == "accepted"
    assert Conversation.objects.get().is_unread
    page = text(dana.client.get(url(thread)))
    assert "It came &lt;b&gt;broken&lt;/b&gt;" in page
    loaded = dana.client.get(f"{LIST}files/{said.attachments.get().public_id}/")
    assert (loaded.status_code, loaded["Content-Type"]) == (200, "application/octet-stream")
    assert "attachment" in loaded["Content-Disposition"]


def test_the_same_form_sent_twice_is_one_message(dana, thread):
    answer(dana, thread)
    answer(dana, thread)

    assert thread.messages.filter(text="Thank you").count() == 1
    assert sorted(IntakeItem.objects.values_list("state", flat=True)) == ["accepted", "duplicate"]


@pytest.mark.parametrize("message", ["", "   ", "\0", "x" * 5001])
def test_nothing_and_too_much_are_refused_with_the_thread_in_sight(dana, thread, message):
    refused = answer(dana, thread, message=message)

    assert refused.status_code == 422
    assert "It is late." in text(refused)
    assert not IntakeItem.objects.exists()


def test_what_cannot_be_read_now_is_kept(dana, thread, monkeypatch):
    monkeypatch.setattr("ramah.channels.form.reading.receive_messages", lambda *args, **kw: 1 / 0)

    done = answer(dana, thread)

    assert done.status_code == 302
    assert IntakeItem.objects.get().state == "quarantined"
    assert "appears below in a moment" in text(dana.client.get(done["Location"]))


def test_a_chat_is_answered_by_mail_from_here(dana, inbox):
    chat = make_inbox("chat", channel="chat", address="chat:chat")
    talked = make_conversation(chat, customer=dana.customer, subject="", text="Hello?")

    answer(dana, talked)

    said = talked.messages.order_by("-id").first()
    assert (said.text, said.inbox) == ("Thank you", inbox)


def test_without_any_inbox_nothing_is_lost_unsaid(dana):
    chat = make_inbox("chat", channel="chat", address="chat:chat")
    talked = make_conversation(chat, customer=dana.customer, text="Hello?")

    refused = answer(dana, talked)

    assert refused.status_code == 503
    assert "Thank you</textarea>" in text(refused).replace("\n", "")


def test_too_many_are_slowed_down(dana, thread, monkeypatch):
    monkeypatch.setattr("ramah.storefront.views.account_conversations.is_allowed", lambda *args, **kw: False)

    assert answer(dana, thread).status_code == 429
    assert not IntakeItem.objects.exists()


def test_closing_and_opening_again_leave_lines_and_are_audited(dana, thread):
    for _ in range(2):
        assert dana.client.post(url(thread, "close/")).status_code == 302
    thread.refresh_from_db()
    assert thread.status == "resolved"
    assert "Open it again" in text(dana.client.get(url(thread)))

    for _ in range(2):
        dana.client.post(url(thread, "reopen/"))

    thread.refresh_from_db()
    assert (thread.status, thread.resolved_at, thread.is_unread) == ("open", None, True)
    lines = Message.objects.filter(kind="activity").order_by("id").values_list("activity", flat=True)
    assert list(lines) == ["closed_by_customer", "reopened_in_account"]
    entries = AuditEntry.objects.filter(action__startswith="conversation.").values_list("actor", "action")
    assert list(entries.order_by("id")) == [
        (dana.actor.ref, "conversation.closed_by_customer"),
        (dana.actor.ref, "conversation.reopened_in_account"),
    ]


def test_what_was_closed_long_ago_goes_on_in_a_new_one(dana, inbox):
    old = clock.now() - timedelta(days=30)
    thread = make_conversation(inbox, customer=dana.customer, status="resolved", at=old)

    dana.client.post(url(thread, "reopen/"))
    thread.refresh_from_db()
    assert thread.status == "resolved"
    done = answer(dana, thread)

    fresh = Conversation.objects.get(follows=thread)
    assert done["Location"] == url(fresh)
    assert fresh.customer == dana.customer


def test_one_that_was_merged_leads_to_the_other(dana, thread, inbox):
    other = make_conversation(inbox, customer=dana.customer)
    Conversation.objects.filter(pk=other.pk).update(merged_into=thread)

    assert dana.client.get(url(other))["Location"] == url(thread)
    assert other.reference not in text(dana.client.get(LIST))


def test_conversations_of_one_merged_into_the_customer_are_theirs(dana, inbox):
    before = make_customer("Dana P.", email="dana@work.example")
    old = make_conversation(inbox, customer=before, subject="From work", text="Earlier words")
    merge_customers(actor=SYSTEM, kept=dana.customer, merged=before, at=clock.now())

    assert "Earlier words" in text(dana.client.get(url(old)))


def test_hostile_pages_and_cursors_break_nothing(dana, thread):
    for number in range(60):
        make_message(thread, f"line {number}.")

    first = text(dana.client.get(url(thread)))
    assert "line 59." in first
    assert "line 0." not in first
    earlier = re.search(r'href="([^"]+before=[^"]+)"', first)[1]
    assert "line 0." in text(dana.client.get(earlier))
    for before in ("x", "-1", "9" * 40, "٣", ""):
        assert dana.client.get(url(thread), {"before": before}).status_code == 200
    assert dana.client.get(LIST, {"cursor": "forged"}).status_code == 400


def test_a_long_list_costs_what_a_short_one_does(dana, thread, inbox, django_assert_max_num_queries):
    dana.client.get(LIST)
    with django_assert_max_num_queries(12) as few:
        dana.client.get(LIST)
    for number in range(15):
        make_conversation(inbox, customer=dana.customer, subject=f"Number {number}")

    with django_assert_max_num_queries(len(few)):
        dana.client.get(LIST)


def test_the_contact_form_offers_one_s_own_orders_and_takes_no_other(dana, inbox):
    mine, other = make_order(dana.customer), make_order(make_customer("Eli", email="eli@mail.example"))

    page = text(dana.client.get("/contact/"))
    assert mine.public_id in page
    assert other.public_id not in page
    said = {"reason": "order", "message": "It is broken", "key": "k"}
    assert dana.client.post("/contact/", {**said, "order": mine.public_id}).status_code == 302

    assert f'"about": "order:{mine.pk}"' in bytes(IntakeItem.objects.get().raw).decode()
    dana.client.post("/contact/", {**said, "key": "k2", "order": other.public_id})
    assert not any(
        f"order:{other.pk}" in bytes(raw).decode() for raw in IntakeItem.objects.values_list("raw", flat=True)
    )
    assert 'name="order"' not in text(Client().get("/contact/"))
