"""Reads of what buyers say and ask: shown on a product, and waiting to be looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from ramah.commerce import order_states, permissions
from ramah.commerce.models import Moderation, OrderLine, Product, Question, Review
from ramah.customers.queries import SIGNED_IN, CustomerActor, customer_acting
from ramah.kernel.actors import Actor, NotVisible
from ramah.kernel.paging import Page, keyset_page, merged_page

NEWEST_FIRST = ("-id",)
STARS = (5, 4, 3, 2, 1)
# Who has the thing in hand, or soon: only those are marked as buyers.
BOUGHT = (order_states.SHIPPED, order_states.DELIVERED, order_states.COMPLETED)
_SUMMARY = """
    SELECT r.*,
        COUNT(*) FILTER (WHERE r.rating = 5) OVER () AS of_5, COUNT(*) FILTER (WHERE r.rating = 4) OVER () AS of_4,
        COUNT(*) FILTER (WHERE r.rating = 3) OVER () AS of_3, COUNT(*) FILTER (WHERE r.rating = 2) OVER () AS of_2,
        COUNT(*) FILTER (WHERE r.rating = 1) OVER () AS of_1
    FROM commerce_review r WHERE r.product_id = %s AND r.state = %s ORDER BY r.id DESC LIMIT %s"""
_QUESTIONS = "SELECT * FROM commerce_question WHERE product_id = %s AND state = %s ORDER BY id DESC LIMIT %s"


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """The newest approved reviews of a product, and how many there are by stars, five first."""

    rows: list[Review]
    by_stars: tuple[tuple[int, int], ...]


def review_summary(product: Product, *, size: int = 4) -> ReviewSummary:
    """What the page of a product shows of its reviews, in one query; none where nobody has rated it."""
    if not product.rating_count:
        return ReviewSummary([], ())
    # By hand: every page of a product asks it, and to have it put together anew would cost more than its answer.
    rows = list(Review.objects.raw(_SUMMARY, [product.pk, Moderation.APPROVED, size]))
    return ReviewSummary(rows, tuple((stars, getattr(rows[0], f"of_{stars}")) for stars in STARS) if rows else ())


def reviews_of(product: Product, *, stars: int | None = None, cursor: str = "", size: int = 20) -> Page[Review]:
    """The approved reviews of a product, or those with so many stars, newest first. Raises `BadCursor`."""
    rows = _shown(product)
    return keyset_page(rows.filter(rating=stars) if stars else rows, order=NEWEST_FIRST, cursor=cursor, size=size)


def stars_of(product: Product) -> tuple[tuple[int, int], ...]:
    """How many approved reviews there are by stars, five first; empty without any."""
    counts = dict(_shown(product).order_by().values_list("rating").annotate(Count("pk")))
    return tuple((stars, counts.get(stars, 0)) for stars in STARS) if counts else ()


def questions_of(product: Product, *, cursor: str = "", size: int = 20) -> Page[Question]:
    """The answered questions on a product that are shown, newest first. Raises `BadCursor`."""
    rows = Question.objects.filter(product=product, state=Moderation.APPROVED)
    return keyset_page(rows, order=NEWEST_FIRST, cursor=cursor, size=size)


def newest_questions(product: Product, *, size: int = 4) -> tuple[list[Question], bool]:
    """The answered questions that the page of a product shows, newest first, and whether there are more."""
    # By hand, as the reviews above.
    rows = list(Question.objects.raw(_QUESTIONS, [product.pk, Moderation.APPROVED, size + 1]))
    return rows[:size], len(rows) > size


def own_review(actor: CustomerActor | None, product: Product) -> Review | None:
    """What the customer has said of the product before, whatever became of it."""
    if actor is None:
        return None
    return Review.objects.filter(product=product, customer=actor.customer_id).order_by("-id").first()


def bought_line(actor: CustomerActor, product: Product) -> OrderLine | None:
    """The newest line by which the customer has bought the product and got it, or is about to.

    Whoever is signed in is asked about all their orders, whoever proved one order about that one.
    """
    lines = OrderLine.objects.filter(
        variant__product=product, order__customer=actor.customer_id, order__state__in=BOUGHT
    )
    if actor.level != SIGNED_IN:
        lines = lines.filter(order=actor.order_id or 0)
    return lines.order_by("-order__placed_at", "-id").first()


def written_since(kind: type[Review] | type[Question], *, customer_id: int | None, since: datetime) -> int:
    """How many reviews or questions a customer has written since; of nobody in particular for None."""
    return kind._default_manager.filter(customer=customer_id, created_at__gt=since).count()


def review_for(actor: Actor, *, public_id: str) -> Review:
    """The review with its product, for those who moderate. Raises `NotVisible`."""
    found = Review.objects.select_related("product", "customer").filter(public_id=public_id).first()
    if found is None or not _moderates(actor):
        raise NotVisible
    return found


def question_for(actor: Actor, *, public_id: str) -> Question:
    """The question with its product, for those who moderate. Raises `NotVisible`."""
    found = Question.objects.select_related("product", "customer").filter(public_id=public_id).first()
    if found is None or not _moderates(actor):
        raise NotVisible
    return found


def reviews_by_state(
    actor: Actor, states: Sequence[str] = (Moderation.PENDING,), *, cursor: str = "", size: int = 25
) -> Page[Review]:
    """Reviews in these states with product and customer, newest first; none for who may not moderate. Raises `BadCursor`."""
    rows = Review.objects.select_related("product", "customer", "order_line__order")
    rows = rows if _moderates(actor) else rows.none()
    return merged_page([rows.filter(state=state) for state in states], order=NEWEST_FIRST, cursor=cursor, size=size)


def questions_by_state(
    actor: Actor, states: Sequence[str] = (Moderation.PENDING,), *, cursor: str = "", size: int = 25
) -> Page[Question]:
    """Questions in these states with product and customer, newest first; none for who may not moderate. Raises `BadCursor`."""
    rows = Question.objects.select_related("product", "customer")
    rows = rows if _moderates(actor) else rows.none()
    return merged_page([rows.filter(state=state) for state in states], order=NEWEST_FIRST, cursor=cursor, size=size)


def waiting_counts(actor: Actor) -> tuple[int, int]:
    """How many reviews and questions wait for somebody to look at them."""
    if not _moderates(actor):
        return 0, 0
    return (
        Review.objects.filter(state=Moderation.PENDING).count(),
        Question.objects.filter(state=Moderation.PENDING).count(),
    )


def voices_exported(customer_id: int) -> dict[str, Any]:
    """What a customer has said and asked, as JSON: for the customer's own copy of their data."""
    reviews = Review.objects.filter(customer=customer_id).select_related("product").order_by("id")
    questions = Question.objects.filter(customer=customer_id).select_related("product").order_by("id")
    return {
        "reviews": [
            {
                "product": row.product.external_id,
                "at": row.created_at.isoformat(),
                "rating": row.rating,
                "title": row.title,
                "text": row.text,
                "shown_as": row.author_name,
                "state": row.state,
            }
            for row in reviews
        ],
        "questions": [
            {
                "product": row.product.external_id,
                "at": row.created_at.isoformat(),
                "text": row.text,
                "shown_as": row.author_name,
                "answer": row.answer,
                "state": row.state,
            }
            for row in questions
        ],
    }


def _shown(product: Product) -> Any:
    return Review.objects.filter(product=product, state=Moderation.APPROVED)


def _moderates(actor: Actor) -> bool:
    return customer_acting(actor) is None and actor.may(permissions.MODERATE)
