"""Somebody who shopped here and now is one of the team: their customer stays theirs, their log-in is the desk's to change."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from ramah.accounts.commands.agents import give_seat
from ramah.accounts.models import Role
from ramah.customers.models import CustomerLogin
from ramah.customers.queries import signed_in_as
from ramah.kernel import clock
from ramah.storefront.tests.signed import dana, text

__all__ = ["dana"]
pytestmark = pytest.mark.django_db
PASSWORD, OTHER = "three-boats-9-sails", "other-boats-5-oars"


@pytest.fixture
def at_work(dana):
    """A browser in which Dana is logged in, an agent by now."""
    give_seat(email=dana.user.email, name="Dana", role=Role.AGENT, password=PASSWORD, at=clock.now())
    client = Client()
    client.post("/accounts/login/", {"login": dana.user.email, "password": PASSWORD})
    return client


def test_their_sessions_in_the_shop_end_and_their_customer_stays(dana):
    assert dana.client.get(reverse("account_details")).status_code == 200

    give_seat(email=dana.user.email, name="Dana", role=Role.AGENT, password=PASSWORD, at=clock.now())

    assert dana.client.get(reverse("account_details")).status_code == 302
    assert CustomerLogin.objects.get().customer == dana.customer
    dana.user.refresh_from_db()
    assert signed_in_as(dana.user).customer_id == dana.customer.pk


def test_the_account_opens_with_the_desks_log_in_and_says_where_it_is_changed(at_work):
    assert at_work.get("/desk/").status_code == 200

    page = text(at_work.get(reverse("account_details")))

    assert "You log in here as one of the team" in page
    assert reverse("account_password") not in page
    assert reverse("account_email") not in page


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("account_email", {"email": "eve@mail.example"}),
        ("account_password", {"password": OTHER}),
        ("account_remove_password", {}),
    ],
)
def test_the_shop_changes_nothing_of_an_agents_log_in(dana, at_work, name, told):
    session = at_work.session
    session["proved_at"] = int(clock.now().timestamp())
    session.save()

    response = at_work.post(reverse(name), told)

    assert response["Location"] == reverse("account_details")
    dana.user.refresh_from_db()
    assert (dana.user.email, dana.user.check_password(PASSWORD)) == ("dana@mail.example", True)
    assert mail.outbox == []


def test_no_code_opens_it_any_more_and_the_password_leads_to_the_desk(dana, at_work):
    stranger = Client()
    stranger.post(reverse("sign_in"), {"email": dana.user.email})
    assert "/accounts/login/" in mail.outbox[-1].body

    by_password = Client().post(
        reverse("sign_in_password"), {"login": dana.user.email, "password": PASSWORD}, follow=True
    )

    assert by_password.redirect_chain[-1][0] == "/desk/"
