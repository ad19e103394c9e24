"""Second factors: required by role, set up, asked for, replaced by a recovery code."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client
from django.urls import reverse

from ramah.accounts import commands, queries
from ramah.accounts.models import Role
from ramah.accounts.testing import actor_of_agent, client_of
from ramah.accounts.tests.conftest import PASSWORD
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def _code(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def _require(*roles):
    commands.require_second_factor(actor=SYSTEM, roles=set(roles), at=clock.now())


def _log_in(client):
    return client.post("/accounts/login/", {"login": "ben@ramah.example", "password": PASSWORD})


def test_whoever_must_have_a_factor_is_led_to_setting_one_up_before_anything_else(ben):
    client = client_of(ben)
    _require(Role.AGENT)

    assert client.get(reverse("accounts_profile"))["Location"] == "/accounts/2fa/"
    assert client.get(reverse("accounts_profile"), headers={"HX-Request": "true"})["HX-Redirect"] == "/accounts/2fa/"
    assert b"Your role requires a second factor" in client.get("/accounts/2fa/").content
    ben.user.refresh_from_db()
    assert not actor_of_agent(ben).may("accounts.work_here")


def test_other_roles_are_not_bothered(ben):
    _require(Role.OWNER)

    assert client_of(ben).get(reverse("accounts_profile")).status_code == 200


@pytest.mark.django_db(transaction=True)  # allauth tells by mail and on record after the commit
def test_setting_up_an_app_opens_the_desk_and_gives_recovery_codes(client, ben):
    _require(Role.AGENT)
    _log_in(client)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="secret" value="(\w+)"', page)[1]

    response = client.post("/accounts/2fa/totp/activate/", {"code": _code(secret)})

    assert response["Location"] == "/accounts/2fa/recovery-codes/"
    codes = re.findall(r"<code>(\d+)</code>", client.get(response["Location"]).content.decode())
    assert len(codes) == 10
    assert client.get(reverse("accounts_profile")).status_code == 200
    done = AuditEntry.objects.filter(actor=f"agent:{ben.pk}").values_list("action", flat=True)
    assert sorted(done) == ["login.start", "login.totp_activated"]
    assert [message.to for message in mail.outbox] == [["ben@ramah.example"]]


def test_secrets_of_factors_stand_encrypted(ben):
    TOTP.activate(ben.user, SECRET)

    stored = Authenticator.objects.get(user=ben.user)
    assert SECRET not in str(stored.data)
    assert stored.wrap().validate_code(_code(SECRET))


def test_secrets_of_factors_move_to_a_new_key(ben, settings):
    TOTP.activate(ben.user, SECRET)
    codes = RecoveryCodes.activate(ben.user).get_unused_codes()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 50
    settings.SECRET_KEY_FALLBACKS = [old]

    assert commands.rewrite_second_factor_secrets(at=clock.now()) == 2

    settings.SECRET_KEY_FALLBACKS = []
    factors = {factor.type: factor.wrap() for factor in Authenticator.objects.filter(user=ben.user)}
    assert factors["totp"].validate_code(_code(SECRET))
    assert factors["recovery_codes"].get_unused_codes() == codes


def test_with_an_app_the_password_alone_opens_nothing(client, ben):
    TOTP.activate(ben.user, SECRET)

    assert _log_in(client)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get(reverse("accounts_profile")).status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get(reverse("accounts_profile")).status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": _code(SECRET)})["Location"] == "/desk/"
    assert client.get(reverse("accounts_profile")).status_code == 200


def test_a_code_opens_once(client, ben):
    TOTP.activate(ben.user, SECRET)
    code = _code(SECRET)
    _log_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    second = Client()
    _log_in(second)

    assert second.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
    assert second.get(reverse("accounts_profile")).status_code == 302


def test_a_recovery_code_opens_once(client, ben):
    TOTP.activate(ben.user, SECRET)
    code = RecoveryCodes.activate(ben.user).get_unused_codes()[0]
    for browser, opens in ((client, True), (Client(), False)):
        _log_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": code})

        assert (browser.get(reverse("accounts_profile")).status_code == 200) is opens


def test_codes_cannot_be_tried_without_end(client, ben):
    TOTP.activate(ben.user, SECRET)
    _log_in(client)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    client.post("/accounts/2fa/authenticate/", {"code": _code(SECRET)})

    assert client.get(reverse("accounts_profile")).status_code == 302


def test_recovery_codes_alone_are_no_second_factor(ben):
    _require(Role.AGENT)
    RecoveryCodes.activate(ben.user)

    assert queries.agent_actor(ben.user).needs_second_factor


def test_whoever_removes_the_last_required_factor_is_led_back(client, ben):
    _require(Role.AGENT)
    _log_in(client)
    TOTP.activate(ben.user, SECRET)
    assert client.get(reverse("accounts_profile")).status_code == 200

    client.post("/accounts/2fa/totp/deactivate/")

    assert client.get(reverse("accounts_profile"))["Location"] == "/accounts/2fa/"


def test_an_owner_helps_somebody_who_lost_phone_and_key(ada, ben):
    bens = Client()
    _log_in(bens)
    TOTP.activate(ben.user, SECRET)

    response = client_of(ada).post(reverse("accounts_remove_factors", args=[ben.public_id]))

    assert response.status_code == 302
    assert not Authenticator.objects.filter(user=ben.user).exists()
    assert bens.get(reverse("accounts_profile")).status_code == 302


@pytest.mark.parametrize("page", ["login/", "2fa/webauthn/add/", "2fa/", "2fa/totp/activate/"])
def test_pages_run_no_script_that_the_policy_forbids(client, ben, page):
    if page != "login/":
        _log_in(client)

    response = client.get(f"/accounts/{page}")

    assert response.status_code == 200
    assert "script-src 'self';" in response["Content-Security-Policy"]
    html = response.content.decode()
    inline = [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag and "application/json" not in tag]
    assert inline == []
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", html)
