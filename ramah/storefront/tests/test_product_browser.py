"""The product's pages in a real browser: phone and desktop, light and dark, with and without JavaScript, in Ukrainian."""

import pytest

from ramah.commerce.commands.listings import refresh_listings
from ramah.commerce.commands.pictures import add_picture
from ramah.commerce.commands.relating import relate_products
from ramah.commerce.commands.voices import answer_question, ask_question, moderate_review, write_review
from ramah.commerce.models import (
    Cart,
    Category,
    DeliveryOption,
    DeliveryRate,
    Product,
    ShopProfile,
    SizeGuide,
    Variant,
)
from ramah.commerce.testing import AT, make_product
from ramah.commerce.tests.test_pictures import image
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, SYSTEM

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shirt(transactional_db):
    ShopProfile.objects.create(
        key="shop", name="Toko Laut", countries={"ID": "IDR"}, payment_methods=["bank_transfer", "cod"]
    )
    option = DeliveryOption.objects.create(names={"en": "JNE regular"}, created_at=AT)
    DeliveryRate.objects.create(option=option, country="ID", currency="IDR", amount=12000)
    shirts = Category.objects.create(slug="shirts", path="shirts", names={"en": "Shirts"}, created_at=AT)
    guide = SizeGuide.objects.create(
        name="Shirts", notes={"en": "Lay it flat."}, columns=[{"en": "Chest, cm"}], rows=[["M", "106"]], created_at=AT
    )
    products = [make_product(title, stock=7) for title in ("Sanur linen shirt", "Ubud shirt", "Banda shirt")]
    Product.objects.update(category=shirts, size_guide=guide, illustration="p-shirt")
    shirt = products[0]
    Product.objects.filter(pk=shirt.pk).update(
        descriptions={"en": "Washed linen."},
        attributes=[{"name": {"en": "Fabric"}, "value": {"en": "Linen", "uk": "Льон"}}],
    )
    for position, (size, color, stock) in enumerate([("L", "Indigo", 2), ("M", "Sand", 9), ("L", "Sand", 0)], 1):
        Variant.objects.create(
            product=shirt,
            sku=f"SHIRT-{size}-{color}",
            options={"size": size, "color": color},
            price_amount=389000,
            compare_at_amount=449000,
            currency="IDR",
            stock=stock,
            position=position,
            created_at=AT,
        )
    actor = CustomerActor(make_customer("Dana Putri").pk, SIGNED_IN, "Dana Putri")
    review = write_review(actor=actor, product=shirt, rating=4, title="Adem", text="Rapi.", language="id", at=AT)
    moderate_review(actor=SYSTEM, review=review, approve=True, at=AT)
    question = ask_question(actor=NOBODY, product=shirt, text="Is it warm?", language="en", at=AT)
    answer_question(actor=SYSTEM, question=question, text="Not very.", at=AT)
    relate_products([product.pk for product in products], at=AT)
    refresh_listings(product_ids=[product.pk for product in products], at=AT)
    return Product.objects.get(pk=shirt.pk)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_accessible_and_fit(open_page, live_server, shirt, width, theme):
    add_picture(actor=SYSTEM, product=shirt, content=image(), alt={"en": "Front"}, at=AT)
    add_picture(actor=SYSTEM, product=shirt, content=image(color=(9, 9, 99)), at=AT)
    base = f"{live_server.url}/products/{shirt.slug}/"
    for url in (base, f"{base}?o.size=L&o.color=Sand", f"{live_server.url}/", f"{base}review/", f"{base}question/"):
        seen = open_page(url, width=width, theme=theme, language="uk")
        seen.page.wait_for_load_state("networkidle")
        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
        seen.must_be_quiet()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_small_pages_are_accessible_and_fit(open_page, live_server, shirt, width):
    base = f"{live_server.url}/products/{shirt.slug}/"
    places = [f"{live_server.url}/terms/{topic}/" for topic in ("delivery", "returns", "payment", "imprint")]
    for url in (f"{base}reviews/", f"{base}questions/", f"{live_server.url}/place/", *places):
        seen = open_page(url, width=width)
        seen.must_be_accessible()
        seen.must_not_scroll_sideways()
        seen.must_be_quiet()


def test_choosing_changes_price_stock_and_address_and_keeps_the_focus(open_page, live_server, shirt):
    seen = open_page(f"{live_server.url}/products/{shirt.slug}/", width=390)
    page = seen.page
    assert page.locator("#buy .pill").inner_text() == "7 in stock"

    page.check('input[value="L"]', force=True)
    page.wait_for_selector("text=2 left")

    chosen = Variant.objects.get(options={"size": "L", "color": "Indigo"})
    assert page.url.endswith(f"?variant={chosen.public_id}")
    assert page.evaluate("document.activeElement.value") == "L"
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("text=7 in stock")
    page.check('input[value="Sand"]', force=True)
    page.wait_for_selector("text=9 in stock")
    page.check('input[value="L"]', force=True)
    page.wait_for_selector("text=Tell me when it is back")
    seen.must_be_quiet()


def test_more_pieces_go_into_the_cart_without_leaving_the_page(open_page, live_server, shirt):
    seen = open_page(f"{live_server.url}/products/{shirt.slug}/")
    page = seen.page
    page.click("[data-step='1']")
    page.click("[data-step='1']")
    page.click("[data-step='-1']")
    assert page.input_value("[name=quantity]") == "2"

    page.click("#add")
    page.wait_for_selector("text=It is in your cart.")

    assert page.locator(".top .count").inner_text() == "2"
    assert Cart.objects.get().lines.get().quantity == 2
    seen.must_be_accessible()
    seen.must_be_quiet()


def test_pictures_change_by_keyboard_and_touch(open_page, live_server, shirt):
    for number in range(3):
        add_picture(actor=SYSTEM, product=shirt, content=image(color=(90 * number, 9, 99)), at=AT)
    page = open_page(f"{live_server.url}/products/{shirt.slug}/", width=390).page
    shown = page.locator(".gallery .photo > img:visible")
    first = shown.get_attribute("src")

    page.locator("[name=shot]").nth(1).check(force=True)
    assert (shown.count(), shown.get_attribute("src") != first) == (1, True)
    page.keyboard.press("ArrowLeft")
    assert shown.get_attribute("src") == first


def test_all_of_it_works_without_script(open_page, live_server, shirt):
    page = open_page(f"{live_server.url}/products/{shirt.slug}/", width=390, script=False).page
    assert not page.locator("[data-step]").first.is_visible()
    page.check('input[value="L"]', force=True)
    page.click("text=Show price and stock of this choice")
    assert "2 left" in page.inner_text("#offer")

    page.fill("[name=quantity]", "2")
    page.click("#add")

    assert page.url.endswith("/cart/")
    assert Cart.objects.get().lines.get().variant.options == {"size": "L", "color": "Indigo"}
    page.goto(f"{live_server.url}/products/{shirt.slug}/question/")
    page.fill("[name=text]", "And in blue?")
    page.click("text=Send the question")
    assert page.url.endswith(f"/products/{shirt.slug}/")


def test_the_place_is_changed_and_the_page_comes_back(open_page, live_server, shirt):
    page = open_page(f"{live_server.url}/products/{shirt.slug}/", width=390).page
    page.click("#delivery + a")
    page.select_option("[name=region]", "Jawa Barat")
    page.fill("[name=city]", "Depok")
    page.fill("[name=postal_code]", "16424")
    page.click("text=Use this place")

    assert page.url.endswith(f"/products/{shirt.slug}/")
    assert "Delivery to Depok, 16424" in page.inner_text("#offer")
