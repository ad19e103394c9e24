"""Replies and notes: sent once, into a thread that was seen; what cannot be sent keeps its text and says why."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ramah.conversations.models import Attachment, Mention, Message, MessageDelivery
from ramah.conversations.queries import newest_message_id
from ramah.conversations.testing import make_message
from ramah.customers.models import ContactPoint
from ramah.desk.models import Draft
from ramah.kernel import clock

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(cast):
    return cast.conversation(subject="Where is it?", text="It should be here.", assignee=cast.ben)


def send(cast, conversation, *, agent=None, headers=None, **fields):
    fields = {"kind": "reply", "seen": newest_message_id(conversation), "client_id": "one", "then": "", **fields}
    url = reverse("desk_reply", args=[conversation.public_id])
    return cast.browser(agent or cast.ben).post(url, fields, headers=headers)


def replies(conversation):
    return list(conversation.messages.filter(author="agent", kind="message").values_list("text", flat=True))


def test_a_reply_is_sent_without_javascript(cast, conversation):
    answer = send(cast, conversation, text="It comes tomorrow.")

    assert answer.status_code == 302
    assert answer["Location"] == reverse("desk_conversation", args=[conversation.public_id])
    assert replies(conversation) == ["It comes tomorrow."]
    assert MessageDelivery.objects.get().recipients == ["dana@mail.example"]


def test_htmx_gets_an_empty_box_the_new_line_and_the_head(cast, conversation):
    after = newest_message_id(conversation)

    answer = send(cast, conversation, text="It comes tomorrow.", after=after, headers=HTMX)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count("It comes tomorrow.") == 1
    assert 'hx-swap-oob="beforeend:#lines"' in text
    assert "It should be here." not in text
    assert '<textarea id="reply-text"' in text


def test_sending_twice_sends_once(cast, conversation):
    seen = newest_message_id(conversation)
    send(cast, conversation, text="It comes tomorrow.", seen=seen)
    again = send(cast, conversation, text="It comes tomorrow.", seen=seen)

    assert again.status_code == 302
    assert replies(conversation) == ["It comes tomorrow."]
    assert MessageDelivery.objects.count() == 1


@pytest.mark.parametrize(("then", "status"), [("resolved", "resolved"), ("pending", "pending"), ("", "open")])
def test_what_becomes_of_the_conversation_goes_with_the_reply(cast, conversation, then, status):
    send(cast, conversation, text="Done.", then=then)

    conversation.refresh_from_db()
    assert conversation.status == status


def test_nothing_is_sent_into_a_thread_that_has_moved_on(cast, conversation):
    seen = newest_message_id(conversation)
    make_message(conversation, "Never mind, it came!")

    answer = send(cast, conversation, text="Sorry, it is lost.", seen=seen)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert replies(conversation) == []
    assert "Sorry, it is lost.</textarea>" in text
    assert "Something was said meanwhile" in text
    assert text.count("data-fresh>") == 1
    assert f'name="seen" value="{newest_message_id(conversation)}"' in text


def test_after_reading_what_is_new_the_reply_goes(cast, conversation):
    seen = newest_message_id(conversation)
    make_message(conversation, "Never mind, it came!")
    send(cast, conversation, text="Sorry.", seen=seen)

    send(cast, conversation, text="Good to hear.", seen=newest_message_id(conversation))

    assert replies(conversation) == ["Good to hear."]


def test_htmx_is_told_what_is_new(cast, conversation):
    seen = newest_message_id(conversation)
    make_message(conversation, "Never mind, it came!")

    answer = send(cast, conversation, text="Sorry.", seen=seen, after=seen, headers=HTMX)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Never mind, it came!" in text
    assert f'data-fresh-after="{seen}"' in text
    assert "Sorry.</textarea>" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "  "}, "Write something"),
        ({"text": "x" * 100_001}, "100001 characters long"),
        ({"text": "Hello", "cc": "eli@"}, "This is no e-mail address"),
        ({"text": "Hello", "cc": ", ".join(f"c{n}@mail.example" for n in range(21))}, "more than 20"),
        ({"text": "", "kind": "note"}, "Write something"),
    ],
)
def test_what_cannot_be_sent_says_why_and_keeps_the_text(cast, conversation, fields, words):
    answer = send(cast, conversation, **fields)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert conversation.messages.count() == 1
    assert fields["text"].strip()[:50] in answer.content.decode()


def test_a_customer_without_an_address_cannot_be_mailed(cast, conversation):
    ContactPoint.objects.filter(customer=cast.dana).update(bounced_at=clock.now())

    answer = send(cast, conversation, text="Hello")

    assert answer.status_code == 422
    assert "There is no address" in answer.content.decode()
    assert replies(conversation) == []


def test_files_go_with_a_reply_under_harmless_names(cast, conversation):
    files = [
        SimpleUploadedFile("..\\..\\evil\u202egpj.exe", b"MZ\x00\x01", "image/png"),
        SimpleUploadedFile("plan.txt", b"left, then right", "text/plain"),
    ]

    answer = send(cast, conversation, text="See the files.", uploads=files)

    assert answer.status_code == 302
    assert list(Attachment.objects.order_by("id").values_list("filename", flat=True)) == ["evilgpj.exe", "plan.txt"]
    assert Attachment.objects.order_by("id")[0].content_type != "image/png"


def test_files_that_are_too_large_together_are_refused(cast, conversation, settings):
    settings.ATTACHMENT_MAX_BYTES = 1000
    files = [SimpleUploadedFile(f"{n}.txt", b"x" * 400, "text/plain") for n in range(3)]

    answer = send(cast, conversation, text="See the files.", uploads=files)

    assert answer.status_code == 422
    assert "Together the files are" in answer.content.decode()
    assert replies(conversation) == []


def test_copies_are_shown_before_sending_and_go_out(cast, conversation):
    make_message(conversation, "With my brother in copy.", cc=["eli@mail.example", "support@shop.example"])
    page = cast.browser(cast.ben).get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()
    assert 'name="cc" value="eli@mail.example"' in page

    send(cast, conversation, text="Hello both.", cc="Eli <eli@mail.example>; cleo@ramah.example")

    delivery = MessageDelivery.objects.get()
    assert delivery.recipients == ["dana@mail.example", "eli@mail.example", "cleo@ramah.example"]


def test_a_contractor_keeps_copies_without_seeing_the_addresses(cast, conversation):
    conversation.assignee = cast.chris
    conversation.save()
    make_message(conversation, "With my brother in copy.", cc=["eli@mail.example"])
    page = cast.browser(cast.chris).get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()
    assert "eli@mail.example" not in page
    assert "e•••@mail.example" in page

    send(cast, conversation, agent=cast.chris, text="Hello both.", keeps_copies="on")

    assert MessageDelivery.objects.get().recipients == ["dana@mail.example", "eli@mail.example"]


def test_a_note_is_private_and_names_a_colleague(cast, conversation):
    send(cast, conversation, kind="note", text="@Cleo please look.")

    note = conversation.messages.get(kind="note")
    assert note.agent == cast.ben
    assert not MessageDelivery.objects.exists()
    assert Mention.objects.get().agent == cast.cleo


def test_a_note_holds_no_files(cast, conversation):
    answer = send(cast, conversation, kind="note", text="See.", uploads=[SimpleUploadedFile("a.txt", b"x")])

    assert answer.status_code == 422
    assert "A note holds no files" in answer.content.decode()
    assert not conversation.messages.filter(kind="note").exists()


def test_colleagues_who_may_read_it_can_be_named(cast, conversation):
    told = cast.browser(cast.ben).get(reverse("desk_colleagues", args=[conversation.public_id])).json()

    assert told == {"names": ["Ada", "Ben"]}


def save(cast, conversation, agent=None, **fields):
    url = reverse("desk_draft", args=[conversation.public_id])
    return cast.browser(agent or cast.ben).post(url, {"kind": "reply", "cc": "", **fields})


def test_a_draft_is_kept_for_its_agent_alone(cast, conversation):
    assert save(cast, conversation, text="Dear Da").status_code == 204
    save(cast, conversation, text="Dear Dana, it com", kind="note")

    mine = cast.browser(cast.ben).get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()
    hers = cast.browser(cast.ada).get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()

    assert "Dear Dana, it com</textarea>" in mine
    assert "Dear Dana" not in hers
    assert Draft.objects.count() == 1


def test_a_sent_draft_is_gone_and_an_emptied_one_too(cast, conversation):
    save(cast, conversation, text="Dear Dana")
    send(cast, conversation, text="Dear Dana, it comes.")
    assert not Draft.objects.exists()

    save(cast, conversation, text="More")
    save(cast, conversation, text="  ")
    assert not Draft.objects.exists()


def test_a_refused_reply_keeps_the_draft(cast, conversation):
    save(cast, conversation, text="Sorry.")
    seen = newest_message_id(conversation)
    make_message(conversation, "New.")

    send(cast, conversation, text="Sorry.", seen=seen)

    assert Draft.objects.get().text == "Sorry."


def test_a_draft_of_a_conversation_one_may_not_see_is_not_kept(cast, conversation):
    assert save(cast, conversation, agent=cast.cleo, text="Hm").status_code == 404
    assert save(cast, conversation, text="x" * 100_001).status_code == 422
    assert not Draft.objects.exists()


def failed(cast, conversation):
    send(cast, conversation, text="It comes.")
    MessageDelivery.objects.update(state="failed", error="550 no such user", next_attempt_at=None)
    return MessageDelivery.objects.get()


def test_a_failed_message_says_why_and_goes_again(cast, conversation):
    delivery = failed(cast, conversation)
    browser = cast.browser(cast.ben)
    page = browser.get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()
    assert "550 no such user" in page
    assert reverse("desk_retry", args=[delivery.public_id]) in page

    answer = browser.post(reverse("desk_retry", args=[delivery.public_id]), headers=HTMX)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.error) == ("queued", "")
    assert "Waiting to be sent" in answer.content.decode()


def test_a_message_goes_again_once(cast, conversation):
    delivery = failed(cast, conversation)
    browser = cast.browser(cast.ben)
    for _ in range(2):
        assert browser.post(reverse("desk_retry", args=[delivery.public_id])).status_code == 302

    assert MessageDelivery.objects.count() == 1
    assert Message.objects.filter(author="agent").count() == 1


def test_an_uncertain_message_says_so(cast, conversation):
    failed(cast, conversation)
    MessageDelivery.objects.update(is_uncertain=True)

    page = cast.browser(cast.ben).get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()

    assert "Perhaps not sent" in page
