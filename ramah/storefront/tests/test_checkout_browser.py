"""The checkout in a real browser: readable everywhere, by keyboard, with and without script, up to payment."""

import pytest

from ramah.commerce.models import DeliveryRate, Order
from ramah.commerce.testing import make_cart, make_delivery, make_product, make_shop
from ramah.storefront.tests.checkout_browsers import visitor
from ramah.storefront.visiting import PLACE_COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WRITTEN = {
    "name": "Dewi Prasetyo",
    "email": "dewi@mail.example",
    "phone": "0812 3456 7890",
    "city": "Depok",
    "line1": "Jl. Margonda Raya No. 214",
}
UPDATE = "noscript button[value=update]"
ORDER = "#checkout-sums button[name=do][value='']"


@pytest.fixture(autouse=True)
def ways(settings):
    settings.PAYMENT_VARIANTS = {"demo": settings.DEMO_GATEWAY}
    make_shop()
    jne = make_delivery("JNE regular", notes={"en": "May be left with a neighbor"}, rate={"cash_on_delivery": True})
    DeliveryRate.objects.filter(option=jne).update(postal_prefixes=["16"])
    make_delivery("Far away", rate={"amount": 45000, "min_days": 4, "max_days": 7})
    return jne


@pytest.fixture
def client():
    browser = visitor(make_cart((make_product("Sanur linen shirt", price=389000, stock=3), 2)))
    browser.cookies[PLACE_COOKIE] = "ID|||"
    return browser


def fill(page, **more):
    for name, text in (WRITTEN | more).items():
        page.fill(f"#id_{name}", text)
    page.select_option("#id_region", "Jawa Barat")


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(390, "dark", "uk"), (390, "light", "id"), (1280, "light", "en"), (1280, "dark", "en")],
)
def test_the_pages_are_accessible_and_fit(open_page, live_server, client, width, theme, language):
    seen = open_page(live_server.url + "/checkout/", width=width, theme=theme, language=language, client=client)
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()

    seen.page.click(ORDER)
    seen.page.wait_for_selector("#id_email_error")
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()

    fill(seen.page, postal_code="16424")
    seen.page.wait_for_selector("#checkout-sums >> text=Rp 790.000")
    seen.page.check("input[name=payment][value=card]")
    seen.page.wait_for_selector("#payment-card:checked")
    seen.page.wait_for_load_state("networkidle")
    seen.page.click(ORDER)
    seen.page.wait_for_url("**/payments/demo/**")
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.page.click("button[value=rejected]")
    seen.page.wait_for_url("**/payments/**failed**")
    seen.must_be_accessible()
    seen.page.click("form[action$='/method/'] button")
    seen.page.wait_for_url("**/checkout/done/**")
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()


def test_cost_day_and_total_follow_what_is_chosen(open_page, live_server, client):
    seen = open_page(live_server.url + "/checkout/", width=390, client=client)
    page = seen.page
    fill(page)
    assert "Far away" in page.inner_text("#checkout-delivery")
    assert "JNE" not in page.inner_text("#checkout-delivery")

    page.fill("#id_postal_code", "16424")
    page.press("#id_postal_code", "Tab")
    page.wait_for_selector("#checkout-delivery >> text=JNE regular")
    page.wait_for_selector("#checkout-sums >> text=Order and transfer Rp 790.000")
    page.check("input[name=payment][value=cod]")
    page.wait_for_selector("#checkout-sums >> text=Order, pay Rp 795.000 on delivery")

    assert page.input_value("#id_line1") == WRITTEN["line1"]
    assert page.evaluate("document.activeElement.value") == "cod"
    page.click(ORDER)
    page.wait_for_url("**/checkout/done/**")
    assert Order.objects.get().total_amount == 795000
    # htmx tells the console of a request that gave way to a newer one; nothing else is to be heard.
    assert [line for line in seen.complaints if "sendAbort" not in line and "afterRequest" not in line] == []


def test_what_is_written_is_there_after_the_back_button(open_page, live_server, client):
    seen = open_page(live_server.url + "/checkout/", client=client)
    page = seen.page
    fill(page, postal_code="16424")
    page.check("input[name=payment][value=cod]")
    page.wait_for_selector("#checkout-sums >> text=on delivery")

    page.click("text=Change >> nth=0")
    page.wait_for_url("**/cart/")
    page.go_back()
    page.wait_for_selector("#id_line1")

    assert page.input_value("#id_line1") == WRITTEN["line1"]
    assert page.is_checked("input[name=payment][value=cod]")


def test_by_keyboard_alone(open_page, live_server, client):
    seen = open_page(live_server.url + "/checkout/", width=1280, client=client)
    page = seen.page
    page.focus("#id_name")
    for text in (WRITTEN["name"], WRITTEN["email"], WRITTEN["phone"]):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # the country is right
    page.keyboard.type("Jawa B")
    page.keyboard.press("Tab")
    page.keyboard.type(WRITTEN["city"])
    page.keyboard.press("Tab")
    page.keyboard.type("16424")
    page.keyboard.press("Tab")
    page.wait_for_selector("#checkout-delivery >> text=JNE regular")
    page.focus("#id_delivery")
    page.keyboard.press("Tab")
    page.keyboard.type(WRITTEN["line1"])
    page.keyboard.press("Enter")  # works out the sums anew, and orders nothing
    page.wait_for_load_state("load")
    assert not Order.objects.exists()
    assert page.input_value("#id_line1") == WRITTEN["line1"]

    page.focus(ORDER)
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/done/**")
    assert Order.objects.get().shipping_address["region"] == "Jawa Barat"


def test_without_script_up_to_payment(open_page, live_server, client):
    seen = open_page(live_server.url + "/checkout/", width=390, client=client, script=False)
    page = seen.page
    fill(page, postal_code="16424")
    page.click(UPDATE)
    page.wait_for_load_state()
    assert page.input_value("#id_line1") == WRITTEN["line1"]
    assert "JNE regular" in page.inner_text("#checkout-delivery")

    page.check("#id_delivery")
    page.check("input[name=payment][value=card]")
    page.click(ORDER)
    page.wait_for_url("**/payments/demo/**")
    page.click("button[value=confirmed]")
    page.wait_for_url("**/checkout/done/**")
    assert Order.objects.get().state == "paid"


def test_a_double_click_is_one_order(open_page, live_server, client):
    seen = open_page(live_server.url + "/checkout/", client=client, script=False)
    fill(seen.page, postal_code="16424")
    seen.page.click(UPDATE)

    seen.page.dblclick(ORDER)
    seen.page.wait_for_url("**/checkout/done/**")

    assert Order.objects.count() == 1
