"""WhatsApp posts the same again, everything at once and in no order, and several workers read it: each message stands once."""

import pytest

from ramah.channels.simulators import whatsapp_payloads as payloads
from ramah.channels.tests.providers import said
from ramah.channels.tests.racing import check_newcomers, check_redelivery, check_storm
from ramah.channels.whatsapp.tests.conftest import DANA, ELI, post, text, wamid
from ramah.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send(account, provider):
    return lambda *messages: provider.post(provider.hook(*messages))


@pytest.fixture
def forge(account, provider):
    wrong = {"X-Hub-Signature-256": f"sha256={'0' * 64}"}
    return lambda *messages: post(provider, provider.hook(*messages), **wrong).status_code


def test_the_same_post_eight_times_at_once_is_one_message(send):
    check_redelivery(send, text("Halo"))


def test_two_first_messages_at_once_are_of_one_customer(send):
    check_newcomers(
        send, [(text("Halo", number=f"62811000{n}"), text("Ada?", number=f"62811000{n}")) for n in range(5)]
    )


def test_a_storm_of_messages_changes_and_forgeries_ends_as_if_in_order(send, forge):
    at = int(clock.now().timestamp())
    messages = [text(f"n{place}", number=(DANA, ELI)[place % 2], ago=90 - place) for place in range(24)]
    marks = [payloads.edit(DANA, wamid(), at - 9, one["id"], "edited") for one in messages[0:8:2]]
    marks += [payloads.revoke(ELI, wamid(ELI), at - 8, one["id"]) for one in messages[1:9:2]]
    marks += [payloads.reaction(DANA, wamid(), at - 7, one["id"], "👍") for one in messages[8:16:2]]

    check_storm(send, forge, messages, marks, [text("forged", number=DANA) for _ in range(6)])

    lines = {line.external_ids.get().value: line for line in said()}
    assert [lines[f"whatsapp:{one['id']}"].text for one in messages[0:8:2]] == ["edited"] * 4
    assert all(lines[f"whatsapp:{one['id']}"].deleted_at for one in messages[1:9:2])
    shown = [lines[f"whatsapp:{one['id']}"].detail["reactions"] for one in messages[8:16:2]]
    assert [[one["emoji"] for one in some] for some in shown] == [["👍"]] * 4
    assert sorted(line.text for line in said() if line.text != "edited") == sorted(
        one["text"]["body"] for one in messages if one not in messages[0:8:2]
    )
