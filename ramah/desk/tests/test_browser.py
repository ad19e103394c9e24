"""The desk in a real browser: work by keyboard, nothing typed is lost, nothing is sent blind, and axe finds nothing."""

import re

import pytest
from django.urls import reverse

from ramah.conversations.models import Message, MessageDelivery
from ramah.conversations.testing import make_attachment, make_message
from ramah.desk.models import Draft
from ramah.kernel import clock
from ramah.promises.models import Promise

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


@pytest.fixture
def conversation(transactional_db, cast):
    conversation = cast.conversation(subject="Where is it?", text="It should be here.", assignee=cast.ben)
    other = cast.conversation(customer=cast.eli, subject="Сорочка замала, чи можна обміняти на M?", assignee=cast.ben)
    for row in (conversation, other):
        Promise.objects.create(
            kind="first_reply",
            customer=row.customer,
            subject=f"conversation:{row.pk}",
            minutes=60,
            started_at=clock.now(),
            due_at=clock.now().replace(year=2090),
            warn_at=clock.now().replace(year=2089),
            created_at=clock.now(),
        )
    reply = make_message(conversation, "On its way.", agent=cast.ben)
    make_attachment(reply, "label.gif", GIF, "image/gif")
    failed = make_message(conversation, "Again.", agent=cast.ben)
    MessageDelivery.objects.filter(message=failed).update(state="failed", error="550 no such user")
    make_message(conversation, "A regular.", agent=cast.cleo, kind="note")
    make_message(
        conversation, "Thanks!", full_text="Thanks!\n> On its way.", html="<p>Thanks</p>", cc=["eli@mail.example"]
    )
    return conversation


def quiet(seen):
    # The test server has no sockets; that the page does without is the point.
    return [line for line in seen.complaints if "WebSocket" not in line and "socket/" not in line]


def url_of(live_server, conversation):
    return live_server.url + reverse("desk_conversation", args=[conversation.public_id])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_list_and_conversation_are_accessible(open_page, live_server, cast, conversation, width, theme):
    client = cast.browser(cast.ben)
    for url in (live_server.url + reverse("desk"), url_of(live_server, conversation)):
        seen = open_page(url, width=width, theme=theme, language="uk", client=client)
        seen.page.wait_for_load_state("networkidle")
        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
        assert quiet(seen) == []


@pytest.mark.parametrize("width", [1440, 390])
def test_settings_are_accessible(open_page, live_server, cast, width):
    client = cast.browser(cast.ada)
    for name in ("desk_settings", "desk_new_policy", "desk_outbox", "desk_failures", "desk_search", "channels-intake"):
        seen = open_page(live_server.url + reverse(name), width=width, client=client)
        seen.must_be_accessible()
        seen.must_not_scroll_sideways()


def test_working_by_keyboard(open_page, live_server, cast, conversation):
    seen = open_page(live_server.url + reverse("desk"), client=cast.browser(cast.ben))
    page = seen.page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#reply-text")
    assert reverse("desk_conversation", args=["x"])[:-2] in page.url
    assert page.locator("a.conv[aria-current]").count() == 1

    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "reply-text"
    assert page.locator("[name=kind]:checked").get_attribute("value") == "note"
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    assert page.locator("[name=kind]:checked").get_attribute("value") == "reply"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.wait_for_url("**/desk/search/")
    assert quiet(seen) == []


def test_a_reply_goes_without_leaving_the_page(open_page, live_server, cast, conversation):
    seen = open_page(url_of(live_server, conversation), client=cast.browser(cast.ben))
    page = seen.page
    page.fill("#reply-text", "It comes tomorrow.")
    page.keyboard.press("Control+Enter")

    page.wait_for_selector("#lines .msg:last-of-type:has-text('It comes tomorrow.')")
    assert page.input_value("#reply-text") == ""
    assert page.locator("#lines .msg", has_text="It comes tomorrow.").count() == 1
    assert Message.objects.filter(text="It comes tomorrow.").count() == 1
    assert quiet(seen) == []


def test_what_is_new_is_shown_first_and_the_text_is_kept(open_page, live_server, cast, conversation):
    seen = open_page(url_of(live_server, conversation), client=cast.browser(cast.ben))
    page = seen.page
    page.set_input_files("[name=uploads]", {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"left"})
    page.fill("#reply-text", "Sorry, it is lost.")
    make_message(conversation, "Never mind, it came!")

    page.click("button:has-text('Send by e-mail')")

    page.wait_for_selector("#lines [data-fresh]:has-text('Never mind, it came!')")
    assert page.input_value("#reply-text") == "Sorry, it is lost."
    assert page.locator("#lines [data-fresh]").count() == 1
    assert not Message.objects.filter(text="Sorry, it is lost.").exists()
    page.click("button:has-text('Send by e-mail')")
    page.wait_for_selector("#lines .msg:last-of-type:has-text('plan.txt')")
    assert Message.objects.get(text="Sorry, it is lost.").attachments.get().filename == "plan.txt"


def test_a_draft_outlives_the_page(open_page, live_server, cast, conversation):
    client = cast.browser(cast.ben)
    seen = open_page(url_of(live_server, conversation), client=client)
    seen.page.fill("#reply-text", "Dear Dana, it com")
    seen.page.wait_for_selector(".saved:has-text('Draft saved')")
    assert Draft.objects.get().text == "Dear Dana, it com"

    again = open_page(url_of(live_server, conversation), client=client)

    assert again.page.input_value("#reply-text") == "Dear Dana, it com"


def test_resolving_can_be_taken_back(open_page, live_server, cast, conversation):
    seen = open_page(url_of(live_server, conversation), client=cast.browser(cast.ben))
    page = seen.page
    page.fill("#reply-text", "Half a sentence")
    page.click("#head button:has-text('Resolve')")
    page.click(".toast button:has-text('Undo')")
    page.wait_for_selector("#head button:has-text('Resolve')")

    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert page.input_value("#reply-text") == "Half a sentence"
    assert page.locator("#lines .act", has_text="resolved it").count() == 1


def test_a_colleague_is_offered_after_an_at_sign(open_page, live_server, cast, conversation):
    seen = open_page(url_of(live_server, conversation), client=cast.browser(cast.ben))
    page = seen.page
    page.keyboard.press("n")
    page.locator("#reply-text").press_sequentially("Look @A")
    page.wait_for_selector("#mentions:popover-open >> text=Ada")
    page.keyboard.press("Enter")

    assert page.input_value("#reply-text") == "Look @Ada "


def test_more_actions_open_in_place(open_page, live_server, cast, conversation):
    seen = open_page(url_of(live_server, conversation), client=cast.browser(cast.ben))
    page = seen.page
    page.click("[aria-label='More actions']")
    page.wait_for_selector("#actions[open] select[name=agent]")
    seen.must_be_accessible()
    page.fill("#actions [name=tags]", "strike")
    page.click("#actions button:has-text('Set tags')")
    page.wait_for_selector("#head .pill:has-text('strike')")
    assert not page.locator("#actions").is_visible()
    assert quiet(seen) == []


def test_everything_works_without_javascript(open_page, live_server, cast, conversation):
    seen = open_page(url_of(live_server, conversation), client=cast.browser(cast.ben), script=False)
    page = seen.page
    page.fill("#reply-text", "By hand.")
    page.click("button:has-text('Send by e-mail')")
    page.wait_for_selector("#lines >> text=By hand.")
    page.click("#head button:has-text('Resolve')")
    page.wait_for_selector("#head >> text=Open again")
    page.click("text=Open the list")
    page.wait_for_url(re.compile(r"/desk/mine/"))


def test_on_a_phone_one_pane_at_a_time(open_page, live_server, cast, conversation):
    seen = open_page(live_server.url + reverse("desk"), width=390, client=cast.browser(cast.ben))
    page = seen.page
    assert page.locator("[data-kind=list]").is_visible()
    page.click("a.conv >> nth=0")
    page.wait_for_selector("#reply-text")
    assert not page.locator("[data-kind=list]").is_visible()
    page.click(".dock [data-pane-link=panels]")
    assert page.locator("#panels").is_visible()
    seen.must_not_scroll_sideways()
