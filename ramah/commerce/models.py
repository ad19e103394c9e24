"""Products and their variants; orders with lines, history, payments and refunds.

Amounts are whole units of the order's (or variant's) currency. What an order says of a product is a snapshot: it stays when the
product changes.
"""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ramah.commerce import order_states
from ramah.commerce.translations import Translated, in_language
from ramah.customers.models import Customer
from ramah.kernel.models import PublicModel
from ramah.kernel.money import Money


def _amount(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(max_digits=14, decimal_places=2, **options)


def _not_negative(name: str, *fields: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=models.Q(**{f"{field}__gte": 0 for field in fields}))


class Product(PublicModel):
    """What is sold, in one or more variants."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("product", "Active")
        DRAFT = "draft", pgettext_lazy("product", "Draft")
        ARCHIVED = "archived", pgettext_lazy("product", "Archived")

    external_id = models.CharField(max_length=80, unique=True, help_text="Id in the shop it came from.")
    titles = models.JSONField(default=dict, help_text="By language; see `translations`.")
    descriptions = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    brand = models.CharField(max_length=80, blank=True)
    category = models.CharField(max_length=160, blank=True, help_text="A path: Fashion / Shirts.")
    image_url = models.CharField(max_length=500, blank=True)
    illustration = models.CharField(
        max_length=40, blank=True, help_text="A drawing of the icon set, where no image is."
    )
    import_digest = models.CharField(max_length=64, blank=True, help_text="Of what the last import said of it.")

    def __str__(self) -> str:
        return self.external_id

    def title_in(self, language: str) -> Translated:
        """The title in `language`, or the nearest there is."""
        return in_language(self.titles, language)

    def description_in(self, language: str) -> Translated:
        """The description in `language`, or the nearest there is."""
        return in_language(self.descriptions, language)


class Variant(PublicModel):
    """One size and color of a product, with its own SKU, price and stock."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=80, unique=True)
    options = models.JSONField(default=dict, blank=True, help_text='{"size": "M", "color": "Indigo"}')
    price_amount = _amount()
    currency = models.CharField(max_length=3)
    stock = models.IntegerField(default=0, help_text="On hand; below zero when more was sold than was there.")
    barcode = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints: ClassVar = [_not_negative("variant_price_not_negative", "price_amount")]

    def __str__(self) -> str:
        return self.sku

    @property
    def price(self) -> Money:
        return Money(self.price_amount, self.currency)


class Order(PublicModel):
    """What a customer has bought. Addresses are values of the order: see `addresses`."""

    class State(models.TextChoices):
        PLACED = order_states.PLACED, pgettext_lazy("order", "Ordered, not paid yet")
        PAID = order_states.PAID, pgettext_lazy("order", "Paid, not packed yet")
        PACKED = order_states.PACKED, pgettext_lazy("order", "Packed, waiting for the carrier")
        SHIPPED = order_states.SHIPPED, pgettext_lazy("order", "On its way")
        DELIVERED = order_states.DELIVERED, pgettext_lazy("order", "Delivered")
        COMPLETED = order_states.COMPLETED, pgettext_lazy("order", "Completed")
        RETURNED = order_states.RETURNED, pgettext_lazy("order", "Returned")
        CANCELLED = order_states.CANCELLED, pgettext_lazy("order", "Cancelled")
        REFUNDED = order_states.REFUNDED, pgettext_lazy("order", "Refunded")

    number = models.CharField(max_length=40, unique=True, help_text="What customer and agent call it by.")
    search_key = models.CharField(max_length=40, db_index=True, help_text="The number, letters and digits only.")
    external_id = models.CharField(max_length=80, null=True, unique=True, help_text="Id in the shop it came from.")  # noqa: DJ001 - null: no id; several may have none
    source = models.CharField(max_length=20, default="shop", help_text="Where it was placed: shop, csv, ...")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLACED)
    placed_at = models.DateTimeField()
    language = models.CharField(max_length=8, blank=True)
    currency = models.CharField(max_length=3)
    items_amount = _amount(help_text="Sum of the lines.")
    shipping_amount = _amount(default=Decimal(0))
    discount_amount = _amount(default=Decimal(0))
    tax_amount = _amount(default=Decimal(0))
    tax_included = models.BooleanField(default=True, help_text="The tax is part of the prices, not added to them.")
    total_amount = _amount(help_text="What the customer pays.")
    shipping_address = models.JSONField(default=dict, blank=True)
    billing_address = models.JSONField(default=dict, blank=True)
    promised_from = models.DateField(null=True, blank=True)
    promised_to = models.DateField(null=True, blank=True, help_text="Delivery was promised for this day at the latest.")
    note = models.TextField(blank=True, help_text="What the customer wrote with the order.")
    import_digest = models.CharField(max_length=64, blank=True, help_text="Of what the last import said of it.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer", "-placed_at", "-id"], name="order_customer"),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
        ]
        constraints: ClassVar = [
            _not_negative(
                "order_amounts_not_negative",
                "items_amount",
                "shipping_amount",
                "discount_amount",
                "tax_amount",
                "total_amount",
            ),
            models.CheckConstraint(name="order_state_known", condition=models.Q(state__in=order_states.STATES)),
            models.CheckConstraint(
                name="order_promised_from_before_to",
                condition=models.Q(promised_from__isnull=True)
                | models.Q(promised_to__isnull=True)
                | models.Q(promised_from__lte=models.F("promised_to")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def money(self, amount: Decimal) -> Money:
        """`amount` in the order's currency."""
        return Money(amount, self.currency)

    @property
    def total(self) -> Money:
        return self.money(self.total_amount)

    @property
    def other_amount(self) -> Decimal:
        """What the shop added or took off beyond the named parts (gift cards, fees, rounding), so that the sum closes."""
        tax = Decimal(0) if self.tax_included else self.tax_amount
        return self.total_amount - (self.items_amount + self.shipping_amount - self.discount_amount + tax)


class OrderLine(models.Model):
    """One line of an order, as it was sold."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, null=True, on_delete=models.SET_NULL, related_name="order_lines")
    sku = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=250)
    options = models.JSONField(default=dict, blank=True)
    quantity = models.PositiveIntegerField()
    unit_amount = _amount(help_text="Price of one piece.")
    total_amount = _amount(help_text="Of the line, its own discount taken off.")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="order_line_quantity_positive", condition=models.Q(quantity__gt=0)),
            _not_negative("order_line_amounts_not_negative", "unit_amount", "total_amount"),
        ]


class OrderStateChange(models.Model):
    """One step of an order. Rows are only ever added."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=9, choices=Order.State.choices, blank=True)
    to_state = models.CharField(max_length=9, choices=Order.State.choices)
    actor = models.CharField(max_length=40)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]


class Payment(PublicModel):
    """Money from the customer for an order."""

    class Method(models.TextChoices):
        BANK_TRANSFER = "bank_transfer", _("Bank transfer")
        COD = "cod", _("Cash on delivery")
        CARD = "card", _("Card")
        WALLET = "wallet", _("Wallet")
        OTHER = "other", _("Other means")

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("payment", "Pending")
        AUTHORIZED = "authorized", pgettext_lazy("payment", "Authorized")
        PAID = "paid", pgettext_lazy("payment", "Paid")
        FAILED = "failed", pgettext_lazy("payment", "Failed")
        REFUNDED = "refunded", pgettext_lazy("payment", "Refunded")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    method = models.CharField(max_length=13, choices=Method.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    amount = _amount()
    paid_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="Bank or wallet, and its number for the payment.")
    external_id = models.CharField(max_length=80, blank=True, help_text="Id where it came from; empty: recorded here.")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="payment_amount_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="payment_paid_when",
                condition=models.Q(paid_at__isnull=False) | ~models.Q(state__in=["paid", "refunded"]),
            ),
            models.UniqueConstraint(
                fields=["order", "external_id"], name="payment_once", condition=~models.Q(external_id="")
            ),
        ]

    @property
    def is_received(self) -> bool:
        """Whether the money came in (it may have gone back since)."""
        return self.state in RECEIVED


RECEIVED = (Payment.State.PAID, Payment.State.REFUNDED)


class Refund(PublicModel):
    """Money back to the customer; `created_at` is when it was asked for."""

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("refund", "Requested")
        APPROVED = "approved", pgettext_lazy("refund", "Approved")
        SENT = "sent", pgettext_lazy("refund", "Sent")
        FAILED = "failed", pgettext_lazy("refund", "Failed")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.SET_NULL, related_name="refunds")
    amount = _amount()
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.REQUESTED)
    sent_at = models.DateTimeField(null=True, blank=True)
    external_id = models.CharField(max_length=80, blank=True, help_text="Id where it came from; empty: recorded here.")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="refund_amount_positive", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="refund_sent_when",
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["order", "external_id"], name="refund_once", condition=~models.Q(external_id="")
            ),
        ]
