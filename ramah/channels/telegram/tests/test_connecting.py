"""Setting an account up: which bot it is, where Telegram posts, what is wrong."""

import pytest

from ramah.channels.kinds import kind_of
from ramah.channels.models import ChannelAccount
from ramah.channels.simulators.server import Fault, Reply
from ramah.channels.simulators.telegram import error, result
from ramah.channels.telegram import api
from ramah.channels.telegram.connecting import connect, hook_url
from ramah.channels.telegram.tests.conftest import SECRETS, TOKEN
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry
from ramah.kernel.providers.contract import Refused

pytestmark = pytest.mark.django_db(transaction=True)


def check(account):
    return [(str(one.part), one.reason) for one in kind_of("telegram").check(account)]


def test_testing_the_connection_names_the_bot_and_lets_telegram_post_here(connected, provider):
    assert check(connected) == [("Bot: Toko Laut (@tokolaut_bot)", ""), ("Webhook", "")]

    assert provider.webhook["url"] == hook_url(connected)
    assert provider.webhook["url"].endswith("/hooks/telegram/tg")
    assert provider.secret == SECRETS["webhook_secret"]
    assert "message_reaction" in provider.webhook["allowed_updates"]
    assert ChannelAccount.objects.get().settings["bot_username"] == "tokolaut_bot"


def test_testing_again_changes_nothing(connected, provider):
    check(connected)
    before = len([asked for asked in provider.asked if asked.path.endswith("/setWebhook")])

    assert check(connected)[1] == ("Webhook", "")
    assert len([asked for asked in provider.asked if asked.path.endswith("/setWebhook")]) == before == 1


def test_an_address_elsewhere_is_left_alone_until_somebody_connects(connected, provider):
    provider.webhook["url"] = "https://other.example/hook?secret=of-theirs"
    assert check(connected)[1] == ("Webhook", "Telegram posts to another address: https://other.example/hook")

    bot = connect(actor=SYSTEM, account=connected, at=clock.now())

    assert bot.username == "tokolaut_bot"
    assert check(connected)[1] == ("Webhook", "")
    entry = AuditEntry.objects.get(action="telegram.connect")
    assert TOKEN not in str(entry.detail)
    assert SECRETS["webhook_secret"] not in str(entry.detail)


def test_updates_that_were_not_asked_for_are(connected, provider):
    provider.webhook |= {"url": hook_url(connected), "allowed_updates": ["message"]}
    check(connected)

    assert "message_reaction" in provider.webhook["allowed_updates"]


def test_what_telegram_could_not_post_is_told(connected, provider):
    now = int(clock.now().timestamp())
    provider.webhook |= {
        "url": hook_url(connected),
        "last_error_date": now - 60,
        "last_error_message": "Connection timed out",
    }
    assert check(connected)[1] == ("Webhook", "Telegram could not post here: Connection timed out")

    provider.webhook["last_error_date"] = now - 86_400
    assert check(connected)[1] == ("Webhook", "")


def test_without_a_secret_nothing_is_connected(connected, provider):
    connected.credentials = {"bot_token": TOKEN}
    connected.save()

    assert check(connected)[1][1].startswith("The secret is missing")
    assert provider.webhook["url"] == ""


def test_a_secret_that_telegram_would_refuse_is_told(connected, provider):
    connected.credentials = {**SECRETS, "webhook_secret": "two words"}
    connected.save()

    assert check(connected)[1] == ("Webhook", "The secret may hold letters, digits, - and _ only.")


def test_the_real_telegram_posts_to_https_only(account, provider, monkeypatch, settings):
    settings.BASE_URL = "http://shop.example"
    monkeypatch.setattr(api, "API_URL", provider.api_url)

    with pytest.raises(Refused, match="https"):
        connect(actor=SYSTEM, account=account, at=clock.now())

    assert provider.webhook["url"] == ""


ANSWERS = {
    "wrong token": (error(401, "Unauthorized"), "Telegram does not know the token of the bot; put in the right one."),
    "nonsense": (Reply(200, b"<html>"), "Telegram gave an answer that makes no sense (200)."),
    "nobody": (result({}), "Telegram does not say which bot it is."),
    "a list": (result([1]), "Telegram does not say which bot it is."),
    "500": (Reply(500, b""), "Something went wrong at Telegram (500)."),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_does_not_work_is_told_in_words(connected, provider, name):
    reply, words = ANSWERS[name]
    provider.faults.append(Fault(reply=reply, path="/getMe"))

    assert check(connected) == [("Bot", words)]


def test_nobody_there_is_told_too(connected):
    connected.settings = {"api_url": "http://127.0.0.1:9"}

    ((part, reason),) = check(connected)
    assert part == "Bot"
    assert reason.startswith("The provider cannot be reached")
    assert TOKEN not in reason
