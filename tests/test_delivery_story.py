"""A simulated shop from its history to its notices: what must hold however the carriers behave."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from ramah.conversations.models import MessageDelivery
from ramah.kernel.models import HandlerRun
from ramah.notices.models import Cause, Notice
from ramah.notices.queries.wishes import notice_settings, quiet_of, zone_for
from ramah.shipping.models import CarrierPost, ForecastModel, Shipment, TrackingEvent
from ramah.shipping.queries.events import carrier_sum
from ramah.shipping.simulation.story import simulate
from tests.support.delivery_story import HOUR, Played

pytestmark = pytest.mark.django_db
START = date(2025, 3, 1)


def test_weeks_of_deliveries_lose_nothing_tell_once_and_let_customers_sleep():
    story = simulate(orders=1800, seed=4, days=70, start=START)
    live_from = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(days=62)
    shop = Played(story, live_from, live_from + timedelta(days=7))
    shop.prepare()

    shop.play(3 * HOUR)

    assert ForecastModel.objects.filter(state="live").count() == 1
    assert carrier_sum().closes
    assert not CarrierPost.objects.filter(state__in=("waiting", "quarantined")).exists()
    assert TrackingEvent.objects.count() > 500
    assert not HandlerRun.objects.filter(state="failed").exists()
    arrived = Shipment.objects.filter(state="delivered", order__in=[order.pk for order in shop.orders.values()])
    assert arrived.count() > 15
    assert not arrived.exclude(order__state__in=("delivered", "completed", "returned")).exists()
    sent = list(Notice.objects.filter(state="sent").select_related("customer", "order"))
    assert len(sent) > 5
    assert max(Counter(Cause.objects.filter(notice__state="sent").values_list("key", flat=True)).values()) == 1
    assert all(not wakes(notice) for notice in sent)
    assert MessageDelivery.objects.count() >= len(sent)


def wakes(notice):
    """Whether it was written in its customer's quiet hours."""
    zone = zone_for(notice.customer, notice.order)
    return quiet_of(None, notice_settings(), zone).until(notice.sent_at) is not None
