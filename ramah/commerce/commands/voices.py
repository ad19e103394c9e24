"""What buyers say and ask: written, looked at, answered.

`Product.rating_sum` and `rating_count` are those of the approved reviews at every moment. Who changes what is shown holds the row
of the product, and moves both by the difference: two at once wait for each other, and nobody writes what they read before.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from ramah.commerce import permissions
from ramah.commerce.events import ProductChanged
from ramah.commerce.models import Moderation, Product, Question, Review
from ramah.commerce.queries.voices import bought_line, written_since
from ramah.customers.queries import CustomerActor, customer_acting
from ramah.kernel import audit
from ramah.kernel.actors import Actor, PermissionDenied, require
from ramah.kernel.events import publish

LONGEST_TITLE, LONGEST_TEXT, LONGEST_NAME, LONGEST_REASON = 120, 4000, 80, 200
REVIEWS_A_DAY, QUESTIONS_A_DAY = 10, 5
# Of all who have not said who they are, together: what is beyond is a flood.
NAMELESS_QUESTIONS_A_DAY = 50
_DAY = timedelta(days=1)


class TooManyVoices(Exception):
    """Somebody has written as much today as one may."""


class RatingOutOfRange(Exception):
    """A rating is 1 to 5."""


class TextMissing(Exception):
    """There is nothing to show: the text is empty."""


class TextTooLong(Exception):
    """A text is longer than it may be. Carries the field and how long it may be."""

    def __init__(self, field: str, longest: int) -> None:
        super().__init__(field, longest)
        self.field, self.longest = field, longest


class NotAnswered(Exception):
    """A question is shown with its answer; this one has none."""


class ProductNotOnSale(Exception):
    """Nothing is asked or said of a product that is not in the shop."""


@transaction.atomic
def write_review(
    *,
    actor: Actor,
    product: Product,
    rating: int,
    text: str = "",
    title: str = "",
    author_name: str = "",
    language: str = "",
    at: datetime,
) -> Review:
    """What a customer says of a product, to be looked at before it is shown. A second one takes the place of the first.

    For customers who are signed in, or who proved an order; it is marked as of a buyer where an order that left the shop holds
    the product. Raises `PermissionDenied`, `RatingOutOfRange`, `TextTooLong`, `ProductNotOnSale`, `TooManyVoices`.
    """
    customer = _customer(actor)
    if rating not in range(1, 6):
        raise RatingOutOfRange(rating)
    words = _words(title=(title, LONGEST_TITLE), text=(text, LONGEST_TEXT), author_name=(author_name, LONGEST_NAME))
    row = _locked(product)
    if row.status != Product.Status.ACTIVE:
        raise ProductNotOnSale
    if written_since(Review, customer_id=customer.customer_id, since=at - _DAY) >= REVIEWS_A_DAY:
        raise TooManyVoices
    line = bought_line(customer, product)
    review = _taken_back(row, customer.customer_id) or Review(product=row, customer_id=customer.customer_id)
    review.order_line = line
    review.rating, review.title, review.text = rating, words["title"], words["text"]
    review.author_name = words["author_name"] or _public_name(customer.name)
    review.language = language[:8]
    review.bought = ", ".join(line.options.values())[:120] if line else ""
    review.created_at = at
    review.save()
    audit.record(actor, "review.write", f"review:{review.pk}", at=at, product=row.pk, rating=rating)
    return review


def _taken_back(product: Product, customer_id: int) -> Review | None:
    """The customer's review of the locked product, no longer shown and with nobody's judgment on it; others of theirs go."""
    known = list(Review.objects.select_for_update().filter(product=product, customer=customer_id).order_by("-id"))
    for review in known:
        if review.state == Moderation.APPROVED:
            _count(product, -1, -review.rating)
    # Two of one customer are there after two customers were merged.
    for review in known[1:]:
        review.delete()
    if not known:
        return None
    review = known[0]
    review.state, review.answer = Moderation.PENDING, ""
    review.moderated_at, review.moderated_by, review.reason = None, "", ""
    return review


@transaction.atomic
def moderate_review(*, actor: Actor, review: Review, approve: bool, reason: str = "", at: datetime) -> Review:
    """Show a review, or do not show it, with the reason. Whoever decides last is right; the same twice is once."""
    require(actor, permissions.MODERATE)
    product = _locked(review.product)
    row = Review.objects.select_for_update().get(pk=review.pk)
    before, after = row.state, Moderation.APPROVED if approve else Moderation.REJECTED
    if before != after:
        if Moderation.APPROVED in (before, after):
            sign = 1 if approve else -1
            _count(product, sign, sign * row.rating)
        _decide(row, after, actor, "" if approve else reason, at=at)
        audit.record(actor, "review.moderate", f"review:{row.pk}", at=at, state=after)
    return row


@transaction.atomic
def answer_review(*, actor: Actor, review: Review, text: str, at: datetime) -> Review:
    """What the shop says to a review, shown below it; an empty text takes it away. Raises `TextTooLong`."""
    require(actor, permissions.MODERATE)
    words = _words(answer=(text, LONGEST_TEXT))
    row = Review.objects.select_for_update().get(pk=review.pk)
    row.answer = words["answer"]
    row.save(update_fields=["answer"])
    audit.record(actor, "review.answer", f"review:{row.pk}", at=at)
    return row


@transaction.atomic
def ask_question(
    *, actor: Actor, product: Product, text: str, author_name: str = "", language: str = "", at: datetime
) -> Question:
    """A question that others may read, once it is answered. Anyone may ask.

    Raises `TextMissing`, `TextTooLong`, `ProductNotOnSale`, `TooManyVoices`.
    """
    customer = customer_acting(actor)
    words = _words(text=(text, LONGEST_TEXT), author_name=(author_name, LONGEST_NAME))
    if not words["text"]:
        raise TextMissing
    row = _locked(product)
    if row.status != Product.Status.ACTIVE:
        raise ProductNotOnSale
    customer_id = customer.customer_id if customer else None
    most = QUESTIONS_A_DAY if customer else NAMELESS_QUESTIONS_A_DAY
    if written_since(Question, customer_id=customer_id, since=at - _DAY) >= most:
        raise TooManyVoices
    name = words["author_name"] or (_public_name(customer.name) if customer else "")
    question = Question.objects.create(
        product=row,
        customer_id=customer_id,
        text=words["text"],
        author_name=name,
        language=language[:8],
        created_at=at,
    )
    audit.record(actor, "question.ask", f"question:{question.pk}", at=at, product=row.pk)
    return question


@transaction.atomic
def answer_question(*, actor: Actor, question: Question, text: str, at: datetime) -> Question:
    """Answer a question, which shows it. Raises `TextMissing` and `TextTooLong`."""
    require(actor, permissions.MODERATE)
    words = _words(answer=(text, LONGEST_TEXT))
    if not words["answer"]:
        raise TextMissing
    row = Question.objects.select_for_update().get(pk=question.pk)
    row.answer, row.answered_at = words["answer"], at
    _decide(row, Moderation.APPROVED, actor, "", at=at)
    audit.record(actor, "question.answer", f"question:{row.pk}", at=at)
    return row


@transaction.atomic
def moderate_question(*, actor: Actor, question: Question, approve: bool, reason: str = "", at: datetime) -> Question:
    """Show an answered question, or do not show it, with the reason. Raises `NotAnswered`."""
    require(actor, permissions.MODERATE)
    row = Question.objects.select_for_update().get(pk=question.pk)
    if approve and not row.answer:
        raise NotAnswered
    after = Moderation.APPROVED if approve else Moderation.REJECTED
    if row.state != after:
        _decide(row, after, actor, "" if approve else reason, at=at)
        audit.record(actor, "question.moderate", f"question:{row.pk}", at=at, state=after)
    return row


@transaction.atomic
def erase_voices(*, customer_id: int) -> None:
    """Take the name off what a customer said and asked, and the link to them; stars and words stay. Repeatable."""
    Review.objects.filter(customer=customer_id).update(author_name="", bought="", customer=None)
    Question.objects.filter(customer=customer_id).update(author_name="", customer=None)


def _customer(actor: Actor) -> CustomerActor:
    """The customer who acts and has proved at least one order. Raises `PermissionDenied`."""
    customer = customer_acting(actor)
    if customer is None or not customer.may(permissions.VIEW_ORDERS):
        raise PermissionDenied("a review is of a customer")
    return customer


def _words(**told: tuple[str, int]) -> dict[str, str]:
    """The texts, trimmed. Raises `TextTooLong`."""
    words = {field: text.replace("\0", "").strip() for field, (text, _longest) in told.items()}
    for field, (_text, longest) in told.items():
        if len(words[field]) > longest:
            raise TextTooLong(field, longest)
    return words


def _public_name(name: str) -> str:
    """A name as strangers may see it: the first, and the initial of the last."""
    first, _space, last = name.strip().partition(" ")
    return f"{first} {last.strip()[:1]}.".strip()[:LONGEST_NAME] if last.strip() else first[:LONGEST_NAME]


def _locked(product: Product) -> Product:
    return Product.objects.select_for_update().get(pk=product.pk)


def _count(product: Product, reviews: int, stars: int) -> None:
    """Move the sums of the locked product by the difference; lists and searches hear of it."""
    Product.objects.filter(pk=product.pk).update(
        rating_count=F("rating_count") + reviews, rating_sum=F("rating_sum") + stars
    )
    publish(ProductChanged(product_id=product.pk), subject=f"product:{product.pk}")


def _decide(row: Review | Question, state: str, actor: Actor, reason: str, *, at: datetime) -> None:
    row.state, row.reason = state, reason.strip()[:LONGEST_REASON]
    row.moderated_at, row.moderated_by = at, actor.ref
    row.save()
