"""On which terms the shop sells: who it is, taxes, delivery options and what they cost where."""

from typing import ClassVar

from django.db import models
from django.utils.translation import pgettext_lazy

from ramah.commerce.models.fields import OrderedMapField, amount_field, currency_code, not_negative
from ramah.commerce.translations import Translated, in_language
from ramah.kernel.models import PublicModel
from ramah.promises.models import Calendar


class ShopProfile(models.Model):
    """Who sells, and on which terms. One row, `key` = "shop"; made with the first look at it."""

    key = models.CharField(max_length=4, primary_key=True, default="shop")
    name = models.CharField(max_length=80, default="Ramah")
    legal_name = models.CharField(max_length=120, blank=True)
    address = models.TextField(blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    about = models.JSONField(default=dict, blank=True, help_text="By language.")
    currency = currency_code(default="IDR", help_text="Where a visitor's country has none of its own.")
    countries = OrderedMapField(
        default=dict, help_text='Where it sells, and in which currency: {"ID": "IDR", "UA": "UAH"}; the first is home.'
    )
    order_prefix = models.CharField(max_length=8, default="R-")
    next_order_number = models.PositiveIntegerField(default=10001)
    next_invoice_number = models.PositiveIntegerField(default=1)
    payment_methods = models.JSONField(default=list, help_text='["bank_transfer", "cod", "card", "wallet"]')
    bank_accounts = models.JSONField(
        default=list, blank=True, help_text='[{"bank": "BCA", "number": "...", "holder": "...", "currency": "IDR"}]'
    )
    transfer_hours = models.PositiveSmallIntegerField(default=24, help_text="A transfer must have arrived by then.")
    cod_fees = models.JSONField(default=dict, blank=True, help_text='For cash on delivery: {"IDR": "5000"}')
    cod_limits = models.JSONField(default=dict, blank=True, help_text='Up to which total: {"IDR": "3000000"}')
    return_days = models.PositiveSmallIntegerField(default=30)
    return_terms = models.JSONField(default=dict, blank=True, help_text="In plain words, by language.")
    cancel_until = models.CharField(
        max_length=9, default="packed", help_text="Customers cancel by themselves before this state of the order."
    )

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="shop_profile_is_one", condition=models.Q(key="shop"))]

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """The tax on what is sold into a country, and whether prices there hold it already."""

    country = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=20, help_text="As on the invoice: PPN, ПДВ.")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    is_included = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [not_negative("tax_percent_not_negative", "percent")]

    def __str__(self) -> str:
        return f"{self.country} {self.percent} %"


class DeliveryOption(PublicModel):
    """A way by which goods reach the customer: what checkout offers, where its rates say so."""

    class Kind(models.TextChoices):
        HOME = "home", pgettext_lazy("delivery", "To the door")
        BRANCH = "branch", pgettext_lazy("delivery", "To a branch of the carrier")
        LOCKER = "locker", pgettext_lazy("delivery", "To a parcel locker")
        PICKUP = "pickup", pgettext_lazy("delivery", "Pick up at the shop")

    names = models.JSONField(default=dict, help_text="By language: JNE regular.")
    notes = models.JSONField(default=dict, blank=True, help_text="One line below the name, by language.")
    carrier = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.HOME)
    calendar = models.ForeignKey(
        Calendar,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Days on which it is handed over and under way; empty: every day, in the time zone of the shop.",
    )
    cut_off = models.TimeField(
        null=True, blank=True, help_text="Ordered before, it leaves the same day, in the calendar's time zone."
    )
    handling_days = models.PositiveSmallIntegerField(default=0, help_text="Working days until it is handed over.")
    tracking_url = models.CharField(max_length=300, blank=True, help_text="With {number} in it.")
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]

    def __str__(self) -> str:
        return str(in_language(self.names, "en"))

    def name_in(self, language: str) -> Translated:
        """The name in `language`, or the nearest there is."""
        return in_language(self.names, language)

    def note_in(self, language: str) -> Translated:
        """The line below the name."""
        return in_language(self.notes, language)


class DeliveryRate(models.Model):
    """What an option costs into a zone, and how long it takes. The first rate that fits counts, by `position`."""

    option = models.ForeignKey(DeliveryOption, on_delete=models.CASCADE, related_name="rates")
    country = models.CharField(max_length=2)
    regions = models.JSONField(
        default=list, blank=True, help_text="Provinces or oblasts as checkout lists them; empty: the whole country."
    )
    postal_prefixes = models.JSONField(default=list, blank=True, help_text='["164", "12"]; empty: all.')
    currency = currency_code()
    amount = amount_field()
    free_from_amount = amount_field(null=True, blank=True, help_text="Free when the goods cost at least so much.")
    up_to_grams = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: whatever it weighs.")
    min_days = models.PositiveSmallIntegerField(default=1, help_text="Working days from hand-over to arrival, at best.")
    max_days = models.PositiveSmallIntegerField(default=3, help_text="At the latest: the promised day.")
    cash_on_delivery = models.BooleanField(default=False, help_text="The carrier takes the money at the door.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        indexes: ClassVar = [models.Index(fields=["country", "currency"], name="delivery_rate_country")]
        constraints: ClassVar = [
            not_negative("delivery_rate_not_negative", "amount"),
            models.CheckConstraint(name="delivery_rate_days", condition=models.Q(min_days__lte=models.F("max_days"))),
        ]
