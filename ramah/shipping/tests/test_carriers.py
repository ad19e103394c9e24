"""How accounts do, what is told of an order to those who make labels, and the words for the doctor."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ramah.commerce.models import Payment
from ramah.commerce.testing import AT, make_order, make_product, make_shop
from ramah.kernel.actors import SYSTEM
from ramah.kernel.money import Money
from ramah.shipping.carriers.contract import Account
from ramah.shipping.carriers.tests.fake import make_pigeons
from ramah.shipping.commands import carriers as commands
from ramah.shipping.models import CarrierAccount, CarrierTask
from ramah.shipping.queries.carriers import carrier_accounts_told, parcel_asked, rates_of
from ramah.shipping.testing import make_carrier_account, make_flight, make_shipment

pytestmark = pytest.mark.django_db
SENDER = {"sender_street": "Jl. Kemang 1", "sender_city": "Jakarta", "sender_country": "id", "box_cm": "40x30x20"}


@pytest.fixture
def account():
    return make_carrier_account(at=AT)


def test_five_failures_in_a_row_make_an_account_fail_and_one_success_ends_it(account):
    for number in range(1, 7):
        commands.note_failure(account, reason=f"error {number}", at=AT)
        assert (account.state == "failing") is (number >= 5)
    commands.note_out(account, at=AT)
    account.refresh_from_db()
    assert (account.state, account.attempts, account.last_error) == ("ok", 0, "error 6")


def test_a_success_in_between_begins_the_count_anew(account):
    for _round in range(3):
        for _time in range(4):
            commands.note_failure(account, reason="x" * 5000, at=AT)
        commands.note_out(account, at=AT)
    account.refresh_from_db()
    assert (account.state, len(account.last_error)) == ("ok", 2000)


def test_a_busy_account_is_not_written_for_each_thing(account, django_assert_num_queries):
    commands.note_out(account, at=AT)
    with django_assert_num_queries(0):
        commands.note_out(account, at=AT + timedelta(seconds=5))
    with django_assert_num_queries(1):
        commands.note_out(account, at=AT + timedelta(seconds=11))


def test_the_doctor_is_told_what_fails_is_silent_or_behind(monkeypatch, account):
    make_pigeons(monkeypatch)
    busy = make_carrier_account("pigeons", provider="pigeon", silent_since=AT, at=AT)
    gone = make_carrier_account("gone", provider="gone", is_paused=True, at=AT)
    shipment = make_shipment(make_order(), account=busy, at=AT)
    make_flight(shipment.order, shipment=shipment, at=AT, poll_at=int(AT.timestamp()))
    CarrierTask.objects.create(shipment=shipment, kind="label", state="uncertain", made_by="x", created_at=AT)
    CarrierAccount.objects.filter(pk=account.pk).update(state="failing", last_error="503", last_error_at=AT)

    told = {one.key: one for one in carrier_accounts_told(at=AT + timedelta(hours=3))}

    assert (told["jne"].is_failing, told["jne"].last_error, told["jne"].poll_lag) == (True, "503", timedelta(0))
    assert (told["pigeons"].poll_lag, told["pigeons"].silent_since) == (timedelta(hours=3), AT)
    assert (told["pigeons"].uncertain_tasks, told["pigeons"].is_failing) == (1, False)
    assert (told[gone.key].is_paused, told[gone.key].is_known) == (True, False)


def test_a_parcel_is_told_with_its_address_weight_and_box():
    make_shop()
    order = make_order(number="TL-7")
    variant = make_product().variants.get()
    variant.weight_grams = 400
    variant.save()
    order.lines.update(variant=variant, quantity=2)

    parcel = parcel_asked(order, Account("x", {}, SENDER))

    assert (parcel.destination.name, parcel.destination.street, parcel.destination.city) == (
        "Dana Putri",
        "Jl. Margonda Raya 21",
        "Depok",
    )
    assert (parcel.origin.name, parcel.origin.street, parcel.origin.country) == ("Toko Laut", "Jl. Kemang 1", "ID")
    assert (parcel.grams, parcel.value, parcel.size_mm) == (800, Money(389000, "IDR"), (400, 300, 200))
    assert (parcel.reference, parcel.cash, parcel.number) == ("TL-7", None, "")
    assert parcel_asked(order, Account("x", {}, SENDER), grams=5).grams == 5


@pytest.mark.parametrize(
    ("box", "size_mm"),
    [
        *[(text, (300, 200, 100)) for text in ("", "0x1x1", "40x30", "a x b x c", "40 x 30 x 20 x 10", "99999x1x1")],
        *[(text, (400, 300, 200)) for text in ("40x30x20", " 40 X 30 X 20 ", "40×30×20", "40 х 30 х 20", "40*30*20")],
    ],
)
def test_a_box_is_read_or_the_usual_one(box, size_mm):
    make_shop()
    assert parcel_asked(make_order(), Account("x", {}, {"box_cm": box})).size_mm == size_mm


def test_without_a_sender_of_its_own_a_parcel_starts_at_the_shop():
    make_shop(address="Jl. Kemang 1\nJakarta 12730", phone="+62211")
    parcel = parcel_asked(make_order(), Account("x", {}, {}))
    assert (parcel.origin.name, parcel.origin.street, parcel.origin.country) == (
        "Toko Laut",
        "Jl. Kemang 1\nJakarta 12730",
        "ID",
    )
    assert (parcel.grams, parcel.origin.phone) == (500, "+62211")


def test_what_is_taken_at_the_door_is_what_has_not_come_in():
    make_shop()
    order = make_order(paid=False)
    order.payment_method = "cod"
    order.save()
    assert parcel_asked(order, Account("x", {}, {})).cash == Money(389000, "IDR")
    Payment.objects.create(order=order, method="cod", state="paid", amount=Decimal(389000), paid_at=AT, created_at=AT)
    order = type(order).objects.get(pk=order.pk)
    assert parcel_asked(order, Account("x", {}, {})).cash is None


def test_an_address_that_was_erased_is_no_error():
    make_shop()
    order = make_order()
    order.shipping_address = {}
    assert parcel_asked(order, Account("x", {}, {})).destination.city == ""


def test_rates_come_the_cheapest_first(monkeypatch, account):
    make_shop()
    loft = make_pigeons(monkeypatch)
    row = make_carrier_account("pigeons", provider="pigeon", at=AT)
    (usual,) = rates_of(make_order(), row, at=AT)
    dear = type(usual)("dear", "Dear", Money(99, "IDR"), None, None)
    loft.answers = [[dear, usual]]
    assert [one.service for one in rates_of(make_order(), row, at=AT)] == ["fast", "dear"]
    assert rates_of(make_order(), account, at=AT) == []


def test_saving_by_the_system_needs_no_page():
    told = {"name": "Own", "key": "own", "carrier": None}
    row = commands.save_carrier_account(
        actor=SYSTEM, account=None, provider="table", told=told, credentials={"x": ""}, settings={"is_a4": "yes"}, at=AT
    )
    assert (row.credentials, row.settings, row.next_attempt_at) == ({}, {"is_a4": "yes"}, AT)
