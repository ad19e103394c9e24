"""Logging in and out with a password: who comes in, who is slowed down, and what strangers can learn from it."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from ramah.accounts.models import User
from ramah.accounts.tests.conftest import PASSWORD
from ramah.kernel.models import AuditEntry

LOGIN = "/accounts/login/"


def _log_in(client, email="ben@ramah.example", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def test_the_right_password_opens_the_desk(client, ben):
    response = _log_in(client, "Ben@Ramah.Example")

    assert (response.status_code, response["Location"]) == (302, "/desk/")
    assert client.get(reverse("accounts_profile")).status_code == 200
    entry = AuditEntry.objects.get(action="login.start")
    assert (entry.actor, entry.subject, entry.origin) == (f"agent:{ben.pk}", f"user:{ben.user_id}", "127.0.0.1")


def test_one_is_led_back_to_where_one_was_going_but_never_elsewhere(client, ben):
    assert _log_in(client, next="/desk/settings/profile/")["Location"] == "/desk/settings/profile/"
    client.logout()
    assert _log_in(client, next="https://evil.example/")["Location"] == "/desk/"


def test_a_log_in_gets_a_session_of_its_own(client, ben):
    client.get(LOGIN)
    client.session["planted"] = True
    client.session.save()
    before = client.session.session_key
    _log_in(client)

    assert client.session.session_key != before


@pytest.mark.parametrize(("remember", "keeps"), [({}, False), ({"remember": "on"}, True)])
def test_remember_me_decides_whether_the_session_outlives_the_browser(client, ben, remember, keeps):
    response = _log_in(client, **remember)

    assert bool(response.cookies["sessionid"]["max-age"]) is keeps
    assert response.cookies["sessionid"]["httponly"]
    assert response.cookies["sessionid"]["samesite"] == "Lax"


def test_wrong_password_and_unknown_address_look_alike(client, ben):
    told = [
        re.sub(r'value="[^"]*"|hx-headers=\S+ \S+', "", _log_in(client, email, "wrong-password").content.decode())
        for email in ("ben@ramah.example", "nobody@ramah.example")
    ]

    assert told[0] == told[1]
    assert "sessionid" not in client.cookies


def test_after_five_failures_even_the_right_password_waits(client, ben, cleo):
    for _ in range(5):
        _log_in(client, password="wrong-password")

    assert _log_in(client).status_code == 200
    assert "sessionid" not in client.cookies
    # Another browser is held as well, since the lock is on the address; a colleague is not.
    assert _log_in(Client(REMOTE_ADDR="10.0.0.9")).status_code == 200
    assert _log_in(Client(REMOTE_ADDR="10.0.0.8"), "cleo@ramah.example").status_code == 302


def test_one_address_on_the_network_cannot_try_many_accounts(client, ben):
    for number in range(10):
        _log_in(client, f"guess{number}@ramah.example", "wrong-password")

    assert _log_in(client).status_code == 200
    assert _log_in(Client(REMOTE_ADDR="10.0.0.9")).status_code == 302


def test_nobody_signs_up(client, db):
    for page in ("/accounts/signup/", "/accounts/email/", "/accounts/password/set/"):
        assert client.get(page).status_code == 404
        assert client.post(page, {"email": "eve@ramah.example", "password1": PASSWORD}).status_code == 404

    assert not User.objects.exists()


def test_logging_out_takes_a_post(client, ben):
    _log_in(client)

    assert client.get("/accounts/logout/").status_code == 200
    assert client.get(reverse("accounts_profile")).status_code == 200
    assert client.post("/accounts/logout/")["Location"] == LOGIN
    assert client.get(reverse("accounts_profile")).status_code == 302


def test_a_deactivated_agent_is_told_so_only_with_the_right_password(client, ben):
    User.objects.filter(pk=ben.user_id).update(is_active=False)

    assert _log_in(client)["Location"] == "/accounts/inactive/"
    assert client.get("/accounts/inactive/").status_code == 200
    assert client.get(reverse("accounts_profile")).status_code == 302


def test_the_language_of_the_person_comes_to_the_browser(client, ben):
    User.objects.filter(pk=ben.user_id).update(language="id")

    assert _log_in(client).cookies["django_language"].value == "id"


@pytest.mark.parametrize("bad", ["short-9", "password1234", "ben@ramah.example"])
def test_weak_passwords_are_refused(client, ben, bad):
    _log_in(client)
    given = {"oldpassword": PASSWORD, "password1": bad, "password2": bad}

    assert client.post("/accounts/password/change/", given).status_code == 200
    ben.user.refresh_from_db()
    assert ben.user.check_password(PASSWORD)


def test_changing_the_password_ends_other_sessions_and_is_told_by_mail(client, ben):
    elsewhere = Client()
    _log_in(client)
    _log_in(elsewhere)
    new = "seven-lanterns-42"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert client.get(reverse("accounts_profile")).status_code == 200
    assert elsewhere.get(reverse("accounts_profile")).status_code == 302
    assert [message.to for message in mail.outbox] == [["ben@ramah.example"]]
    assert AuditEntry.objects.filter(action="login.password_changed", actor=f"agent:{ben.pk}").count() == 1


def test_a_forgotten_password_is_reset_by_a_link_that_works_once(client, ben):
    assert (
        client.post("/accounts/password/reset/", {"email": "ben@ramah.example"})["Location"]
        == "/accounts/password/reset/done/"
    )
    link = re.search(r"http://\S+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    new = "seven-lanterns-42"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})

    assert _log_in(client, password=new).status_code == 302
    again = Client().get(link, follow=True)
    assert b"password1" not in again.content


def test_asking_for_a_reset_never_tells_whether_there_is_an_account(client, ben):
    answers = [
        client.post("/accounts/password/reset/", {"email": e}) for e in ("ben@ramah.example", "no@ramah.example")
    ]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert "no account with this address" in mail.outbox[1].body
    assert len(mail.outbox) == 2  # the stranger's mail says that there is no account; both take as long


def test_when_mail_is_down_the_page_stands_and_says_so(client, ben, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    response = client.post("/accounts/password/reset/", {"email": "ben@ramah.example"}, follow=True)

    assert response.status_code == 200
    assert b"No mail could be sent just now" in response.content
