"""Who may see what: a closed door leaves no trace of what is behind it, and nothing there changes."""

import re

import pytest
from django.urls import reverse

from ramah.conversations.models import Conversation
from ramah.conversations.testing import make_attachment, make_message
from ramah.desk.pages import LIST_COOKIE

SECRETS = ("Dana", "dana@mail.example", "Very private subject", "Secret words", "secret.txt")


@pytest.fixture
def conversation(cast):
    conversation = cast.conversation(subject="Very private subject", text="Secret words", assignee=cast.ben)
    message = make_message(conversation, "Answer", agent=cast.ben)
    cast.message = message
    cast.attachment = make_attachment(message, "secret.txt", b"Secret words", "text/plain")
    cast.delivery = message.delivery
    return conversation


def doors(cast, conversation):
    key = conversation.public_id
    return [
        ("get", reverse("desk_conversation", args=[key])),
        ("get", reverse("desk_lines", args=[key]) + "?after=0"),
        ("get", reverse("desk_actions", args=[key])),
        ("get", reverse("desk_colleagues", args=[key])),
        ("get", reverse("desk_html", args=[cast.message.public_id])),
        ("get", reverse("desk_text", args=[cast.message.public_id])),
        ("get", reverse("desk_attachment", args=[cast.attachment.public_id])),
        ("post", reverse("desk_seen", args=[key])),
        ("post", reverse("desk_reply", args=[key])),
        ("post", reverse("desk_take", args=[key])),
        ("post", reverse("desk_assign", args=[key])),
        ("post", reverse("desk_team", args=[key])),
        ("post", reverse("desk_status", args=[key])),
        ("post", reverse("desk_snooze", args=[key])),
        ("post", reverse("desk_priority", args=[key])),
        ("post", reverse("desk_tags", args=[key])),
        ("post", reverse("desk_retry", args=[cast.delivery.public_id])),
    ]


@pytest.mark.parametrize("who", ["cleo", "chris"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_an_agent_of_another_team_finds_nothing(cast, conversation, who, headers):
    browser = cast.browser(getattr(cast, who))
    form = {"text": "Hi", "kind": "reply", "status": "resolved", "priority": 4, "tags": "x", "length": "hour"}
    for method, url in doors(cast, conversation):
        answer = getattr(browser, method)(url, form if method == "post" else None, headers=headers)

        assert answer.status_code == 404, url
        body = answer.content.decode()
        assert not [secret for secret in SECRETS if secret in body], url
    conversation.refresh_from_db()
    assert (conversation.status, conversation.assignee, conversation.priority) == ("open", cast.ben, 2)
    assert conversation.messages.count() == 2
    assert conversation.is_unread


def test_a_conversation_that_is_not_there_looks_the_same(cast, conversation):
    browser = cast.browser(cast.cleo)
    hidden = browser.get(reverse("desk_conversation", args=[conversation.public_id]))
    missing = browser.get(reverse("desk_conversation", args=["0" * 26]))

    assert hidden.status_code == missing.status_code == 404
    shown = [
        re.sub(r'csrfmiddlewaretoken" value="\w+|X-CSRFToken": "\w+', "", page.content.decode())
        for page in (hidden, missing)
    ]
    assert shown[0].replace(conversation.public_id, "0" * 26) == shown[1]


@pytest.mark.parametrize("key", ["open", "unassigned", "mine", "resolved", "risk", "late", "today"])
def test_lists_and_search_show_only_what_the_door_opens(cast, conversation, key):
    Conversation.objects.filter(pk=conversation.pk).update(assignee=None)
    browser = cast.browser(cast.cleo)
    pages = [
        browser.get(reverse("desk_view", args=[key])),
        browser.get(reverse("desk_search"), {"q": conversation.reference}),
        browser.get(reverse("desk_search"), {"q": "dana@mail.example"}),
        browser.get(reverse("desk_search"), {"q": "Dan"}),
    ]

    for page in pages:
        assert page.status_code == 200
        assert "Very private subject" not in page.content.decode()
        assert conversation.public_id not in page.content.decode()


def test_the_list_of_another_team_is_not_there(cast, conversation):
    browser = cast.browser(cast.cleo)
    browser.cookies[LIST_COOKIE] = f"team:{cast.care.public_id}"

    assert browser.get(reverse("desk_team_list", args=[cast.care.public_id])).status_code == 404
    assert browser.get(reverse("desk")).status_code == 200


def test_bulk_passes_over_what_one_may_not_see(cast, conversation):
    own = cast.conversation(inbox=cast.other_inbox, customer=cast.eli)

    cast.browser(cast.cleo).post(
        reverse("desk_bulk"), {"do": "resolve", "c": [conversation.public_id, own.public_id, "nonsense"]}
    )

    conversation.refresh_from_db()
    own.refresh_from_db()
    assert (conversation.status, own.status) == ("open", "resolved")


def test_strangers_are_sent_to_the_log_in(cast, conversation, client):
    for _method, url in doors(cast, conversation):
        answer = client.get(url)
        assert answer.status_code in (302, 405), url
        assert "Very private subject" not in answer.content.decode()


def test_a_contractor_sees_masked_addresses(cast):
    conversation = cast.conversation(inbox=cast.other_inbox, assignee=cast.chris)
    make_message(conversation, "And my brother.", cc=["eli@mail.example"], author_name="dana@mail.example")
    browser = cast.browser(cast.chris)

    page = browser.get(reverse("desk_conversation", args=[conversation.public_id])).content.decode()

    assert "dana@mail.example" not in page
    assert "eli@mail.example" not in page
    assert "d•••@mail.example" in page


def test_the_panel_of_conversations_shows_what_the_door_opens(cast, conversation):
    cast.conversation(inbox=cast.other_inbox, subject="About a return")
    url = reverse("desk_conversations_panel", args=[cast.dana.public_id])

    text = cast.browser(cast.cleo).get(url).content.decode()

    assert "About a return" in text
    assert "Very private subject" not in text


@pytest.mark.parametrize("name", ["desk_policies", "desk_new_policy", "desk_failures"])
def test_settings_of_leads_are_closed_to_agents(cast, name):
    assert cast.browser(cast.ben).get(reverse(name)).status_code == 403


def test_the_outbox_is_closed_to_contractors(cast):
    assert cast.browser(cast.chris).get(reverse("desk_outbox")).status_code == 403


HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"


def test_nothing_that_others_wrote_becomes_markup(cast):
    cast.dana.name = HOSTILE
    cast.dana.save()
    conversation = cast.conversation(subject=HOSTILE, text=HOSTILE, assignee=cast.ben)
    make_message(conversation, 'see https://x.example/"onmouseover=alert(1) and more', author_name=HOSTILE)
    make_attachment(conversation.messages.first(), 'a"><b>.txt', b"x", "text/plain")
    browser = cast.browser(cast.ben)
    browser.post(reverse("desk_tags", args=[conversation.public_id]), {"tags": "<b>tag</b>"})

    pages = [
        browser.get(reverse("desk_view", args=["mine"])),
        browser.get(reverse("desk_conversation", args=[conversation.public_id])),
        browser.get(reverse("desk_actions", args=[conversation.public_id])),
        browser.get(reverse("desk_search"), {"q": HOSTILE}),
        browser.get(reverse("desk_view", args=["mine"]), {"tag": HOSTILE, "inbox": HOSTILE}),
    ]
    for page in pages:
        text = page.content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>tag" not in text
        assert '"onmouseover' not in text
    assert "&lt;script&gt;" in pages[1].content.decode()


@pytest.mark.parametrize(
    ("filename", "content", "claimed", "shown"),
    [
        ("a.html", b"<html><script>alert(1)</script></html>", "text/html", "application/octet-stream"),
        (
            "a.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            "image/svg+xml",
            "application/octet-stream",
        ),
        ("a.png", b"<html><script>alert(1)</script></html>", "image/png", "application/octet-stream"),
        ("a.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "image/gif", "image/gif"),
    ],
)
def test_files_cannot_act(cast, filename, content, claimed, shown):
    conversation = cast.conversation(assignee=cast.ben)
    row = make_attachment(conversation.messages.get(), filename, content, claimed)

    answer = cast.browser(cast.ben).get(reverse("desk_attachment", args=[row.public_id]))

    assert answer["Content-Type"] == shown
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("inline" if shown.startswith("image/") else "attachment")
    assert b"".join(answer.streaming_content) == content


def test_a_picture_can_be_downloaded_and_a_name_cannot_split_the_header(cast):
    conversation = cast.conversation(assignee=cast.ben)
    row = make_attachment(
        conversation.messages.get(), 'x"\r\nSet-Cookie: a=b.gif', b"GIF89a\x01\x00\x01\x00", "image/gif"
    )

    answer = cast.browser(cast.ben).get(reverse("desk_attachment", args=[row.public_id]), {"download": "1"})

    assert answer["Content-Disposition"].startswith("attachment")
    assert "\n" not in answer["Content-Disposition"]
    assert "a" not in answer.cookies


def test_a_mail_as_it_came_is_cleaned_and_framed(cast):
    conversation = cast.conversation(assignee=cast.ben, text="")
    html = (
        '<p onclick="x()">Hello</p><script>alert(1)</script><img src="https://spy.example/p.gif"><img src="cid:logo">'
    )
    message = make_message(conversation, "Hello", html=html)
    row = make_attachment(message, "logo.gif", b"GIF89a\x01\x00\x01\x00", "image/gif")
    row.content_id = "<logo>"
    row.save()
    browser = cast.browser(cast.ben)
    url = reverse("desk_html", args=[message.public_id])

    closed, opened = browser.get(url), browser.get(url, {"images": "1"})

    text = closed.content.decode()
    assert "Hello" in text
    assert "<script" not in text
    assert "onclick" not in text
    assert ' src="https://spy.example' not in text
    assert reverse("desk_attachment", args=[row.public_id]) in text
    assert "img-src 'self' data:;" in closed["Content-Security-Policy"]
    assert "script-src" not in closed["Content-Security-Policy"]
    assert "sandbox" in closed["Content-Security-Policy"]
    assert ' src="https://spy.example' in opened.content.decode()
    assert "https:" in opened["Content-Security-Policy"]


def test_a_very_long_text_stands_on_a_page_of_its_own(cast):
    conversation = cast.conversation(assignee=cast.ben, text="")
    message = make_message(conversation, "word " * 10_000, full_text="word " * 11_000)
    browser = cast.browser(cast.ben)

    page = browser.get(reverse("desk_conversation", args=[conversation.public_id]))
    whole = browser.get(reverse("desk_text", args=[message.public_id]))

    assert len(page.content) < 60_000
    assert reverse("desk_text", args=[message.public_id]) in page.content.decode()
    assert whole["Content-Type"] == "text/plain; charset=utf-8"
    assert len(whole.content) == 55_000
