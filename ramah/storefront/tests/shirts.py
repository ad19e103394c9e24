"""A shirt in a shop, and small tools to read its page: for the tests of product pages."""

import json
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from ramah.commerce.models import Category, ShopProfile, Variant
from ramah.commerce.testing import AT, make_product

NASTY = '</script><script>alert("1")</script>'


@pytest.fixture
def shop(db):
    ShopProfile.objects.update_or_create(
        key="shop",
        defaults={
            "name": "Toko Laut",
            "countries": {"ID": "IDR", "UA": "UAH"},
            "payment_methods": ["bank_transfer", "cod"],
            "return_days": 30,
        },
    )


@pytest.fixture
def shirt(shop):
    """A shirt in two colors and three sizes, told in two languages, with an own category."""
    roof = Category.objects.create(slug="fashion", path="fashion", names={"en": "Fashion"}, created_at=AT)
    shirts = Category.objects.create(
        parent=roof, slug="shirts", path="fashion/shirts", names={"en": "Shirts"}, created_at=AT
    )
    product = make_product(stock=7)
    product.slug, product.category, product.brand = "sanur-linen-shirt", shirts, "Toko Laut"
    product.titles = {"en": "Sanur linen shirt", "id": "Kemeja linen Sanur"}
    product.descriptions = {"en": "Washed linen."}
    product.attributes = [{"name": {"en": "Fabric", "id": "Bahan"}, "value": {"en": "Linen"}}]
    product.illustration = "p-shirt"
    product.save()
    first = Variant.objects.get(product=product)
    first.other_prices = {"UAH": ["1249.00", "1500.00"]}
    first.save()
    for position, (size, color, stock, before) in enumerate(
        [("L", "Indigo", 2, None), ("XL", "Indigo", 0, None), ("M", "Sand", 9, 499000), ("L", "Sand", 1, None)], 1
    ):
        Variant.objects.create(
            product=product,
            sku=f"SHIRT-{size}-{color}",
            options={"size": size, "color": color},
            price_amount=Decimal(389000),
            compare_at_amount=before,
            currency="IDR",
            stock=stock,
            position=position,
            created_at=AT,
        )
    return product


def variant(size, color):
    return Variant.objects.get(options={"size": size, "color": color})


def url(product, *parts, name="product"):
    return reverse(name, args=[product.slug, *parts])


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def things_in(response):
    told = re.findall(r'<script type="application/ld\+json">(.*?)</script>', response.content.decode(), re.S)
    assert len(told) == 1
    return json.loads(told[0])
