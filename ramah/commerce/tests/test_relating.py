"""What is shown beside a product: rules, the nightly round, and that the merchant's choice stays."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from ramah.commerce.commands.links import choose_link
from ramah.commerce.commands.listings import refresh_listings
from ramah.commerce.commands.relating import BATCH, recount_sold, relate_due, relate_new, relate_products
from ramah.commerce.likeness import Known, alike, going_with
from ramah.commerce.models import CatalogRound, Category, OrderLine, Product, ProductLink, Variant
from ramah.commerce.queries.relating import front_listings, related, seen_before
from ramah.commerce.testing import AT, make_order, make_product
from ramah.kernel.actors import SYSTEM


def known(key, price=100, sold=0, category=1):
    return Known(key, category, None if price is None else Decimal(price), "IDR", sold)


def test_alike_is_what_costs_the_same_and_sells():
    one = known(1, 100)
    others = [known(2, 400), known(3, 110), known(4, 100, sold=500), known(5, None), known(1, 100)]

    assert alike(one, others) == [4, 3, 5, 2]
    assert alike(one, others, most=2) == [4, 3]


def test_what_was_bought_together_goes_before_what_sells_beside():
    one, beside = known(4), [[known(20), known(21)], [known(30)]]

    assert going_with(one, {7: 2, 8: 9, 9: 1, 4: 5}, beside) == [8, 7, 20, 30, 21]
    assert going_with(one, {7: 2, 8: 9}, beside, not_these=[8, 20], most=2) == [7, 30]
    assert going_with(known(5), {}, beside) == [30, 20, 21]
    assert going_with(one, {}, []) == []


@pytest.fixture
def catalog(db):
    """Shirts and trousers under one roof: six shirts, three trousers."""
    roof = Category.objects.create(slug="fashion", path="fashion", names={"en": "Fashion"}, created_at=AT)
    shirts, trousers = (
        Category.objects.create(parent=roof, slug=slug, path=f"fashion/{slug}", names={"en": slug}, created_at=AT)
        for slug in ("shirts", "trousers")
    )
    made = {}
    for category, count in ((shirts, 6), (trousers, 3)):
        for number in range(count):
            product = make_product(f"{category.slug} {number}", price=100_000 + 10_000 * number)
            Product.objects.filter(pk=product.pk).update(category=category)
            made[f"{category.slug}{number}"] = product
    return made


def links(product, kind="similar"):
    rows = ProductLink.objects.filter(product=product, kind=kind).order_by("-is_chosen", "rank")
    return [row.other_id for row in rows]


def bought_together(*products, placed_at=AT, state="delivered"):
    order = make_order(placed_at=placed_at, state=state)
    order.lines.all().delete()
    for product in products:
        OrderLine.objects.create(
            order=order,
            variant=Variant.objects.get(product=product),
            title="x",
            quantity=2,
            unit_amount=Decimal(1),
            total_amount=Decimal(2),
        )


def test_products_are_related_by_category_price_and_orders(catalog):
    shirt, trousers = catalog["shirts0"], catalog["trousers2"]
    for _ in range(2):
        bought_together(shirt, trousers)

    relate_products([shirt.pk], at=AT)

    assert links(shirt) == [catalog[key].pk for key in ("shirts1", "shirts2", "shirts3", "shirts4", "shirts5")] + [
        catalog[f"trousers{number}"].pk for number in range(3)
    ]
    assert links(shirt, "goes_with") == []  # the trousers are shown as alike already


def test_a_category_that_is_full_leaves_its_neighbors_to_what_goes_with_it(catalog):
    category = Category.objects.get(slug="shirts")
    for number in range(5):
        Product.objects.filter(pk=make_product(f"more {number}").pk).update(category=category)
    shirt, trousers = catalog["shirts0"], catalog["trousers2"]
    for _ in range(2):
        bought_together(shirt, trousers)

    relate_products([shirt.pk], at=AT)

    own = set(Product.objects.filter(category=category).values_list("pk", flat=True))
    assert len(links(shirt)) == 8
    assert set(links(shirt)) < own
    assert links(shirt, "goes_with") == [trousers.pk, catalog["trousers0"].pk, catalog["trousers1"].pk]


def test_what_the_merchant_chose_stays_and_comes_first(catalog):
    shirt, chosen = catalog["shirts0"], catalog["shirts5"]
    relate_products([shirt.pk], at=AT)
    link = choose_link(actor=SYSTEM, product=shirt, other=chosen, kind="similar", at=AT)

    for _ in range(2):
        relate_products([shirt.pk], at=AT)

    link.refresh_from_db()
    assert (link.is_chosen, link.rank) == (True, 0)
    assert links(shirt)[:2] == [chosen.pk, catalog["shirts1"].pk]
    assert ProductLink.objects.filter(product=shirt, kind="similar", other=chosen).count() == 1


def test_what_is_no_longer_sold_is_no_longer_found(catalog):
    shirt = catalog["shirts0"]
    relate_products([shirt.pk], at=AT)
    Product.objects.filter(pk=catalog["shirts1"].pk).update(status="archived")

    relate_products([shirt.pk], at=AT)

    assert catalog["shirts1"].pk not in links(shirt)


def test_only_new_products_are_related_at_once(catalog, django_assert_max_num_queries):
    keys = [product.pk for product in catalog.values()]
    relate_new(keys, at=AT)
    before = list(ProductLink.objects.order_by("pk").values_list("pk", flat=True))
    assert before

    with django_assert_max_num_queries(3):
        relate_new(keys, at=AT)
    assert list(ProductLink.objects.order_by("pk").values_list("pk", flat=True)) == before


def test_pieces_of_ninety_days_are_counted(catalog):
    shirt = catalog["shirts0"]
    bought_together(shirt)
    bought_together(shirt, placed_at=AT - timedelta(days=89))
    bought_together(shirt, placed_at=AT - timedelta(days=91))
    bought_together(shirt, state="cancelled")

    assert recount_sold([shirt.pk, catalog["shirts1"].pk], at=AT) == 1
    assert recount_sold([shirt.pk, catalog["shirts1"].pk], at=AT) == 0

    shirt.refresh_from_db()
    assert shirt.sold_count == 4


def test_a_round_goes_through_the_catalog_once_a_night(catalog, monkeypatch):
    monkeypatch.setattr("ramah.commerce.commands.relating.BATCH", 4)
    assert relate_due(at=AT) == 0  # the row of the round is made
    done = [relate_due(at=AT) for _ in range(4)]

    assert done == [4, 4, 1, 0]
    row = CatalogRound.objects.get()
    # AT is 16:00 in Jakarta: the next night's 02:00 is 19:00 UTC.
    assert (row.after, row.next_attempt_at, row.claim) == (0, AT.replace(hour=19), "")
    assert ProductLink.objects.filter(product=catalog["trousers0"]).exists()
    assert relate_due(at=AT + timedelta(hours=11)) == 4
    assert BATCH == 200


def test_a_part_is_done_by_one_worker(catalog):
    CatalogRound.objects.create(
        key="relating", next_attempt_at=AT, claim="other", claimed_until=AT + timedelta(minutes=1)
    )

    assert relate_due(at=AT) == 0
    assert relate_due(at=AT + timedelta(minutes=2)) == 9


def test_the_page_reads_both_kinds_and_what_was_seen_in_one_query(catalog, django_assert_num_queries):
    shirt = catalog["shirts0"]
    relate_products([product.pk for product in catalog.values()], at=AT)
    choose_link(actor=SYSTEM, product=shirt, other=catalog["trousers1"], kind="goes_with", at=AT)
    Variant.objects.filter(product=catalog["shirts1"]).update(stock=0)
    refresh_listings(product_ids=[product.pk for product in catalog.values()], at=AT)
    seen = [catalog["trousers0"].pk, shirt.pk, catalog["shirts5"].pk, 10**9]

    with django_assert_num_queries(1):
        beside = related(shirt.pk, currency="IDR", recent=seen)

    assert [row.product_id for row in beside.goes_with] == [catalog["trousers1"].pk]
    # What is sold out stands behind what can be had.
    assert [row.product_id for row in beside.similar] == [
        catalog[key].pk for key in ("shirts2", "shirts3", "shirts4", "shirts5")
    ]
    assert [row.product_id for row in beside.recent] == [catalog["trousers0"].pk, catalog["shirts5"].pk]
    assert related(shirt.pk, currency="UAH") == related(10**9, currency="IDR")


def test_the_first_page_shows_what_is_new_liked_and_reduced(catalog, django_assert_num_queries):
    Product.objects.filter(pk=catalog["shirts3"].pk).update(sold_count=7)
    Variant.objects.filter(product=catalog["shirts4"]).update(compare_at_amount=Decimal(999_000))
    refresh_listings(product_ids=[product.pk for product in catalog.values()], at=AT)
    cache.clear()

    with django_assert_num_queries(3):
        front = front_listings(currency="IDR")
    with django_assert_num_queries(0):
        assert front_listings(currency="IDR").keys() == front.keys()
    with django_assert_num_queries(1):
        seen = front_listings(currency="IDR", recent=[catalog["shirts2"].pk])["recent"]

    told = {key: [row.product_id for row in rows] for key, rows in front.items()}
    assert told["liked"] == [catalog["shirts3"].pk]
    assert told["reduced"] == [catalog["shirts4"].pk]
    assert len(told["new"]) == 4
    assert [row.product_id for row in seen] == [catalog["shirts2"].pk]
    assert seen_before([], currency="IDR") == []
