"""Vouchers, delivery options, taxes and the shop itself as the merchant changes them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands.delivery_terms import (
    OptionTold,
    RateTold,
    delete_rate,
    option_mark,
    place_delivery_option,
    place_rate,
    rate_mark,
    save_delivery_option,
    save_rate,
)
from ramah.commerce.commands.selling import TaxTold, change_shop, drop_tax, profile_mark, set_tax
from ramah.commerce.commands.voucher_terms import (
    BadVoucher,
    CodeTaken,
    LimitBelowUses,
    VoucherTold,
    WorthIsFixed,
    change_voucher,
    create_voucher,
    voucher_mark,
)
from ramah.commerce.models import DeliveryOption, DeliveryRate, ShopProfile, TaxRate, Voucher
from ramah.commerce.queries.terms import delivery_options, shop_profile, tax_of
from ramah.commerce.seen import ChangedMeanwhile
from ramah.commerce.testing import AT
from ramah.commerce.voucher_states import ENDED, LATER, OFF, USED_UP, VALID, standing_of
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.testing import raised_at_once

pytestmark = pytest.mark.django_db
TEN = VoucherTold("percent", "SALE10", percent=Decimal(10))
JNE = OptionTold({"en": "JNE regular"})
HOME = RateTold("ID", "IDR", Decimal(12000))


def test_a_voucher_without_a_code_gets_one_that_nobody_guesses():
    codes = {create_voucher(actor=SYSTEM, told=VoucherTold("free_shipping"), at=AT).code for _ in range(20)}

    assert len(codes) == 20
    assert all(len(code) == 8 and not set(code) & set("01OIS5") for code in codes)


def test_codes_are_kept_in_capitals_and_taken_once():
    create_voucher(actor=SYSTEM, told=VoucherTold("percent", " sale10 ", percent=Decimal(10)), at=AT)

    with pytest.raises(CodeTaken):
        create_voucher(actor=SYSTEM, told=TEN, at=AT)

    assert list(Voucher.objects.values_list("code", flat=True)) == ["SALE10"]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (VoucherTold("percent", "AAA"), "percent"),
        (VoucherTold("percent", "AAA", percent=Decimal(101)), "percent"),
        (VoucherTold("amount", "AAA", currency="IDR"), "amount"),
        (VoucherTold("amount", "AAA", amount=Decimal(0), currency="IDR"), "amount"),
        (VoucherTold("amount", "AAA", amount=Decimal(5)), "currency"),
        (VoucherTold("free_shipping", "AAA", minimum_amount=Decimal(5)), "currency"),
        (VoucherTold("free_shipping", "A A"), "code"),
        (VoucherTold("free_shipping", "<B>"), "code"),
        (VoucherTold("free_shipping", "AAA", starts_at=AT, ends_at=AT), "ends_at"),
    ],
)
def test_vouchers_that_make_no_sense_are_refused(told, field):
    with pytest.raises(BadVoucher) as refused:
        create_voucher(actor=SYSTEM, told=told, at=AT)

    assert refused.value.field == field
    assert not Voucher.objects.exists()


def test_after_the_first_use_the_worth_stays_and_the_window_may_change():
    voucher = create_voucher(actor=SYSTEM, told=TEN, at=AT)
    Voucher.objects.update(uses=2)

    for told in (
        VoucherTold("percent", "SALE10", percent=Decimal(20)),
        VoucherTold("percent", "X10", percent=Decimal(10)),
    ):
        with pytest.raises(WorthIsFixed):
            change_voucher(actor=SYSTEM, voucher=voucher, told=told, at=AT)
    with pytest.raises(LimitBelowUses):
        change_voucher(
            actor=SYSTEM,
            voucher=voucher,
            told=VoucherTold("percent", "SALE10", percent=Decimal(10), use_limit=1),
            at=AT,
        )
    longer = VoucherTold("percent", "SALE10", percent=Decimal("10.00"), ends_at=AT + timedelta(days=1), use_limit=2)
    change_voucher(actor=SYSTEM, voucher=voucher, told=longer, at=AT)

    row = Voucher.objects.get()
    assert (row.percent, row.use_limit, row.uses, row.ends_at) == (10, 2, 2, AT + timedelta(days=1))


def test_saving_a_voucher_does_not_undo_uses_and_old_forms_overwrite_nothing():
    voucher = create_voucher(actor=SYSTEM, told=TEN, at=AT)
    seen = voucher_mark(voucher)
    Voucher.objects.update(uses=3)

    noted = VoucherTold("percent", "SALE10", percent=Decimal(10), note="For friends")
    change_voucher(actor=SYSTEM, voucher=voucher, told=noted, seen=seen, at=AT)
    with pytest.raises(ChangedMeanwhile):
        change_voucher(actor=SYSTEM, voucher=voucher, told=TEN, seen=seen, at=AT)

    assert (Voucher.objects.get().uses, Voucher.objects.get().note) == (3, "For friends")


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, VALID),
        ({"is_active": False}, OFF),
        ({"ends_at": AT}, ENDED),
        ({"starts_at": AT + timedelta(minutes=1)}, LATER),
        ({"use_limit": 2, "uses": 2}, USED_UP),
        ({"use_limit": 2, "uses": 1}, VALID),
    ],
)
def test_where_a_voucher_stands(fields, standing):
    assert standing_of(Voucher(kind="percent", **fields), at=AT) == standing


def test_a_delivery_option_is_offered_with_its_rates_in_order(django_capture_on_commit_callbacks):
    assert delivery_options() == []
    with django_capture_on_commit_callbacks(execute=True):
        option = save_delivery_option(actor=SYSTEM, told=JNE, at=AT)
        wide = save_rate(actor=SYSTEM, option=option, told=HOME, at=AT)
        narrow = save_rate(actor=SYSTEM, option=option, told=RateTold("ID", "IDR", Decimal(9000), ["Bali"]), at=AT)
        place_rate(actor=SYSTEM, rate=narrow, step=-1, at=AT)

    (offered,) = delivery_options()
    assert [rate.pk for rate in offered.rates.all()] == [narrow.pk, wide.pk]
    with django_capture_on_commit_callbacks(execute=True):
        delete_rate(actor=SYSTEM, rate=wide, at=AT)
        other = save_delivery_option(actor=SYSTEM, told=OptionTold({"id": "SiCepat"}), at=AT)
        place_delivery_option(actor=SYSTEM, option=other, step=-1, at=AT)
    assert [one.pk for one in delivery_options()] == [other.pk, option.pk]
    with django_capture_on_commit_callbacks(execute=True):
        save_delivery_option(actor=SYSTEM, option=other, told=OptionTold({"id": "S"}, is_active=False), at=AT)

    (left,) = delivery_options()
    assert [rate.pk for rate in left.rates.all()] == [narrow.pk]


def test_terms_that_make_no_sense_are_refused():
    option = save_delivery_option(actor=SYSTEM, told=JNE, at=AT)

    with pytest.raises(ValueError, match="name"):
        save_delivery_option(actor=SYSTEM, told=OptionTold({"en": ""}), at=AT)
    for told in (RateTold("ID", "IDR", Decimal(-1)), RateTold("ID", "IDR", Decimal(1), min_days=3, max_days=2)):
        with pytest.raises(ValueError, match="rate"):
            save_rate(actor=SYSTEM, option=option, told=told, at=AT)
    for percent in (Decimal(-1), Decimal("100.01")):
        with pytest.raises(ValueError, match="tax"):
            set_tax(actor=SYSTEM, told=TaxTold("ID", "PPN", percent), at=AT)
    for told in ({"countries": {}}, {"payment_methods": []}, {"next_invoice_number": 1}):
        with pytest.raises(ValueError, match=r"."):
            change_shop(actor=SYSTEM, told={"countries": {"ID": "IDR"}, "payment_methods": ["cod"], **told}, at=AT)

    assert (DeliveryOption.objects.count(), DeliveryRate.objects.count(), TaxRate.objects.count()) == (1, 0, 0)
    assert ShopProfile.objects.filter(countries={}).count() == ShopProfile.objects.count()


def test_old_forms_of_delivery_and_shop_overwrite_nothing():
    option = save_delivery_option(actor=SYSTEM, told=JNE, at=AT)
    rate = save_rate(actor=SYSTEM, option=option, told=HOME, at=AT)
    seen, seen_rate = option_mark(option), rate_mark(rate)
    selling = {"countries": {"ID": "IDR"}, "payment_methods": ["cod"]}
    seen_shop = profile_mark(change_shop(actor=SYSTEM, told=selling, at=AT))
    save_delivery_option(actor=SYSTEM, option=option, told=OptionTold({"en": "JNE"}), at=AT)
    save_rate(actor=SYSTEM, option=option, rate=rate, told=RateTold("ID", "IDR", Decimal(1)), at=AT)
    change_shop(actor=SYSTEM, told={"name": "First"}, at=AT)

    with pytest.raises(ChangedMeanwhile):
        save_delivery_option(actor=SYSTEM, option=option, told=JNE, seen=seen, at=AT)
    with pytest.raises(ChangedMeanwhile):
        save_rate(actor=SYSTEM, option=option, rate=rate, told=HOME, seen=seen_rate, at=AT)
    with pytest.raises(ChangedMeanwhile):
        change_shop(actor=SYSTEM, told={"name": "Second"}, seen=seen_shop, at=AT)

    assert (str(DeliveryOption.objects.get()), DeliveryRate.objects.get().amount) == ("JNE", 1)
    assert ShopProfile.objects.get().name == "First"


def test_the_shop_is_changed_without_touching_its_counters(django_capture_on_commit_callbacks):
    change_shop(actor=SYSTEM, told={"countries": {"ID": "IDR"}, "payment_methods": ["cod"]}, at=AT)
    assert shop_profile().name == "Ramah"
    seen = profile_mark(ShopProfile.objects.get())
    ShopProfile.objects.update(next_order_number=20_000)

    with django_capture_on_commit_callbacks(execute=True):
        change_shop(actor=SYSTEM, told={"name": "Toko Laut"}, seen=seen, at=AT)
        set_tax(actor=SYSTEM, told=TaxTold("ID", "PPN", Decimal(11)), at=AT)

    assert (ShopProfile.objects.get().next_order_number, shop_profile().name) == (20_000, "Toko Laut")
    assert (tax_of("ID").percent, tax_of("UA").percent) == (11, 0)
    with django_capture_on_commit_callbacks(execute=True):
        drop_tax(actor=SYSTEM, country="ID", at=AT)
    assert tax_of("ID").percent == 0
    assert AuditEntry.objects.filter(subject="shop").latest("id").detail == {"fields": ["name"]}


@pytest.mark.parametrize("role", ["agent", "contractor"])
def test_agents_change_no_terms(role):
    actor = actor_of_agent(make_agent(role=role))
    voucher = create_voucher(actor=SYSTEM, told=TEN, at=AT)
    option = save_delivery_option(actor=SYSTEM, told=JNE, at=AT)
    rate = save_rate(actor=SYSTEM, option=option, told=HOME, at=AT)
    audited = AuditEntry.objects.count()

    for attempt in (
        lambda: create_voucher(actor=actor, told=VoucherTold("free_shipping"), at=AT),
        lambda: change_voucher(actor=actor, voucher=voucher, told=TEN, at=AT),
        lambda: save_delivery_option(actor=actor, told=JNE, at=AT),
        lambda: place_delivery_option(actor=actor, option=option, step=1, at=AT),
        lambda: save_rate(actor=actor, option=option, told=HOME, at=AT),
        lambda: place_rate(actor=actor, rate=rate, step=1, at=AT),
        lambda: delete_rate(actor=actor, rate=rate, at=AT),
        lambda: change_shop(actor=actor, told={"name": "X"}, at=AT),
        lambda: set_tax(actor=actor, told=TaxTold("ID", "PPN", Decimal(11)), at=AT),
        lambda: drop_tax(actor=actor, country="ID", at=AT),
    ):
        with pytest.raises(PermissionDenied):
            attempt()

    assert (Voucher.objects.count(), DeliveryOption.objects.count(), DeliveryRate.objects.count()) == (1, 1, 1)
    assert (TaxRate.objects.count(), AuditEntry.objects.count()) == (0, audited)


@pytest.mark.django_db(transaction=True)
def test_the_same_code_at_the_same_moment_is_made_once():
    outcomes = raised_at_once(*[lambda: create_voucher(actor=SYSTEM, told=TEN, at=AT)] * 4)

    assert sorted(outcomes, key=str) == sorted([None, *[CodeTaken] * 3], key=str)
