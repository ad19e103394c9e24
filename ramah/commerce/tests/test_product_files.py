"""Products as files: what is written out reads back without loss; hostile files do no harm."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramah.commerce.commands import ImportOptions, Reading, import_file
from ramah.commerce.commands.category_tree import CategoryTold, change_category, create_category
from ramah.commerce.events import ProductChanged, VariantPriceChanged, VariantStockChanged
from ramah.commerce.imports.values import guarded, prose, text, unguarded
from ramah.commerce.imports.writing import HEADING, MARK, csv_lines, product_rows
from ramah.commerce.models import Category, Product, StockChange, Variant
from ramah.commerce.queries.catalog import products_exported
from ramah.commerce.testing import AT, make_product
from ramah.commerce.tests.files import PRODUCTS, bring, counts, faults
from ramah.kernel.actors import SYSTEM

pytestmark = pytest.mark.django_db
SMALL = "P1,Sanur shirt,P1-S,389000,IDR,4,S"


def written():
    """The file of all products."""
    rows = (
        row
        for product, variants, lineage in products_exported(SYSTEM)
        for row in product_rows(product, variants, lineage)
    )
    return "".join(csv_lines(rows))


def read_back(content, *, dry_run=False, keep_stock=False):
    options = ImportOptions(reading=Reading(), dry_run=dry_run, keep_stock=keep_stock)
    return import_file(actor=SYSTEM, kind="products", source=io.BytesIO(content.encode()), at=AT, options=options)


def state():
    """All that a merchant has entered."""
    products = Product.objects.order_by("pk").values(
        "external_id", "slug", "titles", "descriptions", "status", "brand", "category__path", "attributes", "image_url",
        "illustration", "return_days", "pictures", "size_guide", "published_at",
    )  # fmt: skip
    variants = Variant.objects.order_by("pk").values(
        "product__external_id", "sku", "options", "price_amount", "compare_at_amount", "currency", "other_prices", "stock",
        "weight_grams", "barcode", "is_active", "position",
    )  # fmt: skip
    return list(products), list(variants)


@pytest.fixture
def rich_shop():
    """Products with everything that is awkward in a file."""
    fashion = create_category(actor=SYSTEM, told=CategoryTold({"en": "Fashion", "id": "Busana"}), at=AT)
    shirts = create_category(actor=SYSTEM, told=CategoryTold({"en": "Shirts"}, parent=fashion), at=AT)
    change_category(actor=SYSTEM, category=fashion, told=CategoryTold({"en": "Clothes / more"}, slug="fashion"), at=AT)
    shirts.refresh_from_db()
    product = make_product('=HYPERLINK("http://evil.example";"Shirt")')
    Product.objects.filter(pk=product.pk).update(
        titles={"en": '=HYPERLINK("http://evil.example";"Shirt")', "uk": "«Сорочка», лляна"},
        descriptions={"en": "Soft & light <b>really</b>\n\n- washed\n- size < 10", "id": "+62 lembut"},
        brand="@Toko",
        category=shirts,
        status="draft",
        illustration="p-shirt",
        return_days=0,
        attributes=[
            {"name": {"en": "Fabric", "uk": "Тканина"}, "value": {"en": "Linen: washed", "uk": "Льон"}},
            {"name": {"id": "Bahan"}, "value": {"id": "-linen"}},
        ],
        pictures=[{"key": "k", "widths": [320], "width": 1, "height": 1, "alt": {}, "option": ""}],
    )
    Variant.objects.filter(product=product).update(
        options={"color": "Indigo; deep", "size": "M", "cut": "-slim", "material": "=linen"},
        compare_at_amount=Decimal(459000),
        other_prices={"UAH": ["1249.00", "1499.50"], "EUR": ["36.50", None]},
        stock=-3,
        weight_grams=260,
        barcode="0899-12",
        is_active=False,
        position=4,
    )
    make_product("Bare")
    Product.objects.create(external_id="no-variants", slug="none", titles={"en": "None yet"}, created_at=AT)
    return product


def test_a_round_trip_loses_nothing(rich_shop):
    before = state()

    report = read_back(written())

    assert (report.failed, report.unused) == (0, [])
    assert state() == before
    assert not StockChange.objects.exists()
    assert Category.objects.count() == 2
    assert counts(read_back(written())) == (0, 0, 3, 0)


def test_a_round_trip_into_an_empty_shop_brings_the_same(rich_shop):
    content, before = written(), state()
    Product.objects.all().delete()

    assert counts(read_back(content)) == (3, 0, 0, 0)

    (products, variants), (products_before, variants_before) = state(), before
    assert variants == variants_before
    for name in ("titles", "descriptions", "attributes", "status", "brand", "category__path", "return_days"):
        assert [row[name] for row in products] == [row[name] for row in products_before], name


def test_no_cell_begins_like_a_formula(rich_shop):
    content = written()

    assert content.startswith(MARK)
    numbers = {"price", "compare_at", "stock", "weight_grams", "position", "return_days"}
    for row in csv.DictReader(io.StringIO(content.removeprefix(MARK))):
        for name, cell in row.items():
            assert name in numbers or cell[:1] not in tuple("=+-@\t\r"), (name, cell)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_guarding_is_undone_by_reading(words):
    assert unguarded(guarded(words)) == words
    plain = " ".join(words.split())
    assert text(guarded(plain), limit=100, column="x") == plain


def test_columns_that_are_missing_leave_what_is_there(rich_shop):
    product = rich_shop
    sku = product.variants.get().sku
    before = state()

    bring("products", "product_id,title_en,sku,price,currency", f"{product.external_id},New,{sku},400000,IDR")

    products, variants = state()
    assert products[0] == {**before[0][0], "titles": {**before[0][0]["titles"], "en": "New"}}
    assert variants[0] == {**before[1][0], "price_amount": Decimal(400000)}


def test_empty_cells_take_away_what_is_there():
    bring("products", PRODUCTS, SMALL)
    Product.objects.update(brand="Toko", return_days=5, attributes=[{"name": {"en": "A"}, "value": {"en": "B"}}])
    Variant.objects.update(compare_at_amount=500000, other_prices={"UAH": ["1.00", None]})

    heading = "product_id,title,sku,price,currency,brand,return_days,attributes_en,compare_at,other_prices"
    bring("products", heading, "P1,Shirt,P1-S,389000,IDR,,,,,")

    product, variant = Product.objects.get(), Variant.objects.get()
    assert (product.brand, product.return_days, product.attributes) == ("", None, [])
    assert (variant.compare_at_amount, variant.other_prices) == (None, {})


def test_stock_is_left_alone_when_asked_but_set_for_new_variants():
    bring("products", PRODUCTS, SMALL)
    Variant.objects.update(stock=1)
    content = "\n".join([PRODUCTS, SMALL.replace("389000", "399000"), "P1,,P1-L,399000,IDR,7,L"])

    read_back(content, keep_stock=True)

    assert dict(Variant.objects.values_list("sku", "stock")) == {"P1-S": 1, "P1-L": 7}
    assert Variant.objects.get(sku="P1-S").price_amount == Decimal(399000)


def test_an_import_writes_the_history_of_stock_and_tells_of_changes(monkeypatch):
    told = []
    monkeypatch.setattr("ramah.commerce.commands.catalog_import.publish_all", told.extend)
    monkeypatch.setattr("ramah.commerce.commands.variant_changes.publish_all", told.extend)
    bring("products", PRODUCTS, SMALL)
    product, variant = Product.objects.get(), Variant.objects.get()
    subject = f"product:{product.pk}"
    assert [fact for fact, _subject in told] == [
        ProductChanged(product.pk),
        VariantStockChanged(variant.pk, product.pk, 4),
    ]
    told.clear()

    bring("products", PRODUCTS, SMALL.replace(",4,", ",0,").replace("389000", "379000"))

    assert told == [
        (ProductChanged(product.pk), subject),
        (VariantStockChanged(variant.pk, product.pk, 0), subject),
        (VariantPriceChanged(variant.pk, product.pk, "IDR", "389000.00", "379000.00"), subject),
    ]
    rows = StockChange.objects.order_by("id").values_list("change", "reason", "actor")
    assert list(rows) == [(4, "imported", "system"), (-4, "imported", "system")]


def test_a_price_that_reaches_what_it_was_before_is_no_reduction_any_more():
    bring("products", PRODUCTS, SMALL)
    Variant.objects.update(compare_at_amount=400000)

    assert counts(bring("products", PRODUCTS, SMALL.replace("389000", "400000"))) == (0, 1, 0, 0)

    assert Variant.objects.get().compare_at_amount is None


@pytest.mark.parametrize(
    ("column", "cell", "at"),
    [
        ("compare_at", "389000", "compare_at"),
        ("other_prices", "UAH", "other_prices"),
        ("other_prices", "XXQ=5", "other_prices"),
        ("other_prices", "IDR=5", "other_prices"),
        ("other_prices", "UAH=1499/1249", "other_prices"),
        ("other_prices", "UAH=1;UAH=2", "other_prices"),
        ("other_prices", "UAH=", "other_prices"),
        ("weight_grams", "-1", "weight_grams"),
        ("is_active", "maybe", "is_active"),
        ("position", "99999999", "position"),
        ("return_days", "-1", "return_days"),
        ("return_days", "soon", "return_days"),
        ("attributes_en", "Fabric", "attributes_en"),
        ("attributes_en", "Fabric:", "attributes_en"),
    ],
)
def test_bad_cells_are_named(column, cell, at):
    report = bring("products", f"{PRODUCTS},{column}", f'{SMALL},"{cell}"')

    assert faults(report) == [(2, at)]
    assert not Product.objects.exists()


def test_languages_whose_lines_do_not_fit_are_refused():
    heading = f"{PRODUCTS},attributes_en,attributes_uk"

    assert faults(bring("products", heading, f'{SMALL},"A: b\nC: d",А: б')) == [(2, "attributes_uk")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 5000,
        b"PK\x03\x04" + b"\0" * 100,
        b"product_id,title,sku,price\n" + b'"' + b"x" * 200_000,
        b"," * 5000 + b"\n1,2,3",
        b"\xff\xfe" + "product_id".encode("utf-16-le") + b"\x00\xd8",
        b"product_id,sku\n" + b"a,b\n" * 50_000,
    ],
)
def test_hostile_files_do_no_harm(content):
    options = ImportOptions(reading=Reading(currency="IDR"))

    report = import_file(actor=SYSTEM, kind="products", source=io.BytesIO(content), at=AT, options=options)

    assert report.failed >= 1
    assert (report.created, Product.objects.count()) == (0, 0)


def test_the_heading_that_is_written_is_the_one_that_is_read():
    report = bring("products", ",".join(HEADING), "P1,T" + "," * (len(HEADING) - 2))

    assert report.unused == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=80))
def test_descriptions_read_back_as_they_were(words):
    from ramah.commerce.imports.writing import _prose

    plain = words.strip()
    assert prose(guarded(_prose(plain)), limit=1000, column="x") == plain
