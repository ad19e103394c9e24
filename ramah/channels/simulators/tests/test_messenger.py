"""The simulated Messenger and Instagram, against a shop that really listens."""

import time

import pytest

from ramah.channels import fetching, sending
from ramah.channels.messenger import profiles
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.simulators.messenger import MessengerSimulator
from ramah.channels.simulators.messenger_traffic import Traffic, kinds_of
from ramah.channels.tests.providers import ask_meta, read
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Attachment, Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.customers.models import Customer
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM

BOTH = pytest.mark.parametrize("channel", ["messenger", "instagram"])


@pytest.fixture
def simulator(channel):
    is_instagram = channel == "instagram"
    with MessengerSimulator(app_secret="secret", access_token="token", is_instagram=is_instagram) as simulator:
        simulator.last_said = {"1": time.time(), "late": 0.0}
        yield simulator


def words(text, to="1", **more):
    return {"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": {"text": text}, **more}


@BOTH
@pytest.mark.parametrize(
    ("fields", "code", "subcode"),
    [
        ({}, 100, None),
        (words(""), 100, None),
        (words("x" * 2001), 100, None),
        (words("Hi", to="2"), 100, 2018001),
        (words("Hi", to="late", messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT"), 100, 2018276),
        ({"recipient": {"id": "1"}, "message": {"attachment": {"payload": {"attachment_id": "7"}}}}, 100, 2018047),
    ],
)
def test_it_refuses_what_meta_refuses(simulator, fields, code, subcode):
    status, answer = ask_meta(simulator, "POST", f"/{simulator.page_id}/messages", fields)

    assert (status, answer["error"]["code"], answer["error"].get("error_subcode")) == (400, code, subcode)
    assert simulator.taken == []


@pytest.mark.parametrize(("channel", "subcode"), [("messenger", 2018278), ("instagram", 2534022)])
def test_it_keeps_the_24_hours(simulator, subcode):
    _status, answer = ask_meta(simulator, "POST", "/me/messages", words("Hi", to="late"))

    assert answer["error"]["error_subcode"] == subcode


@BOTH
def test_nobody_gets_in_without_the_token(simulator):
    status, answer = ask_meta(simulator, "GET", "/me", token="")

    assert (status, answer["error"]["code"]) == (401, 190)


@BOTH
def test_the_same_seed_tells_the_same_story(simulator):
    def story(seed):
        hooks = Traffic(simulator, seed=seed, messages=60).hooks()
        return [(hook["entry"][0]["messaging"][0]["sender"]["id"], kinds_of(hook)) for hook in hooks]

    first = story(4)
    assert story(4) == first
    assert story(5) != first
    assert {"message", "reaction", "postback"} <= {kind for _id, kinds in first for kind in kinds.split(", ")}


@BOTH
@pytest.mark.django_db(transaction=True)
def test_a_whole_story_with_answers_files_names_and_reports(live_server, simulator, channel):
    inbox = make_inbox("meta", channel=channel, address=f"{channel}:1")
    simulator.hook_url = f"{live_server.url}/hooks/{channel}/meta"
    settings = {"page_id": simulator.page_id, "instagram_id": simulator.instagram_id, "api_url": simulator.api_url}
    credentials = {"app_secret": "secret", "access_token": "token"}
    ChannelAccount.objects.create(inbox=inbox, credentials=credentials, settings=settings)
    for number, hook in enumerate(Traffic(simulator, seed=9, messages=30).hooks()):
        assert simulator.post(hook) == 200
        read()
        if number % 5 == 0:
            for conversation in Conversation.objects.all():
                post_reply(actor=SYSTEM, conversation=conversation, text=f"Answer {number}", at=clock.now())
            while sending.send_due(at=clock.now()):
                pass
            simulator.report()
    while fetching.fetch_due(at=clock.now()) or profiles.fetch_due(at=clock.now()):
        pass
    read()

    assert set(MessageDelivery.objects.values_list("state", flat=True)) == {"read"}
    pictures = Message.objects.filter(detail__media="image").count()
    assert pictures == Attachment.objects.count() > 0
    assert set(IntakeItem.objects.values_list("state", flat=True)) <= {"accepted", "duplicate", "ignored"}
    assert not Message.objects.filter(detail__elsewhere=True).exists()
    assert not Customer.objects.filter(name="").exists()
