"""What buyers say and ask about a product, and who wants to hear of it."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ramah.commerce.models.catalog import Product, Variant
from ramah.commerce.models.fields import amount_field, currency_code
from ramah.commerce.models.orders import OrderLine
from ramah.customers.models import ContactPoint, Customer
from ramah.kernel.models import PublicModel


class Moderation(models.TextChoices):
    """Whether what somebody wrote is shown."""

    PENDING = "pending", pgettext_lazy("moderation", "Waiting")
    APPROVED = "approved", pgettext_lazy("moderation", "Shown")
    REJECTED = "rejected", pgettext_lazy("moderation", "Not shown")


class Review(PublicModel):
    """What a customer says of a product. Only one with an `order_line` is marked as of a buyer."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews", db_index=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    order_line = models.ForeignKey(OrderLine, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    rating = models.PositiveSmallIntegerField(help_text="1 to 5.")
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=8)
    author_name = models.CharField(max_length=80, help_text="As it is shown: Putri A.")
    bought = models.CharField(max_length=120, blank=True, help_text="What of it was bought: M, Indigo.")
    state = models.CharField(max_length=8, choices=Moderation.choices, default=Moderation.PENDING)
    answer = models.TextField(blank=True, help_text="Of the shop, shown below it.")
    moderated_at = models.DateTimeField(null=True)
    moderated_by = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is not shown.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["product", "state", "-id"], name="review_product"),
            models.Index(fields=["state", "-id"], name="review_state"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="review_rating_1_to_5", condition=models.Q(rating__gte=1, rating__lte=5))
        ]


class Question(PublicModel):
    """A question about a product that the asker allows to be shown; shown once it is answered and approved."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="questions", db_index=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    language = models.CharField(max_length=8)
    author_name = models.CharField(max_length=80, blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=Moderation.choices, default=Moderation.PENDING)
    moderated_at = models.DateTimeField(null=True)
    moderated_by = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["product", "state", "-id"], name="question_product"),
            models.Index(fields=["state", "-id"], name="question_state"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="question_shown_with_its_answer", condition=~models.Q(state="approved") | ~models.Q(answer="")
            )
        ]


class Alert(PublicModel):
    """Somebody wants one message when a variant is back, or costs less. Told in the order of asking."""

    class Kind(models.TextChoices):
        BACK_IN_STOCK = "back_in_stock", _("Back in stock")
        PRICE_DROP = "price_drop", _("Price drop")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("alert", "Waiting")
        TOLD = "told", pgettext_lazy("alert", "Told")
        WITHDRAWN = "withdrawn", pgettext_lazy("alert", "Withdrawn")

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="alerts", db_index=False)
    contact_point = models.ForeignKey(ContactPoint, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    currency = currency_code(blank=True)
    below_amount = amount_field(null=True, help_text="The price at which it was asked for; told when it costs less.")
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["variant", "kind", "state", "id"], name="alert_variant")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["variant", "kind", "contact_point"], name="alert_once", condition=models.Q(state="waiting")
            ),
            models.CheckConstraint(
                name="alert_price_when",
                condition=models.Q(kind="back_in_stock") | models.Q(below_amount__isnull=False),
            ),
        ]
