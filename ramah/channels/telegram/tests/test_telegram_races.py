"""Telegram posts the same again, everything at once and in no order, and several workers read it: each message stands once."""

import pytest

from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.telegram.tests.conftest import DANA, ELI, now, post
from ramah.channels.tests.providers import said
from ramah.channels.tests.racing import check_newcomers, check_redelivery, check_storm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send(account, provider):
    return provider.post


@pytest.fixture
def forge(account):
    return lambda update: post(update, **{"X-Telegram-Bot-Api-Secret-Token": "guessed"}).status_code


@pytest.fixture
def said_by(provider, text):
    """The post that brings a message of words."""
    return lambda words, **more: provider.update("message", text(words, **more))


def test_the_same_post_eight_times_at_once_is_one_message(send, said_by):
    check_redelivery(send, said_by("Halo"))


def test_two_first_messages_at_once_are_of_one_customer(send, said_by):
    newcomers = [payloads.user(700000 + number) for number in range(5)]
    check_newcomers(send, [(said_by("Halo", sender=one), said_by("Ada?", sender=one)) for one in newcomers])


def test_a_storm_of_messages_changes_and_forgeries_ends_as_if_in_order(send, forge, said_by, text, provider):
    words = [text(f"n{place}", sender=(DANA, ELI)[place % 2], ago=90 - place) for place in range(24)]
    edits = [payloads.edited(one, now(9), text="edited") for one in words[0:8:2]]
    reactions = [payloads.reaction(ELI, one["message_id"], now(7), "👍") for one in words[1:9:2]]
    messages = [provider.update("message", one) for one in words]
    marks = [provider.update("edited_message", one) for one in edits]
    marks += [provider.update("message_reaction", one) for one in reactions]

    check_storm(send, forge, messages, marks, [said_by("forged") for _ in range(6)])

    lines = {int(line.external_ids.get().value.rpartition(":")[2]): line for line in said()}
    assert [lines[one["message_id"]].text for one in words[0:8:2]] == ["edited"] * 4
    shown = [lines[one["message_id"]].detail["reactions"] for one in words[1:9:2]]
    assert [[one["emoji"] for one in some] for some in shown] == [["👍"]] * 4
    assert [lines[one["message_id"]].text for one in words if one not in words[0:8:2]] == [
        one["text"] for one in words if one not in words[0:8:2]
    ]
