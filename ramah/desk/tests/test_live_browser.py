"""Live conversations at the desk in a real browser: offers, the thread of a chat, and nothing typed is lost. Without sockets:
the page then asks by itself; with them it is `tests/browser/test_chat_two_sides.py`."""

import json

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from ramah.conversations.models import Message
from ramah.conversations.testing import make_message
from ramah.desk.commands import queueing
from ramah.desk.models import Presence, Waiting
from ramah.desk.queries import LiveSight, register_live_source
from ramah.desk.queries import live as live_sources
from ramah.desk.tests.test_browser import quiet, url_of
from ramah.kernel import clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chat(transactional_db, chats, cast, monkeypatch):
    """A chat that Ben holds, with its visitor there."""
    conversation = chats.chat(assignee=cast.ben)
    seen = LiveSight(True, "https://shop.example/p/sarong", "Sarong, indigo", clock.now())
    monkeypatch.setattr(live_sources, "_sources", {})
    register_live_source("chat", {conversation.pk: seen}.get)
    return conversation


@pytest.fixture
def offered(chat, chats, cast):
    """Another that is offered to him."""
    chats.present(cast.ben)
    conversation = chats.waiting("Eli Marsh", text="Is it possible to change the size?")
    queueing.offer_waiting(at=clock.now())
    return conversation


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1100, 390])
def test_a_chat_and_an_offer_are_accessible(open_page, live_server, cast, chat, offered, width, theme):
    for url in (url_of(live_server, chat), live_server.url + reverse("desk_waiting")):
        seen = open_page(url, width=width, theme=theme, client=cast.browser(cast.ben))
        seen.page.wait_for_selector("#offers .offer")
        seen.page.wait_for_load_state("networkidle")
        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
        assert quiet(seen) == []


def test_an_offer_is_taken_by_keyboard_and_the_cursor_is_in_the_answer(open_page, live_server, cast, chat, offered):
    seen = open_page(live_server.url + reverse("desk"), client=cast.browser(cast.ben))
    page = seen.page
    page.wait_for_selector("#offers .offer:has-text('Eli Marsh')")
    page.keyboard.press("t")
    page.wait_for_selector(f"#thread[data-conversation='{offered.public_id}']")
    expect(page.locator("#reply-text")).to_be_focused()
    page.wait_for_selector("#offers:not(:has(.offer))", state="attached")
    page.wait_for_selector(f"#own-chats [data-chat='{offered.public_id}'][aria-current]", state="attached")

    assert page.url == url_of(live_server, offered)
    assert Waiting.objects.get().agent == cast.ben
    assert quiet(seen) == []


def test_an_offer_does_not_take_the_cursor_from_who_writes(open_page, live_server, cast, chat, chats):
    seen = open_page(url_of(live_server, chat), client=cast.browser(cast.ben))
    page = seen.page
    page.wait_for_load_state("networkidle")  # what the page fetches after it has come replaces the button
    page.click("#presence-button")
    page.click("#presence-menu [value=online]")
    page.wait_for_selector("#presence-button [data-presence=online]")
    assert Presence.objects.get().agent == cast.ben
    page.locator("#reply-text").press_sequentially("Half a ")
    chats.waiting("Eli Marsh")
    queueing.offer_waiting(at=clock.now())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#offers .offer")
    page.keyboard.type("sentence, p and t in it")

    assert page.evaluate("document.activeElement.id") == "reply-text"
    assert page.input_value("#reply-text") == "Half a sentence, p and t in it"
    assert Waiting.objects.get().state == "offered"
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.wait_for_selector("#offers:not(:has(.offer))", state="attached")
    assert Waiting.objects.get().passed_by == [cast.ben.pk]


def test_enter_sends_in_a_chat_and_what_is_typed_meanwhile_stays(open_page, live_server, cast, chat):
    seen = open_page(url_of(live_server, chat), client=cast.browser(cast.ben))
    page = seen.page
    page.locator("#reply-text").press_sequentially("One")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("line more")
    page.keyboard.press("Enter")
    page.keyboard.type("And the next")
    page.wait_for_selector("#lines .msg:last-of-type:has-text('line more')")
    expect(page.locator("#reply-text")).to_have_value("And the next")
    page.keyboard.press("Enter")
    page.wait_for_selector("#lines .msg:last-of-type:has-text('And the next')")

    said = Message.objects.filter(author="agent").order_by("id")
    assert list(said.values_list("text", flat=True)) == ["One\nline more", "And the next"]
    assert page.evaluate("document.activeElement.id") == "reply-text"
    assert quiet(seen) == []


def test_enter_is_a_new_line_where_this_browser_was_told_so_and_in_notes(open_page, live_server, cast, chat):
    seen = open_page(url_of(live_server, chat), client=cast.browser(cast.ben))
    page = seen.page
    page.keyboard.press("n")
    page.keyboard.type("A note")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.click("[popovertarget=send-more]")
    page.uncheck("[data-enter-sends]")
    page.keyboard.press("Escape")
    page.reload()
    page.locator("#reply-text").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("x")

    assert "\nx" in page.input_value("#reply-text")
    assert not Message.objects.filter(author="agent").exists()


def test_a_chat_shows_at_once_what_is_new_and_that_somebody_types(open_page, live_server, cast, chat):
    seen = open_page(url_of(live_server, chat), client=cast.browser(cast.ben))
    page = seen.page
    line = make_message(chat, "Are you there?")
    nudge = "detail => document.dispatchEvent(new CustomEvent('ramah:nudge', {detail}))"
    page.evaluate(nudge, {"conversation": chat.public_id, "line": line.pk})
    page.wait_for_selector("#lines .msg:has-text('Are you there?')", timeout=3000)

    Message.objects.filter(pk=line.pk).update(text="Are you here?", edited_at=clock.now())
    page.evaluate(nudge, {"conversation": chat.public_id, "line": line.pk})
    page.wait_for_selector("#lines .msg:has-text('Are you here?')", timeout=3000)
    assert page.locator(f"#m{line.pk}").count() == 1
    assert quiet(seen) == []


def test_it_goes_without_javascript(open_page, live_server, cast, chat, offered):
    Presence.objects.all().delete()
    seen = open_page(live_server.url + reverse("desk"), client=cast.browser(cast.ben), script=False)
    page = seen.page
    page.click("nav >> text=Waiting")
    page.click("main button:has-text('Online')")
    page.wait_for_selector("main button[aria-current]:has-text('Online')")
    page.click("main li:has-text('Eli Marsh') button:has-text('Take')")
    page.wait_for_selector("#reply-text")

    assert Presence.objects.get(agent=cast.ben).chosen == "online"
    assert Waiting.objects.get().agent == cast.ben


def test_the_thread_of_a_call_that_was_taken_opens_unless_something_is_being_written(
    open_page, live_server, cast, chat, offered
):
    seen = open_page(url_of(live_server, chat), client=cast.browser(cast.ben))
    page, sockets = seen.page, []
    page.route_web_socket("**/desk/socket/", lambda socket: sockets.append(socket))
    page.reload()
    page.wait_for_load_state("networkidle")
    page.locator("#reply-text").press_sequentially("Half a sentence")

    taken = json.dumps({"conversation": offered.public_id, "call": "in_progress"})
    sockets[-1].send(taken)
    sockets[-1].send(json.dumps([{"presence": "online"}]))
    page.wait_for_load_state("networkidle")
    assert page.url == url_of(live_server, chat)
    page.fill("#reply-text", "")
    sockets[-1].send(taken)

    page.wait_for_url(url_of(live_server, offered))
