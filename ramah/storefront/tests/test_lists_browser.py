"""Finding things in a real browser: on a phone, by keyboard, without JavaScript."""

import pytest
from django.core.cache import cache

from ramah.commerce.commands.categories import categories_of
from ramah.commerce.commands.listings import refresh_listings
from ramah.commerce.models import Product, Variant
from ramah.commerce.testing import AT, make_product, make_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shirts():
    """Thirty shirts in a category, ten of them of the color of sand."""
    make_shop()
    category = categories_of(["Shirts"], at=AT)["Shirts"]
    products = [make_product(f"Linen shirt {number:02}", price=100_000 + number * 10_000) for number in range(30)]
    Product.objects.update(category=category, illustration="p-shirt", rating_count=3, rating_sum=13)
    Variant.objects.filter(product__in=products[:10]).update(options={"size": "L", "color": "Sand"})
    Variant.objects.filter(product=products[0]).update(compare_at_amount=900_000)
    refresh_listings(product_ids=[product.pk for product in products], at=AT)
    cache.clear()
    return products


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(390, "dark", "uk"), (390, "light", "en"), (1280, "light", "id"), (1280, "dark", "en")],
)
def test_a_list_is_accessible_at_every_width(open_page, live_server, shirts, width, theme, language):
    seen = open_page(f"{live_server.url}/c/shirts/?o.color=sand", width=width, theme=theme, language=language)
    if width < 960:
        seen.page.click(".narrow-by > summary")
    seen.page.wait_for_selector("#facets input", state="visible")

    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    seen.must_be_quiet()


def test_on_a_phone_choices_change_the_list_without_leaving_it(open_page, live_server, shirts):
    seen = open_page(f"{live_server.url}/products/", width=390)
    page = seen.page
    page.click(".narrow-by > summary")
    page.check("input[name='o.color'][value=sand]")
    page.wait_for_selector("text=Color: Sand")

    assert page.url.endswith("/products/?o.color=sand")
    assert page.locator("article.product").count() == 10
    assert page.evaluate("document.activeElement.value") == "sand"
    assert page.locator("#count-told").inner_text() == "10 products"
    assert page.locator(".narrow-by").get_attribute("open") is not None

    page.click("text=Show 10 products")
    page.wait_for_selector(".narrow-by:not([open])", state="attached")
    page.click("a.chip")
    page.wait_for_selector("article.product >> nth=23")

    assert page.url.endswith("/products/")
    page.go_back()
    page.wait_for_selector("text=Color: Sand")
    seen.must_be_quiet()


def test_further_products_follow_the_first_ones(open_page, live_server, shirts):
    page = open_page(f"{live_server.url}/products/?sort=price").page
    page.click("text=Show more")
    page.wait_for_selector("article.product >> nth=29")

    assert page.locator("article.product h2").last.inner_text() == "Linen shirt 29"
    assert page.locator("text=Show more").count() == 0


def test_without_javascript_filters_and_orders_work_by_a_button(open_page, live_server, shirts):
    page = open_page(f"{live_server.url}/c/shirts/", width=390, script=False).page
    page.click(".narrow-by > summary")
    page.check("input[name='o.color'][value=sand]")
    page.select_option("#sort", "price-down")
    page.click("#show")

    assert page.locator("article.product").count() == 10
    assert page.locator("article.product h2").first.inner_text() == "Linen shirt 09"

    page.fill("#q", "shrit 07")
    page.press("#q", "Enter")

    assert "what there is for “shirt 07”" in page.content()
    assert page.locator("article.product h2").first.inner_text() == "Linen shirt 07"


def test_suggestions_are_reached_by_keyboard_alone(open_page, live_server, shirts):
    seen = open_page(f"{live_server.url}/products/", width=1280)
    page = seen.page
    page.focus("#q")
    page.keyboard.type("lin", delay=30)
    page.wait_for_selector("#suggested li")
    seen.must_be_accessible()
    page.keyboard.press("Escape")

    assert page.locator("#suggested li").count() == 0
    assert page.evaluate("document.activeElement.id") == "q"

    page.keyboard.type("en", delay=30)
    page.wait_for_selector("#suggested li")
    page.keyboard.press("ArrowUp")

    assert "30 products for “linen”" in page.evaluate("document.activeElement.textContent")

    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=linen")
    seen.must_be_quiet()


def test_nothing_found_is_accessible_and_shows_a_way_on(open_page, live_server, shirts):
    seen = open_page(f"{live_server.url}/search/?q=quantumzz", width=390)

    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    assert seen.page.locator("article.product").count() == 4
    assert seen.page.locator("text=Ask us").is_visible()
