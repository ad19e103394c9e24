"""Inboxes of live chat in the settings: the widget, the sites that may show it, the secret of other sites."""

import pytest

from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.channels.models import ChatSettings
from ramah.channels.origins import NotAnOrigin, read_origin
from ramah.channels.tests.typed import CHAT
from ramah.conversations.models import Inbox
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = "/desk/settings/inboxes/"


@pytest.fixture
def browser():
    return client_of(make_agent(role="owner", name="Ada"))


@pytest.fixture
def chat(browser):
    assert browser.post(f"{LIST}new/chat/", CHAT).status_code == 302
    return Inbox.objects.get(channel="chat")


def page_of(inbox, part=""):
    return f"{LIST}{inbox.public_id}/{part}"


def text(answer):
    return answer.content.decode()


def test_the_widget_is_set_up_with_its_texts(browser):
    team = make_team()
    given = {
        **CHAT,
        "teams": [str(team.pk)],
        "chat-origins": "https://Blog.example/\nhttp://localhost:3000\nhttps://blog.example",
        "chat-greeting_en": "Hello",
        "chat-replies_en": " Where is my order?  \n\nSizes",
        "chat-offline_uk": "Ми відповімо зранку",
        "chat-skill": "returns",
        "chat-is_anonymous": "on",
    }

    assert browser.post(f"{LIST}new/chat/", given).status_code == 302

    inbox = Inbox.objects.get()
    assert (inbox.channel, inbox.address, list(inbox.teams.all())) == ("chat", "chat:chat", [team])
    told = ChatSettings.objects.get(inbox=inbox)
    assert told.origins == ["https://blog.example", "http://localhost:3000"]
    assert (told.greetings, told.offline_texts) == ({"en": "Hello"}, {"uk": "Ми відповімо зранку"})
    assert told.quick_replies == {"en": ["Where is my order?", "Sizes"]}
    assert (told.skill, told.is_anonymous, told.is_live, told.identity_secret) == ("returns", True, True, None)
    page = text(browser.get(page_of(inbox)))
    assert "/chat/widget.js&quot; data-inbox=&quot;chat&quot; async" in page
    assert "Where is my order?\nSizes" in page
    again = browser.get(page_of(inbox)).context["own_form"].initial
    assert again["origins"] == "https://blog.example\nhttp://localhost:3000"


@pytest.mark.parametrize(
    "wrong",
    [
        {"chat-origins": "https://blog.example/path"},
        {"chat-origins": "https://a.example; script-src *"},
        {"chat-origins": "\n".join(f"https://s{number}.example" for number in range(21))},
        {"chat-offer_seconds": "1"},
        {"chat-wait_seconds": "99999"},
        {"chat-forget_days": "0"},
        {"chat-replies_en": "\n".join("abcdefg")},
        {"chat-replies_uk": "x" * 81},
        {"chat-skill": "x" * 41},
    ],
)
def test_what_no_widget_may_have_is_refused(browser, wrong):
    refused = browser.post(f"{LIST}new/chat/", {**CHAT, **wrong})

    assert refused.status_code == 422
    assert not Inbox.objects.exists()


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example:443/ ", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("https://магазин.example", "https://xn--80aaas0a1ae.example"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(typed, origin):
    assert read_origin(typed).startswith("https://xn--") if "xn--" in origin else read_origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "shop.example",
        "*",
        "null",
        "https://",
        "https://*.shop.example",
        "http://shop.example",
        "https://shop.example/a",
        "https://shop.example?x",
        "https://shop.example#",
        "https://u:p@shop.example",
        "https://shop.example:99999",
        "https://shop.example:",
        "https://shop.example https://b.example",
        "https://shop.example;frame-src",
        "https://sh\top.example",
        "javascript:alert(1)",
        "https://-a.example",
        "https://" + "a" * 300,
        "https://[::g]",
        "https://a..b",
    ],
)
def test_what_is_no_origin_is_refused(typed):
    with pytest.raises(NotAnOrigin):
        read_origin(typed)


def test_the_identity_secret_is_shown_once_and_can_be_replaced_and_removed(chat, browser):
    made = browser.post(page_of(chat, "identity-secret/"))
    secret = ChatSettings.objects.get().identity_secret

    assert made["Cache-Control"] == "no-store"
    assert text(made).count(secret) == 1
    assert secret not in text(browser.get(page_of(chat)))
    browser.post(page_of(chat), CHAT)
    assert ChatSettings.objects.get().identity_secret == secret
    browser.post(page_of(chat, "identity-secret/"))
    assert ChatSettings.objects.get().identity_secret not in (secret, None, "")
    browser.post(page_of(chat, "identity-secret/"), {"drop": "1"})
    assert ChatSettings.objects.get().identity_secret is None
    told = str([(entry.action, entry.detail) for entry in AuditEntry.objects.all()])
    assert told.count("inbox.identity_secret'") == 2
    assert secret not in told
