"""What makes the imported products a shop: names of categories, facts, further prices, reductions, what buyers say."""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from ramah.commerce.commands.orders import OWN_SHOP
from ramah.commerce.demo.catalog import hryvnia
from ramah.commerce.demo.facts import CATEGORY_NAMES, FACTS, NAMES, SIZE_GUIDE
from ramah.commerce.demo.words import QUESTIONS, REVIEWS
from ramah.commerce.models import Category, Order, OrderLine, Payment, Product, Question, Review, SizeGuide, Variant
from ramah.commerce.queries.terms import forget_terms
from ramah.customers.models import ContactPoint
from ramah.kernel.actors import SYSTEM
from ramah.promises.commands import Making, Terms, make_many_promises

LANGUAGES = ("en", "id", "uk")
_BOUGHT = ("delivered", "completed")


def dress(chance: random.Random, at: datetime) -> None:
    """Complete the products that `catalog` has made and the orders that were placed; once."""
    for position, (path, names) in enumerate(CATEGORY_NAMES.items()):
        Category.objects.filter(path=path).update(names=dict(zip(LANGUAGES, names, strict=True)), position=position)
    guide = SizeGuide.objects.create(created_at=at, **SIZE_GUIDE)
    products = list(Product.objects.order_by("pk").prefetch_related("variants"))
    variants = [variant for product in products for variant in _variants(chance, product)]
    ages = chance.sample(range(1, len(products) + 1), len(products))
    for product, days in zip(products, ages, strict=True):
        kind = _kind(product)
        product.attributes = [
            {"name": NAMES[name], "value": dict(zip(LANGUAGES, texts, strict=True))}
            for name, texts in FACTS[kind][1].items()
        ]
        product.size_guide = guide if kind in {"shirt", "tee", "blouse", "batikshirt"} else None
        product.return_days = 0 if kind in {"coffee", "drip", "cascara", "sugar", "spice"} else None
        product.published_at = at - timedelta(days=days)
    Variant.objects.bulk_update(variants, ["other_prices", "compare_at_amount", "weight_grams", "position"])
    _let_speak(chance, products, at)
    Product.objects.bulk_update(
        products, ["attributes", "size_guide", "return_days", "published_at", "rating_count", "rating_sum"]
    )
    _let_orders_live(at)
    forget_terms()


def _let_orders_live(at: datetime) -> None:
    """Orders of the past weeks go on as if they had been placed here: they can be paid, changed and followed."""
    for method in Payment.Method.values:
        Order.objects.filter(payments__method=method).update(payment_method=method)
    address = ContactPoint.objects.filter(customer=OuterRef("customer"), kind=ContactPoint.Kind.EMAIL).order_by("pk")
    recent = Order.objects.filter(placed_at__gte=at - timedelta(days=60))
    recent.update(source=OWN_SHOP, email=Coalesce(Subquery(address.values("value")[:1]), Value("")))
    coming = recent.filter(state__in=("paid", "packed", "shipped"), promised_to__gte=timezone.localdate(at))
    make_many_promises(
        actor=SYSTEM,
        makings=[
            (
                Making(order.customer_id, f"order:{order.pk}", [Terms("delivery", due_at=_end_of(order))]),
                order.placed_at,
            )
            for order in coming
        ],
    )
    awaited = Order.objects.filter(state="placed", payment_method=Payment.Method.BANK_TRANSFER)
    awaited.update(payment_due_at=at + timedelta(hours=20))


def _end_of(order: Order) -> datetime:
    zone = ZoneInfo("Europe/Kyiv" if order.currency == "UAH" else "Asia/Jakarta")
    return datetime.combine(order.promised_to or order.placed_at, time(23, 59), zone)


def _kind(product: Product) -> str:
    return product.external_id.removeprefix("demo-").rpartition("-")[0]


def _variants(chance: random.Random, product: Product) -> Iterator[Variant]:
    reduced = chance.random() < 0.15
    for position, variant in enumerate(product.variants.all()):
        before = variant.price_amount * Decimal("1.25") // 1000 * 1000 if reduced else None
        variant.compare_at_amount = before
        variant.other_prices = {"UAH": [str(hryvnia(variant.price_amount)), str(hryvnia(before)) if before else None]}
        variant.weight_grams, variant.position = FACTS[_kind(product)][0], position
        yield variant


def _let_speak(chance: random.Random, products: list[Product], at: datetime) -> None:
    buyers = _buyers()
    reviews = [review for product in products for review in _reviews(chance, product, buyers.get(product.pk, []), at)]
    questions = [_question(chance, product, at) for product in products if chance.random() < 0.4]
    # A few wait for the merchant.
    for review in reviews[::40]:
        review.state, review.moderated_at, review.moderated_by = "pending", None, ""
    for question in questions[::20]:
        question.state, question.moderated_at, question.moderated_by = "pending", None, ""
        question.answer, question.answered_at = "", None
    for product in products:
        shown = [review.rating for review in reviews if review.product_id == product.pk and review.state == "approved"]
        product.rating_count, product.rating_sum = len(shown), sum(shown)
    Review.objects.bulk_create(sorted(reviews, key=lambda review: review.created_at))
    Question.objects.bulk_create(questions)


def _buyers() -> dict[int, list[OrderLine]]:
    """One line per product and buyer, the newest."""
    lines = OrderLine.objects.filter(order__state__in=_BOUGHT, variant__isnull=False).exclude(order__customer__name="")
    found: dict[int, dict[int, OrderLine]] = {}
    for line in lines.select_related("order__customer", "variant").order_by("pk"):
        if line.variant is not None:
            found.setdefault(line.variant.product_id, {})[line.order.customer_id] = line
    return {product: list(by_customer.values()) for product, by_customer in found.items()}


def _reviews(chance: random.Random, product: Product, lines: list[OrderLine], at: datetime) -> list[Review]:
    chosen = chance.sample(lines, min(len(lines), chance.choice((0, 1, 2, 3, 5))))
    return [_review(chance, product, line, at) for line in chosen]


def _review(chance: random.Random, product: Product, line: OrderLine, at: datetime) -> Review:
    customer = line.order.customer
    language = customer.language if customer.language in REVIEWS else "en"
    rating = chance.choice((5, 5, 5, 5, 4, 4, 4, 3, 2))
    first, _space, last = customer.name.partition(" ")
    written_at = min(line.order.placed_at + timedelta(days=chance.uniform(6, 25)), at - timedelta(hours=1))
    return Review(
        product=product,
        customer=customer,
        order_line=line,
        rating=rating,
        text=chance.choice(REVIEWS[language]["good" if rating >= 4 else "fair"]),
        language=language,
        author_name=f"{first} {last[:1]}." if last else first,
        bought=", ".join(line.options.values()),
        state="approved",
        moderated_at=written_at + timedelta(hours=2),
        moderated_by="system",
        created_at=written_at,
    )


def _question(chance: random.Random, product: Product, at: datetime) -> Question:
    language, text, answer = chance.choice(QUESTIONS)
    asked_at = at - timedelta(days=chance.uniform(3, 90))
    return Question(
        product=product,
        text=text,
        answer=answer,
        language=language,
        answered_at=asked_at + timedelta(hours=3),
        state="approved",
        moderated_at=asked_at + timedelta(hours=3),
        moderated_by="system",
        created_at=asked_at,
    )
