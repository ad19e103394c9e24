"""A page that takes nothing, a process that ends, a crowd: nobody else notices, and nothing is lost."""

import json
import random
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed

from ramah.accounts.testing import actor_of_agent, make_agent, make_team
from ramah.channels.chat import consumers, wire
from ramah.channels.chat.models import ChatVisitor
from ramah.channels.chat.testing import Page, make_chat_inbox, serving
from ramah.channels.models import IntakeItem
from ramah.channels.queries import intake_sum
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Conversation, Message
from ramah.kernel import clock
from tests.support.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_page_that_takes_nothing_is_let_go_and_others_are_not_slowed(server, monkeypatch):
    monkeypatch.setattr(wire, "SLOW_SECONDS", 1.0)
    monkeypatch.setattr(consumers, "FRAMES", 10_000)  # let go for what it does not take, not for what it asks
    team = make_team()
    make_chat_inbox("web", teams=[team])
    ben = make_agent(teams=[team])
    slow, quick = Page(server, "web").arrive(), Page(server, "web").arrive()
    slow.say("First")
    conversation = Conversation.objects.get()
    visitor = ChatVisitor.objects.get(conversation=conversation).pk
    chance = random.Random(1)
    Message.objects.bulk_create(
        # Nothing that could be compressed: the page would take it all.
        Message(conversation=conversation, kind="message", author="agent", text=text, created_at=clock.now())
        for text in (chance.randbytes(4000).hex() for _ in range(200))
    )
    begun = time.monotonic()
    assert quick.say("I am not slow")["type"] == "ack"
    post_reply(actor=actor_of_agent(ben), conversation=conversation, text="The newest", at=clock.now())
    assert time.monotonic() - begun < 5

    def is_gone():
        slow.send(type="hello", token=slow.token, after=0)  # 50 KB more, of which it takes none
        return not ChatVisitor.objects.get(pk=visitor).is_connected

    until(is_gone, seconds=20, every=0.01)  # before its pings are missed
    late = Page(server, "web", token=slow.token).arrive()
    while late.frames[-1]["more"]:
        late.send(type="hello", token=late.token, after=late.newest)
        late.until("lines")
    late.until_line("The newest")
    assert len(late.lines) == 202

    def is_cut_off():
        try:
            slow.socket.send("{}")
        except (ConnectionClosed, OSError):
            return True
        return False

    until(is_cut_off)  # what it has not taken is not kept for it
    for one in (late, quick):
        one.close()


def test_a_crowd_with_retries_and_broken_lines_loses_nothing(free_port, settings, transactional_db):
    settings.CHAT_LIMITS = {"say": [(10_000, 1)], "new_visitors": [(1000, 1)], "sockets_of_address": 1000}
    make_chat_inbox("web")
    with serving(free_port) as root:
        visitors = [Visitor(root, number) for number in range(6)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join(90)
    assert [visitor.fault for visitor in visitors] == [None] * 6

    texts = list(Message.objects.filter(author="customer").order_by("pk").values_list("text", flat=True))
    assert sorted(texts) == sorted(text for visitor in visitors for text in visitor.acked)
    for visitor in visitors:
        mine = [text for text in texts if text.startswith(f"v{visitor.number} ")]
        assert mine == [f"v{visitor.number} {number}" for number in range(Visitor.COUNT)]
    assert Conversation.objects.count() == 6
    assert IntakeItem.objects.filter(state="accepted").count() == 6 * Visitor.COUNT
    assert intake_sum().closes


class Visitor(threading.Thread):
    """Says one thing after the other until each is acknowledged; its line breaks now and then, before or after that."""

    COUNT = 8

    def __init__(self, root, number):
        super().__init__(daemon=True)
        self.number, self.acked, self.fault = number, [], None
        self.page = Page(root, "web")
        self.chance = random.Random(number)

    def run(self):
        try:
            self.page.arrive()
            for number in range(self.COUNT):
                self._say(f"v{self.number} {number}", f"v{self.number:03}-{number:05}")
            self.page.close()
        except BaseException as error:
            self.fault = error

    def _say(self, text, client_id):
        for _try in range(20):
            self.page.send(type="say", id=client_id, text=text)
            if self.chance.random() < 0.25:  # gone before it hears
                self.page.close()
                self.page.arrive()
                continue
            told = self.page.until("ack", "refused", id=client_id, seconds=30)
            assert told["type"] == "ack", json.dumps(told)
            self.acked.append(text)
            return
        raise AssertionError("never acknowledged")
