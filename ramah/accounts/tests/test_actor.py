"""Who acts: what a request's actor knows and may, at which price, and how soon it stops."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from ramah.accounts import commands, middleware, queries
from ramah.accounts.models import Agent, Limit, Role, User
from ramah.accounts.testing import actor_of_agent, client_of, make_agent
from ramah.accounts.tests.conftest import PASSWORD
from ramah.kernel import clock
from ramah.kernel.access import actor_of
from ramah.kernel.actors import NOBODY, SYSTEM, NotVisible
from ramah.kernel.money import Money
from ramah.kernel.permissions import permission_table

TABLE = {
    "accounts.manage_agents": {"owner"},
    "accounts.manage_security": {"owner"},
    "accounts.manage_teams": {"owner", "lead"},
    "accounts.see_contact_data": {"owner", "lead", "agent"},
    "accounts.view_audit": {"owner"},
    "accounts.work_here": {"owner", "lead", "agent", "contractor"},
}


def test_the_permission_table_is_exactly_this():
    ours = {line.name: set(line.roles) for line in permission_table() if line.name.startswith("accounts.")}

    assert ours == TABLE


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_an_actor_holds_what_the_table_gives_to_the_role(role):
    actor = actor_of_agent(make_agent(role=role))

    assert {name for name in actor.permissions if name in TABLE} == {n for n, roles in TABLE.items() if role in roles}
    assert actor.sees_contact_data == (role != Role.CONTRACTOR)


def test_an_actor_knows_name_teams_and_reference(ben, jakarta, django_assert_num_queries):
    with django_assert_num_queries(1):
        actor = queries.agent_actor(ben.user)

    assert (actor.ref, actor.label, actor.team_ids) == (f"agent:{ben.pk}", "Ben Hartono", frozenset({jakarta.pk}))


def test_session_user_agent_and_teams_cost_three_queries(ben, django_assert_num_queries):
    client = client_of(ben)
    url = reverse("accounts_roles")
    client.get(url)

    with django_assert_num_queries(3):
        assert client.get(url).status_code == 200


def test_without_a_log_in_nobody_acts(rf: RequestFactory):
    request = rf.get("/")
    request.user = AnonymousUser()
    middleware.actor(lambda request: HttpResponse())(request)

    assert actor_of(request).ref == NOBODY.ref
    assert not actor_of(request).may("accounts.work_here")


@pytest.mark.parametrize("row", [Agent, User])
def test_whoever_is_deactivated_is_out_at_the_next_click(ben, row):
    client = client_of(ben)
    assert client.get(reverse("accounts_profile")).status_code == 200

    row.objects.filter(pk=ben.pk if row is Agent else ben.user_id).update(is_active=False)

    assert client.get(reverse("accounts_profile")).status_code in (302, 403)
    ben.user.refresh_from_db()
    assert queries.agent_actor(ben.user) is None


def test_the_time_of_the_last_visit_is_noted_but_not_at_every_click(ben, time_machine):
    time_machine.move_to("2026-03-02 08:00:00Z", tick=False)
    client = client_of(ben)
    client.get(reverse("accounts_roles"))
    time_machine.move_to("2026-03-02 08:04:00Z", tick=False)
    client.get(reverse("accounts_roles"))

    assert Agent.objects.get(pk=ben.pk).last_seen_at.isoformat() == "2026-03-02T08:00:00+00:00"

    time_machine.move_to("2026-03-02 08:06:00Z", tick=False)
    client.get(reverse("accounts_roles"))

    assert Agent.objects.get(pk=ben.pk).last_seen_at.isoformat() == "2026-03-02T08:06:00+00:00"


def test_times_are_shown_in_the_zone_that_the_agent_has_chosen(ben, time_machine):
    time_machine.move_to("2026-03-02 08:00:00Z", tick=False)
    client = Client()
    client.post("/accounts/login/", {"login": "ben@ramah.example", "password": PASSWORD})
    Agent.objects.filter(pk=ben.pk).update(time_zone="Asia/Makassar")
    client.cookies["ramah_tz"] = "Europe/Kyiv"

    page = client.get(reverse("accounts_profile")).content.decode()

    assert "16:00" in page
    assert "10:00" not in page


def test_doors_open_for_those_who_work_here_only(ben, jakarta):
    actor = actor_of_agent(ben)

    assert queries.agent_for(actor, public_id=ben.public_id) == ben
    assert queries.team_for(actor, public_id=jakarta.public_id) == jakarta
    with pytest.raises(NotVisible):
        queries.agent_for(NOBODY, public_id=ben.public_id)
    with pytest.raises(NotVisible):
        queries.team_for(actor, public_id="0" * 26)


def test_limits_of_authority_follow_the_role(ben, chris):
    amounts = {("agent", "case", "IDR"): Decimal(500_000)}
    commands.set_limits(actor=SYSTEM, amounts=amounts, at=clock.now())

    assert queries.limit_of(actor_of_agent(ben), Limit.Key.CASE, "IDR") == Money(500_000, "IDR")
    assert queries.limit_of(actor_of_agent(ben), Limit.Key.DAY, "IDR") == Money(0, "IDR")
    assert queries.limit_of(actor_of_agent(ben), Limit.Key.CASE, "UAH") == Money(0, "UAH")
    assert queries.limit_of(actor_of_agent(chris), Limit.Key.CASE, "IDR") == Money(0, "IDR")
    assert queries.limit_of(NOBODY, Limit.Key.CASE, "IDR") == Money(0, "IDR")
    assert queries.limit_of(SYSTEM, Limit.Key.CASE, "IDR") is None
