"""Products and customers from files."""

from decimal import Decimal

import pytest

from ramah.commerce.models import Product, Variant
from ramah.commerce.tests.files import CUSTOMERS, PRODUCTS, bring, counts, faults
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db
SMALL = "P1,Sanur shirt,P1-S,389.000,IDR,4,S"
LARGE = "P1,,P1-L,399.000,IDR,0,L"
DANA = "c1,Dana,Dana@Example.com,0812 3456 7890,id"


def test_rows_of_an_id_are_variants_of_one_product():
    report = bring("products", PRODUCTS, SMALL, "P2,Mug,M1,95000,IDR,1,", LARGE)

    assert counts(report) == (2, 0, 0, 0)
    product = Product.objects.get(external_id="P1")
    assert (product.titles, product.status) == ({"en": "Sanur shirt"}, "active")
    assert list(product.variants.order_by("id").values_list("sku", "price_amount", "stock", "options")) == [
        ("P1-S", Decimal(389000), 4, {"size": "S"}),
        ("P1-L", Decimal(399000), 0, {"size": "L"}),
    ]


def test_again_changed_and_unchanged():
    bring("products", PRODUCTS, SMALL, LARGE)

    assert counts(bring("products", PRODUCTS, SMALL, LARGE)) == (0, 0, 1, 0)
    assert counts(bring("products", PRODUCTS, SMALL.replace(",4,", ",9,"))) == (0, 1, 0, 0)

    assert dict(Variant.objects.values_list("sku", "stock")) == {"P1-S": 9, "P1-L": 0}


def test_titles_by_language():
    heading = "product_id,title,title_en,description_uk,sku,price,currency"

    bring("products", heading, "P1,Kemeja,Shirt,<b>Льон</b>,S,1,UAH", language="id")

    product = Product.objects.get()
    assert (product.titles, product.descriptions) == ({"id": "Kemeja", "en": "Shirt"}, {"uk": "Льон"})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([SMALL, SMALL], [(3, "sku")]),
        ([SMALL, "P2,Mug,P1-S,5,IDR,1,"], [(3, "sku")]),
        (["P1,Shirt,,5,IDR,1,S"], [(2, "sku")]),
        (["P1,Shirt,S,,IDR,1,S"], [(2, "price")]),
        (["P1,Shirt,S,-5,IDR,1,S"], [(2, "price")]),
        (["P1,Shirt,S,5,XXQ,1,S"], [(2, "currency")]),
        (["P1,Shirt,S,5,IDR,few,S"], [(2, "stock")]),
        (["P1,,S,5,IDR,1,S"], [(2, "title")]),
        ([",Shirt,S,5,IDR,1,S"], [(2, "product_id")]),
    ],
)
def test_bad_rows_are_named(rows, expected):
    assert faults(bring("products", PRODUCTS, *rows)) == expected


def test_an_sku_of_a_stored_product_is_not_taken():
    bring("products", PRODUCTS, SMALL)

    report = bring("products", PRODUCTS, "P2,Mug,P1-S,5,IDR,1,")

    assert report.faults[0].reason == "P1-S belongs to product P1"
    assert Product.objects.count() == 1


def test_a_wrong_picture_or_status_is_refused():
    heading = PRODUCTS + ",image_url,status"

    assert faults(bring("products", heading, SMALL + ",javascript:alert(1),active")) == [(2, "image_url")]
    assert faults(bring("products", heading, SMALL + ",,gone")) == [(2, "status")]
    assert not Product.objects.exists()


def test_shopify_products_are_understood():
    heading = (
        "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,"
        "Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src"
    )
    rows = (
        "shirt,Sanur shirt,<p>Soft</p>,Toko,Shirts,true,Size,S,SH-S,3,389000,https://example.com/1.jpg",
        "shirt,,,,,,,M,SH-M,0,389000,",
        "shirt,,,,,,,,,,,https://example.com/2.jpg",
    )

    assert counts(bring("products", heading, *rows, currency="IDR")) == (1, 0, 0, 0)

    product = Product.objects.get()
    assert (product.brand, product.descriptions, product.image_url) == (
        "Toko",
        {"en": "Soft"},
        "https://example.com/1.jpg",
    )
    assert [v.options for v in product.variants.order_by("id")] == [{"size": "S"}, {"size": "M"}]


def test_customers_come_with_normalized_addresses():
    assert counts(bring("customers", CUSTOMERS, DANA)) == (1, 0, 0, 0)

    customer = Customer.objects.get()
    assert (customer.external_id, customer.name, customer.language) == ("c1", "Dana", "id")
    assert set(ContactPoint.objects.values_list("kind", "value", "proof")) == {
        ("email", "dana@example.com", "claimed"),
        ("phone", "+6281234567890", "claimed"),
    }
    assert counts(bring("customers", CUSTOMERS, DANA)) == (0, 0, 1, 0)


def test_the_region_decides_what_a_number_without_plus_is():
    bring("customers", CUSTOMERS, "c1,Оксана,,067 123 45 67,uk", region="UA")

    assert ContactPoint.objects.get().value == "+380671234567"


def test_the_same_customer_twice_in_a_file_is_refused_for_itself_only():
    report = bring("customers", CUSTOMERS, DANA, "c2,Eli,eli@example.com,,en", "c1,Dana Putri,,,")

    assert (counts(report), faults(report)) == ((1, 0, 0, 1), [(4, "")])
    assert report.faults[0].reason == "the same customer stands on line 2 already"
    assert Customer.objects.get().name == "Eli"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (",Dana,,,", "email"),
        ("c1,Dana,nobody,,", "email"),
        ("c1,Dana,,12,", "phone"),
        ("c1,Dana,,,Klingon!", "language"),
    ],
)
def test_bad_customers_are_named(row, column):
    assert faults(bring("customers", CUSTOMERS, row)) == [(2, column)]
    assert not Customer.objects.exists()


def test_dry_runs_leave_no_trace():
    assert counts(bring("products", PRODUCTS, SMALL, dry_run=True)) == (1, 0, 0, 0)
    assert counts(bring("customers", CUSTOMERS, DANA, dry_run=True)) == (1, 0, 0, 0)

    for model in (Product, Variant, Customer, ContactPoint, AuditEntry):
        assert not model.objects.exists()


def test_a_file_with_a_mark_and_tabs_from_a_spreadsheet():
    heading, row = PRODUCTS.replace(",", "\t"), SMALL.replace(",", "\t")

    assert counts(bring("products", heading, row, encoding="utf-16")) == (1, 0, 0, 0)


def test_a_file_without_a_needed_column_says_so():
    report = bring("products", "product_id,title", "P1,Shirt")

    assert (counts(report), faults(report)) == ((0, 0, 0, 1), [(1, "sku")])
