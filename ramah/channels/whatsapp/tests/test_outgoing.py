"""Answers on their way to WhatsApp: what goes, what comes of it, and what WhatsApp reports afterwards."""

import json
from datetime import timedelta
from functools import partial

import pytest

from ramah.channels import sending
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.simulators.server import Fault, Reply
from ramah.channels.simulators.whatsapp import error
from ramah.channels.tests.providers import PNG, answer_in, check_answer, ended, errors, read, send_all
from ramah.channels.whatsapp.api import api_of
from ramah.channels.whatsapp.sending import pieces_of
from ramah.channels.whatsapp.tests.conftest import DANA, text
from ramah.conversations.commands.delivering import retry_delivery
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.replying import TextTooLong, post_reply
from ramah.conversations.models import Conversation, ExternalId, Message, MessageDelivery
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.providers.contract import Refused

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageDelivery.State


@pytest.fixture
def conversation(connected, provider):
    """One that Dana has begun a moment ago."""
    provider.post(provider.hook(text("Halo")))
    read()
    return Conversation.objects.get()


@pytest.fixture
def answer(conversation):
    return partial(answer_in, conversation)


def taken(provider):
    """What went out, without what is the same in all of it."""
    always = ("messaging_product", "recipient_type", "id", "to", "biz_opaque_callback_data")
    return [{name: value for name, value in one.items() if name not in always} for one in provider.taken]


def test_a_text_goes_to_the_customer(answer, provider):
    delivery = answer()

    assert (delivery.state, delivery.error) == (S.SENT, "")
    assert delivery.external_id == f"whatsapp:{provider.taken[0]['id']}"
    assert provider.taken[0]["to"] == "+6281234567890"
    assert taken(provider) == [{"type": "text", "text": {"body": "Selamat pagi, Kak", "preview_url": False}}]


def test_states_follow_its_reports_whatever_their_order_and_number(answer, provider):
    delivery = answer()
    hooks = [
        provider.status_hook(provider.taken[0], state, at=1_772_000_000) for state in ("read", "sent", "delivered")
    ]
    for hook in (*hooks, *hooks):
        assert provider.post(hook) == 200
    read()

    delivery.refresh_from_db()
    assert delivery.state == S.READ
    assert delivery.read_at is not None
    assert IntakeItem.objects.filter(state="accepted").count() == 4
    assert IntakeItem.objects.filter(state="duplicate").count() == 3
    assert errors() == []


def test_a_failed_report_says_why_in_plain_words(answer, provider):
    delivery = answer()
    provider.post(
        provider.status_hook(provider.taken[0], "failed", at=1_772_000_000, code=131026, title="Undeliverable")
    )
    read()

    delivery.refresh_from_db()
    assert delivery.state == S.FAILED
    assert delivery.error.startswith("It cannot be delivered: the number is not on WhatsApp")
    assert delivery.error.endswith("(131026)")


def test_a_report_that_comes_before_the_answer_waits_for_it(answer, provider, conversation):
    delivery = answer(send=False)
    MessageDelivery.objects.update(state=S.SENDING, claim="t", claimed_until=clock.now() + timedelta(minutes=2))
    status = payloads.status("wamid.early", "delivered", 1_772_000_000, DANA, callback=f"{delivery.public_id}/1/1")
    value = payloads.value_of(phone_number_id=provider.phone_number_id, statuses=[status])
    provider.post(payloads.hook(value, business_id="1"))
    read()
    assert IntakeItem.objects.filter(state="waiting").count() == 1

    MessageDelivery.objects.update(state=S.SENT, external_id="whatsapp:wamid.early")
    read(at=clock.now() + timedelta(seconds=3))

    delivery.refresh_from_db()
    assert delivery.state == S.DELIVERED
    assert IntakeItem.objects.filter(state="waiting").count() == 0


def test_a_report_on_a_message_of_nobody_ends_with_the_reason(connected, provider):
    status = payloads.status("wamid.other", "delivered", 1_772_000_000, DANA)
    value = payloads.value_of(phone_number_id=provider.phone_number_id, statuses=[status])
    provider.post(payloads.hook(value, business_id="1"))
    for minutes in (1, 3, 6, 20, 40):
        read(at=clock.now() + timedelta(minutes=minutes))

    assert ended("ignored") == ["report on a message that is not ours"]


def test_a_message_nobody_knew_about_is_found_by_its_report(answer, provider):
    """The connection breaks after it was handed over: nothing is sent twice, and the report says that it went out."""
    provider.faults.append(Fault(cut="after", path="/messages"))
    delivery = answer()
    assert (delivery.state, delivery.is_uncertain) == (S.FAILED, True)
    assert len(provider.taken) == 1

    assert provider.report() == 3
    read()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.is_uncertain, delivery.error) == (S.READ, False, "")
    assert delivery.external_id == f"whatsapp:{provider.taken[0]['id']}"
    send_all(at=clock.now() + timedelta(hours=1))
    assert len(provider.taken) == 1


def test_a_refused_connection_is_tried_again(answer, provider, connected):
    connected.settings = {**connected.settings, "api_url": "http://127.0.0.1:9/v24.0"}
    connected.save()
    delivery = answer()
    assert (delivery.state, delivery.is_uncertain) == (S.QUEUED, False)
    connected.refresh_from_db()
    assert connected.state == "failing"

    connected.settings = {**connected.settings, "api_url": provider.api_url}
    connected.save()
    send_all(at=clock.now() + timedelta(minutes=2))

    delivery.refresh_from_db()
    assert delivery.state == S.SENT
    connected.refresh_from_db()
    assert connected.state == "ok"


ANSWERS = {
    "rate limit": (error(130429, "Rate limit hit", 429, headers={"Retry-After": "90"}), S.QUEUED, False, 89),
    "rate limit as 400": (error(130429, "Rate limit hit", 400), S.QUEUED, False, 29),
    "pair rate limit": (error(131056, "Pair rate limit hit", 400), S.QUEUED, False, 9),
    "plain 429": (Reply(429, b"slow down"), S.QUEUED, False, 59),
    "token expired": (error(190, "Session has expired", 401), S.QUEUED, False, 299),
    "away": (error(131016, "Service unavailable", 500), S.QUEUED, False, 1),
    "503": (Reply(503, b"<html>"), S.QUEUED, False, 1),
    "window closed": (error(131047, "Re-engagement message", 400), S.FAILED, False, 0),
    "not on WhatsApp": (error(131026, "Message undeliverable", 400), S.FAILED, False, 0),
    "nonsense": (Reply(200, b"<html>It works!</html>"), S.FAILED, True, 0),
    "no id": (Reply.of({"messages": []}), S.FAILED, True, 0),
    "gateway": (Reply(502, b"<html>"), S.FAILED, True, 0),
    "redirect": (Reply(302, b"", {"Location": "http://169.254.169.254/"}), S.QUEUED, False, 299),
    "huge": (Reply(200, b"x" * (5 * 1024 * 1024)), S.FAILED, True, 0),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_the_api(answer, provider, name):
    check_answer(answer, provider, ANSWERS[name], path="/messages")


def test_the_limit_of_messages_holds_all_back_without_asking_for_each(conversation, provider):
    provider.limit = 0
    for name in ("6281234567891", "6281234567892"):
        provider.post(provider.hook(text("Halo", number=name)))
    read()
    for one in Conversation.objects.all():
        post_reply(actor=SYSTEM, conversation=one, text="Halo", at=clock.now())

    sending.send_due(at=clock.now())

    assert [asked.path for asked in provider.asked if asked.path.endswith("/messages")].count(
        provider.asked[0].path
    ) == 1
    provider.limit = None
    send_all(at=clock.now() + timedelta(minutes=2))
    assert len(provider.taken) == 3


def test_a_file_goes_with_its_caption(answer, provider):
    delivery = answer("Ini fotonya", [File("foto.png", "image/png", PNG)])

    assert delivery.state == S.SENT
    (message,) = taken(provider)
    media_id = message["image"]["id"]
    assert message == {"type": "image", "image": {"id": media_id, "caption": "Ini fotonya"}}
    assert provider.media[media_id] == (PNG, "image/png")


def test_several_files_and_a_long_text_become_several_messages(answer, provider):
    files = [File("a.png", "image/png", PNG), File("invoice.pdf", "application/pdf", b"%PDF-1.7\n1 0 obj\n")]
    delivery = answer("x" * 1500, files)

    assert delivery.state == S.SENT
    assert [one["type"] for one in taken(provider)] == ["text", "image", "document"]
    assert taken(provider)[2]["document"]["filename"] == "invoice.pdf"
    assert delivery.external_id == f"whatsapp:{provider.taken[2]['id']}"
    for one in provider.taken:  # so that reactions and replies to any of them find the message
        assert ExternalId.objects.get(value=f"whatsapp:{one['id']}").message_id == delivery.message_id


def test_what_went_out_is_not_sent_again_when_the_rest_is(answer, provider):
    files = [File("a.png", "image/png", PNG), File("b.png", "image/png", PNG + b"2")]
    provider.faults.append(Fault(path="/messages"))
    provider.faults.append(Fault(reply=error(131016, "Service unavailable", 500), path="/messages"))
    delivery = answer("Dua foto", files)
    assert delivery.state == S.QUEUED
    assert len(provider.taken) == 1

    send_all(at=clock.now() + timedelta(hours=1))

    delivery.refresh_from_db()
    assert delivery.state == S.SENT
    assert [one["image"].get("caption") for one in taken(provider)] == ["Dua foto", None]


def test_a_part_that_failed_later_is_sent_again_alone(answer, provider):
    files = [File("a.png", "image/png", PNG), File("b.png", "image/png", PNG + b"2")]
    delivery = answer("Dua foto", files)
    provider.post(
        provider.status_hook(provider.taken[0], "failed", at=1_772_000_000, code=131053, title="Media upload error")
    )
    read()
    delivery.refresh_from_db()
    assert delivery.state == S.FAILED

    retry_delivery(actor=SYSTEM, delivery=delivery, at=clock.now())
    send_all()

    assert [one["image"].get("caption") for one in taken(provider)] == ["Dua foto", None, "Dua foto"]


def test_an_answer_to_a_certain_message_names_it(conversation, provider):
    said = Message.objects.get(kind="message")
    message = post_reply(actor=SYSTEM, conversation=conversation, text="Ya", at=clock.now())
    Message.objects.filter(pk=message.pk).update(answers=said)

    send_all()

    named = ExternalId.objects.get(message=said).value.removeprefix("whatsapp:")
    assert taken(provider)[0]["context"] == {"message_id": named}


def test_a_text_that_is_too_long_is_refused_before_it_is_stored(conversation):
    with pytest.raises(TextTooLong):
        post_reply(actor=SYSTEM, conversation=conversation, text="x" * 4097, at=clock.now())

    assert MessageDelivery.objects.count() == 0


def test_long_texts_are_cut_between_words():
    words = " ".join(f"word{number}" for number in range(2000))

    pieces = pieces_of(words)

    assert all(len(piece) <= 4096 for piece in pieces)
    assert " ".join(pieces) == words
    assert pieces_of("x" * 9000) == ["x" * 4096, "x" * 4096, "x" * 808]
    assert pieces_of("") == []


def test_a_token_that_would_break_out_of_its_header_is_refused(account):
    account.credentials = {**account.credentials, "access_token": "EAA\r\nX-Evil: 1"}
    with pytest.raises(Refused):
        api_of(account)


def test_a_hidden_number_is_written_to_by_its_id(connected, provider):
    provider.post(provider.hook({**text("Halo"), "from_user_id": "ID.1349", "from": ""}))
    read()
    post_reply(actor=SYSTEM, conversation=Conversation.objects.get(), text="Halo", at=clock.now())
    send_all()

    sent = json.loads(next(asked.body for asked in provider.asked if asked.path.endswith("/messages")))
    assert sent["recipient"] == "ID.1349"
    assert "to" not in sent


def test_nothing_secret_stands_in_what_people_see(answer, provider, connected):
    provider.access_token = "another"
    delivery = answer()

    assert "EAAtoken" not in delivery.error + ChannelAccount.objects.get().last_error
    assert "access token" in delivery.error


def buttons(question, *answers):
    replies = [{"type": "reply", "reply": {"id": one, "title": one}} for one in answers]
    asked = {"type": "button", "body": {"text": question}, "action": {"buttons": replies}}
    return {"type": "interactive", "interactive": asked}


def test_answers_to_choose_from_are_buttons_under_the_end_of_the_text(conversation, provider):
    for words in ("Kapan?", "Kapan? " * 200):
        post_reply(
            actor=SYSTEM,
            conversation=conversation,
            text=words,
            answers=["Senin", "Nanti"],
            files=[File("photo.png", "image/png", PNG)],
            at=clock.now(),
        )
        send_all()

    short, long = taken(provider)[:2], taken(provider)[2:]
    assert [one["type"] for one in short] == ["image", "interactive"]
    assert short[1] == buttons("Kapan?", "Senin", "Nanti")
    assert [one["type"] for one in long] == ["image", "text", "interactive"]
    assert len(long[2]["interactive"]["body"]["text"]) <= 1024
