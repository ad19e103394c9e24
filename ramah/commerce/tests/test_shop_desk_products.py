"""The merchant's pages of products, variants and stock."""

from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.commands.category_tree import CategoryTold, create_category
from ramah.commerce.commands.products import product_mark
from ramah.commerce.commands.variants import price_mark
from ramah.commerce.models import (
    Product,
    StockChange,
    Variant,
)
from ramah.commerce.testing import AT, make_product
from ramah.commerce.tests.merchants import ben, lia, shop, text_of
from ramah.kernel.actors import SYSTEM

__all__ = ["ben", "lia", "shop"]
pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def product_form(product=None, **fields):
    told = {"title_en": "Linen shirt", "status": "active", "slug": "", "brand": "", "return_days": ""}
    if product:
        told |= {"slug": product.slug, "seen": product_mark(product)}
    return told | fields


def test_the_list_finds_by_title_sku_status_and_category(lia):
    fashion = create_category(actor=SYSTEM, told=CategoryTold({"en": "Fashion"}), at=AT)
    shirts = create_category(actor=SYSTEM, told=CategoryTold({"en": "Shirts"}, parent=fashion), at=AT)
    shirt, hat = make_product("Sanur shirt"), make_product("Ubud hat")
    Product.objects.filter(pk=shirt.pk).update(category=shirts, titles={"en": "Sanur shirt", "uk": "Сорочка «Sanur»"})
    Product.objects.filter(pk=hat.pk).update(status="draft")
    cache.clear()

    def found(**query):
        return [row.titles["en"] for row in lia.get(reverse("shop-products"), query).context["rows"]]

    assert found() == ["Ubud hat", "Sanur shirt"]
    assert found(q="sanur") == found(q="сорочка") == found(q=shirt.variants.get().sku.lower()) == ["Sanur shirt"]
    assert found(category="fashion") == ["Sanur shirt"]
    assert found(status="draft") == ["Ubud hat"]
    assert found(q="shirt") == found(q="%") == []
    assert "No product fits" in text_of(lia.get(reverse("shop-products"), {"q": "zzz"}))
    assert lia.get(reverse("shop-products"), {"cursor": "x"}).status_code == 400


def test_the_list_takes_as_many_queries_for_many_products_as_for_one(lia, django_assert_max_num_queries):
    make_product()
    lia.get(reverse("shop-products"))
    with django_assert_max_num_queries(8) as first:
        lia.get(reverse("shop-products"))
    for number in range(27):
        make_product(f"Shirt {number}")

    with django_assert_max_num_queries(len(first)):
        page = lia.get(reverse("shop-products"))
    rest = lia.get(page.context["more"], headers=HTMX)

    assert (len(page.context["rows"]), text_of(rest).count("product-row")) == (25, 3)
    assert "<html" not in text_of(rest)


def test_an_empty_shop_says_what_to_do(lia):
    assert "No products yet" in text_of(lia.get(reverse("shop-products")))


def test_a_product_is_made_and_gets_its_first_variant(lia):
    response = lia.post(reverse("shop-product-new"), product_form(title_uk="<b>Сорочка</b>"))

    product = Product.objects.get()
    assert response["Location"] == reverse("shop-variant-new", args=[product.public_id])
    assert (product.slug, product.status, product.published_at is None) == ("linen-shirt", "active", False)
    page = text_of(lia.get(response["Location"]))
    assert "The product is made" in page
    response = lia.post(
        reverse("shop-variant-new", args=[product.public_id]),
        {
            "sku": " SH-M ",
            "currency": "IDR",
            "price_IDR": "389.000",
            "before_IDR": "459000",
            "price_UAH": "1 249,50",
            "option_0": "Size",
            "value_0": "M",
            "weight_grams": "200",
            "is_active": "on",
        },
    )
    variant = Variant.objects.get()
    assert response["Location"] == reverse("shop-variants", args=[product.public_id])
    assert (variant.sku, variant.options, variant.stock) == ("SH-M", {"size": "M"}, 0)
    assert (variant.price_amount, variant.compare_at_amount) == (Decimal(389000), Decimal(459000))
    assert variant.other_prices == {"UAH": ["1249.50", None]}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title_en": ""}, "title_en"),
        ({"title_en": "x" * 201}, "title_en"),
        ({"slug": "!!!"}, "slug"),
        ({"slug": "taken"}, "slug"),
        ({"status": "gone"}, "status"),
        ({"return_days": "-1"}, "return_days"),
        ({"category": "nothing"}, "category"),
    ],
)
def test_what_is_wrong_with_a_product_stands_beside_its_field(lia, fields, wrong):
    Product.objects.filter(pk=make_product().pk).update(slug="taken")

    response = lia.post(reverse("shop-product-new"), product_form(**fields))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [wrong]
    assert Product.objects.count() == 1


def test_an_old_form_of_a_product_is_told_and_saves_nothing(lia):
    product = make_product()
    form = product_form(product)
    Product.objects.update(titles={"en": "By somebody else"})

    response = lia.post(reverse("shop-product", args=[product.public_id]), form)

    assert response.status_code == 422
    assert "Somebody else changed this" in text_of(response)
    assert Product.objects.get().titles == {"en": "By somebody else"}


def test_markup_in_texts_is_shown_as_text(lia):
    product = make_product("<script>alert(1)</script>")

    for name in ("shop-product", "shop-variants", "shop-pictures", "shop-facts", "shop-links"):
        page = text_of(lia.get(reverse(name, args=[product.public_id])))
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in text_of(lia.get(reverse("shop-products")))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"sku": ""}, "sku"),
        ({"price_IDR": ""}, "price_IDR"),
        ({"price_IDR": "-5"}, "price_IDR"),
        ({"price_IDR": "free"}, "price_IDR"),
        ({"price_UAH": "12.500"}, "price_UAH"),
        ({"before_IDR": "100"}, "before_IDR"),
        ({"before_UAH": "100"}, "price_UAH"),
        ({"value_0": ""}, "value_0"),
        ({"option_1": "SIZE", "value_1": "L"}, "option_1"),
        ({"weight_grams": "-1"}, "weight_grams"),
    ],
)
def test_what_is_wrong_with_a_variant_stands_beside_its_field(lia, fields, wrong):
    product = make_product()
    told = {"sku": "NEW", "currency": "IDR", "price_IDR": "389000", "option_0": "size", "value_0": "XS"}

    response = lia.post(reverse("shop-variant-new", args=[product.public_id]), {**told, **fields})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [wrong]
    assert Variant.objects.count() == 1


def test_a_price_is_changed_in_place(lia):
    variant = make_product().variants.get()
    url = reverse("shop-price", args=[variant.public_id])
    told = {"price": "399000", "before": "", "seen": price_mark(variant), "inline": "1"}

    row = lia.post(url, told, headers=HTMX)
    old = lia.post(url, {**told, "price": "1"}, headers=HTMX)
    wrong = lia.post(url, {**told, "price": "-1", "seen": ""}, headers=HTMX)

    assert (row.status_code, old.status_code, wrong.status_code) == (200, 422, 422)
    assert text_of(row).startswith("<tr")
    assert "The price of" in row["HX-Trigger"]
    assert "Somebody else changed this" in text_of(old)
    assert 'aria-invalid="true"' in text_of(wrong)
    assert Variant.objects.get().price_amount == Decimal(399000)


def test_without_script_a_change_in_place_leads_back(lia):
    variant = make_product(stock=3).variants.get()
    told = {"reason": "received", "pieces": "4", "inline": "1"}

    response = lia.post(reverse("shop-stock", args=[variant.public_id]), told)
    low = lia.post(reverse("shop-stock", args=[variant.public_id]), {**told, "back": "low"})
    wrong = lia.post(reverse("shop-stock", args=[variant.public_id]), {**told, "pieces": "many"})

    assert response["Location"] == reverse("shop-variants", args=[variant.product.public_id])
    assert low["Location"] == reverse("shop-low-stock")
    assert wrong.status_code == 422
    assert "<html" in text_of(wrong)
    assert Variant.objects.get().stock == 11


def test_an_agent_changes_stock_but_neither_price_nor_product(ben):
    product = make_product(stock=3)
    variant = product.variants.get()
    page = text_of(ben.get(reverse("shop-variants", args=[product.public_id])))
    assert reverse("shop-price", args=[variant.public_id]) not in page
    assert "Vouchers" not in page

    count = {"reason": "counted", "pieces": "8", "seen": "3", "note": "Shelf 4"}
    assert ben.post(reverse("shop-stock", args=[variant.public_id]), count).status_code == 302
    refused = [
        ben.post(reverse("shop-price", args=[variant.public_id]), {"price": "1"}),
        ben.post(reverse("shop-product", args=[product.public_id]), product_form()),
        ben.post(reverse("shop-offer", args=[variant.public_id]), {"active": "0"}),
        ben.post(reverse("shop-profile"), {"name": "X"}),
        ben.get(reverse("shop-export")),
        ben.post(reverse("shop-import")),
    ]

    assert [response.status_code for response in refused] == [403] * 6
    row = Variant.objects.get()
    assert (row.stock, row.price_amount, row.is_active) == (8, Decimal(389000), True)
    assert StockChange.objects.get().note == "Shelf 4"


def test_a_contractor_sees_nothing_of_it():
    chris, product = client_of(make_agent(role="contractor")), make_product("Secret shirt", stock=3)
    variant = product.variants.get()

    for url in (
        reverse("shop-products"),
        reverse("shop-variants", args=[product.public_id]),
        reverse("shop-stock", args=[variant.public_id]),
        reverse("shop-voices"),
    ):
        response = chris.get(url)
        assert response.status_code == 403
        assert "Secret shirt" not in text_of(response)
    assert (
        chris.post(reverse("shop-stock", args=[variant.public_id]), {"reason": "other", "pieces": 1}).status_code == 403
    )
    assert Variant.objects.get().stock == 3


def test_a_count_after_a_sale_is_asked_again_and_then_taken(ben):
    variant = make_product(stock=10).variants.get()
    url = reverse("shop-stock", args=[variant.public_id])
    Variant.objects.update(stock=9)

    asked = ben.post(url, {"reason": "counted", "pieces": "12", "seen": "10"})
    assert asked.status_code == 422
    assert "there are 9 now" in text_of(asked)
    assert asked.context["form"]["seen"].value() == "9"
    again = ben.post(url, {"reason": "counted", "pieces": "12", "seen": "9"})

    assert again.status_code == 302
    assert Variant.objects.get().stock == 12


def test_the_history_of_stock_goes_on(ben, django_assert_max_num_queries):
    variant = make_product().variants.get()
    StockChange.objects.bulk_create(
        StockChange(variant=variant, at=AT, change=n or 1, reason="received", actor="system") for n in range(27)
    )
    url = reverse("shop-stock", args=[variant.public_id])

    ben.get(url)
    with django_assert_max_num_queries(6):
        page = ben.get(url)
    rest = ben.get(page.context["more"], headers=HTMX)

    assert (len(page.context["changes"]), text_of(rest).count("Goods received")) == (25, 2)
    assert "+26" in text_of(page)


def test_what_runs_low_is_listed_the_fewest_first(ben):
    few, none, many, hidden = (make_product(f"P{n}", stock=n) for n in (3, 0, 50, 1))
    Product.objects.filter(pk=hidden.pk).update(status="draft")

    rows = ben.get(reverse("shop-low-stock")).context["rows"]
    sold_out = ben.get(reverse("shop-low-stock"), {"at_most": "0"}).context["rows"]

    assert [row["variant"].product for row in rows] == [none, few]
    assert [row["variant"].product for row in sold_out] == [none]
    assert many.variants.get().stock == 50
