"""The panel beside a conversation shows what stands with its customer."""

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.customers.testing import make_customer
from ramah.kernel.panels import customer_panels
from ramah.promises.testing import AT, make_promise


@pytest.fixture
def client(db):
    return client_of(make_agent(name="Ben"))


def panel(client, public_id):
    return client.get(reverse("promises-panel", args=[public_id]))


def test_it_lists_the_promises_of_the_customer(client, dana):
    make_promise(dana, state="kept", ended_at=AT)
    make_promise(make_customer("Eli"), kind="refund")

    shown = panel(client, dana.public_id).content.decode()

    assert shown.count('class="promise"') == 1
    assert "First reply kept" in shown
    assert "Refund" not in shown


def test_without_promises_it_says_so(client, dana):
    assert "Nothing was promised to this customer yet." in panel(client, dana.public_id).content.decode()


def test_an_unknown_customer_is_not_found(client):
    assert panel(client, "nobody").status_code == 404


def test_the_desk_is_offered_the_panel():
    (offered,) = [panel for panel in customer_panels() if panel.key == "promises"]

    assert (offered.url_name, offered.permission, offered.order) == ("promises-panel", "promises.view", 30)
