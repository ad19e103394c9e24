"""Vouchers: why one counts or not, using it for an order, giving it back, and twenty who use it at the same moment."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from ramah.commerce import order_states
from ramah.commerce.commands import change_order_state
from ramah.commerce.commands.vouchers import VoucherRefused, give_back, use_voucher
from ramah.commerce.models import Voucher, VoucherUse
from ramah.commerce.queries import vouchers as rules
from ramah.commerce.queries.vouchers import refusal_of, voucher_by_code, written_code
from ramah.commerce.testing import AT, make_order, make_voucher
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import at_once

DAY = timedelta(days=1)


@pytest.fixture
def dana(db):
    return make_customer("Dana")


def why(voucher, *, currency="IDR", items=389000, customer=None, at=AT):
    refusal = refusal_of(
        voucher, currency=currency, items_amount=Decimal(items), customer_id=customer and customer.pk, at=at
    )
    return refusal.reason if refusal else ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" hemat 10\n", "HEMAT10"),
        ("Hemat10", "HEMAT10"),
        ("дякую", "ДЯКУЮ"),
        ("", ""),
        ("   ", ""),
        ("x" * 41, ""),
        ("A\0B", ""),
    ],
)
def test_codes_are_kept_in_capitals_without_spaces(typed, kept):
    assert written_code(typed) == kept


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["", "HEMAT1", "HEMAT100", "\0", "OLD", "'; drop table"])
def test_a_code_that_is_unknown_or_closed_finds_nothing(typed):
    make_voucher("HEMAT10")
    make_voucher("OLD", is_active=False)

    assert voucher_by_code(typed) is None
    assert voucher_by_code(" hemat10 ").code == "HEMAT10"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "asked", "reason"),
    [
        ({}, {}, ""),
        ({"is_active": False}, {}, rules.UNKNOWN),
        ({"starts_at": AT + DAY}, {}, rules.NOT_YET),
        ({"starts_at": AT}, {}, ""),
        ({"ends_at": AT}, {}, rules.OVER),
        ({"ends_at": AT + DAY}, {}, ""),
        ({"use_limit": 2, "uses": 2}, {}, rules.USED_UP),
        ({"use_limit": 2, "uses": 1}, {}, ""),
        ({"currency": "UAH"}, {}, rules.OTHER_CURRENCY),
        ({"currency": "IDR"}, {}, ""),
        ({"currency": "IDR", "minimum_amount": 400000}, {}, rules.MINIMUM),
        ({"currency": "IDR", "minimum_amount": 389000}, {}, ""),
        ({"currency": "IDR", "minimum_amount": 400000}, {"items": 400000}, ""),
    ],
)
def test_why_a_voucher_counts_or_not(fields, asked, reason):
    assert why(make_voucher(**fields), **asked) == reason


def test_a_voucher_of_one_customer_is_no_others(dana):
    voucher = make_voucher(customer=dana)

    assert why(voucher, customer=make_customer("Eli")) == rules.NOT_YOURS
    assert why(voucher) == rules.NOT_YOURS
    assert why(voucher, customer=dana) == ""


def test_what_is_missing_to_the_minimum_is_said():
    voucher = Voucher(code="X", kind="percent", percent=10, currency="IDR", minimum_amount=Decimal(400000))

    refusal = refusal_of(voucher, currency="IDR", items_amount=Decimal(389000), customer_id=None, at=AT)

    assert refusal.may_pass
    assert refusal.missing.amount == 11000
    assert str(refusal).replace("\xa0", " ") == "The voucher counts from Rp 400.000; Rp 11.000 more are needed."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"starts_at": AT + DAY}, "The voucher counts from 3 March 2026 on."),
        ({"ends_at": AT - DAY}, "The voucher was good until 1 March 2026."),
        ({"use_limit": 1, "uses": 1}, "The voucher has been used as often as it may be."),
        ({"currency": "UAH"}, "The voucher counts in another currency."),
    ],
)
def test_the_reason_is_said_in_words(fields, words):
    voucher = make_voucher(**fields)

    assert str(refusal_of(voucher, currency="IDR", items_amount=Decimal(1), customer_id=None, at=AT)) == words


# --- using it --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"is_active": False}, rules.UNKNOWN),
        ({"use_limit": 1, "uses": 1}, rules.USED_UP),
        ({"ends_at": AT}, rules.OVER),
        ({"currency": "UAH"}, rules.OTHER_CURRENCY),
        ({"currency": "IDR", "minimum_amount": 389001}, rules.MINIMUM),
    ],
)
def test_a_voucher_that_does_not_count_is_not_used(dana, fields, reason):
    voucher, order = make_voucher(**fields), make_order(dana)

    with pytest.raises(VoucherRefused) as refused:
        use_voucher(voucher, order=order, customer=dana, at=AT)

    assert refused.value.reason == reason
    voucher.refresh_from_db()
    assert voucher.uses == fields.get("uses", 0)
    assert not VoucherUse.objects.exists()


def test_a_voucher_is_used_as_often_as_it_may_be(dana):
    voucher = make_voucher(use_limit=1)
    use = use_voucher(voucher, order=make_order(dana), customer=dana, at=AT)

    with pytest.raises(VoucherRefused) as refused:
        use_voucher(voucher, order=make_order(), customer=make_customer("Eli"), at=AT)

    assert refused.value.reason == rules.USED_UP
    assert VoucherUse.objects.get() == use
    voucher.refresh_from_db()
    assert voucher.uses == 1


def test_the_last_use_is_not_refused_by_itself(dana):
    voucher = make_voucher(use_limit=1, customer_limit=1)

    use_voucher(voucher, order=make_order(dana), customer=dana, at=AT)

    assert VoucherUse.objects.count() == 1


def test_one_customer_uses_it_so_often_and_others_still_may(dana):
    voucher = make_voucher(customer_limit=1)
    use_voucher(voucher, order=make_order(dana), customer=dana, at=AT)

    with pytest.raises(VoucherRefused) as refused:
        use_voucher(voucher, order=make_order(dana), customer=dana, at=AT)
    eli = make_customer("Eli")
    use_voucher(voucher, order=make_order(eli), customer=eli, at=AT)

    assert refused.value.reason == rules.YOU_USED_IT
    voucher.refresh_from_db()
    assert voucher.uses == 2


def test_a_refusal_that_is_caught_leaves_the_transaction_whole(dana):
    voucher = make_voucher(customer_limit=1)
    use_voucher(voucher, order=make_order(dana), customer=dana, at=AT)

    with transaction.atomic(), pytest.raises(VoucherRefused):
        use_voucher(voucher, order=make_order(dana), customer=dana, at=AT)

    voucher.refresh_from_db()
    assert voucher.uses == 1


def test_using_one_costs_few_queries(dana, django_assert_num_queries):
    voucher, order = make_voucher(use_limit=5, customer_limit=1), make_order(dana)

    with django_assert_num_queries(6):  # savepoint, count up, read, uses by the customer, write the use, release
        use_voucher(voucher, order=order, customer=dana, at=AT)


def test_it_is_given_back_once(dana):
    voucher, order = make_voucher(use_limit=1), make_order(dana)
    use_voucher(voucher, order=order, customer=dana, at=AT)

    assert give_back(order) is True
    assert give_back(order) is False
    assert give_back(make_order(dana)) is False

    voucher.refresh_from_db()
    assert voucher.uses == 0
    use_voucher(voucher, order=make_order(dana), customer=dana, at=AT)


def test_an_order_of_the_shop_that_is_cancelled_gives_its_voucher_back(dana):
    voucher, order = make_voucher(use_limit=1), make_order(dana, state=order_states.PLACED, paid=False)
    use_voucher(voucher, order=order, customer=dana, at=AT)

    change_order_state(actor=SYSTEM, order=order, state=order_states.CANCELLED, at=AT)

    voucher.refresh_from_db()
    assert voucher.uses == 0


# --- at the same moment ----------------------------------------------------------------------------------------------


def all_at_once(jobs):
    """What each job raised (None: nothing), all of them started together, each in a transaction as an order is."""
    outcomes = at_once(*[transaction.atomic(job) for job in jobs])
    raised = [outcome if isinstance(outcome, Exception) else None for outcome in outcomes]
    return [error.reason if isinstance(error, VoucherRefused) else error for error in raised]


# Runs on SQLite and, in the second round of `make test`, on PostgreSQL.
@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_use_a_voucher_for_one_at_the_same_moment_one_does():
    voucher = make_voucher(use_limit=1)
    orders = [make_order(make_customer(f"Buyer {n}")) for n in range(20)]

    outcomes = all_at_once(
        [lambda order=order: use_voucher(voucher, order=order, customer=order.customer, at=AT) for order in orders]
    )

    assert sorted(outcomes, key=str) == [None, *[rules.USED_UP] * 19]
    assert VoucherUse.objects.count() == 1
    voucher.refresh_from_db()
    assert voucher.uses == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_of_one_customer_use_a_voucher_for_one_each_only_once():
    for round_number in range(3):
        voucher, dana = make_voucher(f"EACH{round_number}", customer_limit=1), make_customer("Dana")
        orders = [make_order(dana), make_order(dana)]

        outcomes = all_at_once(
            [lambda o=order, d=dana, v=voucher: use_voucher(v, order=o, customer=d, at=AT) for order in orders]
        )

        assert sorted(outcomes, key=str) == [None, rules.YOU_USED_IT]
        voucher.refresh_from_db()
        assert voucher.uses == 1


@pytest.mark.django_db(transaction=True)
def test_a_voucher_is_given_back_once_however_many_cancel():
    voucher, order = make_voucher(use_limit=3), make_order()
    use_voucher(voucher, order=order, customer=order.customer, at=AT)

    assert all_at_once([lambda: give_back(order)] * 6) == [None] * 6

    voucher.refresh_from_db()
    assert voucher.uses == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_using_and_giving_back_at_the_same_moment_never_wait_for_each_other_for_ever():
    voucher = make_voucher(use_limit=1, customer_limit=1)
    for _ in range(5):
        old, new = make_order(), make_order()
        use_voucher(voucher, order=old, customer=old.customer, at=AT)

        outcomes = all_at_once(
            [
                lambda old=old: give_back(old),
                lambda new=new: use_voucher(voucher, order=new, customer=new.customer, at=AT),
            ]
        )

        assert outcomes[0] is None
        assert outcomes[1] in (None, rules.USED_UP)
        voucher.refresh_from_db()
        assert voucher.uses == VoucherUse.objects.count() == (outcomes[1] is None)
        give_back(new)
