"""Answers on their way to Telegram: what goes, in which form, and what comes of it."""

import json
from datetime import timedelta
from functools import partial

import pytest

from ramah.channels.models import ChannelAccount
from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.simulators.server import Fault, Reply
from ramah.channels.simulators.telegram import error
from ramah.channels.telegram.prepared import BadButtons, Button, ask_with_buttons, send_card, send_place
from ramah.channels.telegram.sending import pieces_of, units
from ramah.channels.telegram.tests.conftest import BOT, DANA, TOKEN, now
from ramah.channels.tests.providers import PDF, PNG, answer_in, check_answer, errors, read, said, send_all
from ramah.conversations.commands.delivering import retry_delivery
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.replying import TextTooLong, post_reply
from ramah.conversations.models import Conversation, ExternalId, Message, MessageDelivery
from ramah.customers.models import ContactPoint
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.providers import http as provider_http

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageDelivery.State


@pytest.fixture
def conversation(connected, provider, text):
    """One that Dana has begun a moment ago."""
    provider.post(provider.update("message", text("Halo", message_id=77)))
    read()
    return Conversation.objects.get()


@pytest.fixture
def answer(conversation):
    return partial(answer_in, conversation)


def taken(provider):
    """What went out, without what is the same in all of it."""
    always = ("message_id", "date", "chat_id", "link_preview_options")
    return [{name: value for name, value in one.items() if name not in always} for one in provider.taken]


def test_a_text_goes_to_the_customer_as_it_is(answer, provider):
    delivery = answer("Selamat *pagi* <b>Kak</b> [x](y)")

    assert (delivery.state, delivery.error) == (S.SENT, "")
    assert delivery.external_id == f"telegram:{BOT}:412345678:{provider.taken[0]['message_id']}"
    assert provider.taken[0]["chat_id"] == "412345678"
    assert taken(provider) == [{"method": "sendMessage", "text": "Selamat *pagi* <b>Kak</b> [x](y)"}]


def test_a_reaction_and_a_reply_find_what_we_said(answer, provider, say):
    delivery = answer()
    number = provider.taken[0]["message_id"]
    say(payloads.reaction(DANA, number, now(), "🙏"), kind="message_reaction")
    ours = payloads.message({"id": int(BOT), "is_bot": True}, number, now(), text="Selamat pagi, Kak")
    say(payloads.text(DANA, 990, now(), "Terima kasih", reply_to_message=ours))

    delivery.message.refresh_from_db()
    assert [one["emoji"] for one in delivery.message.detail["reactions"]] == ["🙏"]
    assert said()[-1].answers_id == delivery.message_id


def test_an_answer_to_a_certain_message_names_it(conversation, provider):
    said = Message.objects.get(kind="message")
    message = post_reply(actor=SYSTEM, conversation=conversation, text="Ya", at=clock.now())
    Message.objects.filter(pk=message.pk).update(answers=said)

    send_all()

    assert taken(provider)[0]["reply_parameters"] == {"message_id": 77, "allow_sending_without_reply": True}


FILES = {
    "photo": (File("a.png", "image/png", PNG), "sendPhoto"),
    "document": (File("invoice.pdf", "application/pdf", PDF), "sendDocument"),
    "animation": (File("a.gif", "image/gif", b"GIF89a" + b"\0" * 50), "sendAnimation"),
    "video": (File("a.mp4", "video/mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 50), "sendVideo"),
    "audio": (File("a.mp3", "audio/mpeg", b"\xff\xfb\x90\x64" + b"\0" * 50), "sendAudio"),
    "text": (File("a.txt", "text/plain", b"hello"), "sendDocument"),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_go_as_what_they_are(answer, provider, kind):
    file, method = FILES[kind]
    delivery = answer("Ini", [file])

    assert (delivery.state, delivery.error) == (S.SENT, "")
    assert taken(provider) == [{"method": method, "caption": "Ini", "file": (file.filename, file.content)}]


def test_several_files_and_long_words_go_one_after_the_other(answer, provider):
    delivery = answer("x" * 1500, [File("a.png", "image/png", PNG), File("b.pdf", "application/pdf", PDF)])

    assert delivery.state == S.SENT
    assert [one["method"] for one in taken(provider)] == ["sendMessage", "sendPhoto", "sendDocument"]
    assert all("caption" not in one for one in taken(provider))
    for one in provider.taken:  # so that reactions and replies to any of them find the message
        value = f"telegram:{BOT}:412345678:{one['message_id']}"
        assert ExternalId.objects.get(value=value).message_id == delivery.message_id


def test_a_sticker_that_came_may_go_back(answer, provider):
    answer("", [File("sticker.webp", "image/webp", b"RIFF\x24\0\0\0WEBPVP8 ")])

    assert taken(provider)[0]["method"] == "sendSticker"


@pytest.mark.parametrize("words", ["PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "VOICE_MESSAGES_FORBIDDEN"])
def test_a_picture_of_odd_shape_goes_as_a_document(answer, provider, words):
    provider.faults.append(Fault(reply=error(400, f"Bad Request: {words}"), path="/sendPhoto"))
    delivery = answer("Ini", [FILES["photo"][0]])

    assert delivery.state == S.SENT
    assert taken(provider) == [{"method": "sendDocument", "caption": "Ini", "file": ("a.png", PNG)}]


def test_what_went_out_is_not_sent_again_when_the_rest_is(answer, provider):
    files = [File("a.png", "image/png", PNG), File("b.png", "image/png", PNG + b"2")]
    provider.faults.append(Fault(path="/sendPhoto"))
    provider.faults.append(
        Fault(reply=error(429, "Too Many Requests: retry after 3", retry_after=3), path="/sendPhoto")
    )
    delivery = answer("Dua foto", files)
    assert delivery.state == S.QUEUED
    assert len(provider.taken) == 1

    send_all(at=clock.now() + timedelta(hours=1))

    delivery.refresh_from_db()
    assert delivery.state == S.SENT
    assert [one.get("caption") for one in taken(provider)] == ["Dua foto", None]


def test_a_broken_connection_between_two_parts_leaves_the_first_known(answer, provider):
    files = [File("a.png", "image/png", PNG), File("b.png", "image/png", PNG + b"2")]
    provider.faults.append(Fault(path="/sendPhoto"))
    provider.faults.append(Fault(cut="after", path="/sendPhoto"))
    delivery = answer("Dua foto", files)
    assert (delivery.state, delivery.is_uncertain) == (S.FAILED, True)

    retry_delivery(actor=SYSTEM, delivery=delivery, at=clock.now())  # a person decides
    send_all()

    assert [one["file"][0] for one in taken(provider)] == ["a.png", "b.png", "b.png"]


def test_a_refused_later_part_says_that_the_first_went_out(answer, provider):
    files = [File("a.png", "image/png", PNG), File("b.png", "image/png", PNG + b"2")]
    provider.faults.append(Fault(path="/sendPhoto"))
    provider.faults.append(Fault(reply=error(400, "Bad Request: nope"), path="/sendPhoto"))
    delivery = answer("Dua foto", files)

    assert delivery.state == S.FAILED
    assert delivery.error.startswith("The first part went out, but not the rest")


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_broken_connection_leaves_it_open_whether_it_went_out(answer, provider, cut):
    provider.faults.append(Fault(cut=cut, path="/sendMessage"))
    delivery = answer()

    assert (delivery.state, delivery.is_uncertain) == (S.FAILED, True)
    send_all(at=clock.now() + timedelta(hours=1))
    assert len(provider.taken) == (1 if cut == "after" else 0)


def test_a_refused_connection_is_tried_again(answer, provider, connected):
    connected.settings = {**connected.settings, "api_url": "http://127.0.0.1:9"}
    connected.save()
    delivery = answer()
    assert (delivery.state, delivery.is_uncertain) == (S.QUEUED, False)
    assert ChannelAccount.objects.get().state == "failing"

    connected.settings = {**connected.settings, "api_url": provider.api_url}
    connected.save()
    send_all(at=clock.now() + timedelta(minutes=2))

    delivery.refresh_from_db()
    assert delivery.state == S.SENT
    assert ChannelAccount.objects.get().state == "ok"


ANSWERS = {
    "rate limit": (error(429, "Too Many Requests: retry after 90", retry_after=90), S.QUEUED, False, 90),
    "rate limit of a year": (error(429, "Too Many Requests", retry_after=31_536_000), S.QUEUED, False, 3599),
    "odd rate limit": (error(429, "Too Many Requests", retry_after="soon"), S.QUEUED, False, 29),
    "plain 429": (Reply(429, b"slow down", {"Retry-After": "40"}), S.QUEUED, False, 39),
    "wrong token": (error(401, "Unauthorized"), S.QUEUED, False, 299),
    "no such bot": (error(404, "Not Found"), S.QUEUED, False, 299),
    "somebody else polls": (error(409, "Conflict: terminated by other getUpdates request"), S.QUEUED, False, 1),
    "503": (Reply(503, b"<html>"), S.QUEUED, False, 1),
    "redirect": (Reply(302, b"", {"Location": "http://169.254.169.254/"}), S.QUEUED, False, 299),
    "gone": (error(403, "Forbidden: user is deactivated"), S.FAILED, False, 0),
    "never opened": (error(403, "Forbidden: bot can't initiate conversation with a user"), S.FAILED, False, 0),
    "no chat": (error(400, "Bad Request: chat not found"), S.FAILED, False, 0),
    "too large": (error(413, "Request Entity Too Large"), S.FAILED, False, 0),
    "too large in HTML": (Reply(413, b"<html>"), S.FAILED, False, 0),
    "nonsense": (Reply(200, b"<html>It works!</html>"), S.FAILED, True, 0),
    "no number": (Reply.of({"ok": True, "result": {}}), S.FAILED, True, 0),
    "true": (Reply.of({"ok": True, "result": True}), S.FAILED, True, 0),
    "gateway": (error(502, "Bad Gateway"), S.FAILED, True, 0),
    "500": (Reply(500, b""), S.FAILED, True, 0),
    "huge": (Reply(200, b"x" * (5 * 1024 * 1024)), S.FAILED, True, 0),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_the_api(answer, provider, name):
    delivery = check_answer(answer, provider, ANSWERS[name], path="/sendMessage")

    assert TOKEN not in delivery.error + ChannelAccount.objects.get().last_error


def test_a_rate_limit_holds_back_the_account_until_it_is_over(answer, provider, conversation):
    provider.limit = 1
    first = answer("one")
    second = answer("two")
    assert (first.state, second.state) == (S.SENT, S.QUEUED)
    asked = len(provider.asked)
    send_all()
    assert len(provider.asked) == asked  # not even asked

    provider.limit = None
    send_all(at=clock.now() + timedelta(minutes=3))

    assert [one["text"] for one in provider.taken] == ["one", "two"]


def test_who_has_blocked_the_bot_is_flagged(answer, provider):
    provider.blocked.add(DANA["id"])
    delivery = answer()

    point = ContactPoint.objects.get()
    assert (delivery.state, delivery.error) == (S.FAILED, "The customer has blocked the bot on Telegram.")
    assert point.bounced_at is not None
    assert point.bounce_reason == delivery.error
    assert ChannelAccount.objects.get().state != "failing"


def test_a_text_that_is_too_long_is_refused_before_it_is_stored(conversation):
    with pytest.raises(TextTooLong):
        post_reply(actor=SYSTEM, conversation=conversation, text="x" * 4097, at=clock.now())

    assert MessageDelivery.objects.filter(message__author="agent").count() == 0


def test_emoji_count_twice_and_are_not_cut_in_half(answer, provider):
    delivery = answer("😀" * 4096)

    assert delivery.state == S.SENT
    assert [units(one["text"]) for one in taken(provider)] == [4096, 4096]


def test_long_texts_are_cut_between_words():
    words = " ".join(f"word{number}" for number in range(2000))

    assert " ".join(pieces_of(words)) == words
    assert all(units(piece) <= 4096 for piece in pieces_of(words))
    assert pieces_of("x" * 9000) == ["x" * 4096, "x" * 4096, "x" * 808]
    assert pieces_of("") == []


def test_buttons_are_asked_and_pressed(conversation, provider):
    buttons = [Button("Ya", "yes"), Button("Tidak")]
    message = ask_with_buttons(
        actor=SYSTEM, conversation=conversation, text="Sudah sampai?", buttons=buttons, at=clock.now()
    )
    send_all()
    keyboard = [[{"text": "Ya", "callback_data": "yes"}], [{"text": "Tidak", "callback_data": "Tidak"}]]
    assert taken(provider) == [
        {"method": "sendMessage", "text": "Sudah sampai?", "reply_markup": {"inline_keyboard": keyboard}}
    ]

    provider.post(provider.press(DANA, provider.taken[0], "yes"))
    read()

    assert errors() == []
    assert (said()[-1].text, said()[-1].answers_id) == ("Ya", message.pk)
    assert len(provider.answered_presses) == 1


@pytest.mark.parametrize("buttons", [[], [Button("")], [Button("x" * 65)], [Button("x", "й" * 33)], [Button("x")] * 21])
def test_buttons_that_telegram_would_refuse_are_refused_here(conversation, buttons):
    with pytest.raises(BadButtons):
        ask_with_buttons(actor=SYSTEM, conversation=conversation, text="?", buttons=buttons, at=clock.now())


def test_places_and_cards_go_out_as_such(conversation, provider):
    at = clock.now()
    send_place(actor=SYSTEM, conversation=conversation, latitude=-6.2, longitude=106.8, at=at)
    send_place(
        actor=SYSTEM, conversation=conversation, latitude=-6.2, longitude=106.8, name="Toko", address="Jl. 1", at=at
    )
    message = send_card(actor=SYSTEM, conversation=conversation, name="Ben", phone="+62811000", at=at)
    send_all()

    assert taken(provider) == [
        {"method": "sendLocation", "latitude": -6.2, "longitude": 106.8},
        {"method": "sendVenue", "latitude": -6.2, "longitude": 106.8, "title": "Toko", "address": "Jl. 1"},
        {"method": "sendContact", "phone_number": "+62811000", "first_name": "Ben"},
    ]
    assert message.text == "Ben\n+62811000"
    with pytest.raises(ValueError, match="Earth"):
        send_place(actor=SYSTEM, conversation=conversation, latitude=91, longitude=0, at=at)


@pytest.mark.parametrize("token", ["", "no token", "1:\r\nX-Evil: 1", "1:a/../../x", "1:a?b", "й:й"])
def test_a_token_that_is_none_waits_for_the_right_one(answer, provider, connected, token):
    connected.credentials = {**connected.credentials, "bot_token": token}
    connected.save()
    delivery = answer()

    assert delivery.state == S.QUEUED
    assert [asked for asked in provider.asked if "sendMessage" in asked.path] == []


@pytest.mark.parametrize(
    "url", ["nonsense", "http://", "http://[/", "ftp://127.0.0.1", "http://" + "x" * 300 + ".example"]
)
def test_an_address_that_is_none_shows_no_token(answer, connected, url):
    connected.settings = {"api_url": url}
    connected.save()
    delivery = answer()

    assert delivery.state in (S.FAILED, S.QUEUED)
    assert TOKEN not in delivery.error + ChannelAccount.objects.get().last_error


def test_nothing_secret_stands_in_logs(answer, provider, caplog):
    caplog.set_level("DEBUG")
    provider.faults.append(Fault(cut="before", path="/sendMessage"))
    answer()

    assert TOKEN not in json.dumps(
        [record.getMessage() for record in caplog.records if record.name.startswith("ramah")]
    )


def test_a_slow_answer_ends_in_time(answer, provider, monkeypatch):
    monkeypatch.setattr(provider_http, "READ_SECONDS", 0.2)
    provider.faults.append(Fault(seconds=1.0, path="/sendMessage"))

    assert answer().is_uncertain


def test_answers_to_choose_from_are_buttons_too(conversation, provider):
    message = post_reply(
        actor=SYSTEM, conversation=conversation, text="Kapan?", answers=["Senin", "🌊" * 20], at=clock.now()
    )
    send_all()
    keyboard = [[{"text": "Senin", "callback_data": "Senin"}], [{"text": "🌊" * 20, "callback_data": "🌊" * 16}]]
    assert taken(provider) == [
        {"method": "sendMessage", "text": "Kapan?", "reply_markup": {"inline_keyboard": keyboard}}
    ]

    provider.post(provider.press(DANA, provider.taken[0], "🌊" * 16))
    read()

    assert errors() == []
    assert (said()[-1].text, said()[-1].answers_id) == ("🌊" * 20, message.pk)
