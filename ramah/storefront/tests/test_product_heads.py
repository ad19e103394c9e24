"""What machines read of a product's page, its pictures, and what the browser remembers."""

import re

import pytest
from django.test import Client

from ramah.commerce.commands.listings import refresh_listings
from ramah.commerce.commands.pictures import add_picture
from ramah.commerce.models import Product, Variant
from ramah.commerce.testing import AT, make_product
from ramah.commerce.tests.test_pictures import image
from ramah.kernel.actors import SYSTEM
from ramah.storefront.recent import SEEN_COOKIE
from ramah.storefront.tests.shirts import shirt, shop, text_of, things_in, url, variant

__all__ = ["shirt", "shop"]
pytestmark = pytest.mark.django_db


def test_machines_read_the_same_facts(shirt, client, settings):
    settings.BASE_URL = "https://shop.example"
    product, way = things_in(client.get(url(shirt)))["@graph"]

    assert {key: product[key] for key in ("@type", "name", "url", "productID", "brand", "category", "description")} == {
        "@type": "Product",
        "name": "Sanur linen shirt",
        "url": "https://shop.example/products/sanur-linen-shirt/",
        "productID": shirt.public_id,
        "brand": {"@type": "Brand", "name": "Toko Laut"},
        "category": "Fashion > Shirts",
        "description": "Washed linen.",
    }
    first = Variant.objects.filter(product=shirt).order_by("position", "id").first()
    assert [(one["sku"], one["price"], one["priceCurrency"], one["availability"]) for one in product["offers"][:4]] == [
        (first.sku, "389000.00", "IDR", "https://schema.org/InStock"),
        (first.sku, "1249.00", "UAH", "https://schema.org/InStock"),
        ("SHIRT-L-Indigo", "389000.00", "IDR", "https://schema.org/InStock"),
        ("SHIRT-XL-Indigo", "389000.00", "IDR", "https://schema.org/OutOfStock"),
    ]
    assert product["offers"][0]["url"] == (
        f"https://shop.example/products/sanur-linen-shirt/?variant={first.public_id}"
    )
    assert "aggregateRating" not in product
    assert [(step["position"], step["name"], step["item"]) for step in way["itemListElement"]] == [
        (1, "Fashion", "https://shop.example/c/fashion/"),
        (2, "Shirts", "https://shop.example/c/fashion/shirts/"),
        (3, "Sanur linen shirt", "https://shop.example/products/sanur-linen-shirt/"),
    ]
    Product.objects.filter(pk=shirt.pk).update(rating_count=3, rating_sum=14)
    rating = things_in(client.get(url(shirt)))["@graph"][0]["aggregateRating"]
    assert (rating["ratingValue"], rating["reviewCount"]) == ("4.7", 3)


def test_each_language_has_an_address(shirt, client, settings):
    settings.BASE_URL = "https://shop.example"
    page = client.get(url(shirt), {"variant": variant("M", "Sand").public_id}).content.decode()
    address = "https://shop.example/products/sanur-linen-shirt/"
    assert f'<link rel="canonical" href="{address}">' in page
    for code, place in (("en", address), ("id", f"{address}?lang=id"), ("uk", f"{address}?lang=uk")):
        assert f'<link rel="alternate" hreflang="{code}" href="{place}">' in page
    assert f'hreflang="x-default" href="{address}"' in page
    assert '<meta name="description" content="Washed linen.">' in page
    assert '<meta property="og:title" content="Sanur linen shirt">' in page

    response = client.get(url(shirt), {"lang": "id"})

    assert response["Content-Language"] == "id"
    assert f'<link rel="canonical" href="{address}?lang=id">' in response.content.decode()
    assert "django_language" not in client.cookies
    assert client.get(url(shirt), {"lang": "xx"})["Content-Language"] == "en"


def test_pictures_come_in_widths_and_those_of_the_chosen_color_first(shirt, client):
    indigo, sand = image(1000, 800, (1, 2, 99)), image(500, 500, (200, 180, 140))
    keys = [
        add_picture(actor=SYSTEM, product=shirt, content=content, alt=alt, option=option, at=AT)
        for content, alt, option in ((indigo, {"en": "Front"}, "Indigo"), (sand, {}, "Sand"))
    ]

    page = client.get(url(shirt), {"o.color": "Sand"}).content.decode()

    first, second = re.findall(r"<img [^>]*>", page.split('class="photo"')[1].split("</div>")[0])
    assert f'src="/pictures/{keys[1]}-500.webp"' in first
    assert f'srcset="/pictures/{keys[1]}-320.webp 320w, /pictures/{keys[1]}-500.webp 500w"' in first
    assert 'width="500" height="500" alt="Sanur linen shirt" fetchpriority="high"' in first
    assert 'alt="Front" loading="lazy"' in second
    shown = Client().get(f"/pictures/{keys[0]}-640.webp")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown.content[8:12] == b"WEBP"
    for missing in (f"{keys[0]}-641", f"{'0' * 32}-320", "../secret-1", f"{keys[0]}-99999"):
        assert client.get(f"/pictures/{missing}.webp").status_code == 404


def test_what_was_looked_at_is_remembered_in_the_browser_alone(shirt, client):
    others = [make_product(f"Thing {number}") for number in range(14)]
    refresh_listings(product_ids=[shirt.pk, *(other.pk for other in others)], at=AT)
    for other in others:
        client.get(url(other))

    text = text_of(client.get(url(shirt)))

    assert "You looked at Thing 13" in text
    assert "Thing 9" not in text
    kept = client.cookies[SEEN_COOKIE].value
    assert len(kept.split(":")[0].split(".")) == 12
    client.cookies[SEEN_COOKIE] = "1.2.3:forged"
    assert "You looked at" not in text_of(client.get(url(shirt)))
