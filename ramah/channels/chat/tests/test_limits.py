"""What a hostile or broken page sends is refused clearly, and nobody else is disturbed."""

import json

import pytest

from ramah.channels.chat import here
from ramah.channels.chat.limits import neighborhood, seconds_to_wait
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.testing import Page, make_chat_inbox
from ramah.channels.models import IntakeItem
from ramah.conversations.models import Message
from ramah.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("not json {", "unknown"),
        ("[1, 2]", "unknown"),
        ("null", "unknown"),
        ('{"type": "open the door"}', "unknown"),
        ('{"type": ["say"]}', "unknown"),
        (b"\x00\xff\xfe", "unknown"),
        ("[" * 9000, "unknown"),
        (json.dumps({"type": "say", "id": "short", "text": "x"}), "unknown"),
        (json.dumps({"type": "say", "id": 17, "text": "x"}), "unknown"),
        (json.dumps({"type": "say", "id": "' OR 1=1 --", "text": "x"}), "unknown"),
        (json.dumps({"type": "say", "id": "client-00001", "text": ["x"]}), "unknown"),
        (json.dumps({"type": "say", "id": "client-00001"}), "unknown"),
        (json.dumps({"type": "say", "id": "client-00001", "text": "  \n\0 "}), "empty"),
        (json.dumps({"type": "say", "id": "client-00001", "text": "x" * 4001}), "too_long"),
        (json.dumps({"type": "say", "id": "client-00001", "text": "x" * 17_000}), "too_long"),
        (json.dumps({"type": "rate", "score": 6}), "unknown"),
        (json.dumps({"type": "rate", "score": True}), "unknown"),
        (json.dumps({"type": "details", "email": "no address"}), "email"),
        (json.dumps({"type": "transcript"}), "email"),
    ],
)
def test_what_is_wrong_is_refused_and_the_page_goes_on(server, sent, why):
    make_chat_inbox("web")
    page = Page(server, "web").arrive()

    page.send(sent)
    refused = page.until("refused")

    assert refused["why"] == why
    assert refused["text"]
    assert page.say("Still here")["type"] == "ack"
    assert Message.objects.filter(author="customer").count() == 1
    page.close()


def test_odd_frames_are_harmless(server):
    make_chat_inbox("web")
    page = Page(server, "web", language=["id"], page="nowhere", identity={"a": 1}).arrive()

    page.send(type="read", upto=2**70)
    page.send(type="read", upto="7")
    page.send(type="read", upto=-1)
    page.send(type="page", url="javascript:alert(1)", title=7)
    page.send(type="typing")
    page.send(type="hello", token=[], after={})

    acked = page.say("\ud83d\ude00 \ud800 </script><svg onload=alert(1)>")
    assert "</script>" in acked["line"]["text"]
    assert ChatVisitor.objects.get().page_url == ""
    page.close()


def test_who_never_ends_is_shown_the_door(server):
    make_chat_inbox("web")
    page = Page(server, "web").arrive()
    for _ in range(30):
        page.send("{")
    assert page.until_closed() == 4400

    other = Page(server, "web").arrive()
    for _ in range(250):
        other.send(type="ping")
    assert other.until_closed() == 4400


def test_hello_comes_first(server):
    make_chat_inbox("web")
    page = Page(server, "web").open(says_hello=False)
    page.send(type="say", id="client-00001", text="x")
    assert page.until_closed() == 4401
    assert not IntakeItem.objects.exists()


def test_who_says_nothing_is_closed(server, monkeypatch):
    monkeypatch.setattr(here, "TICK", 0.05)
    monkeypatch.setattr(here, "HELLO_SECONDS", 0.2)
    monkeypatch.setattr(here, "SILENT_SECONDS", 0.6)
    make_chat_inbox("web")
    mute = Page(server, "web").open(says_hello=False)
    assert mute.until_closed() == 4401
    page = Page(server, "web").arrive()
    assert page.until_closed() == 4408
    assert page.frames[-2] == {"type": "bye", "why": "silent"}


@pytest.mark.parametrize("key", ["nowhere", "mail"])
def test_an_inbox_that_is_no_chat_is_not_there(server, key):
    from ramah.conversations.testing import make_inbox

    make_inbox("mail")
    assert Page(server, key).open().until_closed() == 4404


def test_a_site_that_the_inbox_does_not_name_is_refused(server):
    make_chat_inbox("web", settings={"origins": ["https://friend.example"]})

    for origin in ("https://evil.example", "null", "https://friend.example.evil.example", "http://friend.example"):
        assert Page(server, "web").open(origin=origin).until_closed() == 4403
    for origin in ("https://friend.example", server.replace("ws", "http"), None):
        page = Page(server, "web").arrive(origin=origin)
        page.close()
    assert ChatVisitor.objects.count() == 3


def test_a_visitor_says_so_much_and_is_told_when_to_go_on(server):
    make_chat_inbox("web")
    page, other = Page(server, "web").arrive(), Page(server, "web").arrive()

    answers = [page.say(f"n{number}") for number in range(11)]

    refused = [answer for answer in answers if answer["type"] == "refused"]
    assert len(refused) >= 1
    assert {answer["why"] for answer in refused} == {"too_fast"}
    assert all(1 <= answer["wait"] <= 5 for answer in refused)
    assert other.say("I am another")["type"] == "ack"
    assert Message.objects.filter(author="customer").count() == 12 - len(refused)
    for one in (page, other):
        one.close()


def test_so_many_sockets_of_a_visitor_and_of_an_address(server, settings):
    settings.CHAT_LIMITS = {"sockets_of_address": 7}
    make_chat_inbox("web")
    first = Page(server, "web").arrive()
    pages = [Page(server, "web", token=first.token).arrive() for _ in range(4)]
    sixth = Page(server, "web", token=first.token).open()
    assert sixth.until_closed() == 4429
    more = [Page(server, "web").arrive() for _ in range(2)]
    assert Page(server, "web").open().until_closed() == 4429
    assert first.say("Undisturbed")["type"] == "ack"
    more[0].close()
    for one in (first, *pages, more[1]):
        one.close()


def test_so_many_new_visitors_from_one_address(server, settings):
    settings.CHAT_LIMITS = {"new_visitors": [(2, 3600)]}
    make_chat_inbox("web")
    pages = [Page(server, "web").arrive() for _ in range(2)]

    third = Page(server, "web").open()
    assert third.until("refused")["why"] == "too_many"
    assert third.until_closed() == 4429
    assert ChatVisitor.objects.count() == 2
    pages[0].close()
    pages[0].arrive()
    for one in pages:
        one.close()


def test_an_unknown_token_starts_anew(server):
    make_chat_inbox("web")
    make_chat_inbox("other")
    page = Page(server, "web").arrive()
    for key, token in (("web", "made up"), ("web", "x" * 5000), ("other", page.token)):
        lost = Page(server, key, token=token).open()
        assert lost.until_closed() == 4410
        assert lost.frames[0] == {"type": "bye", "why": "forgotten"}
    page.close()


def test_whose_visitor_was_forgotten_meanwhile(server):
    make_chat_inbox("web")
    page = Page(server, "web").arrive()
    ChatVisitor.objects.all().delete()
    page.send(type="say", id="client-00001", text="Hello?")
    assert page.until_closed() == 4410
    assert not IntakeItem.objects.exists()


def test_counting():
    now = clock.now()
    waits = [seconds_to_wait("say", "somebody", at=now) for _ in range(6)]
    assert waits[:5] == [0] * 5
    assert 1 <= waits[5] <= 5
    assert seconds_to_wait("say", "somebody else", at=now) == 0


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_address(address, counted):
    assert neighborhood(address) == counted
