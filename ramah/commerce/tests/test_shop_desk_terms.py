"""The merchant's pages of vouchers, delivery and the shop itself; reviews and questions; bad addresses."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from ramah.commerce.models import (
    DeliveryOption,
    DeliveryRate,
    Question,
    Review,
    ShopProfile,
    TaxRate,
    Voucher,
)
from ramah.commerce.testing import AT, make_product
from ramah.commerce.tests.merchants import ben, lia, shop, text_of

__all__ = ["ben", "lia", "shop"]
pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_a_voucher_is_made_on_the_clock_of_the_shop(lia, settings):
    settings.SHOP_TIME_ZONE = "Asia/Jakarta"
    told = {"kind": "amount", "amount": "50.000", "currency": "IDR", "minimum_amount": "300000", "code": "hemat50",
            "starts_at": "2026-03-02T00:00", "is_active": "on"}  # fmt: skip

    response = lia.post(reverse("shop-voucher-new"), told)

    voucher = Voucher.objects.get()
    assert response.status_code == 302
    assert (voucher.code, voucher.amount, voucher.minimum_amount) == ("HEMAT50", 50000, 300000)
    assert voucher.starts_at == datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    page = lia.get(reverse("shop-voucher", args=[voucher.public_id]))
    assert 'value="2026-03-02T00:00"' in text_of(page)
    assert "HEMAT50" in text_of(lia.get(reverse("shop-vouchers"), {"q": "hem"}))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "percent"}, "percent"),
        ({"kind": "percent", "percent": "101"}, "percent"),
        ({"kind": "amount"}, "amount"),
        ({"kind": "amount", "amount": "5"}, "currency"),
        ({"kind": "amount", "amount": "-5", "currency": "IDR"}, "amount"),
        ({"kind": "free_shipping", "code": "<b>"}, "code"),
        ({"kind": "free_shipping", "code": "TAKEN"}, "code"),
        ({"kind": "free_shipping", "use_limit": "0"}, "use_limit"),
        ({"kind": "free_shipping", "starts_at": "2026-03-02T00:00", "ends_at": "2026-03-01T00:00"}, "ends_at"),
        ({"kind": "gift"}, "kind"),
    ],
)
def test_what_is_wrong_with_a_voucher_stands_beside_its_field(lia, fields, wrong):
    Voucher.objects.create(code="TAKEN", kind="free_shipping", created_at=AT)

    response = lia.post(reverse("shop-voucher-new"), fields)

    assert response.status_code == 422
    assert wrong in response.context["form"].errors
    assert Voucher.objects.count() == 1


def test_a_used_voucher_keeps_its_worth_whatever_is_sent(lia):
    voucher = Voucher.objects.create(code="SALE", kind="percent", percent=10, uses=3, created_at=AT)

    lia.post(
        reverse("shop-voucher", args=[voucher.public_id]),
        {"code": "OTHER", "kind": "amount", "amount": "999", "currency": "IDR", "percent": "99", "use_limit": "5"},
    )

    row = Voucher.objects.get()
    assert (row.code, row.kind, row.percent, row.use_limit, row.is_active) == ("SALE", "percent", 10, 5, False)


def test_delivery_is_set_up_and_looked_at_as_a_customer_sees_it(lia):
    lia.post(reverse("shop-delivery-new"), {"name_en": "JNE", "kind": "home", "handling_days": "0", "is_active": "on"})
    option = DeliveryOption.objects.get()
    rate = {"currency": "IDR", "amount": "12.000", "min_days": "1", "max_days": "2", "regions": ["Bali", "Banten"]}
    lia.post(reverse("shop-rate-new", args=[option.public_id]) + "?country=ID", rate)
    cache.clear()

    def quotes(**told):
        return lia.get(reverse("shop-delivery"), {"country": "ID", "goods": "", **told}).context["quotes"]

    assert [quote.amount for quote in quotes(region="Bali")] == [Decimal(12000)]
    assert quotes(region="Aceh") == quotes(country="UA", region="") == []
    assert "Nothing is delivered there" in text_of(
        lia.get(reverse("shop-delivery"), {"country": "ID", "region": "Aceh", "goods": ""})
    )
    saved = DeliveryRate.objects.get()
    assert (saved.country, saved.regions, saved.amount) == ("ID", ["Bali", "Banten"], 12000)
    lia.post(reverse("shop-rate-change", args=[saved.pk]), {"do": "delete"})
    assert not DeliveryRate.objects.exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"min_days": "3", "max_days": "1"}, "max_days"),
        ({"regions": ["Київ"]}, "regions"),
        ({"postal_prefixes": "1<2"}, "postal_prefixes"),
        ({"currency": "USD"}, "currency"),
        ({"up_to_grams": "0"}, "up_to_grams"),
    ],
)
def test_what_is_wrong_with_a_rate_stands_beside_its_field(lia, fields, wrong):
    option = DeliveryOption.objects.create(names={"en": "JNE"}, created_at=AT)
    told = {"currency": "IDR", "amount": "12000", "min_days": "1", "max_days": "2"}

    response = lia.post(reverse("shop-rate-new", args=[option.public_id]), {**told, **fields})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [wrong]
    assert not DeliveryRate.objects.exists()


@pytest.mark.parametrize("address", ["javascript:alert({number})", "https://x.example/", "ftp://x/{number}"])
def test_a_tracking_page_is_a_web_address_with_a_place_for_the_number(lia, address):
    told = {"name_en": "JNE", "kind": "home", "handling_days": "0", "tracking_url": address}

    response = lia.post(reverse("shop-delivery-new"), told)

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["tracking_url"])


def shop_form(client, **fields):
    """What the page of the shop holds, as a browser sends it."""
    form = client.get(reverse("shop-profile")).context["form"]
    told = {bound.html_name: bound.value() for bound in form}
    return {name: value for name, value in {**told, **fields}.items() if value not in (None, "", False)}


def test_the_terms_of_the_shop_are_changed(lia):
    told = shop_form(
        lia, name="Toko Laut", country_2="SG", country_currency_2="SGD", account_bank_0="BCA", account_number_0="123",
        account_holder_0="PT Laut", account_currency_0="IDR", cod_fee_IDR="5.000", cod_limit_UAH="1 000,50",
        return_terms_id="30 hari", payment_methods=["cod", "bank_transfer"],
    )  # fmt: skip

    response = lia.post(reverse("shop-profile"), told)

    profile = ShopProfile.objects.get()
    assert response.status_code == 302
    assert (profile.name, list(profile.countries.items())) == (
        "Toko Laut",
        [("ID", "IDR"), ("UA", "UAH"), ("SG", "SGD")],
    )
    assert profile.bank_accounts == [{"bank": "BCA", "number": "123", "holder": "PT Laut", "currency": "IDR"}]
    assert (profile.cod_fees, profile.cod_limits) == ({"IDR": "5000"}, {"UAH": "1000.50"})
    assert profile.return_terms == {"id": "30 hari"}
    assert profile.payment_methods == ["bank_transfer", "cod"] or profile.payment_methods == ["cod", "bank_transfer"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"country_0": "", "country_1": ""}, "country_0"),
        ({"country_2": "SG"}, "country_currency_2"),
        ({"country_2": "ID", "country_currency_2": "IDR"}, "country_2"),
        ({"country_2": "ZZ", "country_currency_2": "IDR"}, "country_2"),
        ({"payment_methods": []}, "payment_methods"),
        ({"account_bank_0": "BCA"}, "account_number_0"),
        ({"cod_fee_IDR": "-1"}, "cod_fee_IDR"),
        ({"email": "nobody"}, "email"),
        ({"order_prefix": "<b>"}, "order_prefix"),
        ({"cancel_until": "delivered"}, "cancel_until"),
    ],
)
def test_what_is_wrong_with_the_shop_stands_beside_its_field(lia, fields, wrong):
    before = ShopProfile.objects.values().get()

    response = lia.post(reverse("shop-profile"), shop_form(lia, **fields))

    assert response.status_code == 422
    assert wrong in response.context["form"].errors
    assert ShopProfile.objects.values().get() == before


def test_taxes_are_set_and_taken_away(lia):
    told = {"country": "ID", "tax-ID-name": "PPN", "tax-ID-percent": "11", "tax-ID-is_included": "on"}

    lia.post(reverse("shop-tax"), told)
    wrong = lia.post(reverse("shop-tax"), {**told, "tax-ID-percent": "101"})
    nowhere = lia.post(reverse("shop-tax"), {**told, "country": "FR"})

    assert (wrong.status_code, nowhere.status_code) == (422, 400)
    tax = TaxRate.objects.get()
    assert (tax.country, tax.percent, tax.is_included) == ("ID", 11, True)
    lia.post(reverse("shop-tax"), {"country": "ID", "do": "drop"})
    assert not TaxRate.objects.exists()


def make_review(product, **fields):
    told = {"rating": 4, "text": "Good", "language": "en", "author_name": "Putri A.", "created_at": AT, **fields}
    return Review.objects.create(product=product, **told)


def test_reviews_are_shown_turned_down_and_answered(ben):
    product = make_product()
    first, second, third = (make_review(product, text=f"<i>No. {n}</i>") for n in range(3))
    page = text_of(ben.get(reverse("shop-voices")))
    assert "&lt;i&gt;No. 2" in page

    ben.post(reverse("shop-voices-approve"), {"review": [first.public_id, second.public_id, "nothing"]})
    ben.post(reverse("shop-review", args=[third.public_id]), {"do": "reject", "reason": "Spam"})
    ben.post(reverse("shop-review", args=[first.public_id]), {"do": "answer", "answer": "Thank you"})

    states = {row.pk: (row.state, row.reason, row.answer) for row in Review.objects.all()}
    assert states == {
        first.pk: ("approved", "", "Thank you"),
        second.pk: ("approved", "", ""),
        third.pk: ("rejected", "Spam", ""),
    }
    product.refresh_from_db()
    assert (product.rating_count, product.rating_sum) == (2, 8)
    assert "Nobody is waiting" in text_of(ben.get(reverse("shop-voices")))
    assert "Spam" in text_of(ben.get(reverse("shop-voices"), {"state": "rejected"}))


def test_a_question_is_shown_with_its_answer_only(ben):
    question = Question.objects.create(product=make_product(), text="Warm?", language="en", created_at=AT)
    url = reverse("shop-question", args=[question.public_id])

    empty = ben.post(url, {"do": "answer", "answer": "  "}, follow=True)
    assert "Write an answer" in text_of(empty)
    assert Question.objects.get().state == "pending"
    ben.post(url, {"do": "answer", "answer": "Yes."})

    assert (Question.objects.get().state, Question.objects.get().answer) == ("approved", "Yes.")


def test_texts_that_are_too_long_and_unknown_wishes_change_nothing(ben):
    review = make_review(make_product())
    url = reverse("shop-review", args=[review.public_id])

    for told in ({"do": "answer", "answer": "x" * 4001}, {"do": "reject", "reason": "x" * 201}, {"do": "burn"}, {}):
        assert ben.post(url, told).status_code == 302

    assert (Review.objects.get().state, Review.objects.get().answer) == ("pending", "")


def test_the_list_of_reviews_goes_on_with_as_many_queries(ben, django_assert_max_num_queries):
    product = make_product()
    for number in range(27):
        make_review(product, text=f"No. {number}")

    ben.get(reverse("shop-voices"))
    with django_assert_max_num_queries(7):
        page = ben.get(reverse("shop-voices"))
    rest = ben.get(page.context["more"], headers=HTMX)

    assert (len(page.context["rows"]), text_of(rest).count('class="voice"')) == (25, 2)


@pytest.mark.parametrize("name", ["shop-vouchers", "shop-low-stock", "shop-voices"])
def test_altered_cursors_are_bad_requests(lia, name):
    assert lia.get(reverse(name), {"cursor": "x"}).status_code == 400


@pytest.mark.parametrize(
    "name", ["shop-product", "shop-variants", "shop-variant", "shop-category", "shop-size-guide", "shop-voucher",
             "shop-delivery-option", "shop-stock"],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(lia, name):
    assert lia.get(reverse(name, args=["nothing"])).status_code == 404


def test_a_shop_that_has_not_said_where_it_sells_has_all_pages(lia):
    ShopProfile.objects.update(countries={}, payment_methods=[])
    cache.clear()
    option = DeliveryOption.objects.create(names={"en": "JNE"}, created_at=AT)

    for address in (
        reverse("shop-delivery"),
        reverse("shop-rate-new", args=[option.public_id]),
        reverse("shop-profile"),
        reverse("shop-voucher-new"),
        reverse("shop-import"),
        reverse("shop-variant-new", args=[make_product().public_id]),
    ):
        assert lia.get(address).status_code == 200, address
