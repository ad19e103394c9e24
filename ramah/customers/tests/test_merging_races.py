"""Merges at the same moment, on a database that lets two at once: nobody waits for ever, one of them wins."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from ramah.customers.commands import AlreadyMerged, merge_customers
from ramah.customers.models import ContactPoint, Customer, CustomerMerge
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import raised_at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def merge(kept, merged):
    merge_customers(actor=SYSTEM, kept=kept, merged=merged, at=AT)


def test_two_merges_the_other_way_round_do_not_wait_for_each_other():
    for _ in range(5):
        a, b = make_customer("A"), make_customer("B")

        outcomes = raised_at_once(lambda a=a, b=b: merge(a, b), lambda a=a, b=b: merge(b, a))

        assert sorted(outcomes, key=str) == sorted([AlreadyMerged, None], key=str)
        assert Customer.objects.filter(pk__in=[a.pk, b.pk], merged_into=None).count() == 1


def test_one_customer_is_merged_into_one_other_only():
    for _ in range(5):
        a, b, c = make_customer("A"), make_customer("B"), make_customer("C")

        outcomes = raised_at_once(lambda a=a, b=b: merge(b, a), lambda a=a, c=c: merge(c, a))

        assert sorted(outcomes, key=str) == sorted([AlreadyMerged, None], key=str)
        assert CustomerMerge.objects.filter(merged=a).count() == 1


def test_rows_of_a_customer_may_be_added_while_it_is_merged():
    a, b = make_customer("A"), make_customer("B")
    outcomes = []

    def add():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        ContactPoint.objects.create(customer_id=b.pk, kind="email", value="late@mail.example", created_at=AT)

    with transaction.atomic():
        merge(a, b)
        outcomes = raised_at_once(add)

    assert outcomes == [None]
