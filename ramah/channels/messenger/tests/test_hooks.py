"""What Meta posts: taken in once it is known to be Meta's, each event for itself, and refused without a trace otherwise."""

import json

import pytest
from django.test import Client

from ramah.channels.messenger.tests.conftest import DANA, SECRETS, SETTINGS, post, stamp
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.simulators import messenger_payloads as payloads
from ramah.channels.tests.providers import ended, errors, read, said
from ramah.conversations.testing import make_inbox

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("channel", ["messenger", "instagram"])


@BOTH
@pytest.mark.parametrize(("token", "status"), [(SECRETS["verify_token"], 200), ("guessed", 403), ("", 403), ("й", 403)])
def test_the_challenge_goes_to_whoever_knows_the_token(account, channel, token, status):
    asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}

    answered = Client().get(f"/hooks/{channel}/meta", asked)

    assert answered.status_code == status
    assert (answered.content == b"1158201444") == (status == 200)


@BOTH
def test_each_event_is_an_item_of_its_own_in_the_order_of_their_times(account, provider, say):
    events = [say("second", ago=5), payloads.read(DANA, provider.owner, stamp(), stamp()), say("first", ago=9)]

    assert post(provider, provider.hook(*events)).status_code == 200

    items = [json.loads(bytes(item.raw)) for item in IntakeItem.objects.order_by("id")]
    assert [item["kind"] for item in items] == ["message", "message", "read"]
    assert items[0]["item"]["message"]["text"] == "first"
    assert {item["owner"] for item in items} == {provider.owner}


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "nonsense", "sha256=й"],
)
def test_a_wrong_signature_leaves_no_trace(account, provider, say, signature):
    answered = post(provider, provider.hook(say("Halo")), **{"X-Hub-Signature-256": signature})

    assert answered.status_code == 403
    assert IntakeItem.objects.count() == 0


def test_the_signature_of_another_body_is_worth_nothing(account, provider, say):
    other = provider.signed(json.dumps(provider.hook(say("Halo"))).encode())

    assert post(provider, provider.hook(say("Send me money")), **other).status_code == 403


def test_without_a_secret_of_ours_nobody_is_let_in(account, provider, say):
    ChannelAccount.objects.update(credentials={})

    assert post(provider, provider.hook(say("Halo"))).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(account, provider, body):
    assert post(provider, body).status_code == 422
    assert IntakeItem.objects.count() == 0


def test_ten_megabytes_are_too_many(account, provider):
    assert post(provider, b'{"a": "' + b"x" * 10_000_000 + b'"}').status_code == 413
    assert IntakeItem.objects.count() == 0


GARBAGE = [
    "null",
    "7",
    "[]",
    '"x"',
    "{}",
    '{"object": "page"}',
    '{"object": "page", "entry": 7}',
    '{"object": ["page"], "entry": [null, 7, {}, {"id": {}, "messaging": 7}]}',
    '{"object": "page", "entry": [{"id": "682498302938465", "messaging": [null, 7, "x", [], {}]}]}',
    '{"object": "page", "entry": [{"messaging": [{"message": 7, "sender": 7, "timestamp": {}}]}]}',
    '{"object": "page", "entry": [{"messaging": [{"sender": {"id": "1"}, "message": null}]}]}',
    '{"object": "page", "entry": [{"messaging": [{"sender": {"id": "1"}, "message": {"is_echo": true}}]}]}',
    '{"object": "page", "entry": [{"messaging": [{"sender": {"id": "1"}, "message": {"is_deleted": true}}]}]}',
    '{"object": "page", "entry": [{"messaging": [{"sender": {"id": "1"}, "reaction": []}, {"read": {}}]}]}',
    '{"object": "page", "entry": [{"messaging": [{"sender": {"id": "1"}, "delivery": {"mids": [null, {}]}}]}]}',
    '{"object": "page", "entry": [{"messaging": [{"sender": {"id": "1"}, "postback": "x"}]}]}',
    '{"object": "page", "entry": [{"messaging": [{"sender": {"id": {}}, "message_edit": {"mid": 1e400}}]}]}',
    '{"object": "page", "entry": [{"changes": [{"field": "messages", "value": 7}, {"field": {}}]}]}',
]


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_that_is_signed_ends_with_a_reason_or_as_a_message(account, provider, body):
    assert post(provider, body.encode()).status_code == 200

    read()

    assert errors() == []
    assert IntakeItem.objects.filter(state="waiting").count() == 0
    assert all(ended("ignored"))


REASONS = {
    "pass_thread_control": "handover: the conversation was passed to another app",
    "take_thread_control": "handover: the conversation was taken by another app",
    "request_thread_control": "handover: another app asks for the conversation",
    "app_roles": "handover: which app has which role has changed",
    "optin": "the customer opted in by a plugin and said nothing yet",
    "account_linking": "an account was linked or unlinked, which is not used here",
    "game_play": "events of the kind 'game_play' are not read",
}


@pytest.mark.parametrize("name", REASONS)
def test_events_of_other_kinds_end_ignored_with_the_reason(take, provider, name):
    assert take(payloads.event(DANA, provider.owner, stamp(), **{name: {"x": 1}})) == []
    assert ended("ignored") == [REASONS[name]]


def test_what_another_app_answers_is_ignored_with_the_reason(take, provider, say):
    assert take(say("Halo"), name="standby") == []
    assert ended("ignored") == ["standby: another app has this conversation"]


def test_a_link_that_was_followed_is_no_message(take, provider):
    referral = {"ref": "tea-sale", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    assert take(payloads.event(DANA, provider.owner, stamp(), referral=referral)) == []
    assert ended("ignored") == ["the customer came by a link and said nothing yet: tea-sale"]


def test_comments_are_not_read_and_a_message_as_a_change_is(account, provider, say):
    provider.post(payloads.change("feed", {"item": "comment"}, owner=provider.owner))
    provider.post(payloads.change("messages", say("from the page of the app"), owner=provider.owner))
    read()

    assert ended("ignored") == ["events of the kind 'feed' are not read"]
    assert [line.text for line in said()] == ["from the page of the app"]


def test_a_policy_of_meta_shows_in_the_settings(take, account, provider):
    told = {"action": "block", "reason": "The page sent spam"}
    event = {"recipient": {"id": provider.owner}, "timestamp": stamp(), "policy_enforcement": told}

    take(event)

    account.refresh_from_db()
    assert (account.state, account.last_error) == ("failing", "Meta: block. The page sent spam")
    assert ended("ignored") == ["policy: block. The page sent spam"]


def test_one_app_may_post_for_several_pages_and_instagram_by_one_address(account, provider, inbox):
    other = make_inbox("meta-2", channel="messenger", address="messenger:2")
    ChannelAccount.objects.create(inbox=other, credentials=SECRETS, settings={"page_id": "222"})
    insta = make_inbox("meta-3", channel="instagram", address="instagram:3")
    ChannelAccount.objects.create(inbox=insta, credentials=SECRETS, settings=SETTINGS["instagram"])
    stranger = make_inbox("meta-4", channel="messenger", address="messenger:4")
    foreign = {**SECRETS, "app_secret": "of another app"}
    ChannelAccount.objects.create(inbox=stranger, credentials=foreign, settings={"page_id": "444"})
    for owner, object_of in (("222", "page"), ("17841400000000001", "instagram"), ("444", "page"), ("9", "instagram")):
        event = payloads.text(DANA, owner, stamp(), f"m_{owner}", owner)
        assert provider.post(payloads.hook(event, owner=owner, object_of=object_of)) == 200
    read()

    assert errors() == []
    assert {line.text: line.conversation.inbox for line in said()} == {"222": other, "17841400000000001": insta}
    # A message signed with this app's secret never gets into the inbox of another app.
    assert ended("ignored") == [
        "it is for Messenger 444, which is not set up here",
        "it is for Instagram 9, which is not set up here",
    ]
