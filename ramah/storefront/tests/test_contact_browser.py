"""The contact form and the alert form in a browser: accessible, on a phone, without anything on the console."""

import pytest

from ramah.channels.models import IntakeItem
from ramah.commerce.models import Alert, Variant
from ramah.commerce.testing import make_product
from ramah.conversations.testing import make_inbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "theme", "language"), [(390, "dark", "uk"), (1280, "light", "en")])
def test_a_question_about_a_product(open_page, live_server, width, theme, language):
    make_inbox("support", language="en")
    product = make_product("Sanur linen shirt")
    url = f"{live_server.url}/contact/?product={product.public_id}"

    seen = open_page(url, width=width, theme=theme, language=language)

    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.page.fill("[name=message]", "Is it thin?")
    seen.page.fill("[name=email]", "dana@mail.example")
    seen.page.click("main button[type=submit]")
    seen.page.wait_for_url("**/contact/sent/")
    seen.must_be_accessible()
    seen.must_be_quiet()
    assert IntakeItem.objects.count() == 1


def test_an_alert_is_asked_for_in_its_place(open_page, live_server):
    make_inbox("support", language="en")
    variant = Variant.objects.get(product=make_product(stock=0))

    seen = open_page(f"{live_server.url}/alerts/?variant={variant.public_id}", width=390, theme="light", language="en")

    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.page.fill("main [name=email]", "dana@mail.example")
    seen.page.click("main form button[type=submit]")
    seen.page.wait_for_selector("main [role=status]")
    seen.must_be_accessible()
    seen.must_be_quiet()
    assert Alert.objects.get().contact_point.value == "dana@mail.example"
