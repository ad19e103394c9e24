"""A voucher for one customer: given in the desk by their address, shown in the list, and of no use to anybody else."""

from decimal import Decimal

import pytest
from django.urls import reverse

from ramah.commerce.models import Voucher
from ramah.commerce.queries.vouchers import NOT_YOURS, refusal_of
from ramah.commerce.testing import AT
from ramah.commerce.tests.merchants import ben, lia, shop, text_of
from ramah.customers.commands import merge_customers
from ramah.customers.models import ContactPoint
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.models import AuditEntry

__all__ = ["ben", "lia", "shop"]
pytestmark = pytest.mark.django_db
DANA = "dana@mail.example"
TOLD = {"code": "FORYOU", "kind": "percent", "percent": "10", "is_active": "on"}


@pytest.fixture
def dana():
    return make_customer("Dana", email=DANA)


@pytest.fixture
def voucher(dana):
    return Voucher.objects.create(code="FORYOU", kind="percent", percent=10, customer=dana, created_at=AT)


def page_of(voucher):
    return reverse("shop-voucher", args=[voucher.public_id])


def refused(voucher, customer):
    told = {"currency": "IDR", "items_amount": Decimal(1000), "at": AT}
    refusal = refusal_of(voucher, customer_id=customer and customer.pk, **told)
    return refusal and refusal.reason


def test_it_is_given_by_the_address_and_serves_nobody_else(lia, dana):
    response = lia.post(reverse("shop-voucher-new"), {**TOLD, "customer": " Dana@Mail.example "})

    assert response.status_code == 302
    voucher = Voucher.objects.get()
    assert voucher.customer == dana
    assert refused(voucher, dana) is None
    assert refused(voucher, make_customer("Eli")) == refused(voucher, None) == NOT_YOURS


@pytest.mark.parametrize("address", ["nobody@mail.example", "dana", "Dana", "+6281234567890", "@", "d@mail.example"])
def test_an_unknown_address_is_said_beside_the_field_and_nothing_is_kept(lia, dana, address):
    ContactPoint.objects.create(customer=dana, kind="phone", value="+6281234567890", created_at=AT)

    response = lia.post(reverse("shop-voucher-new"), {**TOLD, "customer": address})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["customer"]
    page = text_of(response)
    assert "No customer is known by this address" in page
    assert f'value="{address}"' in page
    assert not Voucher.objects.exists()


def test_without_an_address_it_is_everyones(lia):
    lia.post(reverse("shop-voucher-new"), TOLD)

    assert Voucher.objects.get().customer is None
    assert "only for" not in text_of(lia.get(reverse("shop-vouchers")))


def test_the_address_is_shown_stays_when_saved_and_can_be_taken_away(lia, dana, voucher):
    form = lia.get(page_of(voucher)).context["form"]
    assert f'value="{DANA}"' in str(form["customer"])
    told = {**TOLD, "seen": form["seen"].value(), "note": "A gift", "customer": DANA}

    lia.post(page_of(voucher), told)
    voucher.refresh_from_db()
    assert (voucher.customer, voucher.note) == (dana, "A gift")
    assert AuditEntry.objects.get(action="voucher.change").detail["fields"] == ["note"]

    seen = lia.get(page_of(voucher)).context["form"]["seen"].value()
    lia.post(page_of(voucher), {**told, "seen": seen, "customer": ""})
    voucher.refresh_from_db()
    assert voucher.customer is None
    assert AuditEntry.objects.filter(action="voucher.change").last().detail["fields"] == ["customer_id"]


def test_an_old_form_does_not_take_it_from_whom_it_was_given_to_meanwhile(lia, dana):
    voucher = Voucher.objects.create(code="FORYOU", kind="percent", percent=10, created_at=AT)
    seen = lia.get(page_of(voucher)).context["form"]["seen"].value()
    Voucher.objects.update(customer=dana)

    response = lia.post(page_of(voucher), {**TOLD, "seen": seen, "customer": ""})

    assert response.status_code == 422
    assert Voucher.objects.get().customer == dana


def test_somebody_without_an_address_keeps_theirs(lia, dana, voucher):
    ContactPoint.objects.all().delete()

    lia.post(page_of(voucher), {**TOLD, "note": "By phone", "customer": ""})

    voucher.refresh_from_db()
    assert (voucher.customer, voucher.note) == (dana, "By phone")
    type(dana).objects.update(name="")
    assert "only for one customer;" in text_of(lia.get(reverse("shop-vouchers")))
    assert "Only for one customer, of whom" in text_of(lia.get(page_of(voucher)))


def test_the_address_of_somebody_who_was_merged_is_that_of_whom_they_are_now(lia, dana):
    kept = make_customer("Dana Putri", email="putri@mail.example")
    merge_customers(actor=SYSTEM, kept=kept, merged=dana, at=AT)

    lia.post(reverse("shop-voucher-new"), {**TOLD, "customer": DANA})

    assert Voucher.objects.get().customer == kept


def test_the_list_says_for_whom_with_as_many_queries(lia, voucher, django_assert_max_num_queries):
    Voucher.objects.create(
        code="NAMELESS", kind="percent", percent=1, customer=make_customer("<b>Eli", email="e@x.example"), created_at=AT
    )
    for number in range(20):
        customer = make_customer("", email=f"c{number}@mail.example")
        Voucher.objects.create(code=f"ONE{number}", kind="percent", percent=1, customer=customer, created_at=AT)
    lia.get(reverse("shop-vouchers"))

    with django_assert_max_num_queries(7):
        page = text_of(lia.get(reverse("shop-vouchers")))

    assert f"only for Dana, {DANA};" in page
    assert "only for &lt;b&gt;Eli, e@x.example;" in page
    assert "only for c7@mail.example;" in page


def test_only_whoever_sets_the_terms_of_selling_gives_one(ben, dana, voucher):
    assert ben.get(page_of(voucher)).status_code == 403
    assert ben.post(reverse("shop-voucher-new"), {**TOLD, "code": "MINE", "customer": DANA}).status_code == 403

    assert Voucher.objects.get() == voucher
