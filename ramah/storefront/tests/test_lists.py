"""Lists, categories and searches as pages: filters, counts, orders, pages, what is said where nothing is found."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.core.cache import cache

from ramah.commerce.commands.categories import categories_of
from ramah.commerce.commands.listings import refresh_listings
from ramah.commerce.models import Category, Product, Variant
from ramah.commerce.testing import AT, make_product, make_shop

pytestmark = pytest.mark.django_db
PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "found"}


@pytest.fixture
def shirts():
    """Five shirts in a category, of two colors and three sizes, at 100,000 to 500,000; the third is sold out."""
    make_shop()
    category = categories_of(["Fashion / Shirts"], at=AT)["Fashion / Shirts"]
    Category.objects.filter(path="fashion").update(names={"en": "Fashion", "uk": "Одяг"})
    products = []
    for number in range(1, 6):
        product = make_product(f"Shirt {number}", price=100_000 * number, stock=0 if number == 3 else 5)
        Product.objects.filter(pk=product.pk).update(
            category=category,
            sold_count=10 - number,
            rating_count=2 if number < 3 else 0,
            rating_sum=9 if number < 3 else 0,
            titles={"en": f"Shirt {number}", "id": f"Kemeja {number}"},
        )
        Variant.objects.filter(product=product).update(
            options={"size": "SML"[number % 3], "color": "Indigo" if number < 4 else "Sand"},
            other_prices={"UAH": [str(300 * number), None]},
        )
        products.append(product)
    refresh_listings(product_ids=[product.pk for product in products], at=AT)
    cache.clear()
    return products


def names(response) -> list[str]:
    return [
        unescape(name) for name in re.findall(r'class="name"><a href="[^"]*"[^>]*>([^<]*)<', response.content.decode())
    ]


def counts(response) -> dict[str, str]:
    choice = (
        r'name="([^"]+)" value="([^"]+)" id="[^"]*"[^>]*><span class="grow">.*?</span><small>([^<]*)</small></label>'
    )
    return {f"{name}={value}": count for name, value, count in re.findall(choice, response.content.decode())}


@pytest.mark.parametrize("address", ["/products/", "/c/fashion/", "/c/fashion/shirts/"])
def test_a_list_shows_what_is_sold_the_liked_first_the_sold_out_last(client, shirts, address):
    response = client.get(address)

    assert response.status_code == 200
    assert names(response) == ["Shirt 1", "Shirt 2", "Shirt 4", "Shirt 5", "Shirt 3"]
    assert "5 products" in response.content.decode()
    assert "Sold out" in response.content.decode()


def test_a_category_that_there_is_not(client, shirts):
    assert client.get("/c/no/such/").status_code == 404


def test_a_category_names_the_way_to_it_and_what_is_below(client, shirts):
    below = client.get("/c/fashion/").content.decode()
    page = client.get("/c/fashion/shirts/?lang=uk").content.decode()

    assert '<a class="btn" data-size="s" href="/c/fashion/shirts/">Shirts <small class="muted">5</small></a>' in below
    assert '<a href="/c/fashion/">Одяг</a>' in page
    assert '<h1 lang="en">Shirts</h1>' in page
    assert '"BreadcrumbList"' in page
    assert '<link rel="canonical"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("o.color=indigo", [1, 2, 3]),
        ("o.color=indigo&stock=1", [1, 2]),
        ("o.size=s&o.size=l&o.color=sand", [5]),
        ("o.Warna=INDIGO&stock=1", [1, 2]),
        ("from=200000&to=400000", [2, 4, 3]),
        ("from=200.000", [2, 4, 5, 3]),
        ("rating=4", [1, 2]),
        ("rating=4&o.color=sand", []),
        ("sort=price-down", [5, 4, 3, 2, 1]),
        ("sort=price&stock=1&from=150000", [2, 4, 5]),
        ("sort=nonsense&rating=9&stock=yes&o.=x&o.none=x", []),
        ("sort=nonsense&rating=9&stock=yes&o.=x", [1, 2, 4, 5, 3]),
    ],
)
def test_filters_and_orders_combine(client, shirts, query, found):
    response = client.get(f"/c/fashion/?{query}")

    assert response.status_code == 200
    shown = names(response)
    assert shown[: len(found)] == [f"Shirt {number}" for number in found]
    assert f"{len(found)} product" in response.content.decode()


def test_each_choice_tells_how_many_it_would_give(client, shirts):
    told = counts(client.get("/c/fashion/?o.color=indigo"))

    assert told["o.color=indigo"] == "3"
    assert told["o.color=sand"] == "2"
    assert {name: told[name] for name in told if name.startswith("o.size")} == {
        "o.size=m": "1",
        "o.size=l": "1",
        "o.size=s": "1",
    }
    assert told["stock=1"] == "2"
    assert told["rating=4"] == "2"


def test_filters_that_are_on_can_be_taken_away_one_by_one(client, shirts):
    page = client.get("/c/fashion/?o.color=indigo&o.color=sand&stock=1&from=100000&sort=price").content.decode()
    chips = [unescape(address) for address in re.findall(r'class="chip" href="([^"]*)"', page)]

    assert chips == [
        "/c/fashion/?stock=1&from=100000&sort=price&o.color=sand",
        "/c/fashion/?stock=1&from=100000&sort=price&o.color=indigo",
        "/c/fashion/?stock=1&sort=price&o.color=indigo&o.color=sand",
        "/c/fashion/?from=100000&sort=price&o.color=indigo&o.color=sand",
    ]
    assert 'href="/c/fashion/?sort=price"' in page


@pytest.mark.parametrize(
    "told", ["from=abc", "to=-5", "from=1e9", "from=500000&to=100000", "from=%F0%9F%91%95", "from=1.2.3", "to=NaN"]
)
def test_a_price_that_cannot_be_read_is_told_beside_the_field_and_filters_nothing(client, shirts, told):
    response = client.get(f"/products/?{told}")
    page = response.content.decode()

    assert response.status_code == 422
    assert 'aria-describedby="price-problem"' in page
    assert len(names(response)) == 5


def test_pages_go_on_without_gaps_or_repeats(client, shirts):
    many = [make_product(f"Mug {number:02}", price=1000 + number) for number in range(60)]
    refresh_listings(product_ids=[product.pk for product in many], at=AT)
    read: list[str] = []
    address = "/products/?sort=price"
    for _page in range(9):
        response = client.get(address)
        read += names(response)
        following = re.search(r'<div class="more"><a class="btn" href="([^"]*)"', response.content.decode())
        if not following:
            break
        assert '<link rel="next"' in response.content.decode()
        address = unescape(following[1])

    assert len(read) == 65
    assert len(set(read)) == 65


def test_further_rows_come_alone(client, shirts):
    many = [make_product(f"Mug {number:02}") for number in range(60)]
    refresh_listings(product_ids=[product.pk for product in many], at=AT)
    page = client.get("/products/").content.decode()
    address = unescape(re.search(r'<div class="more"><a class="btn" href="([^"]*)"', page)[1])
    rows = client.get(address, **{"HTTP_HX_REQUEST": "true"}).content.decode()

    assert "<html" not in rows
    assert "facet" not in rows
    assert rows.count("<article") == 24
    assert "Back to the beginning of the list" in client.get(address).content.decode()


def test_a_cursor_that_somebody_changed_begins_the_list_anew(client, shirts):
    response = client.get("/products/?sort=price&after=nonsense")

    assert response.status_code == 302
    assert response["Location"] == "/products/?sort=price"


def test_htmx_gets_the_list_and_its_choices(client, shirts):
    response = client.get("/c/fashion/?o.color=sand&from=&to=&rating=&sort=", **PART)
    page = response.content.decode()

    assert "<html" not in page
    assert 'id="facets" hx-swap-oob="true"' in page
    assert response["HX-Push-Url"] == "/c/fashion/?o.color=sand"
    assert "HX-Request" in response["Vary"]
    assert names(response) == ["Shirt 4", "Shirt 5"]


def test_prices_are_those_of_the_visitors_place(client, shirts):
    client.cookies["place"] = "UA|||"
    response = client.get("/products/?from=600&sort=price")

    assert names(response) == ["Shirt 2", "Shirt 3", "Shirt 4", "Shirt 5"]
    assert "600\xa0₴" in unescape(response.content.decode())


def test_titles_that_are_not_translated_say_their_language(client, shirts):
    assert '<a href="/products/' in client.get("/products/?lang=id").content.decode()
    assert ">Kemeja 1</a>" in client.get("/products/?lang=id").content.decode()
    assert re.search(r'<a href="[^"]*" lang="en">Shirt 1</a>', client.get("/products/?lang=uk").content.decode())


def test_a_search_finds_and_says_what_it_mended(client, shirts):
    assert names(client.get("/search/?q=kemeja+2")) == ["Shirt 2"]
    page = client.get("/search/?q=shrit")

    assert len(names(page)) == 5
    assert "Nothing found for “shrit”. You see what there is for “shirt”." in page.content.decode()
    assert 'value="shrit"' in page.content.decode()
    assert '<meta name="robots" content="noindex">' in page.content.decode()


def test_a_search_can_be_narrowed_to_a_category(client, shirts):
    other = make_product("Shirt basket")
    refresh_listings(product_ids=[other.pk], at=AT)

    assert len(names(client.get("/search/?q=shirt"))) == 6
    assert len(names(client.get("/search/?q=shirt&category=fashion"))) == 5
    assert "0 products" in client.get("/search/?q=shirt&category=no/such").content.decode()


def test_nothing_found_says_so_and_what_there_is_instead(client, shirts):
    page = client.get("/search/?q=quantumzz").content.decode()

    assert "Nothing found for “quantumzz”" in page
    assert "Often bought" in page
    assert 'href="/contact/"' in page


def test_an_empty_list_tells_what_there_would_be_with_one_filter_less(client, shirts):
    page = unescape(client.get("/c/fashion/?o.color=sand&rating=4").content.decode())

    assert "Nothing fits all of this" in page
    assert '<a href="/c/fashion/?rating=4"' in page
    assert "2 products without “Color: Sand”" in page
    assert "2 products without “4 stars and more”" in page


def test_a_search_for_nothing_asks_what_is_looked_for(client, shirts):
    page = client.get("/search/").content.decode()

    assert "What are you looking for?" in page
    assert "<article" not in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "'; DROP TABLE x; --",
        "%00",
        "a" * 10_000,
        "👕",
        '*"^:()',
    ],
)
def test_what_is_typed_is_only_text(client, shirts, text):
    for address in ("/search/", "/search/suggest/"):
        response = client.get(address, {"q": text, "o.size": text, "category": text, "sort": text, "after": ""})

        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()
        assert "<img src=x" not in response.content.decode()


def test_names_of_products_and_options_are_escaped(client, shirts):
    Product.objects.update(titles={"en": "<b>Shirt</b>"})
    Variant.objects.update(options={"<i>size": '"><i>M'})
    refresh_listings(product_ids=[product.pk for product in shirts], at=AT)
    page = client.get("/products/").content.decode()

    assert "&lt;b&gt;Shirt" in page
    assert "<i>" not in page
    assert "<b>Shirt" not in page


def test_suggestions_are_links_to_products_and_categories(client, shirts):
    page = client.get("/search/suggest/?q=shir").content.decode()

    assert page.count("<li>") == 1 + 5 + 1
    assert 'href="/c/fashion/shirts/"' in page
    assert 'href="/search/?q=shir"' in page
    assert "5 products for “shir”" in page
    assert client.get("/search/suggest/?q=").content == b""
    assert "Nothing found." in client.get("/search/suggest/?q=quantumzz").content.decode()


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/products/", 2),
        ("/c/fashion/shirts/", 3),
        ("/c/fashion/?o.color=indigo&stock=1&from=100000&sort=price", 3),
        ("/search/?q=shirt", 2),
        ("/search/?q=shrit", 3),
        ("/search/suggest/?q=shirt", 2),
    ],
)
def test_a_page_takes_few_queries(client, shirts, django_assert_num_queries, address, queries):
    client.get(address)

    with django_assert_num_queries(queries):
        client.get(address)


def test_a_card_tells_what_is_left_and_which_sizes(client, shirts):
    product = shirts[0]
    Variant.objects.filter(product=product).update(stock=4)
    Variant.objects.create(
        product=shirts[1],
        sku="more",
        options={"size": "XL", "color": "Sand"},
        price_amount=Decimal(250000),
        compare_at_amount=Decimal(300000),
        currency="IDR",
        stock=2,
        created_at=AT,
    )
    refresh_listings(product_ids=[each.pk for each in shirts], at=AT)
    page = unescape(client.get("/products/").content.decode()).replace("\xa0", " ")

    assert "4 left" in page
    assert "L and XL in stock" in page
    assert "from" in page
    assert "4.5 (2)" in page
