"""What the settings say of a provider: what is to be done there, the addresses to copy, and taking over what posts elsewhere."""

import pytest
from django.core.cache import cache
from django.utils.html import escape

from ramah.accounts.testing import client_of, make_agent, make_team
from ramah.channels.kinds import kind_of, kinds
from ramah.channels.models import ChannelAccount
from ramah.channels.queries import chat_inbox_key
from ramah.channels.simulators.server import Fault
from ramah.channels.simulators.telegram import TelegramSimulator, error
from ramah.channels.tests.typed import CHAT
from ramah.conversations.models import Inbox
from ramah.conversations.testing import make_inbox
from ramah.kernel.models import AuditEntry

LIST = "/desk/settings/inboxes/"
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
ELSEWHERE = "https://other.example/hook"


@pytest.fixture
def browser(db):
    return client_of(make_agent(role="owner", name="Ada"))


def text(answer):
    return answer.content.decode()


@pytest.mark.parametrize("channel", [kind.channel for kind in kinds()])
def test_the_pages_say_step_by_step_what_to_do_and_which_address_to_copy(browser, settings, channel):
    kind = kind_of(channel)
    assert len(kind.steps) >= 3, "a provider without steps of its own"
    inbox = make_inbox("shop", channel=channel, address="+62211")

    new, saved = text(browser.get(f"{LIST}new/{channel}/")), text(browser.get(f"{LIST}{inbox.public_id}/"))

    for page in (new, saved):
        for number, step in enumerate(kind.steps, start=1):
            assert f"<li>{number}. {escape(step)}</li>" in page
    assert "The address for the provider stands here once the inbox is saved." in new
    assert f"/hooks/{channel}/" not in new
    for part in kind.hooks:
        assert f'readonly value="{settings.BASE_URL}/hooks/{channel}/shop{f"/{part}" if part else ""}"' in saved


def test_what_meta_has_to_post_is_named(browser):
    page = text(browser.get(f"{LIST}new/whatsapp/"))
    assert "messages and message_template_status_update" in page
    page = text(browser.get(f"{LIST}new/messenger/"))
    assert "message_deliveries, message_echoes, message_edits, message_reactions, message_reads, messages" in page
    assert "messaging_seen" in text(browser.get(f"{LIST}new/instagram/"))


@pytest.fixture
def telegram(transactional_db):
    """A bot that posts to somebody else."""
    inbox = make_inbox("tg", channel="telegram", address="@tokolaut_bot")
    with TelegramSimulator(token=TOKEN, secret="a-word") as simulator:
        simulator.webhook["url"] = ELSEWHERE
        secrets = {"bot_token": TOKEN, "webhook_secret": "a-word"}
        ChannelAccount.objects.create(inbox=inbox, credentials=secrets, settings={"api_url": simulator.api_url})
        simulator.page = f"{LIST}{inbox.public_id}/"
        yield simulator


def test_a_bot_that_posts_elsewhere_is_taken_over_by_a_button(telegram, browser, settings):
    page = text(browser.post(f"{telegram.page}test/"))
    assert f"Telegram posts to another address: {ELSEWHERE}" in page
    assert f'action="{telegram.page}connect/"' in page
    assert telegram.webhook["url"] == ELSEWHERE

    page = text(browser.post(f"{telegram.page}connect/", follow=True))

    assert telegram.webhook["url"] == f"{settings.BASE_URL}/hooks/telegram/tg"
    assert "It posts here now." in page
    assert f"{telegram.page}connect/" not in page
    assert ChannelAccount.objects.get().state == "ok"
    entry = AuditEntry.objects.get(action="telegram.connect")
    assert (entry.subject, entry.detail) == (f"inbox:{Inbox.objects.get().pk}", {"bot": "tokolaut_bot"})


def test_nobody_else_takes_a_bot_over(telegram, browser):
    ben = client_of(make_agent(name="Ben"))
    whatsapp = make_inbox("wa", channel="whatsapp", address="+6281")
    ChannelAccount.objects.create(inbox=whatsapp)

    assert ben.post(f"{telegram.page}connect/").status_code == 403
    assert browser.get(f"{telegram.page}connect/").status_code == 405
    assert browser.post(f"{LIST}{whatsapp.public_id}/connect/").status_code == 404
    assert browser.post(f"{LIST}nothing/connect/").status_code == 404
    assert telegram.webhook["url"] == ELSEWHERE
    assert not AuditEntry.objects.filter(action="telegram.connect").exists()


def test_what_telegram_refuses_is_said_and_changes_nothing(telegram, browser):
    telegram.faults.append(Fault(reply=error(400, "Bad Request: bad webhook"), path="/setWebhook"))

    page = text(browser.post(f"{telegram.page}connect/", follow=True))

    assert "bad webhook" in page
    assert telegram.webhook["url"] == ELSEWHERE
    assert not AuditEntry.objects.filter(action="telegram.connect").exists()


@pytest.mark.django_db(transaction=True)
def test_pages_of_the_shop_know_at_once_when_an_inbox_changes(browser):
    cache.clear()
    assert chat_inbox_key() == ""
    assert browser.post(f"{LIST}new/chat/", CHAT).status_code == 302
    assert chat_inbox_key() == "chat"
    page = f"{LIST}{Inbox.objects.get().public_id}/"

    browser.post(page, {**CHAT, "key": "talk"})
    assert chat_inbox_key() == "talk"
    browser.post(page, {**CHAT, "key": "talk", "is_active": ""})
    assert chat_inbox_key() == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [{"chat-offline_en": "Later"}, {"teams": "team"}, {"language": "uk"}])
def test_the_widget_is_told_anew_when_texts_or_teams_change(browser, change, client):
    cache.clear()
    team = make_team()
    assert browser.post(f"{LIST}new/chat/", CHAT).status_code == 302
    inbox = Inbox.objects.get()
    cache.set(f"chat.state:{inbox.pk}:en", {"offline": "stale"}, 60)

    given = {name: str(team.pk) if value == "team" else value for name, value in change.items()}
    assert browser.post(f"{LIST}{inbox.public_id}/", {**CHAT, **given}).status_code == 302

    assert cache.get(f"chat.state:{inbox.pk}:en") is None
