"""The page of a product: what it shows, what a choice does, and that nothing that people wrote gets through as markup."""

import re
from datetime import timedelta

import pytest

from ramah.commerce.commands.listings import refresh_listings
from ramah.commerce.commands.relating import relate_products
from ramah.commerce.commands.voices import answer_question, ask_question, moderate_review, write_review
from ramah.commerce.models import Cart, DeliveryOption, DeliveryRate, Product, SizeGuide, Variant
from ramah.commerce.testing import AT, make_product
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, SYSTEM
from ramah.storefront.tests.shirts import NASTY, shirt, shop, text_of, things_in, url, variant

__all__ = ["shirt", "shop"]
pytestmark = pytest.mark.django_db


def test_the_facts_are_there_at_first_sight(shirt, client):
    response = client.get(url(shirt))

    page, text = response.content.decode(), text_of(response)
    assert response.status_code == 200
    for said in (
        "Fashion",
        "Shirts",
        "Sanur linen shirt",
        "Rp 389.000",
        "Washed linen.",
        "7 in stock",
        "30 days to return",
        "Bank transfer, Cash on delivery",
        "Fabric",
        "Linen",
        "Ask about this product",
        "Nobody has written about it yet.",
        "Nobody has asked anything yet.",
    ):
        assert said in text, said
    assert '<a href="/c/fashion/shirts/">Shirts</a>' in page
    assert f"/contact/?product={shirt.public_id}" in page


def test_drafts_and_what_is_not_published_yet_are_not_there(shirt, client):
    for change in ({"status": "draft"}, {"status": "active", "published_at": AT + timedelta(days=36500)}):
        Product.objects.filter(pk=shirt.pk).update(**change)
        for name in ("product", "reviews", "review", "questions", "question"):
            response = client.get(url(shirt, name=name))
            assert response.status_code == 404
            assert "Sanur" not in response.content.decode()
    assert client.get("/products/unknown/").status_code == 404


def test_what_is_no_longer_sold_says_so_and_what_there_is_instead(shirt, client):
    other = make_product("Ubud linen shirt")
    Product.objects.filter(pk=other.pk).update(category=shirt.category)
    relate_products([shirt.pk], at=AT)
    refresh_listings(product_ids=[shirt.pk, other.pk], at=AT)
    Product.objects.filter(pk=shirt.pk).update(status="archived")

    response = client.get(url(shirt))

    assert response.status_code == 410
    assert "We no longer sell this." in text_of(response)
    assert "Ubud linen shirt" in text_of(response)
    assert 'content="noindex"' in response.content.decode()
    assert client.post(url(shirt), {"o.size": "M"}).status_code == 410
    assert Cart.objects.count() == 0


@pytest.mark.parametrize(
    ("told", "checked", "stock"),
    [
        ({}, {"Indigo", "M"}, "7 in stock"),
        ({"o.size": "L"}, {"Indigo", "L"}, "2 left"),
        ({"o.color": "Sand"}, {"Sand", "M"}, "9 in stock"),
        ({"o.size": "XL", "o.color": "Indigo"}, {"Indigo", "XL"}, "Sold out"),
        ({"o.size": "XL", "o.color": "Sand"}, {"Sand", "XL"}, "There is no XL, Sand. There is: M, L."),
        ({"o.size": "huge"}, {"Indigo", "M"}, "7 in stock"),
        ({"variant": "nonsense"}, {"Indigo", "M"}, "7 in stock"),
    ],
)
def test_the_address_chooses(shirt, client, told, checked, stock):
    response = client.get(url(shirt), told)

    page = response.content.decode()
    chosen = set(re.findall(r'value="([^"]*)" checked', page))
    assert stock in text_of(response)
    assert chosen == checked


def test_a_variant_in_the_address_is_chosen(shirt, client):
    page = client.get(url(shirt), {"variant": variant("M", "Sand").public_id}).content.decode()

    assert set(re.findall(r'value="([^"]*)" checked', page)) == {"M", "Sand"}
    assert "Rp\xa0499.000" in page  # what it cost before


def test_values_that_lead_nowhere_are_marked(shirt, client):
    page = client.get(url(shirt), {"o.color": "Sand", "o.size": "M"}).content.decode()

    out = re.findall(r'<label data-out><input [^>]*value="([^"]*)"[^>]*>[^<]*<span class="vh">([^<]*)<', page)
    assert out == [("XL", ", not in this combination")]
    page = client.get(url(shirt)).content.decode()
    assert re.findall(r'<label data-out><input [^>]*value="([^"]*)"[^>]*>[^<]*<span class="vh">([^<]*)<', page) == [
        ("XL", ", sold out")
    ]


def test_what_is_sold_out_offers_to_be_told_of_and_nothing_to_buy(shirt, client):
    page = client.get(url(shirt), {"o.size": "XL", "o.color": "Indigo"}).content.decode()

    assert 'action="/alerts/"' in page
    assert 'id="add"' not in page


def test_htmx_gets_only_what_a_choice_changes(shirt, client, django_assert_num_queries):
    client.get(url(shirt))
    with django_assert_num_queries(2):
        response = client.get(
            url(shirt), {"o.color": "Sand", "o.size": "L"}, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="offer"
        )

    page = response.content.decode()
    assert page.lstrip().startswith('<div class="halves" id="offer"')
    assert "1 left" in text_of(response)
    assert "<html" not in page
    assert response["HX-Replace-Url"] == f"{url(shirt)}?variant={variant('L', 'Sand').public_id}"


def test_a_form_puts_the_choice_into_the_cart(shirt, client):
    response = client.post(url(shirt), {"o.size": "L", "o.color": "Indigo", "quantity": "2"})

    assert (response.status_code, response["Location"]) == (302, "/cart/")
    line = Cart.objects.get().lines.get()
    assert (line.variant, line.quantity) == (variant("L", "Indigo"), 2)
    assert client.cookies["cart"].value


def test_with_htmx_the_page_stays_and_says_it(shirt, client):
    response = client.post(url(shirt), {"o.size": "L", "o.color": "Indigo", "quantity": "5"}, HTTP_HX_REQUEST="true")

    assert response.status_code == 200
    assert "Only 2 are left; all are in your cart." in text_of(response)
    assert 'hx-swap-oob="outerHTML:.top' in response.content.decode()
    assert response["HX-Retarget"] == "#offer"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"o.size": "XL", "o.color": "Sand", "quantity": "1"}, "Choose a combination that there is."),
        ({"o.size": "XL", "o.color": "Indigo", "quantity": "1"}, "It is sold out."),
        ({"o.size": "M", "o.color": "Indigo", "quantity": "0"}, "How many?"),
        ({"o.size": "M", "o.color": "Indigo", "quantity": "-3"}, "How many?"),
        ({"o.size": "M", "o.color": "Indigo", "quantity": "1e9"}, "How many?"),
        ({"o.size": "M", "o.color": "Indigo", "quantity": "99999999999999999999"}, "How many?"),
        ({"o.size": "M", "o.color": "Indigo", "quantity": "٣"}, "How many?"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}])
def test_what_cannot_be_bought_is_refused_beside_the_button(shirt, client, told, says, headers):
    response = client.post(url(shirt), told, **headers)

    assert response.status_code == 422
    assert says in text_of(response)
    assert Cart.objects.count() == 0


def test_without_script_a_button_shows_the_choice(shirt, client):
    response = client.post(url(shirt), {"o.size": "L", "o.color": "Sand", "show": "1"})

    assert response["Location"] == f"{url(shirt)}?variant={variant('L', 'Sand').public_id}#offer"
    assert Cart.objects.count() == 0


def test_delivery_is_told_for_the_place_of_the_visitor(shirt, client):
    option = DeliveryOption.objects.create(names={"en": "JNE regular"}, created_at=AT)
    DeliveryRate.objects.create(
        option=option, country="ID", currency="IDR", amount=12000, postal_prefixes=["164"], min_days=1, max_days=1
    )
    assert "We have no way of delivery to this place yet." in text_of(client.get(url(shirt)))

    client.cookies["place"] = "ID|Jawa Barat|Depok|16424"
    text = text_of(client.get(url(shirt)))

    assert "Delivery to Depok, 16424" in text
    assert "Tomorrow JNE regular Rp 12.000" in text


def test_another_place_has_another_currency(shirt, client):
    client.cookies["place"] = "UA|||"
    assert "1\xa0249\xa0₴" in client.get(url(shirt)).content.decode()

    page = text_of(client.get(url(shirt), {"o.size": "L", "o.color": "Sand"}))

    assert "It is not sold for UAH." in page
    assert client.post(url(shirt), {"o.size": "L", "o.color": "Sand", "quantity": "1"}).status_code == 422


def test_a_product_may_have_return_days_of_its_own(shirt, client):
    for days, says in ((0, "This cannot be returned, unless it is faulty"), (1, "1 day to return")):
        Product.objects.filter(pk=shirt.pk).update(return_days=days)
        assert says in text_of(client.get(url(shirt)))


def test_text_in_another_language_is_marked(shirt, client):
    page = client.get(url(shirt), HTTP_ACCEPT_LANGUAGE="id").content.decode()
    assert "<h1>Kemeja linen Sanur</h1>" in page
    assert '<p class="muted text" lang="en">Washed linen.</p>' in page
    assert '<dt>Bahan</dt><dd lang="en">Linen</dd>' in page

    page = client.get(url(shirt), {"lang": "uk"}).content.decode()
    assert '<html lang="uk"' in page
    assert '<h1 lang="en">Sanur linen shirt</h1>' in page


def test_the_size_guide_is_in_the_page(shirt, client):
    guide = SizeGuide.objects.create(
        name="Shirts",
        notes={"en": "Measure one that fits."},
        columns=[{"en": "Chest, cm", "id": "Dada, cm"}],
        rows=[["M", "106"], ["L", "112"]],
        created_at=AT,
    )
    Product.objects.filter(pk=shirt.pk).update(size_guide=guide)

    response = client.get(url(shirt))

    assert "Size guide" in text_of(response)
    assert "Measure one that fits." in text_of(response)
    assert '<th scope="row">M</th><td data-num>106</td>' in response.content.decode()


def test_reviews_and_questions_are_shown_in_their_language(shirt, client):
    actor = CustomerActor(make_customer("Dana Putri").pk, SIGNED_IN, "Dana Putri")
    review = write_review(
        actor=actor, product=shirt, rating=4, title="Adem", text="Warnanya persis.", language="id", at=AT
    )
    moderate_review(actor=SYSTEM, review=review, approve=True, at=AT)
    question = ask_question(actor=NOBODY, product=shirt, text="Is it warm?", language="en", at=AT)
    answer_question(actor=SYSTEM, question=question, text="Not very.", at=AT)

    response = client.get(url(shirt))

    page, text = response.content.decode(), text_of(response)
    assert "4.0 from 1 review" in text
    assert '<p class="text" lang="id">Warnanya persis.</p>' in page
    assert "Dana P." in text
    assert "Verified buyer" not in text
    assert "Is it warm?" in text
    assert "Not very." in text
    assert f'href="{url(shirt, name="reviews")}?stars=4"' in page


def test_what_people_wrote_is_text_and_no_markup(shirt, client):
    actor = CustomerActor(make_customer(NASTY).pk, SIGNED_IN, NASTY)
    review = write_review(
        actor=actor, product=shirt, rating=1, title=NASTY, text=NASTY, author_name=NASTY, language="en", at=AT
    )
    moderate_review(actor=SYSTEM, review=review, approve=True, at=AT)
    Product.objects.filter(pk=shirt.pk).update(titles={"en": NASTY}, descriptions={"en": NASTY + "\u2028"})
    Variant.objects.filter(product=shirt, options__size="L").update(options={"size": NASTY, "color": '"><b>'})
    client.cookies["place"] = f"ID|{NASTY}|{NASTY}|{NASTY}"

    response = client.get(url(shirt))

    page = response.content.decode()
    assert "<script>" not in page
    assert 'alert("1")' not in page.replace('\\"', "").replace("&quot;", "")
    thing = things_in(response)["@graph"][0]
    assert thing["name"] == NASTY
    assert thing["description"] == NASTY + "\u2028"
    assert thing["review"][0]["reviewBody"] == NASTY
    assert "\u2028" not in page.split("ld+json")[1].split("</script>")[0]


def test_a_page_costs_five_queries(shirt, client, django_assert_num_queries):
    other = make_product("Ubud linen shirt")
    Product.objects.filter(pk=other.pk).update(category=shirt.category)
    relate_products([shirt.pk], at=AT)
    refresh_listings(product_ids=[shirt.pk, other.pk], at=AT)
    Product.objects.filter(pk=shirt.pk).update(rating_count=1, rating_sum=5)
    client.get(url(other))
    client.get(url(shirt))  # the terms are in the cache now

    with django_assert_num_queries(5):
        text = text_of(client.get(url(shirt)))

    assert "Similar Ubud linen shirt" in text
