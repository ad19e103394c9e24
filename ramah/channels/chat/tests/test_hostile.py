"""Attacks on a chat with people in it: each is refused clearly or ends as text, and nobody else is disturbed."""

import asyncio
import json
import re
from contextlib import suppress
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ramah.accounts.testing import actor_of_agent, client_of, make_agent, make_team
from ramah.channels.chat.limits import AT_ONCE
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.testing import Page, make_chat_inbox
from ramah.channels.models import IntakeItem
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Conversation, Message
from ramah.desk.commands.queueing import enter_queue
from ramah.kernel import clock
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = "<script>alert(1)</script>"
EVIL = f"\"'>{SCRIPT}<img src=x onerror=alert(1)><svg/onload=alert(1)>{{{{7*7}}}}"
MARKUP = (SCRIPT, "<img src=x", "<svg/onload")
ELSEWHERE = ("127.0.0.2", 0)  # this machine, by another address
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 64
HTML = b"<!doctype html><script>alert(1)</script>"
# Content, and whether browsers may show it as a picture: then it is nothing but a picture to them.
FILES = {
    "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', False),
    "drawing.png": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', False),
    "marked.svg": (b"\xef\xbb\xbf <!-- x --><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", False),
    "page.png": (HTML, False),
    "picture-and-page.html": (PNG + HTML, True),
    "gif-and-script.js": (b"GIF89a/*" + b"\0" * 32 + b"*/=1;alert(1)//", True),
    "paper-and-page.pdf": (b"%PDF-1.7\n" + HTML, False),
    "archive-and-page.png": (b"PK\x03\x04" + HTML, False),
    "style.png": (b"@import 'https://evil.example/';", False),
}


@pytest.fixture
def care():
    team = make_team()
    make_chat_inbox("web", teams=[team])
    return team


@pytest.fixture
def page(server, care):
    """A visitor who has nothing to do with any of it."""
    page = Page(server, "web").arrive()
    page.say("Good morning")
    yield page
    page.close()


def is_undisturbed(page, care):
    """What this visitor says is stored, and what they are answered comes."""
    assert page.say("Still here")["type"] == "ack"
    conversation = Message.objects.get(text="Good morning").conversation
    ben = make_agent(teams=[care])
    post_reply(actor=actor_of_agent(ben), conversation=conversation, text="So am I", at=clock.now())
    page.until_line("So am I")
    return True


async def _knock(url, gate):
    """One socket of many: the frames that it gets and the code with which it is closed, or the socket when it is let in."""
    frames = []
    async with gate:
        line = await connect(
            url, local_addr=ELSEWHERE, compression=None, ping_interval=None, proxy=None, open_timeout=60
        )
        try:
            with suppress(ConnectionClosed):  # the goodbye was faster
                await line.send(json.dumps({"type": "hello", "token": "", "after": 0}))
            frames.append(json.loads(await asyncio.wait_for(line.recv(), 60)))
            if frames[0]["type"] == "welcome":
                return frames, line
            await line.recv()
        except ConnectionClosed as error:
            return frames, error.rcvd.code if error.rcvd else 1006
        raise AssertionError(frames)


def test_of_a_thousand_sockets_from_one_address_fifty_are_let_in(server, page, care, settings):
    settings.CHAT_LIMITS = {"new_visitors": [(10_000, 3600)]}
    most = AT_ONCE["sockets_of_address"]

    async def crowd():
        gate = asyncio.Semaphore(100)
        knocks = await asyncio.gather(*(_knock(f"{server}/chat/socket/web/", gate) for _ in range(1000)))
        kept = [ended for _frames, ended in knocks if not isinstance(ended, int)]
        refused = [(frames, ended) for frames, ended in knocks if isinstance(ended, int)]
        assert await asyncio.to_thread(is_undisturbed, page, care)
        for line in kept:
            await line.close()
        return len(kept), refused

    kept, refused = asyncio.run(crowd())

    assert (kept, len(refused)) == (most, 1000 - most)
    assert {code for _frames, code in refused} == {4429}
    assert [frames for frames, _code in refused if frames != [{"type": "bye", "why": "too_many"}]] == []
    assert ChatVisitor.objects.count() == most + 1
    until(lambda: not ChatVisitor.objects.filter(address="127.0.0.2", is_connected=True).exists())


@pytest.mark.parametrize("size", [65 * 1024, 4 * 1024 * 1024])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_frame_beyond_all_measure_ends_its_own_line_only(server, page, care, size, as_bytes):
    hostile = Page(server, "web").arrive()
    frame = json.dumps({"type": "say", "id": "client-00001", "text": "x" * size})

    hostile.send(frame.encode() if as_bytes else frame)

    assert hostile.until_closed() in (1009, 1006)  # 1006: it was still sending when the line was cut
    assert is_undisturbed(page, care)
    assert IntakeItem.objects.count() == 2


def test_a_forged_identity_gets_nobody_into_the_chat_of_another(server, care):
    victim = Page(server, "web").arrive()
    victim.say("My secret")
    other = ChatVisitor.objects.get()
    for identity in (f"{other.public_id}.x", "e30.e30", f"{other.public_id}", EVIL):
        forger = Page(server, "web", identity=identity, token="", visitor=other.public_id).arrive()
        assert forger.until("refused")["why"] == "identity"
        assert (forger.frames[0]["known"], forger.frames[0]["lines"]) == (False, [])
        assert forger.frames[0]["visitor"] != other.public_id
        forger.say("Who am I?")
        forger.close()
    assert [line["text"] for line in victim.lines.values()] == ["My secret"]
    assert Conversation.objects.count() == 5
    victim.close()


@pytest.mark.parametrize("kind", ["nudge", "break.off", "websocket.disconnect", "lines", "ack"])
def test_a_page_cannot_speak_as_the_server_speaks_to_itself(page, care, kind):
    page.send(type=kind, topic="conversation:1", payload={"message": 1})

    assert page.until("refused")["why"] == "unknown"
    assert is_undisturbed(page, care)


def test_script_in_every_field_is_text_to_visitor_and_agents(server, care):
    where = {"url": f"https://x.example/?q={EVIL}", "title": EVIL}
    page = Page(server, "web", language=EVIL, page=where, name=EVIL).arrive()
    assert page.say(EVIL)["line"]["text"] == EVIL
    page.send(type="page", **where)
    page.send(type="details", name=EVIL, email="dana@mail.example")
    page.until("details")
    page.send(type="rate", score=1, text=EVIL)
    page.until("rated")
    send_files(page, SimpleUploadedFile(f"{SCRIPT}.txt", b"x"), text=EVIL)
    conversation = Conversation.objects.get()
    ben = make_agent(name=f"Ben {SCRIPT}", role="owner", teams=[care])
    waits = {"language": EVIL, "skill": EVIL, "offer_seconds": 60, "wait_seconds": 600}
    enter_queue(conversation=conversation, **waits, at=clock.now())
    post_reply(actor=actor_of_agent(ben), conversation=conversation, text=EVIL, at=clock.now())

    desk, url = client_of(ben), f"/desk/c/{conversation.public_id}/"
    for path in (url, f"{url}visitor/", f"{url}lines/?after=0", "/desk/open/", "/desk/waiting/", "/desk/live/"):
        answer = desk.get(path)
        assert answer.status_code == 200
        assert [part for part in MARKUP if part in answer.content.decode()] == []
    assert EVIL in unescape(desk.get(url).content.decode())
    late = Page(server, "web", token=page.token).arrive()
    assert [line["text"] for line in late.frames[0]["lines"] if line["from"] != "act"] == [EVIL] * 3
    for one in (page, late):
        one.close()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_two_things_at_once_acts_for_nobody(server, care, name):
    content, is_picture = FILES[name]
    page = Page(server, "web").arrive()
    (told,) = send_files(page, SimpleUploadedFile(name, content, "image/png"), text="Look")["line"]["files"]
    assert told["picture"] is is_picture
    ben = client_of(make_agent(role="owner", teams=[care]))
    thread = ben.get(f"/desk/c/{Conversation.objects.get().public_id}/").content.decode()

    for client, url in ((Client(), told["url"]), (ben, re.search(r'class="file" href="([^"]+)"', thread)[1])):
        answer = client.get(url)
        assert b"".join(answer.streaming_content) == content
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        shown = answer["Content-Disposition"].startswith("inline")
        assert (shown, answer["Content-Type"].startswith("image/")) == (is_picture, is_picture)
        assert shown or answer["Content-Type"] == "application/octet-stream"
    page.close()


def send_files(page, *files, text):
    """Send them as the page does; returns what it is told."""
    facts = {"id": "client-files", "text": text, "files": files}
    answer = Client().post("/chat/web/files", facts, headers={"Authorization": f"Bearer {page.token}"})
    assert answer.json()["type"] == "ack", answer.json()
    return answer.json()
