"""Several workers tell of one variant at the same moment: each alert is told once, and a wave stays a wave."""

from collections import Counter
from itertools import chain

import pytest
from django.db import transaction

from ramah.commerce.commands.alerts import ask_alert, take_alerts
from ramah.commerce.models import Alert, Variant
from ramah.commerce.testing import AT, make_product
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY
from ramah.kernel.testing import at_once
from ramah.promises.models import Promise, PromiseChange

pytestmark = pytest.mark.django_db(transaction=True)


def test_workers_side_by_side_tell_one_wave_past_those_who_are_not_ready():
    make_product(stock=0)
    variant = Variant.objects.select_related("product").get()
    points = [make_customer(f"C{n}", email=f"c{n}@mail.example").contact_points.get() for n in range(12)]
    asked = [
        ask_alert(actor=NOBODY, contact_point=point, variant=variant, kind="back_in_stock", language="id", at=AT)
        for point in points
    ]
    asleep = {point.pk for point in points[::2]}
    Variant.objects.update(stock=1)
    variant.stock = 1

    def work():
        with transaction.atomic():
            told = take_alerts(variant=variant, at=AT, limit=4, is_ready=lambda point: point.pk not in asleep)
            return [alert.pk for alert in told]

    outcomes = at_once(*[work] * 5)

    assert sorted(chain.from_iterable(outcomes)) == [alert.pk for alert in asked[1:6:2]]
    assert Counter(Alert.objects.values_list("state", flat=True)) == {"told": 3, "waiting": 9}
    assert Counter(Promise.objects.values_list("state", flat=True)) == {"kept": 3, "open": 9}
    assert PromiseChange.objects.filter(action="kept").count() == 3
