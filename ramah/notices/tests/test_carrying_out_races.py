"""Ten posts at once on PostgreSQL: a choice acts once, and a customer's credits are counted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from ramah.commerce.models import Order, Refund, Voucher
from ramah.notices.commands.carrying_out import AlreadyChosen, ChoiceGone, take_choice
from ramah.notices.models import Choice, NoticeSettings
from ramah.notices.tests.choosers import actor_of, expected, inbox, placed, shop, told
from ramah.notices.tests.test_carrying_out import CANCEL, CREDIT, NOW, said_in
from ramah.promises.models import Promise

__all__ = ["inbox", "shop"]
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def all_at_once(calls):
    def run(call):
        try:
            return call().state
        except (AlreadyChosen, ChoiceGone) as error:
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def taking(order, choice):
    actor = actor_of(order)
    return lambda: take_choice(actor=actor, choice=choice, said={}, at=NOW)


def test_ten_posts_of_two_choices_carry_out_one(inbox):
    order = placed()
    expected(order)
    credit, cancel = told(order, CREDIT, CANCEL, inbox=inbox)

    ends = all_at_once([taking(order, one) for one in (credit, cancel) * 5])

    assert ends == ["AlreadyChosen"] * 5 + ["done"] * 5
    assert Choice.objects.filter(state="done").count() == 1
    is_cancelled = Order.objects.get(pk=order.pk).state == "cancelled"
    assert (Voucher.objects.count(), Refund.objects.count()) == ((0, 1) if is_cancelled else (1, 0))
    assert len(said_in(order, author="system", kind="message")) == 2


def test_credits_of_ten_orders_at_once_stay_within_the_year(inbox):
    NoticeSettings.objects.create(credits_per_year=2)
    orders = [placed(number=f"TL-{n}") for n in range(10)]
    for order in orders:
        expected(order)
    choices = [told(order, CREDIT, inbox=inbox)[0] for order in orders]

    ends = all_at_once([taking(order, choice) for order, choice in zip(orders, choices, strict=True)])

    assert ends == ["done"] * 2 + ["failed"] * 8
    assert Voucher.objects.count() == 2
    assert Promise.objects.filter(state="renegotiated").count() == 2
