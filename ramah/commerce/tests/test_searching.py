"""Words find products: in three languages, with slips, by beginnings; whatever is typed, it is never syntax."""

import pytest
from django.core.cache import cache
from django.db import connection

from ramah.commerce.commands.categories import categories_of
from ramah.commerce.commands.listings import refresh_listings
from ramah.commerce.listing_choices import Filters
from ramah.commerce.models import Category, Product, Variant
from ramah.commerce.queries.listings import Wanted
from ramah.commerce.queries.searching import products_searched, suggestions, totals_without
from ramah.commerce.queries.terms import category_tree
from ramah.commerce.queries.word_lookup import _KEYS
from ramah.commerce.testing import AT, make_product

pytestmark = pytest.mark.django_db
TITLES = {"en": "Sanur linen shirt", "id": "Kemeja linen Sanur", "uk": "Лляна сорочка «Санур», м’яка"}


def make(titles: dict[str, str] | str = "", *, stock: int = 5, **fields) -> int:
    product = make_product("x", stock=stock)
    told = {"titles": {"en": titles} if isinstance(titles, str) else titles, **fields}
    Product.objects.filter(pk=product.pk).update(**told)
    Variant.objects.filter(product=product).update(sku=f"Z{product.pk}", options={})
    return product.pk


def list_all() -> None:
    refresh_listings(product_ids=Product.objects.values_list("pk", flat=True), at=AT)


def searched(text: str, **wanted):
    return products_searched(text, currency="IDR", tree=category_tree(), wanted=Wanted(**wanted))


def found(text: str, **wanted) -> list[int]:
    return [row.product_id for row in searched(text, **wanted).found.rows]


@pytest.mark.parametrize(
    "text",
    [
        "shirt",
        "SHIRT",
        "kemeja",
        "сорочка",
        "Сорочка",
        "м'яка",
        "мяка",
        "sanur linen",
        "linen kemeja",
        "kem",
        "сороч",
        "shirts",
        "сорочки",
    ],
)
def test_a_product_is_found_in_each_language_and_form(text):
    shirt = make(TITLES)
    make("Rattan basket")
    list_all()

    assert found(text) == [shirt]
    assert searched(text).mended == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("kemja", "kemeja"), ("сорчка", "сорочка"), ("shrit", "shirt"), ("sanru linen", "sanur linen"), ("мяак", "м’яка")],
)
def test_a_slip_finds_what_was_meant_and_says_so(typed, meant):
    shirt = make(TITLES)
    make("Rattan basket")
    list_all()
    result = searched(typed)

    assert [row.product_id for row in result.found.rows] == [shirt]
    assert result.mended == meant


def test_words_that_find_something_are_not_mended():
    make("Kemeja")
    kemja = make("Kemja")
    list_all()

    assert found("kemja") == [kemja]
    assert searched("kemja").mended == ""


def test_nothing_is_made_up_for_what_is_nowhere():
    make(TITLES)
    list_all()
    result = searched("quantumzz")

    assert (result.found.rows, result.found.total, result.mended, result.is_partial) == ([], 0, "", False)


def test_the_title_weighs_more_than_brand_more_than_description():
    described = make("Basket", descriptions={"en": "Goes with any linen."}, sold_count=90)
    branded = make("Mug", brand="Linen House", sold_count=80)
    beginning = make("Linenfold panel", sold_count=70)
    titled = make("Linen shirt")
    list_all()

    assert found("linen") == [titled, beginning, branded, described]


def test_among_equals_what_is_in_stock_then_what_is_bought_most():
    sold_out = make("Linen shirt", stock=0, sold_count=100)
    quiet, liked = make("Linen shirt", sold_count=1), make("Linen shirt", sold_count=50)
    list_all()

    assert found("linen shirt") == [liked, quiet, sold_out]
    assert found("linen shirt", sort="popular") == [sold_out, liked, quiet]


def test_a_product_is_as_good_as_its_worst_word():
    half = make("Linen dress", descriptions={"en": "As light as a shirt."}, sold_count=99)
    whole = make("Linen shirt")
    list_all()

    assert found("linen shirt") == [whole, half]


@pytest.mark.parametrize(
    "text", ["Toko", "toko laut", "indigo", "Z{pk}", "teak", "Матеріал тик", "Fashion", "сорочки та футболки"]
)
def test_brand_options_sku_attributes_and_categories_find_too(text):
    category = categories_of(["Fashion / Tops"], at=AT)["Fashion / Tops"]
    Category.objects.filter(pk=category.pk).update(names={"en": "Tops", "uk": "Сорочки та футболки"})
    facts = [{"name": {"en": "Material", "uk": "Матеріал"}, "value": {"en": "Teak", "uk": "Тик"}}]
    product = make("Wave", brand="Toko Laut", attributes=facts, category=category)
    Variant.objects.update(options={"color": "Indigo"})
    make("Another")
    list_all()
    cache.clear()

    assert found(text.format(pk=product))[0] == product


def test_a_category_finds_by_its_new_name_at_once():
    category = categories_of(["Tops"], at=AT)["Tops"]
    product = make("Wave", category=category)
    list_all()
    assert found("blouses") == []

    Category.objects.update(names={"en": "Blouses"})
    cache.clear()

    assert found("blouses") == [product]


def test_of_several_words_some_will_do_where_no_product_has_all():
    one, both = make("Linen shirt"), make("Linen shirt in moss")
    make("Basket")
    list_all()
    result = searched("linen moss basketball")

    assert [row.product_id for row in result.found.rows] == [both, one]
    assert result.is_partial


HOSTILE = (
    "", "   ", "*", "***", '"', "'", "\\", "'; DROP TABLE commerce_listing; --", '" OR ""="',
    "title:", "title : *", "NEAR(a b, 2)",
    "a AND NOT b", "OR", "NOT", "-shirt", "^shirt", "{title named} : shirt", "shirt)", "((((",
    "a & | !", "<->", ":*", "'a':*A",
    "%", "_", "%s %(x)s", "shirt\x00linen", "\u202eshirt", "👕👕👕", "🧵" * 50, "é" * 200,
    "x" * 10_000, "shirt " * 2_000, "\ud7ff\ue000",
    "ﷺ" * 90, "١٢٣", "ß" * 60, "İ" * 60, "\t\n\r\x0b\x1e\x1f",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_typed_is_only_words(text):
    make(TITLES)
    list_all()

    assert searched(text).found.total in {0, 1}
    assert suggestions(text, currency="IDR", tree=category_tree()).total in {0, 1}
    assert Product.objects.count() == 1


def test_a_word_of_one_letter_is_no_beginning():
    small, big = make("T shirt"), make("Teak tray")
    Variant.objects.filter(product=small).update(options={"size": "M"})
    list_all()

    assert found("t") == [small]
    assert found("m") == [small]
    assert big not in found("t")


def test_filters_narrow_what_words_find():
    cheap, dear = make("Linen shirt"), make("Linen shirt")
    Variant.objects.filter(product=dear).update(price_amount=900000)
    list_all()
    tree = category_tree()
    attempts = [Filters(), Filters(price_from=50000000), Filters(rating=4)]

    assert found("linen", filters=Filters(price_to=50000000)) == [cheap]
    assert totals_without("linen", currency="IDR", tree=tree, attempts=attempts) == [2, 1, 0]
    assert totals_without("", currency="IDR", tree=tree, attempts=attempts, category_ids=[1]) == [0, 0, 0]


def test_pages_of_a_search_have_neither_gaps_nor_repeats():
    keys = {
        make("Linen shirt" if number % 3 else "Shirt", stock=number % 2, sold_count=number % 4) for number in range(17)
    }
    list_all()
    read: list[int] = []
    cursor = ""
    while True:
        page = searched("shirt", cursor=cursor, size=4).found
        read += [row.product_id for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break

    assert len(read) == 17
    assert set(read) == keys


def test_suggestions_are_products_categories_and_the_word_that_is_meant():
    category = categories_of(["Kemeja"], at=AT)["Kemeja"]
    shirt = make(TITLES, category=category)
    list_all()
    cache.clear()
    tree = category_tree()
    plain, slip = suggestions("kem", currency="IDR", tree=tree), suggestions("kmej", currency="IDR", tree=tree)

    assert [row.product_id for row in plain.listings] == [shirt]
    assert [node.path for node in plain.categories] == ["kemeja"]
    assert (plain.mended, plain.total) == ("", 1)
    assert [row.product_id for row in slip.listings] == [shirt]
    assert slip.mended == "kemeja"


def test_a_search_takes_at_most_five_queries(django_assert_max_num_queries, django_assert_num_queries):
    for number in range(5):
        make(f"Linen shirt {number}")
    make(TITLES)
    list_all()
    tree = category_tree()
    found("basket")

    with django_assert_max_num_queries(5):
        products_searched("sanru linne", currency="IDR", tree=tree, wanted=Wanted())
    with django_assert_num_queries(2):
        products_searched("sanur linen", currency="IDR", tree=tree, wanted=Wanted())
    with django_assert_max_num_queries(5):
        suggestions("kmej", currency="IDR", tree=tree)


def test_a_product_that_is_written_anew_loses_its_old_words():
    product = make("Linen shirt")
    list_all()
    Product.objects.update(titles={"en": "Rattan basket"})
    list_all()

    assert found("linen") == []
    assert found("rattan") == [product]


@pytest.mark.postgres
def test_postgresql_finds_words_and_terms_by_its_indexes():
    for number in range(400):
        make(f"Linen shirt {number} word{number}")
    list_all()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE commerce_searchtext; ANALYZE commerce_searchterm; SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {_KEYS['postgresql']}", [[0], ["'tword7':*"]])
        words = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("EXPLAIN SELECT term FROM commerce_searchterm ORDER BY term <-> %s LIMIT 60", ["wrod7"])
        terms = "\n".join(row[0] for row in cursor.fetchall())

    assert "search_text_lexemes" in words
    assert "search_term_trigrams" in terms
