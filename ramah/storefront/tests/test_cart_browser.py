"""The cart in a real browser: on a phone and a desk, dark and light, by keyboard, and without script."""

import pytest

from ramah.commerce.models import CartLine, Variant
from ramah.commerce.testing import make_delivery, make_product, make_shop, make_voucher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def full_cart(client):
    """A browser whose cart has a reduced line, a plain one, one that is sold out, and one kept for later."""
    make_shop()
    make_delivery("JNE")
    make_voucher("HEMAT10")
    products = [
        make_product(title, price=price, stock=9)
        for title, price in (("Sanur linen shirt", 389000), ("Kawung bag", 145000), ("Batik", 99000), ("Hat", 85000))
    ]
    for product in products:
        client.post("/cart/add/", {"variant": product.variants.get().public_id, "quantity": "2"})
    client.post("/cart/later/", {"variant": products[3].variants.get().public_id})
    client.post("/cart/voucher/", {"code": "HEMAT10"})
    Variant.objects.filter(product=products[0]).update(price_amount=349000, compare_at_amount=389000)
    Variant.objects.filter(product=products[2]).update(stock=0)
    return client


def quantities():
    return [
        (line.variant.product.titles["en"], line.quantity, line.is_saved)
        for line in CartLine.objects.order_by("id").select_related("variant__product")
    ]


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(390, "dark", "uk"), (1280, "light", "en"), (390, "light", "id")]
)
def test_everyone_can_use_the_cart(live_server, open_page, full_cart, width, theme, language):
    seen = open_page(live_server.url + "/cart/", width=width, theme=theme, language=language, client=full_cart)

    assert seen.page.locator(".cart-line").count() == 4
    seen.must_be_accessible()
    for summary in seen.page.locator("main summary").all():
        summary.click()
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()


def test_an_empty_cart_shows_a_way_on(live_server, open_page):
    make_shop()

    seen = open_page(live_server.url + "/cart/", width=390)

    assert seen.page.get_by_role("link", name="Look at the products").is_visible()
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()


def test_targets_are_large_enough_for_a_thumb(live_server, open_page, full_cart):
    seen = open_page(live_server.url + "/cart/", width=390, client=full_cart)

    sizes = seen.page.eval_on_selector_all(
        "#cart :is(button, .btn):not(details:not([open]) > :not(summary) *)",
        "all => all.map(e => e.getBoundingClientRect()).map(box => [box.width, box.height])",
    )
    assert sizes
    assert [size for size in sizes if min(size) < 44] == []


def test_quantity_removal_and_return_stay_on_the_page(live_server, open_page, full_cart):
    seen = open_page(live_server.url + "/cart/", client=full_cart)
    page = seen.page
    page.evaluate("window.sameDocument = true")

    page.get_by_role("button", name="One more: Kawung bag").click()
    page.locator("#cart-status", has_text="5 pieces in your cart.").wait_for(state="attached")
    assert page.locator(".top .count").inner_text() == "5"
    page.get_by_label("Quantity: Kawung bag").fill("50")
    page.get_by_label("Quantity: Kawung bag").press("Tab")
    page.get_by_text("Only 9 are left; all are in your cart.").wait_for()
    page.get_by_role("button", name="Remove: Sanur linen shirt").click()
    page.get_by_text("Taken out: Sanur linen shirt").wait_for()
    assert page.evaluate("document.activeElement.id") == "put-back"
    seen.must_be_accessible()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Sanur linen shirt").wait_for()
    page.get_by_role("button", name="Move to cart: Hat").click()
    page.locator(".top .count", has_text="13").wait_for()

    assert page.evaluate("window.sameDocument") is True
    assert ("Kawung bag", 9, False) in quantities()
    assert ("Sanur linen shirt", 2, False) in quantities()
    assert ("Hat", 2, False) in quantities()
    seen.must_be_quiet()


def test_a_voucher_is_refused_beside_the_field_and_taken_by_the_keyboard(live_server, open_page, full_cart):
    make_voucher("OLD", is_active=False)
    make_voucher("HALF", percent=50)
    seen = open_page(live_server.url + "/cart/", width=390, client=full_cart)
    page = seen.page

    page.get_by_text("Use another voucher").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("old")
    page.keyboard.press("Enter")
    page.locator("#code-fault").wait_for()
    assert page.get_by_label("Code").input_value() == "old"
    seen.must_be_accessible()
    page.get_by_label("Code").fill("half")
    page.keyboard.press("Enter")
    page.get_by_text("Voucher HALF").wait_for()
    assert [line for line in seen.complaints if "422" not in line] == []


def test_back_in_stock_can_be_asked_for_without_losing_the_cart(live_server, open_page, full_cart):
    seen = open_page(live_server.url + "/cart/", width=390, client=full_cart)
    page = seen.page

    page.locator("summary", has_text="Tell me when it is back").click()
    page.get_by_label("E-mail").fill("eli@mail.example")
    page.get_by_role("button", name="Tell me", exact=True).click()
    page.locator(".cart-line .note[data-tone=kept][role=status]").wait_for()

    assert page.locator(".cart-line").count() == 4
    seen.must_not_scroll_sideways()


def test_without_script_all_of_it_works(live_server, open_page, full_cart):
    seen = open_page(live_server.url + "/cart/", width=390, client=full_cart, script=False)
    page = seen.page

    page.get_by_role("button", name="One less: Kawung bag").click()
    page.get_by_label("Quantity: Sanur linen shirt").fill("4")
    page.get_by_role("button", name="Update").first.click()
    page.get_by_role("button", name="Remove: Batik").click()
    page.get_by_role("button", name="Put it back").wait_for()
    page.get_by_role("button", name="Save for later: Kawung bag").click()
    page.get_by_role("button", name="Move to cart: Hat").click()

    assert quantities() == [("Sanur linen shirt", 4, False), ("Kawung bag", 1, True), ("Hat", 2, False)]
    seen.must_not_scroll_sideways()


def test_the_back_button_shows_the_cart_as_it_is(live_server, open_page, full_cart):
    seen = open_page(live_server.url + "/cart/", client=full_cart)
    page, other = seen.page, seen.page.context.new_page()
    page.goto(live_server.url + "/place/")
    other.goto(live_server.url + "/cart/")
    other.get_by_role("button", name="Remove: Kawung bag").click()
    other.get_by_text("Taken out: Kawung bag").wait_for()

    page.go_back()

    assert page.get_by_role("link", name="Kawung bag").count() == 0


def test_a_stale_tab_is_told(live_server, open_page, full_cart):
    seen = open_page(live_server.url + "/cart/", client=full_cart)
    page = seen.page
    CartLine.objects.filter(variant__product__titles__en="Kawung bag").delete()

    page.get_by_role("button", name="One more: Kawung bag").click()
    page.get_by_text("That is no longer in your cart").wait_for()

    assert page.get_by_role("link", name="Kawung bag").count() == 0
    seen.must_be_accessible()
