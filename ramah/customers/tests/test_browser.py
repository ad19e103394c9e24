"""The customer's page in a real browser: readable everywhere, and two customers made one in the dialog."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.customers.commands import flag_bounced
from ramah.customers.models import Customer
from ramah.customers.testing import make_customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def dana():
    flagged = make_customer("Dana Putri", email="dana.putri@a-rather-long-mail.example", phone="+6281234567890")
    flag_bounced(kind="email", value="dana.putri@a-rather-long-mail.example", reason="550 no such user", at=AT)
    return flagged


@pytest.mark.parametrize(("width", "theme", "language"), [(390, "dark", "uk"), (1440, "light", "en")])
def test_pages_are_accessible_and_fit(open_page, live_server, dana, width, theme, language):
    client = client_of(make_agent(name="Ben"))
    pages = [
        reverse("customers"),
        *(reverse(name, args=[dana.public_id]) for name in ("customer", "customer-edit", "customer-same")),
    ]

    for path in pages:
        seen = open_page(live_server.url + path, width=width, theme=theme, language=language, client=client)
        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
        seen.must_be_quiet()


def test_two_customers_become_one_in_the_dialog_and_two_again(open_page, live_server, dana):
    other = make_customer("Dana Putri", email="dana@work.example")
    client = client_of(make_agent(name="Ben"))
    seen = open_page(live_server.url + reverse("customer", args=[dana.public_id]), client=client)

    seen.page.click("text=Merge")
    seen.page.click("#same li .btn")
    seen.page.click("#confirm button[value=yes]")
    seen.page.wait_for_selector("#merges-h")
    other.refresh_from_db()
    assert other.merged_into == dana

    seen.page.click("text=Undo")
    seen.page.click("#confirm button[value=yes]")
    seen.page.wait_for_selector("#merges-h", state="detached")
    assert Customer.objects.get(pk=other.pk).merged_into is None
    seen.must_be_quiet()
