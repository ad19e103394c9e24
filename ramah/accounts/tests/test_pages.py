"""Pages of the settings open for those who may, and for nobody else."""

import pytest
from django.urls import reverse

from ramah.accounts.models import Role
from ramah.accounts.testing import client_of, make_agent, make_team

SETTINGS = ("profile", "agents", "invite", "teams", "roles", "security", "audit")
ALLOWED = {
    Role.OWNER: set(SETTINGS),
    Role.LEAD: {"profile", "roles", "teams"},
    Role.AGENT: {"profile", "roles"},
    Role.CONTRACTOR: {"profile", "roles"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("page", SETTINGS)
def test_settings_pages_open_by_role(role, page):
    make_team("Jakarta care")
    agent = make_agent(role=role)

    response = client_of(agent).get(reverse(f"accounts_{page}"))

    assert response.status_code == (200 if page in ALLOWED[role] else 403)


@pytest.mark.django_db
@pytest.mark.parametrize("page", SETTINGS)
def test_strangers_are_sent_to_the_log_in(client, page):
    response = client.get(reverse(f"accounts_{page}"))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/desk/settings/")
