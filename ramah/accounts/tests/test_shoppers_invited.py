"""An address with a shopper's log-in becomes an agent's by the mailed invitation alone; nothing from before opens the desk."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.test import Client
from django.urls import reverse

from ramah.accounts import commands, queries
from ramah.accounts.commands.agents import give_seat
from ramah.accounts.models import Agent, Invitation, Role, User
from ramah.accounts.testing import actor_of_agent, client_of
from ramah.accounts.tests.conftest import PASSWORD
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry

DANA = "dana@mail.example"
OLD = "two-shirts-4-summer"
NEW = {"name": "Dana Putri", "password": PASSWORD}


@pytest.fixture
def dana(db):
    user = commands.open_login(email=DANA, language="en", at=clock.now())
    commands.set_password(actor=SYSTEM, user=user, password=OLD, at=clock.now())
    return user


@pytest.fixture
def invitation(ada, dana, jakarta):
    actor = actor_of_agent(ada)
    return commands.invite(
        actor=actor, email="Dana@Mail.example", name="", role=Role.AGENT, teams=[jakarta], at=clock.now()
    )


def _link(invitation):
    return reverse("accounts_accept_invitation", args=[queries.token_of(invitation)])


def _log_in(password, client=None):
    return (client or Client()).post("/accounts/login/", {"login": DANA, "password": password})


def _must_still_shop(dana):
    """Nothing has changed: the log-in is no agent's, and its password is the old one."""
    dana.refresh_from_db()
    assert not queries.is_agents(dana)
    assert dana.check_password(OLD)


def test_the_invitation_is_sent_as_to_anybody_else(ada, dana):
    sent = [
        client_of(ada).post(reverse("accounts_invite"), {"email": email, "role": "agent"})
        for email in (DANA, "nobody@mail.example")
    ]

    assert {response["Location"] for response in sent} == {reverse("accounts_agents")}
    assert [one.to for one in mail.outbox] == [[DANA], ["nobody@mail.example"]]


def test_being_invited_alone_gives_nothing(dana, invitation):
    client = Client()
    _log_in(OLD, client)

    assert queries.agent_actor(dana) is None
    assert client.get("/desk/").status_code != 200
    assert client.get(_link(invitation)).status_code == 409
    assert b"signed in to the shop with the invited address" in client.get(_link(invitation)).content
    assert client.post(_link(invitation), NEW).status_code == 409
    _must_still_shop(dana)


def test_accepting_makes_the_same_log_in_an_agents(dana, invitation, jakarta):
    client = Client()
    assert b"You have an account in the shop with this address" in client.get(_link(invitation)).content

    assert client.post(_link(invitation), NEW)["Location"] == "/accounts/login/"

    agent = Agent.objects.get(user=dana)
    assert (agent.name, agent.role, list(agent.teams.all())) == ("Dana Putri", Role.AGENT, [jakarta])
    assert User.objects.filter(email__iexact=DANA).get().language == "en"
    assert EmailAddress.objects.get(user=dana).verified
    assert _log_in(PASSWORD)["Location"] == "/desk/"
    assert AuditEntry.objects.get(action="invitation.accept").detail == {"agent": agent.pk, "shopped": True}


def test_whoever_had_no_log_in_is_not_told_of_an_account(ada):
    invitation = commands.invite(
        actor=actor_of_agent(ada), email="new@ramah.example", name="", role=Role.AGENT, teams=[], at=clock.now()
    )

    assert b"account in the shop" not in Client().get(_link(invitation)).content


def test_nothing_that_opened_the_shoppers_log_in_opens_the_agents(dana, invitation):
    before = Client()
    _log_in(OLD, before)
    assert UserSession.objects.filter(user=dana).count() == 1
    TOTP.activate(dana, generate_totp_secret())
    Authenticator.objects.create(user=dana, type=Authenticator.Type.WEBAUTHN, data={})
    dana.refresh_from_db()
    reset = default_token_generator.make_token(dana)

    Client().post(_link(invitation), NEW)

    assert before.get("/desk/").status_code != 200
    assert not UserSession.objects.filter(user=dana).exists()
    assert not Authenticator.objects.filter(user=dana).exists()
    assert "Location" not in _log_in(OLD)
    dana.refresh_from_db()
    assert not default_token_generator.check_token(dana, reset)
    with pytest.raises(commands.BelongsToAgent):
        commands.open_login(email=DANA, at=clock.now())
    for change in (
        lambda: commands.set_password(actor=SYSTEM, user=dana, password=OLD, at=clock.now()),
        lambda: commands.remove_password(actor=SYSTEM, user=dana, at=clock.now()),
        lambda: commands.change_login_email(actor=SYSTEM, user=dana, email="eve@mail.example", at=clock.now()),
    ):
        with pytest.raises(commands.BelongsToAgent):
            change()
    assert not commands.close_login(user_id=dana.pk)
    assert User.objects.get(pk=dana.pk).check_password(PASSWORD)


def test_a_role_that_needs_a_second_factor_needs_a_new_one(dana, invitation):
    commands.require_second_factor(actor=SYSTEM, roles={Role.AGENT}, at=clock.now())
    TOTP.activate(dana, generate_totp_secret())
    client = Client()

    client.post(_link(invitation), NEW)
    _log_in(PASSWORD, client)

    assert client.get(reverse("accounts_profile"))["Location"] == "/accounts/2fa/"
    assert not actor_of_agent(Agent.objects.get(user=dana)).permissions


def test_a_weak_password_is_refused_by_the_rules_of_agents(dana, invitation):
    for bad in ("short-9", "password1234", DANA, "Dana Putri 1"):
        assert Client().post(_link(invitation), {**NEW, "password": bad}).status_code == 200

    _must_still_shop(dana)


def test_an_expired_or_withdrawn_link_changes_nothing(ada, dana, invitation, time_machine):
    old = _link(invitation)
    time_machine.move_to(clock.now() + timedelta(days=7, seconds=1))
    assert Client().post(old, NEW).status_code == 410
    commands.renew_invitation(actor=actor_of_agent(ada), invitation=invitation, at=clock.now())
    assert Client().post(old, NEW).status_code == 410
    commands.withdraw_invitation(actor=actor_of_agent(ada), invitation=invitation, at=clock.now())
    invitation.refresh_from_db()
    assert Client().post(_link(invitation), NEW).status_code == 410

    _must_still_shop(dana)


def test_a_link_sets_a_password_once(dana, invitation):
    Client().post(_link(invitation), NEW)

    again = Client().post(_link(invitation), {**NEW, "password": "other-boats-5-oars"})

    assert again.status_code == 410
    assert User.objects.get(pk=dana.pk).check_password(PASSWORD)
    assert Agent.objects.filter(user=dana).count() == 1


def test_whoever_worked_here_does_not_come_back_by_an_invitation(ada, dana, invitation):
    agent = Agent.objects.create(user=dana, name="Dana", role=Role.LEAD, created_at=clock.now())
    commands.deactivate_agent(actor=actor_of_agent(ada), agent=agent, at=clock.now())

    assert Client().post(_link(invitation), NEW).status_code == 410
    refused = client_of(ada).post(reverse("accounts_invite"), {"email": "DANA@mail.example", "role": "owner"})

    assert b"already works here" in refused.content
    agent.refresh_from_db()
    assert (agent.is_active, agent.role, agent.user.is_active) == (False, Role.LEAD, False)
    assert Invitation.objects.get().accepted_at is None


def test_a_log_in_that_has_another_address_meanwhile_is_left_alone(dana, invitation):
    commands.change_login_email(actor=SYSTEM, user=dana, email="dana@new.example", at=clock.now())

    Client().post(_link(invitation), NEW)

    _must_still_shop(dana)
    assert Agent.objects.exclude(name="Ada Wijaya").get().user.email == DANA


def test_a_seat_needs_a_log_in_that_is_no_agents(ben):
    for email in ("nobody@mail.example", "BEN@ramah.example"):
        with pytest.raises(commands.EmailTaken):
            give_seat(email=email, name="X", role=Role.OWNER, password=OLD, at=clock.now())

    assert Agent.objects.get().role == Role.AGENT
    assert ben.user.check_password(PASSWORD)


def test_an_operator_still_makes_no_owner_of_a_shoppers_address(dana):
    with pytest.raises(commands.EmailTaken):
        commands.create_owner(email=DANA, name="Dana", password=PASSWORD, at=clock.now())

    _must_still_shop(dana)
