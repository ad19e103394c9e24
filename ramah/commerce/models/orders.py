"""Orders with lines, history, payments, refunds and invoices.

Amounts are whole units of the order's currency. What an order says of a product is a snapshot: it stays when the product changes.
"""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ramah.commerce import order_states
from ramah.commerce.models.catalog import Variant
from ramah.commerce.models.fields import amount_field, currency_code, not_negative
from ramah.commerce.models.selling import DeliveryOption
from ramah.customers.models import Customer
from ramah.kernel.models import PublicModel
from ramah.kernel.money import Money


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
    currency = currency_code()
    items_amount = amount_field(help_text="Sum of the lines.")
    shipping_amount = amount_field(default=Decimal(0))
    discount_amount = amount_field(default=Decimal(0))
    fee_amount = amount_field(default=Decimal(0), help_text="For the way of paying: cash on delivery.")
    tax_amount = amount_field(default=Decimal(0))
    tax_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    tax_name = models.CharField(max_length=20, blank=True)
    tax_included = models.BooleanField(default=True, help_text="The tax is part of the prices, not added to them.")
    total_amount = amount_field(help_text="What the customer pays.")
    shipping_address = models.JSONField(default=dict, blank=True)
    billing_address = models.JSONField(default=dict, blank=True)
    promised_from = models.DateField(null=True, blank=True)
    promised_to = models.DateField(null=True, blank=True, help_text="Delivery was promised for this day at the latest.")
    note = models.TextField(blank=True, help_text="What the customer wrote with the order.")
    checkout_key = models.CharField(  # noqa: DJ001 - null: not from a checkout
        max_length=26, null=True, unique=True, help_text="Of the cart: one cart, one order."
    )
    email = models.CharField(
        max_length=254, blank=True, help_text="Where the confirmation goes; proves with the number."
    )
    payment_method = models.CharField(
        max_length=13, blank=True, help_text="As chosen at checkout; see `Payment.Method`."
    )
    payment_due_at = models.DateTimeField(null=True, blank=True, help_text="Unpaid by then, it is cancelled.")
    delivery_option = models.ForeignKey(DeliveryOption, null=True, on_delete=models.SET_NULL, related_name="+")
    delivery_name = models.CharField(max_length=120, blank=True, help_text="The option as it was chosen.")
    voucher_code = models.CharField(max_length=40, blank=True)
    merchant_note = models.TextField(blank=True, help_text="Of the shop, for the shop.")
    import_digest = models.CharField(max_length=64, blank=True, help_text="Of what the last import said of it.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer", "-placed_at", "-id"], name="order_customer"),
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["state", "-placed_at", "-id"], name="order_state"),
            models.Index(
                fields=["payment_due_at"],
                name="order_payment_due",
                condition=models.Q(state="placed", payment_due_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            not_negative(
                "order_amounts_not_negative",
                "items_amount",
                "shipping_amount",
                "discount_amount",
                "tax_amount",
                "fee_amount",
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
    def received_amount(self) -> Decimal:
        """What has come in, refunds not taken off: of the payments as they are loaded."""
        return sum((payment.amount for payment in self.payments.all() if payment.is_received), Decimal(0))

    @property
    def other_amount(self) -> Decimal:
        """What the shop added or took off beyond the named parts (gift cards, rounding), so that the sum closes."""
        tax = Decimal(0) if self.tax_included else self.tax_amount
        parts = self.items_amount + self.shipping_amount + self.fee_amount - self.discount_amount + tax
        return self.total_amount - parts


class OrderLine(models.Model):
    """One line of an order, as it was sold."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, null=True, on_delete=models.SET_NULL, related_name="order_lines")
    sku = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=250)
    options = models.JSONField(default=dict, blank=True)
    quantity = models.PositiveIntegerField()
    unit_amount = amount_field(help_text="Price of one piece.")
    total_amount = amount_field(help_text="Of the line, its own discount taken off.")
    discount_amount = amount_field(default=Decimal(0), help_text="The line's share of the order's discount.")
    tax_amount = amount_field(default=Decimal(0), help_text="The tax on the line after its share of the discount.")
    shipped_quantity = models.PositiveIntegerField(
        default=0, help_text="Pieces that have left; never more than ordered."
    )

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="order_line_quantity_positive", condition=models.Q(quantity__gt=0)),
            models.CheckConstraint(
                name="order_line_shipped_within_quantity",
                condition=models.Q(shipped_quantity__lte=models.F("quantity")),
            ),
            not_negative(
                "order_line_amounts_not_negative", "unit_amount", "total_amount", "discount_amount", "tax_amount"
            ),
        ]

    @property
    def paid_amount(self) -> Decimal:
        """What of the order's total falls on the line: its discount taken off, the tax put on where it is not in the price."""
        return self.total_amount - self.discount_amount + (0 if self.order.tax_included else self.tax_amount)


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
    amount = amount_field()
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
    amount = amount_field()
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

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to send it, or to say that it will not be sent."""
        return self.state in (self.State.REQUESTED, self.State.APPROVED)


class Invoice(models.Model):
    """The number under which an order stands in the books, given once and without gaps. The paper is made from the order."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="invoice")
    number = models.CharField(max_length=40, unique=True)
    issued_at = models.DateTimeField()
    seller = models.JSONField(help_text="Name, address and tax number of the shop on that day.")
