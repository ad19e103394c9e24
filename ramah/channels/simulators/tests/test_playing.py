"""The commands that play a provider where customers write, against a shop that really listens."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.tests.providers import read
from ramah.config.cli import main
from ramah.conversations.models import Conversation
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock

# With what each is called, and what the settings of its account hold besides the address.
CHANNELS = {
    "whatsapp": ("WhatsApp", {}),
    "messenger": ("messenger", {}),
    "instagram": ("instagram", {}),
    "telegram": ("Telegram", {"bot_username": "tokolaut_bot"}),
}
EACH = pytest.mark.parametrize("channel", CHANNELS)


def play(channel, *more):
    return CliRunner().invoke(main, ["simulate", channel, "--inbox", "it", *more])


@EACH
@pytest.mark.django_db(transaction=True)
def test_playing_it_from_the_command_line(live_server, channel):
    asked = ["--messages", "40", "--seed", "3", "--pace", "0", "--once", "--url", live_server.url]
    refused = play(channel, *asked)
    assert refused.exit_code == 1
    assert "--install" in refused.output
    assert ChannelAccount.objects.count() == 0

    played = play(channel, *asked, "--install", "--json")

    assert played.exit_code == 0, played.output
    lines = [json.loads(line) for line in played.output.splitlines()]
    settings = ChannelAccount.objects.get().settings
    assert settings.items() >= {"api_url": lines[0]["api"], **CHANNELS[channel][1]}.items()
    assert {line["answered"] for line in lines[1:]} == {200}
    for minutes in (0, 1, 3, 6, 20):  # what speaks of a message that stands in no thread waits in vain
        read(at=clock.now() + timedelta(minutes=minutes))
    states = set(IntakeItem.objects.values_list("state", flat=True))
    assert {"accepted", "duplicate"} <= states <= {"accepted", "duplicate", "ignored"}
    assert Conversation.objects.count() == 4


@EACH
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ([], "There is no {name} inbox"),
        (["--messages", "-1"], "Invalid value"),
        (["--install", "--url", "http://127.0.0.1:9", "--once"], "does not answer"),
    ],
)
def test_mistakes_are_told(channel, more, told):
    ended = play(channel, *more)

    assert ended.exit_code != 0
    assert told.format(name=CHANNELS[channel][0]) in ended.output
    assert "412345678" not in ended.output


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("channel", "other"),
    [("whatsapp", "email"), ("messenger", "instagram"), ("instagram", "messenger"), ("telegram", "whatsapp")],
)
def test_an_inbox_of_another_channel_is_left_alone(channel, other):
    make_inbox("it", channel=other)

    ended = play(channel, "--install")

    assert ended.exit_code == 1
    assert f"channel {other}" in ended.output
    assert ChannelAccount.objects.count() == 0
