"""The demo shop is believable and the same each time."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from ramah.commerce.demo import seed
from ramah.commerce.models import (
    DeliveryRate,
    Listing,
    Order,
    OrderLine,
    OrderStateChange,
    Payment,
    Product,
    Refund,
    Review,
    Variant,
)
from ramah.commerce.testing import AT
from ramah.customers.models import ContactPoint, Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    seed(AT)


def test_it_is_filled_once(shop):
    counts = [model.objects.count() for model in (Product, Customer, Order)]
    assert counts == [200, 150, 500]
    newest = Order.objects.order_by("-placed_at").values_list("number", "placed_at").first()

    seed(AT + timedelta(days=30))

    assert [model.objects.count() for model in (Product, Customer, Order)] == counts
    assert Order.objects.order_by("-placed_at").values_list("number", "placed_at").first() == newest


def test_products_speak_three_languages(shop):
    for product in Product.objects.all():
        assert set(product.titles) == set(product.descriptions) == {"en", "id", "uk"}
        assert len(set(product.titles.values())) == 3
    assert Variant.objects.filter(price_amount__lt=20000).count() == 0


def test_orders_are_consistent(shop):
    assert Counter(Order.objects.values_list("currency", flat=True)).keys() == {"IDR", "UAH"}
    for order in Order.objects.prefetch_related("lines", "history", "payments", "refunds"):
        steps = list(order.history.all())
        assert steps[-1].to_state == order.state
        assert (steps[0].to_state, steps[0].at) == ("placed", order.placed_at)
        assert [s.at for s in steps] == sorted(s.at for s in steps)
        assert steps[-1].at <= AT
        assert order.items_amount == sum(line.total_amount for line in order.lines.all())
        assert order.other_amount == 0
        assert AT - timedelta(days=426) < order.placed_at < AT
        assert sum(r.amount for r in order.refunds.all()) <= sum(
            p.amount for p in order.payments.all() if p.is_received
        )
    assert not OrderLine.objects.filter(variant=None).exists()
    assert Payment.objects.filter(state="paid").count() > 400
    assert Refund.objects.filter(state="sent").aggregate(sum=Sum("amount"))["sum"] > Decimal(0)
    assert not OrderStateChange.objects.exclude(actor="demo").exists()


def test_dewi_and_oksana_are_there_with_recent_orders(shop):
    dewi = ContactPoint.objects.get(value="dewi.prasetyo@example.com").customer
    oksana = ContactPoint.objects.get(value="oksana.kovalenko@example.com").customer
    assert (dewi.name, dewi.language, oksana.name, oksana.language) == ("Dewi Prasetyo", "id", "Оксана Коваленко", "uk")

    parcel = Order.objects.filter(customer=dewi).latest("placed_at")
    shirt = Order.objects.filter(customer=oksana).latest("placed_at")

    assert (parcel.state, parcel.promised_to < AT.date(), parcel.currency) == ("shipped", True, "IDR")
    assert (shirt.state, shirt.currency) == ("delivered", "UAH")
    assert shirt.lines.first().title == "Лляна сорочка «Sanur»"


def test_nobody_in_it_is_real(shop):
    for kind, value in ContactPoint.objects.values_list("kind", "value"):
        assert (
            value.split("@")[-1] in {"example.com", "example.org", "example.net"} if kind == "email" else "000" in value
        )


def test_products_are_ready_to_be_bought(shop):
    variants = Variant.objects.select_related("product")

    assert all(variant.price_in("UAH") for variant in variants)
    assert all(variant.product.attributes and variant.weight_grams for variant in variants)
    active = Product.objects.filter(status="active").count()
    assert Listing.objects.filter(currency="IDR", is_shown=True).count() == active


def test_ratings_are_those_of_the_reviews_shown(shop):
    shown = dict(Review.objects.filter(state="approved").order_by().values_list("product").annotate(Sum("rating")))

    assert {p.pk: p.rating_sum for p in Product.objects.filter(rating_count__gt=0)} == shown
    assert Review.objects.filter(state="pending").exists()


def test_it_delivers_to_both_countries(shop):
    assert set(DeliveryRate.objects.values_list("country", "currency")) == {("ID", "IDR"), ("UA", "UAH")}
    assert Order.objects.filter(state="placed", payment_method="bank_transfer", payment_due_at=None).count() == 0
