"""`ramah doctor` and `ramah inboxes` say how accounts at providers do."""

import json

import pytest
from click.testing import CliRunner

from ramah.channels.commands.accounts import note_failure
from ramah.channels.models import ChannelAccount
from ramah.config.checks import check_accounts
from ramah.config.cli.conversations import inboxes
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    inbox = make_inbox("wa", channel="whatsapp", address="+628111000000")
    return ChannelAccount.objects.create(inbox=inbox, credentials={"app_secret": "hunter2"})


def findings():
    return [(finding.level, finding.says) for finding in check_accounts(clock.now())]


def test_without_any_failing_all_is_well(account):
    assert findings() == [("ok", "1 accounts at providers, none fails")]


def test_what_fails_or_is_paused_is_said(account):
    at = clock.now()
    note_failure(account, reason="The token has run out", at=at)
    other = ChannelAccount.objects.create(
        inbox=make_inbox("tg", channel="telegram", address="@toko"), is_paused=True, state="ok"
    )
    off = make_inbox("old", channel="telegram", address="@old", is_active=False)
    ChannelAccount.objects.create(inbox=off, state="failing")

    assert findings() == [
        ("warn", f"inbox {other.inbox.key}: paused, nothing goes out"),
        ("fail", f"inbox wa: The token has run out ({at:%F %T}Z)"),
    ]


def test_the_list_of_inboxes_says_it_and_no_secret(account):
    note_failure(account, reason="The token has run out", at=clock.now())

    told = CliRunner().invoke(inboxes, ["--json"]).output
    line = json.loads(told)
    text = CliRunner().invoke(inboxes).output

    assert (line["key"], line["state"], line["last_error"], line["queued"]) == (
        "wa",
        "failing",
        "The token has run out",
        0,
    )
    assert "failing" in text
    assert "The token has run out" in text
    assert "hunter2" not in told + text
