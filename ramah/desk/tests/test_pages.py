"""Every page of the desk opens: whole, as a part for htmx, with what it should show."""

import pytest
from django.urls import reverse

from ramah.conversations.testing import make_message

HTMX = {"HX-Request": "true"}


def test_the_list_shows_who_waits(cast):
    conversation = cast.conversation(assignee=cast.ben, subject="Paket belum sampai")
    browser = cast.browser(cast.ben)

    page = browser.get(reverse("desk"))

    assert page.status_code == 200
    text = page.content.decode()
    assert "Paket belum sampai" in text
    assert "Dana" in text
    assert reverse("desk_conversation", args=[conversation.public_id]) in text


def test_the_desk_opens_the_list_that_was_used_last(cast):
    cast.conversation(subject="Nobody has it")
    browser = cast.browser(cast.ben)
    assert "Nobody has it" not in browser.get(reverse("desk")).content.decode()

    browser.get(reverse("desk_view", args=["unassigned"]))

    assert "Nobody has it" in browser.get(reverse("desk")).content.decode()


def test_htmx_gets_the_list_alone(cast):
    cast.conversation(assignee=cast.ben, subject="Paket belum sampai")

    part = cast.browser(cast.ben).get(reverse("desk_view", args=["mine"]), headers=HTMX).content.decode()

    assert "Paket belum sampai" in part
    assert "<html" not in part


@pytest.mark.parametrize(
    "key", ["mine", "unassigned", "mentions", "open", "pending", "snoozed", "resolved", "spam", "risk", "late", "today"]
)
def test_every_list_opens(cast, key):
    assert cast.browser(cast.ben).get(reverse("desk_view", args=[key])).status_code == 200


def test_a_conversation_shows_its_thread_and_a_way_back_to_the_list(cast):
    conversation = cast.conversation(subject="Where is it?", text="It should be here.")
    make_message(conversation, "It is on its way.", agent=cast.ben)
    make_message(conversation, "Careful, a regular.", agent=cast.cleo, kind="note")

    text = cast.browser(cast.ben).get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()

    assert "It should be here." in text
    assert "It is on its way." in text
    assert "Careful, a regular." in text
    assert reverse("desk_view", args=["mine"]) in text
    assert reverse("desk_reply", args=[conversation.public_id]) in text


def test_htmx_gets_the_thread_and_the_panels_alone(cast):
    conversation = cast.conversation()

    part = (
        cast.browser(cast.ben)
        .get(reverse("desk_conversation", args=[conversation.public_id]), headers=HTMX)
        .content.decode()
    )

    assert "<html" not in part
    assert 'id="lines"' in part
    assert 'id="panels" hx-swap-oob="true"' in part


@pytest.mark.parametrize(
    "name",
    ["desk_search", "desk_settings", "desk_policies", "desk_new_policy", "desk_outbox", "desk_failures", "desk_nav"],
)
def test_every_page_opens_for_the_owner(cast, name):
    assert cast.browser(cast.ada).get(reverse(name)).status_code == 200
