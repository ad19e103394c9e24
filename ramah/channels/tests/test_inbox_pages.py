"""Inboxes of every channel in the settings: set up by leads, secrets go in and never come out, health is told as it is."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from ramah.accounts.testing import actor_of_agent, client_of, make_agent
from ramah.channels import inbox_health, kinds, trying
from ramah.channels.commands.accounts import note_failure, pause_account
from ramah.channels.kinds import Kind
from ramah.channels.models import ChannelAccount
from ramah.channels.queries import traffic_of_inboxes
from ramah.channels.tests.typed import CHAT
from ramah.conversations.commands import outlets
from ramah.conversations.commands.outlets import Outlet
from ramah.conversations.models import Inbox
from ramah.conversations.testing import make_conversation, make_delivery, make_inbox, make_message
from ramah.desk.models import SLAPolicy
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM, NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.providers.contract import Check, Setting

pytestmark = pytest.mark.django_db
LIST = "/desk/settings/inboxes/"
SECRETS = ("hunter2 secret", "other secret")
INBOX = {
    "name": "Toko Laut",
    "address": "Loft 7",
    "key": "loft",
    "language": "id",
    "reopen_days": "7",
    "is_active": "on",
}
ACCOUNT = {"account-place": "roof", "account-token": SECRETS[0]}


@pytest.fixture
def pigeons(monkeypatch):
    """A channel of the test's own. `answer` is what its check does."""

    class Loft:
        def check(self, account):
            return self.answer(account)

    loft = Loft()
    loft.answer = lambda account: [Check("Loft"), Check("Token", "" if account.secret("token") else "It is missing.")]
    outlet = Outlet("pigeon", "phone")
    settings = (
        Setting("place", "Place", "Where the loft is."),
        Setting("token", "Token", is_secret=True),
        Setting("note", "Note", is_required=False),
    )
    kind = Kind(
        "pigeon",
        "Pigeons",
        outlet,
        lambda *_: [],
        lambda *_: [],
        check=loft.check,
        settings=settings,
        steps=("Whistle.",),
    )
    monkeypatch.setitem(kinds._kinds, "pigeon", kind)
    monkeypatch.setitem(outlets._outlets, "pigeon", outlet)
    loft.kind = kind
    return loft


@pytest.fixture
def ada():
    return make_agent(role="owner", name="Ada")


@pytest.fixture
def browser(ada):
    return client_of(ada)


@pytest.fixture
def account(pigeons, browser):
    """An account as the form sets it up."""
    answer = browser.post(f"{LIST}new/pigeon/", {**INBOX, **ACCOUNT, "offline_id": "Tutup"})
    assert answer.status_code == 302, answer.content.decode()
    return ChannelAccount.objects.select_related("inbox").get()


@pytest.fixture
def chat(browser):
    assert browser.post(f"{LIST}new/chat/", CHAT).status_code == 302
    return Inbox.objects.get(channel="chat")


def page_of(inbox, part=""):
    return f"{LIST}{inbox.public_id}/{part}"


def text(answer):
    return answer.content.decode()


def test_an_inbox_of_any_kind_is_set_up_by_its_fields(account, ada):
    inbox = account.inbox
    assert (inbox.name, inbox.channel, inbox.address, inbox.key, inbox.reopen_days) == (
        "Toko Laut",
        "pigeon",
        "Loft 7",
        "loft",
        7,
    )
    assert inbox.offline_texts == {"id": "Tutup"}
    assert (account.settings, account.secret("token"), account.state) == (
        {"place": "roof", "note": ""},
        SECRETS[0],
        "new",
    )
    assert SLAPolicy.objects.count() == 1
    entry = AuditEntry.objects.get(action="inbox.save")
    assert (entry.actor, entry.subject) == (actor_of_agent(ada).ref, f"inbox:{inbox.pk}")
    assert {"token", "place", "name"} <= set(entry.detail["changed"])
    assert SECRETS[0] not in str(entry.detail)


def test_a_secret_is_never_shown_again_kept_when_left_empty_and_replaceable(account, browser):
    page = text(browser.get(page_of(account.inbox)))
    assert "One is set. Leave this empty to keep it." in page
    assert SECRETS[0] not in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM channels_channelaccount")
        assert SECRETS[0] not in str(cursor.fetchall())

    browser.post(page_of(account.inbox), {**INBOX, **ACCOUNT, "account-token": "", "account-note": "new"})
    account.refresh_from_db()
    assert (account.secret("token"), account.settings["note"]) == (SECRETS[0], "new")
    browser.post(page_of(account.inbox), {**INBOX, **ACCOUNT, "account-token": SECRETS[1]})
    account.refresh_from_db()
    assert account.secret("token") == SECRETS[1]
    assert not any(secret in str(entry.detail) for secret in SECRETS for entry in AuditEntry.objects.all())


def test_what_was_typed_wrongly_does_not_echo_a_secret(pigeons, browser):
    refused = browser.post(f"{LIST}new/pigeon/", {**INBOX, **ACCOUNT, "name": ""})

    assert refused.status_code == 422
    assert SECRETS[0] not in text(refused)
    assert not Inbox.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"account-token": ""},
        {"account-place": ""},
        {"key": "email"},
        {"key": "NEW"},
        {"key": "a b"},
        {"key": "taken"},
        {"address": " LOFT  6 "},
        {"address": ""},
        {"language": "xx"},
        {"reopen_days": "-1"},
        {"account-note": "x" * 5000},
        {"offline_en": "x" * 1001},
    ],
)
def test_what_is_missing_taken_or_impossible_is_refused(pigeons, browser, wrong):
    make_inbox("taken", channel="pigeon", address="Loft 6")

    refused = browser.post(f"{LIST}new/pigeon/", {**INBOX, **ACCOUNT, **wrong})

    assert refused.status_code == 422
    assert Inbox.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_saving_what_stands_forgets_no_error_and_saving_anew_does(account, browser):
    note_failure(account, reason="The loft is shut", at=clock.now())
    browser.post(page_of(account.inbox), {**INBOX, **ACCOUNT, "account-token": "", "name": "Toko"})
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("failing", "The loft is shut")
    assert AuditEntry.objects.filter(action="inbox.save").latest("id").detail["changed"] == ["name", "offline_texts"]

    browser.post(page_of(account.inbox), {**INBOX, **ACCOUNT})

    account.refresh_from_db()
    assert (account.state, account.last_error) == ("new", "")


def test_the_address_for_the_provider_and_its_steps_are_there_to_copy(account, browser, settings):
    page = text(browser.get(page_of(account.inbox)))

    assert f'value="{settings.BASE_URL}/hooks/pigeon/loft"' in page
    assert "<li>1. Whistle.</li>" in page


def test_testing_says_what_works_beside_the_form(account, browser):
    page = browser.post(page_of(account.inbox, "test/"))

    assert page.status_code == 200
    assert "What was tested" in text(page)
    assert text(page).count("Works") == 2
    account.refresh_from_db()
    assert account.state == "ok"


def test_what_does_not_work_is_said_and_shown_in_the_list(account, browser, pigeons):
    pigeons.answer = lambda account: [Check("Loft"), Check("Token", "<b>Wrong</b>")]

    page = text(browser.post(page_of(account.inbox, "test/")))

    assert "&lt;b&gt;Wrong&lt;/b&gt;" in page
    account.refresh_from_db()
    assert (account.state, account.last_error) == ("failing", "Token: <b>Wrong</b>")
    assert account.last_error_at is not None
    assert "Token: &lt;b&gt;Wrong" in text(browser.get(LIST))


def test_a_check_that_breaks_leaves_the_page_whole_and_tells_no_secret(account, browser, pigeons, caplog):
    def answer(account):
        raise RuntimeError(f"token {account.public_name}")

    pigeons.answer = answer
    page = text(browser.post(page_of(account.inbox, "test/")))

    assert "AttributeError" in page
    assert not any(secret in page + caplog.text for secret in SECRETS)


def test_a_provider_that_is_silent_is_not_waited_for(account, pigeons):
    free = threading.Event()
    pigeons.answer = lambda account: free.wait(10) and []

    checks = trying.try_account(actor=SYSTEM, kind=pigeons.kind, account=account, at=clock.now(), seconds=0.2)
    free.set()

    assert [check.reason for check in checks] == ["The provider did not answer in time. Try again."]
    account.refresh_from_db()
    assert account.state == "failing"


def test_pausing_and_going_on_are_audited(account, browser):
    for paused in ("1", "0"):
        browser.post(page_of(account.inbox, "pause/"), {"paused": paused})
        account.refresh_from_db()
        assert account.is_paused == (paused == "1")

    rows = AuditEntry.objects.filter(action__startswith="inbox.").exclude(action="inbox.save")
    actions = rows.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["inbox.pause", "inbox.resume"]


def test_only_those_who_may_set_inboxes_up_get_in(account):
    ben = make_agent(name="Ben")
    browser = client_of(ben)

    for part in ("", "pause/", "test/", "identity-secret/"):
        assert browser.post(page_of(account.inbox, part), {**INBOX, "paused": "1"}).status_code == 403
    with pytest.raises(PermissionDenied):
        pause_account(actor=actor_of_agent(ben), account=account, paused=True, at=clock.now())
    with pytest.raises(PermissionDenied):
        traffic_of_inboxes(actor_of_agent(ben), at=clock.now())
    account.refresh_from_db()
    assert not account.is_paused


def test_pages_that_are_not_there(account, browser, chat):
    mail = make_inbox("support")

    assert browser.get(f"{LIST}new/owl/").status_code == 404
    assert browser.get(f"{LIST}nothing/").status_code == 404
    assert browser.get(page_of(mail))["Location"] == f"/desk/settings/mailboxes/{mail.public_id}/"
    assert browser.get(f"{LIST}new/email/")["Location"] == "/desk/settings/mailboxes/new/"
    assert browser.post(page_of(chat, "test/")).status_code == 404
    assert browser.post(page_of(account.inbox, "identity-secret/")).status_code == 404


def test_the_list_says_how_each_does(account, chat, browser):
    at = clock.now()
    mail = make_inbox("support", name="Post")
    thread = make_conversation(mail)
    failed = make_message(thread, "no", author="agent")
    make_delivery(failed, state="failed", at=at - timedelta(days=1))
    make_delivery(make_message(thread, "old", author="agent"), state="failed", at=at - timedelta(days=9))
    make_delivery(make_message(thread, "next", author="agent"), state="queued", at=at)
    make_conversation(chat, at=at)

    lines = {line.inbox.key: line for line in inbox_health.health_of_inboxes(SYSTEM, at=at)}

    assert (lines["support"].state, lines["support"].queued, lines["support"].failed) == ("ok", 1, 1)
    assert (lines["loft"].state, lines["loft"].last_in_at, lines["loft"].queued) == ("new", None, 0)
    assert lines["chat"].last_in_at == at
    page = text(browser.get(LIST))
    assert all(name in page for name in ("Post", "Pigeons", "Live chat", "Not tried yet"))


def test_states_go_before_each_other_as_they_matter(account):
    account.state, account.is_paused = "failing", True
    assert inbox_health.state_of(account.inbox, account) == "paused"
    account.inbox.is_active = False
    assert inbox_health.state_of(account.inbox, account) == "off"


def test_the_list_costs_the_same_however_many_there_are(account, browser, django_assert_max_num_queries):
    browser.get(LIST)
    with django_assert_max_num_queries(12) as few:
        browser.get(LIST)
    for number in range(8):
        make_conversation(make_inbox(f"mail-{number}"))

    with django_assert_max_num_queries(len(few)):
        browser.get(LIST)


def test_nobody_without_the_door_gets_an_inbox(account):
    from ramah.channels.queries import inbox_for

    with pytest.raises(NotVisible):
        inbox_for(actor_of_agent(make_agent(name="Ben")), public_id=account.inbox.public_id)
