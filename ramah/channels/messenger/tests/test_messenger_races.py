"""Meta posts the same again, everything at once and in no order, and several workers read it: each message stands once."""

import pytest

from ramah.channels.messenger.tests.conftest import DANA, ELI, post, stamp
from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.tests.providers import said
from ramah.channels.tests.racing import check_newcomers, check_redelivery, check_storm

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("channel", ["messenger", "instagram"]),
]


@pytest.fixture
def send(account, provider):
    return lambda *events: provider.post(provider.hook(*events))


@pytest.fixture
def forge(account, provider):
    wrong = {"X-Hub-Signature-256": f"sha256={'0' * 64}"}
    return lambda *events: post(provider, provider.hook(*events), **wrong).status_code


def test_the_same_post_eight_times_at_once_is_one_message(send, say):
    check_redelivery(send, say("Halo"))


def test_two_first_messages_at_once_are_of_one_customer(send, say):
    check_newcomers(send, [(say("Halo", by=f"2406000{n}"), say("Ada?", by=f"2406000{n}")) for n in range(5)])


def test_a_storm_of_messages_changes_and_forgeries_ends_as_if_in_order(send, forge, say, provider, channel):
    mids = [provider.next_mid() for _ in range(24)]
    messages = [say(f"n{at}", by=(DANA, ELI)[at % 2], ago=90 - at, mid=mid) for at, mid in enumerate(mids)]
    marks = [payloads.edit(DANA, provider.owner, stamp(9), mid, "edited") for mid in mids[0:8:2]]
    marks += [payloads.unsend(ELI, provider.owner, stamp(8), mid) for mid in mids[1:9:2]]
    marks += [payloads.reaction(DANA, provider.owner, stamp(7), mid) for mid in mids[8:16:2]]

    check_storm(send, forge, messages, marks, [say("forged") for _ in range(6)])

    lines = {line.external_ids.get().value.partition(":")[2]: line for line in said()}
    assert [lines[mid].text for mid in mids[0:8:2]] == ["edited"] * 4
    assert all(lines[mid].deleted_at for mid in mids[1:9:2])
    assert [[one["emoji"] for one in lines[mid].detail["reactions"]] for mid in mids[8:16:2]] == [["❤️"]] * 4
    assert [lines[mid].text for mid in mids if mid not in mids[0:8:2]] == [
        f"n{at}" for at, mid in enumerate(mids) if mid not in mids[0:8:2]
    ]
