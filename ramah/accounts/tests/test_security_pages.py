"""Security settings and the audit log, as an owner uses them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from ramah.accounts import commands, queries
from ramah.accounts.models import Limit
from ramah.accounts.testing import actor_of_agent, client_of
from ramah.kernel import audit, clock
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry


def test_an_owner_requires_a_factor_of_roles(ada):
    client = client_of(ada)

    client.post(reverse("accounts_security"), {"second-factor": "1", "roles": ["lead", "contractor"]})
    assert queries.roles_with_second_factor() == {"lead", "contractor"}
    client.post(reverse("accounts_security"), {"second-factor": "1", "roles": ["lead"]})

    assert queries.roles_with_second_factor() == {"lead"}
    assert AuditEntry.objects.filter(action="role.require_second_factor").count() == 3


def test_an_owner_sets_limits_in_a_new_currency(ada):
    client = client_of(ada)
    page = reverse("accounts_security")
    assert b"Save UAH" in client.get(page, {"currency": "uah"}).content

    client.post(f"{page}?currency=UAH", {"limits": "UAH", "UAH-agent_case": "1200", "UAH-lead_day": "50000.50"})

    assert queries.limits() == {("agent", "case", "UAH"): Decimal(1200), ("lead", "day", "UAH"): Decimal("50000.50")}
    client.post(page, {"limits": "UAH", "UAH-agent_case": "1200"})
    assert queries.limits() == {("agent", "case", "UAH"): Decimal(1200)}


@pytest.mark.parametrize("bad", ["-1", "many", "1.234", "9" * 20])
def test_a_limit_that_is_no_amount_changes_nothing(ada, bad):
    commands.set_limits(actor=SYSTEM, amounts={("agent", "case", "UAH"): Decimal(5)}, at=clock.now())

    response = client_of(ada).post(reverse("accounts_security"), {"limits": "UAH", "UAH-agent_case": bad})

    assert response.status_code == 200
    assert queries.limits() == {("agent", "case", "UAH"): Decimal(5)}


def test_an_unknown_currency_is_refused_in_words(ada):
    assert (
        "There is no currency “XYZ”".encode()
        in client_of(ada).get(reverse("accounts_security"), {"currency": "xyz"}).content
    )


def test_only_owners_change_security(lia):
    with pytest.raises(PermissionDenied):
        commands.set_limits(actor=actor_of_agent(lia), amounts={("lead", "case", "IDR"): Decimal(1)}, at=clock.now())
    with pytest.raises(PermissionDenied):
        commands.require_second_factor(actor=actor_of_agent(lia), roles=set(), at=clock.now())

    assert not Limit.objects.exists()


@pytest.fixture
def log(ada, ben):
    for day, actor, action, subject in (
        (1, SYSTEM, "order.pay", "order:1"),
        (2, actor_of_agent(ben), "conversation.assign", "conversation:7"),
        (3, actor_of_agent(ben), "conversation.resolve", "conversation:7"),
    ):
        audit.record(actor, action, subject, at=datetime(2026, 3, day, 20, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["conversation.resolve", "conversation.assign", "order.pay"]),
        ({"actor": "system"}, ["order.pay"]),
        ({"action": "conversation."}, ["conversation.resolve", "conversation.assign"]),
        ({"subject": "conversation:7", "action": "conversation.assign"}, ["conversation.assign"]),
        # 20:00 UTC is three in the morning of the next day in Jakarta, where the viewer is.
        ({"since": "2026-03-03", "until": "2026-03-03"}, ["conversation.assign"]),
        ({"since": "2026-03-04"}, ["conversation.resolve"]),
        ({"since": "not a day"}, ["conversation.resolve", "conversation.assign", "order.pay"]),
        ({"subject": "conversation:8"}, []),
    ],
)
def test_the_audit_log_is_narrowed_down(ada, log, asked, found):
    page = client_of(ada).get(reverse("accounts_audit"), asked)

    assert [entry.action for _name, entry in page.context["entries"]] == found


def test_the_audit_log_goes_on_page_by_page(ada):
    for number in range(60):
        audit.record(SYSTEM, "order.pay", f"order:{number}", at=clock.now())
    client = client_of(ada)

    first = client.get(reverse("accounts_audit"), {"action": "order."})
    second = client.get(reverse("accounts_audit") + first.context["next_url"], headers={"HX-Request": "true"})

    assert [entry.subject for _name, entry in first.context["entries"]] == [f"order:{n}" for n in range(59, 9, -1)]
    assert second.content.count(b'<li class="row">') == 10
    assert b"<html" not in second.content
    assert client.get(reverse("accounts_audit"), {"cursor": "forged"}).status_code == 302
