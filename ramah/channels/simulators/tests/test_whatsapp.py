"""The simulated WhatsApp, against a shop that really listens."""

import pytest
import urllib3

from ramah.channels import fetching, sending
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.simulators.server import Fault
from ramah.channels.simulators.whatsapp import WhatsAppSimulator
from ramah.channels.simulators.whatsapp_traffic import Traffic
from ramah.channels.tests.providers import ask_meta, read
from ramah.conversations.commands.replying import post_reply
from ramah.conversations.models import Attachment, Conversation, Message, MessageDelivery
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM


@pytest.fixture
def simulator():
    with WhatsAppSimulator(app_secret="secret", access_token="token") as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 400, 100),
        ({"messaging_product": "whatsapp", "to": "1", "type": "text", "text": {"body": ""}}, 400, 100),
        ({"messaging_product": "whatsapp", "to": "1", "type": "text", "text": {"body": "x" * 4097}}, 400, 100),
        ({"messaging_product": "whatsapp", "to": "1", "type": "text", "text": {"body": "late"}}, 400, 131047),
        ({"messaging_product": "whatsapp", "to": "1", "type": "image", "image": {"id": "none"}}, 400, 131009),
        ({"messaging_product": "whatsapp", "to": "1", "type": "template", "template": {"name": "none"}}, 404, 132001),
    ],
)
def test_it_refuses_what_whatsapp_refuses(simulator, fields, status, code):
    answered = ask_meta(simulator, "POST", f"/{simulator.phone_number_id}/messages", fields)

    assert (answered[0], answered[1]["error"]["code"]) == (status, code)
    assert simulator.taken == []


def test_nobody_gets_in_without_the_token(simulator):
    status, answer = ask_meta(simulator, "GET", f"/{simulator.phone_number_id}", token="")

    assert (status, answer["error"]["code"]) == (401, 190)


def test_templates_come_in_pages(simulator):
    _status, first = ask_meta(simulator, "GET", f"/{simulator.business_id}/message_templates?limit=2")
    after = first["paging"]["cursors"]["after"]
    _status, last = ask_meta(simulator, "GET", f"/{simulator.business_id}/message_templates?limit=2&after=4")

    assert (len(first["data"]), after) == (2, "2")
    assert "next" in first["paging"]
    assert "next" not in last["paging"]


def test_a_fault_waits_for_its_request(simulator):
    simulator.faults.append(Fault(cut="before", path="/messages"))

    assert ask_meta(simulator, "GET", f"/{simulator.phone_number_id}")[0] == 200
    with pytest.raises(urllib3.exceptions.ProtocolError):
        ask_meta(simulator, "POST", f"/{simulator.phone_number_id}/messages", {})


def test_the_same_seed_tells_the_same_story(simulator):
    def story(seed):
        hooks = Traffic(simulator, seed=seed, messages=60).hooks()
        return [
            [(one["from"], one["type"], one.get("text")) for one in hook["entry"][0]["changes"][0]["value"]["messages"]]
            for hook in hooks
        ]

    first = story(4)
    assert story(4) == first
    assert story(5) != first
    assert {kind for hook in first for _number, kind, _text in hook} >= {"text", "image", "location"}


@pytest.mark.django_db(transaction=True)
def test_a_whole_story_with_answers_files_and_reports(live_server):
    inbox = make_inbox("wa", channel="whatsapp", address="+628111000000")
    with WhatsAppSimulator(
        app_secret="secret", access_token="token", hook_url=f"{live_server.url}/hooks/whatsapp/wa"
    ) as simulator:
        settings = {
            "phone_number_id": simulator.phone_number_id,
            "business_account_id": simulator.business_id,
            "api_url": simulator.api_url,
        }
        credentials = {"app_secret": "secret", "access_token": "token"}
        ChannelAccount.objects.create(inbox=inbox, credentials=credentials, settings=settings)
        for number, hook in enumerate(Traffic(simulator, seed=9, messages=40).hooks()):
            assert simulator.post(hook) == 200
            read()
            if number % 5 == 0:
                for conversation in Conversation.objects.all():
                    post_reply(actor=SYSTEM, conversation=conversation, text=f"Answer {number}", at=clock.now())
                while sending.send_due(at=clock.now()):
                    pass
                simulator.report()
        while fetching.fetch_due(at=clock.now()):
            pass
        read()

    assert set(MessageDelivery.objects.values_list("state", flat=True)) == {"read"}
    pictures = Message.objects.filter(detail__media="image").count()
    assert pictures == Attachment.objects.count() > 0
    assert set(IntakeItem.objects.values_list("state", flat=True)) <= {"accepted", "duplicate", "ignored"}
    ignored = set(IntakeItem.objects.filter(state="ignored").values_list("reason", flat=True))
    assert ignored <= {"edit that changes nothing", "revoke that changes nothing"}
