"""A visitor and an agent, each in a real browser, talk while pages are reloaded, the shop stops and the line is lost: in the end
both see the same thread, each line once, in the order in which it was said."""

import json
import os
from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect

from tests.support.chatting import PATIENCE, Agent, Visitor
from tests.support.running import open_cluster, open_shop

pytestmark = pytest.mark.browser
OFFLINE_SECONDS = 60 if os.environ.get("RAMAH_TEST_SLOW") else 5
SIZES = {"name": "ukuran.txt", "mimeType": "text/plain", "buffer": b"M\n"}
LABEL = {"name": "label.txt", "mimeType": "text/plain", "buffer": b"To Dana\n"}


class Talk:
    """The two of them, and all that happens to them. `visits` and `works` are the addresses at which they are."""

    def __init__(self, shop, open_page, *, visits, works, **window):
        self.shop = shop
        shop.ask("seed_chat")
        self.pages = [open_page(works), open_page(visits, **window)]
        self.agent = Agent(self.pages[0].page, works, "ben@shop.example")
        self.visitor = Visitor(self.pages[1].page, visits)

    def begins(self):
        expect(self.visitor.room.locator("#who")).not_to_be_empty(timeout=PATIENCE)
        self.visitor.says("Does the Sanur shirt shrink?")
        self.agent.takes()
        self.agent.hears("Does the Sanur shirt shrink?")
        self.agent.says("No: it was washed once at the mill.")
        self.visitor.hears("washed once")

    def typing(self):
        self.visitor.types_to(self.agent)
        self.agent.types_to(self.visitor)
        self.visitor.says("And in blue?")
        self.agent.hears("And in blue?")
        self.agent.says("It comes in blue.")

    def files(self):
        self.visitor.says("My sizes", file=SIZES)
        self.agent.hears("My sizes")
        self.agent.says("Our label", file=LABEL)
        self.visitor.hears("Our label")
        for person, file, sizes in ((self.agent, SIZES, "My sizes"), (self.visitor, LABEL, "Our label")):
            link = person.lines.filter(has_text=sizes).locator("a.file")
            answered = person.page.request.get(urljoin(person.page.url, link.get_attribute("href")))
            assert answered.body() == file["buffer"]
            assert "attachment" in answered.headers["content-disposition"]
        for seen in self.pages:
            seen.must_be_quiet()

    def agent_reloads(self):
        self.visitor.says("Before you look again")
        self.agent.page.reload(wait_until="commit")
        self.visitor.says("While you look")
        self.agent.hears("Before you look again", "While you look")
        self.agent.says("I have looked.")

    def visitor_reloads(self):
        self.visitor.says("Before my page comes anew")
        self.visitor.page.reload()
        self.visitor.open()
        self.visitor.says("After it")
        self.agent.hears("Before my page comes anew", "After it")

    def both_lose_the_shop(self, stop, start):
        stop()
        self.visitor.says("Are you there?")
        self.visitor.says("Hello?")
        expect(self.visitor.waiting).to_have_count(2, timeout=PATIENCE)
        self.agent.room.fill("#reply-text", "Yes, here I am.")
        self.agent.room.press("#reply-text", "Control+Enter")  # nobody takes it
        start()
        self.agent.says("Yes, here I am.")
        self.visitor.hears("Yes, here I am.")

    def visitor_loses_the_shop(self, stop, start):
        stop()
        self.visitor.says("Are you there?")
        self.agent.says("One moment, I look.")
        self.visitor.says("Hello?")
        start()
        self.visitor.hears("One moment, I look.")

    def visitor_is_offline(self):
        network = self.visitor.page.context
        network.set_offline(True)
        self.visitor.says("Said in the tunnel")
        self.agent.says("Said to nobody")
        self.visitor.page.wait_for_timeout(OFFLINE_SECONDS * 1000)
        self.visitor.says("Still in the tunnel")
        self.agent.says("Said into the tunnel")
        network.set_offline(False)
        self.visitor.hears("Said to nobody", "Said into the tunnel")
        self.agent.hears("Said in the tunnel", "Still in the tunnel")

    def ends_the_same_on_both_sides(self):
        expect(self.visitor.waiting).to_have_count(0, timeout=PATIENCE)
        lines = self.shop.ask("chat_lines")
        for author, person in (("customer", self.visitor), ("agent", self.agent)):
            assert [text for _key, text, _files, by in lines if by == author] == person.written
        stored = [line[:3] for line in lines]
        self.visitor.waits(
            lambda: self.visitor.thread == self.agent.thread == stored,
            lambda: f"visitor: {self.visitor.thread}\nagent: {self.agent.thread}\nstored: {stored}",
        )
        assert json.loads(self.shop.call("intake", "audit", "--json").stdout)["closes"]


def test_in_one_process_on_sqlite(tmp_path, open_page):
    with open_shop(tmp_path) as shop:
        talk = Talk(shop, open_page, visits=shop.url, works=shop.url)
        talk.begins()
        talk.typing()
        talk.files()
        talk.agent_reloads()
        talk.visitor_reloads()
        talk.both_lose_the_shop(
            stop=lambda: shop.stop(shop.running[-1]), start=lambda: shop.until_up(shop.start("run"))
        )
        talk.visitor_is_offline()
        talk.ends_the_same_on_both_sides()


@pytest.mark.redis
def test_in_two_processes_on_postgresql_and_redis(tmp_path, redis_url, open_page):
    with open_cluster(tmp_path, redis_url) as shop:
        here, there = shop.web
        visits, works = (f"http://127.0.0.1:{port}" for port in (here, there))
        talk = Talk(shop, open_page, visits=visits, works=works, width=390, height=844)
        talk.begins()
        talk.typing()
        talk.files()
        talk.agent_reloads()
        talk.visitor_reloads()
        talk.visitor_loses_the_shop(stop=lambda: shop.stop_web(here), start=lambda: shop.start_web(here))
        talk.visitor_is_offline()
        talk.ends_the_same_on_both_sides()
