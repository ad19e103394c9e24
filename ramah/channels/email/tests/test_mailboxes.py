"""Inboxes and mailboxes are set up by leads; secrets go in and never come out."""

import pytest
from django.urls import reverse

from ramah.accounts.testing import actor_of_agent, client_of, make_agent, make_team
from ramah.channels.email import imap, mailboxes
from ramah.channels.email.models import Mailbox
from ramah.channels.email.tests.conftest import AT
from ramah.conversations.models import Inbox
from ramah.conversations.testing import make_inbox
from ramah.desk.models import SLAPolicy
from ramah.kernel.actors import NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = "/desk/settings/mailboxes/"
INBOX = {
    "name": "Toko Laut",
    "address": "Support@Shop.example",
    "key": "support",
    "language": "id",
    "reopen_days": "7",
    "is_active": "on",
}
MAILBOX = {
    "mailbox-is_active": "on",
    "mailbox-host": "imap.example",
    "mailbox-port": "993",
    "mailbox-security": "ssl",
    "mailbox-username": "support@shop.example",
    "mailbox-password": "hunter2 secret",
    "mailbox-folder": "INBOX",
    "mailbox-after": "seen",
    "mailbox-poll_seconds": "60",
    "mailbox-smtp_host": "smtp.example",
    "mailbox-smtp_port": "587",
    "mailbox-smtp_security": "starttls",
    "mailbox-smtp_password": "smtp secret",
    "mailbox-has_reply_tokens": "on",
    "mailbox-provider": "mailgun",
    "mailbox-hook_secret": "signing key",
}
SECRETS = ("hunter2 secret", "smtp secret", "signing key")


@pytest.fixture
def ada():
    return make_agent(role="owner", name="Ada")


@pytest.fixture
def saved(ada):
    """An inbox with its mailbox as the form sets it up."""
    answer = client_of(ada).post(f"{LIST}new/", {**INBOX, **MAILBOX})
    assert answer.status_code == 302
    return Mailbox.objects.select_related("inbox").get()


def test_a_lead_sets_up_an_inbox_with_its_mailbox(saved, ada):
    inbox = saved.inbox
    assert (inbox.name, inbox.address, inbox.key, inbox.language) == (
        "Toko Laut",
        "support@shop.example",
        "support",
        "id",
    )
    assert inbox.reopen_days == 7
    assert SLAPolicy.objects.get().inbox is None  # whoever writes to the first inbox is told when the answer comes
    assert (saved.host, saved.password, saved.smtp_password, saved.hook_secret) == ("imap.example", *SECRETS)
    assert (saved.state, saved.next_attempt_at is None) == ("new", False)
    entry = AuditEntry.objects.get(action="inbox.save")
    assert (entry.actor, entry.subject) == (actor_of_agent(ada).ref, f"inbox:{inbox.pk}")
    assert not any(secret in str(entry.detail) for secret in SECRETS)


def test_secrets_are_never_shown_and_stand_encrypted(saved, ada):
    page = client_of(ada).get(f"{LIST}{saved.inbox.public_id}/").content.decode()

    assert "One is stored. Leave this empty to keep it." in page
    assert not any(secret in page for secret in SECRETS)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT password, smtp_password, hook_secret FROM channels_mailbox")
        assert not any(secret in str(cursor.fetchall()) for secret in SECRETS)


def test_an_empty_password_keeps_the_stored_one_and_progress_stays(saved, ada):
    Mailbox.objects.update(uidvalidity=7, last_uid=42, last_ok_at=AT, claim="worker")
    changed = {**INBOX, "name": "Toko", **MAILBOX, **{f"mailbox-{name}": "" for name in mailboxes.SECRETS}}

    client_of(ada).post(f"{LIST}{saved.inbox.public_id}/", changed)

    saved.refresh_from_db()
    assert saved.inbox.name == "Toko"
    assert (saved.password, saved.smtp_password, saved.hook_secret) == SECRETS
    assert (saved.uidvalidity, saved.last_uid, saved.last_ok_at) == (7, 42, AT)
    assert saved.claim == ""


def test_another_folder_is_fetched_from_its_start(saved, ada):
    Mailbox.objects.update(uidvalidity=7, last_uid=42, unsettled=[42], last_ok_at=AT)

    client_of(ada).post(f"{LIST}{saved.inbox.public_id}/", {**INBOX, **MAILBOX, "mailbox-folder": "Support"})

    saved.refresh_from_db()
    assert (saved.uidvalidity, saved.last_uid, saved.unsettled, saved.last_ok_at) == (None, 0, [], None)


def test_a_secret_goes_with_what_it_is_for(saved, ada):
    changed = {
        **INBOX,
        **MAILBOX,
        "mailbox-is_active": "",
        "mailbox-host": "",
        "mailbox-smtp_host": "",
        "mailbox-provider": "",
    }

    client_of(ada).post(f"{LIST}{saved.inbox.public_id}/", changed)

    saved.refresh_from_db()
    assert (saved.password, saved.smtp_password, saved.hook_secret) == (None, None, None)
    assert saved.next_attempt_at is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"address": "nowhere"}, "Enter a valid email address."),
        ({"address": "support+x@shop.example"}, "Leave out what follows the plus sign"),
        ({"address": "TAKEN@shop.example"}, "Another inbox has this address."),
        ({"key": "taken"}, "Another inbox has this key."),
        ({"key": "email"}, "This word has a meaning of its own in addresses."),
        ({"offline_id": "x" * 1001}, "at most 1000 characters"),
        ({"key": "no way"}, "Enter a valid"),
        ({"mailbox-host": ""}, "This is needed."),
        ({"mailbox-password": ""}, "Without a password no mail can be fetched."),
        ({"mailbox-port": "70000"}, "less than or equal to 65535"),
        ({"mailbox-poll_seconds": "1"}, "greater than or equal to 10"),
        ({"mailbox-after": "move"}, "This is needed."),
        ({"mailbox-hook_secret": ""}, "Without it anybody could post mail here."),
        ({"mailbox-provider": "postmark"}, "This provider logs in: write user:password."),
        ({"mailbox-hook_secret": "ключ"}, "Only letters, digits and signs of ASCII."),
    ],
)
def test_what_cannot_work_is_said_at_its_field(ada, wrong, words):
    make_inbox("taken", address="taken@shop.example")

    answer = client_of(ada).post(f"{LIST}new/", {**INBOX, **MAILBOX, **wrong})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Mailbox.objects.exists()
    assert Inbox.objects.count() == 1


@pytest.mark.parametrize("role", ["agent", "contractor"])
def test_only_leads_and_owners_may(saved, role):
    team = make_team()
    saved.inbox.teams.set([team])
    ben = make_agent(role=role, teams=[team])
    client, page = client_of(ben), f"{LIST}{saved.inbox.public_id}/"

    for answer in (
        client.get(LIST),
        client.get(page),
        client.post(page, {**INBOX, **MAILBOX, "name": "Mine"}),
        client.post(f"{page}test/"),
    ):
        assert answer.status_code == 403
    actor = actor_of_agent(ben)
    with pytest.raises(PermissionDenied):
        mailboxes.save_mailbox(actor=actor, inbox=saved.inbox, address={"name": "Mine"}, teams=[], settings={}, at=AT)
    with pytest.raises(PermissionDenied):
        mailboxes.test_connection(actor=actor, mailbox=saved)
    with pytest.raises(NotVisible):
        mailboxes.mailbox_for(actor, public_id=saved.inbox.public_id)
    saved.inbox.refresh_from_db()
    assert saved.inbox.name == "Toko Laut"


def test_the_list_shows_how_they_do(saved, ada):
    make_inbox("plain", name="Sales")
    make_inbox("chat", name="Chatter", channel="chat")
    Mailbox.objects.update(state="failing", last_error="Nothing answers at this server and port.")

    page = client_of(ada).get(LIST).content.decode()

    assert "Nothing answers at this server and port." in page
    assert "Sales" in page
    assert "No mailbox to fetch" in page
    assert "Chatter" not in page


def test_the_connections_are_tested_in_plain_words(saved, ada, sink):
    Mailbox.objects.update(host="127.0.0.1", port=1, smtp_host="127.0.0.1", smtp_port=sink.port, smtp_security="plain")

    answer = client_of(ada).post(f"{LIST}{saved.inbox.public_id}/test/", follow=True)

    page = answer.content.decode()
    assert "IMAP server: Nothing answers at this server and port." in page
    assert "SMTP server: it works." in page
    assert sink.mails == []


def test_pages_speak_the_languages(saved, ada):
    for language, words in (("id", "Uji sambungan"), ("uk", "Перевірити з’єднання")):
        client = client_of(ada)
        client.cookies["django_language"] = language
        page = client.get(f"{LIST}{saved.inbox.public_id}/").content.decode()
        assert words in page


def test_an_unknown_inbox_is_not_there(ada):
    assert client_of(ada).get(f"{LIST}01jqz4c8k5x7m2n9p3r6t8v0wy/").status_code == 404
    assert reverse("channels-mailboxes") == LIST
    assert imap.plain_reason(TimeoutError()) == "The mail server did not answer in time."


def test_what_is_said_outside_opening_hours_is_set_for_each_language(saved, ada):
    browser, page = client_of(ada), f"{LIST}{saved.inbox.public_id}/"
    told = {"offline_en": "  We answer in the morning.  ", "offline_uk": "Відповімо зранку."}

    assert browser.post(page, {**INBOX, **MAILBOX, **told}).status_code == 302

    saved.inbox.refresh_from_db()
    assert saved.inbox.offline_texts == {"en": "We answer in the morning.", "uk": "Відповімо зранку."}
    shown = browser.get(page).content.decode()
    assert "Відповімо зранку.</textarea>" in shown
    assert 'lang="uk"' in shown
    assert AuditEntry.objects.latest("id").detail["changed"] == ["offline_texts"]
    browser.post(page, {**INBOX, **MAILBOX})
    saved.inbox.refresh_from_db()
    assert saved.inbox.offline_texts == {}


def test_an_inbox_that_has_a_reserved_key_already_keeps_it(saved, ada):
    Inbox.objects.update(key="email")

    answer = client_of(ada).post(
        f"{LIST}{saved.inbox.public_id}/", {**INBOX, **MAILBOX, "key": "email", "name": "Toko"}
    )

    assert (answer.status_code, Inbox.objects.get().name) == (302, "Toko")
