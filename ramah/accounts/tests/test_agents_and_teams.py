"""Agents and teams change: who may, what is told to others, and the owner of last resort."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from ramah.accounts import commands, events, queries
from ramah.accounts.models import Agent, Role, Team, User
from ramah.accounts.testing import actor_of_agent, client_of, make_agent
from ramah.accounts.tests.conftest import PASSWORD
from ramah.kernel import clock
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry


@pytest.fixture
def published(monkeypatch):
    facts = []
    for module in ("agents",):
        monkeypatch.setattr(f"ramah.accounts.commands.{module}.publish", lambda fact, subject: facts.append(fact))
    return facts


def _log_in(email):
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return client


def test_an_owner_changes_name_role_and_teams(ada, ben, kyiv, jakarta, published):
    given = {"name": "Ben H.", "role": "lead", "teams": [kyiv.pk]}

    client_of(ada).post(reverse("accounts_agent", args=[ben.public_id]), given)

    ben.refresh_from_db()
    assert (ben.name, ben.role, list(ben.teams.all())) == ("Ben H.", Role.LEAD, [kyiv])
    assert published == [
        events.AgentRoleChanged(ben.pk, "lead"),
        events.AgentTeamsChanged(ben.pk, [kyiv.pk], [jakarta.pk]),
    ]
    actions = list(AuditEntry.objects.filter(subject=f"agent:{ben.pk}").order_by("id").values_list("action", "actor"))
    assert actions == [("agent.change", f"agent:{ada.pk}"), ("agent.change_teams", f"agent:{ada.pk}")]


def test_an_owner_says_which_chats_fit_an_agent(ada, ben, kyiv):
    given = {"name": "Ben", "role": "agent", "teams": [kyiv.pk]}
    given |= {"languages": "ID, en,,id", "skills": " Returns,  sizes and fit ", "most_chats": "5"}

    client_of(ada).post(reverse("accounts_agent", args=[ben.public_id]), given)

    ben.refresh_from_db()
    assert (ben.languages, ben.skills, ben.most_chats) == (["id", "en"], ["returns", "sizes and fit"], 5)
    page = client_of(ada).get(reverse("accounts_agent", args=[ben.public_id])).content.decode()
    assert 'value="returns, sizes and fit"' in page


@pytest.mark.parametrize(
    "wrong", [{"languages": "Indonesian"}, {"languages": "<b>"}, {"skills": "x" * 41}, {"most_chats": "-1"}]
)
def test_what_fits_no_agent_is_refused(ada, ben, wrong):
    answer = client_of(ada).post(
        reverse("accounts_agent", args=[ben.public_id]), {"name": "Ben X", "role": "agent", **wrong}
    )

    assert answer.status_code == 200
    ben.refresh_from_db()
    assert (ben.name, ben.languages, ben.skills, ben.most_chats) == ("Ben Hartono", [], [], 3)


def test_deactivation_ends_everything_at_once(ada, ben, published):
    bens = _log_in("ben@ramah.example")
    assert bens.get(reverse("accounts_profile")).status_code == 200

    client_of(ada).post(reverse("accounts_deactivate_agent", args=[ben.public_id]))

    assert bens.get(reverse("accounts_profile")).status_code == 302
    assert not UserSession.objects.filter(user=ben.user).exists()
    assert published == [events.AgentDeactivated(ben.pk)]
    assert _log_in("ben@ramah.example").get(reverse("accounts_profile")).status_code == 302


def test_reactivation_lets_them_log_in_again(ada, ben, published):
    commands.deactivate_agent(actor=actor_of_agent(ada), agent=ben, at=clock.now())

    client_of(ada).post(reverse("accounts_reactivate_agent", args=[ben.public_id]))

    assert _log_in("ben@ramah.example").get(reverse("accounts_profile")).status_code == 200
    assert published == [events.AgentDeactivated(ben.pk), events.AgentReactivated(ben.pk)]


def test_the_last_owner_stays_an_owner(ada, published):
    client = client_of(ada)

    demoted = client.post(reverse("accounts_agent", args=[ada.public_id]), {"name": "Ada", "role": "agent"})
    client.post(reverse("accounts_deactivate_agent", args=[ada.public_id]))

    assert b"last active owner" in demoted.content
    ada.refresh_from_db()
    assert (ada.role, ada.is_active, ada.name) == (Role.OWNER, True, "Ada Wijaya")
    assert published == []
    assert not AuditEntry.objects.filter(subject=f"agent:{ada.pk}").exists()


def test_of_two_owners_one_may_go(ada):
    second = make_agent(name="Oki Owner", role=Role.OWNER)
    commands.deactivate_agent(actor=actor_of_agent(second), agent=ada, at=clock.now())

    with pytest.raises(commands.LastOwner):
        commands.deactivate_agent(actor=actor_of_agent(second), agent=second, at=clock.now())

    assert Agent.objects.filter(role=Role.OWNER, is_active=True).get() == second


@pytest.mark.parametrize("who", ["lia", "ben", "chris"])
def test_only_owners_touch_agents(request, cleo, who, published):
    actor = actor_of_agent(request.getfixturevalue(who))
    client = client_of(request.getfixturevalue(who))
    before = Agent.objects.values().get(pk=cleo.pk)

    for command in (
        commands.deactivate_agent,
        commands.reactivate_agent,
        commands.end_sessions,
        commands.remove_second_factors,
    ):
        with pytest.raises(PermissionDenied):
            command(actor=actor, agent=cleo, at=clock.now())
    with pytest.raises(PermissionDenied):
        commands.change_agent(actor=actor, agent=cleo, name="X", role="owner", teams=[], at=clock.now())
    for page in ("agent", "deactivate_agent", "end_sessions", "remove_factors"):
        assert client.post(reverse(f"accounts_{page}", args=[cleo.public_id]), {"role": "owner"}).status_code == 403

    assert Agent.objects.values().get(pk=cleo.pk) == before
    assert published == []
    assert not AuditEntry.objects.exists()


def test_a_lead_makes_a_team_and_chooses_its_members(lia, ben, cleo, jakarta, kyiv, published):
    client = client_of(lia)
    client.post(reverse("accounts_teams"), {"name": "Weekend"})
    team = Team.objects.get(name="Weekend")

    client.post(reverse("accounts_team", args=[team.public_id]), {"name": "Weekend", "members": [ben.pk, cleo.pk]})
    assert set(team.agents.all()) == {ben, cleo}
    client.post(reverse("accounts_team", args=[team.public_id]), {"name": "Weekends", "members": [cleo.pk]})

    team.refresh_from_db()
    assert (team.name, list(team.agents.all())) == ("Weekends", [cleo])
    assert set(cleo.teams.all()) == {kyiv, team}
    assert published == [
        events.AgentTeamsChanged(ben.pk, [team.pk], []),
        events.AgentTeamsChanged(cleo.pk, [team.pk], []),
        events.AgentTeamsChanged(ben.pk, [], [team.pk]),
    ]


def test_two_teams_never_share_a_name(lia, jakarta, kyiv):
    client = client_of(lia)

    assert b"There is a team of this name" in client.post(reverse("accounts_teams"), {"name": "JAKARTA care"}).content
    client.post(reverse("accounts_team", args=[kyiv.public_id]), {"name": "Jakarta care"})

    assert sorted(Team.objects.values_list("name", flat=True)) == ["Jakarta care", "Київ"]


def test_agents_see_and_end_their_own_sessions(ben, cleo):
    here, there = _log_in("ben@ramah.example"), _log_in("ben@ramah.example")
    hers = _log_in("cleo@ramah.example")
    page = here.get(reverse("accounts_profile")).content.decode()
    assert page.count("Firefox, Linux") == 3  # two lines, and the label of the one button

    other = UserSession.objects.get(session_key=there.session.session_key)
    foreign = UserSession.objects.get(session_key=hers.session.session_key)
    here.post(reverse("accounts_end_session", args=[other.pk]))
    here.post(reverse("accounts_end_session", args=[foreign.pk]))

    assert there.get(reverse("accounts_profile")).status_code == 302
    assert hers.get(reverse("accounts_profile")).status_code == 200
    assert here.get(reverse("accounts_profile")).status_code == 200


def test_all_other_sessions_end_together(ben):
    here, there, elsewhere = (_log_in("ben@ramah.example") for _ in range(3))

    here.post(reverse("accounts_end_other_sessions"))

    assert [c.get(reverse("accounts_profile")).status_code for c in (here, there, elsewhere)] == [200, 302, 302]


def test_an_owner_logs_somebody_out_everywhere(ada, ben):
    bens = _log_in("ben@ramah.example")

    client_of(ada).post(reverse("accounts_end_sessions", args=[ben.public_id]))

    assert bens.get(reverse("accounts_profile")).status_code == 302
    assert AuditEntry.objects.get(action="agent.end_sessions").detail == {"sessions": 1}


def test_a_profile_is_changed_by_its_owner_and_comes_to_the_browser(ben, ada):
    given = {"name": "Ben", "language": "id", "time_zone": "Asia/Makassar", "theme": "dark", "signature": "Salam, Ben"}

    response = client_of(ben).post(reverse("accounts_profile"), given)

    assert {name: response.cookies[name].value for name in ("django_language", "ramah_theme")} == {
        "django_language": "id",
        "ramah_theme": "dark",
    }
    ben.refresh_from_db()
    assert (ben.name, ben.time_zone, ben.signature, ben.user.language) == ("Ben", "Asia/Makassar", "Salam, Ben", "id")
    with pytest.raises(commands.OwnProfileOnly):
        commands.change_profile(
            actor=actor_of_agent(ada), agent=ben, name="X", language="", time_zone="", signature="", at=clock.now()
        )


def test_the_first_owner_comes_from_the_command_line(db):
    owner = commands.create_owner(email="Ada@Ramah.example", name="Ada", password=PASSWORD, at=clock.now())

    assert (owner.role, owner.user.email) == (Role.OWNER, "ada@ramah.example")
    assert _log_in("ada@ramah.example").get(reverse("accounts_agents")).status_code == 200
    with pytest.raises(commands.EmailTaken):
        commands.create_owner(email="ADA@ramah.example", name="Ada", password=PASSWORD, at=clock.now())
    assert queries.is_last_owner(owner)
    assert User.objects.count() == 1
    assert AuditEntry.objects.get(action="agent.create").actor == SYSTEM.ref
