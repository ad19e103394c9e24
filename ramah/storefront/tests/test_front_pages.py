"""Home, terms, the visitor's place, and what search engines read."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from django.urls import reverse

from ramah.commerce.commands.listings import refresh_listings
from ramah.commerce.models import Category, Product, ShopProfile
from ramah.commerce.testing import make_product
from ramah.kernel import clock
from ramah.storefront.speaking import shortened
from ramah.storefront.tests.shirts import NASTY, text_of

pytestmark = pytest.mark.django_db
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture(autouse=True)
def shop(settings):
    settings.BASE_URL = "https://shop.example"
    told = {
        "name": "Toko Laut",
        "legal_name": "PT Laut Niaga",
        "email": "hi@shop.example",
        "about": {"en": "Clothes and coffee."},
        "countries": {"ID": "IDR", "UA": "UAH"},
        "payment_methods": ["bank_transfer", "cod"],
        "cod_fees": {"IDR": "5000"},
        "cod_limits": {"IDR": "3000000"},
        "transfer_hours": 24,
        "return_days": 30,
        "return_terms": {"en": "Unwashed, please."},
    }
    return ShopProfile.objects.update_or_create(key="shop", defaults=told)[0]


def test_an_empty_shop_says_so(client):
    response = client.get("/")

    assert response.status_code == 200
    assert "Nothing is for sale yet" in text_of(response)


def test_the_first_page_shows_the_shop_and_what_is_new(client, django_assert_num_queries):
    Category.objects.create(slug="fashion", path="fashion", names={"en": "Fashion"}, created_at=clock.now())
    product = make_product("Sanur linen shirt")
    refresh_listings(product_ids=[product.pk], at=clock.now())
    client.get(f"/products/{product.slug}/")
    client.get("/")
    with django_assert_num_queries(1):
        response = client.get("/")

    text, page = text_of(response), response.content.decode()
    for said in (
        "Toko Laut",
        "Clothes and coffee.",
        "Fashion",
        "Sanur linen shirt",
        "30 days to return",
        "You looked at",
    ):
        assert said in text, said
    graph = json.loads(re.findall(r"ld\+json\">(.*?)</script>", page)[0])["@graph"]
    assert [thing["@type"] for thing in graph] == ["Organization", "WebSite"]
    assert graph[0]["legalName"] == "PT Laut Niaga"
    assert graph[1]["potentialAction"]["target"]["urlTemplate"] == "https://shop.example/search/?q={words}"


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("delivery", "Delivery to Indonesia"),
        ("returns", "30 days to return"),
        ("payment", "You pay the carrier at the door, where the way of delivery offers it. It costs Rp 5.000 more."),
        ("imprint", "PT Laut Niaga"),
    ],
)
def test_the_terms_are_told_by_topic(client, topic, says, django_assert_num_queries):
    client.get(f"/terms/{topic}/")
    with django_assert_num_queries(0):
        response = client.get(f"/terms/{topic}/")

    assert response.status_code == 200
    assert says in text_of(response)


def test_other_terms_are_not_there(client):
    assert client.get("/terms/everything/").status_code == 404
    assert client.post("/terms/returns/").status_code == 405


def test_terms_are_escaped_and_marked_with_their_language(client, shop):
    ShopProfile.objects.update(return_terms={"en": NASTY}, return_days=0)
    page = client.get("/terms/returns/", {"lang": "uk"}).content.decode()

    assert '<p class="text" lang="en">&lt;/script&gt;' in page
    assert "<script>alert" not in page


def test_a_visitor_says_where_things_go(client):
    page = client.get("/place/", {"next": "/products/x/"}).content.decode()
    assert '<option value="ID" selected>Indonesia</option>' in page
    assert '<option value="Jawa Barat">' in page

    response = client.post(
        "/place/",
        {
            "country": "ID",
            "region": "Jawa Barat",
            "city": " Depok ",
            "postal_code": "16424",
            "next": "/products/x/",
        },
    )

    assert (response.status_code, response["Location"]) == (302, "/products/x/")
    assert client.cookies["place"].value == "ID|Jawa Barat|Depok|16424"
    assert "Delivery to Depok, 16424" in text_of(client.get("/terms/delivery/"))


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"country": "XX"}, "Select a valid choice."),
        ({"country": "ID", "region": "Atlantis"}, "Select a valid choice."),
        ({"country": "ID", "postal_code": "<b>"}, "A postal code is made of digits"),
        ({"country": "ID", "city": "x" * 81}, "at most 80 characters"),
        ({}, "This field is required."),
    ],
)
def test_a_place_that_is_none_is_refused(client, told, says):
    response = client.post("/place/", told)

    assert response.status_code == 422
    assert says in text_of(response)
    assert "place" not in client.cookies


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "evil"])
def test_nobody_is_sent_elsewhere(client, next_page):
    response = client.post("/place/", {"country": "UA", "next": next_page})

    assert response["Location"] == "/"
    assert client.cookies["place"].value == "UA|||"


def test_another_country_shows_its_regions_before_anything_is_kept(client):
    response = client.post("/place/", {"country": "UA", "region": "Jawa Barat", "look": "1"})

    page = response.content.decode()
    assert response.status_code == 200
    assert '<option value="Київ">' in page
    assert '<option value="UA" selected>' in page
    assert "place" not in client.cookies


def test_robots_find_the_list_of_pages(client):
    response = client.get("/robots.txt")

    lines = response.content.decode().splitlines()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[-1] == "Sitemap: https://shop.example/sitemap.xml"
    assert {"Disallow: /desk/", "Disallow: /cart/", "Disallow: /checkout/"} <= set(lines)


def parts(client):
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    return [found.text for found in ET.fromstring(response.content).iter(LOC)]


def pages(client, place):
    response = client.get(place.removeprefix("https://shop.example"))
    return [found.text for found in ET.fromstring(response.getvalue()).iter(LOC)]


def test_every_page_is_in_one_part_of_the_list(client, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("ramah.storefront.views.crawling.PART", 4)
    monkeypatch.setattr("ramah.storefront.views.crawling._CHUNK", 3)
    Category.objects.create(slug="a", path="a", names={}, created_at=clock.now())
    products = [make_product(f"Thing {number}") for number in range(10)]
    Product.objects.filter(pk=products[2].pk).update(status="archived")
    Product.objects.filter(pk=products[5].pk).update(slug="сорочка-лляна")

    with django_assert_num_queries(1):
        places = parts(client)

    assert places[0] == "https://shop.example/sitemap-pages.xml"
    assert len(places) == 4
    fixed = pages(client, places[0])
    assert fixed[:3] == ["https://shop.example/", "https://shop.example/products/", "https://shop.example/c/a/"]
    assert len(fixed) == 7
    listed = [pages(client, place) for place in places[1:]]
    assert [len(part) for part in listed] == [4, 4, 1]
    expected = {
        f"https://shop.example{reverse('product', args=[slug])}"
        for slug in Product.objects.filter(status="active").values_list("slug", flat=True)
    }
    assert {place for part in listed for place in part} == expected


def test_an_unknown_part_is_empty_or_not_there(client):
    assert parts(client) == ["https://shop.example/sitemap-pages.xml"]
    assert pages(client, f"/sitemap-{'z' * 26}.xml") == []
    assert client.get("/sitemap-all.xml").status_code == 404


def test_descriptions_are_cut_between_words():
    assert shortened("a  b\nc") == "a b c"
    assert shortened("word " * 50) == "word " * 30 + "word…"
    assert len(shortened("x" * 500)) == 160
