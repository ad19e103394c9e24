"""The entrance in a real browser: passkeys under the strict policy, and pages that everybody can use."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from ramah.accounts import commands, queries
from ramah.accounts.models import Role
from ramah.accounts.testing import actor_of_agent, client_of
from ramah.accounts.tests.conftest import PASSWORD
from ramah.kernel import clock

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def _plug_in_a_key(page):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def test_a_passkey_is_added_and_opens_the_desk_without_a_password(live_server, open_page, ben):
    seen = open_page(f"{live_server.url}/accounts/login/?next=/desk/settings/profile/")
    page = seen.page
    _plug_in_a_key(page)
    page.get_by_label("E-mail").fill("ben@ramah.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/desk/settings/profile/")

    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    page.get_by_label("Name of this passkey").fill("Ben's laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    key = Authenticator.objects.get(type="webauthn")
    assert (key.user_id, key.wrap().name, key.wrap().is_passwordless) == (ben.user_id, "Ben's laptop", True)

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/")
    seen.must_be_quiet()
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/desk/")
    page.goto(f"{live_server.url}{reverse('accounts_profile')}")
    assert page.get_by_role("heading", name="Your profile").is_visible()


def test_a_passkey_serves_as_second_factor_after_the_password(live_server, open_page, ben):
    seen = open_page(f"{live_server.url}/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page = seen.page
    _plug_in_a_key(page)

    def log_in():
        page.get_by_label("E-mail").fill("ben@ramah.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()

    log_in()
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/?next=/desk/settings/profile/")
    log_in()
    page.wait_for_url("**/accounts/2fa/authenticate/")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/desk/settings/profile/")
    seen.must_be_quiet()


@pytest.mark.parametrize(("width", "theme", "language"), [(1440, "light", "en"), (390, "dark", "uk")])
def test_pages_are_accessible_and_fit(live_server, open_page, ada, ben, jakarta, width, theme, language):
    commands.invite(
        actor=actor_of_agent(ada), email="d@ramah.example", name="", role=Role.LEAD, teams=[jakarta], at=clock.now()
    )
    invitation = queries.open_invitations().get()
    adas = client_of(ada)
    pages = [(None, "/accounts/login/"), (None, "/accounts/password/reset/")]
    pages += [(None, reverse("accounts_accept_invitation", args=[queries.token_of(invitation)]))]
    pages += [
        (adas, reverse(f"accounts_{page}")) for page in ("profile", "agents", "teams", "roles", "security", "audit")
    ]
    pages += [(adas, "/accounts/2fa/"), (adas, reverse("accounts_agent", args=[ben.public_id]))]

    for client, path in pages:
        seen = open_page(live_server.url + path, width=width, theme=theme, language=language, client=client)
        seen.must_be_quiet()
        seen.must_not_scroll_sideways()
        seen.must_be_accessible()
