"""The demo's staff is there after seeding, once, and can log in."""

import pytest

from ramah.accounts import demo
from ramah.accounts.models import Agent, Limit
from ramah.kernel import clock


@pytest.mark.django_db
def test_seeding_twice_is_seeding_once(client):
    demo.seed(clock.now())
    demo.seed(clock.now())

    assert sorted(Agent.objects.values_list("user__email", "role", "teams__name")) == [
        ("ada@ramah.example", "owner", None),
        ("ben@ramah.example", "agent", "Jakarta care"),
        ("chris@ramah.example", "contractor", "Jakarta care"),
        ("cleo@ramah.example", "agent", "Київ"),
        ("lia@ramah.example", "lead", "Jakarta care"),
    ]
    assert Limit.objects.count() == 16
    login = client.post("/accounts/login/", {"login": "cleo@ramah.example", "password": demo.PASSWORD})
    assert login["Location"] == "/desk/"
