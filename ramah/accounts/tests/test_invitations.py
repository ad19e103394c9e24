"""An invitation from the mail to the seat, and every way in which its link may not work."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from ramah.accounts import commands, queries
from ramah.accounts.models import Agent, Invitation, Role, User
from ramah.accounts.testing import actor_of_agent, client_of
from ramah.accounts.tests.conftest import PASSWORD
from ramah.kernel import clock
from ramah.kernel.actors import PermissionDenied

NEW = {"name": "Dina Rahma", "password": PASSWORD}


@pytest.fixture
def invitation(ada, jakarta):
    return commands.invite(
        actor=actor_of_agent(ada),
        email="Dina@Ramah.example",
        name="Dina",
        role=Role.AGENT,
        teams=[jakarta],
        at=clock.now(),
    )


def _link(invitation):
    return reverse("accounts_accept_invitation", args=[queries.token_of(invitation)])


def _must_be_closed(link):
    assert Client().get(link).status_code == 410
    assert Client().post(link, NEW).status_code == 410


def test_an_owner_invites_and_the_mail_brings_the_link(ada, jakarta):
    given = {"email": "dina@ramah.example", "name": "Dina", "role": "lead", "teams": [jakarta.pk]}

    response = client_of(ada).post(reverse("accounts_invite"), given)

    assert response["Location"] == reverse("accounts_agents")
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.invited_by) == ("dina@ramah.example", "lead", ada)
    assert mail.outbox[0].to == ["dina@ramah.example"]
    assert _link(invitation) in mail.outbox[0].body


def test_accepting_makes_an_agent_who_then_logs_in(client, invitation, jakarta):
    assert b"Dina" in client.get(_link(invitation)).content

    response = client.post(_link(invitation), NEW)

    assert response["Location"] == "/accounts/login/"
    agent = Agent.objects.get(user__email="dina@ramah.example")
    assert (agent.name, agent.role, list(agent.teams.all())) == ("Dina Rahma", Role.AGENT, [jakarta])
    login = client.post("/accounts/login/", {"login": "dina@ramah.example", "password": PASSWORD})
    assert login["Location"] == "/desk/"


def test_a_link_works_once(client, invitation):
    client.post(_link(invitation), NEW)

    _must_be_closed(_link(invitation))
    assert User.objects.filter(email="dina@ramah.example").count() == 1


def test_a_withdrawn_link_is_void(ada, invitation):
    commands.withdraw_invitation(actor=actor_of_agent(ada), invitation=invitation, at=clock.now())

    _must_be_closed(_link(invitation))
    assert not User.objects.filter(email="dina@ramah.example").exists()


def test_a_link_expires_after_seven_days(invitation, time_machine):
    time_machine.move_to(clock.now() + timedelta(days=7, seconds=1))

    _must_be_closed(_link(invitation))
    assert not User.objects.filter(email="dina@ramah.example").exists()


def test_a_tampered_link_opens_nothing(invitation):
    token = queries.token_of(invitation)

    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), token.replace(":", ":x", 1), "x", "a:b:c"):
        _must_be_closed(reverse("accounts_accept_invitation", args=[bad]))
    assert not User.objects.filter(email="dina@ramah.example").exists()


def test_sending_again_makes_the_old_link_void(ada, invitation, time_machine):
    old = _link(invitation)
    time_machine.move_to(clock.now() + timedelta(days=8))

    client_of(ada).post(reverse("accounts_renew_invitation", args=[invitation.public_id]))

    _must_be_closed(old)
    link = re.search(r"http://[^/]+(/accounts/invitation/\S+)", mail.outbox[0].body)[1]
    assert Client().post(link, NEW)["Location"] == "/accounts/login/"


def test_a_weak_password_is_refused_and_the_seat_stays_open(client, invitation):
    for bad in ("short-9", "password1234", "dina@ramah.example", "Dina Rahma 1"):
        assert client.post(_link(invitation), {**NEW, "password": bad}).status_code == 200

    assert not User.objects.filter(email="dina@ramah.example").exists()
    assert queries.open_invitations().count() == 1


def test_whoever_is_logged_in_as_somebody_else_stays_who_they_are(ben, invitation):
    client = client_of(ben)

    assert client.get(_link(invitation)).status_code == 409
    assert client.post(_link(invitation), NEW).status_code == 409
    assert not User.objects.filter(email="dina@ramah.example").exists()
    assert b"Ben Hartono" in client.get(reverse("accounts_profile")).content


def test_nobody_is_invited_twice_or_although_they_work_here(ada, ben, invitation):
    client = client_of(ada)

    for email, said in (("ben@ramah.example", b"already works here"), ("dina@ramah.example", b"invited already")):
        response = client.post(reverse("accounts_invite"), {"email": email, "role": "agent"})
        assert response.status_code == 200
        assert said in response.content
    assert Invitation.objects.count() == 1
    assert mail.outbox == []


def test_when_mail_is_down_the_invitation_stands_and_the_owner_is_told(ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    response = client_of(ada).post(
        reverse("accounts_invite"), {"email": "d@ramah.example", "role": "agent"}, follow=True
    )

    assert b"no mail could be sent" in response.content
    assert Invitation.objects.count() == 1


def test_only_owners_invite(lia, jakarta):
    with pytest.raises(PermissionDenied):
        commands.invite(
            actor=actor_of_agent(lia), email="d@ramah.example", name="", role="agent", teams=[], at=clock.now()
        )

    assert (
        client_of(lia).post(reverse("accounts_invite"), {"email": "d@ramah.example", "role": "owner"}).status_code
        == 403
    )
    assert not Invitation.objects.exists()


def test_a_closed_invitation_is_neither_renewed_nor_withdrawn(ada, client, invitation):
    client.post(_link(invitation), NEW)
    before = Invitation.objects.values().get()

    for change in ("renew", "withdraw"):
        client_of(ada).post(reverse(f"accounts_{change}_invitation", args=[invitation.public_id]))

    assert Invitation.objects.values().get() == before
    assert mail.outbox == []
