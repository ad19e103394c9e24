"""Reviews and questions on their pages: reading all, writing one, who may."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from ramah.accounts.models import User
from ramah.commerce.commands.voices import TooManyVoices, answer_question, ask_question, moderate_review, write_review
from ramah.commerce.models import OrderLine, Question, Review, Variant
from ramah.commerce.testing import AT, make_order, make_product
from ramah.customers.models import Customer, CustomerLogin
from ramah.customers.queries import SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel import clock
from ramah.kernel.actors import NOBODY, SYSTEM
from ramah.storefront.tests.order_browsers import proved
from ramah.storefront.tests.shirts import NASTY, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def product():
    return make_product()


@pytest.fixture
def dana(client):
    """Dana, who is signed in."""
    customer = make_customer("Dana Putri")
    user = User.objects.create(email="dana@mail.example", created_at=AT)
    CustomerLogin.objects.create(user=user, customer=customer, created_at=AT)
    client.force_login(user)
    return customer


def url(product, name):
    return reverse(name, args=[product.slug])


def shown_review(product, rating, text):
    actor = CustomerActor(make_customer(text).pk, SIGNED_IN, "Eli")
    review = write_review(actor=actor, product=product, rating=rating, text=text, language="en", at=AT)
    return moderate_review(actor=SYSTEM, review=review, approve=True, at=AT)


def test_strangers_are_told_how_to_review_and_write_none(product, client):
    for response in (client.get(url(product, "review")), client.post(url(product, "review"), {"rating": "5"})):
        assert response.status_code == 200
        assert "Reviews are by customers." in text_of(response)
        assert f"/account/sign-in/?next=/products/{product.slug}/review/" in response.content.decode()
    assert Review.objects.count() == 0


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, "Choose one to five stars."),
        ({"rating": "6"}, "Select a valid choice."),
        ({"rating": "5", "text": "x" * 4001}, "at most 4000 characters"),
        ({"rating": "5", "title": "x" * 121}, "at most 120 characters"),
    ],
)
def test_what_is_wrong_stands_beside_the_field(product, client, dana, told, says):
    response = client.post(url(product, "review"), told)

    assert response.status_code == 422
    assert says in text_of(response)
    assert Review.objects.count() == 0


def test_a_customer_reviews_and_reviews_anew(product, client, dana):
    response = client.post(url(product, "review"), {"rating": "4", "text": "Good", "title": "", "author_name": ""})
    assert response["Location"] == url(product, "product")
    review = Review.objects.get()
    assert (review.customer, review.rating, review.text, review.language, review.state, review.author_name) == (
        dana,
        4,
        "Good",
        "en",
        "pending",
        "Dana P.",
    )

    page = client.get(url(product, "review"))
    assert "You have written about it before." in text_of(page)
    assert re.search(r'value="4"[^>]* checked', page.content.decode())
    client.post(url(product, "review"), {"rating": "2", "text": "It shrank"}, HTTP_ACCEPT_LANGUAGE="uk")

    assert Review.objects.values_list("rating", "text", "language").get() == (2, "It shrank", "uk")


def test_a_guest_reviews_by_the_order_they_proved(product, client):
    order, other = make_order(state="delivered"), make_order(state="delivered")
    OrderLine.objects.filter(order=order).update(variant=Variant.objects.get(product=product))
    proved(other, proved(order, client))

    client.post(url(product, "review"), {"rating": "5", "text": "Fine", "author_name": "D."})

    review = Review.objects.get()
    assert (review.customer_id, review.order_line.order_id, review.author_name) == (order.customer_id, order.pk, "D.")


def test_a_proof_that_is_over_proves_nothing(product, client):
    order = make_order(state="delivered")
    proved(order, client)

    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        client.post(url(product, "review"), {"rating": "5"})

    assert Review.objects.count() == 0


def test_who_writes_too_much_is_told(product, client, dana, monkeypatch):
    def refuse(**_told):
        raise TooManyVoices

    monkeypatch.setattr("ramah.storefront.views.voices.write_review", refuse)

    response = client.post(url(product, "review"), {"rating": "5"})

    assert response.status_code == 422
    assert "You have written a lot today." in text_of(response)


def test_all_reviews_by_stars_and_page_by_page(product, client, django_assert_num_queries):
    for number in range(23):
        shown_review(product, 5 if number % 2 else 3, f"Text {number:02}")
    client.get(url(product, "reviews"))
    with django_assert_num_queries(3):
        first = client.get(url(product, "reviews"))
    more = first.content.decode().split('class="more"><a class="btn" href="')[1].split('"')[0]

    second = client.get(more)
    fragment = client.get(more, HTTP_HX_REQUEST="true")
    fives = client.get(url(product, "reviews"), {"stars": "5"})

    assert [f"Text {number:02}" in text_of(first) for number in (22, 3, 2)] == [True, True, False]
    assert [f"Text {number:02}" in text_of(second) for number in (3, 2, 0)] == [False, True, True]
    assert "<html" not in fragment.content.decode()
    assert "Text 02" in text_of(fragment)
    assert text_of(fives).count("Text ") == 11
    assert 'aria-current="true">5 stars</a>' in fives.content.decode()
    assert client.get(url(product, "reviews"), {"stars": "99"}).status_code == 200
    assert client.get(url(product, "reviews"), {"after": "forged"}).status_code == 404
    assert client.get(url(product, "questions"), {"after": "forged"}).status_code == 404


def test_anyone_may_ask_and_the_answer_is_shown(product, client):
    response = client.post(url(product, "question"), {"text": NASTY, "author_name": "Eli"})

    assert response["Location"] == url(product, "product")
    question = Question.objects.get()
    assert (question.text, question.author_name, question.customer, question.state) == (NASTY, "Eli", None, "pending")
    assert "alert(" not in client.get(url(product, "questions")).content.decode()

    answer_question(actor=SYSTEM, question=question, text=NASTY, at=AT)
    page = client.get(url(product, "questions")).content.decode()
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page


def test_empty_questions_and_machines_ask_nothing(product, client):
    response = client.post(url(product, "question"), {"text": "  "})
    assert response.status_code == 422
    assert "Write your question." in text_of(response)

    client.post(url(product, "question"), {"text": "Buy pills", "website": "http://pills.example"})

    assert Question.objects.count() == 0


def test_nobody_asks_on_and_on(product, client):
    for number in range(5):
        assert client.post(url(product, "question"), {"text": f"And {number}?"}).status_code == 302

    response = client.post(url(product, "question"), {"text": "And now?"})

    assert response.status_code == 422
    assert "You have asked a lot today." in text_of(response)
    assert Question.objects.count() == 5


def test_the_question_of_a_customer_is_theirs(product, client, dana):
    client.post(url(product, "question"), {"text": "And in blue?"})

    assert Question.objects.values_list("customer", "author_name").get() == (dana.pk, "Dana P.")
    assert Customer.objects.count() == 1
    assert ask_question(actor=NOBODY, product=product, text="?", at=AT).customer is None
