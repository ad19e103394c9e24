"""Unasked messages by Telegram: to those who have come to this bot and let it write, links spelled last."""

from datetime import timedelta

import pytest

from ramah.channels.models import ChannelAccount
from ramah.channels.simulators import telegram_payloads as payloads
from ramah.channels.telegram.links import payload_of
from ramah.channels.telegram.tests.conftest import DANA, now
from ramah.channels.telegram.tests.test_outgoing import taken
from ramah.channels.tests.providers import send_all
from ramah.conversations.commands.outlets import NotPossible
from ramah.conversations.models import Message, MessageDelivery
from ramah.conversations.testing import announce_to, make_inbox
from ramah.customers.models import ContactPoint
from ramah.customers.testing import make_customer
from ramah.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageDelivery.State
PAGE, SIGNED = "https://shop.example/track/01jq/", "https://shop.example/track/choose/01jq:s1gned/"


def refused(inbox, point):
    with pytest.raises(NotPossible) as why:
        announce_to(inbox, point)
    assert Message.objects.filter(author="system").count() == 0
    return str(why.value.words)


def test_who_has_written_is_told_with_the_link_spelled(inbox, connected, say, text, provider):
    say(text("Halo", ago=90 * 24 * 3600))

    message = announce_to(inbox, ContactPoint.objects.get(), f"It is late: {PAGE}", sealed={PAGE: SIGNED})
    send_all()

    assert taken(provider) == [{"method": "sendMessage", "text": f"It is late: {SIGNED}"}]
    assert message.text == f"It is late: {PAGE}"
    message.delivery.refresh_from_db()
    assert message.delivery.state == S.SENT


def test_who_came_by_a_link_and_said_nothing_is_told(inbox, connected, say, provider):
    say(payloads.start(DANA, provider.next_message_id(), now(10), payload_of("order:12", inbox_key="tg")))

    announce_to(inbox, ContactPoint.objects.get())
    send_all()

    sent = provider.taken[-1]
    assert (sent["chat_id"], sent["text"]) == (str(DANA["id"]), "Your parcel comes a day later.")


def test_who_came_to_another_bot_is_not(inbox, connected, say, text):
    say(text("Halo"))
    other = make_inbox("tg2", channel="telegram", address="@other_bot")
    ChannelAccount.objects.create(inbox=other)

    words = "The customer has not opened the chat with this bot; only they can begin."
    assert refused(other, ContactPoint.objects.get()) == words


def test_who_has_blocked_the_bot_is_not(inbox, connected, say, text, provider):
    say(text("Halo"))
    ContactPoint.objects.update(bounced_at=clock.now(), bounce_reason="blocked")

    assert refused(inbox, ContactPoint.objects.get()) == "Messages to this address came back."


def test_what_only_we_have_said_is_no_beginning(inbox, connected):
    point = ContactPoint.objects.create(
        customer=make_customer("Dana"), kind="telegram", value="412345678", created_at=clock.now()
    )

    assert refused(inbox, point).startswith("The customer has not opened the chat")


def test_at_night_it_waits(inbox, connected, say, text, provider):
    say(text("Halo"))
    at = clock.now()
    hold = {"from": f"{at - timedelta(hours=1):%H:%M}", "to": f"{at + timedelta(hours=2):%H:%M}", "zone": "UTC"}

    delivery = announce_to(inbox, ContactPoint.objects.get(), hold=hold).delivery
    MessageDelivery.objects.update(next_attempt_at=at)
    send_all()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, provider.taken) == (S.QUEUED, 0, [])
    assert f"{delivery.next_attempt_at:%H:%M}" == hold["to"]
