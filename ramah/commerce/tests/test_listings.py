"""Listings follow every change of the catalog, in few queries, and lists show what stands in them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ramah.commerce.commands.categories import categories_of
from ramah.commerce.commands.listings import list_overdue, rebuild_listings, recount_stock, refresh_listings
from ramah.commerce.events import OrderPlaced, ProductChanged, VariantPriceChanged, VariantStockChanged
from ramah.commerce.listing_choices import Filters
from ramah.commerce.models import Listing, ListingClock, Product, SearchTerm, Variant
from ramah.commerce.queries.listings import (
    Wanted,
    category_description,
    listings_of,
    newest_listings,
    popular_listings,
    products_listed,
)
from ramah.commerce.queries.searching import products_searched
from ramah.commerce.queries.terms import category_tree
from ramah.commerce.testing import AT, make_order, make_product
from ramah.kernel import outbox
from ramah.kernel.events import publish
from ramah.kernel.paging import BadCursor

pytestmark = pytest.mark.django_db


def listed(currency: str = "IDR", path: str = "", **wanted) -> list[int]:
    found = products_listed(currency=currency, tree=category_tree(), path=path, wanted=Wanted(**wanted))
    return [row.product_id for row in found.rows]


def found_by(text: str, **filters) -> list[int]:
    result = products_searched(text, currency="IDR", tree=category_tree(), wanted=Wanted(Filters(**filters)))
    return [row.product_id for row in result.found.rows]


def refresh(*products: Product) -> None:
    refresh_listings(product_ids=[product.pk for product in products], at=AT)


def add_variant(
    product: Product, sku: str, *, size: str = "L", price: int = 389000, stock: int = 3, **fields
) -> Variant:
    return Variant.objects.create(
        product=product,
        sku=sku,
        options={"size": size, "color": "Indigo"},
        price_amount=Decimal(price),
        currency="IDR",
        stock=stock,
        position=1,
        created_at=AT,
        **fields,
    )


def test_a_shop_without_listings_lists_nothing():
    assert listed() == []
    assert found_by("shirt") == []
    assert newest_listings(currency="IDR") == []


def test_a_listing_shows_the_cheapest_variant_that_is_in_stock():
    product = make_product(price=500000, stock=0)
    add_variant(product, "B", price=389000, compare_at_amount=Decimal(450000))
    add_variant(product, "C", size="XL", price=410000)
    refresh(product)
    row = Listing.objects.get()

    assert (row.price_amount, row.compare_at_amount, row.highest_amount) == (389000, 450000, 410000)
    assert not row.has_one_price
    assert row.in_stock
    assert row.stock_left == 6
    assert row.sizes == [["M", False], ["L", True], ["XL", True]]
    assert row.first_options == {"size": "M", "color": "Indigo"}


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_for_sale_is_not_listed(status):
    product = make_product()
    refresh(product)
    Product.objects.update(status=status)
    refresh(product)

    assert listed() == []
    assert found_by("sanur") == []
    assert not Listing.objects.get().is_shown


def test_a_product_is_listed_from_the_day_it_is_published():
    product = make_product()
    Product.objects.update(published_at=AT + timedelta(days=1))
    refresh(product)

    assert listed() == []

    refresh_listings(product_ids=[product.pk], at=AT + timedelta(days=2))

    assert listed() == [product.pk]


def test_a_product_is_listed_in_each_currency_it_is_sold_for():
    product = make_product()
    Variant.objects.update(other_prices={"UAH": ["1249.50", "1400.00"]})
    refresh(product)
    row = Listing.objects.get(currency="UAH")

    assert (row.price_amount, row.compare_at_amount) == (Decimal("1249.50"), Decimal(1400))
    assert listed("UAH") == listed("IDR") == [product.pk]
    assert listed("EUR") == []
    assert listed("UAH", filters=Filters(price_from=124950, price_to=124950)) == [product.pk]

    Variant.objects.update(other_prices={})
    refresh(product)

    assert listed("UAH") == []
    assert listed("IDR") == [product.pk]


def test_variants_that_are_not_offered_count_for_nothing():
    product = make_product(price=500000)
    add_variant(product, "B", price=1, is_active=False)
    refresh(product)

    assert Listing.objects.get().price_amount == 500000

    Variant.objects.update(is_active=False)
    refresh(product)

    assert listed() == []


@pytest.mark.parametrize("event", ["changed", "stock", "price"])
def test_each_event_of_a_product_refreshes_its_listing(event):
    product = make_product()
    variant = product.variants.get()
    facts = {
        "changed": ProductChanged(product.pk),
        "stock": VariantStockChanged(variant.pk, product.pk, 1),
        "price": VariantPriceChanged(variant.pk, product.pk, "IDR", "2", "1"),
    }
    publish(facts[event], subject=f"product:{product.pk}")
    outbox.drain()

    assert listed() == [product.pk]


def test_an_index_that_was_read_before_follows_every_change():
    first, second = make_product("First shirt", price=100000), make_product("Second shirt", price=200000)
    refresh(first, second)
    assert listed(sort="cheap") == [first.pk, second.pk]

    Variant.objects.filter(product=first).update(price_amount=Decimal(300000), stock=0)
    Product.objects.filter(pk=second.pk).update(titles={"en": "Second basket"}, sold_count=9)
    refresh(first, second)

    assert listed(sort="cheap") == [second.pk, first.pk]
    assert listed() == [second.pk, first.pk]
    assert listed(filters=Filters(in_stock=True)) == [second.pk]
    assert found_by("basket") == [second.pk]
    assert found_by("shirt") == [first.pk]

    third = make_product("Third shirt")
    refresh(third)

    assert set(found_by("shirt")) == {first.pk, third.pk}


def test_a_refresh_that_was_taken_back_leaves_nothing_behind():
    product = make_product()
    refresh(product)
    assert listed() == [product.pk]
    try:
        with transaction.atomic():
            Product.objects.update(status="archived")
            refresh(product)
            raise RuntimeError
    except RuntimeError:
        pass

    assert listed() == [product.pk]


def test_another_database_is_read_anew():
    product = make_product()
    refresh(product)
    assert listed() == [product.pk]

    Listing.objects.all().delete()
    ListingClock.objects.update(epoch="another", version=1)

    assert listed() == []


def test_a_product_that_was_deleted_is_left_out():
    kept, gone = make_product(), make_product()
    refresh(kept, gone)
    listed()
    gone.delete()

    assert listed() == [kept.pk]
    found = products_listed(currency="IDR", tree=category_tree(), wanted=Wanted())
    assert found.total == 1


def test_an_order_changes_how_many_are_left():
    product = make_product(stock=6)
    refresh(product)
    order = make_order()
    order.lines.update(variant=product.variants.get())
    Variant.objects.update(stock=4)
    publish(OrderPlaced(order.pk, order.customer_id), subject=f"order:{order.pk}")
    outbox.drain()

    assert Listing.objects.get().stock_left == 4


def test_pieces_are_counted_without_a_new_version():
    product = make_product(stock=6)
    add_variant(product, "B", stock=-2)
    refresh(product)
    before = ListingClock.objects.get().version
    Variant.objects.filter(sku="B").update(stock=-5)
    Variant.objects.exclude(sku="B").update(stock=1)
    recount_stock(product_ids=[product.pk])

    assert Listing.objects.get().stock_left == 1
    assert ListingClock.objects.get().version == before


def test_a_category_holds_what_stands_below_it():
    shirts = categories_of(["Fashion / Shirts"], at=AT)["Fashion / Shirts"]
    product, other = make_product(), make_product()
    Product.objects.filter(pk=product.pk).update(category=shirts)
    refresh(product, other)
    found = products_listed(
        currency="IDR", tree=category_tree(), path="fashion", wanted=Wanted(), counted=["fashion/shirts"]
    )

    assert [row.product_id for row in found.rows] == [product.pk]
    assert found.categories == {"fashion/shirts": 1}
    assert listed(path="no/such") == []


def test_a_category_tells_of_itself_in_the_language_of_the_reader():
    shirts = categories_of(["Shirts"], at=AT)["Shirts"]
    shirts.descriptions = {"en": "All of linen."}
    shirts.save()

    assert category_description("shirts", "uk").text == "All of linen."
    assert category_description("shirts", "uk").is_fallback
    assert category_description("none", "uk").text == ""


def test_sold_out_products_come_last_until_another_order_is_chosen():
    sold_out, poor = make_product(price=1000, stock=0), make_product(price=2000)
    Product.objects.filter(pk=sold_out.pk).update(sold_count=50)
    refresh(sold_out, poor)

    assert listed() == [poor.pk, sold_out.pk]
    assert listed(sort="popular") == [sold_out.pk, poor.pk]
    assert listed(sort="cheap") == [sold_out.pk, poor.pk]
    assert [row.product_id for row in popular_listings(currency="IDR")] == [poor.pk]


def test_the_newest_come_first_where_that_is_asked():
    old, new, middle = (make_product() for _number in range(3))
    for product, days in ((old, 30), (new, 1), (middle, 9)):
        Product.objects.filter(pk=product.pk).update(published_at=AT - timedelta(days=days))
    refresh(old, new, middle)

    assert listed(sort="newest") == [new.pk, middle.pk, old.pk]
    assert [row.product_id for row in newest_listings(currency="IDR")] == [new.pk, middle.pk, old.pk]


def test_pages_go_on_where_the_last_one_ended_whatever_came_in_between():
    products = [make_product(price=1000 * place) for place in range(1, 8)]
    refresh(*products)
    first = products_listed(currency="IDR", tree=category_tree(), wanted=Wanted(sort="cheap", size=3))
    newcomer = make_product(price=1)
    refresh(newcomer)
    second = products_listed(
        currency="IDR", tree=category_tree(), wanted=Wanted(sort="cheap", size=3, cursor=first.next_cursor)
    )

    assert [row.product_id for row in (*first.rows, *second.rows)] == [product.pk for product in products[:6]]
    assert second.total == 8


def test_a_cursor_belongs_to_one_order_and_currency():
    products = [make_product() for _number in range(3)]
    refresh(*products)
    page = products_listed(currency="IDR", tree=category_tree(), wanted=Wanted(sort="cheap", size=1))

    for wanted, currency in (
        (Wanted(sort="newest", cursor=page.next_cursor), "IDR"),
        (Wanted(sort="cheap", cursor=page.next_cursor), "UAH"),
        (Wanted(sort="cheap", cursor="x" + page.next_cursor), "IDR"),
        (Wanted(cursor="nonsense"), "IDR"),
    ):
        with pytest.raises(BadCursor):
            products_listed(currency=currency, tree=category_tree(), wanted=wanted)


def test_listings_of_products_keep_their_order():
    products = [make_product() for _number in range(3)]
    refresh(*products)
    keys = [products[2].pk, 999_999, products[0].pk]

    assert [row.product_id for row in listings_of(keys, currency="IDR")] == [products[2].pk, products[0].pk]


def test_many_products_take_no_more_queries_than_a_few():
    few, many = [make_product() for _number in range(2)], [make_product(f"Shirt {number}") for number in range(40)]
    category_tree()
    refresh(few[0])
    with CaptureQueriesContext(connection) as for_few:
        refresh(*few)
    with CaptureQueriesContext(connection) as for_many:
        refresh(*many)

    # The many bring new words; what is written many times is one statement each.
    distinct = {query["sql"][:40] for query in for_many.captured_queries}
    assert len(for_few) <= 14
    assert len(distinct) <= 18


def test_a_list_takes_two_queries(django_assert_num_queries):
    refresh(*(make_product() for _number in range(30)))
    tree = category_tree()
    listed()

    with django_assert_num_queries(2):
        products_listed(currency="IDR", tree=tree, wanted=Wanted(Filters(in_stock=True), sort="cheap"))


def test_what_no_event_told_of_is_listed_all_the_same():
    old, later, draft = make_product("Old"), make_product("Later"), make_product("Draft")
    Product.objects.filter(pk=later.pk).update(published_at=AT + timedelta(days=1))
    Product.objects.filter(pk=draft.pk).update(status="draft")

    assert list_overdue(at=AT) == 3
    assert list_overdue(at=AT) == 0
    assert listed() == [old.pk]
    assert list_overdue(at=AT + timedelta(days=1)) == 1
    assert sorted(listed()) == [old.pk, later.pk]
    assert list_overdue(at=AT + timedelta(days=1)) == 0


def test_everything_can_be_written_anew():
    products = [make_product() for _number in range(3)]
    SearchTerm.objects.all().delete()

    assert rebuild_listings(at=AT) == 3
    assert sorted(listed()) == [product.pk for product in products]


def test_the_words_of_an_unchanged_product_are_not_written_again():
    product = make_product()
    refresh(product)
    clock = ListingClock.objects.get()
    Variant.objects.update(stock=0)
    refresh(product)
    after = ListingClock.objects.get()

    assert after.version == clock.version + 1
    assert after.text_version == clock.text_version
