"""What providers post: taken in once it is known to be theirs, and refused without a trace when it is not."""

import json

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.channels.commands import accounts
from ramah.channels.models import ChannelAccount, IntakeItem
from ramah.channels.simulators.whatsapp import WhatsAppSimulator
from ramah.channels.tests.providers import read
from ramah.channels.views import hooks
from ramah.channels.whatsapp.tests.conftest import SECRETS, post, text
from ramah.conversations.models import Message
from ramah.conversations.testing import make_inbox
from ramah.kernel import clock

pytestmark = pytest.mark.django_db
URL = "/hooks/whatsapp/wa"


@pytest.fixture
def account():
    inbox = make_inbox("wa", channel="whatsapp", address="+628111000000")
    return ChannelAccount.objects.create(
        inbox=inbox, credentials=SECRETS, settings={"phone_number_id": "106540352242922"}
    )


@pytest.fixture
def provider():
    with WhatsAppSimulator(app_secret=SECRETS["app_secret"], access_token="t") as simulator:
        yield simulator


def challenge(**query):
    asked = {"hub.mode": "subscribe", "hub.verify_token": SECRETS["verify_token"], "hub.challenge": "1158201444"}
    return Client().get(URL, {**asked, **query})


def test_the_challenge_is_given_back_to_whoever_knows_the_token(account):
    answered = challenge()

    assert (answered.status_code, answered.content) == (200, b"1158201444")
    assert answered["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query", [{"hub.verify_token": "guessed"}, {"hub.verify_token": ""}, {"hub.verify_token": "й"}]
)
def test_a_wrong_token_gets_no_challenge(account, query):
    assert challenge(**query).status_code == 403


def test_without_a_token_of_ours_nobody_is_let_in(account):
    ChannelAccount.objects.update(credentials={})

    assert challenge(**{"hub.verify_token": ""}).status_code == 403


def test_a_plain_look_at_the_address_shows_nothing(account):
    assert Client().get(URL).status_code == 404
    assert Client().head(URL).status_code == 404


def test_a_signed_post_is_stored_before_it_is_acknowledged(account, provider):
    answered = post(provider, provider.hook(text("Halo")))

    assert answered.status_code == 200
    item = IntakeItem.objects.get()
    assert item.state == "waiting"
    assert json.loads(bytes(item.raw))["item"]["text"] == {"body": "Halo"}
    account.refresh_from_db()
    assert account.last_in_at is not None
    assert account.state == "ok"


def test_it_is_not_acknowledged_when_it_could_not_be_stored(account, provider, monkeypatch):
    def full(**_):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(hooks, "take_in", full)
    with pytest.raises(OperationalError):
        post(provider, provider.hook(text("Halo")))

    assert IntakeItem.objects.count() == 0


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=й", "0" * 64],
)
def test_a_wrong_signature_stores_nothing(account, provider, signature):
    answered = post(provider, provider.hook(text("Halo")), **{"X-Hub-Signature-256": signature})

    assert answered.status_code == 403
    assert IntakeItem.objects.count() == 0


def test_the_signature_of_another_body_is_wrong(account, provider):
    body = json.dumps(provider.hook(text("Halo"))).encode()

    answered = post(provider, body + b" ", **provider.signed(body))

    assert answered.status_code == 403


def test_a_missing_signature_or_secret_lets_nobody_in(account, provider):
    body = json.dumps(provider.hook(text("Halo"))).encode()
    assert Client().post(URL, body, content_type="application/json").status_code == 403

    ChannelAccount.objects.update(credentials={})
    cache.clear()
    assert post(provider, body).status_code == 403
    assert IntakeItem.objects.count() == 0


def test_the_account_of_a_busy_provider_is_read_once_and_a_change_of_it_holds_at_once(
    account, provider, django_assert_num_queries, django_capture_on_commit_callbacks
):
    assert post(provider, provider.hook(text("Halo"))).status_code == 200
    with django_assert_num_queries(3):  # the item, within its savepoint
        assert post(provider, provider.hook(text("Halo"))).status_code == 200

    boss, body = actor_of_agent(make_agent(role="owner")), provider.hook(text("Halo"))
    with django_capture_on_commit_callbacks(execute=True):
        accounts.save_account(
            actor=boss,
            inbox=account.inbox,
            channel="whatsapp",
            address={},
            teams=[],
            credentials={"app_secret": "another"},
            settings={},
            at=clock.now(),
        )
    assert post(provider, body).status_code == 403

    with django_capture_on_commit_callbacks(execute=True):
        accounts.save_inbox(account.inbox, channel="whatsapp", address={"is_active": False}, teams=[], at=clock.now())
    assert post(provider, body).status_code == 404


def test_a_replayed_post_is_taken_and_changes_nothing(account, provider):
    hook = provider.hook(text("Halo"))
    for _ in range(3):
        assert post(provider, hook).status_code == 200
    read()

    assert Message.objects.filter(kind="message").count() == 1
    assert sorted(IntakeItem.objects.values_list("state", flat=True)) == ["accepted", "duplicate", "duplicate"]


def test_ten_megabytes_are_refused(account, provider):
    answered = post(provider, b'{"entry": "' + b"x" * (10 * 1024 * 1024) + b'"}')

    assert answered.status_code == 413
    assert IntakeItem.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"not json", b'{"a": 1'])
def test_signed_garbage_is_refused_clearly(account, provider, body):
    answered = post(provider, body)

    assert answered.status_code == 422
    assert IntakeItem.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        [],
        7,
        "text",
        None,
        {"entry": 5},
        {"entry": [5]},
        {"entry": [{}]},
        {"entry": [{"changes": [{"value": "x", "field": ["messages"]}]}]},
        {"entry": [{"changes": [{"value": {"messages": ["x", None, {}, {"type": 5, "from": []}]}}]}]},
        {"entry": [{"changes": [{"value": {"statuses": [{"id": {}, "status": "sent"}]}, "field": "messages"}]}]},
        {"object": "page", "entry": [{"messaging": [{"message": {"text": "hi"}}]}]},
    ],
)
def test_json_of_another_form_is_kept_and_ends_ignored_with_a_reason(account, provider, fields):
    assert post(provider, fields).status_code == 200
    read()

    items = IntakeItem.objects.all()
    assert len(items) >= 1
    assert {item.state for item in items} == {"ignored"}, [item.error for item in items]
    assert all(item.reason for item in items)


@pytest.mark.parametrize("path", ["/hooks/whatsapp/other", "/hooks/carrier-pigeon/wa", "/hooks/telegram/wa"])
def test_other_addresses_are_not_there(account, provider, path):
    body = json.dumps(provider.hook(text("Halo"))).encode()

    assert Client().post(path, body, content_type="application/json", headers=provider.signed(body)).status_code == 404


def test_an_inbox_that_is_switched_off_takes_nothing(account, provider):
    account.inbox.is_active = False
    account.inbox.save()

    assert post(provider, provider.hook(text("Halo"))).status_code == 404


def test_a_paused_account_takes_in_all_the_same(account, provider):
    ChannelAccount.objects.update(is_paused=True)

    assert post(provider, provider.hook(text("Halo"))).status_code == 200


def test_other_methods_are_refused(account):
    assert Client().put(URL, b"{}").status_code == 405


def test_what_comes_in_does_not_hide_that_sending_fails(account, provider):
    accounts.note_failure(account, reason="The access token has expired", at=account.inbox.created_at)

    post(provider, provider.hook(text("Halo")))

    account.refresh_from_db()
    assert account.state == "failing"
    assert account.last_in_at is not None
