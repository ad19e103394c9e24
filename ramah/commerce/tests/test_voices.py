"""Reviews and questions: who may speak, what is shown, and that the stars of a product are always those of its reviews."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ramah.accounts.testing import actor_of_agent, make_agent
from ramah.commerce.commands.voices import (
    NotAnswered,
    ProductNotOnSale,
    RatingOutOfRange,
    TextMissing,
    TextTooLong,
    TooManyVoices,
    answer_question,
    answer_review,
    ask_question,
    erase_voices,
    moderate_question,
    moderate_review,
    write_review,
)
from ramah.commerce.models import OrderLine, Product, Question, Review, Variant
from ramah.commerce.queries.voices import (
    question_for,
    questions_by_state,
    questions_of,
    review_for,
    review_summary,
    reviews_by_state,
    reviews_of,
    stars_of,
    voices_exported,
    waiting_counts,
)
from ramah.commerce.testing import AT, make_order, make_product
from ramah.customers.queries import ANONYMOUS, ORDER_VERIFIED, SIGNED_IN, CustomerActor
from ramah.customers.testing import make_customer
from ramah.kernel.actors import NOBODY, SYSTEM, NotVisible, PermissionDenied
from ramah.kernel.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def product():
    return make_product()


def customer(name="Dana Putri"):
    made = make_customer(name)
    return CustomerActor(made.pk, SIGNED_IN, made.name)


def bought(actor, product, *, state="delivered"):
    from ramah.customers.models import Customer

    order = make_order(Customer.objects.get(pk=actor.customer_id), state=state)
    OrderLine.objects.filter(order=order).update(variant=Variant.objects.get(product=product))
    return order


def write(product, actor, rating=5, **told):
    return write_review(actor=actor, product=product, rating=rating, at=told.pop("at", AT), **told)


def stars(product):
    product.refresh_from_db()
    return product.rating_count, product.rating_sum


@pytest.mark.parametrize(
    ("rating", "told", "error"),
    [
        (0, {}, RatingOutOfRange),
        (6, {}, RatingOutOfRange),
        (5, {"text": "x" * 4001}, TextTooLong),
        (5, {"title": "x" * 121}, TextTooLong),
        (5, {"author_name": "x" * 81}, TextTooLong),
    ],
)
def test_what_is_no_review_is_not_kept(product, rating, told, error):
    with pytest.raises(error):
        write(product, customer(), rating, **told)

    assert Review.objects.count() == 0
    assert AuditEntry.objects.count() == 0


def test_only_customers_who_proved_something_review(product):
    weak = CustomerActor(make_customer("Eli").pk, ANONYMOUS)
    for actor in (NOBODY, SYSTEM, actor_of_agent(make_agent(name="Ada", role="owner")), weak):
        with pytest.raises(PermissionDenied):
            write(product, actor)

    assert Review.objects.count() == 0


def test_nothing_is_said_of_what_is_not_sold(product):
    Product.objects.update(status="archived")

    with pytest.raises(ProductNotOnSale):
        write(product, customer())
    with pytest.raises(ProductNotOnSale):
        ask_question(actor=NOBODY, product=product, text="Why?", at=AT)

    assert (Review.objects.count(), Question.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("state", "is_verified"),
    [
        ("placed", False),
        ("paid", False),
        ("packed", False),
        ("cancelled", False),
        ("shipped", True),
        ("delivered", True),
        ("completed", True),
    ],
)
def test_only_who_has_it_is_marked_as_a_buyer(product, state, is_verified):
    actor = customer()
    bought(actor, product, state=state)

    review = write(product, actor)

    assert (review.order_line is not None, review.bought) == (is_verified, "M" if is_verified else "")


def test_the_order_of_somebody_else_makes_no_buyer(product):
    bought(customer("Eli"), product)

    assert write(product, customer()).order_line is None


def test_a_guest_is_a_buyer_by_the_order_they_proved_and_no_other(product):
    signed_in = customer()
    order, other = bought(signed_in, product), make_order(None, state="delivered")
    for proved, is_verified in ((order, True), (other, False)):
        guest = CustomerActor(signed_in.customer_id, ORDER_VERIFIED, order_id=proved.pk)
        assert (write(product, guest).order_line is not None) is is_verified


def test_a_review_is_shown_once_somebody_has_read_it(product):
    review = write(product, customer(), 4, text="  Good cloth ", language="en")
    assert (review.state, review.text, review.author_name, review.created_at) == (
        "pending",
        "Good cloth",
        "Dana P.",
        AT,
    )
    assert stars(product) == (0, 0)
    assert reviews_of(product).rows == []

    ben = actor_of_agent(make_agent(name="Ben"))
    moderate_review(actor=ben, review=review, approve=True, at=AT)
    moderate_review(actor=ben, review=review, approve=True, at=AT)

    assert stars(product) == (1, 4)
    assert product.rating == Decimal("4.0")
    assert reviews_of(product).rows == [review]
    review.refresh_from_db()
    assert (review.state, review.moderated_by, review.moderated_at) == ("approved", ben.ref, AT)


def test_whoever_may_not_moderate_changes_nothing(product):
    review = write(product, customer())
    question = ask_question(actor=NOBODY, product=product, text="Is it warm?", at=AT)
    contractor = actor_of_agent(make_agent(name="Chris", role="contractor"))
    for act in (
        lambda: moderate_review(actor=contractor, review=review, approve=True, at=AT),
        lambda: answer_review(actor=contractor, review=review, text="Thanks", at=AT),
        lambda: answer_question(actor=contractor, question=question, text="Yes", at=AT),
        lambda: moderate_question(actor=contractor, question=question, approve=False, at=AT),
    ):
        with pytest.raises(PermissionDenied):
            act()
    for actor in (contractor, customer("Eli"), NOBODY):
        assert reviews_by_state(actor).rows == questions_by_state(actor).rows == []
        assert waiting_counts(actor) == (0, 0)
        with pytest.raises(NotVisible):
            review_for(actor, public_id=review.public_id)
        with pytest.raises(NotVisible):
            question_for(actor, public_id=question.public_id)

    assert stars(product) == (0, 0)
    assert Review.objects.get().answer == Question.objects.get().answer == ""


def test_a_rejected_review_takes_its_stars_along(product):
    first, second = write(product, customer(), 5), write(product, customer("Eli"), 2)
    for review in (first, second):
        moderate_review(actor=SYSTEM, review=review, approve=True, at=AT)

    rejected = moderate_review(actor=SYSTEM, review=second, approve=False, reason=" Insults ", at=AT)

    assert stars(product) == (1, 5)
    assert (rejected.state, rejected.reason) == ("rejected", "Insults")


def test_a_second_review_takes_the_place_of_the_first_and_is_read_anew(product):
    actor = customer()
    first = write(product, actor, 5, text="Great")
    moderate_review(actor=SYSTEM, review=first, approve=True, at=AT)
    answer_review(actor=SYSTEM, review=first, text="Thank you", at=AT)

    second = write(product, actor, 1, text="It shrank", at=AT + timedelta(days=9))

    assert Review.objects.count() == 1
    assert stars(product) == (0, 0)
    second.refresh_from_db()
    assert (second.pk, second.state, second.rating, second.text, second.answer, second.moderated_by) == (
        first.pk,
        "pending",
        1,
        "It shrank",
        "",
        "",
    )


def test_two_reviews_of_merged_customers_become_one(product):
    actor, other = customer(), customer("Dana P.")
    reviews = [write(product, one, rating) for one, rating in ((actor, 4), (other, 2))]
    for review in reviews:
        moderate_review(actor=SYSTEM, review=review, approve=True, at=AT)
    Review.objects.update(customer=actor.customer_id)

    third = write(product, actor, 3)

    assert list(Review.objects.all()) == [third]
    assert stars(product) == (0, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["write", "approve", "reject"]), st.integers(0, 2), st.integers(1, 5)), max_size=12
    )
)
def test_the_stars_of_a_product_are_those_of_its_approved_reviews(steps):
    product, people = make_product(), [customer(name) for name in ("A", "B", "C")]
    for what, number, rating in steps:
        known = Review.objects.filter(product=product, customer=people[number].customer_id).first()
        if what == "write":
            write(product, people[number], rating)
        elif known:
            moderate_review(actor=SYSTEM, review=known, approve=what == "approve", at=AT)
        shown = [row.rating for row in Review.objects.filter(product=product, state="approved")]
        assert stars(product) == (len(shown), sum(shown))


def test_nobody_floods_the_shop():
    actor = customer()
    for number in range(10):
        write(make_product(), actor, at=AT + timedelta(minutes=number))
    with pytest.raises(TooManyVoices):
        write(make_product(), actor, at=AT + timedelta(hours=1))
    assert write(make_product(), actor, at=AT + timedelta(days=2)).pk

    product = make_product()
    for _ in range(5):
        ask_question(actor=actor, product=product, text="And?", at=AT)
    with pytest.raises(TooManyVoices):
        ask_question(actor=actor, product=product, text="And?", at=AT)
    assert (Review.objects.count(), Question.objects.count()) == (11, 5)


def test_a_question_is_shown_with_its_answer(product):
    with pytest.raises(TextMissing):
        ask_question(actor=NOBODY, product=product, text=" \n ", at=AT)
    question = ask_question(actor=NOBODY, product=product, text="Is it warm?", author_name="Eli", language="en", at=AT)
    assert (question.state, question.customer_id, question.author_name) == ("pending", None, "Eli")
    with pytest.raises(NotAnswered):
        moderate_question(actor=SYSTEM, question=question, approve=True, at=AT)
    with pytest.raises(TextMissing):
        answer_question(actor=SYSTEM, question=question, text=" ", at=AT)
    assert questions_of(product).rows == []

    answer_question(actor=SYSTEM, question=question, text="Not very.", at=AT)

    shown = questions_of(product).rows
    assert [(row.text, row.answer, row.answered_at, row.state) for row in shown] == [
        ("Is it warm?", "Not very.", AT, "approved")
    ]
    moderate_question(actor=SYSTEM, question=question, approve=False, reason="Twice", at=AT)
    assert questions_of(product).rows == []
    moderate_question(actor=SYSTEM, question=question, approve=True, at=AT)
    assert len(questions_of(product).rows) == 1


def test_lists_go_on_where_they_ended_and_cost_one_query(product, django_assert_num_queries):
    for number in range(5):
        review = write(product, customer(f"C{number}"), 4 + number % 2)
        moderate_review(actor=SYSTEM, review=review, approve=True, at=AT)
    product.refresh_from_db()

    with django_assert_num_queries(1):
        first = reviews_of(product, size=3)
    second = reviews_of(product, size=3, cursor=first.next_cursor)
    with django_assert_num_queries(1):
        summary = review_summary(product, size=2)

    assert [row.pk for row in (*first.rows, *second.rows)] == list(
        Review.objects.order_by("-id").values_list("pk", flat=True)
    )
    assert second.next_cursor == ""
    assert [row.rating for row in reviews_of(product, stars=5).rows] == [5, 5]
    assert summary.rows == first.rows[:2]
    assert summary.by_stars == stars_of(product) == ((5, 2), (4, 3), (3, 0), (2, 0), (1, 0))


def test_the_desk_sees_what_waits(product, django_assert_num_queries):
    waiting = write(product, customer())
    moderate_review(actor=SYSTEM, review=write(product, customer("Eli")), approve=True, at=AT)
    question = ask_question(actor=NOBODY, product=product, text="And?", at=AT)

    with django_assert_num_queries(1):
        assert reviews_by_state(SYSTEM).rows == [waiting]
    assert len(reviews_by_state(SYSTEM, ("pending", "approved")).rows) == 2
    assert questions_by_state(SYSTEM).rows == [question]
    assert waiting_counts(SYSTEM) == (1, 1)
    assert review_for(SYSTEM, public_id=waiting.public_id) == waiting


def test_a_customer_gets_a_copy_and_leaves_no_name(product):
    actor = customer()
    bought(actor, product)
    review = write(product, actor, 4, title="Fine", text="Warm", language="en")
    moderate_review(actor=SYSTEM, review=review, approve=True, at=AT)
    ask_question(actor=actor, product=product, text="And in blue?", at=AT)
    assert voices_exported(actor.customer_id)["reviews"] == [
        {
            "product": product.external_id,
            "at": AT.isoformat(),
            "rating": 4,
            "title": "Fine",
            "text": "Warm",
            "shown_as": "Dana P.",
            "state": "approved",
        }
    ]
    assert [line["text"] for line in voices_exported(actor.customer_id)["questions"]] == ["And in blue?"]

    erase_voices(customer_id=actor.customer_id)
    erase_voices(customer_id=actor.customer_id)

    assert voices_exported(actor.customer_id) == {"reviews": [], "questions": []}
    assert Review.objects.values_list("author_name", "rating", "text").get() == ("", 4, "Warm")
    assert stars(product) == (1, 4)
