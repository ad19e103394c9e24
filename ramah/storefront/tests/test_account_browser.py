"""Signing in and the account in a real browser: on a phone and at a desk, by keyboard, without scripts, in the dark."""

import pytest
from django.core import mail
from django.urls import reverse

from ramah.accounts import commands as accounts
from ramah.commerce.commands.address_book import save_address
from ramah.commerce.commands.wishes import add_wish
from ramah.commerce.testing import ADDRESS, make_order, make_product
from ramah.customers.commands import link_login
from ramah.customers.queries import signed_in_as
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.storefront.tests.signed import code_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DANA = "dana@mail.example"


@pytest.fixture
def dana(client):
    customer = make_customer("Dana", email=DANA)
    user = accounts.open_login(email=DANA, at=clock.now())
    link_login(user=user, email=DANA, at=clock.now())
    actor = signed_in_as(user)
    make_order(customer, placed_at=clock.now())
    save_address(actor=actor, address=ADDRESS, label="Home", at=clock.now())
    save_address(actor=actor, address=ADDRESS, label="Office", at=clock.now())
    for stock in (3, 0):
        add_wish(actor=actor, product_public_id=make_product(stock=stock).public_id, at=clock.now())
    client.force_login(user)
    session = client.session
    session["proved_at"] = int(clock.now().timestamp())
    session.save()
    return client


def fine(seen):
    seen.must_be_quiet()
    seen.must_not_scroll_sideways()
    seen.must_be_accessible()


def small_targets(seen):
    """How many things to press in the page are lower than 44 px."""
    return seen.page.locator("main :is(.btn, .back, .input)").evaluate_all(
        "found => found.map(one => one.getBoundingClientRect()).filter(box => box.height > 2 && box.height < 43.5).length"
    )


@pytest.mark.parametrize(("width", "theme", "language"), [(1280, "light", "en"), (390, "dark", "uk")])
def test_every_page_is_accessible_and_fits(live_server, open_page, dana, width, theme, language):
    names = (
        "account", "account_details", "account_email", "account_password", "account_addresses", "account_add_address",
        "account_wishes", "account_consents", "sign_in_confirm",
    )  # fmt: skip
    for name in names:
        seen = open_page(live_server.url + reverse(name), width=width, theme=theme, language=language, client=dana)
        fine(seen)
        assert width > 600 or small_targets(seen) == 0, name
    for name in ("sign_in", "sign_in_password"):
        fine(open_page(live_server.url + reverse(name), width=width, theme=theme, language=language))


def test_by_keyboard_alone_one_signs_in_and_comes_back_to_where_one_was(live_server, open_page):
    seen = open_page(live_server.url + reverse("account_wishes"), width=390)
    page = seen.page
    page.get_by_label("E-mail").focus()
    page.keyboard.type(DANA)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code/")
    fine(seen)

    page.keyboard.type(code_in(mail.outbox[-1]))  # the field has the focus
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{reverse('account_wishes')}")
    assert page.get_by_role("heading", name="Wish list").is_visible()


def test_without_scripts_a_wrong_code_is_told_beside_the_field_and_the_right_one_opens(live_server, open_page):
    seen = open_page(live_server.url + reverse("sign_in"), width=390, script=False)
    page = seen.page
    page.get_by_label("E-mail").fill(DANA)
    page.get_by_role("button", name="Send me a code").click()
    right = code_in(mail.outbox[-1])
    page.get_by_label("Code").fill(f"{(int(right) + 1) % 1_000_000:06}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert page.get_by_label("Code").get_attribute("aria-invalid") == "true"
    assert "not right" in page.get_by_role("alert").first.inner_text()

    page.get_by_label("Code").fill(right)
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.wait_for_url("**/account/")
    page.get_by_role("button", name="Sign out").click()
    page.goto(live_server.url + reverse("account"))
    assert "/account/sign-in/" in page.url


def test_on_a_phone_the_overview_leads_everywhere_and_each_page_back(live_server, open_page, dana):
    seen = open_page(live_server.url + reverse("account"), width=390, client=dana)
    page = seen.page
    for name in ("Wish list", "Addresses", "Details and sign-in", "Consents"):
        page.locator("main").get_by_role("link", name=name).click()
        page.get_by_role("heading", name=name, exact=True).wait_for()
        page.get_by_role("link", name="Your account").click()
        page.wait_for_url("**/account/")


def test_a_consent_is_switched_and_an_address_removed_after_asking(live_server, open_page, dana):
    seen = open_page(live_server.url + reverse("account_consents"), client=dana)
    page = seen.page
    page.get_by_role("button", name="Switch on").first.click()
    page.get_by_role("button", name="Switch off").wait_for()
    fine(seen)

    page.goto(live_server.url + reverse("account_addresses"))
    page.get_by_role("button", name="Remove Office").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_text("The address is removed").wait_for()
    assert page.get_by_role("heading", name="Office").count() == 0
