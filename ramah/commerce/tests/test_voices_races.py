"""Reviews that are looked at and written at the same moment, on a database that lets two at once: the stars stay right."""

import threading
from functools import partial

import pytest
from django.db import connections

from ramah.commerce.commands.voices import moderate_review, write_review
from ramah.commerce.models import Product, Review
from ramah.commerce.testing import AT, make_product
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import SYSTEM

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(jobs):
    """Errors of the jobs, all of them started together."""
    ready, errors = threading.Barrier(len(jobs)), []

    def work(job):
        try:
            ready.wait(10)
            job()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return errors


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
        errors = at_once([*approve, reject, *anew])

        assert errors == []
        shown = [row.rating for row in Review.objects.filter(product=product, state="approved")]
        assert Product.objects.values_list("rating_count", "rating_sum").get(pk=product.pk) == (len(shown), sum(shown))
        assert Review.objects.filter(product=product).count() == 6


def test_one_customer_in_two_tabs_writes_one_review():
    for _ in range(3):
        product, actor = make_product(), CustomerActor(make_customer().pk, SIGNED_IN, "Dana")

        assert at_once([partial(write, actor, product, rating) for rating in (1, 5)]) == []

        assert Review.objects.filter(product=product).count() == 1
