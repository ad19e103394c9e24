"""Carts, vouchers, wish lists, saved addresses: what comes before an order."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ramah.commerce.models.catalog import Product, Variant
from ramah.commerce.models.fields import amount_field, currency_code
from ramah.commerce.models.orders import Order
from ramah.customers.models import Customer
from ramah.kernel.models import PublicModel


class Voucher(PublicModel):
    """A code that makes an order cheaper. Codes are kept in capitals."""

    class Kind(models.TextChoices):
        PERCENT = "percent", _("Percent off the goods")
        AMOUNT = "amount", _("Amount off the goods")
        FREE_SHIPPING = "free_shipping", _("Free shipping")

    code = models.CharField(max_length=40, unique=True)
    note = models.CharField(max_length=200, blank=True, help_text="For the merchant.")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    amount = amount_field(null=True, blank=True)
    currency = currency_code(blank=True, help_text="Of amount and minimum; empty: any, where neither is set.")
    minimum_amount = amount_field(null=True, blank=True, help_text="The goods must cost at least so much.")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    use_limit = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as often as wanted.")
    customer_limit = models.PositiveIntegerField(null=True, blank=True, help_text="Uses by one customer.")
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Only theirs."
    )
    uses = models.PositiveIntegerField(default=0, help_text="Raised by a conditional update, never above `use_limit`.")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="voucher_uses_within_limit",
                condition=models.Q(use_limit__isnull=True) | models.Q(uses__lte=models.F("use_limit")),
            ),
            models.CheckConstraint(
                name="voucher_worth",
                condition=models.Q(kind="percent", percent__gt=0, percent__lte=100)
                | models.Q(kind="amount", amount__gt=0)
                | models.Q(kind="free_shipping"),
            ),
            models.CheckConstraint(
                name="voucher_currency_when",
                condition=models.Q(amount__isnull=True, minimum_amount__isnull=True) | ~models.Q(currency=""),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class VoucherUse(models.Model):
    """A voucher that was used for an order; given back when the order is cancelled."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="used")
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="voucher_use")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()


class Cart(PublicModel):
    """What somebody means to buy. It becomes one order at most: `order` is set once and closes the cart."""

    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    currency = currency_code()
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.SET_NULL, related_name="+")
    order = models.OneToOneField(Order, null=True, on_delete=models.SET_NULL, related_name="cart")
    updated_at = models.DateTimeField(db_index=True, help_text="Old guest carts are swept by it.")


class CartLine(models.Model):
    """So many pieces of a variant, and what a piece cost when it was put in."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines", db_index=False)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()
    seen_amount = amount_field(help_text="The price that the customer saw last, so that a change is told.")
    is_saved = models.BooleanField(default=False, help_text="Kept for later; not part of the order.")
    added_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once"),
            models.CheckConstraint(name="cart_line_quantity", condition=models.Q(quantity__gte=1, quantity__lte=999)),
        ]


class Wish(models.Model):
    """A product (or one variant of it) that a customer keeps in mind. Twice the same reads as once."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    variant = models.ForeignKey(Variant, null=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()


class SavedAddress(PublicModel):
    """An address that a customer keeps for the next order."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    label = models.CharField(max_length=40, blank=True)
    address = models.JSONField(help_text="See `addresses`.")
    is_default = models.BooleanField(default=False)
