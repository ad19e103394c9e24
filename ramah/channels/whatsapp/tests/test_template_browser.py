"""Choosing an approved template in a real browser: in the dialog over the thread with its preview, and without script."""

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.channels.commands import process_waiting
from ramah.channels.whatsapp.templates import sync_templates
from ramah.channels.whatsapp.tests.conftest import text
from ramah.conversations.models import Conversation, Message
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def desk(live_server, connected, provider):
    """Ben's browser, and the address of a conversation in which Dana wrote 25 hours ago."""
    sync_templates(actor=SYSTEM, account=connected, at=clock.now())
    provider.post(provider.hook(text("Where is my order?", ago=25 * 3600)))
    process_waiting(at=clock.now())
    care = make_team("Care")
    connected.inbox.teams.add(care)
    url = reverse("desk_conversation", args=[Conversation.objects.get().public_id])
    return client_of(make_agent(name="Ben", teams=[care])), live_server.url + url


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1280, "dark")])
def test_a_template_is_chosen_over_the_thread_and_previewed_as_it_is_typed(open_page, desk, width, theme):
    ben, url = desk
    seen = open_page(url, client=ben, width=width, theme=theme)
    page = seen.page
    seen.must_be_accessible()

    page.click("#reply a:has-text('Choose an approved template'):visible")
    page.wait_for_selector("#actions[open] :text('order_shipped')")
    seen.must_be_accessible()
    page.click("#actions li:has-text('Hi {{1}}') a")
    page.fill("#value-body-1", "Dana")
    page.wait_for_selector("#template-preview :text('Hi Dana, your order {{2}}')")
    assert page.evaluate("document.activeElement.id") == "value-body-1"
    seen.must_be_accessible()
    page.fill("#value-body-2", "R-1042")
    with page.expect_navigation():
        page.click("#actions button:has-text('Send by WhatsApp')")

    page.wait_for_selector("#lines :text('Hi Dana, your order R-1042 is on its way.')")
    assert Message.objects.filter(author="agent").count() == 1
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()


def test_the_same_goes_without_script(open_page, desk):
    ben, url = desk
    page = open_page(url, client=ben, script=False).page

    page.click("#reply .instead a")
    page.click("li:has-text('Hi {{1}}') a")
    page.fill("#value-body-1", "Dana")
    page.click("button:has-text('Show preview')")
    assert "Hi Dana, your order {{2}}" in page.inner_text("#template-preview")
    page.fill("#value-body-2", "R-1042")
    page.click("button:has-text('Send by WhatsApp')")

    assert page.url == url
    assert "Hi Dana, your order R-1042 is on its way." in page.inner_text("#lines")
