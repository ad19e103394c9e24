"""Addresses that a product had before: they lead on to it, as long as nobody else stands there."""

import pytest

from ramah.commerce.commands.products import ProductTold, change_product, create_product
from ramah.commerce.models import Cart, EarlierSlug, Product
from ramah.commerce.testing import AT
from ramah.commerce.tests.files import PRODUCTS, bring
from ramah.kernel.actors import SYSTEM
from ramah.storefront.tests.shirts import shirt, shop, url, variant

__all__ = ["shirt", "shop"]
pytestmark = pytest.mark.django_db
OLD = "/products/sanur-linen-shirt/"


def move(product, slug):
    """The merchant gives the product another address."""
    product.refresh_from_db()
    told = ProductTold(product.titles, product.descriptions, slug=slug, status=product.status, brand=product.brand)
    return change_product(actor=SYSTEM, product=product, told=told, at=AT)


def test_an_earlier_address_leads_on_with_all_that_was_asked(shirt, client):
    move(shirt, "сорочка")

    moved, whole = client.get(f"{OLD}?lang=uk&size=L&x=a%20b"), client.get(OLD, follow=True)

    assert (moved.status_code, moved["Location"]) == (
        301,
        "/products/%D1%81%D0%BE%D1%80%D0%BE%D1%87%D0%BA%D0%B0/?lang=uk&size=L&x=a%20b",
    )
    assert moved["Cache-Control"] == "no-cache"
    assert whole.status_code == 200
    assert client.get(moved["Location"]).status_code == 200


def test_each_earlier_address_leads_there_at_once(shirt, client):
    for slug in ("second", "third", "fourth"):
        move(shirt, slug)

    for slug in ("sanur-linen-shirt", "second", "third"):
        assert client.get(f"/products/{slug}/")["Location"] == "/products/fourth/"


def test_a_product_that_has_its_address_back_does_not_go_round_in_circles(shirt, client):
    move(shirt, "second")
    move(shirt, "sanur-linen-shirt")

    assert client.get(OLD).status_code == 200
    assert client.get("/products/second/")["Location"] == OLD
    assert list(EarlierSlug.objects.values_list("slug", flat=True)) == ["second"]


def test_an_address_that_another_product_takes_is_its_own(shirt, client):
    for slug in ("second", "third", "fourth"):
        move(shirt, slug)
    told = ProductTold({"en": "Hat"}, slug="sanur-linen-shirt", status="active")
    hat = create_product(actor=SYSTEM, told=told, at=AT)
    assert "Hat" in client.get(OLD).content.decode()
    assert not EarlierSlug.objects.filter(slug="sanur-linen-shirt").exists()
    change_product(actor=SYSTEM, product=hat, told=ProductTold({"en": "Hat"}, slug="second", status="active"), at=AT)
    bring("products", PRODUCTS, "P1,Third,P1-S,389000,IDR,4,S")

    assert Product.objects.get(external_id="P1").slug == "third"
    assert list(EarlierSlug.objects.values_list("slug", "product")) == [("sanur-linen-shirt", hat.pk)]
    move(hat, "cap")
    Product.objects.filter(pk=hat.pk).delete()
    assert client.get("/products/second/").status_code == 404
    assert client.get(OLD).status_code == 404


def test_what_is_hidden_is_not_found_by_its_earlier_address_either(shirt, client):
    move(shirt, "second")
    for hidden in ({"status": "draft"}, {"status": "active", "published_at": None}):
        Product.objects.filter(pk=shirt.pk).update(**hidden)
        assert client.get(OLD).status_code == 404
        assert client.post(OLD).status_code == 404


def test_what_is_no_longer_sold_is_found_and_says_so(shirt, client):
    move(shirt, "second")
    Product.objects.filter(pk=shirt.pk).update(status="archived")

    assert client.get(OLD, follow=True).status_code == 410


def test_a_choice_made_while_the_address_changed_still_goes_into_the_cart(shirt, client):
    move(shirt, "second")

    response = client.post(OLD, {"variant": variant("M", "Indigo").public_id, "quantity": "1"}, follow=True)

    assert response.redirect_chain[0] == ("/products/second/", 308)
    assert Cart.objects.get().lines.get().quantity == 1


def test_an_import_leaves_the_addresses_of_products_it_knows(shirt, client):
    move(shirt, "second")

    report = bring("products", PRODUCTS, f"{shirt.external_id},Renamed,{variant('M', 'Indigo').sku},389000,IDR,4,M")

    assert report.updated == 1
    assert client.get(OLD)["Location"] == "/products/second/"


def test_only_what_is_not_found_asks_for_earlier_addresses(shirt, client, django_assert_num_queries):
    move(shirt, "second")
    shirt.refresh_from_db()
    client.get(url(shirt))  # the terms are in the cache now

    with django_assert_num_queries(2):
        client.get(OLD)
    with django_assert_num_queries(4) as asked:
        client.get(url(shirt))

    assert not any("earlierslug" in query["sql"] for query in asked.captured_queries)
