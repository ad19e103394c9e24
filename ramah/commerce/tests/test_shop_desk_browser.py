"""The merchant's pages in a real browser: phone and desk, light and dark, keyboard, with and without script."""

import pytest
from django.urls import reverse

from ramah.commerce.commands.category_tree import CategoryTold, create_category
from ramah.commerce.commands.selling import TaxTold, change_shop, set_tax
from ramah.commerce.models import DeliveryOption, DeliveryRate, Question, Review, StockChange, Variant, Voucher
from ramah.commerce.testing import AT, make_product
from ramah.commerce.tests.merchants import lia
from ramah.kernel.actors import SYSTEM

__all__ = ["lia"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop():
    """One of everything."""
    change_shop(
        actor=SYSTEM,
        told={"countries": {"ID": "IDR", "UA": "UAH"}, "payment_methods": ["cod"], "name": "Toko Laut"},
        at=AT,
    )
    set_tax(actor=SYSTEM, told=TaxTold("ID", "PPN", 11), at=AT)
    product = make_product(stock=3)
    fashion = create_category(actor=SYSTEM, told=CategoryTold({"en": "Fashion"}), at=AT)
    create_category(actor=SYSTEM, told=CategoryTold({"uk": "Сорочки"}, parent=fashion, slug="shirts"), at=AT)
    option = DeliveryOption.objects.create(names={"en": "JNE regular"}, created_at=AT)
    rate = DeliveryRate.objects.create(option=option, country="ID", currency="IDR", amount=12000, regions=["Bali"])
    voucher = Voucher.objects.create(code="SALE10", kind="percent", percent=10, uses=2, created_at=AT)
    Review.objects.create(
        product=product, rating=5, text="Lembut", language="id", author_name="Putri A.", created_at=AT
    )
    Question.objects.create(product=product, text="Warm?", language="en", created_at=AT)
    variant = product.variants.get()
    StockChange.objects.create(variant=variant, at=AT, change=3, reason="received", note="Shelf 4", actor="system")
    return {
        "product": product,
        "variant": variant,
        "addresses": [
            reverse("shop-products"),
            reverse("shop-low-stock"),
            reverse("shop-product", args=[product.public_id]),
            reverse("shop-variants", args=[product.public_id]),
            reverse("shop-pictures", args=[product.public_id]),
            reverse("shop-facts", args=[product.public_id]),
            reverse("shop-links", args=[product.public_id]),
            reverse("shop-variant", args=[variant.public_id]),
            reverse("shop-stock", args=[variant.public_id]),
            reverse("shop-categories"),
            reverse("shop-category", args=[fashion.public_id]),
            reverse("shop-size-guide-new"),
            reverse("shop-import"),
            reverse("shop-vouchers"),
            reverse("shop-voucher", args=[voucher.public_id]),
            reverse("shop-delivery"),
            reverse("shop-delivery-option", args=[option.public_id]),
            reverse("shop-rate", args=[rate.pk]),
            reverse("shop-profile"),
            reverse("shop-voices"),
            reverse("shop-voices") + "?kind=questions",
        ],
    }


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(1280, "light", "en"), (390, "dark", "en"), (390, "light", "uk"), (1280, "dark", "id")],
)
def test_every_page_is_accessible_and_fits(open_page, live_server, lia, shop, width, theme, language):
    seen = open_page(live_server.url + shop["addresses"][0], width=width, theme=theme, language=language, client=lia)
    for address in shop["addresses"]:
        seen.page.goto(live_server.url + address)
        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
        over = seen.page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('main .body'))")
        assert over <= 0, (address, over)
    seen.must_be_quiet()


def test_price_and_stock_are_changed_from_the_list_without_leaving_it(open_page, live_server, lia, shop):
    sku = shop["variant"].sku
    seen = open_page(live_server.url + reverse("shop-products"), width=1280, client=lia)
    page = seen.page
    page.get_by_role("link", name="Prices and stock").click()
    page.get_by_label(f"Price, IDR, {sku}").fill("399.000")
    page.get_by_role("button", name=f"Save the price, {sku}").click()
    page.get_by_text(f"The price of {sku} is saved.").wait_for()
    page.get_by_label(f"Reason, {sku}").select_option("received")
    page.get_by_label(f"Pieces, {sku}").fill("7")
    page.get_by_role("button", name=f"Save the stock, {sku}").click()
    page.get_by_text(f"The stock of {sku} is saved.").wait_for()

    assert page.get_by_label(f"Pieces, {sku}").input_value() == "10"
    assert page.url.endswith(reverse("shop-products"))
    seen.must_be_accessible()
    row = Variant.objects.get()
    assert (row.price_amount, row.stock) == (399000, 10)
    seen.must_be_quiet()


def test_what_is_wrong_in_a_row_is_said_in_the_row(open_page, live_server, lia, shop):
    sku = shop["variant"].sku
    seen = open_page(
        live_server.url + reverse("shop-variants", args=[shop["product"].public_id]), width=390, client=lia
    )
    page = seen.page
    page.get_by_label(f"Reason, {sku}").select_option("damaged")
    page.get_by_label(f"Pieces, {sku}").fill("4")
    page.get_by_role("button", name=f"Save the stock, {sku}").click()

    page.get_by_text("There are only 3.").wait_for()
    seen.must_be_accessible()
    seen.must_not_scroll_sideways()
    assert Variant.objects.get().stock == 3


def test_a_price_is_changed_by_keyboard_alone_and_without_script(open_page, live_server, lia, shop):
    sku = shop["variant"].sku
    seen = open_page(
        live_server.url + reverse("shop-variants", args=[shop["product"].public_id]),
        width=1280,
        client=lia,
        script=False,
    )
    page = seen.page
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("name") == "price":
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("410000")
    page.keyboard.press("Enter")
    page.get_by_text(f"The price of {sku} is saved.").wait_for()

    assert Variant.objects.get().price_amount == 410000


def test_a_review_is_turned_down_with_a_reason(open_page, live_server, lia, shop):
    seen = open_page(live_server.url + reverse("shop-voices"), width=390, theme="dark", client=lia)
    page = seen.page
    page.locator("summary", has_text="Do not show").click()
    page.get_by_label("Why it is not shown").fill("Spam")
    seen.must_be_accessible()
    page.locator("button[value=reject]").click()
    page.get_by_text("Nobody is waiting").wait_for()

    assert (Review.objects.get().state, Review.objects.get().reason) == ("rejected", "Spam")
