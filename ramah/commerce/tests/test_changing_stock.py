"""What is on hand, changed with a reason: never silently below zero, never by two at once to the loss of one."""

import pytest

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands.stock import StockMoved, StockTooLow, change_stock, count_stock
from ramah.commerce.events import VariantStockChanged
from ramah.commerce.models import StockChange, Variant
from ramah.commerce.testing import AT, make_product
from ramah.kernel.actors import SYSTEM, PermissionDenied
from ramah.kernel.models import AuditEntry
from ramah.kernel.testing import raised_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben():
    return actor_of_agent(make_agent(name="Ben"))


@pytest.fixture
def told(monkeypatch):
    facts = []
    monkeypatch.setattr("ramah.commerce.commands.stock.publish_all", facts.extend)
    return facts


def rows():
    return list(StockChange.objects.order_by("id").values_list("change", "reason", "note"))


def test_pieces_come_and_go_with_a_reason(ben):
    variant = make_product(stock=10).variants.get()

    change_stock(actor=ben, variant=variant, change=5, reason="received", note="From Pekalongan", at=AT)
    change_stock(actor=ben, variant=variant, change=-2, reason="damaged", at=AT)
    count_stock(actor=ben, variant=variant, counted=12, seen=13, reason="counted", at=AT)

    assert Variant.objects.get().stock == 12
    assert rows() == [(5, "received", "From Pekalongan"), (-2, "damaged", ""), (-1, "counted", "")]
    assert set(StockChange.objects.values_list("actor", flat=True)) == {ben.ref}
    assert AuditEntry.objects.filter(action="variant.change_stock").count() == 3


def test_more_than_there_is_cannot_be_taken_off(ben, told):
    variant = make_product(stock=2).variants.get()

    with pytest.raises(StockTooLow) as refused:
        change_stock(actor=ben, variant=variant, change=-3, reason="damaged", at=AT)
    with pytest.raises(StockTooLow):
        count_stock(actor=ben, variant=variant, counted=-1, reason="counted", at=AT)

    assert refused.value.on_hand == 2
    assert (Variant.objects.get().stock, rows(), told) == (2, [], [])


def test_what_was_oversold_can_be_filled_up_step_by_step(ben, told):
    product = make_product(stock=-5)

    change_stock(actor=ben, variant=product.variants.get(), change=3, reason="received", at=AT)

    assert (Variant.objects.get().stock, told) == (-2, [])


def test_a_count_is_refused_when_something_was_sold_meanwhile(ben):
    variant = make_product(stock=10).variants.get()
    Variant.objects.update(stock=9)

    with pytest.raises(StockMoved) as refused:
        count_stock(actor=ben, variant=variant, counted=12, seen=10, reason="counted", at=AT)

    assert refused.value.on_hand == 9
    assert (Variant.objects.get().stock, rows()) == (9, [])


def test_the_same_count_changes_nothing(ben):
    variant = make_product(stock=10).variants.get()

    assert count_stock(actor=ben, variant=variant, counted=10, seen=10, reason="counted", at=AT) is None
    assert (rows(), AuditEntry.objects.count()) == ([], 0)


def test_only_crossing_zero_is_told(ben, told):
    product = make_product(stock=0)
    variant = product.variants.get()
    subject = f"product:{product.pk}"

    change_stock(actor=ben, variant=variant, change=5, reason="received", at=AT)
    change_stock(actor=ben, variant=variant, change=-1, reason="damaged", at=AT)
    count_stock(actor=ben, variant=variant, counted=0, reason="counted", at=AT)

    assert told == [
        (VariantStockChanged(variant.pk, product.pk, 5), subject),
        (VariantStockChanged(variant.pk, product.pk, 0), subject),
    ]


def test_a_contractor_changes_no_stock(told):
    chris, variant = actor_of_agent(make_agent(role="contractor")), make_product(stock=3).variants.get()

    for attempt in (
        lambda: change_stock(actor=chris, variant=variant, change=1, reason="received", at=AT),
        lambda: count_stock(actor=chris, variant=variant, counted=9, reason="counted", at=AT),
    ):
        with pytest.raises(PermissionDenied):
            attempt()

    assert (Variant.objects.get().stock, rows(), told, AuditEntry.objects.count()) == (3, [], [], 0)


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_all_count():
    variant = make_product(stock=0).variants.get()

    outcomes = raised_at_once(
        *[lambda: change_stock(actor=SYSTEM, variant=variant, change=1, reason="received", at=AT) for _ in range(8)]
    )

    assert outcomes == [None] * 8
    assert (Variant.objects.get().stock, StockChange.objects.count()) == (8, 8)


@pytest.mark.django_db(transaction=True)
def test_of_those_who_take_the_last_piece_one_succeeds():
    variant = make_product(stock=1).variants.get()

    outcomes = raised_at_once(
        *[lambda: change_stock(actor=SYSTEM, variant=variant, change=-1, reason="damaged", at=AT) for _ in range(6)]
    )

    assert sorted(outcomes, key=str) == sorted([None] + [StockTooLow] * 5, key=str)
    assert (Variant.objects.get().stock, rows()) == (0, [(-1, "damaged", "")])


@pytest.mark.django_db(transaction=True)
def test_of_two_counts_of_the_same_shelf_one_is_asked_again():
    variant = make_product(stock=10).variants.get()

    outcomes = raised_at_once(
        lambda: count_stock(actor=SYSTEM, variant=variant, counted=8, seen=10, reason="counted", at=AT),
        lambda: count_stock(actor=SYSTEM, variant=variant, counted=7, seen=10, reason="counted", at=AT),
    )

    assert sorted(outcomes, key=str) == sorted([None, StockMoved], key=str)
    assert StockChange.objects.count() == 1
