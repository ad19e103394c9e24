"""Reviews that are looked at and written at the same moment, on a database that lets two at once: the stars stay right."""

from functools import partial

import pytest

from ramah.commerce.commands.voices import moderate_review, write_review
from ramah.commerce.models import Product, Review
from ramah.commerce.testing import AT, make_product
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM
from ramah.kernel.testing import raised_at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def write(actor, product, rating):
    return write_review(actor=actor, product=product, rating=rating, at=AT)


def test_the_stars_are_those_of_the_approved_reviews_whoever_was_first():
    for _ in range(3):
        product = make_product()
        people = [CustomerActor(make_customer(f"C{number}").pk, SIGNED_IN, "C") for number in range(6)]
        reviews = [write(actor, product, 1 + number % 5) for number, actor in enumerate(people)]
        moderate_review(actor=SYSTEM, review=reviews[0], approve=True, at=AT)

        approve = [partial(moderate_review, actor=SYSTEM, review=one, approve=True, at=AT) for one in reviews]
        reject = partial(moderate_review, actor=SYSTEM, review=reviews[1], approve=False, at=AT)
        anew = [partial(write, people[0], product, 5), partial(write, people[2], product, 2)]
        outcomes = raised_at_once(*approve, reject, *anew)

        assert outcomes == [None] * 9
        shown = [row.rating for row in Review.objects.filter(product=product, state="approved")]
        assert Product.objects.values_list("rating_count", "rating_sum").get(pk=product.pk) == (len(shown), sum(shown))
        assert Review.objects.filter(product=product).count() == 6


def test_one_customer_in_two_tabs_writes_one_review():
    for _ in range(3):
        product, actor = make_product(), CustomerActor(make_customer().pk, SIGNED_IN, "Dana")

        assert raised_at_once(*[partial(write, actor, product, rating) for rating in (1, 5)]) == [None] * 2

        assert Review.objects.filter(product=product).count() == 1
