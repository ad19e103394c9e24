"""Answers on their way to Messenger and Instagram: what goes, what comes of it, how long they may."""

from datetime import timedelta
from functools import partial

import pytest

from ramah.channels import sending
from ramah.channels.messenger.api import api_of
from ramah.channels.messenger.choices import BadChoices, ask_with_choices
from ramah.channels.messenger.kind import check
from ramah.channels.messenger.platforms import INSTAGRAM, MESSENGER
from ramah.channels.messenger.sending import pieces_of
from ramah.channels.messenger.tests.conftest import DANA, ELI, stamp
from ramah.channels.models import ChannelAccount
from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.simulators.messenger import error
from ramah.channels.simulators.server import Fault, Reply
from ramah.channels.tests.providers import PDF, PNG, answer_in, check_answer, read, send_all
from ramah.conversations.commands.filing import File
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.commands.replying import AutomaticAnswer, TextTooLong, post_automatic, post_reply
from ramah.conversations.models import Conversation, ExternalId, Message, MessageDelivery
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.providers.contract import Refused

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageDelivery.State
BOTH = pytest.mark.parametrize("channel", ["messenger", "instagram"])
ON_INSTAGRAM = pytest.mark.parametrize("channel", ["instagram"])


@pytest.fixture
def conversation(connected, provider, say):
    """One that Dana has begun a moment ago."""
    provider.post(provider.hook(say("Halo")))
    read()
    return Conversation.objects.get()


@pytest.fixture
def answer(conversation):
    return partial(answer_in, conversation)


@pytest.fixture
def last_said(provider):
    """Let Dana's last message be so many hours old, here and at the provider."""

    def last_said(hours):
        at = clock.now() - timedelta(hours=hours)
        Message.objects.filter(author="customer").update(sent_at=at)
        provider.last_said[DANA] = at.timestamp()

    return last_said


@BOTH
def test_a_text_goes_to_the_customer(answer, provider, channel):
    delivery = answer()

    assert (delivery.state, delivery.error) == (S.SENT, "")
    (sent,) = provider.taken
    assert delivery.external_id == f"{channel}:{sent['mid']}"
    assert (sent["recipient"], sent["messaging_type"]) == ({"id": DANA}, "RESPONSE")
    named = {"metadata": f"{delivery.public_id}/1/1"} if channel == "messenger" else {}
    assert sent["message"] == {"text": "Selamat pagi, Kak", **named}


@BOTH
def test_files_go_as_messages_of_their_own_behind_the_text(answer, provider):
    delivery = answer("Ini fotonya", [File("a.png", "image/png", PNG), File("nota.pdf", "application/pdf", PDF)])

    assert delivery.state == S.SENT
    attached = [one["message"].get("attachment") for one in provider.taken]
    assert [one and one["type"] for one in attached] == [None, "image", "file"]
    assert provider.uploads[attached[1]["payload"]["attachment_id"]] == (PNG, "image")
    for one in provider.taken:  # so that reactions and replies to any of them find the message
        assert ExternalId.objects.get(value__endswith=one["mid"]).message_id == delivery.message_id


@ON_INSTAGRAM
def test_what_instagram_does_not_take_is_refused_before_anything_goes_out(answer, provider):
    delivery = answer("Ini dia", [File("a.zip", "application/zip", b"PK\x03\x04" + b"\0" * 50)])

    assert delivery.state == S.FAILED
    assert delivery.error == "Instagram takes no files of the kind of a.zip. Send it by another channel."
    assert provider.taken == []


def test_what_went_out_is_not_sent_again_when_the_rest_is(answer, provider):
    provider.faults.append(Fault(path="/messages"))
    provider.faults.append(Fault(reply=error(2, "Service temporarily unavailable", 500), path="/messages"))
    delivery = answer("Satu foto", [File("a.png", "image/png", PNG)])
    assert delivery.state == S.QUEUED

    send_all(at=clock.now() + timedelta(hours=1))

    delivery.refresh_from_db()
    assert delivery.state == S.SENT
    assert [one["message"].get("text") for one in provider.taken] == ["Satu foto", None]


@ON_INSTAGRAM
def test_instagram_counts_bytes(answer, provider):
    words = "привіт " * 120  # 840 characters, 1,560 bytes

    assert answer(words.strip()).state == S.SENT

    assert " ".join(one["message"]["text"] for one in provider.taken) == words.strip()
    assert len(provider.taken) == 2


@pytest.mark.parametrize("platform", [MESSENGER, INSTAGRAM])
def test_long_texts_are_cut_between_words(platform):
    words = " ".join(f"слово{number}" for number in range(900))

    pieces = pieces_of(words, platform)

    sizes = [len(piece.encode()) if platform.in_bytes else len(piece) for piece in pieces]
    assert max(sizes) <= platform.longest
    assert " ".join(pieces) == words
    assert "".join(pieces_of("😀" * 1500, platform)) == "😀" * 1500
    assert pieces_of("", platform) == []


@pytest.mark.parametrize(("channel", "most"), [("messenger", 2000), ("instagram", 1000)])
def test_a_text_that_is_too_long_is_refused_before_it_is_stored(conversation, most):
    with pytest.raises(TextTooLong):
        post_reply(actor=SYSTEM, conversation=conversation, text="x" * (most + 1), at=clock.now())

    assert MessageDelivery.objects.count() == 0


ANSWERS = {
    "rate limit": (error(613, "Calls to this api have exceeded the rate limit.", 400), S.QUEUED, False, 59),
    "app limit": (
        error(4, "Application request limit reached", 403, headers={"Retry-After": "90"}),
        S.QUEUED,
        False,
        89,
    ),
    "page limit": (error(613, "Warning!", 400, subcode=1893063), S.QUEUED, False, 59),
    "plain 429": (Reply(429, b"slow down"), S.QUEUED, False, 59),
    "token expired": (error(190, "Session has expired", 401), S.QUEUED, False, 299),
    "no permission": (error(10, "Application does not have permission", 403), S.QUEUED, False, 299),
    "away": (error(2, "An unexpected error has occurred", 500), S.QUEUED, False, 1),
    "temporary": (error(1200, "Temporary send message failure", 400), S.QUEUED, False, 1),
    "503": (Reply(503, b"<html>"), S.QUEUED, False, 1),
    "window closed": (error(10, "outside of allowed window", 400, subcode=2018278), S.FAILED, False, 0),
    "window closed on Instagram": (error(10, "outside of allowed window", 403, subcode=2534022), S.FAILED, False, 0),
    "not available": (error(551, "This person isn't available right now", 400), S.FAILED, False, 0),
    "blocked": (error(200, "This person isn't receiving", 403, subcode=1545041), S.FAILED, False, 0),
    "nobody": (error(100, "No matching user found", 400, subcode=2018001), S.FAILED, False, 0),
    "not understood": (error(100, "Invalid parameter", 400), S.FAILED, False, 0),
    "nonsense": (Reply(200, b"<html>It works!</html>"), S.FAILED, True, 0),
    "no id": (Reply.of({"recipient_id": DANA}), S.FAILED, True, 0),
    "gateway": (Reply(502, b"<html>"), S.FAILED, True, 0),
    "redirect": (Reply(302, b"", {"Location": "http://169.254.169.254/"}), S.QUEUED, False, 299),
    "huge": (Reply(200, b"x" * (5 * 1024 * 1024)), S.FAILED, True, 0),
    "strange error": (Reply.of({"error": {"code": "x", "message": ["?"]}}, 400), S.FAILED, False, 0),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_the_api(answer, provider, name):
    check_answer(answer, provider, ANSWERS[name], path="/messages")


def test_who_blocks_the_shop_does_not_hold_others_back(answer, provider, say):
    provider.post(provider.hook(say("Halo", by=ELI)))
    read()
    other = Conversation.objects.latest("id")
    provider.blocked.add(DANA)
    post_reply(actor=SYSTEM, conversation=other, text="Halo, Kak", at=clock.now())

    delivery = answer()

    assert delivery.state == S.FAILED
    assert delivery.error.startswith("The customer cannot be reached")
    assert delivery.error.endswith("(551/1545041)")
    assert [one["recipient"]["id"] for one in provider.taken] == [ELI]
    assert ChannelAccount.objects.get().state == "ok"


def test_the_limit_holds_all_back_without_asking_for_each(conversation, provider, say):
    provider.limit = 0
    provider.post(provider.hook(say("Halo", by=ELI)))
    read()
    for one in Conversation.objects.all():
        post_reply(actor=SYSTEM, conversation=one, text="Halo", at=clock.now())

    sending.send_due(at=clock.now())

    assert len([asked for asked in provider.asked if asked.path.endswith("/messages")]) == 1
    provider.limit = None
    send_all(at=clock.now() + timedelta(minutes=5))
    assert len(provider.taken) == 2


@BOTH
def test_after_a_day_nobody_is_answered_any_more_unless_meta_allows_it(
    conversation, connected, provider, last_said, channel
):
    last_said(hours=25)
    with pytest.raises(NotPossible, match="24 hours"):
        post_reply(actor=SYSTEM, conversation=conversation, text="Halo", at=clock.now())
    assert MessageDelivery.objects.count() == 0

    provider.has_human_agent = True
    connected.settings = {**connected.settings, "human_agent": "Yes"}
    connected.save()
    delivery = post_reply(actor=SYSTEM, conversation=conversation, text="Halo", at=clock.now()).delivery
    send_all()

    delivery.refresh_from_db()
    assert delivery.state == S.SENT
    assert (provider.taken[0]["messaging_type"], provider.taken[0]["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    last_said(hours=24 * 7 + 1)
    with pytest.raises(NotPossible, match="7 days"):
        post_reply(actor=SYSTEM, conversation=conversation, text="Halo", at=clock.now())


def test_within_a_day_no_tag_is_needed(answer, connected, provider, last_said):
    connected.settings = {**connected.settings, "human_agent": "yes"}
    connected.save()
    last_said(hours=23)

    assert answer().state == S.SENT

    assert "tag" not in provider.taken[0]


def test_a_machine_is_no_person(conversation, connected, provider, last_said):
    provider.has_human_agent = True
    connected.settings = {**connected.settings, "human_agent": "yes"}
    connected.save()
    last_said(hours=25)
    said = Message.objects.get(kind="message")
    post_automatic([AutomaticAnswer(conversation, said.pk, "Thanks", "thanks", "en")], at=clock.now())

    send_all()

    delivery = MessageDelivery.objects.get()
    assert delivery.state == S.FAILED
    assert delivery.error.startswith("It is too long since the customer’s last message")
    assert provider.taken == []


def test_a_button_opens_the_window_as_a_word_does(conversation, provider, last_said):
    last_said(hours=30)
    provider.post(provider.hook(payloads.postback(DANA, provider.owner, stamp(), "m_p", "Prices", "PRICES")))
    read()

    post_reply(actor=SYSTEM, conversation=conversation, text="Here they are", at=clock.now())
    send_all()

    assert len(provider.taken) == 1


@BOTH
def test_choices_go_with_the_text_and_come_back(conversation, provider, say):
    message = ask_with_choices(
        actor=SYSTEM,
        conversation=conversation,
        text="Which?",
        choices=[("Red", "colour:red"), ("Blue", "")],
        at=clock.now(),
    )
    send_all()

    assert message.delivery.external_id != ""
    assert provider.taken[0]["message"]["quick_replies"] == [
        {"content_type": "text", "title": "Red", "payload": "colour:red"},
        {"content_type": "text", "title": "Blue", "payload": "Blue"},
    ]


@pytest.mark.parametrize(
    "choices",
    [
        [],
        [("", "x")],
        [("x" * 21, "")],
        [("a", "1"), ("a", "2")],
        [(str(n), "") for n in range(14)],
        [("a", "x" * 1001)],
    ],
)
def test_choices_that_meta_would_not_take_are_refused(conversation, choices):
    with pytest.raises(BadChoices):
        ask_with_choices(actor=SYSTEM, conversation=conversation, text="Which?", choices=choices, at=clock.now())


def test_choices_do_not_get_around_the_window(conversation, last_said):
    last_said(hours=25)
    with pytest.raises(NotPossible):
        ask_with_choices(actor=SYSTEM, conversation=conversation, text="?", choices=[("a", "")], at=clock.now())


def test_a_token_that_would_break_out_of_its_header_is_refused(account):
    account.credentials = {**account.credentials, "access_token": "EAA\r\nX-Evil: 1"}
    with pytest.raises(Refused):
        api_of(account)


def test_nothing_secret_stands_in_what_people_see(answer, provider):
    provider.access_token = "another"
    delivery = answer()

    assert "EAAtoken" not in delivery.error + ChannelAccount.objects.get().last_error
    assert "access token" in delivery.error


# The test of the connection


def reasons(account):
    return {str(one.part): one.reason for one in check(account)}


@BOTH
def test_a_good_connection_is_good(connected, channel):
    parts = {"Page": "", "Webhook": "", "App secret": "", "Verify token": ""}
    assert reasons(connected) == ({"Instagram account": ""} | parts if channel == "instagram" else parts)


@ON_INSTAGRAM
def test_a_bad_connection_says_what_is_wrong(connected, provider):
    connected.settings = {**connected.settings, "page_id": "1", "instagram_id": "2"}
    connected.credentials = {"access_token": "EAAtoken"}

    found = reasons(connected)

    assert found["Page"] == "The access token is for the page 682498302938465."
    assert found["Instagram account"]
    assert found["App secret"] == found["Verify token"] == "It is missing."


def test_what_meta_does_not_post_is_named(connected, provider):
    provider.hook_fields = ("messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes")

    assert reasons(connected)["Webhook"] == "Meta does not post these: message_edits, message_reactions."


def test_a_dead_provider_is_said_in_every_part(connected):
    connected.settings = {**connected.settings, "api_url": "http://127.0.0.1:9/v24.0"}

    found = reasons(connected)

    assert "cannot be reached" in found["Page"]
    assert "cannot be reached" in found["Webhook"]


@BOTH
def test_answers_to_choose_from_are_quick_replies(conversation, provider):
    post_reply(actor=SYSTEM, conversation=conversation, text="Kapan?", answers=["Senin", "Nanti"], at=clock.now())
    send_all()

    assert provider.taken[0]["message"]["quick_replies"] == [
        {"content_type": "text", "title": "Senin", "payload": "Senin"},
        {"content_type": "text", "title": "Nanti", "payload": "Nanti"},
    ]
