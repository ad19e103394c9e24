"""Unasked messages by Messenger and Instagram: within 24 hours of the customer's last message, links spelled last."""

from datetime import timedelta

import pytest

from ramah.channels.messenger.tests.conftest import DANA
from ramah.channels.simulators.server import Fault
from ramah.channels.tests.providers import send_all
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.models import Conversation, Message, MessageDelivery
from ramah.conversations.testing import announce_to
from ramah.customers.models import ContactPoint
from ramah.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = pytest.mark.parametrize("channel", ["messenger", "instagram"])
S = MessageDelivery.State
PAGE, SIGNED = "https://shop.example/track/01jq/", "https://shop.example/track/choose/01jq:s1gned/"


@pytest.fixture
def dana(connected, take, say):
    take(say("Halo"))
    return ContactPoint.objects.get()


def refused(inbox, point, **fields):
    with pytest.raises(NotPossible) as why:
        announce_to(inbox, point, **fields)
    assert Message.objects.filter(author="system").count() == 0
    return str(why.value.words)


@BOTH
def test_within_24_hours_it_goes_with_the_link_spelled(inbox, dana, provider):
    at = clock.now() + timedelta(hours=23, minutes=59)
    message = announce_to(inbox, dana, f"It is late: {PAGE}", sealed={PAGE: SIGNED}, at=at)
    send_all(at=at)

    (sent,) = provider.taken
    assert (sent["recipient"], sent["messaging_type"]) == ({"id": DANA}, "RESPONSE")
    assert sent["message"]["text"] == f"It is late: {SIGNED}"
    assert message.text == f"It is late: {PAGE}"


@BOTH
@pytest.mark.parametrize("people_have_longer", [True, False])
def test_afterwards_it_does_not_not_even_as_that_of_a_person(inbox, dana, connected, people_have_longer):
    connected.settings = {**connected.settings, "human_agent": "yes" if people_have_longer else ""}
    connected.save()

    words = refused(inbox, dana, at=clock.now() + timedelta(hours=24, minutes=1))

    assert "lets answers through for 24 hours" in words


def test_to_somebody_who_has_never_written_it_does_not(inbox, dana):
    Message.objects.all().delete()
    Conversation.objects.all().delete()

    assert "only they can begin" in refused(inbox, dana)


def test_a_paused_account_takes_none(inbox, dana, connected):
    connected.is_paused = True
    connected.save()

    assert refused(inbox, dana) == "Toko Laut sends nothing at the moment."


@pytest.mark.parametrize("channel", ["instagram"])
def test_its_echo_is_known_by_the_words_that_were_spelled(inbox, dana, provider, take):
    """The connection breaks after it was handed over, and Instagram names it by nothing but its words."""
    provider.faults.append(Fault(cut="after", path="/messages"))
    message = announce_to(inbox, dana, f"It is late: {PAGE}", sealed={PAGE: SIGNED})
    send_all()
    message.delivery.refresh_from_db()
    assert (message.delivery.state, message.delivery.is_uncertain) == (S.FAILED, True)

    take(provider.echo_of(provider.taken[0]))

    message.delivery.refresh_from_db()
    assert (message.delivery.state, message.delivery.is_uncertain) == (S.SENT, False)
    assert [one.author for one in Message.objects.order_by("id")] == ["customer", "system"]
