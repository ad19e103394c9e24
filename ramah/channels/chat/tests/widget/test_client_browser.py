"""The visitor's line to the shop in a real Chromium: nothing is lost, doubled or out of order, whatever the line does."""

import pytest
from playwright.sync_api import expect

from tests.support.waiting import until

pytestmark = pytest.mark.browser
PATIENCE = 20_000


def say(page, text):
    page.fill("#text", text)
    page.press("#text", "Enter")


def texts(page):
    return page.locator("#log .msg .text").all_inner_texts()


def mine(page):
    return page.locator("#log .msg[data-from=me] .text").all_inner_texts()


def kept(page):
    return page.evaluate("Object.keys(localStorage).filter((name) => name.includes('.say.')).length")


def test_whoever_only_looks_in_opens_no_socket_and_leaves_nothing(open_frame, fake):
    page = open_frame().page
    expect(page.locator("#who")).to_have_text("Ben answers, usually within 4 min")
    page.wait_for_timeout(300)
    assert fake.frames == []
    assert page.evaluate("Object.keys(localStorage)") == []


def test_a_message_is_stored_before_it_is_said_to_be_sent(open_frame, fake):
    page = open_frame().page
    page.clock.install()
    page.goto(fake.frame_url)
    fake.is_deaf = True
    say(page, "Hello")
    expect(page.locator("[data-wait] [data-state]")).to_have_text("Sent as soon as the connection is back")
    assert kept(page) == 1
    until(lambda: len(fake.said("hello")) == 1)
    fake.is_deaf = False
    fake.drop()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    # A hello that nobody heard is given up after twenty seconds; only then the page tries again.
    page.clock.fast_forward(20_000)
    expect(page.locator("[data-line] [data-state]")).to_have_text("Sent", timeout=PATIENCE)
    assert fake.stored == ["Hello"]
    assert kept(page) == 0


def test_a_lost_acknowledgement_is_asked_for_again_under_the_same_id(open_frame, fake):
    page = open_frame().page
    fake.lose_acks = 1
    say(page, "Only once")
    until(lambda: fake.stored == ["Only once"])
    fake.drop()
    expect(page.locator("[data-line][data-from=me]")).to_have_count(1, timeout=PATIENCE)
    assert fake.stored == ["Only once"]
    assert len({frame["id"] for frame in fake.said("say")}) == 1
    assert kept(page) == 0


def test_what_is_written_while_the_shop_is_away_arrives_in_order_once_it_is_back(open_frame, fake):
    page = open_frame().page
    say(page, "one")
    until(lambda: fake.stored == ["one"])
    fake.stop()
    for text in ("two", "three", "four"):
        say(page, text)
    expect(page.locator("#strip")).to_have_text("No connection. What you write is kept and sent as soon as it is back.")
    fake.start()
    until(lambda: fake.stored == ["one", "two", "three", "four"], seconds=30)
    expect(page.locator("#strip")).to_be_empty(timeout=PATIENCE)
    fake.say("All four are here.")
    expect(page.locator("#log")).to_contain_text("All four are here.")
    assert mine(page) == ["one", "two", "three", "four"]


def test_what_was_not_sent_is_still_there_after_a_reload(open_frame, fake):
    page = open_frame().page
    fake.is_down = True
    say(page, "first")
    say(page, "second")
    page.fill("#text", "half a thou")
    page.wait_for_timeout(200)
    fake.is_down = False
    page.reload()
    until(lambda: fake.stored == ["first", "second"], seconds=20)
    expect(page.locator("#text")).to_have_value("half a thou")
    expect(page.locator("[data-wait]")).to_have_count(0, timeout=PATIENCE)
    assert mine(page) == ["first", "second"]


def test_a_visitor_comes_back_to_the_same_chat(open_frame, fake):
    page = open_frame().page
    say(page, "Hello")
    until(lambda: fake.stored == ["Hello"])
    fake.say("Hi.")
    expect(page.locator("#log")).to_contain_text("Hi.")
    page.reload()
    expect(page.locator("#log")).to_contain_text("Hi.")
    assert texts(page)[1:] == ["Hello", "Hi."]
    assert [frame["token"] for frame in fake.said("hello")] == ["", "token-1"]


def test_lines_that_come_twice_or_in_disorder_stand_once_and_in_order(open_frame, fake):
    page = open_frame().page
    say(page, "start")
    until(lambda: fake.stored == ["start"])
    lines = [fake._line("agent", f"line {n}", name="Ben") for n in range(5)]
    fake.tell({"type": "lines", "lines": [lines[3], lines[1]]})
    fake.tell({"type": "lines", "lines": [lines[4], lines[0], lines[3]]})
    fake.tell({"type": "lines", "lines": [lines[2], lines[2], {"id": "x"}, None]})
    fake.tell({"type": "nobody knows this"})
    expect(page.locator("#log")).to_contain_text("line 2")
    assert texts(page)[1:] == ["start", *(f"line {n}" for n in range(5))]


def test_a_gap_of_any_length_is_caught_up_with(open_frame, fake):
    page = open_frame().page
    say(page, "start")
    until(lambda: fake.stored == ["start"])
    for n in range(450):
        fake._line("agent", f"line {n}", name="Ben")
    fake.drop()
    expect(page.locator("#log .msg")).to_have_count(452, timeout=PATIENCE)
    assert texts(page)[2:] == [f"line {n}" for n in range(450)]
    assert [frame["after"] for frame in fake.said("hello")[1:]] == [0, 300, 500]


def test_where_sockets_do_not_get_through_requests_do(open_frame, fake):
    fake.refuse_sockets = True
    page = open_frame().page
    say(page, "by request")
    until(lambda: fake.stored == ["by request"], seconds=30)
    fake.say("and back")
    expect(page.locator("#log")).to_contain_text("and back", timeout=PATIENCE)
    assert fake.sockets == 0
    assert ("POST", "/chat/shop/say") in fake.requests
    expect(page.locator("#strip")).to_be_empty()
    say(page, "again")
    until(lambda: fake.stored == ["by request", "again"])
    expect(page.locator("[data-line][data-from=me]")).to_have_count(2)


def test_too_fast_is_repeated_after_the_time_told_and_keeps_the_order(open_frame, fake):
    page = open_frame().page
    fake.refusals = [{"why": "too_fast", "text": "That was very quick.", "wait": 2}]
    say(page, "one")
    say(page, "two")
    expect(page.locator("[data-wait] [data-state]").first).to_contain_text("Sent in")
    until(lambda: fake.stored == ["one", "two"], seconds=15)


def test_what_is_refused_for_good_says_why_and_can_be_tried_again_or_removed(open_frame, fake):
    page = open_frame().page
    fake.refusals = [{"why": "too_long", "text": "That is too long."}, {"why": "too_long", "text": "That is too long."}]
    say(page, "refused")
    expect(page.locator("[data-failed] [data-state]")).to_have_text("Not sent. That is too long.")
    say(page, "taken")  # refused as well, by the fake; the queue is not stuck
    expect(page.locator("[data-failed]")).to_have_count(2)
    page.locator("[data-failed]").first.get_by_role("button", name="Try again").click()
    until(lambda: fake.stored == ["refused"])
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("[data-wait]")).to_have_count(0)
    assert fake.stored == ["refused"]
    assert kept(page) == 0


def test_a_browser_that_stores_nothing_still_chats(open_frame, open_page, fake):
    seen = open_frame()
    seen.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no', 'SecurityError'); }});"
    )
    seen.page.goto(fake.frame_url)
    say(seen.page, "Hello")
    until(lambda: fake.stored == ["Hello"])
    fake.drop()
    until(lambda: len(fake.said("hello")) == 2, seconds=10)
    assert fake.said("hello")[1]["token"] == "token-1"
    seen.must_be_quiet()


def test_a_visitor_the_shop_has_forgotten_begins_anew(open_frame, fake):
    page = open_frame().page
    say(page, "old")
    until(lambda: fake.stored == ["old"])
    fake.forget()
    expect(page.locator("[data-line]")).to_have_count(0)
    say(page, "new")
    until(lambda: fake.stored == ["new"], seconds=15)
    assert fake.said("hello")[-1]["token"] == ""


def test_a_line_that_is_dead_without_knowing_it_is_found_by_its_silence(open_frame, fake):
    seen = open_frame()
    page = seen.page
    page.clock.install()
    page.goto(fake.frame_url)
    say(page, "Hello")
    until(lambda: fake.stored == ["Hello"])
    page.clock.fast_forward(26_000)
    until(lambda: len(fake.said("ping")) == 1)
    fake.is_deaf = True
    page.clock.fast_forward(26_000)
    until(lambda: len(fake.said("ping")) >= 2)
    fake.is_deaf = False
    page.clock.fast_forward(11_000)
    page.clock.fast_forward(2_000)
    until(lambda: len(fake.said("hello")) == 2)


def test_an_inbox_that_is_gone_is_not_asked_for_ever(open_frame, fake):
    page = open_frame().page
    say(page, "Hello")
    until(lambda: fake.stored == ["Hello"])
    fake.drop(4404)
    expect(page.locator("#strip")).to_have_text("This chat is not available any more.")
    page.wait_for_timeout(2500)
    assert len(fake.said("hello")) == 1


def test_two_windows_of_one_visitor_do_not_send_twice(open_frame, fake):
    first = open_frame().page
    say(first, "from the first")
    until(lambda: fake.stored == ["from the first"])
    second = first.context.new_page()
    second.goto(fake.frame_url)
    expect(second.locator("#log")).to_contain_text("from the first")
    fake.is_deaf = True
    say(first, "while deaf")
    fake.is_deaf = False
    fake.drop()
    until(lambda: "while deaf" in fake.stored, seconds=15)
    second.reload()
    expect(second.locator("#log")).to_contain_text("while deaf")
    first.wait_for_timeout(500)
    assert fake.stored == ["from the first", "while deaf"]
