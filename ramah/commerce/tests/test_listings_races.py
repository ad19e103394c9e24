"""Listings written and read at the same moment: no change is missed, and nobody waits for ever."""

import pytest

from ramah.commerce.commands.listings import recount_stock, refresh_listings
from ramah.commerce.models import Listing, Product, Variant
from ramah.commerce.queries.listings import Wanted, products_listed
from ramah.commerce.queries.terms import category_tree
from ramah.commerce.testing import AT, make_product
from ramah.kernel.testing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def shown() -> set[int]:
    found = products_listed(currency="IDR", tree=category_tree(), wanted=Wanted(size=99))
    return {row.product_id for row in found.rows}


def test_what_is_written_at_once_is_all_seen_by_who_reads_meanwhile():
    products = [make_product(f"Shirt {number}") for number in range(12)]
    refresh_listings(product_ids=[products[0].pk], at=AT)

    def read():
        for _look in range(20):
            shown()

    writes = [
        lambda pair=pair: refresh_listings(product_ids=[product.pk for product in pair], at=AT)
        for pair in zip(products[::2], products[1::2], strict=True)
    ]
    outcomes = at_once(*writes, read, read)

    assert outcomes == [None] * 8
    assert shown() == {product.pk for product in products}


def test_the_same_products_written_the_other_way_round_do_not_wait_for_each_other():
    a, b = make_product("A"), make_product("B")
    for _round in range(5):
        outcomes = at_once(
            lambda: refresh_listings(product_ids=[a.pk, b.pk], at=AT),
            lambda: refresh_listings(product_ids=[b.pk, a.pk], at=AT),
            lambda: recount_stock(product_ids=[b.pk, a.pk]),
        )

        assert outcomes == [None] * 3
    assert Listing.objects.count() == 2


def test_the_last_change_stands_whoever_writes_last():
    product = make_product(stock=0)
    refresh_listings(product_ids=[product.pk], at=AT)

    def sell(stock):
        Variant.objects.update(stock=stock)
        refresh_listings(product_ids=[product.pk], at=AT)

    for _round in range(5):
        outcomes = at_once(lambda: sell(0), lambda: sell(5))

        assert outcomes == [None] * 2
        assert Listing.objects.get().in_stock == (Variant.objects.get().stock > 0)
    assert Product.objects.count() == 1
