"""What is wrong with a file is said in the language of whoever reads it; names of columns stay as the file has them."""

import io
import sys

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation

from ramah.accounts.testing import client_of, make_agent
from ramah.commerce.commands import ImportOptions, Reading, import_file
from ramah.commerce.models import Product
from ramah.commerce.testing import AT, make_product
from ramah.commerce.tests.files import CUSTOMERS, ORDERS, PRODUCTS, bring
from ramah.commerce.tests.merchants import shop
from ramah.kernel.actors import SYSTEM

__all__ = ["shop"]
pytestmark = pytest.mark.django_db
MARK = "¤"
GOOD = "P1,Shirt,P1-S,389000,IDR,4,S"
TEA = "1,2026-02-02,a@b.co,Tea,S,1,5,IDR"
WRONG_CELLS = [
    ("status", "sold"), ("image_url", "ftp://x"), ("brand", "x" * 81), ("return_days", "-1"), ("return_days", "soon"),
    ("compare_at", "5"), ("other_prices", "UAH"), ("other_prices", "UAH="), ("other_prices", "UAH=9/5"),
    ("other_prices", "XXQ=5"), ("weight_grams", "99999999"), ("is_active", "maybe"), ("attributes_en", "Fabric"),
    ("attributes_en", f"{'x' * 61}: y"), ("attributes_en", f"x: {'y' * 301}"), ("description_en", "x" * 20_001),
    ("attributes_en", "\n".join(f"n{n}: v" for n in range(41))),
]  # fmt: skip


@pytest.fixture(autouse=True)
def marked(monkeypatch):
    """A Ukrainian catalog that knows every text: it stands there behind a mark."""
    as_it_is = DjangoTranslation.gettext

    def gettext(self, text):
        return f"{MARK}{text}" if self.language() == "uk" else as_it_is(self, text)

    monkeypatch.setattr(DjangoTranslation, "gettext", gettext)
    yield
    forget_words()


def forget_words():
    """Nothing that was said behind a mark stays for other tests in what modules keep."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ramah."):
            for kept in [value for value in vars(module).values() if hasattr(value, "cache_clear")]:
                kept.cache_clear()


def faults_in_ukrainian(kind, *lines, **how):
    with translation.override("uk"):
        faults = bring(kind, *lines, **how).faults
    assert faults
    return [(fault.column, fault.reason) for fault in faults]


def look(language, content):
    client = client_of(make_agent(name="Lia", role="lead"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language  # what the log-in sets
    file = SimpleUploadedFile("products.csv", content.encode(), content_type="text/csv")
    return client.post(reverse("shop-import"), {"file": file, "currency": "IDR"})


def test_a_merchant_reads_what_is_wrong_in_their_language():
    response = look("uk", f"{PRODUCTS}\n{GOOD.replace('389000', 'free')}\n,Hat,H-1,1,IDR,1,S")

    page = response.content.decode()
    assert [(fault.line, fault.column, fault.reason) for fault in response.context["faults"]] == [
        (2, "price", f"{MARK}'free' is no amount"),
        (3, "product_id", f"{MARK}it is empty"),
    ]
    assert f"{MARK}&#x27;free&#x27; is no amount</td>" in page
    assert '<td data-label="¤Line">2</td>' in page
    assert ">price</td>" in page
    assert not Product.objects.exists()


def test_what_an_agent_reads_in_english_stays_english():
    response = look("en", f"{PRODUCTS}\n{GOOD.replace('389000', 'free')}")

    assert [fault.reason for fault in response.context["faults"]] == ["'free' is no amount"]


@pytest.mark.parametrize(
    ("column", "cell"), WRONG_CELLS, ids=[f"{name}-{at}" for at, (name, _) in enumerate(WRONG_CELLS)]
)
def test_each_fault_of_a_product_has_words_of_its_language(column, cell):
    found = faults_in_ukrainian("products", f"{PRODUCTS},{column}", f'{GOOD},"{cell}"')

    assert [name for name, _reason in found] == [column.removesuffix("_en") if "description" in column else column]
    assert all(reason.startswith(MARK) for _column, reason in found), found


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("products", [""]),
        ("products", ["PK\x03\x04"]),
        ("products", ["product_id,title"]),
        ("products", [",".join(f"c{n}" for n in range(401))]),
        ("products", [PRODUCTS, 'P1,"' + "x" * 140_000]),
        ("products", [PRODUCTS, "P1,,P1-S,1,IDR,1,S"]),
        ("products", [PRODUCTS, GOOD, GOOD]),
        ("products", [PRODUCTS, GOOD.replace("IDR", "")]),
        ("products", [PRODUCTS, GOOD.replace("389000", "-1")]),
        ("products", [PRODUCTS, GOOD.replace("389000", "9" * 14)]),
        ("products", [PRODUCTS, GOOD.replace("389000", "12.500").replace("IDR", "UAH")]),
        ("products", [f"{PRODUCTS},attributes_en,attributes_uk", f'{GOOD},"A: b\nC: d",А: б']),
        ("customers", [CUSTOMERS, ",Dana,,,"]),
        ("customers", [CUSTOMERS, "c1,Dana,dana,,"]),
        ("customers", [CUSTOMERS, "c1,Dana,,12,", "c2,Dana,,x,", "c3,Dana,,,klingon"]),
        ("customers", [f"{CUSTOMERS},time_zone", "c1,Dana,,,,Mars/Base"]),
        ("customers", [CUSTOMERS, "c1,Dana,,,", "c1,Dana,,,"]),
        ("orders", [ORDERS, "1,soon,a@b.co,Tea,S,1,5,IDR", "2,1890-01-01,a@b.co,Tea,S,1,5,IDR"]),
        ("orders", [ORDERS, "1,2026-02-02,a@b.co,Tea,S,0,5,IDR", "2,2026-02-02,a@b.co,Tea,S,1,,IDR", "3,,,Tea,S,1,5,"]),
        ("orders", [ORDERS, TEA, "1,2026-02-02,c@b.co,Tea,S,1,5,IDR"]),
        ("orders", [ORDERS, "1,2026-02-02,a@b.co,,,1,5,IDR"]),
        ("orders", [f"{ORDERS},discount", f"{TEA},9"]),
        ("orders", [f"{ORDERS},line_discount", f"{TEA},9"]),
        ("orders", [f"{ORDERS},state,refunded", f"{TEA},placed,9"]),
        ("orders", [f"{ORDERS},state,options", f"{TEA},eaten,", f"{TEA.replace('1', '2', 1)},,x"]),
        ("orders", [f"{ORDERS},promised_from,promised_to", f"{TEA},2026-02-09,2026-02-08"]),
    ],
)  # fmt: skip
def test_other_faults_have_words_of_their_language(kind, lines):
    found = faults_in_ukrainian(kind, *lines)

    assert all(reason.startswith(MARK) for _column, reason in found), found


def test_an_encoding_that_does_not_fit_is_told_in_the_language():
    file = f"{PRODUCTS}\n{GOOD}\nЖ".encode("utf-16-be")
    with translation.override("uk"):
        options = ImportOptions(reading=Reading(), encoding="ascii")
        report = import_file(actor=SYSTEM, kind="products", source=io.BytesIO(file), at=AT, options=options)

    assert [fault.reason[:1] for fault in report.faults] == [MARK]


def test_a_variant_of_another_product_is_told_in_the_language():
    product = make_product("Hat")

    found = faults_in_ukrainian("products", PRODUCTS, GOOD.replace("P1-S", product.variants.get().sku))

    assert found == [("sku", f"{MARK}{product.variants.get().sku} belongs to product {product.external_id}")]


def test_numbers_are_written_as_the_language_writes_them():
    with translation.override("id"):
        (fault,) = bring("products", f"{PRODUCTS},weight_grams", f"{GOOD},99999999").faults

    assert "10.000.000" in fault.reason
